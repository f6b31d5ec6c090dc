"""The texts of a sample, literal; of pairs, the words that only one side has are lit."""

from __future__ import annotations

import re

from labelviz.ui.components import literal

WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+(?:[.,:/-]\d+)*")
"""A Chinese character, or a run of letters and digits; 10/100 and 3.5 are one word."""


def show(texts: tuple[str, ...], *, light: bool) -> None:
    """Show one or two texts; of a pair, light what the other side does not say."""
    if len(texts) == 1:
        literal.block(_box(_plain(texts[0])))
        return
    words = [frozenset(word.casefold() for word in WORD.findall(text)) for text in texts]
    sides = [
        _lit(text, other) if light else _plain(text)
        for text, other in zip(texts, reversed(words), strict=True)
    ]
    columns = "".join(f"<div>{_box(side)}</div>" for side in sides)
    grid = "display:grid;grid-template-columns:1fr 1fr;gap:.8rem"
    literal.block(f'<div style="{grid}">{columns}</div>')


def _box(markup: str) -> str:
    return f'<div class="lv-text" dir="auto">{markup}</div>'


def _plain(text: str) -> str:
    return literal.escaped(text) if text.strip() else '<span class="lv-empty">(empty text)</span>'


def _lit(text: str, other: frozenset[str]) -> str:
    if not text.strip() or len(text) > literal.LONGEST:
        return _plain(text)
    parts, end = [], 0
    for match in WORD.finditer(text):
        if match.group().casefold() not in other:
            parts += [literal.escaped(text[end : match.start()])]
            parts += [f"<b>{literal.escaped(match.group())}</b>"]
            end = match.end()
    return "".join([*parts, literal.escaped(text[end:])]).replace("</b> <b>", " ")
