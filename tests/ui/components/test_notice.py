"""Notices: what they say is literal."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from labelviz.project.decisions import Decisions
from labelviz.project.workspace import Workspace
from tests.ui.conftest import Open, words

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


@pytest.mark.parametrize("name", ["review", "overview"])
def test_what_stands_beside_decisions_is_said_to_be_behind(
    open_page: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert "is behind" not in words(open_page(name, workspace.path))
    trouble = "The journal of decisions cannot be written: No space left on device."
    monkeypatch.setattr(Decisions, "trouble", property(lambda _: trouble))
    shown = words(open_page(name, workspace.path))
    assert "Decisions are saved, but" in shown
    assert trouble in shown
