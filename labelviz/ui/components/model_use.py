"""How a model is used: its precision, and where samples are cut."""

from __future__ import annotations

import streamlit as st

from labelviz.core.asked import entry
from labelviz.core.settings import ModelUse, PrecisionChoice
from labelviz.ui.components import asked

WORDS = {
    "auto": "bfloat16 where it is fast and the model says the same",
    "float32": "float32",
    "bfloat16": "bfloat16, whatever it changes",
}


def choose() -> ModelUse:
    """Ask for both."""
    left, right = st.columns(2)
    with left:
        chosen = precision()
    longest = asked.number(
        "Longest sample, in tokens", entry(ModelUse, "max_tokens"), right, step=32,
        placeholder="as in its training",
    )  # fmt: skip
    return ModelUse(chosen, longest)


def precision() -> PrecisionChoice:
    """Ask for the precision alone."""
    chosen: PrecisionChoice = asked.choice("Precision", entry(ModelUse, "precision"), WORDS)
    return chosen
