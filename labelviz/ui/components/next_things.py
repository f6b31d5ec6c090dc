"""At the end of a queue: what to do next, at most three things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import streamlit as st

from labelviz.core.draws import FEWEST_DRAWN
from labelviz.core.queue import Queue
from labelviz.core.statuses import CODES
from labelviz.reviewing import Desk
from labelviz.ui import refit, state
from labelviz.ui.components import checked, progress, random_samples

MOST = 3


@dataclass(frozen=True)
class NextThing:
    """Something to do next: the words of its button, and what a press does."""

    key: str
    words: str
    do: Callable[[], None]


def show(desk: Desk) -> None:
    """Offer them as buttons, the first as the one to press."""
    with st.container(horizontal=True, gap="small", key="next things"):
        for place, each in enumerate(found(desk)):
            look: Literal["primary", "secondary"] = "secondary" if place else "primary"
            if st.button(each.words, key=f"next {each.key}", type=look):
                each.do()


def found(desk: Desk) -> list[NextThing]:
    """What there is to do: other queues in which something waits, learning, and the targets."""
    things = [*_queues(desk), *_learning(desk)][: MOST - 1]
    return [*things, NextThing("targets", "Go to the targets", partial(state.go, "targets"))]


def _queues(desk: Desk) -> list[NextThing]:
    if not desk.member.may("decide"):
        return []
    statuses, suspicion, drawn = desk.statuses, desk.suspicion, desk.workspace.decisions.drawn
    waiting = (statuses.status == CODES["unreviewed"]) & ~desk.dealt_to_others
    flagged = 0 if suspicion is None else int((waiting & suspicion.flagged).sum())
    disputed = int(statuses.to_settle(desk.reviewer, desk.member).sum())
    unsure = statuses.count("unsure")
    missing = min(max(FEWEST_DRAWN - drawn.drawn, 0), int(waiting.sum()))
    offers = (
        (Queue(show="flagged"), flagged, f"Review {flagged:,} flagged"),
        (Queue(show="disputed"), disputed, f"Settle {disputed:,}"),
        (random_samples.RANDOM, missing, f"Review {missing:,} at random"),
        (Queue(show="unsure"), unsure, f"Look again at {unsure:,} unsure"),
        (Queue(show="unreviewed"), int(waiting.sum()), f"Review {int(waiting.sum()):,} others"),
    )
    return [
        NextThing(f"{queue.show} {queue.sort}", words, partial(state.go, "review", queue))
        for queue, count, words in offers
        if count and queue != desk.queue
    ]


def _learning(desk: Desk) -> list[NextThing]:
    workspace = desk.workspace
    if not workspace.findings.new_verdicts or not desk.member.may("change"):
        return []
    request = refit.request(workspace)
    return [NextThing("learn", checked.LEARN, partial(progress.start, workspace.path, request))]
