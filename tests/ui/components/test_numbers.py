"""Figures: what they say is literal."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def counted() -> None:
    from labelviz.ui.components import numbers
    from labelviz.ui.components.numbers import Number

    numbers.show([Number("<i>x</i>", "<i>x</i>", "<i>x</i>"), Number("Samples", "1,000")])


def test_every_figure_shows_and_nothing_in_it_is_markup() -> None:
    (body,) = [block.value for block in AppTest.from_function(counted).run().html]
    assert body.count("&lt;i&gt;x&lt;/i&gt;") == 3
    assert "<i>" not in body
    assert "1,000" in body
