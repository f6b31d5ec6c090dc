"""An error as a person sees it: what happened, where, what is safe, what to do next."""

from __future__ import annotations

import streamlit as st

from labelviz.errors import LabelvizError
from labelviz.ui.components import literal


def show(error: LabelvizError) -> None:
    """Show an error in the page."""
    with st.container(border=True):
        what = literal.escaped(error.what)
        literal.block(f'<strong class="lv-error" role="alert">{what}</strong>')
        if error.where:
            literal.block(f"<small>{literal.escaped(error.where)}</small>")
        for part in (error.safe, error.remedy):
            if part:
                literal.plain(part)
