"""The in-sample alarm: probabilities that know the labels too well were probably told them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import MISSING, Dataset

Outcome = Literal["clear", "doubtful", "alarm"]
GAP = 0.10
ENOUGH = 500
# What a memoriser agrees with, of all labels and of those that are disputed.
AGREEMENT, MEMORISED = 0.985, 0.97
DISPUTED = 0.90
LEAST = 0.005  # share of all labels that even an honest model contradicts, where few are disputed
FEWEST_DISPUTED = 20
FEWEST_COMPARED = 50  # labelled samples below which nothing can be said


@dataclass(frozen=True)
class Alarm:
    """How supplied probabilities compare with cheap out-of-fold ones on the same labels.

    Parameters
    ----------
    verdict : clear, doubtful (like a memoriser, or like a much better model) or alarm.
    gap : mean p of the given label, supplied minus out-of-fold; in [-1, 1].
    agreement : share of given labels that the supplied probabilities put first.
    disputed_agreement : the same among the labels that the cheap model disputes; None where they
        are fewer than 20.
    labels : how many labels were compared.
    """

    verdict: Outcome
    gap: float
    agreement: float
    disputed_agreement: float | None
    labels: int

    @property
    def sentence(self) -> str:
        """What it means, for a person."""
        if self.verdict == "clear":
            return (
                f"Compared with a simple model on {self.labels:,} labels: nothing suggests that "
                "this model was trained on them."
            )
        if self.verdict == "doubtful":
            return (
                f"This model agrees with {self.agreement:.1%} of the given labels, more than a "
                "simple one. It may be better, or it may have seen them. Cross-validation would "
                "tell."
            )
        if self.disputed_agreement is None:
            return (
                f"Too good to be true: this model agrees with {self.agreement:.1%} of the given "
                "labels. It was probably trained on them and then repeats their errors. "
                "Cross-validation finds more."
            )
        return (
            f"Too good to be true: this model agrees with {self.agreement:.1%} of the given "
            f"labels, and with {self.disputed_agreement:.0%} of those that a simple model "
            "trained without them disputes. It was probably trained on them and then repeats their "
            "errors. Cross-validation finds more."
        )


def in_sample_alarm(given: Integers, supplied: Floats, cheap: Floats) -> Alarm | None:
    """Compare two opinions about labels of which the cheap one is out-of-fold for certain.

    A memoriser agrees with every label, wrong ones included; an honest expert with the right ones.
    Wrong labels are among those that the cheap model disputes, but where it knows little they are
    few of these: the truth itself agreed with 75, 86 and 90 % of the disputed labels on three sets
    of which the cheap model knew little, and with 6 to 71 % on 14 others. So only who agrees with
    nearly all labels, disputed ones too, is said to have been told them: an expert that was right
    on 98 % because 98 % of the labels are right is not. Agreement with nine of ten disputed
    labels, or a gap above 0.10, is a doubt. Where all labels are right a perfect model raises the
    alarm, too: the two cannot be told apart, and there is little to find.

    Parameters
    ----------
    given : (N,) class indices, or (N, K) cells of 0 and 1; MISSING ones are passed over.
    supplied, cheap : (N, K) probabilities over the same classes.

    Returns
    -------
    None where fewer than 50 labels can be compared.
    """
    ours, theirs = _of_given(given, supplied), _of_given(given, cheap)
    if len(ours[0]) < FEWEST_COMPARED:
        return None
    (p, agrees), (q, expected) = ours, theirs
    gap, agreement = float(p.mean() - q.mean()), float(agrees.mean())
    disputed = float(agrees[~expected].mean()) if (~expected).sum() >= FEWEST_DISPUTED else None
    sure = agreement >= AGREEMENT and agreement > expected.mean() + 0.005
    doubted = gap > GAP
    if disputed is None:
        told = sure and len(p) >= ENOUGH and agreement >= 1 - LEAST
    else:
        told = sure and disputed >= MEMORISED
        doubted |= disputed >= DISPUTED
    verdict: Outcome = "alarm" if told else "doubtful" if doubted else "clear"
    return Alarm(verdict, gap, agreement, disputed, len(p))


def alarm_sample(dataset: Dataset, most: int) -> Integers:
    """Rows of up to `most` labelled samples, every class in proportion, whatever the row order."""
    labels = dataset.given.max(axis=1) if dataset.multilabel else dataset.given
    rows = np.flatnonzero(dataset.labelled)
    if len(rows) <= most:
        return rows
    keys = [
        hashlib.blake2b(dataset.ids[row].encode("utf-8", "surrogatepass")).hexdigest()
        for row in rows
    ]
    order = rows[np.argsort(np.array(keys), kind="stable")]
    chosen = [
        members[: max(2, round(most * len(members) / len(rows)))]
        for members in (order[labels[order] == k] for k in np.unique(labels[rows]))
    ]
    return np.sort(np.concatenate(chosen))


def _of_given(given: Integers, p: Floats) -> tuple[Floats, Booleans]:
    """For every label or cell that is there: its probability, and whether the opinion agrees."""
    known = given != MISSING
    if given.ndim == 2:
        cells: Floats = np.where(given == 1, p, 1 - p)[known]
        return cells, ((p >= 0.5) == (given == 1))[known]
    rows = np.flatnonzero(known)
    labels = given[rows]
    return p[rows, labels], p[rows].argmax(axis=1) == labels
