"""Differences of two texts, worked by hand and by property."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from labelviz.core.differences import Attribute, Span, aligned, differences, is_loud, record, words

TEXTS = st.text(st.sampled_from("ab 1-9:|.,\n市路é\u202e<&"), max_size=40)


def lit(left: str, right: str) -> tuple[list[str], list[str]]:
    first, second = differences(left, right)
    return [s.text for s in first if s.lit], [s.text for s in second if s.lit]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("Harbour Hotel, 12 Quay St", "harbour hotel 14 Quay St", (["12"], ["14"])),
        ("a blue door", "a", (["blue door"], [])),
        ("quay st 4", "4 St Quay", ([], [])),
        ("the the end", "the end", ([], [])),
        ("中兴路28号", "中山路28号", (["兴"], ["山"])),
        ("28号", "28楼", (["28号"], ["28楼"])),
        ("金穗路219号8F835室", "金穗路219号8F836室", (["8F835"], ["8F836"])),
        ("switch 10/100", "switch 10 100", (["10/100"], ["10", "100"])),
        ("500 g", "500g", ([], [])),
        ("500 g", "500 kg", (["500 g"], ["500 kg"])),
        ("8.0", "8", ([], [])),
        ("1.50 kg", "1.5kg", ([], [])),
        ("0.0%", "0%", ([], [])),
        ("12.00元", "12元", ([], [])),
        ("8.0 kg", "8 g", (["8.0 kg"], ["8 g"])),
        ("8.0", "80", (["8.0"], ["80"])),
        ("8.05", "8.5", (["8.05"], ["8.5"])),
        ("007", "7", (["007"], ["7"])),
        ("07.0", "7", (["07.0"], ["7"])),
        ("100", "1", (["100"], ["1"])),
        ("1.000 g", "1 g", (["1.000 g"], ["1 g"])),
        ("10.0.0.1", "10.0.0.10", (["10.0.0.1"], ["10.0.0.10"])),
        ("1.0x2", "1x2", (["1.0x2"], ["1x2"])),
        ("8:00", "8", (["8:00"], ["8"])),
        ("KX-TG1034", "kxtg1034", ([], [])),
        ("ＡＢＣ", "abc", ([], [])),
        ("2.4ghz", "2.4 GHz", ([], [])),
        ("", "anything", ([], ["anything"])),
    ],
)
def test_what_one_side_alone_says_is_lit(left, right, expected):
    assert lit(left, right) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("12", "number"), ("10/100", "number"), ("3.5 kg", "number"), ("219号", "number"),
        ("jfs516na", "code"), ("1080p", "code"), ("A-12b", "code"), ("hotel", "word"),
        ("中", "word"),
    ],
)  # fmt: skip
def test_numbers_and_codes_are_told_from_words(text, kind):
    assert differences(text, "") == ((Span(text, lit=True, kind=kind),), ())


def test_words_that_both_sides_say_are_one_stretch_with_what_stands_between():
    first, _ = differences("a blue big door, 12 cm", "a door 12 cm")
    assert first == (
        Span("a "), Span("blue big", lit=True, kind="word"), Span(" door, "),
        Span("12 cm", kind="number"),
    )  # fmt: skip


WRITTEN = st.from_regex(r"(0|[1-9][0-9]{0,2})(\.([0-9]{1,2}|[0-9]{4,5}))?", fullmatch=True)


NUMBER_UNITS = st.sampled_from(("", " kg", "%", "号"))


@given(WRITTEN, st.integers(1, 3), NUMBER_UNITS)
def test_zeros_at_the_end_of_a_decimal_are_no_difference(number, zeros, unit):
    whole, _, part = number.partition(".")
    longer = f"{whole}.{part}{'0' * zeros}"
    assume(len(longer.partition(".")[2]) != 3)
    assert lit(number + unit, longer + unit) == ([], [])


@given(WRITTEN, WRITTEN, NUMBER_UNITS)
def test_decimals_of_different_value_are_lit(left, right, unit):
    assume(Decimal(left) != Decimal(right))
    assert lit(left + unit, right + unit) == ([left + unit], [right + unit])


@given(TEXTS, TEXTS)
def test_the_spans_are_the_text(left, right):
    first, second = differences(left, right)
    assert "".join(span.text for span in first) == left
    assert "".join(span.text for span in second) == right


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text):
    assert lit(text, text) == ([], [])


def test_what_the_other_side_says_elsewhere_is_no_difference():
    first, second = differences("hub pg50", "blue", context=("", "a pg-50"))
    assert [span.text for span in first if span.lit] == ["hub"]
    assert [span.text for span in second if span.lit] == ["blue"]


@given(TEXTS, TEXTS)
def test_the_sides_may_be_swapped(left, right):
    assert differences(left, right) == tuple(reversed(differences(right, left)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title: a hub | price: 20.0", {"title": "a hub", "price": "20.0"}),
        ("name: x\naddress: y: z\n", {"name": "x", "address": "y: z"}),
        ("名称：咖啡；地址：北京", {"名称": "咖啡", "地址": "北京"}),
        ("title: only one", {"title": "only one"}),
        ("price: | title: a", {"price": "", "title": "a"}),
        ("a free text | with bars", None),
        ("at 10:30 | title: a", None),
        ("title: a | title: b", None),
        ("", None),
    ],
)
def test_a_record_is_its_attributes(text, expected):
    assert record(text) == expected


def test_words_are_spelled_as_they_are_compared():
    expected = [("sony", "word"), ("kdl40", "code"), ("8", "number"), ("馆", "word")]
    assert list(words("Sony, KDL-40 (8.0) 馆")) == expected
    assert words(" - ") == ()


def test_records_are_aligned_by_attribute():
    assert aligned("title: a | price: 1", "price: 2 | colour: red") == (
        Attribute("title", "a", None),
        Attribute("price", "1", "2"),
        Attribute("colour", None, "red"),
    )


@pytest.mark.parametrize(
    ("left", "right"), [("title: a | b: c", "free text"), ("a: b | c: d", "x: y | z: w")]
)
def test_what_shares_no_attribute_is_not_aligned(left, right):
    assert aligned(left, right) is None


def test_where_most_of_many_words_differ_light_says_nothing():
    some, others = (" ".join(f"{side}{n}" for n in range(6)) for side in "ab")
    assert is_loud(differences(some, others))
    assert is_loud(differences("红星餐馆海边", "青山旅店湖畔"))
    assert not is_loud(differences(some, some))
    assert not is_loud(differences("red 12", "blue 13"))
    shared = " ".join(f"same{n}" for n in range(4))
    assert not is_loud(differences(f"{some} {shared}", f"{others} {shared}"))
