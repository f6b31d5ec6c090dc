"""Tables that a spreadsheet opens: no text in them is taken for a formula, and none is lost.

A spreadsheet runs what begins with one of a few marks (CWE-1236). An apostrophe before it makes it
text; what begins with apostrophes already gets one more, so that taking one off always leads back.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from labelviz.tables.writers.writer import ArrowTexts

# The column that names, row by row, the columns whose cell has an apostrophe before it.
GUARDED: Final = "guarded"
MARK: Final = "'"
LEADS: Final = "=+\\-@\t\r\n\0＝＋－＠"
# What a spreadsheet may run, also behind spaces and quotes.
FORMULA: Final = re.compile(rf"""'*[\s"“”\ufeff]*[{LEADS}]""")
# What it takes for a number.
NUMBER: Final = re.compile(r"[+-]?(\d[\d.,]*|[.,]\d+)([eE][+-]?\d+)?%?")
FIRST: Final = frozenset("'\"“”\ufeff\0=+-@＝＋－＠")


def guarded(text: str) -> str:
    """The text as a spreadsheet shows it: with an apostrophe before it where it looks a formula."""
    return MARK + text if _is_formula(text) else text


def unguarded_cell(text: str) -> str:
    """What `guarded` made this of."""
    return text[1:] if text.startswith(MARK) and _is_formula(text[1:]) else text


def guarded_columns(columns: Mapping[str, Sequence[str]], name: str) -> dict[str, Sequence[str]]:
    """A table's columns, by names that are guarded too; with one more where anything was guarded.

    Parameters
    ----------
    name : of the column that says which cells were, as a JSON list of columns by their own names.
    """
    shown: dict[str, Sequence[str]] = {}
    marked: dict[int, list[str]] = {}
    for column, cells in columns.items():
        rows = _formulas(cells)
        for row in rows:
            marked.setdefault(row, []).append(column)
        shown[guarded(column)] = _with_marks(cells, rows) if rows else cells
    if not marked and list(shown) == list(columns):
        return dict(columns)
    longest = max(map(len, columns.values()), default=0)
    lists = (marked.get(row, []) for row in range(longest))
    return {**shown, name: [json.dumps(each, ensure_ascii=False) if each else "" for each in lists]}


def _formulas(cells: Sequence[str]) -> list[int]:
    """The rows of the cells that a spreadsheet takes for formulas."""
    if not isinstance(cells, ArrowTexts):
        return [
            row for row, cell in enumerate(cells) if _may_be_formula(cell) and _is_formula(cell)
        ]
    import pyarrow as pa
    import pyarrow.compute as pc

    begins = pc.utf8_slice_codeunits(cells.filled, 0, 1)
    likely = [begin for begin in begins.unique().to_pylist() if _may_be_formula(begin)]
    if not likely:
        return []
    rows = np.flatnonzero(pc.is_in(begins, pa.array(likely, pa.large_string())))
    some = cells.filled.take(pa.array(rows)).to_pylist()
    return [row for row, cell in zip(rows.tolist(), some, strict=True) if _is_formula(cell)]


def _with_marks(cells: Sequence[str], rows: Sequence[int]) -> Sequence[str]:
    """The cells, with an apostrophe before those of some rows."""
    if not isinstance(cells, ArrowTexts):
        told = list(cells)
        for row in rows:
            told[row] = MARK + told[row]
        return told
    import pyarrow as pa
    import pyarrow.compute as pc

    mask = np.zeros(len(cells), dtype=bool)
    mask[rows] = True
    mark, nothing = (pa.scalar(text, pa.large_string()) for text in (MARK, ""))
    marked = pc.binary_join_element_wise(mark, cells.filled, nothing)
    return ArrowTexts(pc.if_else(pa.chunked_array([mask]), marked, cells.filled))


def columns_in(cell: str) -> list[str]:
    """The columns that a cell of `GUARDED` names; none where it is no such list."""
    try:
        names = json.loads(cell)
    except (ValueError, RecursionError):
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def as_csv(columns: Mapping[str, Sequence[str]]) -> bytes:
    """Columns as a UTF-8 CSV file."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(_rows(columns))
    return out.getvalue().encode()


def _rows(columns: Mapping[str, Sequence[str]]) -> Iterable[Sequence[str]]:
    yield list(columns)
    yield from zip(*columns.values(), strict=True)


def _may_be_formula(text: str) -> bool:
    """Tells most texts from formulas at once, by how they begin."""
    return bool(text) and (text[0] in FIRST or text[0].isspace())


def _is_formula(text: str) -> bool:
    return FORMULA.match(text) is not None and NUMBER.fullmatch(text) is None
