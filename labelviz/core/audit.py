"""Audit: what reviewing gave so far, and how long it takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

import numpy as np

from labelviz.core.arrays import Integers
from labelviz.core.statuses import RIGHT, WRONG, Statuses
from labelviz.core.suspicion import Suspicion

CONTROL_EVERY = 10  # one card in so many is a random control
# A longer gap between two decisions is a pause, not the time that a decision took.
PAUSE_SECONDS = 300


@dataclass(frozen=True)
class Found:
    """Wrong labels among reviewed ones. It says nothing of any others.

    Parameters
    ----------
    wrong, of : how many of how many that somebody settled.
    """

    wrong: int
    of: int


def on_flags(statuses: Statuses, suspicion: Suspicion | None) -> Found:
    """What the labels were that were flagged when they were decided.

    Parameters
    ----------
    suspicion : None where nothing was checked.
    """
    nothing = np.zeros(len(statuses.wrong), dtype=bool)
    return found(statuses.wrong[nothing if suspicion is None else suspicion.on_flags])


def found(wrong: Integers) -> Found:
    """Wrong ones among verdicts of 1, wrong, and 0, right; what nobody can say is in neither."""
    hits, right = int((wrong == WRONG).sum()), int((wrong == RIGHT).sum())
    return Found(hits, hits + right)


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
