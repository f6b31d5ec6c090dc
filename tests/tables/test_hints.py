from __future__ import annotations

import pytest

from labelviz.tables import hints


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Input.review text", "review_text"),
        ("Answer.label", "label"),
        ("mood:confidence", "mood_confidence"),
        ("answer_id", "answer_id"),
        ("Given-Label ", "given_label"),
    ],
)
def test_names_are_compared_without_what_a_tool_puts_before_them(name, key):
    assert hints.key_of(name) == key


def test_columns_that_say_something_of_another():
    found = hints.COMPANION.fullmatch(hints.key_of("mood:confidence"))
    assert found is not None
    assert found[1] == "mood"
    assert hints.PEOPLE.fullmatch(hints.key_of("WorkerId"))
    assert not hints.PEOPLE.fullmatch("worker_count")
