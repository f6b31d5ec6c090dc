from __future__ import annotations

from streamlit.testing.v1 import AppTest

from labelviz.core.settings import PRECISIONS, ModelUse
from labelviz.ui.components.model_use import CLUSTER, THERE, WORDS


def drawn() -> None:
    import streamlit as st

    from labelviz.ui.components import model_use

    st.text(model_use.choose())


def test_every_precision_has_words():
    assert list(WORDS) == list(PRECISIONS)


def test_what_is_left_as_it_is_is_the_default():
    page = AppTest.from_function(drawn).run()
    assert page.text[0].value == str(ModelUse())


def test_what_is_chosen_is_asked_for():
    page = AppTest.from_function(drawn).run()
    page.selectbox[0].set_value("bfloat16")
    page.number_input[0].set_value(64).run()
    assert page.text[0].value == str(ModelUse("bfloat16", 64))


def test_a_cluster_is_offered_where_whoever_runs_labelviz_has_one(monkeypatch):
    assert not AppTest.from_function(drawn).run().radio
    monkeypatch.setenv(CLUSTER, "head:6379")
    page = AppTest.from_function(drawn).run()
    assert page.text[0].value == str(ModelUse())
    page.radio[0].set_value(THERE).run()
    assert page.text[0].value == str(ModelUse(on="head:6379"))
