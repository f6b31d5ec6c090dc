"""The one text that stands for a value of a typed format."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from labelviz.tables.limits import EXAMPLES
from labelviz.tables.table import Note

WERE_TYPED = "in the file and are text now"


def as_text(value: Any) -> str:
    """A value's text: nothing for null, `true`, digits, the shortest float, sorted compact JSON.

    Dates are ISO 8601; bytes are text where they are UTF-8, and base64 where not.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | dict):
        return json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=as_text
        )
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return _bytes(value)
    return str(value)


def kind(value: Any) -> str:
    """What a value was before it became text; empty for text and for nothing."""
    if value is None or isinstance(value, str):
        return ""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, float):
        return "a decimal number" if math.isfinite(value) else "NaN or infinite"
    for types, name in (
        (int, "a whole number"),
        (list | tuple, "a list"),
        (dict, "an object"),
        (date | time | timedelta, "a date or time"),
        (bytes, "bytes"),
    ):
        if isinstance(value, types):
            return name
    return type(value).__name__


def typed_notes(column: str, values: Iterable[Any]) -> list[Note]:
    """Which cells of a column were no text: one note per original type, with count and examples."""
    counts: dict[str, int] = {}
    examples: dict[str, list[str]] = {}
    for value in values:
        if name := kind(value):
            counts[name] = counts.get(name, 0) + 1
            if counts[name] <= EXAMPLES:
                examples.setdefault(name, []).append(as_text(value)[:80])
    return [typed_note(column, name, counts[name], examples[name]) for name in counts]


def typed_note(column: str, kind: str, count: int, examples: Iterable[str]) -> Note:
    """The note that cells of a column were no text."""
    text = f"cells of column {column!r} were {kind} {WERE_TYPED}"
    return Note(text, count, tuple(examples))


def encodable(text: str) -> bool:
    """Whether the text can be written as UTF-8: it holds no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _bytes(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()
