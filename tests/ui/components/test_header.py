"""Who, where, what runs: said above every page, and the name asked before the first decision."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

import labelviz
from labelviz import jobs
from labelviz.errors import WorkspaceRefused
from labelviz.jobs import Progress
from labelviz.project.workspace import Workspace
from labelviz.ui import state
from tests.conftest import ENOUGH
from tests.ui.conftest import Open, button, last, press, words

SCRIPT = Path(labelviz.__file__).parent / "page.py"
pytestmark = pytest.mark.usefixtures("sheets")


def chip(page: AppTest) -> str:
    assert not page.exception, page.exception
    return next(each.value for each in page.html if "lv-chip" in each.value)


@pytest.fixture
def visited(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The whole page on a workspace."""
    monkeypatch.setattr(sys, "argv", ["app.py", str(space.path)])
    return AppTest.from_file(str(SCRIPT), default_timeout=ENOUGH)


def test_the_workspace_the_reviewer_and_the_running_job_are_in_view(
    visited: AppTest, space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert space.name in chip(visited.run())
    assert "no name yet" in chip(visited)
    assert "Running" not in chip(visited)
    visited.session_state["reviewer"] = "<b>Ann</b>"
    monkeypatch.setattr(
        jobs, "latest",
        lambda _: SimpleNamespace(
            state="running", command="train", progress=Progress(1, 4, "steps", None, None),
            name="1", elsewhere="",
        ),
    )  # fmt: skip
    said = chip(visited.run())
    assert "&lt;b&gt;Ann&lt;/b&gt;" in said
    assert "training 25%" in said


def test_a_workspace_that_another_server_has_open_is_named_and_said_to_be(
    visited: AppTest, space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(state, "_open", elsewhere)
        page = visited.run()
        assert space.name in chip(page)
        said = words(page)
        assert "These decisions are already open in another process." in said
        assert "Use that labelviz, or stop it first." in said
    assert "already open" not in words(page.run())


def elsewhere(path: Path) -> Workspace:
    raise WorkspaceRefused(
        "These decisions are already open in another process.", where=str(path),
        remedy="Use that labelviz, or stop it first.",
    )  # fmt: skip


def test_the_name_is_asked_before_the_first_decision(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path, "")
    assert "lv-status" not in words(page)
    assert space.decisions.store.leases.onlookers("3") == ()
    page = button(page, "Start reviewing").click().run()
    assert "lv-status" not in words(page), "without a name nothing begins"
    page.text_input(key="asked name").set_value(" Ann ")
    page = button(page, "Start reviewing").click().run()
    press(page, "keep")
    assert last(space).reviewer == "Ann"


def test_a_new_workspace_is_a_press_away(visited: AppTest, space: Workspace) -> None:
    page = visited.run()
    page = page.button(key="new workspace").click().run()
    assert not page.exception
    assert page.session_state[f"load another than {space.name}"] is True
