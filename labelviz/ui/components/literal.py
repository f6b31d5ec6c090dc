"""Text from data is literal text: nothing in it works as HTML, Markdown, LaTeX or directive.

One function for each surface: `escaped` for markup of our own, `options` for what is chosen from,
`table` for a table, `lines` for a box of code. None of it goes into a label: Streamlit draws
`:material/home:` in one as an icon, whatever stands before its marks.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st

from labelviz.core.visible import one_line, visible

Thing = TypeVar("Thing")
LONGEST = 20_000
LONGEST_CELL = 500
LONGEST_OPTION = 80


def escaped(text: str) -> str:
    """The text as HTML that shows exactly its characters; invisible ones become marks."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]} … ({len(text):,} characters)"
    return html.escape(visible(cut))


def block(markup: str) -> None:
    """Show markup of our own in which every piece of data went through `escaped`."""
    st.html(markup)


def plain(text: str) -> None:
    """Show a text as it is."""
    block(f"<div>{escaped(text)}</div>")


def lines(text: str) -> str:
    """The text for a box of code."""
    return visible(text if len(text) <= LONGEST else f"{text[:LONGEST]} …")


def options(things: Iterable[Thing], words: Callable[[Thing], str] = str) -> dict[Thing, str]:
    """How each of these is shown in a list to choose from: on one line, short, and unlike.

    Parameters
    ----------
    things : each of them once.
    words : what stands for one, itself unless it is said.
    """
    shown: dict[Thing, str] = {}
    used: set[str] = set()
    for thing in things:
        first = said = _short(words(thing), LONGEST_OPTION)
        count = 2
        while said in used:
            said, count = f"{first} ({count})", count + 1
        used.add(said)
        shown[thing] = said
    return shown


def table(columns: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """Columns by name for a table: every text on one line and short, names unlike each other."""
    names = options(columns)
    return {
        names[name]: [_short(c, LONGEST_CELL) if isinstance(c, str) else c for c in cells]
        for name, cells in columns.items()
    }


def _short(text: str, longest: int) -> str:
    """A text on one line; of a longer one the beginning and the end."""
    if len(text) <= longest and len(said := one_line(text)) <= longest:
        return said
    end = longest // 4
    return f"{one_line(text[:longest])[: longest - end - 3]} … {one_line(text[-longest:])[-end:]}"
