from __future__ import annotations

import pytest

from labelviz.tables.load import Columns
from labelviz.ui.components.columns import guess


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            "id text_a text_b label llm_confidence language split",
            Columns(
                "text_a", "label", "text_b", id="id", confidence="llm_confidence",
                slices=("language",), split="split",
            ),
        ),
        ("sentence1 sentence2 label", Columns("sentence1", "label", "sentence2")),
        (
            "id text gold llm_chatgpt llm_flan",
            Columns("text", "llm_chatgpt", id="id", annotators=("llm_flan",)),
        ),
        ("id text noisy gold", Columns("text", "noisy", id="id")),
        ("ID Text Label", Columns("Text", "Label", id="ID")),
        ("foo bar baz", Columns("foo", "baz")),
        ("only", Columns("only", "only")),
        ("label", Columns("label", "label")),
    ],
)  # fmt: skip
def test_columns_are_guessed_by_name(names, expected):
    assert guess(names.split()) == expected
