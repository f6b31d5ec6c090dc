"""How a model is used: its precision, where samples are cut, and where it is computed."""

from __future__ import annotations

import os

import streamlit as st

from labelviz.core.asked import entry
from labelviz.core.settings import ModelUse, PrecisionChoice
from labelviz.ui.components import asked

WORDS = {
    "auto": "bfloat16 where it is fast and the model says the same",
    "float32": "float32",
    "bfloat16": "bfloat16, whatever it changes",
}


# The address of the Ray cluster that visitors may use, as whoever runs labelviz says.
CLUSTER = "LABELVIZ_CLUSTER"
HERE, THERE = "On this machine", "On the Ray cluster"


def choose() -> ModelUse:
    """Ask for all; for the place only where there is another one."""
    left, right = st.columns(2)
    with left:
        chosen = precision()
    longest = asked.number(
        "Longest sample, in tokens", entry(ModelUse, "max_tokens"), right, step=32,
        placeholder="as in its training",
    )  # fmt: skip
    return ModelUse(chosen, longest, place())


def place() -> str:
    """Ask where it is computed, where there is another place: a cluster's address, or empty."""
    cluster = os.environ.get(CLUSTER, "")
    there = cluster and st.radio("Computed", [HERE, THERE], horizontal=True) == THERE
    return cluster if there else ""


def precision() -> PrecisionChoice:
    """Ask for the precision alone."""
    chosen: PrecisionChoice = asked.choice("Precision", entry(ModelUse, "precision"), WORDS)
    return chosen
