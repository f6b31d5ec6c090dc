"""How far people agree beyond chance, and what several answers make together.

An answer is a class number; `MISSING` where somebody did not answer. All coefficients are 1 for
perfect agreement and 0 for what chance gives; below 0 people disagree more than by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import MISSING
from labelviz.core.decisions import Review
from labelviz.core.distributions import labels_of


def cohen_kappa(first: Integers, second: Integers) -> float:
    """Agreement of two people, each with their own habits; NaN where chance explains everything.

    Samples that one of them did not answer are left out.
    Cohen, J. (1960), A coefficient of agreement for nominal scales.

    Parameters
    ----------
    first, second : (N,) class numbers.
    """
    both = (first != MISSING) & (second != MISSING)
    if not both.any():
        return float("nan")
    a, b = first[both], second[both]
    k = int(max(a.max(), b.max())) + 1
    observed = float((a == b).mean())
    shares = [np.bincount(each, minlength=k) / len(each) for each in (a, b)]
    return _beyond(observed, float(shares[0] @ shares[1]))


def krippendorff_alpha(answers: Integers) -> float:
    """Agreement of any number of people with gaps, for classes without an order.

    Samples with fewer than two answers say nothing and are left out.
    Krippendorff, K. (2011), Computing Krippendorff's alpha-reliability.

    Parameters
    ----------
    answers : (people, N) class numbers.
    """
    k = int(answers.max(initial=0)) + 1
    counts = np.stack([(answers == each).sum(axis=0) for each in range(k)], axis=1)
    counts = counts[counts.sum(axis=1) >= 2]
    if len(counts) == 0:
        return float("nan")
    given = counts.sum(axis=1)
    pairs = (counts**2).sum(axis=1) - given
    total = int(given.sum())
    observed = float((pairs / (given - 1)).sum()) / total
    by_class = counts.sum(axis=0)
    expected = float((by_class * (by_class - 1)).sum()) / (total * (total - 1))
    return _beyond(observed, expected)


def _beyond(observed: float, expected: float) -> float:
    """The share of what chance leaves open that is agreed on."""
    return float("nan") if expected == 1 else (observed - expected) / (1 - expected)


@dataclass(frozen=True)
class Pair:
    """Two people: how many answers they share, and Cohen's kappa of them."""

    first: str
    second: str
    shared: int
    kappa: float


@dataclass(frozen=True)
class Agreement:
    """How far the people of a review agree.

    Parameters
    ----------
    shared : answers that at least two people gave: samples, or cells of a multi-label dataset.
    alpha : Krippendorff's, over all of them.
    """

    shared: int
    alpha: float
    pairs: tuple[Pair, ...]


def agreement(review: Review) -> Agreement:
    """Agreement over everybody's latest own decisions; the final ones are not an answer.

    A soft target answers with its likeliest class, or cell by cell with what is at least 0.5.
    Excluded, unsure and flagged samples are no answer.
    """
    people, answers = _answers(review)
    pairs = []
    for one, two in combinations(range(len(people)), 2):
        both = int(((answers[one] != MISSING) & (answers[two] != MISSING)).sum())
        if both:
            kappa = cohen_kappa(answers[one], answers[two])
            pairs.append(Pair(people[one], people[two], both, kappa))
    shared = int(((answers != MISSING).sum(axis=0) >= 2).sum())
    return Agreement(shared, krippendorff_alpha(answers), tuple(pairs))


def _answers(review: Review) -> tuple[list[str], Integers]:
    """Everybody's name, and (people, N) or (people, N * K) answers."""
    dataset = review.dataset
    cells = dataset.n_classes if dataset.multilabel else 1
    decisions = [each for sample in review.samples for each in review.decisions(sample)]
    people = sorted({decision.reviewer for decision in decisions})
    answers = np.full((len(people), len(dataset), cells), MISSING, dtype=np.int64)
    for decision in decisions:
        shares = decision.target or dict.fromkeys(decision.label or (), 1.0)
        if decision.target is None and decision.label is None:
            continue
        row = np.array([shares.get(name, 0.0) for name in dataset.classes])
        place = people.index(decision.reviewer), dataset.rows[decision.sample]
        answers[place] = labels_of(row, multilabel=dataset.multilabel)
    return people, answers.reshape(len(people), len(dataset) * cells)


def pooled(rows: Sequence[Floats]) -> Floats:
    """(K,) several people's targets as one soft target: their mean; every voice counts alike."""
    return np.asarray(np.mean(np.stack(rows), axis=0))
