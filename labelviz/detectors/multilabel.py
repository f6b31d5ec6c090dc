"""Many cells, one sample: how doubts about single labels make a doubt about all of them."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.evidence import of_given

FLOOR = 1e-12


def moving_average(quality: Floats, alpha: float = 0.8) -> Floats:
    """(N,) cleanlab's exponential moving average of (N, K) qualities, the worst entering last.

    Thyagarajan et al. 2022, arXiv:2211.13895; cleanlab's default.
    """
    from cleanlab.internal.multilabel_scorer import exponential_moving_average

    return np.asarray(exponential_moving_average(quality, alpha=alpha))


def softmin(quality: Floats, temperature: float = 0.1) -> Floats:
    """(N,) cleanlab's mean of (N, K) qualities in which bad ones weigh most."""
    from cleanlab.internal.multilabel_scorer import softmin as cleanlab_softmin

    return np.asarray(cleanlab_softmin(quality, temperature=temperature))


def cell_errors(given: Integers, p: Floats) -> Floats:
    """(N, K) probability that a cell is wrong: its doubt, with its class's error rate as prior.

    logit e = logit(1 - p of the given cell) + logit(rate), where the rate of a class is the share
    of cells that confident learning counts against their label; so the merely uncertain cells of a
    class that is seldom wrong do not add up to a suspicion. NaN where a cell is missing.
    """
    doubt = np.clip(1 - of_given(given, p), FLOOR, 1 - FLOOR)
    rate = _error_rates(given, p)
    odds = np.log(doubt / (1 - doubt)) + np.log(rate / (1 - rate))
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -700, 700))))


def any_error(errors: Floats) -> Floats:
    """(N,) probability that any cell is wrong, if cells err independently."""
    return np.asarray(1 - np.prod(1 - errors, axis=1))


def expected_errors(errors: Floats) -> Floats:
    """(N,) how many cells are wrong on average."""
    return np.asarray(errors.sum(axis=1))


def wrong_cells(given: Integers, p: Floats) -> Booleans:
    """(N, K) cells whose opposite is at least as sure as the mean of those that carry it.

    The off-diagonal of the confident joint, one class against the rest.
    """
    wrong = np.zeros(given.shape, dtype=bool)
    for k in range(given.shape[1]):
        on, off = given[:, k] == 1, given[:, k] == 0
        if on.any() and off.any():
            high, low = p[on, k].mean(), (1 - p[off, k]).mean()
            wrong[:, k] = (off & (p[:, k] >= high)) | (on & (1 - p[:, k] >= low))
    return wrong


def _error_rates(given: Integers, p: Floats) -> Floats:
    """(K,) share of wrong cells of a class, with one wrong and one right cell added."""
    return np.asarray((wrong_cells(given, p).sum(axis=0) + 1) / (len(given) + 2))
