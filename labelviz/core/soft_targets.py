"""Soft targets as a person sets them: one share changes, and the others give way.

The browser does the same arithmetic while a bar is dragged; what it sends back is read here anew.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.dataset import SUM_TOLERANCE
from labelviz.errors import TargetsRefused

# With more classes than this, one of which is true, a person names the top class instead.
MOST_BARS = 12
FLOAT_ROUNDING = 1e-12  # A sum this near to 1 is left alone, so that a share of 0.7 stays 0.7


def with_share(row: Floats, k: int, share: float, *, multilabel: bool = False) -> Floats:
    """A row in which class k has `share` and the others give way in proportion.

    Parameters
    ----------
    row : (K,) summing to 1, K >= 2. Where all mass was on class k, the others share alike.
    share : in [0, 1].
    multilabel : the other cells stay as they are.
    """
    if multilabel:
        changed = row.copy()
        changed[k] = share
        return changed
    others = np.delete(row, k)
    rest = others / others.sum() if others.sum() > 0 else np.full(len(others), 1 / len(others))
    return np.insert(rest * (1 - share), k, share)


@dataclass(frozen=True)
class Certainty:
    """What a person says instead of one number per class.

    Collins et al. (2022, arXiv:2211.01202) elicit the top class, a second one, and what is
    impossible, instead of K numbers.

    Parameters
    ----------
    top : class number of the likeliest class.
    share : its share in [0, 1].
    runner_up : class number of the second, or None.
    runner_share : its share, at most what the top class leaves.
    ruled_out : class numbers that are impossible.
    """

    top: int
    share: float
    runner_up: int | None = None
    runner_share: float = 0.0
    ruled_out: frozenset[int] = field(default_factory=frozenset)


def spread(said: Certainty, k: int) -> Floats:
    """(K,) the row that a person's certainty stands for.

    What the top class and the runner-up leave is spread evenly over the classes that are not ruled
    out; where none is left it goes to the runner-up, and without one to the top class.
    """
    row = np.zeros(k)
    row[said.top] = said.share
    rest = 1 - said.share
    named = {said.top}
    if said.runner_up is not None:
        row[said.runner_up] = min(said.runner_share, rest)
        rest -= row[said.runner_up]
        named.add(said.runner_up)
    free = [each for each in range(k) if each not in named | said.ruled_out]
    if free:
        row[free] = rest / len(free)
    else:
        row[said.top if said.runner_up is None else said.runner_up] += rest
    return row


def read_certainty(row: Floats) -> Certainty:
    """The certainty that a row stands for, as near as its form allows.

    The runner-up is the one class that stands out from the rest; classes without any share are
    ruled out, unless the top class has it all.
    """
    order = np.argsort(-row, kind="stable")
    top, second = int(order[0]), int(order[1])
    third = float(row[order[2]]) if len(row) > 2 else 0.0
    stands_out = row[second] > third + SUM_TOLERANCE
    certain = row[top] >= 1 - SUM_TOLERANCE
    nothing = frozenset[int]() if certain else frozenset(map(int, np.flatnonzero(row == 0)))
    return Certainty(
        top,
        float(row[top]),
        second if stands_out else None,
        float(row[second]) if stands_out else 0.0,
        nothing,
    )


def read_row(sent: Collection[object], k: int, *, multilabel: bool) -> Floats:
    """(K,) a row that came from outside, its rounding taken out.

    Parameters
    ----------
    sent : K numbers in [0, 1]; single-label ones sum to 1 within half a millionth per class.

    Raises
    ------
    TargetsRefused : it is no target of this dataset.
    """
    numbers = [
        each
        for each in sent
        if isinstance(each, int | float) and not isinstance(each, bool) and 0 <= each <= 1
    ]
    row = np.array(numbers, dtype=np.float64)
    inside = len(row) == len(sent) == k
    total = row.sum() if inside else 0.0
    close = abs(total - 1) <= max(SUM_TOLERANCE, k * SUM_TOLERANCE / 2)
    if not inside or not (multilabel or close):
        raise TargetsRefused(
            f"Your shares add to {total:.4g}." if inside else "A share is not from 0 to 1.",
            safe="The target was NOT saved; earlier decisions are safe.",
            remedy="Set the bars again and save.",
        )
    exact = multilabel or abs(total - 1) <= FLOAT_ROUNDING
    return row if exact else row / total
