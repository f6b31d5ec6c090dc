"""Text from data is never markup, in HTML or in the label of a widget."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

import labelviz
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


@pytest.mark.bad_input("E06", "E10")
def test_what_is_chosen_from_is_short_on_one_line_and_unlike() -> None:
    long = "x" * 3_000
    texts = ["book_table", "", "a\u200b", "a⟨U+200B⟩", long, f"{long}y{'x' * 60}", "two\nlines"]
    shown = literal.options(texts, lambda text: text or "Any")
    assert list(shown) == texts
    assert shown["book_table"] == "book_table"
    assert shown[""] == "Any"
    assert shown["a\u200b"] == "a⟨U+200B⟩"
    assert shown["a⟨U+200B⟩"] == "a⟨U+200B⟩ (2)"
    assert shown["two\nlines"] == "two⟨U+000A⟩lines"
    assert len(set(shown.values())) == len(texts)
    assert max(map(len, shown.values())) <= literal.LONGEST_OPTION + 4


@given(st.sets(st.text()))
def test_no_two_choices_look_alike(texts: set[str]) -> None:
    shown = literal.options(sorted(texts))
    assert len(set(shown.values())) == len(texts)


@pytest.mark.bad_input("E02", "E06")
def test_a_table_shows_what_is_hidden_and_not_all_of_what_is_long() -> None:
    shown = literal.table({"a\u202e": ["pay\u200bpal", "x" * 9_000_000 + "end"], "n": [1, None]})
    assert list(shown) == ["a⟨U+202E⟩", "n"]
    assert shown["n"] == [1, None]
    assert shown["a⟨U+202E⟩"][0] == "pay⟨U+200B⟩pal"
    assert len(shown["a⟨U+202E⟩"][1]) <= literal.LONGEST_CELL
    assert shown["a⟨U+202E⟩"][1].endswith("xend")


CALLS = {"dataframe": "table", "table": "table", "code": "lines"}
CHOICES = {"selectbox", "multiselect"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    root = Path(labelviz.__file__).parent
    for path in [*root.glob("ui/**/*.py"), root / "page.py"]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield f"{path.name}:{node.lineno}", node


@pytest.mark.bad_input("E10", "M12")
def test_every_table_every_box_of_code_and_every_choice_goes_through_here() -> None:
    """Read from the syntax tree, so that the next one does too."""
    seen = set()
    for where, call in calls():
        name = call.func.attr  # type: ignore[attr-defined]
        first = ast.unparse(call.args[0]) if call.args else ""
        if name in CALLS and ast.unparse(call.func).startswith("st."):
            assert first.startswith("literal.") or first == "shown", where
            seen.add(name)
        if name in CHOICES:
            words = [ast.unparse(each.value) for each in call.keywords if each.arg == "format_func"]
            assert words or any(each.arg is None for each in call.keywords), where
            seen.add(name)
    assert seen == {"dataframe", "code", *CHOICES}


def hostile() -> None:
    from labelviz.ui.components import literal

    literal.block(f"<p>{literal.escaped('<script>alert(1)</script>')}</p>")


@pytest.mark.bad_input("E07")
def test_a_block_holds_no_tag_from_data() -> None:
    (block,) = AppTest.from_function(hostile).run().html
    assert block.value == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"
