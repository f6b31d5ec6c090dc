"""Notices: what they say is literal."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

HOSTILE = "&lt;i&gt;x&lt;/i&gt;"


def told() -> None:
    from labelviz.ui.components import notice

    notice.missing("<i>x</i>", "a")
    notice.warning("<i>x</i>", "b")
    notice.quiet("<i>x</i>")


def test_nothing_in_them_is_markup() -> None:
    bodies = [block.value for block in AppTest.from_function(told).run().html]
    assert [body.count(HOSTILE) for body in bodies] == [1, 1, 1]
    assert not any("<i>" in body for body in bodies)
