from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.tables.shares import numbers, read_counts, read_shares

AB = ("a", "b")


def read(*rows: tuple[str, ...], multilabel: bool = False):
    frame = pd.DataFrame(
        rows, columns=[f"p_{n}" for n in ("b", "a", "c")[: len(rows[0])]], dtype=str
    )
    return read_shares(frame, tuple(frame), ("a", "b", "c")[: len(rows[0])], multilabel=multilabel)


@pytest.mark.bad_input("F12")
def test_columns_go_to_the_class_they_are_named_after():
    assert read(("0.25", "0.75")).values.tolist() == [[0.75, 0.25]]


@pytest.mark.bad_input("F01")
def test_rounding_is_scaled_and_more_is_a_problem():
    shares = read(("0.33", "0.33", "0.33"), ("0.3", "0.3", "0.3"), ("0.5", "0.25", "0.25"))
    assert shares.values[0].tolist() == pytest.approx([1 / 3] * 3, abs=1e-15)
    assert shares.scaled.tolist() == [0]
    assert shares.problems == {1: "the shares add to 0.9, not 1"}
    assert np.isnan(shares.values[1]).all()


@pytest.mark.bad_input("F02", "F03", "F04", "F05", "F06", "F14", "B20")
@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (("40", "60"), "60 is not from 0 to 1"),
        (("0", "0"), "the shares add to 0, not 1"),
        (("nan", "1"), "'nan' is not a number"),
        (("1e999", "0"), "inf is not from 0 to 1"),
        (("-0.1", "1.1"), "1.1 is not from 0 to 1"),
        (("0,5", "0,5"), "'0,5' is not a number"),
        (("", "1"), "some classes have no number"),
    ],
)
def test_rows_that_are_no_distribution(row, problem):
    shares = read(row)
    assert shares.problems == {0: problem}
    assert np.isnan(shares.values).all()


@pytest.mark.bad_input("F06")
def test_a_negative_by_rounding_is_zero():
    shares = read(("-1e-9", "1"))
    assert shares.values.tolist() == [[1.0, 0.0]]
    assert shares.problems == {}


def test_an_empty_row_has_no_shares_and_no_problem():
    shares = read(("", " "))
    assert shares.problems == {}
    assert np.isnan(shares.values).all()


def test_multilabel_cells_are_independent():
    shares = read(("0.9", ""), ("2", "0"), multilabel=True)
    assert str(shares.values[0].tolist()) == "[nan, 0.9]"
    assert shares.problems == {1: "2 is not from 0 to 1"}


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("[0.25, 0.75]", ""),
        ("", ""),
        ("[1]", "a list of 1 numbers for 2 classes"),
        ("[0.5, true]", "'[0.5, true]' is not a list of numbers"),
        ("0.5 0.5", "'0.5 0.5' is not a list of numbers"),
        ("[" * 100_000, f"{'[' * 40!r} is not a list of numbers"),
    ],
)
@pytest.mark.bad_input("F13", "A31")
def test_lists_in_class_order(cell, problem):
    frame = pd.DataFrame({"soft": [cell]}, dtype=str)
    shares = read_shares(frame, ("soft",), AB, multilabel=False)
    assert shares.problems == ({0: problem} if problem else {})
    assert shares.values.tolist() == [[0.25, 0.75]] if cell == "[0.25, 0.75]" else True


@given(
    st.lists(
        st.one_of(st.integers(0, 9).map(str), st.sampled_from(["", "1.5", "-1", "x", "3.0"])),
        min_size=2,
        max_size=2,
    )
)
def test_counts_are_whole_numbers(cells):
    frame = pd.DataFrame([cells], columns=["votes_a", "votes_b"], dtype=str)
    counts, bad = read_counts(frame, ("votes_b", "votes_a"), AB)
    whole = [cell == "" or (cell not in ("1.5", "-1", "x")) for cell in cells]
    assert bad.tolist() == ([] if all(whole) else [0])
    expected = [int(float(cell or 0)) for cell in cells] if all(whole) else [0, 0]
    assert counts.tolist() == [expected]


@given(
    st.lists(
        st.one_of(st.floats(allow_nan=False).map(repr), st.sampled_from(["", "x", "1_0", "0x1"]))
    )
)
def test_numbers_are_those_of_python(cells):
    read = numbers(pd.Series(cells, dtype=str))
    for value, cell in zip(read, cells, strict=True):
        try:
            expected = float(json.loads(cell)) if cell not in ("inf", "-inf") else float(cell)
        except ValueError:
            expected = float("nan")
        assert value == expected or (np.isnan(value) and np.isnan(expected))


@pytest.mark.bad_input("P09")
def test_per_cent_are_shares_and_decimal_commas_are_none():
    frame = pd.DataFrame({"a": ["60%", "25 %", "0,6"], "b": ["40%", "75 %", "0,4"]}, dtype=str)
    shares = read_shares(frame, ("a", "b"), AB, multilabel=False)
    assert shares.values[:2].tolist() == [[0.6, 0.4], [0.25, 0.75]]
    assert shares.problems == {2: "'0,6' is not a number"}
