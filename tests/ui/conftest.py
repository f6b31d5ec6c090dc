"""A page in a simulated browser, and what it would have done outside of itself."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from labelviz import jobs
from labelviz.core.dataset import Dataset
from labelviz.core.decisions import Decision, Verdict
from labelviz.project.workspace import Workspace
from labelviz.requests import Request
from labelviz.reviewing import Answer
from labelviz.tables import keep
from labelviz.ui import identity, served, state
from labelviz.ui.components import answer, exporting, table
from tests.conftest import ENOUGH

# A simulated browser reads what every installed package says of itself, each anew; once is enough.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)

# Opens a page on a workspace's folder, as a reviewer of some name, with a query in the URL.
Open = Callable[..., AppTest]


def shown_by(name: str) -> None:
    """One page with the app's error messages, without navigation."""
    import importlib

    from labelviz.errors import LabelvizError
    from labelviz.ui.components import message

    try:
        importlib.import_module(f"labelviz.ui.pages.{name}").render()
    except LabelvizError as error:
        message.show(error)


def words(page: AppTest) -> str:
    """Everything a page says outside of widgets and tables."""
    assert not page.exception, page.exception
    pieces = [*page.html, *page.text, *page.header, *page.subheader, *page.code]
    return "\n".join(str(piece.value) for piece in pieces)


def kept(folder: Path, name: str, content: bytes) -> Path:
    """Where an upload of this content lies in the workspace once it was handed to a job."""
    return folder / "uploads" / hashlib.sha256(content).hexdigest()[:16] / name


def button(page: AppTest, label: str) -> Any:
    """The button of this label."""
    return next(each for each in page.button if each.label == label)


@pytest.fixture(autouse=True)
def _named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever started the server named the test's own folder."""
    monkeypatch.setenv(served.FOLDERS, str(tmp_path))
    monkeypatch.delenv(served.VISITORS, raising=False)
    monkeypatch.delenv(identity.HEADER, raising=False)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no reason to give a page up."""
    defaults = AppTest.from_function.__func__.__kwdefaults__  # type: ignore[attr-defined]
    monkeypatch.setitem(defaults, "default_timeout", ENOUGH)
    monkeypatch.setattr(exporting, "PATIENCE_SECONDS", ENOUGH)


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page on a workspace's folder."""

    def opened(name: str, folder: Path, reviewer: str = "me", **query: str) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["app.py", str(folder)])
        page = AppTest.from_function(shown_by, args=(name,))
        if reviewer:
            page.session_state["reviewer"] = reviewer
        for key, value in query.items():
            page.query_params[key] = value
        return page.run()

    return opened


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Where pages lead: (page, queue)."""
    visited: list[tuple[Any, ...]] = []
    monkeypatch.setattr(state, "go", lambda *way: visited.append(way))
    return visited


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """What pages ask for as jobs; none of them runs."""
    requests: list[Request] = []
    monkeypatch.setattr(jobs, "start", lambda _, request, **__: requests.append(request))
    return requests


@pytest.fixture
def click(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int, int], None]:
    """Click a mark of the chart whose key begins so: (key, trace, point)."""

    def clicked(key: str, trace: int, point: int) -> None:
        def chart(figure: Any, **settings: Any) -> Any:
            if not settings["key"].startswith(key):
                return None
            customdata = figure.data[trace].customdata[point]
            return {"selection": {"points": [{"customdata": customdata}]}}

        monkeypatch.setattr(st, "plotly_chart", chart)

    return clicked


@pytest.fixture
def outdated(space: Workspace) -> Workspace:
    """The same, but its flags do not say what made them, as those of old did not."""
    path = space.path / "suspicion/opinion.parquet"
    keep.write_columns(path, keep.read_columns(path))
    return space


@pytest.fixture
def logged(predicted: Workspace, write: Callable[..., Path]) -> Workspace:
    """The workspace of six samples; all but sample 3 learned their label at once."""
    rows = []
    for sample, given in zip(predicted.dataset.ids, predicted.dataset.given, strict=True):
        yes = 3 if bool(given) == (sample != "3") else -3
        rows += [f"{sample},{step},0,{yes}" for step in (0, 1)]
    predicted.findings.logs.read_file(write("\n".join(["id,step,no,yes", *rows]), "log.csv"))
    return predicted


@pytest.fixture
def sheets(monkeypatch: pytest.MonkeyPatch) -> list[answer.Sheet]:
    """What reviewers were offered; in its place stand buttons, and one that does as it is told."""
    given: list[answer.Sheet] = []

    def show(sheet: answer.Sheet, _: Dataset, acts: answer.Acts) -> None:
        given.append(sheet)
        for each in sheet.choices:
            st.button(
                each.words, key=each.verdict, disabled=not each.enabled,
                on_click=lambda said: acts.decide(said), args=(verdict(sheet, each.verdict),),
            )  # fmt: skip
        for words, step in (("previous", -1), ("next", 1)):
            st.button(words, key=words, on_click=acts.move, args=(sheet.sample, step))
        st.button("undo", key="undo", on_click=acts.take_back, args=(False,))
        st.button("redo", key="redo", on_click=acts.take_back, args=(True,))
        st.button("wanted", key="wanted", on_click=lambda: WANTED[-1](sheet, acts))

    monkeypatch.setattr(answer, "show", show)
    return given


WANTED: list[Callable[[answer.Sheet, answer.Acts], None]] = []


def do(page: AppTest, act: Callable[[answer.Sheet, answer.Acts], None]) -> AppTest:
    """Do something on the card."""
    WANTED.append(act)
    return press(page, "wanted")


def verdict(sheet: answer.Sheet, said: Verdict) -> Answer:
    return Answer(sheet.sample, sheet.operation, sheet.texts, sheet.note, verdict=said)


def target(sheet: answer.Sheet, row: list[float]) -> Answer:
    return Answer(sheet.sample, sheet.operation, sheet.texts, sheet.note, row=np.array(row))


def noted(page: AppTest, note: str) -> AppTest:
    """Write a note on the card."""

    def write(sheet: answer.Sheet, acts: answer.Acts) -> None:
        acts.draft(Answer(sheet.sample, sheet.operation, sheet.texts, note))

    return do(page, write)


def press(page: AppTest, key: str) -> AppTest:
    """Press the button of this key."""
    return page.button(key=key).click().run()


def last(space: Workspace) -> Decision:
    return space.decisions.store.events()[-1]


def query(page: AppTest, name: str) -> str:
    value = page.query_params[name]
    return value if isinstance(value, str) else value[0]


def sample(page: AppTest) -> str:
    return query(page, "sample")


class TableInBrowser:
    """Stands for the component: keeps what it is told, and sends what a test says."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.sent: dict[str, Any] = {}

    def draw(self, **told: Any) -> None:
        self.told.append(told)
        st.button("send", key="send", on_click=self.send)

    def send(self) -> None:
        st.session_state[table.KEY] = self.sent
        for event in self.sent:
            self.told[-1][f"on_{event}_change"]()

    @property
    def samples(self) -> list[str]:
        """What it shows."""
        return [each["sample"] for each in self.told[-1]["data"]["rows"]]

    def press(self, page: AppTest, event: str, what: Any) -> AppTest:
        self.sent = {event: {"what": what, "act": "1"}}
        return press(page, "send")


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> TableInBrowser:
    stands_in = TableInBrowser()
    monkeypatch.setattr(table, "_component", lambda: stands_in.draw)
    return stands_in
