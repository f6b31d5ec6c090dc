from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler

from labelviz.models.attributes import MOST, attribute_features

COLUMNS = (
    "left missing", "right missing", "ratio", "sorted", "set", "jaro-winkler", "shared words",
    "jaccard", "shared codes", "codes left", "codes right", "shared numbers", "numbers left",
    "numbers right", "length", "apart",
)  # fmt: skip
VALUES = st.text(st.sampled_from("ab1 2.-,馆①٣'"), max_size=12)


def compared(a: str, b: str) -> dict[str, float]:
    """The comparison of two values of one attribute."""
    found = attribute_features([f"x: {a} | y: 1"], [f"x: {b} | y: 1"])["x"]
    assert found.shape == (1, len(COLUMNS))
    return dict(zip(COLUMNS, found[0].tolist(), strict=True))


def test_a_comparison_by_hand():
    found = compared("Sony TV KDL-40 black 2008 (40 in)", "sony tv kdl32 black silver 2010")
    assert found["shared words"] == pytest.approx(3 / 3)
    assert found["jaccard"] == pytest.approx(3 / 4)
    assert (found["shared codes"], found["codes left"], found["codes right"]) == (0, 1, 1)
    assert (found["shared numbers"], found["numbers left"], found["numbers right"]) == (0, 2, 1)
    assert (found["left missing"], found["right missing"]) == (0, 0)


def test_codes_are_the_same_in_every_spelling():
    found = compared("DSC-W55", "a dscw55")
    assert (found["shared codes"], found["codes left"], found["codes right"]) == (1, 0, 0)
    other = compared("dsc-w55", "dsc-w50")
    assert (other["shared codes"], other["codes left"], other["codes right"]) == (0, 1, 1)


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [
        ("$20.00", "25", 0.2),
        ("1,299.00", "1299", 0),
        ("8.10 %", "9 %", 0.1),
        ("0", "0.0", 0),
        ("20 to 30", "10", 0.5),
        ("１０", "10", 0),
        ("none", "10", -1),
        ("9" * 400, "9" * 400, 0),
        ("9" * 400, "1", 1),
    ],
)
def test_how_far_the_first_numbers_are_apart(a, b, apart):
    assert compared(a, b)["apart"] == pytest.approx(apart)


@pytest.mark.parametrize(("a", "b"), [("", "sony"), ("sony", ""), ("", ""), ("--", "?")])
def test_what_is_missing_is_no_difference(a, b):
    found = compared(a, b)
    missing = [float(not set(text) - set("-? ")) for text in (a, b)]
    assert [found["left missing"], found["right missing"]] == missing
    assert {found[name] for name in COLUMNS[2:]} == {-1}


def test_an_attribute_that_one_record_lacks_is_missing():
    left = ["title: a | price: 1", "title: b | price: 2"]
    right = ["title: a | price: 1", "title: b"]
    price = attribute_features(left, right)["price"]
    assert price[:, :2].tolist() == [[0, 0], [0, 1]]
    assert (price[1, 2:] == -1).all()


def test_similarities_are_those_of_rapidfuzz():
    a, b = "the old red lion pub", "red lion the"
    found = compared(a.title(), b.upper())
    assert found["ratio"] == pytest.approx(fuzz.ratio(a, b) / 100)
    assert found["sorted"] == pytest.approx(fuzz.token_sort_ratio(a, b) / 100)
    assert found["set"] == pytest.approx(1)
    assert found["jaro-winkler"] == pytest.approx(JaroWinkler.similarity(a, b))
    assert found["length"] == pytest.approx(len(b) / len(a))


@given(VALUES, VALUES)
def test_the_sides_may_be_swapped_and_measures_are_bounded(a, b):
    one, other = compared(a, b), compared(b, a)
    swapped = {
        name: other[name.replace("left", "#").replace("right", "left").replace("#", "right")]
        for name in COLUMNS
    }
    assert one == pytest.approx(swapped)
    counts = {name for name in COLUMNS if name.startswith(("codes", "numbers"))}
    assert all(value == -1 or 0 <= value <= 1 for n, value in one.items() if n not in counts)


@given(VALUES)
def test_a_value_is_like_itself(a):
    found = compared(a, a)
    likeness = {"ratio", "sorted", "set", "jaro-winkler", "shared words", "jaccard", "length"}
    assert {found[name] for name in likeness} <= {1.0, -1.0}
    assert found["apart"] in (0, -1)


def test_names_count_in_any_case_and_order():
    left, right = ["Title: a | Price: 1"] * 3, ["PRICE: 1 | title: a"] * 3
    assert list(attribute_features(left, right)) == ["price", "title"]


def test_chinese_records():
    found = attribute_features(
        ["名称：老王饭馆；电话：010-1234"], ["名称：老王饭店；电话：010-1234"]
    )
    assert list(found) == ["名称", "电话"]
    name = dict(zip(COLUMNS, found["名称"][0], strict=True))
    assert name["jaccard"] == pytest.approx(3 / 5)
    assert name["ratio"] == pytest.approx(fuzz.ratio("老 王 饭 馆", "老 王 饭 店") / 100)
    assert dict(zip(COLUMNS, found["电话"][0], strict=True))["ratio"] == 1


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (["a film"] * 10, ["another film"] * 10),
        (["title: a | price: 1"] * 10, ["name: a | cost: 1"] * 10),
        (["title: a | price: 1"] * 8 + ["free text"] * 2, ["title: a | price: 1"] * 10),
        ([], []),
    ],
)
def test_pairs_that_are_no_records_have_no_attributes(left, right):
    assert attribute_features(left, right) == {}


def test_rare_attributes_and_those_beyond_the_most_common_are_left_out():
    many = " | ".join(f"name {chr(97 + n)}: v" for n in range(MOST + 3))
    rows = [f"{many} | rare: 1", *[many] * 29]
    found = attribute_features(rows, rows)
    assert list(found) == [f"name {chr(97 + n)}" for n in range(MOST)]
    few = ["title: a | rare: 1", *["title: a | price: 2"] * 29]
    assert list(attribute_features(few, few)) == ["title", "price"]
