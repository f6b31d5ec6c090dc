"""The texts of the samples: a column as it stands, or several as lines of `attribute: value`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.core.arrays import Strings
from labelviz.errors import ColumnRefused, in_words
from labelviz.tables.cells import as_text
from labelviz.tables.columns import Columns
from labelviz.tables.nested import NotNested, nested
from labelviz.tables.report import note
from labelviz.tables.table import Note

if TYPE_CHECKING:
    import pandas as pd

SIDES = re.compile(
    r"(?:left|right|ltable|rtable|l|r|a|b|1|2|text_a|text_b)[_.](?P<after>.+)"
    r"|(?P<before>.+?)(?:[_.]?(?:left|right|1|2)|[_.](?:l|r|a|b|x|y))",
    re.IGNORECASE,
)
ROLE, CONTENT = "role", "content"


def attribute(name: str) -> str:
    """What a column of one side of a pair is called on both: `left_name`, `name_2`: `name`."""
    found = SIDES.fullmatch(name)
    return (found["after"] or found["before"]) if found else name


def texts_of(frame: pd.DataFrame, columns: Columns) -> tuple[tuple[Strings, ...], list[Note]]:
    """One or two (N,) arrays of text, and what was made of the cells.

    Raises
    ------
    ColumnRefused : a column holds objects inside objects, which are no text.
    """
    texts, notes = [], []
    for first, more in ((columns.text, columns.text_with), (columns.text_b, columns.text_b_with)):
        if first:
            made, found = _side(frame, [first, *more])
            texts.append(made)
            notes += found
    return tuple(texts), notes


def as_they_stand(frame: pd.DataFrame, columns: Columns) -> list[str]:
    """The columns that hold the texts as they are; none where texts are put together."""
    names = [name for name in (columns.text, columns.text_b) if name]
    together = columns.text_with or columns.text_b_with
    return [] if together or any(_may_hold_objects(frame[n]) for n in names) else names


def _may_hold_objects(cells: pd.Series[str]) -> bool:
    return bool(cells.str.startswith(("{", "[")).any())


def _side(frame: pd.DataFrame, names: Sequence[str]) -> tuple[Strings, list[Note]]:
    read = [_column(frame[name]) for name in names]
    notes = [each for _, found in read for each in found]
    if len(names) == 1:
        return read[0][0], notes
    columns = [cells for cells, _ in read]
    made = np.empty(len(frame), dtype=object)
    headed = [f"{attribute(name)}: " for name in names]
    made[:] = [
        "\n".join(head + cell for head, cell in zip(headed, row, strict=True) if cell.strip())
        for row in zip(*columns, strict=True)
    ]
    made.setflags(write=False)
    return made, notes


def _column(cells: pd.Series[str]) -> tuple[Strings, list[Note]]:
    """A column as it stands; objects in it as lines of what they hold."""
    made: Strings = cells.to_numpy(dtype=object, copy=True)
    held = np.flatnonzero(cells.str.startswith(("{", "["))).tolist()
    values = {row: _object(made[row]) for row in held}
    values = {row: value for row, value in values.items() if value is not None}
    filled = sum(bool(cell.strip()) for cell in made) if values else 0
    if not values or len(values) < filled:
        made.setflags(write=False)
        return made, []
    for row, value in values.items():
        made[row] = _lines(value, str(cells.name), made[row])
    made.setflags(write=False)
    text = f"cells of column {cells.name!r} are objects and were written as lines of name: value"
    return made, note(text, [made[row] for row in values][:3], len(values))


def _object(cell: str) -> Any:
    """An object, or the turns of a conversation; None where a cell is something else."""
    try:
        value = nested(cell)
    except NotNested:
        return None
    if are_turns(value):
        return [(each[ROLE], each[CONTENT]) for each in value]
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        return [(str(place), each) for place, each in enumerate(value)]
    return list(value.items()) if isinstance(value, dict) else None


def are_turns(value: Any) -> bool:
    """Whether a value is a conversation: a list of who said what."""
    return isinstance(value, list) and bool(value) and all(
        isinstance(each, dict) and {ROLE, CONTENT} <= each.keys() for each in value
    )  # fmt: skip


def _lines(value: list[tuple[Any, Any]], column: str, cell: str) -> str:
    inner = [name for name, each in value if isinstance(each, dict | list)]
    if inner:
        raise ColumnRefused(
            f"Cells of column {column!r} are nested objects, not texts.",
            where=f"column {column!r}, first {cell[:80]}",
            remedy=f"Choose a column of texts. Inside are "
            f"{in_words(f'{column}.{name}' for name, _ in value)}.",
        )
    return "\n".join(f"{name}: {as_text(each)}" for name, each in value if each is not None)
