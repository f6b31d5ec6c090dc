"""How many labels are wrong: what random samples say, or the button that has them reviewed."""

from __future__ import annotations

import streamlit as st

from labelviz.core.draws import FEWEST_DRAWN, Counted
from labelviz.core.queue import Queue
from labelviz.ui import state
from labelviz.ui.components import notice
from labelviz.ui.components.numbers import Number

# The samples that are drawn next, the same for everybody.
RANDOM = Queue(show="unreviewed", sort="random")
NOT_MEASURED = "Not measured yet"
WHY = (
    "Flags say where to look, and not how many labels are wrong: a model misses errors that it "
    "learned, and doubts what it could not learn. Samples drawn at random tell."
)


def number(counted: Counted, *, measured: bool) -> Number:
    """How many labels are wrong, as a figure."""
    if not measured:
        return Number("Wrong labels", NOT_MEASURED, drawn_in_words(counted))
    return Number("Wrong labels", range_in_words(counted.low, counted.high), rests_on(counted))


def offer(counted: Counted) -> None:
    """Say that nothing is measured yet, with the button that starts measuring."""
    with notice.missing(f"How many labels are wrong is not measured yet. {WHY}", "random"):
        left = FEWEST_DRAWN - counted.drawn
        words = "Review 1 random sample" if left == 1 else f"Review {left} random samples"
        if st.button(words):
            state.go("review", RANDOM)


def drawn_in_words(counted: Counted) -> str:
    """What few random samples said, as a count."""
    if not counted.drawn:
        return f"0 of {FEWEST_DRAWN} random samples reviewed"
    return (
        f"{counted.drawn} of {FEWEST_DRAWN} random samples reviewed, {counted.wrong} of them wrong"
    )


def rests_on(counted: Counted) -> str:
    """The same as shares, and what the bounds rest on."""
    low, high = counted.shares
    return (
        f"{low:.1%} to {high:.1%} of all, with 95% confidence: {counted.wrong:,} of "
        f"{counted.drawn:,} random samples were wrong, {counted.known:,} wrong ones are known"
    )


def range_in_words(low: int, high: int) -> str:
    """Two bounds; one number where they are the same."""
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
