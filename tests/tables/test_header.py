from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.errors import ChoiceNeeded, ColumnRefused, FileRefused
from labelviz.tables.header import (
    ask_for_header,
    cells_filled,
    check_title,
    column_names,
    looks_like_data,
    looks_like_units,
    made_names,
)
from tests.conftest import assert_message

INTENTS = ("cancel_order", "book_table", "book_table", "cancel_order")
ROWS = [["2", "bad film", "no"], ["3", "dull", "no"], ["4", "loud", "yes"], ["5", "fine", "yes"]]


@pytest.mark.bad_input("B11")
@pytest.mark.parametrize(
    ("first", "rows", "data"),
    [
        (["1", "good film", "yes"], ROWS, True),
        (["id", "text", "label"], ROWS, False),
        (["1", "good film", "label"], ROWS, False),
        (["no", "words", "yes"], [[c, b, a] for a, b, c in ROWS], False),
        (["good film", "yes"], [row[1:] for row in ROWS], True),
        (["sample", "0", "1"], [["s1", "0.2", "0.8"]], True),
        (["id", "0", "1"], [["s1", "0.2", "0.8"]], False),
        (["text_a", "1"], [["x", "2"]], False),
        (["a", "b"], [["x", "y"]], False),
        (["1"], [], False),
        (["0,5"], [["0,7"], ["1.000,5"]], True),
        (
            ["good film", "book_table"],
            [[r[1], k] for r, k in zip(ROWS, INTENTS, strict=True)],
            True,
        ),
        (["0", "title", "x", "0"], [[n, "title", t, n] for n, t, _ in ROWS], True),
        (["text", "label"], [*([t, y] for _, t, y in ROWS), ["text", "label"]], False),
    ],
)
def test_a_first_row_that_looks_like_the_others(
    first: list[str], rows: list[list[str]], data: bool
):
    assert looks_like_data(first, rows) is data


@pytest.mark.bad_input("B11")
def test_the_question_shows_both_ways():
    error = ask_for_header(["1", "good film", "yes"], ROWS, "f.csv, line 1")
    assert_message(error, "first row looks like data", "line 1", remedy="choose the one")
    assert error.option == "header"
    assert error.ways[0].value == "no"
    assert error.ways[0].preview[:2] == ("column 1 ¦ column 2 ¦ column 3", "1 ¦ good film ¦ yes")
    assert error.ways[1].preview[0] == "1 ¦ good film ¦ yes"


@pytest.mark.bad_input("B19")
def test_a_row_of_units():
    numbers = [["x", "1"], ["y", "2"], ["z", "3"], ["w", "4"]]
    assert looks_like_units([["", "kg"], *numbers])
    assert not looks_like_units([["", "kg"], *numbers[:2]])
    assert not looks_like_units([["v", "0"], *numbers])
    assert not looks_like_units([["v", ""], *numbers])


@pytest.mark.bad_input("B13")
def test_names_that_cannot_be_used_are_numbered_beside_the_original():
    names, notes = column_names(["", "x" * 201, "a\nb", "😀", " "], "f.csv, line 1")
    assert names == ["column 1", "column 2", "column 3", "😀", "column 5"]
    assert notes[0].count == 4
    assert notes[0].examples[2] == "'a\\nb' is 'column 3'"


@pytest.mark.bad_input("B13")
def test_a_made_name_never_meets_a_real_one():
    assert column_names(["", "column 1"], "f")[0] == ["column 1'", "column 1"]


@pytest.mark.bad_input("B13")
def test_a_header_without_names_is_refused():
    with pytest.raises(ColumnRefused) as found:
        column_names(["", " "], "f.csv, line 1")
    assert_message(found.value, "names no columns", "line 1", remedy="column names")


@pytest.mark.bad_input("B12")
def test_repeated_names_are_asked_for_and_then_numbered():
    header = ["id", "text", "id", "id (2)", "id"]
    with pytest.raises(ChoiceNeeded) as found:
        column_names(header, "f.csv, line 1")
    assert_message(found.value, "Columns appear twice: “id”.", "line 1", remedy="its own name")
    assert (found.value.option, found.value.ways[0].value) == ("names", "rename")
    names, notes = column_names(header, "f.csv, line 1", rename=True)
    assert names == ["id", "text", "id (3)", "id (2)", "id (4)"]
    assert found.value.ways[0].preview == (" ¦ ".join(names),)
    assert (notes[0].count, notes[0].examples[0]) == (2, "'id' is 'id (3)'")


@pytest.mark.bad_input("B12")
def test_names_that_only_case_or_spaces_tell_apart_are_told():
    names, notes = column_names(["Label", "label ", "x"], "f")
    assert names == ["Label", "label ", "x"]
    assert [(each.count, each.examples) for each in notes] == [(1, ("'Label' and 'label '",))]


@given(st.lists(st.sampled_from(["", "a", "a", "a (2)", "column 1", "b\n"]), min_size=1))
def test_names_are_always_distinct_and_usable(header: list[str]):
    if any(name.strip() for name in header):
        names, _ = column_names(header, "f", rename=True)
        assert len(set(names)) == len(header)
        assert all(name.strip() and "\n" not in name for name in names)


def test_made_names():
    assert made_names(2) == ["column 1", "column 2"]


def test_very_many_names_that_are_empty_or_equal_are_told_apart_at_once():
    names, notes = column_names(["", "x"] * 5_000, "f.csv", rename=True)
    assert len(set(names)) == 10_000
    assert names[:4] == ["column 1", "x", "column 3", "x (2)"]
    assert names[-2:] == ["column 9999", "x (5000)"]
    assert [each.count for each in notes] == [5_000, 4_999]


def test_a_title_above_the_names_of_columns():
    with pytest.raises(FileRefused, match="Row 2 has one cell, the rows below have 3") as refused:
        check_title(1, [3, 3, 2], 2, "f")
    assert "--skip-line 2" in refused.value.remedy
    for first, below in ((1, [3, 3]), (2, [3, 3, 3]), (1, [1, 1, 3]), (1, [])):
        check_title(first, below, 1, "f")


def test_a_row_is_filled_up_to_its_last_cell_that_is_not_blank():
    assert cells_filled(["a", " ", "b", "", " "]) == 3
    assert cells_filled(["", ""]) == 0
