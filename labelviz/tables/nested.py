"""Read a cell that holds a value of its own: JSON, or a list, set or object as Python prints it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

OPENS = {"[": "]", "{": "}", "(": ")"}
WORDS: dict[str, Any] = {
    "None": None, "null": None, "nan": None, "NaN": None, "NaT": None, "<NA>": None,
    "True": True, "true": True, "False": False, "false": False,
}  # fmt: skip
CALL = re.compile(r"(?:np\.|numpy\.)?(?:array|frozenset|set|list|tuple|dict|OrderedDict)\((.*)\)", re.S)  # fmt: skip  # noqa: E501
TUPLE = re.compile(r"\(\s*(?:['\"].*['\"]\s*,?\s*)?\)", re.S)
DTYPE = re.compile(r",\s*dtype=[^()\[\]]+$")
TOKEN = re.compile(
    r"""\s*(?:(?P<mark>[\[\]{}():,])|[urb]?(?P<quoted>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"))""",
    re.S,
)
QUOTED = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\"""", re.S)
CUT = re.compile(r"(?:^|[\s,\[])\.\.\.(?:$|[\s,\]])")
BARE = re.compile(r"[^\[\]{}:,]+")
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
DEEPEST = 30
# Under which key an object says a class.
INSIDE = (
    "choices", "taxonomy", "rating", "selected", "labels", "name", "label", "value", "category",
    "class", "displayName", "display_name",
)  # fmt: skip
PATH = " / "  # between the steps of a class that is a path through a taxonomy
ESCAPE = re.compile(r"\\(?:U([0-9a-fA-F]{8})|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.S)
ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\n": ""}


class NotNested(ValueError):
    """A cell that is plain text."""


class _Items(list[Any]):
    """A list whose items had no quotes around them."""


def is_nested(cell: str) -> bool:
    """Whether a cell starts and ends like a list, a set or an object."""
    text = cell.strip()
    if not text or text[-1] not in OPENS.values():
        return False
    if text[-1] != ")":
        return OPENS.get(text[0], "") == text[-1]
    return TUPLE.fullmatch(text) is not None or CALL.fullmatch(text) is not None


def nested(cell: str) -> Any:
    """The list or object in a cell: JSON, or what Python, numpy and pandas print.

    A set or a tuple is a list. Words without quotes are texts: `[a, b]`.

    Raises
    ------
    NotNested : the cell is something else, or a part of it was left out when it was written.
    """
    if not is_nested(cell):
        raise NotNested(cell)
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        value = _printed(cell)
    if not isinstance(value, list | dict):
        raise NotNested(cell)
    return value


def held(cell: str) -> Any:
    """The list or object in a cell; None where it is something else."""
    try:
        return nested(cell)
    except NotNested:
        return None


def was_cut(cell: str) -> bool:
    """Whether numpy left out values when it printed a list: `[0.1 0.2 ... 0.7]`."""
    return is_nested(cell) and "..." in cell and CUT.search(QUOTED.sub("''", cell)) is not None


def unquoted(cell: str) -> bool:
    """Whether the texts of a list stand without quotes: `[a, b]`, which may also be one name."""
    try:
        json.loads(cell)
    except (ValueError, RecursionError):
        return isinstance(nested(cell), _Items)
    return False


def _printed(cell: str) -> Any:
    text = cell.strip()
    while (call := CALL.fullmatch(text)) is not None:
        text = DTYPE.sub("", call[1].strip()) or "[]"
    if was_cut(text):
        raise NotNested(cell)
    reader = _Reader(text)
    value = reader.value(0)
    if reader.rest():
        raise NotNested(cell)
    return value


class _Reader:
    """Reads one printed value from its start."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.bare = False

    def rest(self) -> str:
        """What was not read."""
        return self.text[self.at :].strip()

    def value(self, depth: int) -> Any:
        """The value that stands next."""
        if depth > DEEPEST:
            raise NotNested(self.text)
        found = TOKEN.match(self.text, self.at)
        if found is None:
            return self._bare()
        if found["quoted"] is not None:
            self.at = found.end()
            return ESCAPE.sub(_unescaped, found["quoted"][1:-1])
        if found["mark"] not in OPENS:
            return self._bare()
        self.at = found.end()
        return self._several(OPENS[found["mark"]], depth)

    def _bare(self) -> Any:
        found = BARE.match(self.text, self.at)
        word = found[0].strip() if found else ""
        if not word:
            raise NotNested(self.text)
        self.at += len(found[0]) if found else 0
        return _word(word)

    def _several(self, end: str, depth: int) -> Any:
        items: list[Any] = []
        keys: list[Any] = []
        bare = False
        while not self._next(end):
            start = self.at
            value = self.value(depth + 1)
            if self._next(":"):
                keys.append(value)
                value = self.value(depth + 1)
            plain = self.text[start : self.at].lstrip()[:1] not in {*OPENS, "'", '"'}
            listed = _numbers(value) if plain and not keys else None
            bare |= plain and listed is None and isinstance(value, str)
            items += [value] if listed is None else listed
            self._next(",")
        if keys:
            if len(keys) < len(items):
                raise NotNested(self.text)
            return dict(zip(map(str, keys), items, strict=True))
        if end == "}" and not items:
            return {}
        return _Items(items) if bare else items

    def _next(self, mark: str) -> bool:
        found = TOKEN.match(self.text, self.at)
        if found is not None and found["mark"] == mark:
            self.at = found.end()
            return True
        if mark in OPENS.values() and not self.rest():
            raise NotNested(self.text)
        return False


def _word(word: str) -> Any:
    """What a word without quotes stands for."""
    if word in WORDS:
        return WORDS[word]
    if NUMBER.fullmatch(word):
        return float(word) if any(c in word for c in ".eE") else int(word)
    return word


def _numbers(value: Any) -> list[Any] | None:
    """Numbers with spaces between them, as numpy prints them; None where it is something else."""
    words = value.split() if isinstance(value, str) else []
    if len(words) < 2 or not all(NUMBER.fullmatch(word) or word in WORDS for word in words):
        return None
    return [_word(word) for word in words]


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    return chr(int(code, 16)) if code else ESCAPED.get(found[4], found[4])


def flat_names(value: Any) -> Iterator[Any]:
    """The names in a label's list or object, however tools wrap them: `choices`, regions, paths."""
    if isinstance(value, dict):
        for key in INSIDE:
            if key in value:
                yield from flat_names(value[key])
                return
        raise NotNested(str(value))
    if isinstance(value, list):
        for each in value:
            if isinstance(each, list) and all(isinstance(part, str) for part in each):
                yield PATH.join(each)
            else:
                yield from flat_names(each)
        return
    yield value
