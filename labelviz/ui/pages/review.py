"""Review: is this label right, and how sure am I?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import streamlit as st

from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import Dataset
from labelviz.core.decisions import Decision, Review, Status, Verdict, status_of
from labelviz.core.distributions import Probabilities, SampleRelation, with_share
from labelviz.core.queue import SHOWS, SORTS, Queue, neighbour, ordered_rows, shown
from labelviz.core.suspicion import Suspicion
from labelviz.errors import LabelvizError
from labelviz.ui import state
from labelviz.ui.components import bars, literal, message, notice, reasons, texts
from labelviz.workspace import Workspace

SHOW_WORDS = {
    "flagged": "Flagged, not reviewed",
    "all": "All samples",
    "unreviewed": "Not reviewed",
    "kept": "Kept",
    "corrected": "Corrected",
    "softened": "Softened",
    "excluded": "Excluded",
    "unsure": "Unsure",
    "disputed": "Disputed",
}
SORT_WORDS = {
    "worst": "Most suspicious first",
    "uncertain": "Most uncertain first",
    "random": "Random order",
    "file": "File order",
}
STATUS_WORDS: dict[Status, str] = {
    "unreviewed": "not reviewed",
    "kept": "kept",
    "corrected": "corrected",
    "softened": "softened",
    "excluded": "excluded",
    "unsure": "unsure",
    "disputed": "disputed",
}
MODEL_WORDS: dict[SampleRelation, str] = {
    "out-of-fold": "Model, not trained on this sample",
    "held-out": "Model, not trained on this dataset",
    "in-sample": "Model, trained on this very sample: it repeats what it was told",
    "unknown": "Model; whether it was trained on this sample is not known",
}
PRESETS = (("Sure", 0.95), ("Likely", 0.80), ("Lean", 0.65), ("Toss-up", 0.50))
MOST_SHARES = 8
RECENT = 10
SUM_ROUNDING = 0.005


@dataclass(frozen=True)
class Card:
    """One sample on the screen, with everything known about it."""

    workspace: Workspace
    queue: Queue
    dataset: Dataset
    probabilities: Probabilities | None
    suspicion: Suspicion | None
    review: Review
    rows: Integers
    row: int
    target: Floats

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
        if self.suspicion is None:
            return self.given
        return self.dataset.label_names(self.suspicion.suggested, self.row)


def render() -> None:
    """Draw the page."""
    workspace = notice.loaded_workspace()
    if workspace is None:
        return
    queue = Queue.from_query(st.query_params)
    if workspace.suspicion is None and queue.show == "flagged":
        queue = replace(queue, show="unreviewed")
    _filter_bar(workspace, queue)
    _card(workspace, queue)


# The queue


def _filter_bar(workspace: Workspace, queue: Queue) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="queue"):
        show = st.selectbox(
            "Queue",
            SHOWS,
            index=SHOWS.index(queue.show),
            format_func=SHOW_WORDS.__getitem__,
            width=230,
        )
        sort = st.selectbox(
            "Order",
            SORTS,
            index=SORTS.index(queue.sort),
            format_func=SORT_WORDS.__getitem__,
            width=230,
        )
        given = _class_filter("Given label", workspace.dataset.classes, queue.given)
        predicted = ""
        if workspace.current_probabilities:
            predicted = _class_filter("Predicted", workspace.dataset.classes, queue.predicted)
        narrowed = queue.slice or (queue.low, queue.high) != (0.0, 1.0)
        if narrowed and st.button("Clear the chart's filter", help=_narrowed_words(queue)):
            _change_queue(replace(queue, slice="", value="", low=0.0, high=1.0))
        st.space("stretch")
        st.toggle("Light differences", value=True, key="light", persist_state="session")
    chosen = replace(queue, show=show, sort=sort, given=given, predicted=predicted)
    if chosen != queue:
        _change_queue(chosen)


def _class_filter(words: str, classes: tuple[str, ...], chosen: str) -> str:
    options = ("", *classes)
    index = options.index(chosen) if chosen in options else 0
    return st.selectbox(
        words, options, index=index, width=170,
        format_func=lambda name: literal.label(name) if name else "Any",
    )  # fmt: skip


def _narrowed_words(queue: Queue) -> str:
    if queue.slice:
        return literal.label(f"{queue.slice}: {queue.value}")
    return f"Suspicion from {queue.low:.2f} to {queue.high:.2f}"


def _change_queue(queue: Queue) -> None:
    st.query_params.from_dict(state.place() | queue.to_query() | {"show": queue.show})
    st.rerun()


# The card


@st.fragment(key="card")
def _card(workspace: Workspace, queue: Queue) -> None:
    """A fragment runs again without the page around it, so it shows its errors itself."""
    try:
        _draw(workspace, queue)
    except LabelvizError as error:
        message.show(error)


def _draw(workspace: Workspace, queue: Queue) -> None:
    card = _current(workspace, queue)
    if isinstance(card, str):
        st.info(card)
        return
    _failure()
    _status(card)
    evidence, editor = st.columns([13, 10], gap="medium")
    with evidence:
        sample = tuple(text[card.row] for text in card.dataset.texts)
        texts.show(sample, light=st.session_state.light)
        _evidence(card)
    with editor:
        _choices(card)
        _soft_target(card)
        st.text_input("Note", key=_key("note", card), placeholder="Why? Saved with the decision.")
        _steps(card)
    _recent(card)


def _current(workspace: Workspace, queue: Queue) -> Card | str:
    """The card the URL names, else the first of the queue; or why there is none."""
    dataset, review = workspace.dataset, workspace.review
    probabilities = workspace.probabilities() if workspace.current_probabilities else None
    suspicion = workspace.suspicion
    rows = ordered_rows(queue, dataset, probabilities, suspicion)
    asked = st.query_params.get("sample")
    if asked is not None and asked not in dataset.rows:
        del st.query_params["sample"]
        return "The link names a sample that is not in this workspace."
    row = dataset.rows[asked] if asked is not None else None
    if row is None:
        row = neighbour(rows, shown(queue, dataset, review, suspicion), None, 1)
    if row is None:
        return _empty_words(queue)
    st.query_params["sample"] = dataset.ids[row]
    target = workspace.target_row(row)
    return Card(workspace, queue, dataset, probabilities, suspicion, review, rows, row, target)


def _empty_words(queue: Queue) -> str:
    if queue.show == "flagged":
        return "Every flagged sample in this queue is reviewed. Choose another queue above."
    return "No sample matches this queue. Choose another one above."


def _evidence(card: Card) -> None:
    facts = {"Given": _names(card.given)}
    confidence = card.dataset.confidence
    if confidence is not None and not np.isnan(confidence[card.row]):
        facts["Its stated confidence"] = f"{confidence[card.row]:.2f}"
    for name, labels in card.dataset.annotators.items():
        facts[name] = _names(card.dataset.label_names(labels, card.row))
    for name, values in card.dataset.slices.items():
        facts[name] = values[card.row]
    if card.suspicion is None:
        facts["Suspicion"] = "not checked: no flags yet"
    else:
        score = f"{card.suspicion.score[card.row]:.2f}"
        facts["Suspicion"] = f"{score}, flagged" if card.suspicion.flagged[card.row] else score
        facts["Suggested"] = _names(card.suggested)
    rows = "".join(
        f'<span class="lv-quiet">{literal.escaped(key)}</span><span>{literal.escaped(value)}</span>'
        for key, value in facts.items()
    )
    left, right = st.columns(2, gap="medium")
    with left:
        literal.block(f'<div class="lv-facts">{rows}</div>')
    with right:
        if card.probabilities is None:
            st.caption("The model has not been asked yet: no probabilities.")
        else:
            origin = card.probabilities.provenance
            st.caption(MODEL_WORDS[origin.relation])
            if origin.alarm is not None and origin.in_doubt:
                notice.quiet(origin.alarm.sentence)
            literal.block(bars.markup(card.dataset.classes, card.probabilities.values[card.row]))
            if card.suspicion is not None:
                reasons.show(card.suspicion, card.row)


def _names(names: tuple[str, ...]) -> str:
    return " | ".join(names) or "none"


# Choices


def _choices(card: Card) -> None:
    many = card.dataset.multilabel
    keep = "Keep the labels" if many else f"Keep “{_label(card.given)}”"
    accept = "Accept the suggestion" if many else f"Accept “{_label(card.suggested)}”"
    nothing_better = card.suggested == card.given
    with st.container(horizontal=True, gap="small"):
        _choice(card, keep, "keep", "Q", label=card.given, primary=True)
        _choice(
            card, accept, "accept", "W", label=card.suggested, primary=True, disabled=nothing_better
        )
        _choice(card, "Exclude", "exclude", "E")
        _choice(card, "Unsure", "unsure", "N")
        _choice(card, "Flag", "flag", "F", help_words="Ask somebody else to look.")
    first_digit = 0 if card.dataset.task == "binary" else 1
    with st.container(horizontal=True, gap="small"):
        for k, name in enumerate(card.dataset.classes[:9]):
            digit = str(first_digit + k)
            if card.dataset.multilabel:
                st.button(literal.label(name), key=f"class-{k}", shortcut=digit,
                          on_click=_toggle, args=(card, k))  # fmt: skip
            else:
                _choice(card, literal.label(name), "choose", digit, label=(name,))


def _choice(
    card: Card,
    words: str,
    verdict: Verdict,
    shortcut: str,
    *,
    label: tuple[str, ...] | None = None,
    primary: bool = False,
    disabled: bool = False,
    help_words: str | None = None,
) -> None:
    st.button(
        words,
        key=f"{verdict}-{shortcut}",
        shortcut=shortcut,
        type="primary" if primary else "secondary",
        disabled=disabled,
        help=help_words,
        on_click=_decide,
        args=(card, verdict, label),
    )


def _label(names: tuple[str, ...]) -> str:
    return literal.label(_names(names))


def _soft_target(card: Card) -> None:
    lead = 0 if card.dataset.multilabel else _certainty(card)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        shares = _share_inputs(card)
        st.button(
            "Save target", key="save-target", shortcut="Enter", on_click=_soften, args=(card,),
            disabled=sum(shares) == 0 and not card.dataset.multilabel,
        )  # fmt: skip
    if not card.dataset.multilabel and abs(sum(shares) - 1) > SUM_ROUNDING:
        st.caption(f"Your shares add to {sum(shares):.2f}. Saving scales them to 1.")
    with st.container(key="tenths"):
        for tenth in range(1, 0 if card.dataset.multilabel else 10):
            st.button(
                f"0.{tenth}", key=f"tenth-{tenth}", shortcut=f"Alt+{tenth}", on_click=_soften_to,
                args=(card, lead, tenth / 10),
            )  # fmt: skip


def _share_inputs(card: Card) -> list[float]:
    """One number per class, of many classes the likeliest; the rest of the row is kept as it is."""
    shares: list[float] = []
    for k in _shown_classes(card):
        key = _key(f"share-{k}", card)
        st.session_state.setdefault(key, round(float(np.nan_to_num(card.target[k])), 3))
        name = literal.label(card.dataset.classes[k])
        box = st.number_input(name, 0.0, 1.0, step=0.05, key=key, format="%.2f", width=128)
        shares.append(box)
    return shares


def _shown_classes(card: Card) -> list[int]:
    weight = np.nan_to_num(card.target) + (
        0 if card.probabilities is None else card.probabilities.values[card.row]
    )
    touched = {k for k in range(len(weight)) if _key(f"share-{k}", card) in st.session_state}
    return sorted(touched | {int(k) for k in np.argsort(-weight, kind="stable")[:MOST_SHARES]})


def _certainty(card: Card) -> int:
    """The class that leads. A press says how sure one is of it; the others give way alike."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        lead = st.segmented_control(
            "How sure of",
            _shown_classes(card),
            default=int(np.argmax(card.target)),
            required=True,
            format_func=lambda k: literal.label(card.dataset.classes[k]),
            key=_key("lead", card),
        )
        for words, share in PRESETS:
            st.button(
                f"{words} {share:.2f}", key=f"preset-{share}", on_click=_soften_to,
                args=(card, int(lead or 0), share),
            )  # fmt: skip
    st.caption("Alt+1 to Alt+9 say it in tenths.")
    return int(lead or 0)


# Saving: a callback commits first and touches nothing of the page until it is on disk


def _decide(card: Card, verdict: Verdict, label: tuple[str, ...] | None) -> None:
    _save(card, verdict, label=label)


def _soften_to(card: Card, k: int, share: float) -> None:
    row = with_share(card.target, k, share)
    _save(card, "soften", target=dict(zip(card.dataset.classes, row.tolist(), strict=True)))


def _soften(card: Card) -> None:
    row = np.nan_to_num(card.target.copy())
    for k in range(card.dataset.n_classes):
        row[k] = st.session_state.get(_key(f"share-{k}", card), row[k])
    if not card.dataset.multilabel:
        row = row / row.sum()
    _save(card, "soften", target=dict(zip(card.dataset.classes, row.tolist(), strict=True)))


def _toggle(card: Card, k: int) -> None:
    key = _key(f"share-{k}", card)
    st.session_state[key] = 0.0 if st.session_state.get(key, 0.0) >= 0.5 else 1.0


def _save(
    card: Card,
    verdict: Verdict,
    label: tuple[str, ...] | None = None,
    target: dict[str, float] | None = None,
) -> None:
    decision = Decision(
        operation=_operation(card.sample),
        sample=card.sample,
        sample_hash=card.dataset.sample_hash(card.row),
        verdict=verdict,
        reviewer=state.reviewer(),
        label=label,
        target=target,
        note=st.session_state.get(_key("note", card), ""),
    )
    try:
        card.workspace.decide(decision)
    except LabelvizError as error:
        st.session_state["failure"] = error
        return
    st.session_state.pop("operation", None)
    _forget_inputs(card.sample)
    visible = shown(card.queue, card.dataset, card.workspace.review, card.suspicion)
    _move_to(card, neighbour(card.rows, visible, card.row, 1))


def _operation(sample: str) -> str:
    """The id of the decision this card may lead to: a double click is one decision."""
    known = st.session_state.get("operation")
    if known is None or known[0] != sample:
        known = (sample, uuid.uuid4().hex)
        st.session_state["operation"] = known
    return str(known[1])


def _move_to(card: Card, row: int | None) -> None:
    if row is not None:
        st.query_params["sample"] = card.dataset.ids[row]
    else:
        st.session_state["at_end"] = True


def _step(card: Card, step: int) -> None:
    """To the next sample that waits, or back to the one before, reviewed or not."""
    review = card.review if step > 0 else Review()
    visible = shown(card.queue, card.dataset, review, card.suspicion)
    st.session_state.pop("operation", None)
    _move_to(card, neighbour(card.rows, visible, card.row, step))


def _take_back(card: Card, *, redo: bool) -> None:
    act = card.workspace.redo if redo else card.workspace.undo
    try:
        event = act(state.reviewer())
    except LabelvizError as error:
        st.session_state["failure"] = error
        return
    if event is not None:
        st.session_state.pop("operation", None)
        _forget_inputs(event.sample)
        if event.sample in card.dataset.rows:
            st.query_params["sample"] = event.sample


def _forget_inputs(sample: str) -> None:
    for key in [key for key in st.session_state if str(key).endswith(f"|{sample}")]:
        del st.session_state[key]


def _key(name: str, card: Card) -> str:
    return f"{name}|{card.sample}"


# Status, history, help


def _failure() -> None:
    failure = st.session_state.pop("failure", None)
    if failure is not None:
        message.show(failure)


def _status(card: Card) -> None:
    visible = shown(card.queue, card.dataset, card.review, card.suspicion)
    left = int(visible[card.rows].sum())
    status = card.review.status(card.dataset, card.row)
    parts = [f"<strong>{literal.escaped(card.sample)}</strong>", STATUS_WORDS[status]]
    for decision in card.review.decisions(card.sample):
        said = literal.escaped(f"{decision.reviewer}: {_decision_words(decision, card)}")
        parts.append(f"<span>{said}</span>")
    parts += ['<span style="flex:1"></span>', f"{left:,} left in this queue"]
    saved = card.review.last_event(state.reviewer())
    if saved is not None:
        at = datetime.fromisoformat(saved.decided_at).astimezone()
        parts.append(f"<strong>Saved at {at:%H:%M:%S}</strong> {literal.escaped(saved.sample)}")
    literal.block(f'<div class="lv-status" role="status">{" ".join(map(_part, parts))}</div>')
    if st.session_state.pop("at_end", False):
        st.info("That was the last sample of this queue.")


def _part(markup: str) -> str:
    return markup if markup.startswith("<span") else f"<span>{markup}</span>"


def _steps(card: Card) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button("Previous", key="previous", shortcut="K", on_click=_step, args=(card, -1))
        st.button("Next", key="next", shortcut="J", on_click=_step, args=(card, 1))
        st.button(
            "Undo", key="undo", shortcut="Z", on_click=_take_back, args=(card,),
            kwargs={"redo": False}, disabled=not card.review.undoable(state.reviewer()),
        )  # fmt: skip
        st.button(
            "Redo", key="redo", shortcut="Shift+Z", on_click=_take_back, args=(card,),
            kwargs={"redo": True}, disabled=not card.review.redoable(state.reviewer()),
        )  # fmt: skip
        if st.button("Help", key="help", shortcut="H"):
            _help()
    with st.container(key="arrows"):
        st.button("Back", key="left", shortcut="Left", on_click=_step, args=(card, -1))
        st.button("On", key="right", shortcut="Right", on_click=_step, args=(card, 1))


def _decision_words(decision: Decision, card: Card) -> str:
    if decision.target is not None:
        top = sorted(decision.target.items(), key=lambda item: -item[1])[:3]
        return ", ".join(f"{name} {share:.2f}" for name, share in top)
    words = STATUS_WORDS[status_of(decision, card.given)]
    return f"{words}: {_names(decision.label)}" if decision.label is not None else words


def _recent(card: Card) -> None:
    recent = card.review.recent(state.reviewer(), RECENT)
    if not recent:
        return
    words = {d.sample: f"{d.sample}  {STATUS_WORDS[status_of(d, _given(card, d))]}" for d in recent}
    st.segmented_control(
        "Your latest decisions, newest first",
        list(words),
        format_func=lambda sample: literal.label(words[sample]),
        key="recent",
        on_change=_revisit,
    )


def _given(card: Card, decision: Decision) -> tuple[str, ...]:
    row = card.dataset.rows.get(decision.sample)
    return () if row is None else card.dataset.label_names(card.dataset.given, row)


def _revisit() -> None:
    sample = st.session_state.get("recent")
    if sample:
        st.session_state.pop("operation", None)
        st.query_params["sample"] = sample
        st.session_state["recent"] = None


@st.dialog("Keys", position="right")
def _help() -> None:
    st.markdown(
        """
| key | what it does |
|---|---|
| Q | keep the given label |
| W | accept the suggestion |
| 0 and 1, or 1 to 9 | choose a class (several classes per sample: switch it on or off) |
| Alt+1 to Alt+9 | set how sure you are of the leading class, in tenths |
| Enter | save the target that stands in the boxes |
| E, N, F | exclude, unsure, flag for somebody else |
| Z, Shift+Z | undo, redo |
| K or Left, J or Right | previous, next |

Choosing saves and moves on. Keys do nothing while you type in a box.
"""
    )
