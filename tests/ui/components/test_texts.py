"""The texts of a sample: literal, and what one side alone says is lit."""

from __future__ import annotations

import re

import pytest

from labelviz.ui.components import texts


def pair(left: str, right: str, *, light: bool = True) -> str:
    return texts.markup((left, right), light=light)


def lit(markup: str) -> list[str]:
    return re.findall(r"<mark[^>]*>([^<]*)</mark>", markup)


def test_words_of_one_side_alone_are_lit_in_its_box() -> None:
    body = pair("Harbour Hotel, 12 Quay St", "harbour hotel 14 Quay St")
    assert lit(body) == ["12", "14"]
    assert body.count('class="lv-text"') == 2
    assert body.count('dir="auto"') == 2


def test_numbers_and_codes_stand_out_even_where_both_sides_have_them() -> None:
    body = pair("switch jfs516na 12", "hub jfs516na 12")
    assert lit(body) == ["switch", "hub"]
    assert body.count("<b>jfs516na</b>") == 2
    assert body.count("<b>12</b>") == 2


def test_a_number_that_differs_looks_unlike_a_word_that_does() -> None:
    body = pair("red 12", "blue 13")
    assert '<mark class="lv-lit-word">red</mark>' in body
    assert '<mark class="lv-lit-number">12</mark>' in body


def test_records_are_aligned_by_attribute() -> None:
    body = pair("title: hub a | price: 20", "price: 22 | title: hub b | colour: red")
    rows = re.findall(r"<tr><th>(.*?)</th><td[^>]*>(.*?)</td><td[^>]*>(.*?)</td></tr>", body)
    assert [row[0] for row in rows] == ["title", "price", "colour"]
    assert lit(body) == ["a", "b", "20", "22"]
    assert rows[2][1:] == (texts.LACKING, "red")


def test_the_toggle_puts_the_light_out() -> None:
    assert lit(pair("a b", "c d", light=False)) == []
    assert "<table>" not in pair("a: b | c: d", "a: b | c: e", light=False)


def test_where_most_words_differ_only_numbers_are_lit_and_that_is_said() -> None:
    some, others = (" ".join(f"{side}{n}" for n in "cdefgh") for side in "ab")
    for body in (pair(some, others), pair(f"t: {some} | u: 1", f"t: {others} | u: 1")):
        assert lit(body) == []
        assert body.endswith(f'<div class="lv-quiet">{texts.MOSTLY_DIFFERENT}</div>')
    dated = pair(f"{some} year 1999", f"{others} year 2000")
    assert dated.endswith(f'<div class="lv-quiet">{texts.MOSTLY_DIFFERENT}</div>')
    assert lit(dated) == ["1999", "2000"]
    nearly = pair(f"t: {some} | u: {some}", f"t: {some} | u: {others[:5]}")
    assert lit(nearly) != []
    assert texts.MOSTLY_DIFFERENT not in nearly


@pytest.mark.bad_input("E02")
def test_very_long_texts_are_shown_without_light() -> None:
    body = pair("a " * 5_000_000, "b")
    assert lit(body) == []
    assert "10,000,000 characters" in body


@pytest.mark.bad_input("E07", "E08", "E09")
@pytest.mark.parametrize("light", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "<b>x</b> & <script>alert(1)</script>",
        "<img src=x onerror=alert(1)>: 1 | a: 2",
        "$x^2$ **b**",
    ],
)
def test_hostile_text_stays_text(text: str, light: bool) -> None:
    for body in (pair(text, "a: 3 | b: 4", light=light), texts.markup((text,), light=light)):
        tags = set(re.findall(r"<(/?[a-z]+)", body))
        assert tags <= {"div", "/div", "mark", "/mark", "b", "/b", "span", "/span", "table",
                        "/table", "tr", "/tr", "th", "/th", "td", "/td"}  # fmt: skip
        assert "onerror=" not in re.sub(r">[^<]*<", "><", body)


def test_an_empty_text_is_named() -> None:
    assert "(empty text)" in pair("", "x")
    assert "(empty text)" in texts.markup((" ",), light=True)
