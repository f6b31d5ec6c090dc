"""Transitions: how often a class is given where another one is true, and what that makes likely.

T[j, i] = P(given = i | true = j), rows sum to 1 (Patrini et al. 2017, arXiv:1609.03683).
"""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import MISSING
from labelviz.core.reviewed import Reviewed

NEAR = 1e-6  # by how much a probability may miss its class's threshold
LOWEST, NEVER = 2e-6, 2.0  # the lowest threshold, and that of a class nobody was given
SHRINK = 10.0  # reviews that a row is drawn towards what is known without them by


def class_thresholds(given: Integers, p: Floats) -> Floats:
    """(K,) mean probability of each class among the samples it was given to; 2 where none was."""
    k = p.shape[1]
    means = [p[given == c, c].mean() if (given == c).any() else NEVER for c in range(k)]
    return np.asarray(np.maximum(np.array(means), LOWEST))


def confident_joint(given: Integers, p: Floats) -> Floats:
    """(K, K) samples by given and confident class, before it is scaled to all samples.

    Northcutt et al. 2021, arXiv:1911.00068, equation 1. A sample is counted for a class whose
    threshold it reaches, the likeliest of several; the diagonal is at least 1.
    """
    k = p.shape[1]
    known = given != MISSING
    y, q = given[known], p[known]
    reached = q >= class_thresholds(y, q) - NEAR
    counted = reached.any(axis=1)
    several = reached.sum(axis=1) > 1
    guess = np.where(several, q.argmax(axis=1), reached.argmax(axis=1))[counted]
    joint = np.bincount(y[counted] * k + guess, minlength=k * k).reshape(k, k).astype(np.float64)
    np.fill_diagonal(joint, np.maximum(joint.diagonal(), 1))
    return joint


def from_joint(joint: Floats, given: Integers) -> Floats:
    """(K, K) T of a confident joint, its rows scaled to the counts of the given labels."""
    counts = np.bincount(given[given != MISSING], minlength=len(joint))
    scaled = joint / joint.sum(axis=1, keepdims=True) * np.maximum(counts, 1)[:, None]
    return np.asarray((scaled / scaled.sum(axis=0, keepdims=True)).T)


def from_reviews(given: Integers, true: Integers, counts: Floats, prior: Floats) -> Floats:
    """(K, K) T by reviewed labels, each row drawn towards a prior as if by ten reviews.

    Parameters
    ----------
    given, true : (R,) class indices.
    counts : (R,) how many reviews each counts as.
    prior : (K, K) what T is taken to be without any review.
    """
    k = len(prior)
    n = np.bincount(true * k + given, weights=counts, minlength=k * k).reshape(k, k)
    return np.asarray((n + SHRINK * prior) / (n.sum(axis=1, keepdims=True) + SHRINK))


def by_model_and_reviews(given: Integers, p: Floats, reviewed: Reviewed) -> Floats:
    """T by what people settled, each row drawn towards the confident joint of all samples.

    Parameters
    ----------
    given : (N,) class indices, MISSING where nothing is given; or (N, K) cells of 0 and 1.
    p : (N, K) P(given | x).
    reviewed : what was settled, its labels shaped as `given`.

    Returns
    -------
    (K, K); or (K, 2, 2) for several labels, a matrix for each class.
    """
    if given.ndim == 2:
        both = np.stack([1 - p, p], axis=2)
        return np.stack([
            by_model_and_reviews(given[:, k], both[:, k], reviewed.of_class(k))
            for k in range(p.shape[1])
        ])  # fmt: skip
    by_model = from_joint(confident_joint(given, p), given)
    mine = given[reviewed.rows]
    there = mine != MISSING
    return from_reviews(mine[there], reviewed.truth[there], reviewed.counts[there], by_model)


def true_opinion(p: Floats, t: Floats) -> Floats:
    """(N, K) P(true | x) from P(given | x) = T' P(true | x); what falls below 0 is cut off."""
    solved = np.linalg.lstsq(t.T, p.T, rcond=None)[0].T
    clipped = np.clip(solved, 0, None)
    total = clipped.sum(axis=1, keepdims=True)
    return np.where(total > 0, clipped / np.where(total > 0, total, 1), p)


def posterior(p: Floats, t: Floats, given: Integers) -> Floats:
    """(N, K) P(true | x, given label), q[j] = p[j] T[j, y] / sum; p itself where that is nothing.

    Parameters
    ----------
    p : (N, K) P(true | x).
    given : (N,) class indices, none missing.
    """
    q = p * t[:, given].T
    total = q.sum(axis=1, keepdims=True)
    return np.where(total > 0, q / np.where(total > 0, total, 1), p)
