"""The texts of a sample, literal; of pairs, what only one side says is lit."""

from __future__ import annotations

from labelviz.core.differences import Attribute, Span, aligned, differences
from labelviz.ui.components import literal

EMPTY = '<span class="lv-empty">(empty text)</span>'
LACKING = '<span class="lv-empty">–</span>'
LONGEST_COMPARED = 8_000
"""Characters; longer texts are shown without light, because their words would take too long."""


def markup(texts: tuple[str, ...], *, light: bool) -> str:
    """One text, or two side by side; two records are aligned by their attributes."""
    if len(texts) == 1:
        return f'<div class="lv-text" dir="auto">{_plain(texts[0])}</div>'
    left, right = texts
    light = light and max(map(len, texts)) <= LONGEST_COMPARED
    rows = aligned(left, right) if light else None
    if rows is None:
        sides = _sides(left, right, light=light)
        boxes = "".join(f'<div class="lv-text" dir="auto">{side}</div>' for side in sides)
        return f'<div class="lv-pair">{boxes}</div>'
    cells = "".join(
        f"<tr><th>{literal.escaped(row.name)}</th>"
        + "".join(f'<td dir="auto">{side}</td>' for side in _cells(row, (left, right)))
        + "</tr>"
        for row in rows
    )
    return f'<div class="lv-text lv-record"><table>{cells}</table></div>'


def _cells(row: Attribute, whole: tuple[str, str]) -> tuple[str, str]:
    """Both sides' cells; that all of what one side lacks is a difference is plain to see."""
    if row.left is None or row.right is None:
        left, right = (LACKING if text is None else _plain(text) for text in (row.left, row.right))
        return left, right
    return _sides(row.left, row.right, light=True, context=whole)


def _sides(
    left: str, right: str, *, light: bool, context: tuple[str, str] = ("", "")
) -> tuple[str, str]:
    if not light or not left.strip() or not right.strip():
        return _plain(left), _plain(right)
    first, second = differences(left, right, context)
    return "".join(map(_span, first)), "".join(map(_span, second))


def _plain(text: str) -> str:
    return literal.escaped(text) if text.strip() else EMPTY


def _span(span: Span) -> str:
    text = literal.escaped(span.text)
    if span.lit:
        return f'<mark class="lv-lit-{span.kind}">{text}</mark>'
    return f"<b>{text}</b>" if span.kind in ("number", "code") else text
