"""Stores on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from labelviz.store import DecisionStore
from labelviz.store.database import parse_address
from tests import postgres


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL server."""
    with postgres.running() as running:
        yield running


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
