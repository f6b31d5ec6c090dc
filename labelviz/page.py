"""The page of one visitor: which workspace, which question, and where errors become messages.

Streamlit runs it from top to bottom at every visit and click.
"""

from __future__ import annotations

from functools import partial

import streamlit as st

from labelviz.ui import entrance, state
from labelviz.ui.components import header, literal, message, style, tour
from labelviz.ui.pages import data, overview, retrain, review, targets


def start() -> None:
    """Lead to the first page that has something to show."""
    tour.begin_for_newcomers()
    state.go("overview" if state.workspace_names() else "data")


st.set_page_config(page_title="labelviz", layout="wide")
pages = {
    "data": st.Page(data.render, title="Data", url_path="data"),
    "overview": st.Page(overview.render, title="Overview", url_path="overview"),
    "review": st.Page(review.render, title="Review", url_path="review"),
    "targets": st.Page(targets.render, title="Targets", url_path="targets"),
    "retrain": st.Page(retrain.render, title="Retrain", url_path="retrain"),
}
state.remember_pages(pages)
state.keep_reviewer()
literal.block(style.STYLE)
hidden = st.Page(start, title="labelviz", default=True, visibility="hidden")
comes_in = entrance.comes_in()
page = st.navigation([hidden, *pages.values()], position="top" if comes_in else "hidden")
if not comes_in:
    st.stop()
for draw in (header.show, partial(tour.show, page.url_path), page.run):
    message.shows_errors(draw)()
