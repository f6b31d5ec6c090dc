"""Renaming, duplicating and deleting on the page: what goes is named, and the view follows."""

from __future__ import annotations

import sys
from concurrent.futures import Future
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from labelviz.project.upkeep import Belongings
from labelviz.project.workspace import Workspace
from labelviz.ui import identity
from labelviz.ui.components import exporting, upkeep
from tests.ui.conftest import Open, button, words


def managed() -> None:
    """The drawer by itself: a simulated browser closes a dialog when something in it changes."""
    import streamlit as st

    from labelviz.ui import state
    from labelviz.ui.components import upkeep

    name = state.workspace_name()
    st.text(f"in view: {name}")
    if name is not None:
        upkeep.manage.__wrapped__(state.workspace())  # type: ignore[attr-defined]


@pytest.fixture
def drawer(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(sys, "argv", ["app.py", str(space.path)])
    return AppTest.from_function(managed).run()


def typed(page: AppTest, label: str, text: str) -> AppTest:
    return next(each for each in page.text_input if each.label == label).set_value(text).run()


def test_a_workspace_is_renamed_and_stays_in_view(drawer: AppTest, space: Workspace) -> None:
    page = typed(drawer, upkeep.NAME, "better")
    page = button(page, "Rename").click().run()
    assert "in view: better" in words(page)
    assert not space.path.exists()


def test_a_duplicate_is_in_view_once_it_is_made(drawer: AppTest, space: Workspace) -> None:
    page = typed(drawer, upkeep.COPY, "copy")
    page = button(page, "Duplicate").click().run()
    assert "in view: copy" in words(page)
    assert space.path.exists()


def test_a_name_that_cannot_be_is_refused_in_words(drawer: AppTest, space: Workspace) -> None:
    page = typed(drawer, upkeep.NAME, "../up")
    page = button(page, "Rename").click().run()
    assert "no name for a workspace" in words(page)
    assert space.path.exists()


def test_what_goes_is_named_and_it_goes_once_one_is_sure(drawer: AppTest, space: Workspace) -> None:
    assert "6 samples, 0 decisions, 0 runs" in words(drawer)
    assert button(drawer, "Delete").disabled
    page = drawer.checkbox(key="sure to delete workspace").set_value(True).run()
    page = button(page, "Delete").click().run()
    assert not space.path.exists()
    assert f"in view: {space.name}" not in words(page)


def test_decisions_elsewhere_are_said_to_stay() -> None:
    there = Belongings("a", 1, 1, 1, 1, 1, elsewhere=True)
    assert upkeep.what_goes(there)[1] == upkeep.DECISIONS_STAY


def test_runs_are_kept_up_where_they_are_listed(space: Workspace, open_page: Open) -> None:
    run: Path = space.path / "runs/one"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{}")
    page = open_page("retrain", space.path)
    page = page.text_input(key="new name of one").set_value("two").run()
    page = page.button(key="rename run").click().run()
    assert space.runs.names == ("two",)
    page = page.checkbox(key="sure to delete two").set_value(True).run()
    page.button(key="delete run").click().run()
    assert space.runs.names == ()
    assert identity.LOOPBACK


def test_what_an_export_is_written_from_stays_where_it_is(
    drawer: AppTest, space: Workspace
) -> None:
    page = typed(drawer, upkeep.NAME, "better")
    page = typed(page, upkeep.COPY, "copy")
    page = page.checkbox(key="sure to delete workspace").set_value(True).run()
    doing = ("Rename", "Duplicate", "Delete")
    assert not any(button(page, each).disabled for each in doing)
    written: Future[None] = Future()
    exporting._latest()[space.path] = written
    page = page.run()
    assert upkeep.EXPORTING in words(page)
    assert all(button(page, each).disabled for each in doing)
    written.set_result(None)
    page = page.run()
    assert upkeep.EXPORTING not in words(page)
    assert not any(button(page, each).disabled for each in doing)
