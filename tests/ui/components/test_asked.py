from __future__ import annotations

from streamlit.testing.v1 import AppTest


def drawn() -> None:
    import streamlit as st

    from labelviz.core.asked import entry
    from labelviz.core.settings import FINE_TUNING, FoldTraining, TrainSettings
    from labelviz.ui.components import asked

    values = [
        asked.number("Rate", entry(FINE_TUNING, "learning_rate"), step=1e-5, format="%.1e"),
        asked.number("Share", entry(TrainSettings, "frozen")),
        asked.number("Seed", entry(TrainSettings, "seed"), st.sidebar),
        asked.choice("Precision", entry(TrainSettings, "precision"), dict.fromkeys(
            ("auto", "float32", "bfloat16"), "a word")),
        asked.yes("Keep", entry(FoldTraining, "keep_models")),
    ]  # fmt: skip
    st.text(values)


def test_a_widget_has_the_default_the_range_and_the_help_of_its_field():
    page = AppTest.from_function(drawn).run()
    rate, share, seed = page.number_input[0], page.number_input[1], page.sidebar.number_input[0]
    assert (rate.value, rate.min) == (5e-5, 0)
    assert (share.value, share.min, share.max) == (0.0, 0, 1)
    assert (seed.value, seed.min, seed.max) == (0, 0, 2**32 - 1)
    assert rate.help == "The highest, reached after the warm-up."
    assert page.selectbox[0].options == ["a word"] * 3
    assert page.text[0].value == "[5e-05, 0.0, 0, 'auto', False]"
