from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.tables.cells import as_text, encodable, kind, typed_notes


@pytest.mark.bad_input("E18", "C07")
@pytest.mark.parametrize(
    ("value", "text", "what"),
    [
        ("007 ", "007 ", ""),
        (None, "", ""),
        (True, "true", "true or false"),
        (7, "7", "a whole number"),
        (1234567890123456789, "1234567890123456789", "a whole number"),
        (0.1, "0.1", "a decimal number"),
        (1.0, "1.0", "a decimal number"),
        (1e22, "1e+22", "a decimal number"),
        (float("nan"), "nan", "NaN or infinite"),
        (float("inf"), "inf", "NaN or infinite"),
        (["好", 1, None], '["好",1,null]', "a list"),
        ((0.5, 0.5), "[0.5,0.5]", "a list"),
        ({"b": 1, "a": True}, '{"a":true,"b":1}', "an object"),
        ({"at": date(2024, 5, 6)}, '{"at":"2024-05-06"}', "an object"),
        (date(2024, 5, 6), "2024-05-06", "a date or time"),
        (datetime(2024, 5, 6, 7, 8, tzinfo=UTC), "2024-05-06T07:08:00+00:00", "a date or time"),
        (time(7, 8), "07:08:00", "a date or time"),
        ("é".encode(), "é", "bytes"),
        (b"\xff", "/w==", "bytes"),
        (Decimal("1.50"), "1.50", "Decimal"),
    ],
)
def test_a_value_has_one_text(value: object, text: str, what: str):
    assert (as_text(value), kind(value)) == (text, what)


@given(st.floats(allow_nan=False))
def test_a_number_reads_back_exactly(value: float):
    assert float(as_text(value)) == value


@given(st.dictionaries(st.text(), st.lists(st.integers() | st.text())))
def test_an_object_reads_back_and_its_order_does_not_matter(value: dict[str, object]):
    assert json.loads(as_text(value)) == value
    assert as_text(dict(reversed(value.items()))) == as_text(value)


@pytest.mark.bad_input("E18")
def test_notes_name_column_type_and_count():
    notes = typed_notes("label", [1, "x", None, 2, True, 3, 4])
    assert [(each.count, each.examples) for each in notes] == [(4, ("1", "2", "3")), (1, ("true",))]
    assert (
        notes[0].text == "cells of column 'label' were a whole number in the file and are text now"
    )


def test_a_lone_surrogate_is_no_text():
    assert encodable("好😀")
    assert not encodable("a\ud800")
