from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from labelviz.core.roles import Member, Roles
from labelviz.errors import WorkspaceRefused
from labelviz.store import Claim, DecisionStore, Draft, copy, limits
from labelviz.store.copy import copy_tables
from labelviz.store.database import Database, parse_address
from tests.conftest import assert_message, decision_of, texts_of


@pytest.mark.bad_input("N07")
def test_everything_moves_to_postgresql_and_is_compared(file_store, server, open_store):
    for number in range(12):
        file_store.record(
            decision_of(str(number), f"s{number % 5}", "soften", target={"a": 0.1, "b": 1 / 3})
        )
    file_store.record(decision_of("undo", "s1", "undo", undoes="11"))
    file_store.drafts.keep(Draft("ann", "s9", "op", {"note": "中 \x1f é", "share": 0.1}))
    file_store.assignments.assign([("s1", "ann")])
    file_store.roles.change(lambda _: Roles({"ann": Member("owner")}, others="viewer"))
    file_store.leases.claim(Claim("ann", ["s1", "s2"], 3, 60, texts_of))
    address = parse_address(server.empty_database(), "the test")
    done = copy_tables(file_store.database, Database(address))
    assert {each.table: each.count for each in done} == {
        "event": 13, "standing": 12, "draft": 1, "lease": 0, "assignment": 1, "role": 2,
        "set_aside": 0,
    }  # fmt: skip
    moved = open_store(address)
    assert moved.events() == file_store.events()
    assert moved.changes() == file_store.changes()
    assert moved.roles.now == file_store.roles.now
    assert moved.drafts.of("ann", "s9") == file_store.drafts.of("ann", "s9")
    assert moved.record(decision_of("new")).sequence == 14


@pytest.mark.bad_input("N07")
def test_a_database_that_holds_decisions_is_not_copied_to(store, tmp_path):
    store.record(decision_of("1"))
    (tmp_path / "other").mkdir()
    other = DecisionStore(tmp_path / "other" / "other.db")
    other.record(decision_of("2"))
    with pytest.raises(WorkspaceRefused) as refused:
        copy_tables(store.database, other.database)
    assert_message(refused.value, "decisions already", "other.db", "as they are", "empty")
    other.close()


@pytest.mark.bad_input("N07", "B09")
def test_what_postgresql_cannot_hold_is_named_and_nothing_is_copied(
    file_store, server, monkeypatch
):
    # An earlier version took such ids.
    monkeypatch.setattr(limits, "UNKEEPABLE", re.compile("(?!)"))
    file_store.record(decision_of("1"))
    file_store.record(decision_of("2", "nul \0 in an id"))
    address = parse_address(server.empty_database(), "the test")
    with pytest.raises(WorkspaceRefused) as refused:
        copy_tables(file_store.database, Database(address))
    assert_message(refused.value, "NUL", "postgres", "Nothing was copied", "Mend what is named")
    other = Database(address)
    with other.reading() as connection:
        assert copy.rows.sa.inspect(connection).get_table_names() == []


@pytest.mark.bad_input("N07")
def test_a_copy_that_differs_is_taken_back(file_store, server, monkeypatch):
    file_store.record(decision_of("1"))
    seen = []

    def differs(connection, table):
        seen.append(table.name)
        return len(seen), "hash"

    monkeypatch.setattr(copy.rows, "content_hash", differs)
    with pytest.raises(WorkspaceRefused) as refused:
        copy_tables(
            file_store.database, Database(parse_address(server.empty_database(), "the test"))
        )
    assert_message(
        refused.value, f"The table {seen[0]} differs after copying.", "1 rows, then 2",
        "Nothing was copied; the old database is as it was.", "Report this",
    )  # fmt: skip
    assert refused.value.remedy == "Report this with both versions of labelviz and of the database."


def test_of_what_a_database_says_the_first_line_is_told(file_store, tmp_path, monkeypatch):
    def fails(*_):
        raise sa.exc.DataError("", {}, Exception("too long\nDETAIL: a private note"))

    file_store.record(decision_of("1"))
    monkeypatch.setattr(copy, "_copy", fails)
    other = Database(sa.URL.create("sqlite", database=str(tmp_path / "other.db")))
    with pytest.raises(WorkspaceRefused) as refused:
        copy_tables(file_store.database, other)
    other.close()
    assert refused.value.what == "The decisions cannot be copied: too long."
