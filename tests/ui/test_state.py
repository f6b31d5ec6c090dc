"""Which workspace a visitor looks at."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from labelviz.project.workspace import Workspace
from labelviz.tables import keep
from labelviz.ui import state
from tests.conftest import decision_of


def looking() -> None:
    """What every run of the page does, also one that a clock starts."""
    import streamlit as st

    from labelviz.ui import state

    st.text(state.workspace_name() or "none")
    state.keep_reviewer()
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


def test_what_the_url_says_already_is_not_written_again(
    visit: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    proxy = type(st.query_params)
    put = proxy.__setitem__

    def noted(params: object, name: str, value: str) -> None:
        written.append((name, value))
        put(params, name, value)

    monkeypatch.setattr(proxy, "__setitem__", noted)
    visit.session_state["reviewer"] = "Ann"
    visit.run()
    assert sorted(written) == [("reviewer", "Ann"), ("workspace", "beta")]
    visit.query_params["sample"] = "4"
    written.clear()
    visit.run()
    assert written == []


def test_a_reviewer_is_known_by_the_name_they_had_before(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    space.decide(decision_of("1", "007", reviewer="Ann", on=space.dataset))
    monkeypatch.setattr(sys, "argv", ["app.py", str(space.path)])
    visit = AppTest.from_function(looking)
    for typed, name in (("ann ", "Ann"), ("A\x00NN", "Ann"), ("anna", "anna"), ("\x00 ", "me")):
        visit.session_state["reviewer"] = typed
        assert visit.run().text[1].value == name


def test_without_a_workspace_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["app.py", str(tmp_path / "empty" / "space")])
    assert AppTest.from_function(looking).run().text[0].value == "none"


@pytest.mark.bad_input("I16")
def test_two_hundred_who_come_at_once_share_the_work_of_opening(
    predicted: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, read, gate = [], [], threading.Barrier(200)
    read_dataset = keep.read_dataset

    class Counted(Workspace):
        def __init__(self, path: Path) -> None:
            opened.append(path)
            super().__init__(path)

    def counted(path: Path) -> object:
        read.append(path)
        return read_dataset(path)

    def come(_: int) -> tuple[Workspace, str]:
        gate.wait()
        here = state._open(predicted.path)
        return here, here.dataset.fingerprint

    monkeypatch.setattr(state, "Workspace", Counted)
    monkeypatch.setattr(keep, "read_dataset", counted)
    state._open.clear()
    predicted.decisions.store.close()
    with ThreadPoolExecutor(200) as pool:
        came = set(pool.map(come, range(200)))
    assert len(came) == len(opened) == len(read) == 1
    state._open.clear()
