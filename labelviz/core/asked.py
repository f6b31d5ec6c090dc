"""Asked: the default, range, choices and help of a field, said once, where it is declared.

The command line, the forms of the page, JSON and Python make the same values of these fields.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from numbers import Real
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from labelviz.errors import RequestRefused, in_words

Value = TypeVar("Value")
# Characters of one text: what is asked for is kept, and read by everybody who looks at it.
LONGEST: Final = 10_000
REQUIRED: Final = MISSING  # the default of a field that has to be given
ABOUT: Final = "asked"
TYPES: Final[Mapping[Any, str]] = {
    int: "a whole number",
    float: "a number",
    bool: "yes or no",
    str: "a text",
    Literal: "a text",
    Path: "the path of a file",
    tuple: "a list",
    Mapping: "a text for each of several",
    NoneType: "nothing",
}


@dataclass(frozen=True)
class About:
    """What is said of a field beside its type and default.

    Parameters
    ----------
    help : a sentence or two for whoever fills it in.
    option : its name on the command line, where that is not the field's own.
    place : whether the command line takes it by its place, without a name.
    metavar : what stands for its value in the help of the command line.
    choices : the texts that it may be.
    ge, gt, le, lt : the numbers that it is at least, more than, at most, less than.
    words : values by a word for them that a shell takes as it is.
    divided : what divides several values that the command line takes as one.
    switch : whether the command line has an option without value for each of its two choices.
    """

    help: str = ""
    option: str = ""
    place: bool = False
    metavar: str = ""
    choices: tuple[str, ...] = ()
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    words: Mapping[str, str] = field(default_factory=dict, hash=False)
    divided: str = ""
    switch: bool = False

    @property
    def bounds(self) -> str:
        """Its range in words; empty where every number will do."""
        said = {"at least": self.ge, "more than": self.gt, "at most": self.le, "less than": self.lt}
        return " and ".join(f"{how} {value:,}" for how, value in said.items() if value is not None)

    def takes(self, value: float) -> bool:
        """Whether a number is in range; NaN and infinity are in none."""
        if not self.bounds:
            return True
        above = (self.ge is None or value >= self.ge) and (self.gt is None or value > self.gt)
        below = (self.le is None or value <= self.le) and (self.lt is None or value < self.lt)
        return -math.inf < value < math.inf and above and below


@dataclass(frozen=True)
class Entry:
    """One field of a request, its own or that of a part: name, type, default, and what it means."""

    name: str
    kind: Any
    default: Any
    about: About

    @property
    def option(self) -> str:
        """Its name on the command line."""
        return (self.about.option or self.name).replace("_", "-")

    @property
    def required(self) -> bool:
        """Whether it has to be given."""
        return self.default is REQUIRED


def asked(default: Any, help: str = "", **said: Any) -> Any:  # noqa: A002 - the word for it
    """A field of a frozen dataclass that can be asked for.

    Parameters
    ----------
    default : `REQUIRED` where there is none.
    said : the other parts of `About`.
    """
    about = {ABOUT: About(help, **said)}
    if isinstance(default, Mapping):
        return field(default_factory=lambda: dict(default), hash=False, metadata=about)
    return field(default=default, metadata=about)


def part(default: Value) -> Value:
    """A field whose value has asked fields of its own, with the defaults that this one has."""
    return field(default=default, metadata={ABOUT: None})


def entries(owner: Any) -> tuple[Entry, ...]:
    """All fields of a request, those of its parts among them.

    Parameters
    ----------
    owner : the class, or a value, whose fields then have its values as defaults.
    """
    return _entries(owner) if isinstance(owner, type) else tuple(_found(owner))


def entry(owner: Any, name: str) -> Entry:
    """The field of this name."""
    return next(each for each in entries(owner) if each.name == name)


def check(value: Any) -> None:
    """Look whether a value's own fields are in range and among their choices.

    Raises
    ------
    RequestRefused : one is not; names it.
    """
    for each in fields(value):
        about = each.metadata.get(ABOUT)
        if about is not None:
            _check(Entry(each.name, None, each.default, about), getattr(value, each.name))


def flat(value: Any) -> dict[str, Any]:
    """What a request says, by the name of the field, as values of JSON."""
    return {each.name: _plain(each.default) for each in entries(value)}


def said(value: Any) -> dict[str, Any]:
    """What a request says that is not the default, by the name of the field, as values of JSON."""
    usual = {each.name: each for each in entries(type(value))}
    return {
        name: each
        for name, each in flat(value).items()
        if usual[name].required or each != _plain(usual[name].default)
    }


def filled(owner: type[Value], values: Mapping[str, Any]) -> Value:
    """A request from the values of its fields by name, those of its parts among them.

    Raises
    ------
    RequestRefused : a field is missing, unknown, of another type or out of range; names it.
    """
    known = {each.name: each for each in entries(owner)}
    for name in values:
        if name not in known:
            raise RequestRefused(
                f"There is no {_worded(name)} to be asked for here.",
                field=name,
                remedy=f"Leave it out. There are: {in_words(map(_worded, known), len(known))}.",
            )
    for each in known.values():
        if each.required and each.name not in values:
            raise _missing(each)
    read = {name: _read(known[name], value) for name, value in values.items()}
    made: Value = _filled(owner, read)
    return made


@cache
def _entries(owner: type) -> tuple[Entry, ...]:
    return tuple(_found(owner))


def _found(owner: Any) -> list[Entry]:
    kinds = _hints(owner if isinstance(owner, type) else type(owner))
    found = []
    for each in fields(owner):
        now = each.default if isinstance(owner, type) else getattr(owner, each.name)
        if each.metadata[ABOUT] is None:
            found += _found(now)
            continue
        if now is MISSING and each.default_factory is not MISSING:
            now = each.default_factory()
        found.append(Entry(each.name, kinds[each.name], now, each.metadata[ABOUT]))
    return found


@cache
def _hints(owner: type) -> dict[str, Any]:
    return get_type_hints(owner)


def _filled(owner: Any, values: Mapping[str, Any]) -> Any:
    """A class, or a value to change, with these values in its fields and in those of its parts."""
    own: dict[str, Any] = {}
    for each in fields(owner):
        if each.metadata[ABOUT] is None:
            now = each.default if isinstance(owner, type) else getattr(owner, each.name)
            own[each.name] = _filled(now, values)
        elif each.name in values:
            own[each.name] = values[each.name]
    return owner(**own) if isinstance(owner, type) else replace(owner, **own)


def _check(each: Entry, value: Any) -> None:
    about, number = each.about, isinstance(value, Real) and not isinstance(value, bool)
    if value == each.default:
        return
    if each.required and value in ("", None):
        raise _missing(each)
    if isinstance(each.default, tuple) and isinstance(value, str):
        raise _wrong(each, value, "Give a list, of one where it is one.")
    if _longest(value) > LONGEST:
        raise _wrong(each, value, f"Give at most {LONGEST:,} characters.")
    if about.choices and value not in about.choices:
        raise _wrong(each, value, f"Choose one of {', '.join(about.choices)}.")
    if about.bounds and not (number and about.takes(value)):
        raise _wrong(each, value, f"Give a number of {about.bounds}.")


def _longest(value: Any) -> int:
    """Characters of the longest text in a value."""
    if isinstance(value, str | Path):
        return len(str(value))
    several = [*value, *value.values()] if isinstance(value, Mapping) else value
    return max(map(_longest, several), default=0) if isinstance(several, list | tuple) else 0


def _read(each: Entry, value: Any) -> Any:
    """A value as the field's type has it, from what JSON or a form has."""
    kinds = get_args(each.kind) if _is_union(each.kind) else (each.kind,)
    if value is None and NoneType in kinds:
        return None
    for kind in kinds:
        read = _as(kind, value)
        if read is not None:
            return read
    wanted = " or ".join(TYPES[get_origin(kind) or kind] for kind in kinds)
    raise _wrong(each, value, f"Give {wanted}.")


def _as(kind: Any, value: Any) -> Any:
    """A value as this type has it; None where it cannot."""
    origin = get_origin(kind) or kind
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if origin is tuple:
        several = isinstance(value, list | tuple)
        read = [_as(get_args(kind)[0], each) for each in value] if several else [None]
        return None if None in read else tuple(read)
    if origin is float:
        return float(value) if number else None
    if origin is Path:
        return Path(value) if isinstance(value, str | Path) else None
    if origin is int:
        return value if number and isinstance(value, int) else None
    wanted = str if origin is Literal else bool if origin is bool else origin
    return value if isinstance(value, wanted) else None


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return dict(value)
    return str(value) if isinstance(value, Path) else value


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType)


def _worded(name: str) -> str:
    return name.replace("_", " ")


def _missing(each: Entry) -> RequestRefused:
    return RequestRefused(
        f"The {_worded(each.name)} is missing.", field=each.name, remedy=each.about.help
    )


def _wrong(each: Entry, value: Any, remedy: str) -> RequestRefused:
    return RequestRefused(
        f"The {_worded(each.name)} cannot be {_shown(value)}.", field=each.name, remedy=remedy
    )


def _shown(value: Any) -> str:
    """A value in words."""
    if isinstance(value, list | tuple | Mapping):
        return in_words(value)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else in_words([value])
