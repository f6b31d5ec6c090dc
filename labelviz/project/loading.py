"""Loading: a file becomes the dataset in use; staged in a folder, published in one step."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from labelviz.core.dataset import Dataset
from labelviz.core.decisions import Review, fits, is_about
from labelviz.core.distributions import Probabilities
from labelviz.core.files import (
    make_folder,
    not_written,
    put,
    remove_abandoned,
    replaced,
    sync_tree,
)
from labelviz.core.revision import Revision, revision
from labelviz.errors import Choice, ClassesGone, DatasetDiffers, WorkspaceRefused, unharmed
from labelviz.layers.policy import SOFT
from labelviz.processes import let_go, take
from labelviz.project.data import ABOUT, ORIGINAL, QUARANTINE, Data
from labelviz.project.decisions import Decisions
from labelviz.project.folder import DATA, LAYERS, LOADING, SOURCE, Folder
from labelviz.project.opinions import Opinions
from labelviz.tables import export, keep
from labelviz.tables.columns import Columns
from labelviz.tables.load import load_dataset, supplied_probabilities
from labelviz.tables.missing import with_nulls
from labelviz.tables.options import ReadOptions
from labelviz.tables.read import read_table
from labelviz.tables.remember import remember
from labelviz.tables.report import ImportReport, note, quarantine_file
from labelviz.tables.table import Note, Table
from labelviz.tables.texts import as_they_stand

if TYPE_CHECKING:
    import pandas as pd

# What labelviz 0.1 kept in the workspace's own folder, of the one dataset.
ONCE_HERE = (ABOUT, "dataset.parquet", ORIGINAL, QUARANTINE)


@dataclass(frozen=True, eq=False)
class Loading:
    """How a dataset comes in.

    Parameters
    ----------
    folder : of the workspace.
    data : the dataset that is in use until then.
    opinions : where probabilities that come with a file go.
    decisions : those on the dataset so far.
    """

    folder: Folder
    data: Data
    opinions: Opinions
    decisions: Decisions

    @unharmed("The dataset and its decisions were left as they are.")
    def load(
        self,
        file: Path | str,
        columns: Columns,
        options: ReadOptions = ReadOptions(),  # noqa: B008 - frozen
        *,
        replace: bool = False,
        partial: bool = False,
        table: Table | None = None,
    ) -> ImportReport:
        """Read a file into the dataset; keep its bytes, and all original columns beside it.

        Soft labels of a first file make `given` the policy; ready-made probabilities become the
        ones in use. The mapping is remembered beside the workspace, for files with these columns.

        Parameters
        ----------
        file : CSV or other delimited text, JSON Lines, JSON, Parquet, Excel or a datasets folder.
        options : how to read it; found out where empty.
        replace : put a new dataset in place of another one. Decisions stay with the samples whose
            texts are as they were decided on; the others wait for review again.
        partial : whether it is right that most rows are set aside; that is not remembered.
        table : what was read from the file a moment ago, so that it is not read twice.

        Raises
        ------
        InputRefused : the file or its columns cannot be read as asked.
        WorkspaceRefused : the workspace holds another dataset, or decisions name a class that the
            new one lacks.
        """
        path = Path(file)
        table = table or read_table(path, options)
        read = export.as_exported(table.frame, columns)
        dataset, original, make_report = load_dataset(table, read, partial=partial)
        supplied = supplied_probabilities(original, dataset, columns, path.name)
        with self._staged() as folder:
            fresh = not self.data.loaded
            if not fresh:
                self._check_replaceable(dataset, replace)
            carried = [] if fresh else [*self._changed(dataset), *self._carried_over(dataset)]
            with ThreadPoolExecutor(1) as beside:
                kept = beside.submit(self._stage, folder, path, table, (dataset, original), columns)
                report, _ = make_report(), dataset.content
                report = _noting(report, carried)
                source = kept.result()
            for other, sha256 in table.beside:
                keep.keep_source(other, self.folder.path / SOURCE, sha256)
            with replaced(folder / QUARANTINE) as temporary:
                temporary.write_bytes(quarantine_file(report))
            about = {
                "report": report.as_json(),
                "columns": columns.as_json(),
                "source": source.name,
                "options": asdict(table.options),
            }
            keep.write_about(folder, dataset, about)
            state: dict[str, Any] = {DATA: f"{DATA}/{folder.name}"}
            if dataset.soft is not None and fresh:
                state[LAYERS] = SOFT
            if supplied is not None:
                supplied = self.opinions.checked(supplied, dataset)
            self._publish(source, path.stem, supplied, state)
        if not report.mostly_aside:
            remember(map(str, table.frame.columns), columns, self.folder.path.parent)
        return report

    @contextmanager
    def _staged(self) -> Iterator[Path]:
        """An empty folder for the next dataset; what is not published by the end is removed.

        Nobody else loads meanwhile. Datasets that were replaced, and what a load that was killed
        left behind, are removed as well.

        Raises
        ------
        WorkspaceRefused : somebody else loads, or the folder cannot be written.
        """
        with self._alone():
            self._remove_unused()
            number = 1 + int(Path(self.folder.state.get(DATA, "0")).name)
            try:
                yield make_folder(self.folder.path / DATA / str(number))
            finally:
                self._remove_unused()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        path = self.folder.path
        try:
            lock = take(path / LOADING, wait=False)
        except BlockingIOError as error:
            raise WorkspaceRefused(
                "Another load is running in this workspace.",
                where=str(path),
                safe="This one changed nothing.",
                remedy="Wait until it ends, then load again.",
            ) from error
        except OSError as error:
            raise not_written(path, error) from error
        try:
            yield
        finally:
            let_go(lock)

    def _remove_unused(self) -> None:
        """Remove all datasets but the one in use; a reader of one of them reads again."""
        path, now = self.folder.path, self.data.path
        for each in (path / DATA).glob("*"):
            if each != now:
                shutil.rmtree(each, ignore_errors=True)
        if now != path:
            for name in ONCE_HERE:
                (path / name).unlink(missing_ok=True)
        remove_abandoned(path)

    def _stage(
        self, folder: Path, path: Path, table: Table, read: tuple[Dataset, pd.DataFrame],
        columns: Columns,
    ) -> Path:  # fmt: skip
        """Put a file's bytes, its accepted rows and the samples into a folder; where the bytes are.

        Bytes that the workspace has already are where they were.
        """
        dataset, original = read
        source = keep.keep_source(path, self.folder.path / SOURCE, table.sha256, folder)
        cells = with_nulls(original, table.missing)
        names = [str(name) for name in original.columns]
        keep.write_columns(folder / ORIGINAL, dict(zip(names, cells, strict=True)))
        texts = [original[name].array for name in as_they_stand(original, columns)]
        keep.write_samples(folder, dataset, texts)
        return source

    def _publish(
        self, source: Path, name: str, supplied: Probabilities | None, changes: dict[str, Any]
    ) -> None:
        """Make a staged dataset, with its probabilities and policy, the one in use, in one step."""
        path = self.folder.path
        sync_tree(path / changes[DATA])
        if source.parent != path / SOURCE:
            put(source, path / SOURCE / source.name)
        if supplied is None:
            self.folder.change(**changes)
        elif (kept := self.opinions.kept_as(supplied)) is not None:
            self.folder.change(probabilities=kept, **changes)
        else:
            self.opinions.keep(name, supplied, changes)

    def _check_replaceable(self, dataset: Dataset, replace: bool) -> None:
        """Raise WorkspaceRefused if the dataset in use is another one that is to stay."""
        if not replace and self.data.about["fingerprint"] != dataset.fingerprint:
            found = self._revision(dataset)
            kept = [f"{each.count:,} {each.text}" for each in self._carried_over(dataset)]
            raise DatasetDiffers(
                "This workspace holds another dataset. What this file would change: "
                f"{'; '.join([*found.lines(), *kept]) or 'the order, or what it rests on'}.",
                where=str(self.folder.path),
                safe="The dataset and its decisions were left as they are.",
                remedy="Use a new workspace, or have the dataset replaced (on the command line "
                "--replace).",
            )

    def _revision(self, dataset: Dataset) -> Revision:
        """What a dataset changes in the one in use; nothing where that one is damaged."""
        with suppress(WorkspaceRefused):
            return revision(self.data.dataset, dataset)
        return Revision()

    def _changed(self, dataset: Dataset) -> list[Note]:
        """What differs from the dataset in use, in words."""
        found = self._revision(dataset)
        counted = (
            (found.new, "samples are new"),
            (found.gone, "samples of the dataset before are not in this file"),
            (found.edited, "samples have another text than before"),
            (found.relabelled, "samples have another label than before"),
            (found.new_classes, "classes are new"),
            (found.gone_classes, "classes of the dataset before are not in this file"),
            (found.renames(), "classes seem to have another name than before"),
        )
        return [each for ids, words in counted for each in note(words, ids)]

    def _carried_over(self, dataset: Dataset) -> list[Note]:
        """What becomes of the decisions with a new dataset, in words.

        Raises
        ------
        ClassesGone : one that counts today is on the same texts and would not fit the new
            classes or task.
        """
        every = self.decisions.store.changes()
        review, before = Review(dataset).after(every), every.samples.keys()
        said = (each for decisions in every.samples.values() for each in decisions)
        unfit = [each for each in said if is_about(each, dataset) and not fits(each, dataset)]
        lost = [each for each in unfit if fits(each, self.data.dataset)]
        if lost:
            named = {name for each in lost for name in (*(each.label or ()), *(each.target or ()))}
            gone = ", ".join(sorted(named - set(dataset.classes)))
            renamed = self._revision(dataset).renamed
            raise ClassesGone(
                f"Decisions name classes that this file does not have: {gone}."
                if gone
                else f"{len(lost)} decisions are none of a {dataset.task} task.",
                choices=[Choice(new, 0, old) for old, new in renamed.items()],
                where=f"{self.folder.path}, first at sample {lost[0].sample!r}",
                safe="The dataset and its decisions were left as they are.",
                remedy=_rename(renamed)
                + "Name all classes and the task (on the command line --class for each, "
                "--task), or use a new workspace.",
            )
        known, without = dataset.rows.keys(), {each.sample for each in unfit} - review.samples
        return [
            *note("samples keep what was decided on them", sorted(review.samples)),
            *note(
                "samples that were decided have other texts now: they wait for review again, and "
                "what was said stays in their history",
                sorted((before & known) - review.samples - without),
            ),
            *note(
                "samples were decided with classes that this file does not have: they wait for "
                "review again, and what was said stays in their history",
                sorted(without),
            ),
            *note(
                "samples that were decided are not in this file: what was said counts again when "
                "they are back",
                sorted(before - known),
            ),
        ]


def _rename(renamed: Mapping[str, str]) -> str:
    """How decisions keep classes that have another name in a file; empty where none seems to."""
    flags = " ".join(f"--as {quote(f'{new}={old}')}" for old, new in renamed.items())
    if not flags:
        return ""
    return (
        "If these are the classes under another name, have them read as before, and decisions stay "
        f"(on the command line {flags}). "
    )


def _noting(report: ImportReport, notes: list[Note]) -> ImportReport:
    return replace(report, notes=(*report.notes, *notes))
