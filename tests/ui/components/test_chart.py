from __future__ import annotations

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from labelviz.charts.doors import door
from labelviz.core.queue import Queue
from labelviz.ui.components.chart import followed


@pytest.mark.parametrize(
    "event", [None, {}, {"selection": {"points": []}}, {"selection": {"points": [{"x": 1}]}}]
)
def test_no_mark_is_no_queue(event):
    assert followed(event) is None


def test_a_mark_is_its_queue():
    event = {"selection": {"points": [{"customdata": door(Queue(given="a"))}]}}
    assert followed(event) == Queue(given="a")


def charted() -> None:
    import plotly.graph_objects as go
    import streamlit as st

    from labelviz.ui.components import chart

    if chart.show_doors("<b>finding</b>", go.Figure(), "it"):
        st.text("followed")


def test_a_click_is_followed_once(monkeypatch):
    keys = []
    clicks = {"it 0": {"selection": {"points": [{"customdata": door(Queue(given="a"))}]}}}

    def plotly_chart(_figure, **settings):
        keys.append(settings["key"])
        return clicks.get(settings["key"])

    monkeypatch.setattr(st, "plotly_chart", plotly_chart)
    page = AppTest.from_function(charted).run()
    assert [text.value for text in page.text] == ["followed"]
    page.run()
    assert keys == ["it 0", "it 1"]
    assert not page.text


def test_the_finding_is_literal():
    page = AppTest.from_function(charted).run()
    assert "&lt;b&gt;finding&lt;/b&gt;" in page.html[0].value
