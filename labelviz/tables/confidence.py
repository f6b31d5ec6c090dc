"""Stated confidence: read as the scale it is written in, or asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from labelviz.core.arrays import Booleans, Floats
from labelviz.errors import InputRefused
from labelviz.tables.ids import blank
from labelviz.tables.limits import EXAMPLES
from labelviz.tables.report import note
from labelviz.tables.table import Note

if TYPE_CHECKING:
    import pandas as pd

NUMBER = r"[+-]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:[eE][+-]?\d+)?"
WRITTEN = re.compile(rf"\s*({NUMBER})\s*(?:(%|％)|/\s*({NUMBER}))?\s*")
SCALE = re.compile(rf"\s*({NUMBER})\s*(?:-|–|\.\.|:|to)\s*({NUMBER})\s*")
USUAL_TOPS = (3, 5, 7, 10)  # the highest step of scales that people and models are asked on
STRAYS = 0.1  # share of the numbers that may lie above 1 while the others are taken for shares of 1


def read_confidence(column: pd.Series[str], scale: str) -> tuple[Floats, list[Note]]:
    """Confidence in [0, 1], NaN where it is unknown, and what was made of the cells.

    Shares of 1, `60%`, `0,61` and `4/5` are read as they are; numbers up to 100 as per cent; whole
    numbers from 0 or 1 to 3, 5, 7 or 10 as steps, of which the lowest is 0 and the highest 1.

    Parameters
    ----------
    scale : lowest and highest number, `1-5`; found out where empty.

    Raises
    ------
    InputRefused : the scale is none, or cannot be found out.
    """
    import pandas as pd

    codes, cells = pd.factorize(column)
    values, plain = as_numbers(map(str, cells))
    low, high = _bounds(scale, str(column.name)) if scale else _found(values[plain], column)
    values[plain] = (values[plain] - low) / (high - low)
    values = np.where((values >= 0) & (values <= 1), values, np.nan)
    result = np.append(values, np.nan)[codes]
    notes = []
    if (low, high) != (0, 1):
        text = (
            f"cells in column {column.name!r} were read as confidence on a scale from {low:g}, the "
            f"lowest, to {high:g}"
        )
        shown = [f"{cell} as {value:.3g}" for cell, value in zip(cells, values, strict=True)]
        notes += note(text, shown[:EXAMPLES], int(np.isfinite(result).sum()))
    doubtful = column[np.isnan(result)]
    text = f"cells in column {column.name!r} are no confidence and count as unknown"
    return result, notes + note(text, doubtful[~blank(doubtful)])


def is_confidence(cells: Iterable[str]) -> bool:
    """Whether cells may state confidence: numbers from 0 to 100, in whatever spelling."""
    listed = list(cells)
    values, _ = as_numbers(listed)
    return bool(listed) and bool(((values >= 0) & (values <= 100)).all())


def as_numbers(cells: Iterable[str]) -> tuple[Floats, Booleans]:
    """Each cell as a number, NaN where it is none; and whether its scale is still open."""
    values, plain = [], []
    for cell in cells:
        found = WRITTEN.fullmatch(cell)
        value = _number(found[1]) if found else np.nan
        if found and found[2]:
            value /= 100
        elif found and found[3]:
            of = _number(found[3])
            value = value / of if of else np.nan
        values.append(value)
        plain.append(bool(found) and not found[2] and not found[3] if found else False)
    return np.array(values, np.float64), np.array(plain, np.bool_)


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _bounds(scale: str, column: str) -> tuple[float, float]:
    found = SCALE.fullmatch(scale)
    low, high = (_number(found[1]), _number(found[2])) if found else (0.0, 0.0)
    if not low < high:
        raise InputRefused(
            f"{scale!r} is no scale.",
            where=f"column {column!r}",
            remedy="Give the lowest and the highest number, such as 1-5.",
        )
    return low, high


def _found(values: Floats, column: pd.Series[str]) -> tuple[float, float]:
    """The scale of the distinct plain numbers of a column."""
    if not len(values) or (values > 1).mean() <= STRAYS or values.min() < 0:
        return 0, 1
    low, high = float(values.min()), float(values.max())
    if high < 2 or high > 100:
        return 0, 1
    whole = bool((values == np.floor(values)).all())
    if high > 10 and (whole or low > 1):
        return 0, 100
    if whole and high in USUAL_TOPS:
        return (1 if low >= 1 else 0), high
    raise InputRefused(
        f"The confidence in column {column.name!r} runs from {low:g} to {high:g}, on a scale that "
        "nothing says.",
        where=f"column {column.name!r}",
        remedy="Say the lowest and the highest number of the scale (on the command line "
        "--confidence-scale 1-5).",
    )
