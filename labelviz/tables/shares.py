"""Shares: columns of numbers over the classes, such as soft labels and probabilities."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import SUM_TOLERANCE
from labelviz.tables.columns import by_class

if TYPE_CHECKING:
    import pandas as pd

ROUNDING = 1e-3
"""How far a row may miss the sum 1 and still be scaled, whatever its decimals."""
MOST_DECIMALS = 12


@dataclass(frozen=True)
class Shares:
    """Numbers over the classes, read from columns.

    Parameters
    ----------
    values : (N, K) in [0, 1]; NaN where there is nothing, or nothing usable.
    scaled : rows whose sum missed 1 by rounding and was put right.
    problems : why a row cannot be used, by row number.
    """

    values: Floats
    scaled: Integers
    problems: dict[int, str]

    @classmethod
    def none(cls, n: int, k: int) -> Shares:
        """No numbers for n rows and k classes."""
        return cls(np.full((n, k), np.nan), np.empty(0, dtype=np.int64), {})


def numbers(column: pd.Series[str]) -> Floats:
    """(N,) the cells as numbers, NaN where a cell is none. A decimal comma makes no number."""
    import pandas as pd

    codes, cells = pd.factorize(column)
    values = np.asarray(pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce"))
    return np.append(values.astype(np.float64), np.nan)[codes]


def read_shares(
    frame: pd.DataFrame, columns: tuple[str, ...], classes: tuple[str, ...], *, multilabel: bool
) -> Shares:
    """Read one column per class, matched by name; or one column of JSON lists in class order.

    The one column of a single class may hold either.

    A row of a single-label task that misses the sum 1 by rounding is scaled: by up to 0.001, or by
    what K numbers of so many decimals can miss together.

    Raises
    ------
    LabelsRefused : the columns do not name the classes.
    """
    if len(columns) == 1:
        return _checked(*_lists(frame[columns[0]], len(classes)), multilabel=multilabel)
    ordered = by_class(columns, classes)
    values = np.stack([numbers(frame[name]) for name in ordered], axis=1)
    blank = np.stack([_blank(frame[name]) for name in ordered], axis=1)
    problems = {}
    for row in np.flatnonzero((np.isnan(values) & ~blank).any(axis=1)).tolist():
        at = int(np.flatnonzero(np.isnan(values[row]) & ~blank[row])[0])
        problems[row] = f"{frame[ordered[at]].iloc[row][:40]!r} is not a number"
    if not multilabel:
        for row in np.flatnonzero(blank.any(axis=1) & ~blank.all(axis=1)).tolist():
            problems.setdefault(row, "some classes have no number")
    return _checked(values, problems, multilabel=multilabel)


def read_counts(
    frame: pd.DataFrame, columns: tuple[str, ...], classes: tuple[str, ...]
) -> tuple[Integers, Integers]:
    """(N, K) how many annotators chose each class, 0 where no number stands; and the bad rows."""
    ordered = by_class(columns, classes)
    values = np.stack([numbers(frame[name]) for name in ordered], axis=1)
    blank = np.stack([_blank(frame[name]) for name in ordered], axis=1)
    whole = np.isfinite(values) & (values >= 0) & (values == np.floor(values)) & (values < 2**53)
    bad = (~whole & ~blank).any(axis=1)
    counts = np.where(whole & ~bad[:, None], values, 0).astype(np.int64)
    return counts, np.flatnonzero(bad).astype(np.int64)


def _blank(column: pd.Series[str]) -> Booleans:
    return np.asarray(column.str.strip() == "", dtype=np.bool_)


def _lists(column: pd.Series[str], k: int) -> tuple[Floats, dict[int, str]]:
    values = np.full((len(column), k), np.nan)
    problems = {}
    for row, cell in enumerate(column):
        if not cell.strip():
            continue
        read = _list(cell if k > 1 or cell.lstrip().startswith("[") else f"[{cell}]")
        if read is None:
            problems[row] = f"{cell[:40]!r} is not a list of numbers"
        elif len(read) != k:
            problems[row] = f"a list of {len(read)} numbers for {k} classes"
        else:
            values[row] = read
    return values, problems


def _list(cell: str) -> Sequence[float] | None:
    try:
        listed = json.loads(cell)
        if isinstance(listed, list) and all(type(each) in (int, float) for each in listed):
            return [float(each) for each in listed]
    except (ValueError, OverflowError, RecursionError):
        return None
    return None


def _checked(values: Floats, problems: dict[int, str], *, multilabel: bool) -> Shares:
    inside = (values >= -SUM_TOLERANCE) & (values <= 1 + SUM_TOLERANCE)
    bad = ~(np.isnan(values) | inside)
    for row in np.flatnonzero(bad.any(axis=1)).tolist():
        number = values[row][bad[row]][0]
        problems.setdefault(row, f"{number:g} is not from 0 to 1")
    values = np.clip(values, 0, 1)
    values[list(problems)] = np.nan
    scaled = np.zeros(len(values), dtype=np.bool_)
    if not multilabel:
        sums = values.sum(axis=1)
        off = np.abs(sums - 1)
        scaled = (off > SUM_TOLERANCE) & (off <= max(ROUNDING, _rounding(values)))
        for row in np.flatnonzero((off > SUM_TOLERANCE) & ~scaled).tolist():
            problems[row] = f"the shares add to {sums[row]:.6g}, not 1"
            values[row] = np.nan
        values[scaled] /= sums[scaled, None]
    return Shares(values, np.flatnonzero(scaled).astype(np.int64), problems)


def _rounding(values: Floats) -> float:
    """What K numbers with as many decimals as these can miss together: K * 0.5 * 10^-d."""
    seen = np.unique(values[np.isfinite(values)])
    decimals = 0
    while decimals < MOST_DECIMALS and not np.allclose(
        seen, np.round(seen, decimals), rtol=0, atol=1e-12
    ):
        decimals += 1
    return values.shape[1] * 0.5 * 10.0**-decimals if decimals else 0.0
