"""Stores on both databases."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from labelviz.store import DecisionStore, writer
from labelviz.store.database import ProcessLock, parse_address
from labelviz.store.keeper import Keeper
from tests import postgres


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL server."""
    with postgres.running() as running:
        yield running


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no reason to give up."""
    monkeypatch.setattr(writer, "PATIENCE_SECONDS", 300.0)


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Journal and backups are written when the test says so, by `keeper.keep`, and only then."""
    monkeypatch.setattr(Keeper, "wake", lambda _: None)


def nobody_may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the patches are undone the folder of a store refuses its lock, as one to read does."""

    def locked(_: ProcessLock) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(ProcessLock, "acquire", locked)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> sa.URL:
    """Where there is no store yet, in either database."""
    if request.param == "sqlite":
        return sa.URL.create("sqlite", database=str(tmp_path / "review.db"))
    running: postgres.Server = request.getfixturevalue("server")
    return parse_address(running.empty_database(), "the test")


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[Callable[[sa.URL | Path], DecisionStore]]:
    """Open stores, and close them when the test is over."""
    opened: list[DecisionStore] = []

    def open_(address: sa.URL | Path) -> DecisionStore:
        opened.append(DecisionStore(address, tmp_path))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(address: sa.URL, open_store: Callable[[sa.URL], DecisionStore]) -> DecisionStore:
    """An empty store, on either database."""
    return open_store(address)


@pytest.fixture
def file_store(tmp_path: Path, open_store: Callable[[Path], DecisionStore]) -> DecisionStore:
    """An empty store in a file."""
    return open_store(tmp_path / "review.db")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What writers were asked to write, as soon as it waits in their queue."""
    made: list[object] = []
    put = queue.Queue.put_nowait

    def counted(waiting: queue.Queue[object], job: object) -> None:
        put(waiting, job)
        made.append(job)

    monkeypatch.setattr(queue.Queue, "put_nowait", counted)
    return made
