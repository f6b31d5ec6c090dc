"""The texts of a sample, literal; of pairs, what only one side says is lit."""

from __future__ import annotations

from dataclasses import replace

from labelviz.core.differences import Attribute, Span, aligned, differences, is_loud
from labelviz.ui.components import literal

EMPTY = '<span class="lv-empty">(empty text)</span>'
LACKING = '<span class="lv-empty">–</span>'
NUMBERS = ("number", "code")  # of two records that read alike, what most often differs
MOSTLY_DIFFERENT = "Most words differ, so only numbers are lit."
Sides = tuple[tuple[Span, ...], tuple[Span, ...]]
NO_LIGHT = (None, None)
# Characters; longer texts are shown without light, because their words would take too long.
LONGEST_COMPARED = 8_000


def markup(texts: tuple[str, ...], *, light: bool) -> str:
    """One text, or two side by side; two records are aligned by their attributes."""
    if len(texts) == 1:
        return f'<div class="lv-text" dir="auto">{_plain(texts[0])}</div>'
    left, right = texts
    light = light and max(map(len, texts)) <= LONGEST_COMPARED
    rows = aligned(left, right) if light else None
    if rows is None:
        both = bool(left.strip() and right.strip())
        sides, quiet = _quietened([differences(left, right)] if light and both else [])
        first, second = sides[0] if sides else (None, None)
        boxes = "".join(
            f'<div class="lv-text" dir="auto">{_said(text, spans)}</div>'
            for text, spans in ((left, first), (right, second))
        )
        return f'<div class="lv-pair">{boxes}</div>{quiet}'
    return _record(rows, (left, right))


def _record(rows: tuple[Attribute, ...], whole: tuple[str, str]) -> str:
    """Two records as a table; that all of what one side lacks is a difference is plain to see."""
    both = {row.name: (row.left, row.right) for row in rows if row.left and row.right}
    lit, quiet = _quietened([differences(*sides, whole) for sides in both.values()])
    spans = dict(zip(both, lit, strict=True))
    cells = "".join(
        f"<tr><th>{literal.escaped(row.name)}</th>"
        + "".join(
            f'<td dir="auto">{LACKING if text is None else _said(text, side)}</td>'
            for text, side in zip((row.left, row.right), spans.get(row.name, NO_LIGHT), strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return f'<div class="lv-text lv-record"><table>{cells}</table></div>{quiet}'


def _quietened(pairs: list[Sides]) -> tuple[list[Sides], str]:
    """The spans to show, and a word on it where so much differs that only numbers are lit."""
    if not is_loud(side for pair in pairs for side in pair):
        return pairs, ""
    dark = [
        (tuple(map(_darkened, left)), tuple(map(_darkened, right)))
        for left, right in pairs
    ]  # fmt: skip
    return dark, f'<div class="lv-quiet">{MOSTLY_DIFFERENT}</div>'


def _darkened(span: Span) -> Span:
    return span if span.kind in NUMBERS else replace(span, lit=False)


def _said(text: str, spans: tuple[Span, ...] | None) -> str:
    if spans is None or not any(span.text.strip() for span in spans):
        return _plain(text)
    return "".join(map(_span, spans))


def _plain(text: str) -> str:
    return literal.escaped(text) if text.strip() else EMPTY


def _span(span: Span) -> str:
    text = literal.escaped(span.text)
    if span.lit:
        return f'<mark class="lv-lit-{span.kind}">{text}</mark>'
    return f"<b>{text}</b>" if span.kind in NUMBERS else text
