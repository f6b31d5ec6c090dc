"""Ask for a file of labels to be loaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from labelviz.core.asked import REQUIRED, asked, part
from labelviz.core.progress import Report, silent
from labelviz.errors import LabelvizError
from labelviz.requests.request import Request
from labelviz.tables.columns import Columns
from labelviz.tables.options import ReadOptions

if TYPE_CHECKING:
    from labelviz.project.workspace import Workspace
    from labelviz.tables.guess import Guess
    from labelviz.tables.report import ImportReport
    from labelviz.tables.table import Table


@dataclass(frozen=True)
class Loaded:
    """What came of a load.

    Parameters
    ----------
    report : what became of every row.
    guess : what the columns were taken for, where that was not said.
    """

    report: ImportReport
    guess: Guess | None = None


@dataclass(frozen=True, kw_only=True)
class Load(Request):
    """Load a file of labelled texts into a workspace; what is not said is guessed, or asked."""

    kind: ClassVar[str] = "load"
    command: ClassVar[str] = "load"

    file: Path = asked(
        REQUIRED, "CSV, JSON Lines, JSON, Parquet, Excel, another tool's export, or a folder of "
        "tables.",
        place=True,
    )  # fmt: skip
    answers: tuple[Path, ...] = asked(
        (), "Results of an LLM batch about these samples, joined by id: the labels.",
        metavar="FILE",
    )  # fmt: skip
    answer_key: str = asked(
        "", "Under which key JSON answers say the class; found out where not given.", metavar="KEY"
    )
    columns: Columns = part(Columns())
    options: ReadOptions = part(ReadOptions())
    replace: bool = asked(False, "Replace another dataset.")
    partial: bool = asked(False, "Load the rest although most rows are set aside.")

    def run(
        self, project: Workspace, report: Report = silent, table: Table | None = None
    ) -> Loaded:
        """Load the file. An error says in its notes what the columns were taken for.

        Parameters
        ----------
        table : what was read from the file a moment ago, so that it is not read twice; with
            answers joined to it, `columns` say what those are.
        """
        columns, guess = self.columns, None
        whole = columns.text and (columns.label or columns.one_hot or columns.soft)
        joins = bool(self.answers) and not (table and table.beside)
        if joins or columns.labelled_by or not whole:
            table = self._table(table)
        if table is not None and not whole:
            guess = self._guessed(project.path.parent, table)
            columns = guess.columns
        elif table is not None and joins:
            columns = _with_answers(columns, table.meant)
        if table is not None and columns.labelled_by and columns.label:
            table, columns = self._widened(table, columns)
        try:
            made = project.load(
                self.file, columns, self.options,
                replace=self.replace, partial=self.partial, table=table,
            )  # fmt: skip
        except LabelvizError as error:
            for line in guess.lines() if guess is not None else ():
                error.add_note(line)
            raise
        return Loaded(made, guess)

    @contextmanager
    def opened(self, folder: Path) -> Iterator[Workspace]:
        """The project in a folder, made where there is none; not kept if nothing is loaded."""
        from labelviz.project.folder import is_workspace
        from labelviz.project.workspace import Workspace

        fresh = not is_workspace(folder)
        project = Workspace.create(folder)
        try:
            yield project
        except LabelvizError:
            if fresh:
                project.folder.discard_if_empty()
            raise

    def _table(self, table: Table | None) -> Table:
        """The table of the file, with the answers joined to it."""
        from labelviz.tables.llm.join import check_answered, with_answers
        from labelviz.tables.read import read_table

        table = table or read_table(self.file, self.options)
        if self.answers and not table.beside:
            return with_answers(table, self.answers, self.columns, self.answer_key)
        check_answered(table)
        return table

    def _guessed(self, folder: Path, table: Table) -> Guess:
        from labelviz.tables.guess import propose

        return propose(table, folder, self.columns)

    def _widened(self, table: Table, columns: Columns) -> tuple[Table, Columns]:
        from labelviz.tables.wide import widened

        return widened(table, columns)


def _with_answers(columns: Columns, meant: Columns) -> Columns:
    """The columns that somebody named, and as further annotators what the models answered."""
    known = columns.named()
    made = (name for name in (meant.label, *meant.annotators) if name not in known)
    return replace(columns, annotators=(*columns.annotators, *made))
