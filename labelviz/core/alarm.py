"""The in-sample alarm: probabilities that know the labels too well were probably told them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import MISSING, Dataset

Verdict = Literal["clear", "doubtful", "alarm"]
GAP = 0.10
AGREEMENT, ENOUGH = 0.995, 500
DISPUTED, DISPUTED_WITH_GAP = 0.90, 0.75
FEWEST_DISPUTED = 20
FEWEST = 50
"""Labelled samples below which nothing can be said."""


@dataclass(frozen=True)
class Alarm:
    """How supplied probabilities compare with cheap out-of-fold ones on the same labels.

    Parameters
    ----------
    verdict : clear, doubtful (as certain as a memoriser, or as a much better model) or alarm.
    gap : mean p of the given label, supplied minus out-of-fold; in [-1, 1].
    agreement : share of given labels that the supplied probabilities put first.
    disputed_agreement : the same among the labels that the cheap model disputes; None where they
        are fewer than 20.
    labels : how many labels were compared.
    """

    verdict: Verdict
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
                f"This model is more certain of the given labels than a simple one (by "
                f"{self.gap:.2f} on average). It may be better, or it may have seen them. "
                "Cross-validation would tell."
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

    The plain rule, a memorisation gap above 0.10 or an agreement of 0.995 on 500 labels, also
    fires for a model that is merely much better. What a better model does not do is to agree with
    labels that are wrong, and those are among the labels the cheap model disputes. On six data sets
    labelled by LLMs or rules (50 to 97 % right; 500 to 1,500 samples each) honest opinions, from
    out-of-fold regressions to the truth itself, agreed with 20 to 76 % of the disputed labels,
    though their gap reached 0.15; models that had memorised their labels agreed with 89 to 100 %,
    those that saw 70 % of them with 71 to 81 %, and regularised ones that memorised little with
    less. So the alarm needs 0.90 of the disputed labels, or 0.75 and the gap; the gap alone is a
    doubt. Where nearly all labels are right a nearly perfect model raises it, too: the two cannot
    be told apart, and there is little to find.

    Parameters
    ----------
    given : (N,) class indices, or (N, K) cells of 0 and 1; MISSING ones are passed over.
    supplied, cheap : (N, K) probabilities over the same classes.

    Returns
    -------
    None where fewer than 50 labels can be compared.
    """
    ours, theirs = _of_given(given, supplied), _of_given(given, cheap)
    if len(ours[0]) < FEWEST:
        return None
    (p, agrees), (q, expected) = ours, theirs
    gap, agreement = float(p.mean() - q.mean()), float(agrees.mean())
    disputed = float(agrees[~expected].mean()) if (~expected).sum() >= FEWEST_DISPUTED else None
    same = len(p) >= ENOUGH and agreement >= AGREEMENT and agreement > expected.mean() + 0.005
    memorised = disputed is not None and (
        disputed >= DISPUTED or (gap > GAP and disputed >= DISPUTED_WITH_GAP)
    )
    verdict: Verdict = "alarm" if same or memorised else "doubtful" if gap > GAP else "clear"
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
