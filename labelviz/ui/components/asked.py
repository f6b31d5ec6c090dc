"""Widgets for the fields of a request, whose default, range and help are the field's own."""

from __future__ import annotations

from typing import Any, get_args

import streamlit as st

from labelviz.core.asked import Entry


def number(label: str, field: Entry, place: Any = st, **looks: Any) -> Any:
    """A number within the field's range.

    Parameters
    ----------
    place : the column that it stands in.
    looks : step, format, key and placeholder; and the value where it is not the default.
    """
    about = field.about
    kind = int if int in (field.kind, *get_args(field.kind)) else float
    low = about.gt if about.ge is None else about.ge
    high = about.lt if about.le is None else about.le
    if kind is int and about.lt is not None and high is not None:
        high -= 1
    return place.number_input(
        label,
        min_value=None if low is None else kind(low),
        max_value=None if high is None else kind(high),
        help=about.help,
        **{"value": field.default, **looks},
    )


def choice(label: str, field: Entry, words: dict[str, str], place: Any = st) -> Any:
    """One of the field's choices, each in the words for it."""
    options = list(field.about.choices)
    return place.selectbox(
        label,
        options,
        index=options.index(field.default),
        format_func=lambda each: words[each],
        help=field.about.help,
    )


def yes(label: str, field: Entry) -> bool:
    """A box to tick."""
    return st.checkbox(label, value=bool(field.default), help=field.about.help or None)
