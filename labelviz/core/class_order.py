"""Class order: whether the classes of probabilities were mixed up on their way here."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

import numpy as np

from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.distributions import labels_of

# Classes up to which all orders are tried; beyond, pairs are exchanged as long as that helps.
MOST_TRIED: Final = 6
# Share of the labels that another order has to agree with in addition; less may be chance.
LEAST_GAIN: Final = 0.05
SPREADS: Final = 3.0  # standard deviations of chance that the gain has to exceed


def share_agreeing(dataset: Dataset, p: Floats) -> float | None:
    """The share of labels, or of cells, that probabilities (N, K) agree with; None of nothing."""
    known = dataset.given != MISSING
    if not known.any():
        return None
    said = labels_of(p, multilabel=dataset.multilabel)
    return float((said == dataset.given)[known].mean())


def order_doubt(dataset: Dataset, p: Floats) -> str:
    """A warning where the classes would agree with the labels far better in another order.

    Only ever a warning: labels may be as wrong as the order.

    Parameters
    ----------
    p : (N, K) in the dataset's order.

    Returns
    -------
    A sentence; empty where the order seems right.
    """
    here = share_agreeing(dataset, p)
    if here is None or dataset.n_classes < 2:
        return ""
    order = _best(_overlap(dataset, p))
    there = share_agreeing(dataset, p[:, np.argsort(order)])
    count = max(int((dataset.given != MISSING).sum()), 1)
    chance = SPREADS / np.sqrt(count)
    if there is None or there - here < max(LEAST_GAIN, chance):
        return ""
    mixed = {dataset.classes[k]: dataset.classes[c] for k, c in enumerate(order) if k != c}
    swaps = ", ".join(f"{a!r} as {b!r}" for a, b in mixed.items())
    return (
        f"agrees with {here:.1%} of the labels; reading {swaps} it would agree with {there:.1%}: "
        "check the order of the classes"
    )


def _overlap(dataset: Dataset, p: Floats) -> Floats:
    """(K, K) how often the class that is said, by row, is the class that is given, by column."""
    given: Integers = dataset.given
    k = dataset.n_classes
    hits = np.zeros((k, k))
    if dataset.multilabel:
        rows = (given != MISSING).all(axis=1)
        said, carried = p[rows] - p[rows].mean(axis=0), given[rows] - given[rows].mean(axis=0)
        return np.asarray(said.T @ carried)
    rows = given != MISSING
    np.add.at(hits, (p[rows].argmax(axis=1), given[rows]), 1)
    return hits


def _best(hits: Floats) -> tuple[int, ...]:
    """The order of classes with the largest overlap; the one that stands if none is larger."""
    k = len(hits)
    now = list(range(k))
    if k <= MOST_TRIED:
        # of equal ones the first, which is the order that stands
        return max(itertools.permutations(now), key=lambda order: _sum(hits, order))
    while True:
        swaps = list(itertools.combinations(range(k), 2))
        gain = [
            hits[a, now[b]] + hits[b, now[a]] - hits[a, now[a]] - hits[b, now[b]] for a, b in swaps
        ]
        best = int(np.argmax(gain))
        if gain[best] <= 1e-9:
            return tuple(now)
        a, b = swaps[best]
        now[a], now[b] = now[b], now[a]


def _sum(hits: Floats, order: Sequence[int]) -> float:
    return float(hits[np.arange(len(hits)), list(order)].sum())
