from __future__ import annotations

import json

import pytest

from labelviz.errors import LabelsRefused
from labelviz.tables.columns import Columns, by_class, class_names

FULL = Columns(
    "t", "l", "b", "i", "binary", ("x", "y"), ("a1", "a2"), "c", "g", ("s",), "sp", ("o1", "o2"),
    ("f1",), ("v1",), "n", "w", ("p1", "p2"), {"X": "x"}, ("NA",), ("",), ";", True,
)  # fmt: skip


def test_every_column_that_is_used_is_named_once():
    assert Columns("t", "l", slices=("l", "s")).named() == ("t", "l", "s")
    assert set(FULL.named()) == {
        "t", "l", "b", "i", "c", "g", "sp", "n", "w", "p1", "p2", "a1", "a2", "s", "o1", "o2",
        "f1", "v1",
    }  # fmt: skip


def test_a_mapping_survives_json():
    assert Columns.from_json(json.loads(json.dumps(FULL.as_json()))) == FULL


def test_a_mapping_of_an_older_version_is_read():
    old = {"text": "t", "label": "l", "classes": ["a"], "gone": 1}
    assert Columns.from_json(old) == Columns("t", "l", classes=("a",))


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        (("votes_a", "votes_b"), ["a", "b"]),
        (("votes_t.x", "votes_t.y"), ["t.x", "t.y"]),
        (("p:a", "p:b"), ["p:a"[2:], "b"]),
        (("is_very_good", "is_bad"), ["very_good", "bad"]),
        (("toxic", "insult"), ["toxic", "insult"]),
        (("a_x", "b_x"), ["a_x", "b_x"]),
        (("v_", "v_a"), ["v_", "v_a"]),
    ],
)
def test_classes_are_named_by_what_follows_the_shared_prefix(columns, names):
    assert list(class_names(columns).values()) == names


@pytest.mark.bad_input("F12")
def test_columns_are_matched_to_classes_by_name_whatever_their_order():
    assert by_class(("v_b", "v_a"), ("a", "b")) == ("v_a", "v_b")
    assert by_class(("b", "a"), ("a", "b")) == ("a", "b")
    assert by_class(("votes_a_a", "votes_a"), ("a", "a_a")) == ("votes_a", "votes_a_a")


@pytest.mark.bad_input("D13")
@pytest.mark.parametrize(
    ("columns", "named", "proposed"),
    [
        (("v_a",), "“v_a”", "v_a, v_b"),
        (("v_a", "v_b", "v_c"), "“v_a”, “v_b” and “v_c”", "v_a, v_b"),
        (("v_a", "w_b"), "“v_a” and “w_b”", "a, b"),
        (("x", "y"), "“x” and “y”", "a, b"),
        (("p_A", "p_a"), "“p_A” and “p_a”", "p_a, p_b"),
    ],
)
def test_columns_that_do_not_name_the_classes_are_refused(columns, named, proposed):
    with pytest.raises(LabelsRefused) as refused:
        by_class(columns, ("a", "b"))
    assert refused.value.what == f"The columns {named} do not name the classes “a” and “b”."
    assert refused.value.remedy.endswith(f": {proposed}.")


def test_upper_and_lower_case_name_the_same_class_where_nothing_else_tells_columns_apart():
    assert by_class(("p_positive", "p_negative"), ("Negative", "Positive")) == (
        "p_negative", "p_positive",
    )  # fmt: skip
    assert by_class(("p_A", "p_a"), ("a", "A")) == ("p_a", "p_A")
