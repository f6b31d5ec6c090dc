"""Bulk: decide on the whole filter at once, with a count, a preview, a cap, and one undo."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from labelviz.core.arrays import Integers
from labelviz.core.bulk import BULK_VERDICTS, Bulk, BulkVerdict, Known, bulk_decisions
from labelviz.core.dataset import Dataset
from labelviz.core.decisions import Decision
from labelviz.core.people import everyone
from labelviz.core.settings import MOST_TOGETHER
from labelviz.core.soft_targets import with_share
from labelviz.errors import LabelvizError
from labelviz.reviewing import Desk, acts
from labelviz.reviewing.card import unknown_row
from labelviz.ui import rights, sitting, state
from labelviz.ui.components import history, literal, message

WORDS: dict[BulkVerdict, str] = {
    "keep": "Keep the given labels",
    "accept": "Accept the suggestions",
    "choose": "Choose a label",
    "soften": "Set a target",
    "policy": "Freeze what the policy makes now",
    "exclude": "Exclude from training",
}
CAP = 1_000
MOST_PEOPLE = 20
PREVIEW = 5
LONGEST_PREVIEW = 80
DONE = "bulk done"
BLIND = (
    "Who answers blind decides card by card: a list would show what others said. Switch “Blind "
    "first” off under View to decide on many at once."
)


def show(desk: Desk, chosen: Sequence[str] = ()) -> None:
    """Show what a bulk action would do, and do it on a press; not to who answers blind.

    Parameters
    ----------
    chosen : ids of the samples it is about; the whole queue where empty.
    """
    if chosen:
        rows = _rows(desk, chosen)
        cap = len(rows)
        st.text("1 sample is chosen." if cap == 1 else f"{cap:,} samples are chosen.")
    else:
        rows = desk.line.rows[desk.waiting[desk.line.rows]]
        st.text(f"{len(rows):,} samples wait in this queue.")
        cap = int(st.number_input("At most", 1, MOST_TOGETHER, CAP, help="The first of the queue."))
    if desk.sitting.blind:
        st.info(BLIND)
    elif not desk.member.may("decide"):
        st.info(rights.LOOKING)
    else:
        _decide(desk, rows[:cap])
    if not desk.member.may("change"):
        return
    with st.expander("Several people"):
        _assign(desk, [str(desk.dataset.ids[row]) for row in rows[:cap]])


def _decide(desk: Desk, rows: Integers) -> None:
    verdict = st.selectbox("What to do", BULK_VERDICTS, format_func=WORDS.__getitem__)
    note = st.text_input("Note on all of them")
    known = Known(desk.dataset, desk.suspicion, desk.workspace.goals.making().targets)
    made = bulk_decisions(_bulk(verdict, note, desk.dataset), rows, known, state.reviewer())
    _preview(made, desk.dataset)
    if st.button(f"Decide {len(made):,} samples", type="primary", disabled=not made):
        _act(desk, made)


def _rows(desk: Desk, samples: Sequence[str]) -> Integers:
    """Rows of samples; of those that the dataset still has."""
    known = [desk.dataset.rows[each] for each in samples if each in desk.dataset.rows]
    return np.array(known, dtype=np.int64)


def _bulk(verdict: BulkVerdict, note: str, dataset: Dataset) -> Bulk:
    if verdict not in ("choose", "soften"):
        return Bulk(verdict, note=note)
    words = literal.options(dataset.classes)
    name = st.selectbox("Class", dataset.classes, format_func=words.__getitem__)
    if verdict == "choose":
        return Bulk("choose", label=(name,), note=note)
    share = st.slider("Its share", 0.0, 1.0, 0.8, 0.01)
    k = dataset.classes.index(name)
    row = with_share(unknown_row(dataset), k, share, multilabel=dataset.multilabel)
    target = dict(zip(dataset.classes, row.tolist(), strict=True))
    return Bulk("soften", target=target, note=note)


def _preview(made: tuple[Decision, ...], dataset: Dataset) -> None:
    lines = []
    for decision in made[:PREVIEW]:
        row = dataset.rows[decision.sample]
        given = dataset.label_names(dataset.given, row)
        text = " ¦ ".join(side[row] for side in dataset.texts)[:LONGEST_PREVIEW]
        cells = (decision.sample, text, history.names(given), history.words(decision, given))
        lines.append("".join(f"<td>{literal.escaped(cell)}</td>" for cell in cells))
    if lines:
        body = "".join(f"<tr>{line}</tr>" for line in lines)
        literal.block(f'<table class="lv-preview">{body}</table>')
    if len(made) > PREVIEW:
        st.caption(f"and {len(made) - PREVIEW:,} more")


def _act(desk: Desk, made: tuple[Decision, ...]) -> None:
    try:
        with st.spinner("Saving"):
            saved = acts.decide_together(desk, made)
    except LabelvizError as error:
        message.show(error)
        return
    review = desk.workspace.review
    idle = sum(not review.counts(each) for each in saved)
    told = [f"{len(made):,} samples decided. Undo takes all of it back."]
    if idle:
        told.append(f"{idle:,} of them were settled for everybody before, and stay so.")
    st.session_state[DONE] = " ".join(told)
    sitting.leave_card()
    st.rerun()


def _assign(desk: Desk, samples: list[str]) -> None:
    typed = st.text_input("Names, separated by commas; none for everybody")
    people = everyone(typed.split(","), desk.workspace.decisions.people)
    most = max(len(people) or MOST_PEOPLE, desk.workspace.queues.overlap)
    overlap = int(st.number_input("People per sample", 1, most, desk.workspace.queues.overlap))
    words = "Everybody may take any sample. What was dealt before is taken back."
    if people:
        words = "Whoever is named gets their own samples first. It replaces what was dealt before."
    st.caption(words)
    what = f"Deal {len(samples):,} samples" if people else "Open to everybody"
    if st.button(what, type="primary"):
        try:
            desk.workspace.queues.assign(samples, people, overlap)
        except LabelvizError as error:
            message.show(error)
            return
        desk.shared.deal()
        dealt = f"{len(samples):,} samples dealt to {len(people)} people" if people else what
        st.session_state[DONE] = f"{dealt}, {overlap} per sample."
        st.rerun()
