from __future__ import annotations

import pytest

from labelviz.errors import RequestRefused
from labelviz.tables.options import Reading, ReadOptions
from tests.conftest import assert_message


@pytest.mark.parametrize(
    ("field", "value", "choices"),
    [
        ("escape", "both", "double, backslash"),
        ("newline", "crlf", "cr, lf"),
        ("header", "maybe", "yes, no"),
        ("names", "drop", "rename"),
    ],
)
def test_a_way_to_read_that_is_none_is_refused(field: str, value: str, choices: str):
    with pytest.raises(RequestRefused) as refused:
        ReadOptions(**{field: value})
    assert refused.value.field == field
    assert_message(refused.value, value, field, "Nothing was begun.", f"one of {choices}.")


def test_numbers_that_are_of_no_kind_are_refused():
    with pytest.raises(RequestRefused, match="The scores cannot be “logits”"):
        Reading(scores="logits")  # type: ignore[arg-type]
    assert Reading(scores="log").scores == "log"
