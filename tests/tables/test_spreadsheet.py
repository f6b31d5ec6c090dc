from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.tables.spreadsheet import (
    columns_in,
    guarded,
    guarded_columns,
    unguarded_cell,
)
from labelviz.tables.writers.writer import ArrowTexts

LEADS = "=+-@\t\r\n\x00＝＋－＠"
TEXTS = st.one_of(st.text(), st.text(st.sampled_from("'\" =+-@\t1.e,＝a")))


@pytest.mark.bad_input("J05")
@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("before", ["", " ", "   ", '"', "“", "\u3000", "\ufeff", "'", "''"])
def test_what_a_spreadsheet_may_run_gets_an_apostrophe(before: str, lead: str):
    text = f"{before}{lead}cmd|' /C calc'!A0"
    assert guarded(text) == f"'{text}"
    assert unguarded_cell(guarded(text)) == text


@pytest.mark.bad_input("J06")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "text",
        "a=b",
        "-1",
        "+2.5",
        "-0.5e-7",
        "-1,234.5",
        "-.5",
        "-12%",
        "'",
        "'text",
        " a",
        "1-2",
    ],
)
def test_numbers_and_plain_texts_stand_as_they_are(text: str):
    assert guarded(text) == text
    assert unguarded_cell(text) == text


@pytest.mark.bad_input("J05")
@given(TEXTS)
def test_it_always_leads_back(text: str):
    assert unguarded_cell(guarded(text)) == text
    assert guarded(text) in (text, f"'{text}")


@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=3))
def test_columns_of_arrow_are_guarded_as_lists_are(cells: list[list[str]]):
    columns = {f"{'=' * at}c": texts for at, texts in enumerate(cells)}
    plain = guarded_columns(columns, "guarded")
    arrow = guarded_columns({n: ArrowTexts.of(c) for n, c in columns.items()}, "guarded")
    assert {name: list(texts) for name, texts in arrow.items()} == plain
    assert list(arrow) == list(plain)


@given(TEXTS, TEXTS)
def test_two_texts_never_look_the_same(one: str, other: str):
    assert (guarded(one) == guarded(other)) == (one == other)


@given(TEXTS)
def test_what_is_written_begins_with_no_mark_but_that_of_a_number(text: str):
    shown = guarded(text).lstrip(' "“”\ufeff\u3000\xa0')
    if shown[:1] and shown[0] in LEADS:
        assert shown[0] in "+-"
        float(shown.rstrip("%").replace(",", "") or "0")


@pytest.mark.bad_input("J07")
def test_a_table_says_which_cells_were_guarded():
    columns = {"=a": ["x", "=y"], "b": ["@z", "w"]}
    assert guarded_columns(columns, "marked") == {
        "'=a": ["x", "'=y"], "b": ["'@z", "w"], "marked": ['["b"]', '["=a"]'],
    }  # fmt: skip
    assert guarded_columns({"a": ["x"]}, "marked") == {"a": ["x"]}
    assert guarded_columns({"=a": ["x"]}, "marked") == {"'=a": ["x"], "marked": [""]}


@pytest.mark.parametrize("cell", ["", "[", "{}", "3", '[1, null, ["a"]]', "[" * 100_000])
def test_a_list_that_is_none_names_nothing(cell: str):
    assert columns_in(cell) == []
