"""The card: one sample on the screen with all that is known about it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.decisions import Decision, Verdict
from labelviz.reviewing.dealing import Company, hold, next_row
from labelviz.reviewing.desk import Desk
from labelviz.reviewing.sitting import QueueEnd

# Names of what a draft holds: the note, a share by class name, and which texts were on screen.
NOTE, SHARE, TEXTS = "note", "share ", "texts"

# Why there is no card: the queue ended, the link names no sample of the dataset, or the queue has
# none.
CardMissing = Literal[QueueEnd, "no such sample", "no match"]


@dataclass(frozen=True, eq=False)
class Card:
    """One sample on the screen.

    Parameters
    ----------
    operation : id of the decision that it may lead to; a double click is one decision.
    target : (K,) its target as things stand.
    hidden : whether the evidence waits for the reviewer's own answer.
    expected : sequence of the decision that a new one would replace, 0 for none.
    bars : (K,) what stood on its bars and was not saved; None where nothing did.
    note : what stood in its note and was not saved, else the note of the decision it would replace.
    company : who else is at it.
    """

    desk: Desk
    row: int
    operation: str
    target: Floats
    hidden: bool
    expected: int = 0
    bars: Floats | None = None
    note: str = ""
    company: Company = field(default_factory=Company)

    @property
    def dataset(self) -> Dataset:
        """The dataset."""
        return self.desk.dataset

    @property
    def sample(self) -> str:
        """The sample's id."""
        return str(self.dataset.ids[self.row])

    @property
    def given(self) -> tuple[str, ...]:
        """The given label's class names."""
        return self.dataset.label_names(self.dataset.given, self.row)

    @property
    def suggested(self) -> tuple[str, ...]:
        """The suggested label's class names; the given ones where there is no better."""
        if self.desk.suspicion is None:
            return self.given
        return self.dataset.label_names(self.desk.suspicion.suggested, self.row)

    @property
    def notes(self) -> tuple[Decision, ...]:
        """Decisions on it that came with a note which does not stand in its box, oldest first."""
        review, sample = self.desk.review, self.sample
        said = [*review.decisions(sample), review.final(sample)]
        known = [each for each in said if each is not None and each.note]
        return tuple(each for each in known if each.sequence != self.expected)

    @property
    def flagged(self) -> bool:
        """Whether detectors flagged it."""
        suspicion = self.desk.suspicion
        return suspicion is not None and bool(suspicion.flagged[self.row])

    @property
    def classes_given(self) -> tuple[int, ...]:
        """The given label's class numbers."""
        return tuple(self.dataset.classes.index(name) for name in self.given)


@dataclass(frozen=True, eq=False)
class Answer:
    """What a reviewer said on a card.

    Parameters
    ----------
    sample, operation, texts : of the card it was said on.
    note : what stood in the note's box.
    verdict : where a verdict was given.
    chosen : class number, where one was simply chosen.
    row : (K,) where a target was set.
    """

    sample: str
    operation: str
    texts: str
    note: str = ""
    verdict: Verdict | None = None
    chosen: int | None = None
    row: Floats | None = None


def next_card(desk: Desk) -> tuple[Card | CardMissing, Desk]:
    """The card the sitting names, else the first of the queue; or why there is none."""
    asked = desk.sitting.sample
    if asked and asked not in desk.dataset.rows:
        return "no such sample", desk.sitting_as(sample="")
    if asked:
        return card_of(desk, desk.dataset.rows[asked])
    row, desk = next_row(desk.sitting_as(end=None), None)
    if row is None:
        return desk.sitting.end or "no match", desk.sitting_as(end=None)
    return card_of(desk.visiting(row), row)


def card_of(desk: Desk, row: int) -> tuple[Card, Desk]:
    """The card of a row, with what its reviewer had set on it and not saved."""
    sample = str(desk.dataset.ids[row])
    mine = desk.review.by(desk.reviewer, sample)
    replaced = desk.review.final(sample) if desk.settles(sample) else mine
    draft = desk.workspace.decisions.store.drafts.of(desk.reviewer, sample)
    if draft is not None and draft.content.get(TEXTS) != desk.dataset.sample_hash(row):
        draft = None  # it was set on other texts
    content = {} if draft is None else draft.content
    desk = _with_operation(desk, sample, None if draft is None else draft.operation)
    company, desk = hold(desk, sample)
    assert desk.sitting.operation is not None  # noqa: S101 - set above
    card = Card(
        desk=desk,
        row=row,
        operation=desk.sitting.operation[1],
        target=desk.workspace.goals.target_row(row, desk.review),
        hidden=desk.hides(sample),
        expected=0 if replaced is None else replaced.sequence,
        bars=_bars(desk.dataset, content),
        note=str(content.get(NOTE, "" if replaced is None else replaced.note)),
        company=company,
    )
    return card, desk


def draft_content(dataset: Dataset, bars: Floats | None, note: str) -> dict[str, float | str]:
    """What stands on a card, as a draft keeps it."""
    shares = {} if bars is None else dict(zip(dataset.classes, bars.tolist(), strict=True))
    return {NOTE: note} | {SHARE + name: share for name, share in shares.items()}


def unknown_row(dataset: Dataset) -> Floats:
    """(K,) what the bars show before anybody said anything."""
    k = dataset.n_classes
    return np.zeros(k) if dataset.multilabel else np.full(k, 1 / k)


def label_row(dataset: Dataset, labels: Integers, row: int) -> Floats | None:
    """(K,) all mass on one row's label; None where there is none."""
    if dataset.multilabel:
        cells = labels[row]
        return None if (cells == MISSING).any() else cells.astype(np.float64)
    if labels[row] == MISSING:
        return None
    hard = np.zeros(dataset.n_classes)
    hard[labels[row]] = 1.0
    return hard


def annotator_shares(dataset: Dataset, row: int) -> Floats | None:
    """(K,) the share of the annotators who chose each class; None where none did."""
    rows = [label_row(dataset, labels, row) for labels in dataset.annotators.values()]
    known = [each for each in rows if each is not None]
    return np.mean(known, axis=0) if known else None


def _with_operation(desk: Desk, sample: str, drafted: str | None) -> Desk:
    """The desk with the id of the decision to come: the draft's, so that a refresh decides once."""
    known = desk.sitting.operation
    if known is not None and known[0] == sample:
        return desk
    return desk.sitting_as(operation=(sample, drafted or uuid.uuid4().hex))


def _bars(dataset: Dataset, content: Mapping[str, float | str | bool]) -> Floats | None:
    shares = [content.get(SHARE + name) for name in dataset.classes]
    if any(not isinstance(share, int | float) for share in shares):
        return None
    return np.array(shares, dtype=np.float64)
