"""What hides is shown, what shows is left alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from labelviz.core.visible import in_markdown, one_line, read_back, visible


@pytest.mark.bad_input("E04", "E06")
def test_overrides_zero_widths_and_controls_become_marks() -> None:
    assert visible("a\u202eb") == "a⟨U+202E⟩b"
    assert visible("\u200bx\u00ad") == "⟨U+200B⟩x⟨U+00AD⟩"
    assert visible("\x1b[31m") == "⟨U+001B⟩[31m"


@pytest.mark.bad_input("E05")
def test_layout_emoji_and_joined_letters_stay() -> None:
    for text in ("two\nlines\tand a tab", "👨‍👩‍👧", "می\u200cخواهم", "北京路5号", "naïve"):
        assert visible(text) == text


@pytest.mark.bad_input("E05", "E06")
def test_joiners_and_selectors_show_where_they_do_nothing() -> None:
    assert visible("pay\u200dpal") == "pay⟨U+200D⟩pal"
    assert visible("\u200cя\ufe0f") == "⟨U+200C⟩я⟨U+FE0F⟩"
    assert visible("no\U000e0100\U000e01ef") == "no⟨U+E0100⟩⟨U+E01EF⟩"
    assert visible("😀\U000e0154\U000e0155") == "😀\U000e0154⟨U+E0155⟩"
    for text in ("1\ufe0f\u20e3 ©\ufe0f ❤\ufe0f", "🏳️‍🌈 👩‍❤️‍👨", "辻\U000e0100", "ᠠ\u180b"):
        assert visible(text) == text


def test_halves_of_pairs_ends_of_lines_and_blank_letters_become_marks() -> None:
    assert visible("a\ud800") == "a⟨U+D800⟩"
    assert visible("a\u2028b\u2029") == "a⟨U+2028⟩b⟨U+2029⟩"
    assert visible("\u3164\u2800\u115f") == "⟨U+3164⟩⟨U+2800⟩⟨U+115F⟩"


@pytest.mark.bad_input("E06", "M13")
def test_a_line_for_a_terminal_stays_one() -> None:
    assert one_line("a\nb\r\tc\x1b[2J\u202e") == "a⟨U+000A⟩b⟨U+000D⟩⟨U+0009⟩c⟨U+001B⟩[2J⟨U+202E⟩"
    assert one_line("plain, 北京 👨‍👩‍👧") == "plain, 北京 👨‍👩‍👧"


@given(st.text())
def test_no_terminal_and_no_file_minds_a_line(text: str) -> None:
    line = one_line(text)
    assert line.splitlines() in ([], [line])
    assert not any(unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in line)
    line.encode("utf-8")


@given(st.text(min_size=1))
@example("`")
@example(" ``` ")
@example("a|b\\")
@example("<script>")
@pytest.mark.bad_input("E07", "E08")
def test_markdown_shows_the_characters(text: str) -> None:
    """By markdown-it, a renderer of its own, in a paragraph and in a cell of a table."""
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    (span,) = reader.parseInline(f"{in_markdown(text)}")[0].children or ()
    assert (span.type, span.content) == ("code_inline", one_line(text))
    table = reader.parse(f"| a | b |\n|---|---|\n| x | {in_markdown(text, cell=True)} |")
    cells = [token.children or () for token in table if token.type == "inline"]
    assert len(cells) == 4
    assert [each.content for each in cells[3]] == [one_line(text)]


@given(st.text().filter(lambda text: "⟨U+" not in text))
def test_what_was_shown_is_read_back(text: str) -> None:
    assert read_back(one_line(text)) == text


def test_only_codes_are_read_back() -> None:
    assert read_back("a⟨U+000A⟩b⟨U+202E⟩⟨U+1F600⟩") == "a\nb\u202e😀"
    assert read_back("⟨U+12⟩ ⟨U+99999⟩ ⟨U+000a⟩ U+000A") == "⟨U+12⟩ \U00099999 ⟨U+000a⟩ U+000A"


@given(st.text())
def test_nothing_hidden_is_left_and_nothing_is_hidden_twice(text: str) -> None:
    once = visible(text)
    assert visible(once) == once
    assert "\u202e" not in once
