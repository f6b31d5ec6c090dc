"""All that a reviewer can say about a card, in one component: verdict, target, note, where to go.

One element and not a dozen, because the browser needs most of the time between two cards for those
that change. The JavaScript and style stand beside this file and `editor.py`. Nothing is fetched
from anywhere, and data is drawn as plain text only. What the browser sends is checked here before
it means anything; it names its card and operation, so that what comes late, or twice, is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from labelviz.core.dataset import Dataset
from labelviz.core.decisions import Verdict
from labelviz.core.soft_targets import read_row
from labelviz.core.visible import visible
from labelviz.errors import TargetsRefused
from labelviz.reviewing import Answer
from labelviz.store.limits import LONGEST_ID, LONGEST_NOTE
from labelviz.ui.components.editor import Bars, sendable

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

KEY, HEARD = "answer", "heard from the answer"
FILES = ("editor", "answer")  # what the component is made of, in this order
# Verdicts that have a button.
VERDICTS: tuple[Verdict, ...] = ("keep", "accept", "exclude", "unsure", "flag")
WORDS = {
    "previous": "Previous",
    "next": "Next",
    "undo": "Undo",
    "redo": "Redo",
    "note": "Note: why? Saved with the decision.",
    "noteLabel": "Note",
    "tooFast": "Too fast: {keys} came before the next card and did nothing.",
    "unanswered": "The server does not answer: NOT saved. Press again.",
}


@dataclass(frozen=True)
class Offer:
    """A verdict on offer.

    Parameters
    ----------
    words, key : of its button.
    primary : whether it stands out.
    """

    verdict: Verdict
    words: str
    key: str
    primary: bool = False
    enabled: bool = True


@dataclass(frozen=True)
class Recent:
    """An earlier decision, to return to.

    Parameters
    ----------
    short : the sample's id, cut where it is long.
    status : in a word.
    """

    sample: str
    short: str
    status: str


@dataclass(frozen=True, eq=False)
class Sheet:
    """What a reviewer may say on one card.

    Parameters
    ----------
    sample : its id.
    operation : id of the decision that this card may lead to.
    texts : hash of the texts that the card shows.
    note : what stands in the note's box.
    undo, redo : whether there is something to take back, or back again.
    recent : earlier decisions, the latest first.
    """

    sample: str
    operation: str
    texts: str
    bars: Bars
    choices: tuple[Offer, ...] = ()
    note: str = ""
    undo: bool = False
    redo: bool = False
    recent: tuple[Recent, ...] = ()


@dataclass(frozen=True)
class Acts:
    """What follows what a reviewer said.

    Parameters
    ----------
    decide : a decision is to be saved.
    draft : what stands on the card is to be kept, undecided.
    move : one card forward (1) or back (-1) from the sample named.
    take_back : undo, or with True redo.
    revisit : to the card of the sample named.
    refuse : what the browser sent means nothing here.
    """

    decide: Callable[[Answer], None]
    draft: Callable[[Answer], None]
    move: Callable[[str, int], None]
    take_back: Callable[[bool], None]
    revisit: Callable[[str], None]
    refuse: Callable[[TargetsRefused], None]


def show(sheet: Sheet, dataset: Dataset, acts: Acts) -> None:
    """Show the sheet of one card, and call back what a reviewer does with it."""

    def read(event: str, act: Callable[[Answer], None]) -> None:
        sent = _sent(event)
        if sent is None:
            return
        try:
            answer = read_answer(sent, dataset, draft=event == "draft")
        except TargetsRefused as error:
            acts.refuse(error)
            return
        act(answer)

    def decided() -> None:
        read("decide", acts.decide)

    def drafted() -> None:
        read("draft", acts.draft)

    def moved() -> None:
        sent = _sent("move")
        if sent is not None and sent.get("step") in (-1, 1):
            acts.move(str(sent.get("sample")), int(sent["step"]))

    def taken_back() -> None:
        sent = _sent("take_back")
        if sent is not None:
            acts.take_back(sent.get("redo") is True)

    def revisited() -> None:
        sent = _sent("revisit")
        if sent is not None:
            acts.revisit(str(sent.get("sample")))

    _component()(
        key=KEY,
        data=sent_to_browser(sheet, dataset),
        on_decide_change=decided,
        on_draft_change=drafted,
        on_move_change=moved,
        on_take_back_change=taken_back,
        on_revisit_change=revisited,
    )


def sent_to_browser(sheet: Sheet, dataset: Dataset) -> dict[str, Any]:
    """What the browser is told, in JSON."""
    return {
        "sample": sheet.sample,
        "shown": visible(sheet.sample),
        "operation": sheet.operation,
        "texts": sheet.texts,
        "bars": sendable(sheet.bars, dataset),
        "choices": [
            {
                "verdict": each.verdict,
                "words": visible(each.words),
                "key": each.key,
                "primary": each.primary,
                "enabled": each.enabled,
            }
            for each in sheet.choices
        ],
        "heard": st.session_state.get(HEARD, ""),
        "note": sheet.note,
        "undo": sheet.undo,
        "redo": sheet.redo,
        "recent": [
            {"sample": each.sample, "short": visible(each.short), "status": each.status}
            for each in sheet.recent
        ],
        "words": WORDS,
    }


def read_answer(sent: object, dataset: Dataset, *, draft: bool = False) -> Answer:
    """What the browser sent, if it can be said of a sample of this dataset.

    Parameters
    ----------
    draft : whether it may decide nothing.

    Raises
    ------
    TargetsRefused : it cannot.
    """
    if not isinstance(sent, Mapping) or str(sent.get("sample")) not in dataset.rows:
        raise _refused("The page sent no decision on a sample of this dataset.")
    sample, operation, texts = str(sent["sample"]), sent.get("operation"), sent.get("texts")
    note, verdict = sent.get("note", ""), sent.get("verdict")
    chosen, row = sent.get("chosen"), sent.get("row")
    if not isinstance(operation, str) or not operation:
        raise _refused("The page sent a decision without its operation.", sample)
    if not isinstance(texts, str) or max(len(operation), len(texts)) > LONGEST_ID:
        raise _refused("The page sent a decision without the texts it is about.", sample)
    if not isinstance(note, str) or len(note) > LONGEST_NOTE:
        raise _refused(f"A note has at most {LONGEST_NOTE:,} characters.", sample)
    if verdict in VERDICTS:
        return Answer(sample, operation, texts, note, verdict=verdict)
    if isinstance(row, list):
        values = read_row(row, dataset.n_classes, multilabel=dataset.multilabel)
        return Answer(sample, operation, texts, note, row=values)
    if type(chosen) is int and 0 <= chosen < dataset.n_classes:
        return Answer(sample, operation, texts, note, chosen=chosen)
    if draft and verdict is None and chosen is None and row is None:
        return Answer(sample, operation, texts, note)
    raise _refused("The page sent no verdict and no class of this dataset.", sample)


def _refused(what: str, sample: str | None = None) -> TargetsRefused:
    return TargetsRefused(
        what,
        where="" if sample is None else f"sample {sample!r}",
        safe="Nothing was saved; earlier decisions are safe.",
        remedy="Reload the page.",
    )


def _sent(event: str) -> dict[str, Any] | None:
    """What an event of the browser says; its act is named back with the next card."""
    value = st.session_state[KEY].get(event)
    if not isinstance(value, dict):
        return None
    act = value.get("act")
    if isinstance(act, str) and len(act) <= LONGEST_ID:
        st.session_state[HEARD] = act
    return value


@cache
def _component() -> ComponentRenderer:
    """Registered on first use, for the whole process."""
    here = Path(__file__)
    scripts, styles = (
        "\n".join(here.with_name(f"{name}{kind}").read_text("utf-8") for name in FILES)
        for kind in (".js", ".css")
    )
    return st.components.v2.component("labelviz.answer", js=scripts, css=styles)
