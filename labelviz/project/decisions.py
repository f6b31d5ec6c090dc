"""Decisions: what reviewers said of the dataset in use, and where every sample stands by it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from labelviz.core.agreement import Agreement, agreement
from labelviz.core.arrays import Integers
from labelviz.core.dataset import Dataset
from labelviz.core.decisions import Decision, Review, check_decision
from labelviz.core.draws import Counted, Draws
from labelviz.core.statuses import Statuses
from labelviz.project.data import Data, of_one_dataset
from labelviz.project.folder import Folder
from labelviz.store import DecisionStore, Tenant, address_of, is_within

if TYPE_CHECKING:
    import numpy.typing as npt


class Decisions:
    """What reviewers said.

    Parameters
    ----------
    folder : of the workspace.
    data : the dataset that decisions are on.
    """

    def __init__(self, folder: Folder, data: Data) -> None:
        self.folder, self.data = folder, data
        self._store: DecisionStore | None = None
        self._review: Review | None = None
        self._statuses: Statuses | None = None
        self._touched: set[str] = set()
        self._first: tuple[Dataset, int, npt.NDArray[np.int64]] | None = None

    @property
    def store(self) -> DecisionStore:
        """The decisions on disk."""
        with self.folder.lock:
            if self._store is None:
                path = self.folder.path
                address = address_of(path)
                tenant = None if is_within(path, address) else Tenant(self.folder.key, path.name)
                self._store = DecisionStore(address, path, tenant)
            return self._store

    @property
    def elsewhere(self) -> bool:
        """Whether they lie in a database outside the workspace, which stays when that goes."""
        return self.store.access.tenant is not None

    @property
    def trouble(self) -> str:
        """Why the journal or the backups that this process keeps are behind; empty where they are
        not."""
        with self.folder.lock:
            return "" if self._store is None else self._store.keeper.trouble

    @property
    def review(self) -> Review:
        """What holds after all decisions so far, for the dataset as it is."""
        with self.folder.lock:
            dataset = self.data.dataset
            if self._review is None or self._review.dataset is not dataset:
                self._review, self._statuses, self._touched = Review(dataset), None, set()
            changes = self.store.changes(after=self._review.sequence)
            if changes.sequence > self._review.sequence:
                self._review = self._review.after(changes)
                self._touched |= changes.samples.keys()
            return self._review

    def until(self, sequence: int) -> Review:
        """What held after the event of a sequence, for the dataset as it is."""
        then = (each for each in self.store.events() if each.sequence <= sequence)
        return Review(self.data.dataset, then)

    def before(self, moment: datetime) -> Review:
        """What held before a moment, for the dataset as it is."""
        events = self.store.events()
        then = (each for each in events if datetime.fromisoformat(each.decided_at) < moment)
        return Review(self.data.dataset, then)

    @property
    def reviewed(self) -> tuple[Review, Statuses]:
        """What holds, and where every sample stands, both after the same decisions.

        After a decision only its sample is looked at again.
        """
        with self.folder.lock:
            review = self.review
            before = self._statuses
            now = Statuses.of(review) if before is None else before.after(review, self._touched)
            self._statuses, self._touched = now, set()
            return review, now

    @property
    def statuses(self) -> Statuses:
        """Where every sample stands."""
        return self.reviewed[1]

    @property
    @of_one_dataset
    def draws(self) -> Draws:
        """The samples that were drawn at random in the review so far."""
        with self.folder.lock:
            return Draws.of(self.statuses, self._first_decided)

    @of_one_dataset
    def draws_at(self, review: Review) -> Draws:
        """The same in an earlier review."""
        with self.folder.lock:
            return Draws.of(Statuses.of(review), self._first_decided)

    @property
    def _first_decided(self) -> Integers:
        """(N,) when each sample was first decided, rising from 1; 0 where nobody did."""
        with self.folder.lock:
            review = self.review
            dataset, known = review.dataset, self._first
            if known is None or known[0] is not dataset:
                known = (dataset, 0, np.zeros(len(dataset), dtype=np.int64))
            _, after, decided = known
            for sample, texts, sequence in self.store.first_decided(after):
                row = dataset.rows.get(sample)
                if row is not None and not decided[row] and dataset.sample_hash(row) == texts:
                    decided[row] = sequence
            self._first = (dataset, review.sequence, decided)
            return decided

    @property
    @of_one_dataset
    def drawn(self) -> Counted:
        """What the samples that were drawn at random say of all labels, be they few or many."""
        return self.draws.within(self.data.dataset.labelled)

    @property
    def people(self) -> frozenset[str]:
        """Everybody who decided anything, to whom samples are dealt, and who has a role."""
        named = self.store.assignments.people() | self.store.roles.now.people.keys()
        return self.review.reviewers | named

    def agreement(self) -> Agreement:
        """How far the reviewers agree."""
        return agreement(self.review)

    def decide(self, decision: Decision) -> Decision:
        """Commit a decision; it is safe on disk when this returns.

        Raises
        ------
        NotSaved : it is not. Conflict : what it expects has changed, or the sample's texts.
        TargetsRefused : there is no such sample, or its label or target row does not fit.
        """
        check_decision(decision, self.data.dataset)
        return self.store.record(decision)

    def decide_all(self, decisions: Sequence[Decision]) -> tuple[Decision, ...]:
        """Commit a bulk action: all of its decisions or none, undone in one step.

        Parameters
        ----------
        decisions : of one reviewer, with one `action`.

        Raises
        ------
        NotSaved, Conflict, TargetsRefused : none of them was saved.
        """
        dataset = self.data.dataset
        for decision in decisions:
            check_decision(decision, dataset)
        return self.store.record_all(decisions)

    def undo(self, reviewer: str) -> Decision | None:
        """Take back a reviewer's latest action; None where there is none."""
        return self._take_back(reviewer, self.review.undoable(reviewer))

    def redo(self, reviewer: str) -> Decision | None:
        """Take back a reviewer's latest undo; None where there is none."""
        return self._take_back(reviewer, self.review.redoable(reviewer))

    def restore(self, reviewer: str, earlier: Decision) -> Decision:
        """Decide again what an earlier event of a sample's history says.

        An undo says that nothing stands: what stands of this reviewer is then taken back.

        Raises
        ------
        NotSaved : it was not saved. Conflict : it was about other texts than the sample has now.
        TargetsRefused : it does not fit the classes any more.
        """
        if earlier.verdict == "undo":
            standing = self.review.by(reviewer, earlier.sample)
            back = self._take_back(reviewer, standing)
            return earlier if back is None else back
        again = replace(
            earlier, operation=uuid.uuid4().hex, reviewer=reviewer, action="", expected=None,
        )  # fmt: skip
        return self.decide(again)

    def _take_back(self, reviewer: str, event: Decision | None) -> Decision | None:
        if event is None:
            return None
        step = event.operation if event.verdict == "undo" else event.step
        back = replace(
            event, operation=uuid.uuid4().hex, verdict="undo", undoes=step,
            label=None, target=None, note="", reviewer=reviewer, action="", expected=None,
            sequence=0, decided_at="",
        )  # fmt: skip
        return self.decide(back)
