"""Columns of objects: what is inside them gets columns of its own, named with a dot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from labelviz.tables.cells import as_text
from labelviz.tables.limits import EXAMPLES
from labelviz.tables.missing import Missing, missing_of
from labelviz.tables.names import listed
from labelviz.tables.nested import held
from labelviz.tables.table import Note, frame_of

if TYPE_CHECKING:
    import pandas as pd

SAMPLE = 50
DEEPEST, MOST = 4, 200  # levels that are unfolded, and columns that are made of one column, at most


def unfold(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Note], Missing]:
    """The table with a column `data.text` for what stands under `text` in the objects of `data`.

    The column of objects stays as it is. Objects that name classes (`{"choices": [...]}`, or 0 and
    1 by name) are labels, and stay whole. What an object does not hold, or is null in it, is
    missing.
    """
    import pandas as pd
    import pyarrow as pa

    made: dict[str, list[str | None]] = {}
    notes = []
    for name in map(str, frame.columns):
        if not _holds_objects(frame[name]):
            continue
        found = _inside(name, frame[name])
        found = {each: cells for each, cells in found.items() if each not in frame.columns}
        if 0 < len(found) <= MOST:
            made |= found
            text = f"columns were made of what the objects in column {name!r} hold"
            notes.append(Note(text, len(found), tuple(found)[:EXAMPLES]))
    if not made:
        return frame, [], {}
    found_in = pa.table([pa.array(cells, pa.large_string()) for cells in made.values()], [*made])
    lines = frame.index.to_numpy()
    columns = frame_of(found_in, lines, [*made])
    return pd.concat([frame, columns], axis=1), notes, missing_of(found_in, lines, [*made])


def _holds_objects(cells: pd.Series[str]) -> bool:
    """Whether the first cells that are not blank are objects, and no labels."""
    first = [cell for cell in cells.head(SAMPLE) if cell.strip()] or list(_filled(cells))
    if not first or not all(cell.lstrip().startswith("{") for cell in first):
        return False
    return all(isinstance(held(cell), dict) for cell in first) and not all(
        listed(cell) is not None for cell in first
    )


def _filled(cells: pd.Series[str]) -> Iterator[str]:
    for cell in cells[cells != ""]:
        if cell.strip():
            yield cell
            return


def _inside(name: str, cells: pd.Series[str]) -> dict[str, list[str | None]]:
    found: dict[str, list[str | None]] = {}
    for row, cell in enumerate(cells):
        for path, value in _leaves(name, held(cell), 0):
            column = found.get(path)
            if column is None:
                if len(found) > MOST:
                    return {}
                column = found.setdefault(path, [None] * len(cells))
            column[row] = None if value is None else as_text(value)
    return found


def _leaves(path: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    for key, each in value.items() if isinstance(value, dict) else ():
        inner = f"{path}.{key}"
        if isinstance(each, dict) and each and depth < DEEPEST:
            yield from _leaves(inner, each, depth + 1)
        else:
            yield inner, each
