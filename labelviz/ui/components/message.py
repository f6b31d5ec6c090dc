"""An error as a person sees it: what happened, where, what is safe, what to do next."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from labelviz.core.log import happened
from labelviz.errors import LabelvizError
from labelviz.ui.components import literal

P = ParamSpec("P")


def shows_errors(draw: Callable[P, None]) -> Callable[P, None]:
    """Show the errors of a part of the page in its place.

    Every fragment needs it, below `st.fragment`: Streamlit catches what a fragment raises, says
    that an error was redacted, and draws nothing further.
    """

    @wraps(draw)
    def drawn(*args: P.args, **more: P.kwargs) -> None:
        try:
            draw(*args, **more)
        except LabelvizError as error:
            show(error)

    return drawn


def show(error: LabelvizError) -> None:
    """Show an error in the page."""
    happened("error shown", kind=type(error).__name__)
    with st.container(border=True):
        what = literal.escaped(error.what)
        literal.block(f'<strong class="lv-error" role="alert">{what}</strong>')
        if error.where:
            literal.block(f"<small>{literal.escaped(error.where)}</small>")
        for part in (error.safe, error.remedy):
            if part:
                literal.plain(part)
