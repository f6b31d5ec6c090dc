from __future__ import annotations

import re

import pytest

from labelviz.charts.text import LONGEST, literal

TAG = re.compile(r"<[^<>]*>")
TEX = re.compile(r"\$[^$]*\$")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("<b>bold</b>", "&lt;b&gt;bold&lt;/b&gt;"),
        ("$a$ & $b$", "&#36;a&#36; &amp; &#36;b&#36;"),
        ("&lt;", "&amp;lt;"),
        ("%{x}", "%{x}"),
        ("two\nlines\tand", "two lines and"),
        ("abc\u202edef", "abc⟨U+202E⟩def"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("停车场", "停车场"),
    ],
)
def test_text_shows_its_characters(text, shown):
    assert literal(text) == shown


def test_nothing_is_left_that_plotly_would_obey():
    hostile = "<a href='x'>$\\frac{1}{2}$</a> &amp;<br>"
    assert not TAG.search(literal(hostile))
    assert not TEX.search(literal(hostile))


def test_long_text_is_cut_and_says_so():
    assert literal("x" * LONGEST) == "x" * LONGEST
    assert literal("x" * (LONGEST + 1)) == "x" * (LONGEST - 1) + "…"


def test_a_cut_never_splits_an_escape():
    assert literal("<" * 100) == "&lt;" * (LONGEST - 1) + "…"
