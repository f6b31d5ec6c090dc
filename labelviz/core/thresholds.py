"""Thresholds: from which probability on a class counts as there, chosen on samples that are known.

A threshold stands on the scale of P(class | x). A model that was trained on targets between a and b
says a + (b - a) P, so that threshold t means a + (b - a) t to it, under any policy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import MISSING
from labelviz.core.distributions import Targets, labels_of
from labelviz.core.metrics import f1
from labelviz.core.settings import LEAST_PRECISION, THRESHOLD_BY

# Positives that a class's own threshold is drawn towards the common one by (Lipton et al. 2014,
# arXiv:1402.1892, on why the threshold of a rare class is not to be trusted).
SHRINK: Final = 30.0
EVEN: Final = 0.5  # where nothing is known
LOWEST: Final = 0.001  # threshold, and the highest one short of 1, that opinions are levelled by


@dataclass(frozen=True, eq=False)
class Tradeoff:
    """What each threshold of a class gives.

    Parameters
    ----------
    threshold : (T,) ascending; a sample is predicted from it on.
    precision, recall : (T,).
    """

    threshold: Floats
    precision: Floats
    recall: Floats

    @property
    def f1(self) -> Floats:
        """(T,) harmonic mean of precision and recall; 0 where both are."""
        total = self.precision + self.recall
        return np.where(total > 0, 2 * self.precision * self.recall / np.maximum(total, 1e-300), 0)


def tradeoff(p: Floats, actual: Booleans, weights: Floats | None = None) -> Tradeoff:
    """Precision and recall from each distinct probability on; equals scikit-learn's curve.

    Parameters
    ----------
    p : (N,), N at least 1. actual : (N,) True where the class is there.
    weights : (N,) above 0, how much each sample counts; all alike where None.
    """
    order = np.argsort(-p, kind="stable")
    ranked = p[order]
    weight = np.ones(len(p)) if weights is None else weights[order]
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    hits, predicted = np.cumsum(weight * actual[order])[last], np.cumsum(weight)[last]
    recall = hits / hits[-1] if hits[-1] else np.ones(len(hits))
    return Tradeoff(ranked[last][::-1], (hits / predicted)[::-1], recall[::-1])


def best(
    curve: Tradeoff, objective: str = THRESHOLD_BY[0], precision: float = LEAST_PRECISION
) -> float:
    """The threshold with the highest F1; or with the highest recall at a precision or above.

    The middle between it and the next lower probability, so that it does not hang on one sample.
    Where no threshold reaches the precision, the one that comes nearest.
    """
    worth = curve.f1
    if objective == "recall":
        reached = curve.precision >= precision
        worth = np.where(reached, 1 + curve.recall, curve.precision)
    at = int(len(worth) - 1 - worth[::-1].argmax())
    below = curve.threshold[at - 1] if at else 0.0
    return float((curve.threshold[at] + below) / 2)


@dataclass(frozen=True, eq=False)
class KnownCells:
    """What models say of samples whose true labels are known.

    Parameters
    ----------
    p : (R, K) probabilities. truth : (R, K) of 0 and 1.
    weights : (R,) above 0, how much each sample counts.
    """

    p: Floats
    truth: Integers
    weights: Floats

    def among(self, mine: Booleans) -> KnownCells:
        """Those of them, (R,) True for which are meant."""
        return KnownCells(self.p[mine], self.truth[mine], self.weights[mine])


@dataclass(frozen=True, eq=False)
class Thresholds:
    """A threshold for each class.

    Parameters
    ----------
    classes : K names.
    values : (K,) on the scale of P(class | x).
    overall : the one threshold that would do for all.
    positives : (K,) known samples that have the class.
    judged : (K,) F1 with thresholds that were chosen on the other half of the known samples.
    at_half : (K,) F1 with one half as threshold.
    """

    classes: tuple[str, ...]
    values: Floats
    overall: float
    positives: Integers
    judged: Floats
    at_half: Floats


def choose_thresholds(
    classes: tuple[str, ...], known: KnownCells, objective: str = THRESHOLD_BY[0],
    precision: float = LEAST_PRECISION,
) -> Thresholds:  # fmt: skip
    """A threshold for each class; one with few positives is drawn towards that of all together."""
    p, truth, weights = known.p, known.truth, known.weights
    values, overall = _chosen(known, objective, precision)
    half = np.random.default_rng(0).permutation(len(p)) % 2 == 0
    predicted = np.zeros(p.shape, dtype=bool)
    for mine in (half, ~half):
        if mine.any() and (~mine).any():
            elsewhere, _ = _chosen(known.among(~mine), objective, precision)
            predicted[mine] = p[mine] >= elsewhere
    return Thresholds(
        classes, values, overall, np.asarray((truth == 1).sum(axis=0)),
        np.array([f1(predicted[:, k], truth[:, k] == 1, weights) for k in range(len(classes))]),
        np.array([f1(p[:, k] >= EVEN, truth[:, k] == 1, weights) for k in range(len(classes))]),
    )  # fmt: skip


def _chosen(known: KnownCells, objective: str, precision: float) -> tuple[Floats, float]:
    p, actual, weights = known.p, known.truth == 1, known.weights
    if not p.size:
        return np.full(p.shape[1], EVEN), EVEN
    whole = tradeoff(p.ravel(), actual.ravel(), np.repeat(weights, p.shape[1]))
    overall = best(whole, objective, precision)
    n = weights @ actual
    curves = [tradeoff(p[:, k], actual[:, k], weights) for k in range(p.shape[1])]
    own = [best(each, objective, precision) for each in curves]
    return n / (n + SHRINK) * np.array(own) + SHRINK / (n + SHRINK) * overall, overall


def levelled(p: Floats, thresholds: Floats, *, multilabel: bool) -> Floats:
    """(N, K) the same opinions with each threshold at one half: the odds are divided by its odds.

    Parameters
    ----------
    p : (N, K). thresholds : (K,); of two classes that of the second counts. Within 0.001 and 0.999.
    """
    if not multilabel:
        second = levelled(p[:, 1:], thresholds[1:], multilabel=True)
        return np.hstack([1 - second, second])
    t = np.clip(thresholds, LOWEST, 1 - LOWEST)
    there, not_there = p * (1 - t), (1 - p) * t
    found = there / (there + not_there)
    above, below = np.nextafter(EVEN, 1), np.nextafter(EVEN, 0)  # the first wins a tie of two
    return np.where(p >= thresholds, np.maximum(found, above), np.minimum(found, below))


def scale_of(labels: Integers, targets: Targets) -> tuple[Floats, Floats]:
    """(K,) what classes that are not there are trained to, and (K,) what those that are there are.

    Weighted means over the samples that are trained on; 0 and 1 where there are none.

    Parameters
    ----------
    labels : which classes are there, shaped like `Dataset.given`.
    """
    low, high = np.zeros(len(targets.classes)), np.ones(len(targets.classes))
    for k in range(len(targets.classes)):
        given = labels[:, k] if targets.multilabel else labels
        there = given == 1 if targets.multilabel else given == k
        known = (given != MISSING) & (targets.weight > 0) & ~np.isnan(targets.values[:, k])
        for inside, ends in ((known & ~there, low), (known & there, high)):
            if inside.any():
                weight = targets.weight[inside]
                ends[k] = float(targets.values[inside, k] @ weight / weight.sum())
    return low, high


def softness_of(targets: Targets) -> tuple[Floats, Floats]:
    """The scale of `scale_of` by the labels that targets stand for; people's rows are passed over.

    0 and 1 where nothing was softened, whatever was relabelled.
    """
    labels = labels_of(targets.values, multilabel=targets.multilabel)
    softened = replace(targets, weight=np.where(targets.by_people, 0.0, targets.weight))
    return scale_of(labels, softened)


def smoothed(threshold: Floats, low: Floats, high: Floats) -> Floats:
    """What a threshold on P means to a model that was trained on targets between two ends."""
    return np.asarray(low + (high - low) * threshold)


def unsmoothed(p: Floats, low: Floats, high: Floats) -> Floats:
    """P from what such a model says, within 0 and 1; p itself where both ends are the same."""
    apart = high - low
    found = (p - low) / np.where(apart == 0, 1, apart)
    return np.where(apart == 0, p, np.clip(found, 0, 1))
