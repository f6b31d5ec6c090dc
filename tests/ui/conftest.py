"""A page in a simulated browser, and what it would have done outside of itself."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from labelviz import jobs
from labelviz.ui import state
from labelviz.workspace import Workspace


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
    monkeypatch.setattr(jobs, "start", lambda _, command: commands.append(list(command)))
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
