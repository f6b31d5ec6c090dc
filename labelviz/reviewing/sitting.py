"""The sitting: what one reviewer carries from card to card, in one tab. A change is a new value."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import Literal

from labelviz.core.arrays import Booleans
from labelviz.core.decisions import Decision

SPENT = 50  # so many operation ids are remembered, to tell a second click from a second decision
TRAIL = 200  # so many visited cards are remembered, for Previous

# Why no card comes next: that was the last one, others are at those that are left, or those were
# dealt to others.
QueueEnd = Literal["last", "with others", "dealt"]


@dataclass(frozen=True)
class Held:
    """A sample that is held for a reviewer.

    Parameters
    ----------
    since : seconds of the monotonic clock.
    """

    reviewer: str
    sample: str
    since: float


@dataclass(frozen=True)
class Order:
    """What the order of a queue was made of.

    Parameters
    ----------
    workspace : its folder.
    content : of the dataset.
    queue : what of the queue decides which rows stand in line and where.
    evidence : probabilities, flags, log, file version, layout and thresholds that it rests on, None
        where it asks for none.
    """

    workspace: str
    content: str
    queue: str
    evidence: tuple[str | None, ...]


@dataclass(frozen=True, eq=False)
class SeenFlags:
    """The flags that the sitting knows of: their fingerprint, and (N,) what they flagged."""

    fingerprint: str
    flagged: Booleans


@dataclass(frozen=True)
class FlagNews:
    """What flags that were made anew did to the queue.

    Parameters
    ----------
    gone, come : how many of its samples are flagged no longer, or newly.
    reordered : whether it follows their order from here on.
    """

    gone: int = 0
    come: int = 0
    reordered: bool = False


@dataclass(frozen=True)
class CopiesOnOffer:
    """The undecided copies of a sample, to be decided as it was: row numbers."""

    decision: Decision
    rows: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Sitting:
    """Where a reviewer is.

    Parameters
    ----------
    blind : whether they answer before the evidence is shown.
    controls : whether now and then a random sample is shown.
    sample : id of the one on the screen; empty for the first of the queue.
    order : what the order in use was made of.
    anchor : row from which the queue goes on; random controls do not move it.
    trail : rows that were on the screen, the latest last.
    control : row of the latest random control.
    tab : of the browser, which has one card at a time.
    held : the sample that is held for them.
    operation : the sample on the screen, and the id of the decision that its card may lead to.
    spent : ids of the latest decisions.
    copies : copies of the sample that was decided last.
    flags : the flags that they know of.
    news : what newer flags did, to be told once.
    end : why no card came next, until something else is done.
    """

    reviewer: str = "me"
    blind: bool = False
    controls: bool = True
    sample: str = ""
    order: Order | None = None
    anchor: int | None = None
    trail: tuple[int, ...] = ()
    control: int | None = None
    tab: str = field(default_factory=lambda: uuid.uuid4().hex)
    held: Held | None = None
    operation: tuple[str, str] | None = None
    spent: tuple[str, ...] = ()
    copies: CopiesOnOffer | None = None
    flags: SeenFlags | None = None
    news: FlagNews | None = None
    end: QueueEnd | None = None

    def at(self, order: Order) -> Sitting:
        """The sitting before a queue.

        The evidence of its order stays what it was until the queue goes on, so that cards keep
        their places under a reviewer's hands. What means nothing in another dataset is forgotten.
        """
        before = self.order
        if before is not None and replace(order, evidence=before.evidence) == before:
            return self
        if before is not None and (before.workspace, before.content) == (
            order.workspace,
            order.content,
        ):
            return replace(self, order=order, anchor=None, end=None)
        return replace(
            self, order=order, anchor=None, end=None, trail=(), control=None, held=None,
            operation=None, copies=None, flags=None,
        )  # fmt: skip

    def visiting(self, row: int, sample: str) -> Sitting:
        """The same with another card on the screen."""
        known = self.trail[-1:] == (row,)
        return replace(
            self,
            sample=sample,
            trail=self.trail if known else (*self.trail, row)[-TRAIL:],
            operation=None,
        )

    def having_decided(self, operation: str) -> Sitting:
        """The same after a decision."""
        return replace(self, spent=(*self.spent, operation)[-SPENT:], operation=None)
