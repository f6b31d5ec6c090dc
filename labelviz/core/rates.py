"""Rates: how many labels are wrong, overall and in parts, as intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from labelviz.core.arrays import Booleans, Strings
from labelviz.core.intervals import wilson
from labelviz.core.noise import NoiseMatrix

SHRINK: Final = 10.0
"""Samples of the whole that a part's rate is drawn towards the whole's by."""
Basis = Literal["model", "reviews"]


@dataclass(frozen=True)
class Rate:
    """The share of wrong labels among some samples.

    Parameters
    ----------
    of : which samples: empty for all, a class, or a value of a slice.
    wrong, count : of how many samples how many are wrong; those reviewed, or all by the model.
    low, high : 95 % interval (Wilson 1927, doi:10.1080/01621459.1927.10502953). Of a model it holds
        what chance could do, not how far the model itself is off.
    shrunk : the rate, drawn towards that of all samples as if by ten of them.
    """

    of: str
    wrong: int
    count: int
    low: float
    high: float
    shrunk: float


@dataclass(frozen=True, eq=False)
class ErrorRates:
    """How many labels are wrong.

    Parameters
    ----------
    basis : by a model's opinion, or by reviewed samples that were drawn at random.
    overall : of all samples.
    by_class : by given label; of several labels, by each class's cells.
    by_slice : by slice column, its values, the surest clump first.
    noise : given against likely true labels, of all samples or of the reviewed ones.
    """

    basis: Basis
    overall: Rate
    by_class: tuple[Rate, ...]
    by_slice: dict[str, tuple[Rate, ...]]
    noise: NoiseMatrix


def rate(of: str, wrong: Booleans, whole: float | None = None) -> Rate:
    """The rate of some samples, given which of them are wrong.

    Parameters
    ----------
    whole : the rate of all samples, which a part is drawn towards.
    """
    count, hits = len(wrong), int(wrong.sum())
    if not count:
        return Rate(of, 0, 0, 0.0, 1.0, whole or 0.0)
    low, high = wilson(np.array([hits]), np.array([count]))
    pull = 0.0 if whole is None else SHRINK
    shrunk = (hits + pull * (whole or 0.0)) / (count + pull)
    return Rate(of, hits, count, float(low[0]), float(high[0]), shrunk)


def rates_by(values: Strings, wrong: Booleans, whole: float) -> tuple[Rate, ...]:
    """The rates of the values of a slice, by falling lower end of their intervals."""
    found = [rate(str(value), wrong[values == value], whole) for value in dict.fromkeys(values)]
    return tuple(sorted(found, key=lambda each: -each.low))
