"""The queue as a table: one page of it, to sort, to choose from, and to open a card from.

One element, drawn as a plain table that a screen reader knows. The JavaScript and style stand
beside this file. Data is drawn as plain text only, and what the browser sends is checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from labelviz.core.queue import Queue, Sort
from labelviz.core.visible import one_line, visible
from labelviz.reviewing import Desk
from labelviz.reviewing.listing import QueuePage, predicted
from labelviz.ui.components import history

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

KEY = "table of samples"
LONGEST = 400  # characters of a text that are sent; its cell shows three lines
WORDS = {
    "caption": "Samples of this queue",
    "all": "Choose all samples on this page",
    "one": "Choose {sample}",
    "none": "Choose samples to decide on several at once. Click one to open its card.",
    "decide": "Decide on {count}…",
    "clear": "Clear the choice",
}


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Parameters
    ----------
    words : its head.
    sort : the order of the queue that a press on its head asks for; None for none.
    kind : how its cells look.
    """

    words: str
    cells: Callable[[Desk, int], str]
    sort: Sort | None = None
    kind: str = "label"


@dataclass(frozen=True)
class Pressed:
    """What follows a press.

    Parameters
    ----------
    open : the card of the sample named.
    sort : the queue in another order.
    decide : on the samples named, on this page.
    """

    open: Callable[[str], None]
    sort: Callable[[Sort], None]
    decide: Callable[[tuple[str, ...]], None]


def show(desk: Desk, listing: QueuePage, pressed: Pressed) -> None:
    """Show a page of a queue, and call back what is pressed on it."""
    columns = columns_of(desk)
    shown = {str(desk.dataset.ids[row]) for row in listing.rows}

    def opened() -> None:
        sent = _sent("open")
        if isinstance(sent, str) and sent in shown:
            pressed.open(sent)

    def sorted_() -> None:
        sent = _sent("sort")
        wanted = [each.sort for each in columns if each.sort is not None and each.sort == sent]
        if wanted:
            pressed.sort(wanted[0])

    def decided() -> None:
        sent = _sent("decide")
        chosen = sent if isinstance(sent, list) else []
        if known := tuple(each for each in chosen if isinstance(each, str) and each in shown):
            pressed.decide(known)

    _component()(
        key=KEY,
        data=sendable(desk, listing, columns),
        on_open_change=opened,
        on_sort_change=sorted_,
        on_decide_change=decided,
    )


def columns_of(desk: Desk) -> tuple[Column, ...]:
    """The columns; where a reviewer answers first, without the evidence and what others said."""
    dataset = desk.dataset
    names = ("Text",) if len(dataset.texts) == 1 else ("Text A", "Text B")
    texts = tuple(
        Column(name, _text(side), "length" if not side else None, "text")
        for side, name in enumerate(names)
    )
    first = (Column("Sample", lambda desk, row: str(desk.dataset.ids[row]), "file", "id"), *texts)
    if desk.sitting.blind:
        return first
    found = [Column("Given", _given, "given")]
    if desk.probabilities is not None:
        found.append(Column("Predicted", _predicted, "predicted"))
    if desk.suspicion is not None:
        found.append(Column("Suggested", _suggested))
        found.append(Column("Suspicion", _suspicion, "worst", "number"))
    status = Column("Status", lambda desk, row: history.status_of_all(desk.review, row))
    return *first, *found, status


def sendable(desk: Desk, listing: QueuePage, columns: Iterable[Column]) -> dict[str, Any]:
    """What the browser is told, in JSON."""
    return {
        "columns": [
            {
                "words": each.words, "sort": each.sort, "kind": each.kind,
                "order": _order(desk.queue, each.sort),
            }
            for each in columns
        ],
        "rows": [
            {
                "sample": str(desk.dataset.ids[row]),
                "cells": [_shown(each, each.cells(desk, row)) for each in columns],
            }
            for row in listing.rows.tolist()
        ],
        "words": WORDS,
    }  # fmt: skip


def _shown(column: Column, text: str) -> str:
    """A cell as it is drawn; a text's own lines run on."""
    return visible(text) if column.kind == "text" else one_line(text)


def _order(queue: Queue, sort: Sort | None) -> str:
    """How a column is sorted, in the words of `aria-sort`; empty where by another."""
    if sort is None or queue.sort != sort:
        return ""
    falls = sort in ("worst", "length")
    return "descending" if falls != queue.reverse else "ascending"


def _text(side: int) -> Callable[[Desk, int], str]:
    def cell(desk: Desk, row: int) -> str:
        text = str(desk.dataset.texts[side][row])
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"

    return cell


def _given(desk: Desk, row: int) -> str:
    return history.names(desk.dataset.label_names(desk.dataset.given, row))


def _predicted(desk: Desk, row: int) -> str:
    names, share = predicted(desk, row)
    return history.names(names) if share is None else f"{history.names(names)} {share:.2f}"


def _suggested(desk: Desk, row: int) -> str:
    if desk.suspicion is None:
        return ""
    better = desk.dataset.label_names(desk.suspicion.suggested, row)
    given = desk.dataset.label_names(desk.dataset.given, row)
    return "" if better == given else history.names(better)


def _suspicion(desk: Desk, row: int) -> str:
    return "" if desk.suspicion is None else f"{desk.suspicion.score[row]:.2f}"


def _sent(event: str) -> object:
    """What an event of the browser says."""
    value: object = st.session_state[KEY].get(event)
    return value.get("what") if isinstance(value, Mapping) else None


@cache
def _component() -> ComponentRenderer:
    """Registered on first use, for the whole process."""
    script, style = (
        Path(__file__).with_suffix(kind).read_text("utf-8") for kind in (".js", ".css")
    )
    return st.components.v2.component("labelviz.table", js=script, css=style)
