"""Text from data is never markup, in HTML or in the label of a widget."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from labelviz.core.visible import visible
from labelviz.ui.components import literal


@given(st.text(max_size=200))
def test_escaped_text_reads_back_as_the_visible_text(text: str) -> None:
    escaped = literal.escaped(text)
    assert html.unescape(escaped) == visible(text)
    assert not re.search(r"[<>\"']", escaped)


@pytest.mark.bad_input("E02")
def test_very_long_text_is_cut_and_says_how_long_it_is() -> None:
    shown = literal.escaped("a" * 1_000_000)
    assert len(shown) < 21_000
    assert "1,000,000 characters" in shown


@pytest.mark.bad_input("E08", "E09", "E10", "D08")
@pytest.mark.parametrize(
    "text", ["**bold**", "[link](http://x)", "$x^2$", ":red[x]", ":smile:", "<b>", "# title", "`c`"]
)
def test_a_widget_label_shows_the_characters(text: str) -> None:
    label = literal.label(text)
    assert re.sub(r"\\(.)", r"\1", label) == text
    for special in re.finditer(r"[*\[\]$:<>`#_~]", label):
        assert label[special.start() - 1] == "\\"


def hostile() -> None:
    from labelviz.ui.components import literal

    literal.block(f"<p>{literal.escaped('<script>alert(1)</script>')}</p>")


@pytest.mark.bad_input("E07")
def test_a_block_holds_no_tag_from_data() -> None:
    (block,) = AppTest.from_function(hostile).run().html
    assert block.value == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"
