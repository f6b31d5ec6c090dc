from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.errors import LabelsRefused
from labelviz.tables.names import (
    NameShape,
    by_place,
    joined_names,
    listed,
    separator_of,
    shape_of,
    switched_names,
)


def test_the_shape_of_cells():
    assert shape_of(["a", "b"], "c") == NameShape()
    assert shape_of(["['a']", "b"], "c") == NameShape(lists=True)
    assert shape_of(["[a]", "b"], "c") == NameShape()
    assert shape_of(["[a]", "[b, c]"], "c") == NameShape(lists=True, bare=True)
    assert shape_of(["[0, 1]", "[1, 0]"], "c") == NameShape(lists=True, bare=True, places=2)
    assert shape_of(["[0, 1]", "[1]"], "c").places == 0
    assert shape_of(["[1]", "[0]"], "c").places == 0


def test_places_of_classes():
    assert by_place("[0, 1, 1]", ("a", "b", "c")) == ("b", "c")
    assert by_place("[0 0 0]", ("a", "b", "c")) == ()
    assert by_place("[0, 1]", ("a", "b", "c")) is None
    assert by_place("x", ("a",)) is None


def test_names_in_a_cell():
    assert listed('["a", 3, null, true]') == ("a", "3", "true")
    assert listed("[2.0, 3.0]") == ("2", "3")
    assert listed("[a, b]") is None
    assert listed("[a, b]", bare=True) == ("a", "b")
    assert listed('{"a": 1, "b": 0}') == ("a",)
    assert listed("plain") is None


@pytest.mark.bad_input("P02")
def test_a_mark_at_the_end_of_every_cell_separates_too():
    assert separator_of(["a;", "a;b;", "b;c;"]) == ";"
    assert separator_of(["a;", "b"]) == ""


def test_objects_are_refused_once_for_the_column():
    with pytest.raises(LabelsRefused, match="nested objects"):
        shape_of(['["a"]', '{"who": {"x": 1}}'], "c")


ATOMS = st.sampled_from(["red", "blue sky", "green", "C#", "a&b"])


@given(st.lists(st.lists(ATOMS, min_size=1, max_size=3, unique=True), min_size=6, max_size=20),
       st.sampled_from("|;,"))  # fmt: skip
def test_joined_names_that_also_stand_alone_are_found(several, mark):
    cells = [mark.join(names) for names in several] + ["red", "blue sky", "green", "C#", "a&b"]
    joined = any(len(names) > 1 for names in several)
    assert separator_of(cells) == (mark if joined else "")


@pytest.mark.parametrize("mark", ["\n", "；", "，", "、"])
def test_a_name_a_line_and_chinese_marks_separate(mark: str):
    assert separator_of([f"a{mark}b", "a", "b", f"c{mark}a"]) == mark


def test_one_divided_cell_is_a_name_unless_all_of_its_parts_stand_elsewhere():
    assert separator_of(["Food, drink", "Food", "Travel"]) == ""
    assert separator_of(["Food, drink", "Food", "drink"]) == ","


def test_what_stands_behind_a_comma_in_one_cell_alone_is_a_remark():
    assert separator_of(["Yes", "Yes, it matches", "No", "No, it does not"]) == ""
    assert separator_of(["a", "a, b", "c", "c, d"]) == ","
    assert separator_of(["Yes, it matches", "it matches", "Yes"]) == ","


def test_no_name_of_several_is_an_empty_set_in_postgresql():
    assert listed("{a,b}") is None
    assert listed("{a,b}", bare=True) == ("a", "b")
    assert listed("{}") == ()


def test_numbers_of_votes_are_not_taken_for_shares():
    with pytest.raises(LabelsRefused, match="count votes by the name") as refused:
        shape_of(['{"pos": 2, "neg": 1}'], "says")
    assert "--majority, with --votes says.pos --votes says.neg" in refused.value.remedy


@pytest.mark.bad_input("P02")
def test_numbers_may_have_blanks_between_them_and_names_not():
    assert separator_of(["0 3", "3", "0", "3 5"]) == " "
    assert separator_of(["very wet", "wet", "very"]) == ""
    assert separator_of(["10", "20"]) == ""


@pytest.mark.bad_input("P02")
def test_what_joins_names_otherwise_is_said():
    assert joined_names(["a+b", "a", "b"]) == ["a+b"]
    assert joined_names(["rain and wind", "wind and rain", "rain"]) == [
        "rain and wind", "wind and rain",
    ]  # fmt: skip
    assert joined_names(["C++", "C", "R&D"]) == []


@pytest.mark.bad_input("P01")
def test_what_is_off_in_every_object_is_a_name_too():
    assert switched_names("{'a': 1, 'b': False}") == ("a", "b")
    assert switched_names('["a"]') == ()
    assert switched_names("{a") == ()


@pytest.mark.bad_input("P01")
@pytest.mark.parametrize("key", ["name", "category", "class", "displayName", "display_name"])
def test_an_object_says_its_class_under_a_usual_key(key: str):
    assert listed(f'{{"{key}": "wet", "score": 0.5}}') == ("wet",)
    assert listed(f'[{{"{key}": "wet"}}, {{"{key}": "cold"}}]') == ("wet", "cold")
