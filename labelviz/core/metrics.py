"""Metrics: how well probabilities agree with labels or with soft targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers

FLOOR = 1e-12
# Nothing was learned where a model answers nearly always the same, or hardly better than chance.
ALWAYS, OFTEN, ABOVE_CHANCE = 0.98, 0.95, 0.02
FEWEST_EXPECTED = 10  # test samples, or of a label in them, before what is said means anything


@dataclass(frozen=True)
class Metric:
    """A named number: which way is better, and what it means."""

    name: str
    value: float
    higher_is_better: bool
    help: str


def f1(predicted: Booleans, actual: Booleans, weights: Floats | None = None) -> float:
    """F1 of one class from (N,) masks; 0 where the class is neither predicted nor present."""
    w = np.ones(len(actual)) if weights is None else weights
    hits = float(w @ (predicted & actual))
    total = float(w @ predicted) + float(w @ actual)
    return 2 * hits / total if total else 0.0


def negative_log_likelihood(p: Floats, labels: Integers, weights: Floats | None = None) -> float:
    """Mean of -log p[y] in nats; (N, K) rows against (N,) class indices."""
    loss = -np.log(np.clip(p[np.arange(len(p)), labels], FLOOR, None))
    return float(np.average(loss, weights=weights))


def brier(p: Floats, labels: Integers, weights: Floats | None = None) -> float:
    """Mean over samples of the summed squared differences to the one-hot row, in [0, 2]."""
    one_hot = np.eye(p.shape[1])[labels]
    return float(np.average(((p - one_hot) ** 2).sum(axis=1), weights=weights))


def expected_calibration_error(
    confidence: Floats, correct: Booleans, bins: int = 15, weights: Floats | None = None
) -> float:
    """Mean gap between confidence and accuracy over equal-width bins, weighted by count, in [0, 1].

    Bins hold their lower edge, so with ten bins 0.9 and 0.95 share the last one
    (Guo et al. 2017, arXiv:1706.04599).
    """
    w = np.ones(len(confidence)) if weights is None else weights
    which = np.minimum(np.floor(confidence * bins + 1e-9).astype(np.int64), bins - 1)
    gap = np.bincount(which, weights=w * (correct - confidence), minlength=bins)
    return float(np.abs(gap).sum() / max(w.sum(), FLOOR))


def average_precision(score: Floats, relevant: Booleans) -> float:
    """Mean precision at the ranks of the relevant samples, expected over the order of ties.

    Davis & Goadrich 2006, doi:10.1145/1143844.1143874, as a step function without interpolation;
    ties in every order alike. NaN where nothing is relevant.

    Parameters
    ----------
    score : (N,), high = ranked first. relevant : (N,).
    """
    if not relevant.any():
        return float("nan")
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
    size = np.diff([*starts, len(ranked)])
    hits = np.add.reduceat(relevant[order].astype(np.float64), starts)
    before = np.cumsum(hits) - hits
    place = np.arange(len(ranked)) - np.repeat(starts, size)  # within its tie, from 0
    others = np.repeat((hits - 1) / np.maximum(size - 1, 1), size) * place
    expected = (np.repeat(before, size) + 1 + others) / np.arange(1, len(ranked) + 1)
    return float((np.repeat(hits / size, size) * expected).sum() / hits.sum())


def hits_within(score: Floats, relevant: Booleans, top: int) -> float:
    """How many of the `top` highest scores are relevant, expected over the order of ties."""
    if top >= len(score):
        return float(relevant.sum())
    edge = np.sort(score)[::-1][max(top - 1, 0)]
    above, tied = score > edge, score == edge
    left = top - int(above.sum())
    return float(relevant[above].sum() + left * relevant[tied].sum() / max(int(tied.sum()), 1))


def evaluate(
    p: Floats,
    labels: Integers,
    *,
    task: str,
    thresholds: Floats | None = None,
    weights: Floats | None = None,
) -> tuple[Metric, ...]:
    """Accuracy, F1, NLL, ECE and Brier of probabilities against labels.

    Parameters
    ----------
    p : (N, K) probabilities.
    labels : (N,) class indices, or for multi-label (N, K) of 0 and 1.
    task : binary reports F1 of the second class; the others macro F1 over the classes that occur
        in the labels. Multi-label counts a sample as accurate when every cell is right at 0.5, and
        takes NLL, ECE and Brier over cells (Brier then in [0, 1]).
    thresholds : (K,) from which a class counts, of two classes the second; one half, or the top
        class, where None. They decide accuracy and F1 alone.
    weights : (N,) how much each sample counts; all alike where None.
    """
    w = np.ones(len(p)) if weights is None else weights
    if task == "multilabel":
        return _evaluate_cells(p, labels, 0.5 if thresholds is None else thresholds, w)
    predicted = p.argmax(axis=1)
    if thresholds is not None:
        predicted = (p[:, 1] >= thresholds[1]).astype(np.int64)
    correct, top = predicted == labels, p.argmax(axis=1) == labels
    scores = [f1(predicted == k, labels == k, w) for k in range(p.shape[1])]
    ece = expected_calibration_error(p.max(axis=1), top, weights=w)
    return (
        Metric(
            "accuracy", float(np.average(correct, weights=w)), True,
            "share of samples whose top class is right",
        ),
        Metric("F1 (positive)", scores[1], True, "F1 of the second class")
        if task == "binary"
        else _macro(scores, [bool((labels == k).any()) for k in range(p.shape[1])]),
        Metric(
            "NLL", negative_log_likelihood(p, labels, w), False,
            "mean -log p of the right class, nats",
        ),
        Metric("ECE", ece, False, "15 equal-width bins"),
        Metric("Brier", brier(p, labels, w), False, "summed over classes, from 0 to 2"),
    )  # fmt: skip


def _macro(scores: Sequence[float], occurs: Sequence[bool]) -> Metric:
    there = [score for score, occurring in zip(scores, occurs, strict=True) if occurring]
    value = float(np.mean(there)) if there else 0.0
    return Metric("macro F1", value, True, "mean F1 over the classes that occur")


def _evaluate_cells(
    p: Floats, labels: Integers, thresholds: Floats | float, w: Floats
) -> tuple[Metric, ...]:
    actual = labels == 1
    predicted = p >= thresholds
    scores = [f1(predicted[:, k], actual[:, k], w) for k in range(p.shape[1])]
    all_right = (predicted == actual).all(axis=1)
    right = np.clip(np.where(actual, p, 1 - p), FLOOR, None)
    ece = expected_calibration_error(
        np.maximum(p, 1 - p).ravel(), ((p >= 0.5) == actual).ravel(),
        weights=np.repeat(w, p.shape[1]),
    )  # fmt: skip
    return (
        Metric(
            "accuracy", float(np.average(all_right, weights=w)), True, "share with all cells right"
        ),
        _macro(scores, actual.any(axis=0).tolist()),
        Metric(
            "NLL", float(np.average(-np.log(right).mean(axis=1), weights=w)), False,
            "mean over cells, nats",
        ),
        Metric("ECE", ece, False, "over cells, 15 equal-width bins"),
        Metric(
            "Brier", float(np.average(((p - actual) ** 2).mean(axis=1), weights=w)), False,
            "mean over cells, from 0 to 1",
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class Collapse:
    """That a model learned nothing.

    Parameters
    ----------
    words : why, in a sentence.
    only : the class that it answers all the time; empty where it is another reason.
    """

    words: str
    only: str = ""


def unlearned(
    p: Floats, labels: Integers, classes: Sequence[str], task: str, thresholds: Floats | None = None
) -> Collapse | None:
    """Why a model learned nothing; None where it learned something, or too few samples tell.

    Parameters
    ----------
    p : (N, K) probabilities of the test samples. labels, thresholds : as for `evaluate`.
    """
    if task == "multilabel":
        expected = (labels == 1).sum(axis=0) >= FEWEST_EXPECTED
        never = expected & ~(p >= (0.5 if thresholds is None else thresholds)).any(axis=0)
        if expected.any() and (never == expected).all():
            return Collapse("It says no label of any sample.")
        return None
    if len(labels) < FEWEST_EXPECTED:
        return None
    said = p.argmax(axis=1) if thresholds is None else (p[:, 1] >= thresholds[1]).astype(np.int64)
    top = int(np.bincount(said, minlength=len(classes)).argmax())
    share, really = float((said == top).mean()), float((labels == top).mean())
    if share >= ALWAYS and really < OFTEN:
        return Collapse(f"It answers only “{classes[top]}”.", classes[top])
    recalls = [float((said[labels == each] == each).mean()) for each in np.unique(labels)]
    if len(recalls) > 1 and np.mean(recalls) <= 1 / len(recalls) + ABOVE_CHANCE:
        return Collapse("It is hardly better than chance.")
    return None
