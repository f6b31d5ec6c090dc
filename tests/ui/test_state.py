"""Which workspace a visitor looks at."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from labelviz.workspace import Workspace


def looking() -> None:
    import streamlit as st

    from labelviz.ui import state

    st.text(state.workspace_name() or "none")
    st.text(state.reviewer())


@pytest.fixture
def visit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    for name in ("alpha", "beta"):
        Workspace.create(tmp_path / name)
    monkeypatch.setattr(sys, "argv", ["app.py", str(tmp_path / "beta")])
    return AppTest.from_function(looking)


def test_the_command_line_chooses_first(visit: AppTest) -> None:
    assert [text.value for text in visit.run().text] == ["beta", "me"]


def test_the_url_goes_before_the_command_line(visit: AppTest) -> None:
    visit.query_params["workspace"] = "alpha"
    assert visit.run().text[0].value == "alpha"


@pytest.mark.bad_input("I21", "M01")
@pytest.mark.parametrize("name", ["nothing", "../beta", "/etc", ""])
def test_a_url_that_names_no_workspace_is_passed_over(visit: AppTest, name: str) -> None:
    visit.query_params["workspace"] = name
    assert visit.run().text[0].value == "beta"


def test_the_reviewer_is_who_typed_a_name(visit: AppTest) -> None:
    visit.session_state["reviewer"] = "Ann"
    assert visit.run().text[1].value == "Ann"


def test_without_a_workspace_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["app.py", str(tmp_path / "empty" / "space")])
    assert AppTest.from_function(looking).run().text[0].value == "none"
