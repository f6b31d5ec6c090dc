"""The texts of a sample: literal, and what one side alone says is lit."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def pair(left: str, right: str, light: bool) -> None:
    from labelviz.ui.components import texts

    texts.show((left, right), light=light)


def shown(left: str, right: str, *, light: bool = True) -> str:
    app = AppTest.from_function(pair, args=(left, right, light)).run()
    return str(app.html[0].value)


def test_words_of_one_side_alone_are_lit() -> None:
    body = shown("Harbour Hotel, 12 Quay St", "harbour hotel 14 Quay St")
    assert "<b>12</b>" in body
    assert "<b>14</b>" in body
    assert "<b>Harbour" not in body
    assert "<b>Quay" not in body


def test_neighbouring_words_share_one_light() -> None:
    assert "<b>blue door</b>" in shown("a blue door", "a")


def test_chinese_is_compared_character_by_character() -> None:
    body = shown("中兴路28号", "中山路28号")
    assert "<b>兴</b>" in body
    assert "<b>山</b>" in body
    assert "<b>路" not in body


def test_numbers_with_a_unit_between_them_are_one_word() -> None:
    assert "<b>10/100</b>" in shown("switch 10/100", "switch 10 100")


def test_the_toggle_puts_the_light_out() -> None:
    assert "<b>" not in shown("a b", "c d", light=False)


def test_hostile_text_stays_text_and_an_empty_one_is_named() -> None:
    body = shown("<b>x</b> & <script>", "")
    assert "<script>" not in body
    assert "&lt;script&gt;" in body.replace("<b>", "").replace("</b>", "")
    assert "(empty text)" in body
