"""Text from data is literal text: nothing in it works as HTML, Markdown, LaTeX or directive."""

from __future__ import annotations

import html
import re

import streamlit as st

from labelviz.core.visible import visible

LONGEST = 20_000


def escaped(text: str) -> str:
    """The text as HTML that shows exactly its characters; invisible ones become marks."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]} … ({len(text):,} characters)"
    return html.escape(visible(cut))


def label(text: str) -> str:
    """The text for a widget label, which Streamlit reads as Markdown."""
    line = visible(text).replace("\n", " ")
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~$:<>&@])", r"\\\1", line)


def block(markup: str) -> None:
    """Show markup of our own in which every piece of data went through `escaped`."""
    st.html(markup)
