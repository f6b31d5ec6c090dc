"""The table in place of the card: its pages, and what is decided on samples chosen in it."""

from __future__ import annotations

import streamlit as st

from labelviz.core.queue import Sort
from labelviz.reviewing import Desk
from labelviz.reviewing.listing import QueuePage, page_at, sorted_by
from labelviz.ui import sitting, state
from labelviz.ui.components import bulk, literal, message, queue_bar, table
from labelviz.ui.components.queue_bar import TABLE

CHOSEN = "chosen in the table"
NOTHING = "No sample waits in this queue. Choose another one above."


def show(desk: Desk) -> None:
    """Draw the page that the URL names, and open the drawer where samples were chosen."""
    failure = sitting.failure()
    if failure is not None:
        message.show(failure)
    listing = page_at(desk, _page())
    state.put_in_url(TABLE, str(listing.page))
    _pages(desk, listing)
    if not len(listing.waiting):
        st.info(NOTHING)
        return
    pressed = table.Pressed(
        open=lambda sample: _open(desk, sample),
        sort=lambda sort: _sort(desk, sort),
        decide=_choose,
    )
    table.show(desk, listing, pressed)
    chosen = st.session_state.pop(CHOSEN, ())
    if chosen:
        _decide(desk, chosen)


def _page() -> int:
    """The page that the URL names; what it says wrongly is the first."""
    said = st.query_params.get(TABLE, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 1


def _pages(desk: Desk, listing: QueuePage) -> None:
    """Which samples these are of how many, and the way to the others."""
    count, last = len(listing.waiting), listing.first + len(listing.rows)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="pages"):
        if count:
            st.text(f"{listing.first + 1:,} to {last:,} of {count:,}", width="content")
        if listing.pages > 1:
            back, onwards = listing.page > 1, listing.page < listing.pages
            _turn("Previous page", listing.page - 1, enabled=back)
            _turn("Next page", listing.page + 1, enabled=onwards)
        done = st.session_state.pop(bulk.DONE, None)
        if done:
            literal.block(f'<strong role="status">{literal.escaped(done)}</strong>')
        st.space("stretch")
        if desk.undoable is not None:
            undone = {"redo": False}
            st.button("Undo", shortcut="Z", on_click=sitting.take_back, args=(desk,), kwargs=undone)


def _turn(words: str, page: int, *, enabled: bool) -> None:
    st.button(words, key=words, disabled=not enabled, on_click=_go, args=(page,))


def _go(page: int) -> None:
    st.query_params[TABLE] = str(page)


def _open(desk: Desk, sample: str) -> None:
    st.query_params.pop(TABLE, None)
    sitting.show(desk, sample)


def _sort(desk: Desk, sort: Sort) -> None:
    queue_bar.lead(sorted_by(desk.queue, sort))


def _choose(samples: tuple[str, ...]) -> None:
    st.session_state[CHOSEN] = samples


@st.dialog("Decide on several", position="right")
def _decide(desk: Desk, samples: tuple[str, ...]) -> None:
    bulk.show(desk.again(), samples)
