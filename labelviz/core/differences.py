"""Differences of two texts: what one side says and the other does not, word by word.

Order does not count: the same words in another order are the same words. A Chinese character is a
word of its own. Numbers with their unit and model codes are told apart from words, because of two
records that read alike they are most often what differs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

Kind = Literal["between", "word", "number", "code"]
IDEOGRAPH = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
UNITS = (
    "mm|cm|km|m|in|inch|inches|ft|feet|yd|mg|kg|g|lb|lbs|oz|ml|cl|dl|l|gal|w|kw|kwh|v|mah|ah|a"
    "|hz|khz|mhz|ghz|kb|mb|gb|tb|mp|px|dpi|rpm|fps|db|k|pk|pcs|pack|%|°c|°f|°"
)
MEASURE_WORDS = "号楼|号|楼|层|室|栋|座|平方米|米|公里|元|千克|公斤|克|斤|毫升|升|年|月|日|点|路"
LETTER = rf"[^\W_{IDEOGRAPH}]"
TOKEN = re.compile(
    rf"(?P<number>(?<!{LETTER})\d+(?:[.,:/×x-]\d+)*"
    rf"(?:{MEASURE_WORDS}|(?:\s?(?:{UNITS}))?(?!{LETTER})))"
    rf"|(?P<ideograph>[{IDEOGRAPH}])"
    rf"|(?P<word>{LETTER}+(?:[-./'’&]{LETTER}+)*)",
    re.IGNORECASE,
)
ATTRIBUTE = re.compile(
    r"\s*(?P<name>[^\W\d_](?:[\w .()-]{0,38}(?:[^\W\d_]|\)))?)\s*[:：]\s*(?P<value>.*?)\s*",
    re.DOTALL,
)
# A number of one point and trailing zeros; after three digits the point may group thousands.
DECIMAL = re.compile(
    r"(?P<whole>[0-9]+)\.(?![0-9]{3}(?![0-9]))(?P<part>[0-9]*?)0+(?![0-9.,:/×x-])(?P<unit>.*)",
    re.DOTALL,
)
# From so many words on, light is put out where a larger share of them than this is lit.
MANY_WORDS, MOST_LIT = 12, 0.6
SEPARATORS = ("\n", "|", ";", "；")


@dataclass(frozen=True)
class Span:
    """A stretch of a text.

    Parameters
    ----------
    text : its characters.
    lit : whether the other side does not say it.
    kind : a word, a number with its unit, a model code, or what stands between them.
    """

    text: str
    lit: bool = False
    kind: Kind = "between"


def differences(
    left: str, right: str, context: tuple[str, str] = ("", "")
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The spans of both texts, together every character of them, in order.

    A word is lit where the other side does not say it at all.

    Parameters
    ----------
    context : what else the left and the right side say, as in the other attributes of a record.
    """
    sides = [_tokens(text) for text in (left, right)]
    words = [[_same(span) for span in side] for side in sides]
    known = [{*own, *map(_same, _tokens(more))} for own, more in zip(words, context, strict=True)]
    return _lit(sides[0], words[0], known[1]), _lit(sides[1], words[1], known[0])


def is_loud(sides: Iterable[tuple[Span, ...]]) -> bool:
    """Whether so much differs that light says nothing: of many words most are lit."""
    words = [span.lit for side in sides for span in side for _ in TOKEN.finditer(span.text)]
    return len(words) >= MANY_WORDS and sum(words) > MOST_LIT * len(words)


def record(text: str) -> dict[str, str] | None:
    """The attributes of a text of the form `name: value | name: value`; None where it is none.

    Names keep their spelling; two parts at least, one per line or between `|` or `;`.
    """
    for separator in SEPARATORS:
        parts = [part for part in text.split(separator) if part.strip()]
        found = [ATTRIBUTE.fullmatch(part) for part in parts]
        named = {match["name"]: match["value"] for match in found if match is not None}
        if len(parts) > 1 and len(named) == len(parts):
            return named
    alone = ATTRIBUTE.fullmatch(text)
    whole = alone is not None and not any(separator in text for separator in SEPARATORS)
    return {alone["name"]: alone["value"]} if alone is not None and whole else None


@dataclass(frozen=True)
class Attribute:
    """One attribute of two records; None where a side lacks it."""

    name: str
    left: str | None
    right: str | None


def aligned(left: str, right: str) -> tuple[Attribute, ...] | None:
    """The attributes of two records side by side, in the left one's order, then the right one's.

    None where a side is no record, or where they share no attribute.
    """
    first, second = record(left), record(right)
    if first is None or second is None or not first.keys() & second.keys():
        return None
    names = dict.fromkeys([*first, *second])
    return tuple(Attribute(name, first.get(name), second.get(name)) for name in names)


def words(text: str) -> tuple[tuple[str, Kind], ...]:
    """The words of a text in order, spelled as they are compared, each with its kind."""
    spans = _tokens(text)
    return tuple((_same(span), span.kind) for span in spans if span.kind != "between")


def _tokens(text: str) -> list[Span]:
    spans, end = [], 0
    for match in TOKEN.finditer(text):
        if match.start() > end:
            spans.append(Span(text[end : match.start()]))
        spans.append(Span(match.group(), kind=_kind(match)))
        end = match.end()
    return [*spans, Span(text[end:])] if end < len(text) else spans


def _kind(match: re.Match[str]) -> Kind:
    if match["number"] is not None:
        return "number"
    word = match.group()
    mixed = any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
    return "code" if mixed else "word"


def _same(span: Span) -> str:
    """What two spellings of one word have in common: width, case, spaces and hyphens.

    Of a number with one decimal point also its value: 8.0 is 8, and 1.50 is 1.5.
    """
    if span.kind == "between":
        return ""
    text = span.text
    plain = (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()
    if span.kind == "number" and (said := DECIMAL.fullmatch(plain)) is not None:
        plain = f"{said['whole']}.{said['part']}".rstrip(".") + said["unit"]
    return plain if span.kind == "word" else plain.replace("-", "").replace(" ", "")


def _lit(spans: list[Span], words: list[str], other: set[str]) -> tuple[Span, ...]:
    lit = [
        span if span.kind == "between" else Span(span.text, word not in other, span.kind)
        for span, word in zip(spans, words, strict=True)
    ]
    return tuple(_joined(lit))


def _joined(spans: list[Span]) -> Iterator[Span]:
    """Neighbouring spans of one look as one, with the blanks between two lit words."""
    smoothed = [
        Span(span.text, lit=True, kind="word")
        if span.kind == "between"
        and not span.text.strip(" ")
        and 0 < place < len(spans) - 1
        and all(spans[p].lit and spans[p].kind == "word" for p in (place - 1, place + 1))
        else span
        for place, span in enumerate(spans)
    ]
    looks = groupby(smoothed, key=lambda span: (span.lit, _look(span)))
    for (lit, kind), group in looks:
        yield Span("".join(span.text for span in group), lit, kind)


def _look(span: Span) -> Kind:
    return "between" if span.kind == "word" and not span.lit else span.kind
