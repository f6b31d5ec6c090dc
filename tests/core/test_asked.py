from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from labelviz.core.asked import (
    REQUIRED,
    About,
    asked,
    check,
    entries,
    entry,
    filled,
    flat,
    part,
    said,
)
from labelviz.errors import RequestRefused
from tests.conftest import assert_message


@dataclass(frozen=True)
class Inner:
    size: int = asked(3, "How large.", ge=1, le=9)
    share: float = asked(0.5, "How much.", ge=0, lt=1)
    way: Literal["up", "down"] = asked("up", "Whither.", choices=("up", "down"))

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, kw_only=True)
class Outer:
    name: str = asked(REQUIRED, "Say what it is called.")
    inner: Inner = part(Inner(size=5))
    file: Path | None = asked(None)
    names: tuple[str, ...] = asked((), option="name-of")
    words: Mapping[str, str] = asked({})
    loud: bool = asked(False)

    def __post_init__(self) -> None:
        check(self)


FULL = {
    "name": "n", "size": 4, "share": 0.25, "way": "down", "file": "a/b.csv", "names": ["x", "y"],
    "words": {"k": "v"}, "loud": True,
}  # fmt: skip
VALUE = Outer(
    name="n", inner=Inner(4, 0.25, "down"), file=Path("a/b.csv"), names=("x", "y"),
    words={"k": "v"}, loud=True,
)  # fmt: skip


def test_the_fields_of_a_part_are_fields_of_the_whole_with_its_defaults():
    found = {each.name: each for each in entries(Outer)}
    assert list(found) == list(FULL)
    assert (found["size"].default, entry(Inner, "size").default) == (5, 3)
    assert found["name"].required
    assert not found["size"].required
    assert (found["names"].option, found["loud"].option) == ("name-of", "loud")
    assert found["size"].kind is int
    assert (found["share"].about.help, found["share"].about.bounds) == (
        "How much.", "at least 0 and less than 1",
    )  # fmt: skip


def test_a_value_is_filled_from_what_json_has_and_says_the_same_again():
    assert filled(Outer, FULL) == VALUE
    assert flat(VALUE) == FULL
    assert filled(Outer, {"name": "n"}) == Outer(name="n")
    assert isinstance(filled(Outer, {"name": "n", "share": 0}).inner.share, float)


def test_what_is_said_is_what_is_not_the_default():
    assert said(Outer(name="n")) == {"name": "n"}
    assert said(Outer(name="n", inner=Inner(size=3))) == {"name": "n", "size": 3}
    assert said(VALUE) == FULL
    assert {each.name: each.default for each in entries(Inner(size=7))}["size"] == 7


@pytest.mark.parametrize(
    ("values", "field", "what", "remedy"),
    [
        ({}, "name", "The name is missing.", "Say what it is called."),
        ({"name": ""}, "name", "The name is missing.", "Say what it is called."),
        ({"name": "n", "gone": 1}, "gone", "There is no gone to be asked", "“name”, “size”"),
        ({"name": "n", "size": 0}, "size", "The size cannot be 0.", "at least 1 and at most 9."),
        ({"name": "n", "size": 10}, "size", "The size cannot be 10.", "at least 1 and at most 9."),
        ({"name": "n", "size": 2.5}, "size", "The size cannot be 2.5.", "Give a whole number."),
        ({"name": "n", "size": True}, "size", "The size cannot be yes.", "Give a whole number."),
        ({"name": "n", "size": False}, "size", "The size cannot be no.", "Give a whole number."),
        ({"name": "n", "size": ["a", "b"]}, "size", "be “a” and “b”.", "Give a whole number."),
        ({"name": "n", "share": 1.0}, "share", "The share cannot be 1.", "less than 1."),
        ({"name": "n", "share": float("nan")}, "share", "cannot be nan.", "at least 0"),
        ({"name": "n", "way": "left"}, "way", "The way cannot be “left”.", "one of up, down."),
        ({"name": "n", "loud": 1}, "loud", "The loud cannot be 1.", "Give yes or no."),
        ({"name": "n", "names": "x"}, "names", "The names cannot be “x”.", "Give a list."),
        ({"name": "n", "names": [1]}, "names", "The names cannot be 1.", "Give a list."),
        ({"name": "n", "file": 1}, "file", "cannot be 1.", "Give the path of a file or nothing."),
        ({"name": "n", "words": 1}, "words", "cannot be 1.", "Give a text for each of several."),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(
    values: dict[str, Any], field: str, what: str, remedy: str
):
    with pytest.raises(RequestRefused) as refused:
        filled(Outer, values)
    assert refused.value.field == field
    assert_message(refused.value, what, field, "Nothing was begun.", remedy)


def test_python_is_held_to_the_same_ranges():
    with pytest.raises(RequestRefused, match="The size cannot be 0"):
        Inner(size=0)
    with pytest.raises(RequestRefused, match="The size cannot be"):
        Inner(size=None)  # type: ignore[arg-type]
    with pytest.raises(RequestRefused, match="The name is missing"):
        Outer(name=None)  # type: ignore[arg-type]
    assert Inner(share=np.float32(0.25)).share == 0.25
    with pytest.raises(RequestRefused, match="The share cannot be inf"):
        Inner(share=float("inf"))
    with pytest.raises(RequestRefused, match="The size cannot be “3”"):
        Inner(size="3")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("about", "fits", "not_"),
    [
        (About(gt=0), 0.1, 0),
        (About(ge=0), 0, -0.1),
        (About(lt=1), 0.9, 1),
        (About(le=1), 1, 1.1),
        (About(gt=0, le=1), 1, 0),
    ],
)
def test_a_range_takes_its_ends_or_not(about: About, fits: float, not_: float):
    assert about.takes(fits)
    assert not about.takes(not_)
    assert not about.takes(float("inf"))


def test_without_a_range_every_number_will_do():
    assert About().takes(float("inf"))
    assert About().bounds == ""


@pytest.mark.parametrize(
    "said",
    [
        {"name": "x" * 10_001},
        {"file": Path("x" * 10_001)},
        {"names": ("y", "x" * 10_001)},
        {"words": {"k": "x" * 10_001}},
        {"words": {"x" * 10_001: "v"}},
    ],
)
def test_no_text_is_longer_than_what_is_kept_for_everybody(said: dict[str, Any]):
    with pytest.raises(RequestRefused) as refused:
        Outer(**{"name": "n", **said})
    assert refused.value.field == next(iter(said))
    assert "at most 10,000 characters" in refused.value.remedy
    assert len(str(refused.value)) < 300
    assert Outer(name="x" * 10_000).name == "x" * 10_000
