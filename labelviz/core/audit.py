"""Audit: how good the flags are, how many errors are left, and when to stop.

The random controls are a prefix of one fixed shuffle of all samples: its first samples up to the
first that nobody has decided. Whoever reviewed them and why, they are a uniform sample of the
dataset, so that what they show holds for the rest. Where somebody works on the next one, or was
dealt it, another person is shown the one after it; that one counts when all before it are decided,
so that nobody's choice of what to decide, or to leave, has a say in what counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from statistics import median

import numpy as np

from labelviz.core.arrays import Integers
from labelviz.core.evidence import controls
from labelviz.core.statuses import CODES, RIGHT, WRONG, Statuses
from labelviz.core.suspicion import Suspicion

CONTROL_EVERY = 10
"""One card in so many is a random control."""
CONFIDENCE = 0.95
BISECTIONS = 32
"""Enough for bounds within a billionth."""
PAUSE_SECONDS = 300
"""A longer gap between two decisions is a pause, not the time that a decision took."""


@dataclass(frozen=True)
class Share:
    """A share of samples, as it was counted.

    Parameters
    ----------
    hits, of : how many of how many.
    """

    hits: int
    of: int

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """Bounds that hold the true share with 95 % confidence."""
        return interval(self.hits, self.of)

    @property
    def value(self) -> float | None:
        """The share itself; None where nothing was counted."""
        return self.hits / self.of if self.of else None


@dataclass(frozen=True)
class Audit:
    """What reviews say about the labels so far.

    Parameters
    ----------
    residual : share of wrong labels among samples that are not flagged, by the controls.
    flagged : share of wrong labels among the samples that were flagged when they were decided.
    """

    residual: Share
    flagged: Share

    def expected_errors(self, flagged: int, others: int) -> float | None:
        """How many of so many waiting samples carry a wrong label, by what was seen so far."""
        parts = [(flagged, self.flagged.value), (others, self.residual.value)]
        if any(count and value is None for count, value in parts):
            return None
        return sum(count * (value or 0.0) for count, value in parts)


def audit(statuses: Statuses, suspicion: Suspicion | None) -> Audit:
    """Count what reviews say.

    Parameters
    ----------
    suspicion : None where nothing was checked.
    """
    undecided = statuses.status == CODES["unreviewed"]
    drawn = controls(~undecided)
    nothing = np.zeros(len(undecided), dtype=bool)
    flagged = nothing if suspicion is None else suspicion.flagged
    on_flags = nothing if suspicion is None else suspicion.on_flags
    return Audit(
        _share(statuses.wrong[drawn & ~flagged]),
        _share(statuses.wrong[on_flags]),
    )


def seconds_per_decision(times: Iterable[str]) -> float | None:
    """The median time between decisions, pauses left out; None where there are fewer than two.

    What was decided in one moment is one decision, on many samples at once.

    Parameters
    ----------
    times : when decisions were saved, ISO 8601, in order.
    """
    moments = [datetime.fromisoformat(time).timestamp() for time in times]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    worked = [gap for gap in gaps if 0 < gap <= PAUSE_SECONDS]
    return median(worked) if worked else None


def interval(hits: int, of: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact interval of Clopper and Pearson (1934) for a share; (0, 1) of nothing.

    Conservative: it holds the true share at least as often as it says, however few were counted.
    """
    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else _where_reached(hits, of, tail)
    high = 1.0 if hits == of else 1 - _where_reached(of - hits, of, tail)
    return low, high


def _share(wrong: Integers) -> Share:
    hits, right = int((wrong == WRONG).sum()), int((wrong == RIGHT).sum())
    return Share(hits, hits + right)


def _where_reached(hits: int, of: int, tail: float) -> float:
    """The share at which so many hits or more have the probability `tail`, by bisection."""
    k = np.arange(hits)
    factorials = np.concatenate([[0.0], np.log(np.arange(1, of + 1)).cumsum()])
    ways = factorials[of] - factorials[k] - factorials[of - k]
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        p = (low + high) / 2
        fewer = np.exp(ways + k * math.log(p) + (of - k) * math.log1p(-p)).sum()
        low, high = (p, high) if 1 - fewer < tail else (low, p)
    return (low + high) / 2
