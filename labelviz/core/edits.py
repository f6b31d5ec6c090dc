"""Edits: what reviewers made of every sample, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.axes import CLASS, SAMPLE, along, freeze, misshapen
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.decisions import Decision, Review, status_of
from labelviz.core.distributions import row_over

Action = Literal["kept", "accepted", "corrected", "softened", "excluded"]
ACTIONS: tuple[Action, ...] = get_args(Action)
KEPT, EXCLUDED = ACTIONS.index("kept"), ACTIONS.index("excluded")
NONE = -1


@dataclass(frozen=True, eq=False)
class Edits:
    """What reviewers made of every sample.

    Parameters
    ----------
    action : (N,) positions in `ACTIONS`: the given label kept; the suggestion accepted; corrected
        to something else; softened to a target; excluded. -1 where nothing is settled: nobody
        decided, they are unsure, or they disagree.
    said : (N, K) their answer as a target; NaN where they gave none.
    """

    action: Integers = along(SAMPLE, dtype=np.int8)
    said: Floats = along(SAMPLE, CLASS, dtype=np.float64)

    def __post_init__(self) -> None:
        freeze(self)
        if words := misshapen(self, {SAMPLE: len(self.action)}):
            raise ValueError(words)

    @classmethod
    def of(cls, review: Review) -> Edits:
        """What they made of the dataset under review."""
        dataset = review.dataset
        action = np.full(len(dataset), NONE)
        said = np.full((len(dataset), dataset.n_classes), np.nan)
        for sample in review.samples:
            row, decision = dataset.rows[sample], review.agreed(sample)
            if decision is None:
                continue
            action[row] = _action(decision, dataset.label_names(dataset.given, row))
            if decision.target is not None or decision.label is not None:
                shares = decision.target or dict.fromkeys(decision.label or (), 1.0)
                said[row] = row_over(dataset.classes, shares)
        return cls(action, said)

    def since(self, earlier: Edits) -> Edits:
        """Those that say otherwise than earlier ones did; nothing is settled elsewhere."""
        same = (self.said == earlier.said) | (np.isnan(self.said) & np.isnan(earlier.said))
        out = (self.action == EXCLUDED) == (earlier.action == EXCLUDED)
        return self.only(~(same.all(axis=1) & out))

    def only(self, rows: Booleans) -> Edits:
        """Those on some samples; nothing is settled elsewhere."""
        return replace(
            self,
            action=np.where(rows, self.action, NONE),
            said=np.where(rows[:, None], self.said, np.nan),
        )

    @property
    def settled(self) -> Booleans:
        """(N,) True where there is one."""
        return np.asarray(self.action != NONE)

    @property
    def answered(self) -> Booleans:
        """(N,) True where it says what is right."""
        return np.asarray(self.settled & ~np.isnan(self.said).any(axis=1))

    @property
    def changing(self) -> Booleans:
        """(N,) True where the given label does not stand as it was."""
        return np.asarray(self.settled & (self.action != KEPT))

    def labels(self, dataset: Dataset) -> Integers:
        """The labels after review, shaped like `Dataset.given`.

        Of a target it is the top class, or what lies above 0.5; MISSING where none leads, or at
        0.5, and of what was excluded. Labels that nobody settled are the given ones.
        """
        labels = dataset.given.copy()
        labels[self.action == EXCLUDED] = MISSING
        rows = np.flatnonzero(self.answered)
        said = self.said[rows]
        if dataset.multilabel:
            labels[rows] = np.where(said == 0.5, MISSING, said > 0.5)
        else:
            tied = (said == said.max(axis=1, keepdims=True)).sum(axis=1) > 1
            labels[rows] = np.where(tied, MISSING, said.argmax(axis=1))
        return labels


def _action(decision: Decision, given: tuple[str, ...]) -> int:
    """Which action a decision on a sample is, by its given label."""
    status = status_of(decision, given)
    if status == "corrected" and decision.verdict == "accept":
        return ACTIONS.index("accepted")
    return ACTIONS.index(status) if status in ACTIONS else NONE
