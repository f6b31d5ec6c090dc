"""Difficulty: how undecided a model is about a sample, whatever its label says."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.distributions import Probabilities


def difficulty(probabilities: Probabilities) -> Floats:
    """Entropy of the model's opinion, scaled so that the easiest is 0 and the hardest is 1.

    Entropy ignores the given label, so a confident contradiction counts as easy: difficulty is
    not wrongness. Where every sample is equally hard, all are 0.

    Returns
    -------
    Single-label: (N,) over samples. Multi-label: (N, K), every cell by itself, scaled over all.
    """
    p = probabilities.values
    cells = p * np.log(np.clip(p, 1e-300, None))
    if probabilities.multilabel:
        q = 1 - p
        entropy = -(cells + q * np.log(np.clip(q, 1e-300, None)))
    else:
        entropy = -cells.sum(axis=1)
    if not entropy.size:
        return entropy
    low, high = entropy.min(), entropy.max()
    return (entropy - low) / (high - low) if high - low > 1e-12 else np.zeros_like(entropy)
