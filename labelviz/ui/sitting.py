"""The visitor's sitting: kept from run to run of the page, and changed by what is pressed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import streamlit as st

from labelviz import reviewing
from labelviz.core.decisions import Decision
from labelviz.core.queue import Queue
from labelviz.errors import LabelvizError
from labelviz.project.workspace import Workspace
from labelviz.reviewing import Answer, Card, CardMissing, Desk, Refit, Shared, Sitting, acts
from labelviz.reviewing.dealing import Company, hold
from labelviz.ui import refit, state

BLIND, CONTROLS, LIGHT = "blind", "controls", "light"  # keys of the reviewer's switches
FAILURE = "failure"


def desk(workspace: Workspace, queue: Queue) -> Desk:
    """The visitor's desk before a queue."""
    return _kept(reviewing.sit(workspace, queue, _sitting(), shared(workspace)))


def card(at: Desk) -> Card | CardMissing:
    """The card on the screen, or why there is none."""
    found, now = reviewing.next_card(at)
    _kept(now)
    return found


def decide(on: Card, answer: Answer) -> None:
    """Save what was said on a card and move on."""
    _act(on.desk, lambda desk: acts.decide(replace(on, desk=desk), answer))


def keep_draft(on: Card, answer: Answer) -> None:
    """Keep what stands on a card and is not saved."""
    _act(on.desk, lambda desk: acts.keep_draft(replace(on, desk=desk), answer))


def move(on: Card, sample: str, step: int) -> None:
    """One card forward (1) or back (-1) from the sample named."""
    _act(on.desk, lambda desk: acts.move(replace(on, desk=desk), sample, step))


def take_back(at: Desk, *, redo: bool) -> None:
    """Undo or redo."""
    _act(at, lambda desk: acts.take_back(desk, redo=redo))


def show(at: Desk, sample: str) -> None:
    """Put a sample on the screen."""
    _act(at, lambda desk: acts.show(desk, sample))


def restore(at: Desk, event: Decision) -> None:
    """Decide again what an earlier event says."""
    _act(at, lambda desk: acts.restore(desk, event))


def decide_copies(at: Desk, operation: str) -> None:
    """Decide the copies of what was decided by this operation alike."""
    _act(at, lambda desk: acts.decide_copies(desk, operation))


def leave_copies(at: Desk) -> None:
    """Leave the copies on offer to be decided one by one."""
    _act(at, acts.leave_copies)


def stay(on: Card) -> Company:
    """Hold the card for as long as it is open; who else is at it."""
    now = replace(on.desk, sitting=_sitting())
    if now.sitting.sample != on.sample:
        return Company()
    try:
        company, after = hold(now, on.sample)
    except LabelvizError:  # whoever decides here is told what is wrong
        return on.company
    _kept(after)
    return company


def told(at: Desk) -> None:
    """Forget the news, which are told once."""
    _kept(replace(at, sitting=replace(_sitting(), news=None)))


def leave_card() -> None:
    """Show the first of the queue next."""
    st.query_params.pop("sample", None)


def fail(error: LabelvizError) -> None:
    """Show an error with the next card."""
    st.session_state[FAILURE] = error


def failure() -> LabelvizError | None:
    """The error to show with this card, once."""
    error: LabelvizError | None = st.session_state.pop(FAILURE, None)
    return error


def shared(workspace: Workspace) -> Shared:
    """What all visitors of a workspace share."""
    return _shared(workspace.path)


@st.cache_resource(max_entries=16)
def _shared(path: Path) -> Shared:  # noqa: ARG001 - the key
    return Shared(Refit(refit.flag_anew))


def _act(at: Desk, do: Callable[[Desk], Desk | None]) -> None:
    """Do something on a desk that was drawn, with the sitting as it is by now."""
    try:
        after = do(replace(at, sitting=replace(_sitting(), end=None)))
    except LabelvizError as error:
        fail(error)
        return
    if after is not None:
        _kept(after)


def _sitting() -> Sitting:
    kept: Sitting = st.session_state.get("sitting") or Sitting()
    return replace(
        kept,
        reviewer=state.reviewer(),
        blind=bool(st.session_state.get(BLIND)),
        controls=bool(st.session_state.get(CONTROLS, True)),
        sample=st.query_params.get("sample", ""),
    )


def _kept(at: Desk) -> Desk:
    sample = at.sitting.sample
    st.session_state["sitting"] = at.sitting
    if sample:
        state.put_in_url("sample", sample)
    else:
        st.query_params.pop("sample", None)
    return at
