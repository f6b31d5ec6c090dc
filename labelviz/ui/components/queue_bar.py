"""The bar above the card: which samples, in which order, and how they are shown."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from labelviz.core.dataset import Dataset
from labelviz.core.queue import (
    HIGHEST_VARIABILITY,
    REGIONS,
    SHOWS,
    SORTS,
    Queue,
    Region,
    Show,
    Sort,
)
from labelviz.project.workspace import Workspace
from labelviz.reviewing import Desk
from labelviz.reviewing.listing import page_of
from labelviz.ui import rights, sitting, state
from labelviz.ui.components import bulk, evidence, history, literal, similar
from labelviz.ui.sitting import BLIND, CONTROLS, LIGHT

SHOW_WORDS: dict[Show, str] = {
    "flagged": "Flagged, not reviewed",
    "all": "All samples",
    "unreviewed": "Not reviewed",
    "kept": "Kept",
    "corrected": "Corrected",
    "softened": "Softened",
    "excluded": "Excluded",
    "unsure": "Unsure",
    "disputed": "To settle",
}
SORT_WORDS: dict[Sort, str] = {
    "worst": "Most suspicious first",
    "disputed": "Most disputed first",
    "uncertain": "Most uncertain first",
    "given": "By given label",
    "predicted": "By predicted label",
    "length": "Longest texts first",
    "random": "Random order",
    "file": "File order",
}
TURN, TURN_BACK = "Turn the order round", "Turn the order back"
TABLE = "table"  # in the URL, the page of the table where there is one in place of the card
REGION_WORDS: dict[Region, str] = {
    "easy": "Easy to learn",
    "ambiguous": "Ambiguous",
    "hard": "Hard to learn",
}
ANY = "Any"
ONE = "Show one sample after the other."
MANY = "Show the samples of this queue as a table."
IN_AREA = "Of the map on the Overview page, the samples in the area that was drawn."
NOT_LOGGED = "No training was logged"
CONTROLS_WORDS = (
    "One card in ten is drawn at random from all samples, flagged or not. What is said about those "
    "cards shows how many wrong labels are left where nothing was flagged. There are none in a "
    "queue with a search or a filter, and View switches them off."
)
MOST_VALUES = 1_000  # values of a slice that are listed; a search finds the others


def show(workspace: Workspace, queue: Queue) -> None:
    """Show the bar; a change leads to the new queue."""
    with st.container(horizontal=True, vertical_alignment="center", key="queue", gap="small"):
        show_words = st.selectbox(
            "Queue", SHOWS, index=SHOWS.index(queue.show), format_func=SHOW_WORDS.__getitem__,
            width=180, label_visibility="collapsed",
        )  # fmt: skip
        sort = st.selectbox(
            "Order", SORTS, index=SORTS.index(queue.sort), format_func=SORT_WORDS.__getitem__,
            width=180, label_visibility="collapsed",
        )  # fmt: skip
        turned = st.button(
            "", key="turn order", help=TURN_BACK if queue.reverse else TURN,
            icon=":material/arrow_upward:" if queue.reverse else ":material/arrow_downward:",
        )  # fmt: skip
        text = st.text_input(
            "Search", queue.text, width=165, label_visibility="collapsed",
            placeholder="Search ids and texts", icon=":material/search:",
        )  # fmt: skip
        chosen = replace(queue, show=show_words, sort=sort, text=text)
        chosen = replace(chosen, reverse=queue.reverse != turned)
        count = len(chosen.to_query().keys() - {"show", "sort", "reverse", "text"})
        with st.popover(f"Filter ({count})" if count else "Filter", key="filter"):
            chosen = _filter(workspace, chosen)
        with st.popover("Saved", key="saved"):
            chosen = _saved(workspace, chosen)
        if queue.narrowed and st.button("Clear", key="clear filter", help="Show every sample."):
            chosen = Queue(show=queue.show, sort=queue.sort, reverse=queue.reverse)
        st.space("stretch")
        in_table = TABLE in st.query_params
        if st.button("Card" if in_table else "Table", key=TABLE, help=ONE if in_table else MANY):
            _turn_to(workspace, queue, table=not in_table)
        with st.popover("View", key="view"):
            _view()
        if st.button("Bulk", key="bulk", help="Decide on the whole queue at once."):
            _bulk(workspace, queue)
        if not in_table and st.button("Similar", key="similar", shortcut="S"):
            _similar(workspace, queue)
        if not in_table and st.button("History", key="history", shortcut="Y"):
            _history(workspace, queue)
        if st.button("Help", key="help", shortcut="H"):
            _help()
    if chosen != queue:
        change(chosen)


def change(queue: Queue) -> None:
    """Lead to another queue; the card that was shown is left."""
    lead(queue)
    st.rerun()


def lead(queue: Queue) -> None:
    """Have the next run show another queue, as a table where there is one."""
    table = {TABLE: "1"} if TABLE in st.query_params else {}
    st.query_params.from_dict(state.place() | queue.to_query() | {"show": queue.show} | table)


def _turn_to(workspace: Workspace, queue: Queue, *, table: bool) -> None:
    """Show the queue as a table, on the page of the card that was shown; or as cards again."""
    if table:
        sample = st.query_params.get("sample", "")
        st.query_params[TABLE] = str(page_of(sitting.desk(workspace, queue), sample))
    else:
        st.query_params.pop(TABLE, None)
    st.rerun()


def _filter(workspace: Workspace, queue: Queue) -> Queue:
    dataset = workspace.dataset
    left, right = st.columns(2)
    with left:
        given = _choice("Given label", dataset.classes, queue.given)
        reason = st.text_input("Reason contains", queue.reason, disabled=not workspace.suspicion)
        sliced = _choice("Slice", tuple(dataset.slices), queue.slice)
        column = _choice("Column of the file", workspace.data.column_names, queue.column)
    with right:
        known = workspace.opinions.current is not None
        predicted = _choice("Predicted label", dataset.classes, queue.predicted, disabled=not known)
        low, high = st.slider(
            "Suspicion", 0.0, 1.0, (queue.low, queue.high), 0.01, disabled=not workspace.suspicion
        )
        values = sorted(set(dataset.slices[sliced]))[:MOST_VALUES] if sliced else ()
        value = queue.value if sliced == queue.slice else ""
        value = _choice("Its value", tuple(values), value, disabled=not sliced)
        cell = st.text_input("contains", queue.cell, disabled=not column)
        people = tuple(sorted(workspace.review.reviewers))
        by = _choice("Decided by", people, queue.by, disabled=not people)
    between, versus = _border(dataset, queue, known=known)
    if queue.area:
        st.caption(IN_AREA)
    queue = _part_of_map(queue, logged=workspace.findings.logs.in_use is not None)
    if sliced and value == "" and queue.slice != sliced:
        value = values[0] if values else ""
    return replace(
        queue, given=given, predicted=predicted, low=low, high=high, reason=reason, slice=sliced,
        value=value if sliced else "", column=column, cell=cell if column else "", by=by,
        between=between, versus=versus,
    )  # fmt: skip


def _border(dataset: Dataset, queue: Queue, *, known: bool) -> tuple[str, str]:
    """The classes between which the model wavers; of several labels the one over which it does."""
    if dataset.multilabel:
        words = "The model wavers over"
        return _choice(words, dataset.classes, queue.between, disabled=not known), ""
    left, right = st.columns(2)
    with left:
        words = "The model wavers between"
        between = _choice(words, dataset.classes, queue.between, disabled=not known)
    with right:
        others = tuple(name for name in dataset.classes if name != between)
        versus = _choice("and", others, queue.versus, disabled=not between)
    return between, versus if between else ""


def _part_of_map(queue: Queue, *, logged: bool) -> Queue:
    """A part of the data map; without one, why there is none."""
    every = ("", *REGIONS)
    region = st.selectbox(
        "Region of the data map", every, index=every.index(queue.region), disabled=not logged,
        format_func=lambda name: REGION_WORDS.get(name, ANY if logged else NOT_LOGGED),
    )  # fmt: skip
    if not logged:
        return queue
    left, right = st.columns(2)
    confidence = left.slider(
        "Confidence", 0.0, 1.0, (queue.confidence_low, queue.confidence_high), 0.01
    )
    variability = right.slider(
        "Variability", 0.0, HIGHEST_VARIABILITY,
        (queue.variability_low, queue.variability_high), 0.01,
    )  # fmt: skip
    return replace(
        queue, region=region, confidence_low=confidence[0], confidence_high=confidence[1],
        variability_low=variability[0], variability_high=variability[1],
    )  # fmt: skip


def _choice(words: str, options: tuple[str, ...], chosen: str, *, disabled: bool = False) -> str:
    every = ("", *(option for option in options if option))
    index = every.index(chosen) if chosen in every else 0
    shown = literal.options(every, lambda name: name or ANY)
    return st.selectbox(words, every, index=index, disabled=disabled, format_func=shown.__getitem__)


def _saved(workspace: Workspace, queue: Queue) -> Queue:
    """Filters that anybody saved, for everybody."""
    filters, may = workspace.queues.saved, rights.may("decide")
    for name, saved in filters.items():
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            literal.plain(name)
            st.space("stretch")
            use = st.button("Use", key=f"use {name}", type="tertiary")
            if st.button("Forget", key=f"forget {name}", type="tertiary", disabled=not may):
                workspace.queues.forget(name)
                st.rerun()
        if use:
            return saved
    if not filters:
        st.caption("No filter is saved yet.")
    name = st.text_input("Save this queue as", key="filter name", max_chars=60)
    if st.button("Save", disabled=not (may and name.strip())):
        workspace.queues.save(name.strip(), queue)
        st.rerun()
    return queue


def _view() -> None:
    st.toggle("Light differences", value=True, key=LIGHT, persist_state="session")
    st.toggle(
        "Blind first", key=BLIND, persist_state="session",
        help="Choose before you see the label, the opinions and the flags.",
    )  # fmt: skip
    st.toggle(
        "Random controls", value=True, key=CONTROLS, persist_state="session",
        help=CONTROLS_WORDS,
    )  # fmt: skip


@st.dialog("Bulk", position="right")
def _bulk(workspace: Workspace, queue: Queue) -> None:
    bulk.show(sitting.desk(workspace, queue))


@st.dialog("Similar samples", position="right")
def _similar(workspace: Workspace, queue: Queue) -> None:
    desk = sitting.desk(workspace, queue)
    sample = st.query_params.get("sample", "")
    if sample in desk.dataset.rows and not _hidden(desk, sample):
        similar.show(desk, desk.dataset.rows[sample])


@st.dialog("History", position="right")
def _history(workspace: Workspace, queue: Queue) -> None:
    desk = sitting.desk(workspace, queue)
    sample = st.query_params.get("sample", "")
    if sample not in desk.dataset.rows:
        st.caption("No sample is on the screen.")
        return
    literal.plain(sample)
    if _hidden(desk, sample):
        return
    events = workspace.decisions.store.history(sample)
    history.show(
        events, desk.dataset, lambda event: sitting.restore(desk, event),
        may=lambda event: desk.member.may("settle" if event.final else "decide"),
    )  # fmt: skip


def _hidden(desk: Desk, sample: str) -> bool:
    """Whether what others say waits for the reviewer's own answer; then it is said so."""
    hidden = desk.hides(sample)
    if hidden:
        st.caption(evidence.HIDDEN)
    return hidden


@st.dialog("Keys", position="right")
def _help() -> None:
    st.markdown(
        """
| key | what it does |
|---|---|
| Q | keep the given label |
| W | accept the suggestion |
| the key beside a class | choose it (several classes per sample: switch it on or off) |
| Up, Down | pick a bar |
| Backspace | switch all classes off, where a sample may have several |
| Alt+1 to Alt+9 | how sure you are of the picked class, in tenths; of a single label that saves |
| Enter | save the target that stands on the bars |
| E, N, F | exclude, unsure, put up for discussion |
| Z, Shift+Z | undo, redo |
| S | similar samples |
| Y | history of the sample, and the way back |
| K or Left, J or Right | previous, next |
| H | this list; H, S and Y close what they opened |

Choosing saves and moves on. Click or drag a bar, type its number, or reach it with Tab and use the
arrow keys; then Enter saves. Keys do nothing while you type in a box.

**Status.** A sample is *kept*, *corrected*, *softened* (a target of your own), *excluded* from
training, *unsure*, *for discussion* if a reviewer put it up, or *disputed* if two people decided
differently; the last two wait in the queue *To settle*. Nothing counts as reviewed before a person
has decided.
"""
    )
    st.markdown(f"**Random controls.** {CONTROLS_WORDS}")
