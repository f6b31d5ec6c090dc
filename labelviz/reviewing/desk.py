"""The desk: a workspace through a queue, as one reviewer sees it now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from labelviz.core.arrays import Booleans
from labelviz.core.dataset import Dataset
from labelviz.core.decisions import Decision, Review
from labelviz.core.distributions import Probabilities
from labelviz.core.line import Line, waiting
from labelviz.core.queue import Queue
from labelviz.core.roles import Member
from labelviz.core.statuses import Statuses
from labelviz.core.suspicion import Suspicion
from labelviz.reviewing.shared import Shared
from labelviz.reviewing.sitting import FlagNews, Order, SeenFlags, Sitting

if TYPE_CHECKING:
    from labelviz.project.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Desk:
    """What a reviewer works on, and where every sample stands."""

    workspace: Workspace
    queue: Queue
    sitting: Sitting
    shared: Shared
    dataset: Dataset
    probabilities: Probabilities | None
    suspicion: Suspicion | None
    review: Review
    statuses: Statuses
    line: Line
    member: Member

    @property
    def reviewer(self) -> str:
        """Who sits here."""
        return self.sitting.reviewer

    @property
    def waiting(self) -> Booleans:
        """(N,) True where the queue shows a row, as the decisions are."""
        overlap = self.workspace.queues.overlap
        found = waiting(self.queue, self.statuses, self.suspicion, overlap, self.reviewer)
        if not self.adjudicating:
            return found
        return found & self.statuses.to_settle(self.reviewer, self.member)

    @property
    def adjudicating(self) -> bool:
        """Whether decisions settle a sample for everybody: an adjudicator's, on disputed ones."""
        return self.queue.show == "disputed" and self.member.may("settle")

    @property
    def undoable(self) -> Decision | None:
        """The decision that undo would take back; None for who may decide nothing any more."""
        may = self.member.may("decide")
        return self.review.undoable(self.reviewer) if may else None

    def settles(self, sample: str) -> bool:
        """Whether what is decided here on a sample settles it for everybody."""
        own = self.review.by(self.reviewer, sample) is not None
        return self.adjudicating and (self.member.settles_own or not own)

    @property
    def first_time(self) -> bool:
        """Whether this queue shows what is to be decided yet, and not what was decided before."""
        return self.queue.first_time

    @property
    def has_controls(self) -> bool:
        """Whether random controls are mixed in: not where a filter says what to show."""
        return self.sitting.controls and self.first_time and not self.queue.narrowed

    @property
    def left(self) -> int:
        """How many samples wait in this queue for this reviewer."""
        return self.line.left(self.waiting & ~self.dealt_to_others)

    @property
    def left_to_others(self) -> int:
        """How many samples wait in this queue for others, to whom they were dealt."""
        return self.line.left(self.waiting & self.dealt_to_others)

    @property
    def dealt_to_others(self) -> Booleans:
        """(N,) True where a sample was dealt, but not to this reviewer."""
        if not self.first_time:
            return np.zeros(len(self.dataset), dtype=bool)
        return self.shared.dealt_to_others(self.workspace, self.dataset, self.reviewer)

    def texts_of(self, sample: str) -> str:
        """The hash of a sample's texts."""
        return self.dataset.sample_hash(self.dataset.rows[sample])

    def hides(self, sample: str) -> bool:
        """Whether the evidence on a sample waits for the reviewer's own answer."""
        return self.sitting.blind and self.review.by(self.reviewer, sample) is None

    def sitting_as(self, **changes: object) -> Desk:
        """The same desk with changes to the sitting."""
        return replace(self, sitting=replace(self.sitting, **changes))  # type: ignore[arg-type]

    def visiting(self, row: int) -> Desk:
        """The same desk with another card on the screen."""
        there = replace(self, sitting=self.sitting.visiting(row, str(self.dataset.ids[row])))
        is_control = self.sitting.control == row and self.has_controls
        return there if is_control else there.sitting_as(anchor=row)

    def again(self) -> Desk:
        """The desk as things stand now."""
        return sit(self.workspace, self.queue, self.sitting, self.shared)


def sit(workspace: Workspace, queue: Queue, sitting: Sitting, shared: Shared) -> Desk:
    """Sit down before a queue; its order is the one that was chosen last."""
    dataset, name = workspace.dataset, workspace.opinions.current
    review, statuses = workspace.decisions.reviewed
    sitting = sitting.at(order_now(workspace, dataset, queue))
    assert sitting.order is not None  # noqa: S101 - `at` sets it
    desk = Desk(
        workspace=workspace,
        queue=queue,
        sitting=sitting,
        shared=shared,
        dataset=dataset,
        probabilities=workspace.opinions.probabilities(name) if name else None,
        suspicion=workspace.suspicion,
        review=review,
        statuses=statuses,
        line=shared.line(sitting.order, workspace, queue),
        member=workspace.decisions.store.roles.now.of(sitting.reviewer),
    )
    return _with_news(desk)


def order_now(workspace: Workspace, dataset: Dataset, queue: Queue) -> Order:
    """What a queue's order would be made of now."""
    name, suspicion = workspace.opinions.current, workspace.suspicion
    flags = None if suspicion is None else suspicion.fingerprint
    column = workspace.data.file_version if queue.column else None
    log = workspace.findings.logs.in_use if queue.on_map else None
    layout = workspace.findings.maps(queue).layout
    cuts = workspace.findings.thresholds
    cut = None if cuts is None else str(cuts.tolist())
    evidence = name, flags, log, column, None if layout is None else layout.mark, cut
    return Order(str(workspace.path), dataset.content, queue.order, evidence)


def _with_news(desk: Desk) -> Desk:
    """Note what flags that were made anew did to the queue."""
    flags, known = desk.suspicion, desk.sitting.flags
    if flags is None:
        return desk
    now = desk.sitting_as(flags=SeenFlags(flags.fingerprint, flags.flagged))
    if known is None or known.fingerprint == flags.fingerprint:
        return now
    before = replace(desk, suspicion=replace(flags, flagged=known.flagged)).waiting
    gone = desk.line.left(before & ~desk.waiting)
    come = desk.line.left(desk.waiting & ~before)
    return now.sitting_as(news=FlagNews(gone, come)) if gone or come else now
