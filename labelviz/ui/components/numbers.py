"""A row of quiet figures: what is counted, how many, and a word on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from labelviz.ui.components import literal


@dataclass(frozen=True)
class Number:
    """One figure: its name, its value as text, and what to know about it."""

    name: str
    value: str
    note: str = ""


def show(numbers: Iterable[Number]) -> None:
    """Show figures side by side; every text in them is literal."""
    cells = "".join(
        '<div style="overflow-wrap:anywhere">'
        f'<div style="opacity:.72;font-size:.87rem">{literal.escaped(number.name)}</div>'
        '<div style="font-size:1.5rem;line-height:1.4;font-variant-numeric:tabular-nums">'
        f"{literal.escaped(number.value)}</div>"
        f'<div style="opacity:.72;font-size:.87rem">{literal.escaped(number.note)}</div></div>'
        for number in numbers
    )
    literal.block(
        f'<div style="display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));'
        f'gap:.5rem 2rem">{cells}</div>'
    )
