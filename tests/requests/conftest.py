"""What a request asks of a workspace, without anything being done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from labelviz.requests import Request
from labelviz.workspace import Workspace

Asked = Callable[[Request, str], tuple[Any, ...]]
"""Runs a request; returns what it gave to this method of the workspace."""


@pytest.fixture
def asked(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Run a request up to the method of the workspace that does it, which returns its own name."""

    def run(request: Request, method: str) -> tuple[Any, ...]:
        given: list[tuple[Any, ...]] = []

        def noted(_: Workspace, *arguments: Any) -> str:
            given.append(arguments)
            return method

        monkeypatch.setattr(Workspace, method, noted)
        assert request.run(workspace, report) == method
        return given[0]

    return run


def report(done: int, total: int, unit: str) -> None:
    """The report that a request passes on."""
