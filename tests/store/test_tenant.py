from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from labelviz.core.roles import Member, Roles
from labelviz.errors import NotSaved, WorkspaceRefused
from labelviz.store import DecisionStore, Tenant
from tests.conftest import assert_message, decision_of
from tests.store.conftest import nobody_may_write

OURS, THEIRS = Tenant("a" * 32, "ours"), Tenant("b" * 32, "theirs")

Opened = Callable[[Tenant], DecisionStore]


@pytest.fixture
def opened(address: sa.URL, tmp_path: Path) -> Opened:
    """A store of a workspace, in one database for all of them; each has a folder of its own."""

    def make(tenant: Tenant) -> DecisionStore:
        folder = tmp_path / tenant.name
        folder.mkdir(exist_ok=True)
        return DecisionStore(address, folder, tenant)

    return make


def kept_by(store: DecisionStore) -> None:
    """The message names both, and what to do."""
    with pytest.raises(WorkspaceRefused) as refused:
        store.events()
    assert_message(
        refused.value, "that theirs names holds the decisions of another workspace, ours",
        THEIRS.workspace, "Nothing was read of it", "take-over",
    )  # fmt: skip


def test_a_database_is_of_the_workspace_that_opened_it_first(opened: Opened):
    with closing(opened(OURS)) as store:
        store.record(decision_of("1"))
    with closing(opened(THEIRS)) as store:
        kept_by(store)
        with pytest.raises(NotSaved, match="another workspace"):
            store.record(decision_of("2"))
        with pytest.raises(WorkspaceRefused):
            store.leases.holders("s1")
    with closing(opened(OURS)) as store:
        assert [each.operation for each in store.events()] == ["1"]


def test_a_workspace_that_only_reads_is_no_tenant_yet(opened: Opened):
    with closing(opened(THEIRS)) as store:
        assert store.events() == ()
    with closing(opened(OURS)) as store:
        store.record(decision_of("1"))
    with closing(opened(THEIRS)) as store:
        kept_by(store)


def test_a_renamed_workspace_keeps_its_database(opened: Opened):
    with closing(opened(OURS)) as store:
        store.record(decision_of("1"))
    with closing(opened(Tenant(OURS.workspace, "renamed"))) as store:
        store.record(decision_of("2"))
    with closing(opened(THEIRS)) as store, pytest.raises(WorkspaceRefused, match="renamed"):
        store.events()


def test_a_database_is_taken_over_from_a_workspace_that_is_gone(opened: Opened):
    with closing(opened(OURS)) as store:
        store.record(decision_of("1"))
    with closing(opened(THEIRS)) as store:
        assert store.access.take_over() == OURS
        assert [each.operation for each in store.events()] == ["1"]
        store.record(decision_of("2"))
        assert store.access.take_over() == THEIRS
    with closing(opened(OURS)) as store, pytest.raises(WorkspaceRefused, match="theirs"):
        store.events()


def test_what_lies_in_the_workspace_is_not_taken_over(file_store: DecisionStore):
    with pytest.raises(WorkspaceRefused) as refused:
        file_store.access.take_over()
    assert_message(refused.value, "nobody else's", "review.db", "left as they are", "Name the")


def test_a_store_from_before_there_were_tenants_is_read_where_nobody_may_write(
    file_store: DecisionStore, tmp_path: Path, open_store, monkeypatch
):
    file_store.roles.change(lambda _: Roles({"olga": Member("owner")}))
    file_store.close()
    with closing(sqlite3.connect(tmp_path / "review.db")) as connection:
        connection.executescript(
            "DROP TABLE tenant; UPDATE alembic_version SET version_num = '0005'"
        )

    nobody_may_write(monkeypatch)
    reader = open_store(tmp_path / "review.db")
    assert reader.roles.now.of("olga").role == "owner"


def test_a_copy_of_a_store_is_nobodys(opened: Opened, tmp_path: Path):
    from labelviz.store.commands import copy

    with closing(opened(OURS)) as store:
        store.record(decision_of("1"))
        tables = copy(store.database, f"sqlite:///{tmp_path}/copy.db")
    assert "tenant" not in {each.table for each in tables}
    copied = sa.URL.create("sqlite", database=str(tmp_path / "copy.db"))
    with closing(DecisionStore(copied, tmp_path, THEIRS)) as store:
        store.record(decision_of("2"))
        assert [each.operation for each in store.events()] == ["1", "2"]
