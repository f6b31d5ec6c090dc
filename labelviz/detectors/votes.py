"""Votes: what other annotators add to what a model says, before anybody reviewed.

No rule that gives every vote the same weight is right: on one set of pairs an annotator that
contradicted was right in 5 of 100 cases, on another in 78. What tells them apart before a review is
how doubtful the model is where an annotator contradicts; and where the model knows little, how
often the others contradict with the same label. So each annotator has a weight of its own, and
probabilities are mixed, never log odds added up: an ignorant expert that is sure of itself would
veto all others (Genest & Zidek 1986, doi:10.1214/ss/1177013825).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import MISSING

# Share of labels that are taken to be wrong before anything is known. Whoever doubts more on the
# whole doubts what it does not know, and is believed so much less.
EXPECTED = 0.05
# By which log odds are multiplied: the mean doubt of a model that is not sure, over what an
# annotator contradicts, is nearer to one half than the share of these that are wrong.
SHARPER = 2.0
# How much the weight of a vote follows the model's doubt of the sample, where it knows all.
OWN = 0.3
FEWEST = 5  # contradictions below which the other annotators say nothing of one of them
SUREST = 1 - 1e-6


@dataclass(frozen=True, eq=False)
class Voted:
    """What a model and annotators say together.

    Parameters
    ----------
    error : (C,) probability that each label is wrong; NaN without a label.
    model : (C,) the same by the model alone, as far as it is believed.
    mass : (C, k) how much speaks for each class that was not given.
    """

    error: Floats
    model: Floats
    mass: Floats


def voted(opinion: Floats, given: Integers, labels: Integers, share: Sequence[float]) -> Voted:
    """Mix the doubt of a model with the contradictions of annotators.

    A label is right if neither the model nor any contradiction is: one minus the product of what
    each of them leaves. Who agrees makes it less likely wrong, by the share of the wrong labels
    that this annotator contradicts, as far as the model does not know: what a model that knows
    doubts are the hard samples, and annotators are wrong about them together.

    Parameters
    ----------
    opinion : (C, k) of the model, rows summing to 1.
    given : (C,) class indices, MISSING where there is none.
    labels : (J, C) what each annotator said, MISSING where nothing.
    share : J weights from 0 to 1 of votes that repeat one another, as those of a family.
    """
    from scipy.special import expit

    known = given != MISSING
    there = (labels != MISSING) & known
    against = there & (labels != given)
    rows = np.arange(len(given))
    rival = opinion.copy()
    rival[rows, np.maximum(given, 0)] = 0
    top = rival.max(axis=1)
    doubt = top / np.maximum(top + opinion[rows, np.maximum(given, 0)], 1e-12)
    knows = min(1.0, EXPECTED / max(float(doubt[known].mean()), 1e-12)) if known.any() else 1.0
    mean = _worth(doubt, against, labels, knows)
    believed = (1 - OWN * knows) * mean[:, None] + OWN * knows * doubt
    weight = np.minimum(_sharper(believed), SUREST) * against
    repeats = np.asarray(share)[:, None]
    left = (1 - np.minimum(knows * doubt, SUREST)) * np.exp((repeats * np.log1p(-weight)).sum(0))
    error = np.clip(1 - left, 1e-9, SUREST)
    odds = np.log(error) - np.log1p(-error)
    agree = there & ~against
    for j in range(len(labels)):
        met = float((error * there[j]).sum())
        caught = min(float((error * against[j]).sum()) / met, SUREST) if met > 0 else 0.0
        odds += share[j] * (1 - knows) * np.log1p(-caught) * agree[j]
    mass = knows * rival
    for j in range(len(labels)):
        mass[rows[against[j]], labels[j][against[j]]] += share[j] * weight[j][against[j]]
    return Voted(
        np.where(known, expit(odds), np.nan),
        np.where(known, knows * doubt, np.nan),
        mass,
    )


def _worth(doubt: Floats, against: Booleans, labels: Integers, knows: float) -> Floats:
    """(J,) how likely an annotator that contradicts is right, as model and others have it."""
    worth = np.zeros(len(labels))
    for j, contradicted in enumerate(against):
        if not contradicted.any():
            continue
        worth[j] = float(doubt[contradicted].mean())
        others = [i for i in range(len(labels)) if i != j]
        there = labels[others][:, contradicted] != MISSING
        if (there.any(axis=0)).sum() >= FEWEST:
            alike = (labels[others][:, contradicted] == labels[j][contradicted]) & there
            worth[j] += (1 - knows) * (float(alike.sum() / there.sum()) - worth[j])
    return worth


def _sharper(p: Floats) -> Floats:
    p = np.clip(p, 1e-6, SUREST)
    return np.asarray(p**SHARPER / (p**SHARPER + (1 - p) ** SHARPER))
