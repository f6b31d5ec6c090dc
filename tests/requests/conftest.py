"""What a request asks of a workspace, without anything being done."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import pytest

from labelviz.project.workspace import Workspace
from labelviz.requests import Request

# Runs a request; returns what it gave to this method of a room, "runs.train".
Asked = Callable[[Request, str], tuple[Any, ...]]


@pytest.fixture
def asked(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Run a request up to the method of a room that does it, which returns its own name."""

    def run(request: Request, method: str) -> tuple[Any, ...]:
        given: list[tuple[Any, ...]] = []

        room, _, name = method.rpartition(".")

        def noted(_: object, *arguments: Any, **named: Any) -> str:
            given.append((*arguments, *named.values()))
            return method

        monkeypatch.setattr(type(attrgetter(room)(workspace)), name, noted)
        assert request.run(workspace, report) == method
        return given[0]

    return run


def report(done: int, total: int, unit: str) -> None:
    """The report that a request passes on."""
