"""Statuses: where every sample of a dataset stands after all decisions so far, as arrays."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from labelviz.core.arrays import Booleans, Integers, read_only
from labelviz.core.axes import SAMPLE, along, freeze, misshapen, named
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.decisions import STATUSES, Decision, Review, Status
from labelviz.core.distributions import row_over
from labelviz.core.evidence import UNSETTLED, contradicts
from labelviz.core.roles import Member

RIGHT, WRONG, UNKNOWN = 0, 1, UNSETTLED
SETTLED = 100  # more people than anybody asks to see one sample
CODES = {status: code for code, status in enumerate(STATUSES)}


@dataclass(frozen=True, eq=False)
class Statuses:
    """The status of every sample, and what it says about the given label.

    Parameters
    ----------
    status : (N,) positions in `STATUSES`.
    wrong : (N,) 1 where reviewers found the given label wrong, 0 where they found it right, -1
        where nobody decided or nobody can say.
    answers : (N,) how many people decided; `SETTLED` where it was settled for everybody.
    deciders : by reviewer, (N,) True where their own decision stands.
    """

    status: Integers = along(SAMPLE, dtype=np.int8)
    wrong: Integers = along(SAMPLE, dtype=np.int8)
    answers: Integers = along(SAMPLE, dtype=np.int8)
    deciders: Mapping[str, Booleans] = named(SAMPLE, default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self)
        if words := misshapen(self, {SAMPLE: len(self.status)}):
            raise ValueError(words)

    @classmethod
    def of(cls, review: Review) -> Statuses:
        """Where every sample of the dataset under review stands."""
        nothing = np.zeros(len(review.dataset), dtype=np.int64)
        return cls(nothing, nothing + UNKNOWN, nothing).after(review, review.samples)

    def after(self, review: Review, samples: Collection[str]) -> Statuses:
        """The statuses after decisions on some samples; the others stay as they were."""
        if not samples:
            return self
        dataset = review.dataset
        status, wrong, answers = self.status.copy(), self.wrong.copy(), self.answers.copy()
        for sample in samples:
            row = dataset.rows.get(sample)
            if row is not None:
                now = review.status(row)
                status[row] = CODES[now]
                wrong[row] = _verdict(dataset, row, now, review.agreed(sample))
                answers[row] = _answers(review, sample)
        return Statuses(status, wrong, answers, self._deciders(review, samples))

    def by(self, reviewer: str) -> Booleans:
        """(N,) True where a reviewer's own decision stands."""
        nowhere = np.zeros(len(self.status), dtype=bool)
        return self.deciders.get(reviewer, nowhere)

    def to_settle(self, reviewer: str, member: Member) -> Booleans:
        """(N,) True where a sample waits to be settled, and this person may settle it."""
        disputed: Booleans = self.status == CODES["disputed"]
        if not member.may("settle"):
            return np.zeros_like(disputed)
        return disputed if member.settles_own else disputed & ~self.by(reviewer)

    def count(self, status: Status) -> int:
        """How many samples have a status."""
        return int((self.status == CODES[status]).sum())

    def _deciders(self, review: Review, samples: Collection[str]) -> Mapping[str, Booleans]:
        """Who decided, after decisions on some samples."""
        dataset = review.dataset
        among = dataset.rows.keys() & samples
        touched = [dataset.rows[sample] for sample in among]
        rows: dict[str, list[int]] = {}
        for sample in among:
            for decision in review.decisions(sample):
                rows.setdefault(decision.reviewer, []).append(dataset.rows[sample])
        found = dict(self.deciders)
        for name in found.keys() | rows.keys():
            if name in rows or self.by(name)[touched].any():
                decided = self.by(name).copy()
                decided[touched] = False
                decided[rows.get(name, [])] = True
                found[name] = read_only(decided)
        return found


def true_labels(review: Review, rows: Integers) -> Integers:
    """What reviewers settled about some samples, shaped like `Dataset.given`; MISSING for nothing.

    Of a target it is the top class, MISSING where there are two; of several labels what lies above
    0.5, MISSING at 0.5.
    """
    dataset = review.dataset
    truth = np.full_like(dataset.given[rows], MISSING)
    for place, row in enumerate(rows.tolist()):
        decision = review.agreed(str(dataset.ids[row]))
        if decision is not None:
            truth[place] = _label_of(dataset, decision)
    return truth


def _label_of(dataset: Dataset, decision: Decision) -> Integers | int:
    shares = decision.target or dict.fromkeys(decision.label or (), 1.0)
    if decision.target is None and decision.label is None:
        return MISSING
    row = row_over(dataset.classes, shares)
    if dataset.multilabel:
        return np.where(row == 0.5, MISSING, row > 0.5).astype(np.int64)
    return MISSING if (row == row.max()).sum() > 1 else int(row.argmax())


def _answers(review: Review, sample: str) -> int:
    settled = review.final(sample) is not None
    return SETTLED if settled else min(len(review.decisions(sample)), SETTLED)


def _verdict(dataset: Dataset, row: int, status: Status, decision: Decision | None) -> int:
    if status == "kept":
        return RIGHT
    if status == "corrected":
        return WRONG
    if decision is None or decision.target is None:
        return UNKNOWN
    said = contradicts(row_over(dataset.classes, decision.target), dataset.given[row])
    return UNKNOWN if np.isnan(said) else int(said)
