"""Shares: columns of numbers over the classes, such as soft labels and probabilities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import SUM_TOLERANCE
from labelviz.tables.columns import by_class
from labelviz.tables.confidence import as_numbers
from labelviz.tables.nested import held, is_nested, was_cut

if TYPE_CHECKING:
    import pandas as pd

ROUNDING = 1e-3  # how far a row may miss the sum 1 and still be scaled, whatever its decimals
MOST_DECIMALS = 12
NAMED, SCORED = ("label", "name", "class", "category"), ("score", "probability", "confidence")


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
    """Read one column per class, matched by name; or one column of lists in class order, or of
    objects of numbers by class name.

    The one column of a single class may hold either.

    A row of a single-label task that misses the sum 1 by rounding is scaled: by up to 0.001, or by
    what K numbers of so many decimals can miss together.

    Raises
    ------
    LabelsRefused : the columns do not name the classes.
    """
    if len(columns) == 1:
        read = _lists(frame[columns[0]], classes, multilabel=multilabel)
        return _checked(*read, multilabel=multilabel)
    ordered = by_class(columns, classes)
    values = np.stack([_shares(frame[name]) for name in ordered], axis=1)
    blank = np.stack([_blank(frame[name]) for name in ordered], axis=1)
    problems = {}
    for row in np.flatnonzero((np.isnan(values) & ~blank).any(axis=1)).tolist():
        at = int(np.flatnonzero(np.isnan(values[row]) & ~blank[row])[0])
        problems[row] = f"{frame[ordered[at]].iloc[row][:40]!r} is not a number"
    if not multilabel:
        for row in np.flatnonzero(blank.any(axis=1) & ~blank.all(axis=1)).tolist():
            problems.setdefault(row, "some classes have no number")
    return _checked(values, problems, multilabel=multilabel)


def _shares(column: pd.Series[str]) -> Floats:
    """(N,) numbers of a column, `60%` as 0.6; NaN where a cell is neither."""
    values = numbers(column)
    other = np.flatnonzero(np.isnan(values) & np.asarray(column.str.contains("[%％]")))
    if len(other):
        values[other] = as_numbers(column.iloc[other])[0]
    return values


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


def names_of_shares(column: pd.Series[str]) -> set[str]:
    """The names of the classes in cells that hold shares by name; none where they are lists."""
    found: set[str] = set()
    for cell in column.unique():
        found |= set(_by_name(held(cell)) or ())
    return found


def are_shares(cells: Iterable[str]) -> bool:
    """Whether all cells hold shares of 1 by the name of the class, and not only 0 and 1."""
    values: list[float] = []
    for cell in cells:
        named = shares_by_name(cell)
        if not named or len(named) < 2:
            return False
        values += named.values()
    return any(0 < each < 1 for each in values) and all(0 <= each <= 1 for each in values)


def shares_by_name(cell: str) -> dict[str, float] | None:
    """Numbers by the name of the class, of an object or of names with scores; else None."""
    return _by_name(held(cell)) if cell.lstrip()[:1] in ("{", "[") else None


def _lists(
    column: pd.Series[str], classes: tuple[str, ...], *, multilabel: bool
) -> tuple[Floats, dict[int, str]]:
    """Shares of a column whose cells hold them all: in the order of the classes, or by name."""
    k = len(classes)
    values = np.full((len(column), k), np.nan)
    problems = {}
    for row, cell in enumerate(column):
        if not cell.strip():
            continue
        value = held(cell if k > 1 or is_nested(cell) else f"[{cell}]")
        named = _by_name(value)
        if named is not None:
            listed, problem = _in_order(named, classes, multilabel=multilabel)
        else:
            listed, problem = _as_list(value, cell, k)
        if problem:
            problems[row] = problem
        else:
            values[row] = listed
    return values, problems


def numbers_of(cell: str) -> list[float] | None:
    """The numbers of a cell that is a list of them; None where it is none."""
    value = held(cell) if is_nested(cell) else None
    if not isinstance(value, list) or not value:
        return None
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in value):
        return None
    return [float(each) for each in value]


def _by_name(value: Any) -> dict[str, float] | None:
    """Shares by the name of the class: an object of numbers, or a list of names and scores."""
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        name = next((key for key in NAMED if all(key in each for each in value)), None)
        score = next((key for key in SCORED if all(key in each for each in value)), None)
        if name is None or score is None:
            return None
        value = {str(each[name]): each[score] for each in value}
    if not isinstance(value, dict) or not all(map(_is_number, value.values())):
        return None
    return {name: float(share) for name, share in value.items()}


def _in_order(
    named: dict[str, float], classes: tuple[str, ...], *, multilabel: bool
) -> tuple[list[float], str]:
    """Shares in class order, and what is wrong with them; a class that is not named has none."""
    strangers = [name for name in named if name not in classes]
    if strangers:
        return [], f"{strangers[0][:40]!r} is not among the classes"
    missing = np.nan if multilabel else 0.0
    return [named.get(name, missing) for name in classes], ""


def _as_list(value: Any, cell: str, k: int) -> tuple[list[float], str]:
    if not isinstance(value, list) or not all(map(_is_number, value)):
        words = "lacks values that were left out" if was_cut(cell) else "is not a list of numbers"
        return [], f"{cell[:40]!r} {words}"
    if len(value) != k:
        return [], f"a list of {len(value)} numbers for {k} classes"
    try:
        return [float(each) for each in value], ""
    except OverflowError:
        return [], f"{cell[:40]!r} is not a list of numbers"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


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
