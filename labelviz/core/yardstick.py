"""Yardstick: what flags and detectors are worth on samples whose true labels are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.intervals import wilson
from labelviz.core.metrics import average_precision
from labelviz.core.statuses import RIGHT, WRONG
from labelviz.core.suspicion import Suspicion

SUSPICION: Final = "suspicion"  # what all detectors say together
FEWEST_WRONG: Final = 10  # wrong labels below which the order of a detector says nothing


@dataclass(frozen=True)
class Measure:
    """A measured value with the 95 % interval that the choice of samples leaves.

    Parameters
    ----------
    value, low, high : from 0 to 1; NaN where there was nothing to measure.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Yardstick:
    """What flags and detectors are worth.

    Parameters
    ----------
    known, wrong : how many samples have a given and a true label, and how many of them differ.
    flagged, hits : how many of them are flagged, and how many of these are wrong.
    precision, recall : of the flags, by Wilson (1927).
    order : by detector, the best first, average precision; empty where fewer than 10 labels are
        wrong. One that ranks by chance has the share of wrong labels.
    """

    known: int
    wrong: int
    flagged: int
    hits: int
    precision: Measure
    recall: Measure
    order: Mapping[str, Measure]


def yardstick(suspicion: Suspicion, wrong: Integers) -> Yardstick | None:
    """Measure flags and detectors; None where nothing is known.

    Parameters
    ----------
    wrong : (N,) 1 where the given label is known to be wrong, 0 where right, -1 where not known.
        Whoever chose these samples decides what the numbers stand for: random ones, for all.
    """
    rows = np.flatnonzero((wrong == WRONG) | (wrong == RIGHT))
    if not len(rows):
        return None
    truth = wrong[rows] == WRONG
    flagged = suspicion.flagged[rows]
    hits = int((truth & flagged).sum())
    scores = {SUSPICION: suspicion.score, **suspicion.scores}
    order: dict[str, Measure] = {}
    if truth.sum() >= FEWEST_WRONG and not truth.all():
        found = {name: _order(np.nan_to_num(each[rows]), truth) for name, each in scores.items()}
        order = dict(sorted(found.items(), key=lambda item: -item[1].value))
    return Yardstick(
        known=len(rows),
        wrong=int(truth.sum()),
        flagged=int(flagged.sum()),
        hits=hits,
        precision=_share(hits, int(flagged.sum())),
        recall=_share(hits, int(truth.sum())),
        order=order,
    )


def _order(score: Floats, wrong: Booleans) -> Measure:
    """Average precision, with the interval of a share of as many samples as are wrong.

    Boyd, Eng & Page 2013, doi:10.1007/978-3-642-40994-3_29, who find intervals of this kind to hold
    and the bootstrap's to be too narrow.
    """
    value, count = average_precision(score, wrong), int(wrong.sum())
    return _share(value * count, count)


def _share(hits: float, of: int) -> Measure:
    if not of:
        return Measure(np.nan, np.nan, np.nan)
    low, high = wilson(np.array([hits]), np.array([of]))
    return Measure(hits / of, min(float(low[0]), hits / of), max(float(high[0]), hits / of))
