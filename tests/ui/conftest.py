"""A page in a simulated browser, and what it would have done outside of itself."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from labelviz import jobs
from labelviz.core.dataset import Dataset
from labelviz.core.decisions import Decision
from labelviz.tables.columns import Columns
from labelviz.ui import state
from labelviz.ui.components import editor
from labelviz.workspace import Workspace

Open = Callable[[str, Path], AppTest]
"""Opens a page on a workspace's folder."""


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


def button(page: AppTest, label: str) -> Any:
    """The button of this label."""
    return next(each for each in page.button if each.label == label)


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Path], AppTest]:
    """Open a page on a workspace's folder."""

    def opened(name: str, folder: Path) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["app.py", str(folder)])
        return AppTest.from_function(shown_by, args=(name,), default_timeout=30).run()

    return opened


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Where pages lead: (page, queue)."""
    visited: list[tuple[Any, ...]] = []
    monkeypatch.setattr(state, "go", lambda *way: visited.append(way))
    return visited


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands of jobs that pages start; none of them runs."""
    commands: list[list[str]] = []
    monkeypatch.setattr(jobs, "start", lambda _, command, **__: commands.append(list(command)))
    return commands


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
def flagged(predicted: Workspace) -> Workspace:
    """The workspace of six samples, checked."""
    predicted.flag()
    return predicted


@pytest.fixture
def space(predicted: Workspace) -> Workspace:
    predicted.flag()
    return predicted


@pytest.fixture
def tagged(tmp_path: Path, write: Callable[..., Path]) -> Workspace:
    """Three places with several categories each, and a model's opinion."""
    project = Workspace.create(tmp_path / "tagged")
    rows = "id,text,label\na,tower with a hotel,hotel|tower\nb,small inn,hotel\nc,office,tower\n"
    project.load(write(rows, "places.csv"), Columns("text", "label", id="id", task="multilabel"))
    opinion = "id,hotel,tower\na,0.9,0.8\nb,0.9,0.2\nc,0.1,0.9\n"
    project.predict_from_file(write(opinion, "opinion.csv"))
    return project


@pytest.fixture
def bars(monkeypatch: pytest.MonkeyPatch) -> list[editor.Bars]:
    """What the editor was given; in place of it stands a button that does what the test wants."""
    given: list[editor.Bars] = []

    def show(bars: editor.Bars, _: Dataset, acts: editor.Acts) -> None:
        given.append(bars)
        st.button("editor", key="editor", on_click=lambda: WANTED[-1](bars, acts))

    monkeypatch.setattr(editor, "show", show)
    return given


WANTED: list[Callable[[editor.Bars, editor.Acts], None]] = []


def do(page: AppTest, act: Callable[[editor.Bars, editor.Acts], None]) -> AppTest:
    """Do something on the bars of the card."""
    WANTED.append(act)
    return press(page, "editor")


def setting(bars: editor.Bars, row: list[float]) -> editor.Setting:
    return editor.Setting(bars.sample, bars.operation, row=np.array(row))


def press(page: AppTest, key: str) -> AppTest:
    """Press the button whose key begins so; the choices' keys end with their card's row."""
    return next(each for each in page.button if each.key and each.key.startswith(key)).click().run()


def last(space: Workspace) -> Decision:
    return space.store.events()[-1]


def query(page: AppTest, name: str) -> str:
    value = page.query_params[name]
    return value if isinstance(value, str) else value[0]


def sample(page: AppTest) -> str:
    return query(page, "sample")
