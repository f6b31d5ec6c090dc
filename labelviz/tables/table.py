"""Table: the rows of a file as text, and what became of those that are no row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from labelviz.core.arrays import Integers
from labelviz.errors import ColumnRefused, FileRefused
from labelviz.tables.columns import Columns
from labelviz.tables.limits import MOST_COLUMNS, NOTES
from labelviz.tables.missing import Missing
from labelviz.tables.options import ReadOptions

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


AS_ASKED, UNLABELLED = "set aside as asked", "no label"  # why rows are set aside
UNSAVED = "that have no saved value"  # what a note says of formulas that leave a column empty


@dataclass(frozen=True)
class Note:
    """Something that was accepted and is worth knowing: a sentence, how often, and examples."""

    text: str
    count: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quarantined:
    """A row that was not accepted: its physical line, the column at fault, why, and its start."""

    line: int
    column: str
    reason: str
    excerpt: str = ""


@dataclass(frozen=True)
class Table:
    """A file's rows as text.

    Parameters
    ----------
    name : file name.
    sha256 : of the file's bytes.
    frame : one row per complete record, every cell text and never missing, columns text. The index
        is called `line`: the physical line a record starts on, in a workbook the number of the row
        on its sheet, in a columnar file or a JSON array the number of the row from 1.
    blank : number of blank lines between records.
    quarantined : records that are no row of this table, such as those with too few fields.
    notes : what was detected or converted.
    options : how the file was read; `read_table` with these reads the same without detection.
    meant : what the columns mean by the format of the tool that wrote the file.
    joined : number of records that are part of a sample of another record.
    beside : other files that were read with it, each with the SHA-256 of its bytes.
    questions : the columns of labels of a tool's file, where nothing says which of them is meant.
    missing : by column the lines of the rows that have no cell there, which is empty text in the
        frame; a column where no cell is missing is not there.
    """

    name: str
    sha256: str
    frame: pd.DataFrame
    blank: int
    quarantined: tuple[Quarantined, ...]
    notes: tuple[Note, ...] = ()
    options: ReadOptions = field(default_factory=ReadOptions)
    meant: Columns = field(default_factory=Columns)
    joined: int = 0
    beside: tuple[tuple[Path, str], ...] = ()
    questions: tuple[str, ...] = ()
    missing: Missing = field(default_factory=dict)

    @property
    def rows_in(self) -> int:
        """Records and blank lines of the file, the header not counted."""
        return len(self.frame) + len(self.quarantined) + self.blank + self.joined


@dataclass(frozen=True)
class Content:
    """What a reader of one format makes of a file: the parts of a `Table` that are its own."""

    frame: pd.DataFrame
    blank: int
    quarantined: tuple[Quarantined, ...]
    notes: tuple[Note, ...]
    options: ReadOptions
    joined: int = 0
    questions: tuple[str, ...] = ()
    missing: Missing = field(default_factory=dict)

    @classmethod
    def empty(cls, options: ReadOptions, blank: int) -> Content:
        """No rows yet, of a file with so many blank lines."""
        import pandas as pd

        return cls(pd.DataFrame(), blank, (), (), options)


def frame_of(columns: pa.Table, lines: Integers, names: Sequence[str]) -> pd.DataFrame:
    """A table's frame from columns of large strings, where null is empty text."""
    import pandas as pd
    import pyarrow.compute as pc

    for at, column in enumerate(columns.columns):
        if column.null_count:
            columns = columns.set_column(at, columns.field(at), pc.fill_null(column, ""))
    frame: pd.DataFrame = columns.to_pandas()
    frame.columns = pd.Index(list(names), dtype=object)
    frame.index = pd.Index(lines, name="line")
    return frame


def check_width(count: int, where: str) -> None:
    """Raise FileRefused if a file has more columns than are read."""
    if count > MOST_COLUMNS:
        raise FileRefused(
            f"The file has {count:,} columns; at most {MOST_COLUMNS:,} are read.",
            where=where,
            remedy="Leave out the columns that are not needed, or write several numbers as one "
            "JSON list.",
        )


def by_name(frame: pd.DataFrame) -> str:
    """The names of a table's columns; of very many the first."""
    names = [str(name) for name in frame.columns]
    rest = len(names) - NOTES
    return ", ".join(names[:NOTES]) + (f" and {rest:,} more" if rest > 0 else "")


def few(notes: Sequence[Note]) -> list[Note]:
    """The first of the notes that each tell of one column, and how many more there are."""
    rest = len(notes) - NOTES
    if rest <= 0:
        return list(notes)
    return [*notes[:NOTES], Note("more notes of this kind, on other columns", rest)]


def column(frame: pd.DataFrame, name: str, file: str) -> pd.Series[str]:
    """One column of a table.

    Raises
    ------
    ColumnRefused : there is none of this name; the columns that exist are listed.
    """
    if name not in frame.columns:
        raise ColumnRefused(
            f"There is no column {name!r}.",
            where=file,
            remedy=f"Choose one of: {by_name(frame)}.",
        )
    return frame[name]
