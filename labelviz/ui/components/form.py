"""A form whose fields keep what was typed, whatever goes wrong in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from labelviz.core.asked import entries
from labelviz.ui.components import literal

KEPT: Final = "session"  # how long a field keeps its value while it is not on the screen


def _shown(options: list[str], looks: dict[str, Any]) -> dict[str, Any]:
    """How a list to choose from looks: its texts are data, and so is what somebody adds to them."""
    words = looks.get("format_func", str)
    shown = literal.options(options, words)
    return {**looks, "format_func": lambda each: shown.get(each, each)}


@dataclass(frozen=True)
class Form:
    """The fields of one form, by the form's name; each is a widget's state.

    A field gets its first value here and not from its widget, so that a button may change it.

    Parameters
    ----------
    asks : the kind of value whose fields they are; what help it has for one stands beside it.
    """

    name: str
    asks: type | None = None

    def key(self, field: str) -> str:
        """The key of a field's widget."""
        return f"{field} of {self.name}"

    def start(self, **values: Any) -> None:
        """Give fields that have no value yet their first one."""
        for field, value in values.items():
            st.session_state.setdefault(self.key(field), value)

    def put(self, **values: Any) -> None:
        """Change fields; in a callback, or before their widgets are drawn."""
        for field, value in values.items():
            st.session_state[self.key(field)] = value

    def value(self, field: str) -> Any:
        """What a field holds; None if it has no value yet."""
        return st.session_state.get(self.key(field))

    def select(self, field: str, label: str, options: list[str], **looks: Any) -> str:
        """One of several texts; a value that is none of them any more gives way to the first."""
        if self.value(field) not in options and not looks.get("accept_new_options"):
            self.put(**{field: options[0]})
        chosen = st.selectbox(label, options, **self._kept(field, _shown(options, looks)))
        return str(chosen or "")

    def several(self, field: str, label: str, options: list[str], **looks: Any) -> tuple[str, ...]:
        """Any number of several texts, in the order they were chosen."""
        if not looks.get("accept_new_options"):
            self.put(**{field: [each for each in self.value(field) or () if each in options]})
        chosen = st.multiselect(label, options, **self._kept(field, _shown(options, looks)))
        return tuple(map(str, chosen))

    def line(self, field: str, label: str, **looks: Any) -> str:
        """A line of text."""
        return st.text_input(label, **self._kept(field, looks)) or ""

    def lines(self, field: str, label: str, **looks: Any) -> tuple[str, ...]:
        """Several lines, without outer spaces and without those that are empty."""
        text = st.text_area(label, **self._kept(field, looks)) or ""
        return tuple(line.strip() for line in text.splitlines() if line.strip())

    def yes(self, field: str, label: str, **looks: Any) -> bool:
        """A box to tick."""
        return st.checkbox(label, **self._kept(field, looks))

    def _kept(self, field: str, looks: dict[str, Any]) -> dict[str, Any]:
        """How the widget of a field looks, with its help and its state."""
        every = entries(self.asks) if self.asks is not None else ()
        helps = {each.name: each.about.help for each in every}
        state = {"key": self.key(field), "persist_state": KEPT}
        return {"help": helps.get(field), **looks, **state}
