"""How a model is used: its precision, and where samples are cut."""

from __future__ import annotations

import streamlit as st

from labelviz.core.settings import PRECISIONS, ModelUse

WORDS = {
    "auto": "bfloat16 where it is fast and the model says the same",
    "float32": "float32",
    "bfloat16": "bfloat16, whatever it changes",
}
HELP = (
    "Of matrix products. bfloat16 is several times faster on hardware that multiplies it, and slow "
    "on other. What was computed in, and why, is noted beside the result."
)


def options() -> list[str]:
    """Ask for both; options of the command line for what is not left as it is."""
    left, right = st.columns(2)
    with left:
        chosen = precision()
    longest = right.number_input(
        "Longest sample, in tokens",
        min_value=8,
        value=ModelUse().max_tokens,
        step=32,
        placeholder="as in its training",
        help="Longer samples are cut. Where nothing is given: as the model was trained, or at its "
        "own limit.",
    )
    return [*chosen, *([f"--max-tokens={longest}"] if longest is not None else [])]


def precision() -> list[str]:
    """Ask for the precision alone; an option of the command line for what is not left as it is."""
    chosen = st.selectbox("Precision", PRECISIONS, format_func=lambda each: WORDS[each], help=HELP)
    return [] if chosen == ModelUse().precision else [f"--precision={chosen}"]
