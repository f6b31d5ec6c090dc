"""Similar samples: the nearest with the same label and with another, and what became of them."""

from __future__ import annotations

import streamlit as st

from labelviz.reviewing import Desk
from labelviz.ui import sitting
from labelviz.ui.components import history, literal

EACH = 3
LONGEST = 300
SAME, OTHER = "With the same label", "With another label"
NONE_KEPT = (
    "Not known: nothing was flagged with embeddings yet. A large dataset needs an encoder for it."
)
NOBODY = "None is similar."


def show(desk: Desk, row: int) -> None:
    """Show the samples most similar to one, each with a way to its card."""
    found = desk.workspace.findings.embeddings.similar(row, EACH)
    if found is None:
        st.caption(NONE_KEPT)
        return
    for words, rows in ((SAME, found.same), (OTHER, found.other)):
        literal.block(f"<strong>{words}</strong>")
        if not rows:
            st.caption(NOBODY)
        for each, likeness in rows:
            literal.block(_sample(desk, each, likeness))
            name = str(desk.dataset.ids[each])
            st.button(
                "Open",
                key=f"open {each}",
                type="tertiary",
                on_click=sitting.show,
                args=(desk, name),
            )


def _sample(desk: Desk, row: int, likeness: float) -> str:
    dataset = desk.dataset
    name = str(dataset.ids[row])
    given = dataset.label_names(dataset.given, row)
    said = [
        f"{each.reviewer}: {history.words(each, given)}" for each in desk.review.decisions(name)
    ]
    facts = [name, f"{likeness:.2f} alike", history.names(given), *(said or ["not reviewed"])]
    texts = "".join(
        f'<div class="lv-text" dir="auto">{literal.escaped(side[row][:LONGEST])}</div>'
        for side in dataset.texts
    )
    return f'<div class="lv-quiet">{literal.escaped(" · ".join(facts))}</div>{texts}'
