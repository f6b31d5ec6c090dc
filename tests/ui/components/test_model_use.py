from __future__ import annotations

from streamlit.testing.v1 import AppTest

from labelviz.core.settings import PRECISIONS
from labelviz.ui.components.model_use import WORDS


def drawn() -> None:
    import streamlit as st

    from labelviz.ui.components import model_use

    st.text(model_use.options())


def test_every_precision_has_words():
    assert list(WORDS) == list(PRECISIONS)


def test_what_is_left_as_it_is_is_no_option():
    page = AppTest.from_function(drawn).run()
    assert page.text[0].value == "[]"


def test_what_is_chosen_is_an_option_of_the_command_line():
    page = AppTest.from_function(drawn).run()
    page.selectbox[0].set_value("bfloat16")
    page.number_input[0].set_value(64).run()
    assert page.text[0].value == "['--precision=bfloat16', '--max-tokens=64']"
