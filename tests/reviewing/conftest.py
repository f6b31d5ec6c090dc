"""A reviewer at a desk, without any page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labelviz.core.decisions import Decision, Verdict
from labelviz.core.queue import Queue
from labelviz.project.workspace import Workspace
from labelviz.reviewing import (
    Answer,
    Card,
    CardMissing,
    Desk,
    Refit,
    Shared,
    Sitting,
    acts,
    next_card,
)
from labelviz.reviewing import sit as sit_down
from labelviz.tables.columns import Columns


class Reviewer:
    """Somebody in one tab, who looks, decides and moves on.

    Parameters
    ----------
    queue : what differs from the plain queue, by name.
    """

    def __init__(self, space: Workspace, name: str = "me", sample: str = "", **queue: str) -> None:
        self.space, self.queue = space, Queue.from_query(queue)
        self.shared = Shared(Refit(lambda _: True))
        self.sitting = Sitting(reviewer=name, sample=sample)
        self.card: Card | CardMissing = "no match"
        self.look()

    @property
    def desk(self) -> Desk:
        return sit_down(self.space, self.queue, self.sitting, self.shared)

    @property
    def sample(self) -> str:
        return self.sitting.sample

    @property
    def shown(self) -> Card:
        assert isinstance(self.card, Card), self.card
        return self.card

    def look(self) -> Reviewer:
        """Draw the card as a page does."""
        self.card, after = next_card(self.desk)
        self.sitting = after.sitting
        return self

    def answer(self, on: Card | None = None, **said: object) -> Answer:
        """Something said on a card, by default on the one that is shown."""
        card = on or self.shown
        texts = card.desk.texts_of(card.sample)
        plain = Answer(card.sample, card.operation, texts, card.note)
        return replace(plain, **said)  # type: ignore[arg-type]

    def do(self, act: Callable[[Desk], Desk | None]) -> Reviewer:
        """Act at the desk with what this tab knows by now, and look."""
        after = act(replace(self.desk, sitting=self.sitting))
        self.sitting = self.sitting if after is None else after.sitting
        return self.look()

    def on_card(self, act: Callable[[Card], Desk | None], on: Card | None = None) -> Reviewer:
        card = on or self.shown
        return self.do(lambda _: act(replace(card, desk=self._now(card.desk))))

    def _now(self, desk: Desk) -> Desk:
        return replace(desk, sitting=self.sitting)

    def press(self, verdict: Verdict) -> Reviewer:
        return self.decide(self.answer(verdict=verdict))

    def set(self, *row: float) -> Reviewer:
        return self.decide(self.answer(row=np.array(row)))

    def decide(self, answer: Answer, on: Card | None = None) -> Reviewer:
        return self.on_card(lambda card: acts.decide(card, answer), on)

    def draft(self, **said: object) -> Reviewer:
        answer = self.answer(**said)
        return self.on_card(lambda card: acts.keep_draft(card, answer))

    def next(self) -> Reviewer:
        return self.on_card(lambda card: acts.move(card, self.sample, 1))

    def previous(self) -> Reviewer:
        return self.on_card(lambda card: acts.move(card, self.sample, -1))

    def undo(self) -> Reviewer:
        return self.do(lambda desk: acts.take_back(desk, redo=False))

    def redo(self) -> Reviewer:
        return self.do(lambda desk: acts.take_back(desk, redo=True))

    def go(self, sample: str) -> Reviewer:
        """Follow a link."""
        self.sitting = replace(self.sitting, sample=sample)
        return self.look()

    def called(self, name: str) -> Reviewer:
        """Take another name."""
        self.sitting = replace(self.sitting, reviewer=name)
        return self.look()


def last(space: Workspace) -> Decision:
    return space.decisions.store.events()[-1]


@pytest.fixture
def forty(tmp_path: Path) -> Workspace:
    """Forty samples, neither flagged nor reviewed; the shuffle begins with neither of the first."""
    project = Workspace.create(tmp_path / "forty")
    lines = "".join(f"{n},text {n},{'yes' if n % 2 else 'no'}\n" for n in range(40))
    file = tmp_path / "forty.csv"
    file.write_text(f"id,text,label\n{lines}")
    project.load(file, Columns("text", "label", id="id"))
    return project
