"""The history of one sample: who said what and when, and the way back to any of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from labelviz.core.dataset import Dataset
from labelviz.core.decisions import Decision, Review, Status, Verdict, is_about, status_of
from labelviz.ui.components import literal

STATUS_WORDS: dict[Status, str] = {
    "unreviewed": "not reviewed",
    "kept": "kept",
    "corrected": "corrected",
    "softened": "softened",
    "excluded": "excluded",
    "unsure": "unsure",
    "disputed": "disputed",
}
FLAGGED = "for discussion"  # disputed by nobody but the reviewer who put it up for somebody else
VERDICT_WORDS: dict[Verdict, str] = {
    "keep": "kept the given label",
    "accept": "accepted the suggestion",
    "choose": "chose",
    "soften": "set",
    "exclude": "excluded it",
    "unsure": "was unsure",
    "flag": "put it up for discussion",
    "undo": "took something back",
}
UNDONE, REDONE = "undid: {words}", "redid: {words}"
MOST_SHARES = 3


def names(labels: tuple[str, ...]) -> str:
    """A label in words."""
    return " | ".join(labels) or "none"


def status_of_one(decision: Decision, given: tuple[str, ...]) -> str:
    """The status that one person's decision gives to a sample, in words."""
    return FLAGGED if decision.verdict == "flag" else STATUS_WORDS[status_of(decision, given)]


def status_of_all(review: Review, row: int) -> str:
    """The status of a sample after everybody's decisions, in words."""
    dataset = review.dataset
    agreed = review.agreed(str(dataset.ids[row]))
    if agreed is None:
        return STATUS_WORDS[review.status(row)]
    return status_of_one(agreed, dataset.label_names(dataset.given, row))


def words(decision: Decision, given: tuple[str, ...]) -> str:
    """What a decision says, in a few words."""
    if decision.target is not None:
        top = sorted(decision.target.items(), key=lambda item: -item[1])[:MOST_SHARES]
        return ", ".join(f"{name} {share:.2f}" for name, share in top)
    status = status_of_one(decision, given)
    return f"{status}: {names(decision.label)}" if decision.label is not None else status


def show(
    events: tuple[Decision, ...],
    dataset: Dataset,
    restore: Callable[[Decision], None],
    may: Callable[[Decision], bool],
) -> None:
    """Show events, the latest first, with a button that makes one on the same texts hold again.

    Parameters
    ----------
    events : of one sample, oldest first.
    may : whether who looks at them may bring one back.
    """
    if not events:
        st.caption("Nobody has decided on this sample yet.")
    for event in reversed(events):
        given = dataset.label_names(dataset.given, dataset.rows[event.sample])
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            current = is_about(event, dataset)
            literal.block(_line(event, _act(event, events, given), current=current))
            if event.verdict != "undo" and current and may(event):
                st.button(
                    "Restore", key=f"restore {event.sequence}", type="tertiary",
                    on_click=restore, args=(event,),
                )  # fmt: skip


def _act(event: Decision, events: tuple[Decision, ...], given: tuple[str, ...]) -> str:
    """What somebody did, in words; of an undo or a redo what was undone or redone."""
    if event.verdict != "undo":
        what = VERDICT_WORDS[event.verdict]
        if event.label is not None:
            return f"{what}: {names(event.label)}"
        return what if event.target is None else f"{what}: {words(event, given)}"
    back, says = event, REDONE
    while back.verdict == "undo":
        before = _taken_back(back, events)
        if before is None:
            return VERDICT_WORDS["undo"]
        back, says = before, UNDONE if says == REDONE else REDONE
    return says.format(words=_act(back, events, given))


def _taken_back(undo: Decision, events: tuple[Decision, ...]) -> Decision | None:
    """The event that an undo is about; None where it is about other samples."""
    same = (each for each in events if each.reviewer == undo.reviewer)
    return next((each for each in same if undo.undoes in (each.operation, each.action)), None)


def _line(event: Decision, what: str, *, current: bool) -> str:
    at = datetime.fromisoformat(event.decided_at).astimezone()
    marks = [
        mark
        for mark, holds in (
            ("on other texts than these", not current),
            ("before seeing the evidence", event.blind),
            ("for everybody", event.final),
            ("in bulk", bool(event.action) and event.verdict != "undo"),
        )
        if holds
    ]
    said = literal.escaped(" · ".join([f"{event.reviewer} {what}", *marks]))
    note = f"<br>“{literal.escaped(event.note)}”" if event.note else ""
    return f'<div><span class="lv-quiet">{at:%Y-%m-%d %H:%M:%S}</span><br>{said}{note}</div>'
