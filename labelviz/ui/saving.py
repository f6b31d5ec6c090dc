"""What the keys and the editor do: save, take back, move on.

A callback commits first and touches nothing of the page until the decision is on disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from labelviz.core.arrays import Floats
from labelviz.core.bulk import alike
from labelviz.core.dataset import MISSING
from labelviz.core.decisions import Decision, Verdict
from labelviz.core.statuses import CODES
from labelviz.errors import LabelvizError, TargetsRefused
from labelviz.store import Draft
from labelviz.ui import refit, state
from labelviz.ui.card import (
    AT_END,
    BLIND,
    TEXTS,
    Card,
    Desk,
    copies_of,
    desk,
    draft_content,
    next_row,
    previous_row,
    visit,
)
from labelviz.ui.components.answer import Answer

LAST_OF_QUEUE = "That was the last sample of this queue."
SPENT = 50
"""So many operation ids are remembered, to tell a second click from a second decision."""


def decide(card: Card, answer: Answer) -> None:
    """Save what was said on a card and move on."""
    shown = card if answer.sample == card.sample else _left(card, answer)
    dataset = shown.dataset
    if answer.verdict is not None:
        named = {"keep": shown.given, "accept": shown.suggested}
        if not (shown.hidden and answer.verdict in named):
            _save(shown, answer, answer.verdict, label=named.get(answer.verdict))
        return
    if answer.chosen is not None:
        _save(shown, answer, "choose", label=(dataset.classes[answer.chosen],))
        return
    row = answer.row
    if row is None:
        fail(
            TargetsRefused(
                "Nothing was set on the bars, so nothing was saved.",
                where=f"sample {shown.sample!r}",
                safe="Earlier decisions are safe.",
                remedy="Choose a class, or set the bars and save them.",
            )
        )
        return
    label = _plain_labels(shown, row)
    if label is not None:
        _save(shown, answer, "choose", label=label)
        return
    target = dict(zip(dataset.classes, row.tolist(), strict=True))
    _save(shown, answer, "soften", target=target)


def keep(card: Card, answer: Answer) -> None:
    """Keep what stands on a card and is not saved, so that a refresh brings it back."""
    if answer.sample != card.sample:
        return
    bars = card.bars if answer.row is None else answer.row
    content = draft_content(card.dataset, bars, answer.note) | {TEXTS: answer.texts}
    try:
        card.desk.workspace.store.keep_draft(
            Draft(state.reviewer(), card.sample, card.operation, content)
        )
    except LabelvizError as error:
        fail(error)


def move(card: Card, sample: str, step: int) -> None:
    """To the next sample that waits, or back to the one that was there before.

    Parameters
    ----------
    sample : on the screen when the key was pressed; one that was left meanwhile moves nothing.
    """
    if sample != card.sample or st.query_params.get("sample") != sample:
        return
    row = next_row(card.desk, card.row) if step > 0 else previous_row(card.desk, card.row)
    _go(card.desk, row)


def take_back(at: Desk, *, redo: bool) -> None:
    """Undo or redo the reviewer's latest decision, and show its sample."""
    workspace = at.workspace
    try:
        event = workspace.redo(state.reviewer()) if redo else workspace.undo(state.reviewer())
    except LabelvizError as error:
        fail(error)
        return
    if event is not None:
        refit.decided(workspace)
        st.session_state.pop("operation", None)
        show(at, event.sample)


def show(at: Desk, sample: str) -> None:
    """Put a sample on the screen."""
    row = at.dataset.rows.get(sample)
    if row is not None:
        visit(at, row)


def restore(at: Desk, event: Decision) -> None:
    """Decide again what an earlier event says."""
    try:
        at.workspace.restore(state.reviewer(), event)
    except LabelvizError as error:
        fail(error)
        return
    refit.decided(at.workspace)
    st.session_state.pop("operation", None)


def decide_alike(at: Desk, decision: Decision, rows: Sequence[int]) -> None:
    """Decide the copies of a sample as it was decided, in one step; move on if one is shown."""
    st.session_state.pop("copies", None)
    try:
        at.workspace.decide_all(alike(decision, rows, at.dataset))
    except LabelvizError as error:
        fail(error)
        return
    refit.decided(at.workspace)
    shown = at.dataset.rows.get(st.query_params.get("sample", ""))
    if shown in rows:
        now = desk(at.workspace, at.queue)
        _go(now, next_row(now, shown, decided=True))


def leave_copies() -> None:
    """Leave the copies of a sample to be decided one by one."""
    st.session_state.pop("copies", None)


def _offer_copies(card: Card, decision: Decision) -> None:
    """Remember the undecided copies of a sample, to ask whether they are to be decided alike."""
    st.session_state.pop("copies", None)
    found = copies_of(card.desk)
    undecided = card.desk.statuses.status == CODES["unreviewed"]
    rows = [int(row) for row in found.of(card.row) if undecided[row]]
    if rows and decision.verdict not in ("unsure", "flag"):
        st.session_state["copies"] = (decision, rows)


def fail(error: LabelvizError) -> None:
    """Show an error with the next card."""
    st.session_state["failure"] = error


def _save(
    card: Card,
    answer: Answer,
    verdict: Verdict,
    label: tuple[str, ...] | None = None,
    target: Mapping[str, float] | None = None,
) -> None:
    spent: list[str] = st.session_state.setdefault("spent", [])
    if answer.operation in spent:
        return
    decision = Decision(
        operation=answer.operation,
        sample=card.sample,
        sample_hash=answer.texts,
        verdict=verdict,
        reviewer=state.reviewer(),
        label=label,
        target=target,
        note=answer.note,
        blind=card.hidden,
        final=card.desk.adjudicating,
        expected=card.expected,
    )
    try:
        saved = card.desk.workspace.decide(decision)
    except LabelvizError as error:
        fail(error)
        return
    refit.decided(card.desk.workspace)
    _offer_copies(card, saved)
    spent.append(answer.operation)
    del spent[:-SPENT]
    st.session_state.pop("operation", None)
    if st.query_params.get("sample") == card.sample:
        _after(card)


def _after(card: Card) -> None:
    """Move on; after a blind answer the card stays, and shows the evidence."""
    st.session_state.pop("operation", None)
    if card.hidden and st.session_state.get(BLIND):
        return
    now = desk(card.desk.workspace, card.desk.queue)
    _go(now, next_row(now, card.row, decided=True))


def _go(at: Desk, row: int | None) -> None:
    if row is None:
        st.session_state.setdefault(AT_END, LAST_OF_QUEUE)
    else:
        visit(at, row)


def _left(card: Card, answer: Answer) -> Card:
    """The card that a late event belongs to, left meanwhile."""
    row = card.dataset.rows[answer.sample]
    review = card.desk.workspace.review
    earlier = review.by(state.reviewer(), answer.sample)
    target = card.desk.workspace.target_row(row, review)
    expected = 0 if earlier is None else earlier.sequence
    return Card(card.desk, row, answer.operation, target, hidden=False, expected=expected)


def _plain_labels(card: Card, row: Floats) -> tuple[str, ...] | None:
    """The labels that a multi-label row stands for, if it is what the policy makes of them."""
    dataset = card.dataset
    if not dataset.multilabel:
        return None
    label = tuple(name for name, cell in zip(dataset.classes, row, strict=True) if cell >= 0.5)
    shaped = not card.hidden and (dataset.given[card.row] != MISSING).all()
    plain = card.desk.workspace.shape().label(card.row, label) if shaped else np.round(row)
    return label if np.allclose(row, plain, atol=1e-9) else None
