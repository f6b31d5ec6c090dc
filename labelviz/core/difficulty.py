"""Difficulty: how undecided a model is about a sample, and how it came to its opinion."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import MISSING
from labelviz.core.distributions import Probabilities
from labelviz.core.queue import REGIONS, Region

NEVER_LEARNED = np.inf
# Of the samples, those that vary most: the share that Swayamdipta et al. 2020 call ambiguous.
AMBIGUOUS_SHARE = 1 / 3
CONFIDENT = 0.5


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


@dataclass(frozen=True, eq=False)
class DataMap:
    """How a model learned each label over the checkpoints of its training.

    Swayamdipta et al. 2020, "Dataset Cartography", arXiv:2009.10795. Wrong labels gather where
    confidence and variability are low; hard samples where variability is high. Multi-label: means
    over the cells, but the worst cell's margin.

    Parameters
    ----------
    confidence : (N,) mean p of the given label, in [0, 1].
    variability : (N,) population standard deviation of it, in [0, 0.5].
    correctness : (N,) share of checkpoints that put the given label first, in [0, 1].
    margin : (N,) area under the margin: mean logit of the given label less the largest other, low =
        suspicious (Pleiss et al. 2020, arXiv:2001.10528).
    forgettings : (N,) times a label was learned and lost again; infinite where it was never learned
        (Toneva et al. 2019, arXiv:1812.05159).
    """

    confidence: Floats
    variability: Floats
    correctness: Floats
    margin: Floats
    forgettings: Floats

    @cached_property
    def known(self) -> Booleans:
        """(N,) True where the sample has a label and was logged."""
        return np.asarray(~np.isnan(self.confidence))

    @cached_property
    def regions(self) -> dict[Region, Booleans]:
        """(N,) True where a sample is in a region; every known sample is in one.

        Ambiguous: its variability is above that of two thirds of the samples. Of the others, easy
        to learn with a confidence of 0.5 or more, else hard to learn.
        """
        known, confident = self.known, self.confidence >= CONFIDENT
        if not known.any():
            return dict.fromkeys(REGIONS, known)
        line = np.quantile(self.variability[known], 1 - AMBIGUOUS_SHARE)
        ambiguous = self.variability > line
        steady = known & ~ambiguous
        return {"easy": steady & confident, "ambiguous": ambiguous, "hard": steady & ~confident}


def data_map(given: Integers, logits: Floats) -> DataMap:
    """The data map of training on the given labels; rows of NaN without a label or logits.

    Parameters
    ----------
    given : (N,) class indices or (N, K) cells; MISSING where there is none.
    logits : (T, N, K), in the order of training, or with more columns, of classes nobody was given.
    """
    from scipy.special import expit, softmax

    missing: Booleans = np.asarray(np.isnan(logits).any(axis=(0, 2)))
    if given.ndim == 2:
        margins = np.where(given == 1, logits, -logits)  # of a cell against its opposite
        missing |= (given == MISSING).any(axis=1)
        p = expit(margins)  # (T, N, K)
        learned: Booleans = np.asarray((margins > 0).all(axis=2))
        return _map(p.mean(axis=2), learned, margins.min(axis=2), missing)
    label = np.maximum(given, 0)
    rows = np.arange(len(given))
    own = logits[:, rows, label]
    others = logits.copy()
    others[:, rows, label] = -np.inf
    margins = own - others.max(axis=2)
    p = softmax(logits, axis=2)[:, rows, label]  # (T, N)
    return _map(p, margins > 0, margins, missing | (given == MISSING))


def _map(p: Floats, learned: Booleans, margins: Floats, missing: Booleans) -> DataMap:
    """From (T, N) probabilities, whether learned, and margins."""

    def known(values: Floats) -> Floats:
        return np.where(missing, np.nan, values)

    lost = (learned[:-1] & ~learned[1:]).sum(axis=0).astype(np.float64)
    forgettings = np.where(learned.any(axis=0), lost, NEVER_LEARNED)
    return DataMap(
        known(p.mean(axis=0)),
        known(p.std(axis=0)),
        known(learned.mean(axis=0)),
        known(margins.mean(axis=0)),
        known(forgettings),
    )


def threshold_samples(eligible: Booleans, k: int, seed: int) -> Integers:
    """(N,) which of two disjoint sets of N / (K + 1) samples each is in: 1, 2, or 0 for none.

    The samples of a set are trained on as a fake extra class, whose members are wrong for certain;
    the 99th percentile of their margins is the line below which other labels are suspicious. The
    second set tests the samples of the first (Pleiss et al. 2020, section 3.2).

    Parameters
    ----------
    eligible : (N,) samples that a set may hold; smaller sets where they are too few for both.
    """
    rows = np.flatnonzero(eligible)
    size = min(max(1, len(eligible) // (k + 1)), len(rows) // 2)
    order = np.random.default_rng(seed).permutation(rows)
    which = np.zeros(len(eligible), dtype=np.int64)
    which[order[:size]], which[order[size : 2 * size]] = 1, 2
    return which


def margin_threshold(margin: Floats, fake: Booleans) -> float:
    """The 99th percentile of the margins of threshold samples; other samples below are suspicious.

    Parameters
    ----------
    margin : (N,) area under the margin, of a run in which `fake` samples had the extra class.
    """
    return float(np.nanpercentile(margin[fake], 99))
