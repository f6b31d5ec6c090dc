"""File format: how one format takes an export, and the sheet that all of them are given."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from labelviz.core.arrays import Floats, Integers, Strings
from labelviz.errors import ExportRefused

if TYPE_CHECKING:
    import pyarrow as pa

Cells = Sequence[str] | Floats  # A column: texts, or (N,) numbers of which NaN is nothing


class ArrowTexts(Sequence[str]):
    """A column of texts as Arrow holds it, which is quicker to write than texts of Python.

    As a sequence a cell that is missing is empty text.

    Parameters
    ----------
    array : large strings, null where a cell is missing.
    """

    def __init__(self, array: pa.ChunkedArray) -> None:
        self.array = array

    @cached_property
    def filled(self) -> pa.ChunkedArray:
        """Large strings without nulls."""
        return self.array.fill_null("") if self.array.null_count else self.array

    @classmethod
    def of(cls, cells: Iterable[Any]) -> ArrowTexts:
        """A column of texts, of a frame or any other; None and NaN are missing."""
        import pyarrow as pa

        if isinstance(cells, cls):
            return cells
        array = pa.array(cells, pa.large_string(), from_pandas=True)
        chunked = array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])
        return cls(chunked.cast(pa.large_string()))

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [str(text) for text in self.filled.to_pylist()[at]]
        return str(self.filled[at].as_py())

    def __iter__(self) -> Iterator[str]:
        for chunk in self.filled.chunks:
            yield from chunk.to_pylist()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and self._is(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def _is(self, other: Sequence[Any]) -> bool:
        """Whether as many texts are the same; most that are not differ in the first."""
        if not len(self) or self[0] != other[0]:
            return not len(self)
        return bool(self.filled.equals(ArrowTexts.of(other).filled))


@dataclass(frozen=True, eq=False)
class ExportTable:
    """What an export says, whatever the format.

    Parameters
    ----------
    columns : cells by name, in order; all of the same length.
    added : the name in `columns` of each column that labelviz added, by its plain name.
    id : the column of the sample ids.
    texts : one or two columns of text, those of the samples.
    about : what the manifest says of it: task, classes, policy and more.
    exact : whether every text is written as it is; see `labelviz.tables.spreadsheet`.
    """

    columns: Mapping[str, Cells]
    added: Mapping[str, str]
    id: str
    texts: tuple[Sequence[str] | Strings, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    exact: bool = True

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    @property
    def classes(self) -> list[str]:
        """The names of the classes, in the order of the targets."""
        return list(self.about["classes"])

    @property
    def multilabel(self) -> bool:
        """Whether a sample may have any number of classes."""
        return bool(self.about["task"] == "multilabel")

    def taken(self, rows: Integers) -> ExportTable:
        """Some of the rows, in this order."""
        columns = {name: _taken(cells, rows) for name, cells in self.columns.items()}
        texts = tuple([text[row] for row in rows.tolist()] for text in self.texts)
        return replace(self, columns=columns, texts=texts)

    @property
    def target_columns(self) -> list[str]:
        """The columns of the target, one for each class, in the order of the classes."""
        return [name for plain, name in self.added.items() if plain.startswith(TARGET)]

    @property
    def labels(self) -> Sequence[str]:
        """The cells of the label: class names, or JSON lists of them; empty where not known."""
        return texts_of_cells(self.columns[self.added[HARD_LABEL]])

    def chosen(self) -> Iterator[dict[str, float] | None]:
        """Row by row the classes of the label with their shares; None where it is not known."""
        shares = [np.asarray(self.columns[name], np.float64) for name in self.target_columns]
        by_class = dict(zip(self.classes, shares, strict=True))
        for row, cell in enumerate(self.labels):
            names = (json.loads(cell) if cell else None) if self.multilabel else [cell]
            yield None if names is None else {n: float(by_class[n][row]) for n in names}

    def lacks(self, name: str) -> bool:
        """Whether a cell of a column is missing."""
        cells = self.columns[name]
        return isinstance(cells, ArrowTexts) and cells.array.null_count > 0

    def marked(self) -> ExportTable:
        """The sheet for a format to which missing is empty: a column names what is missing.

        It holds a JSON list of the columns that have no cell in a row, empty text where all have
        one, and is not there where nothing is missing.
        """
        gone = [name for name in self.columns if self.lacks(name)]
        if not gone:
            return self
        kind, lists = np.zeros(len(self), np.int64), [list[str]()]
        for name in gone:
            absent = ArrowTexts.of(self.columns[name]).array.is_null().to_numpy()
            pairs, kind = np.unique(2 * kind + absent, return_inverse=True)
            lists = [[*lists[pair // 2], *[name] * (pair % 2)] for pair in pairs.tolist()]
        said = [json.dumps(each, ensure_ascii=False) if each else "" for each in lists]
        columns = {
            name: ArrowTexts(ArrowTexts.of(cells).filled) if name in gone else cells
            for name, cells in self.columns.items()
        }
        marks = unused_column(MISSING_CELLS, columns)
        return replace(self, columns={**columns, marks: texts_by_number(said, kind)})

    @property
    def text_columns(self) -> list[str]:
        """The column that holds each text of the samples; empty where none does as it is."""
        original = self.columns.keys() - self.added.values()
        names = [name for name in self.columns if name in original]
        return [
            next((name for name in names if ArrowTexts.of(self.columns[name]) == list(text)), "")
            for text in self.texts
        ]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Row by row, the values by column: texts, numbers, or None for no number."""
        columns = [values_of_cells(cells) for cells in self.columns.values()]
        names = list(self.columns)
        return (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))


@dataclass(frozen=True)
class FileFormat:
    """A format that targets can be exported in.

    Parameters
    ----------
    title : for a person to choose by.
    suffix : of the file's name; empty for a folder.
    write : writes a sheet to a path, which is an empty file or, for a folder, an empty folder.
    check : raises ExportRefused unless what lies there reads back as the sheet.
    beside : texts of further files, by what follows the name of the first.
    """

    title: str
    suffix: str
    write: Callable[[Path, ExportTable], None]
    check: Callable[[Path, ExportTable], None]
    beside: Callable[[ExportTable], Mapping[str, str]] = lambda _: {}


HARD_LABEL = "hard_label"  # the column of the label; behind it come those of its target
TARGET = "target_"  # how the name of a target's column begins, before that of the class
MISSING_CELLS = "missing"  # the column that says which cells of its row are missing, not empty
RENAMED = "labelviz_"  # what stands before the name of an added column that the file has already


def unused_column(name: str, taken: Container[str]) -> str:
    """A name for an added column that no other has."""
    while name in taken:
        name = f"{RENAMED}{name}"
    return name


def texts_by_number(texts: Sequence[str], numbers: Integers) -> ArrowTexts:
    """The text of each number."""
    import pyarrow as pa

    return ArrowTexts(
        pa.chunked_array([pa.array(texts, pa.large_string()).take(pa.array(numbers))])
    )


def _taken(cells: Cells, rows: Integers) -> Cells:
    if isinstance(cells, ArrowTexts):
        return ArrowTexts(cells.array.take(rows))
    return cells[rows] if isinstance(cells, np.ndarray) else [cells[row] for row in rows.tolist()]


def values_of_cells(cells: Cells) -> Sequence[Any]:
    """A column's texts or numbers, None for what is missing and for NaN."""
    if isinstance(cells, np.ndarray):
        return [None if np.isnan(value) else value for value in cells.tolist()]
    return cells.array.to_pylist() if isinstance(cells, ArrowTexts) else cells


def texts_of_cells(cells: Cells) -> Sequence[str]:
    """A column as texts: numbers in their shortest exact form, NaN is empty."""
    if not isinstance(cells, np.ndarray):
        return cells
    # Of numbers that are few each is written once.
    kinds, which = np.unique(cells, return_inverse=True)
    names = ["" if value != value else repr(value) for value in kinds.tolist()]
    return texts_by_number(names, which)


def differs(path: Path, row: int, column: str) -> ExportRefused:
    """That an export read back differently; rows count from 1, which the header is.

    Parameters
    ----------
    path : of the file that was checked.
    """
    return ExportRefused(
        f"Export check failed at row {row}, column {column!r}. No file was published.",
        where=str(path.parent),
        remedy="Check the disk, then export again.",
    )


def check_rows(path: Path, sheet: ExportTable, found: Sequence[Mapping[str, Any]]) -> None:
    """Raise ExportRefused unless these are the rows of the sheet."""
    names = list(sheet.columns)
    wanted = list(sheet.rows())
    for row, (wrote, read) in enumerate(zip(wanted, found, strict=False), start=2):
        if wrote != read or list(read) != names:
            at = next((n for n in names if n not in read or wrote[n] != read[n]), names[0])
            raise differs(path, row, at)
    if len(found) != len(wanted):
        raise differs(path, min(len(found), len(wanted)) + 2, names[0])
