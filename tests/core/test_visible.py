"""What hides is shown, what shows is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.visible import visible


@pytest.mark.bad_input("E04", "E06")
def test_overrides_zero_widths_and_controls_become_marks() -> None:
    assert visible("a\u202eb") == "a⟨U+202E⟩b"
    assert visible("\u200bx\u00ad") == "⟨U+200B⟩x⟨U+00AD⟩"
    assert visible("\x1b[31m") == "⟨U+001B⟩[31m"


@pytest.mark.bad_input("E05")
def test_layout_emoji_and_joined_letters_stay() -> None:
    for text in ("two\nlines\tand a tab", "👨‍👩‍👧", "می\u200cخواهم", "北京路5号", "naïve"):
        assert visible(text) == text


@given(st.text())
def test_nothing_hidden_is_left_and_nothing_is_hidden_twice(text: str) -> None:
    once = visible(text)
    assert visible(once) == once
    assert "\u202e" not in once
