from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from labelviz.errors import WorkspaceRefused
from labelviz.store import DecisionStore
from labelviz.store.backup import backups
from labelviz.store.check import check_store
from labelviz.store.migrate import revision_of
from labelviz.store.schema import METADATA, REVISION
from tests import faults
from tests.conftest import assert_message, decision_of

# The table as labelviz made it before the schema had versions.
FIRST = """
CREATE TABLE IF NOT EXISTS event (
    sequence INTEGER NOT NULL, operation TEXT NOT NULL, sample TEXT NOT NULL,
    sample_hash TEXT NOT NULL, verdict TEXT NOT NULL, reviewer TEXT NOT NULL,
    payload TEXT NOT NULL CHECK (json_valid(payload)), undoes TEXT NOT NULL,
    decided_at TEXT NOT NULL, PRIMARY KEY (sequence), UNIQUE (operation)
) STRICT
"""


def old_row(sequence: int, **changes: object) -> dict[str, object]:
    payload = {"blind": False, "label": ["yes"], "note": "中", "target": None}
    row = {
        "sequence": sequence, "operation": f"op{sequence}", "sample": f"s{sequence}",
        "sample_hash": "hash", "verdict": "keep", "reviewer": "ann",
        "payload": json.dumps(payload), "undoes": "", "decided_at": "2026-01-01T00:00:00.000+00:00",
    }  # fmt: skip
    return {**row, **changes}


OLD = [
    old_row(1),
    old_row(2, verdict="undo", undoes="op1"),
    old_row(3, verdict="undo", undoes="op2"),
    old_row(4, reviewer="bob", sample="s1"),
]


def make_old(path: Path, rows: list[dict[str, object]]) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(FIRST)
        names = ", ".join(f":{name}" for name in OLD[0])
        connection.executemany(f"INSERT INTO event VALUES ({names})", rows)  # noqa: S608
        connection.commit()


@pytest.mark.bad_input("N01")
def test_an_older_store_is_backed_up_then_brought_up_to_date(tmp_path: Path, open_store):
    make_old(tmp_path / "review.db", OLD)
    store = open_store(tmp_path / "review.db")
    events = store.events()
    assert [(e.sequence, e.operation, e.verdict, e.undoes) for e in events] == [
        (1, "op1", "keep", ""), (2, "op2", "undo", "op1"), (3, "op3", "undo", "op2"),
        (4, "op4", "keep", ""),
    ]  # fmt: skip
    assert events[0].label == ("yes",)
    assert events[0].note == "中"
    assert {d.reviewer for d in store.latest(["s1"])["s1"]} == {"ann", "bob"}
    (backup,) = backups(tmp_path)
    with closing(sqlite3.connect(backup.path)) as connection:
        assert connection.execute("SELECT count(*) FROM event").fetchone() == (4,)
        assert not connection.execute("PRAGMA table_info(standing)").fetchall()
    assert store.record(decision_of("new")).sequence == 5
    store.keeper.keep()
    assert [finding for finding in check_store(store) if not finding.sound] == []


@pytest.mark.bad_input("N05")
def test_old_rows_that_make_no_sense_are_set_aside_with_reasons(tmp_path: Path, open_store):
    bad = [
        old_row(5, verdict="maybe"), old_row(6, reviewer=""), old_row(7, verdict="undo"),
        old_row(8, payload="[]"), old_row(9, payload='{"note": 1}'),
    ]  # fmt: skip
    make_old(tmp_path / "review.db", OLD + bad)
    store = open_store(tmp_path / "review.db")
    assert [each.sequence for each in store.events()] == [1, 2, 3, 4]
    with store.database.reading() as connection:
        aside = connection.execute(sa.text("SELECT sequence, reason, content FROM set_aside")).all()
    assert [row.sequence for row in aside] == [5, 6, 7, 8, 9]
    assert "'maybe' is not known" in aside[0].reason
    assert json.loads(aside[0].content)["operation"] == "op5"
    assert all(row.reason for row in aside)
    assert store.record(decision_of("new")).sequence == 5
    assert all(f.sound for f in check_store(store) if f.about in ("decisions", "what stands"))


@pytest.mark.bad_input("N01")
def test_a_store_that_set_rows_aside_once_can_be_brought_up_to_date_again(
    tmp_path: Path, open_store
):
    make_old(tmp_path / "review.db", [*OLD, old_row(5, verdict="maybe")])
    with closing(open_store(tmp_path / "review.db")) as first:
        assert len(first.events()) == 4
    with closing(sqlite3.connect(tmp_path / "review.db")) as connection:
        connection.executescript(
            "DROP INDEX event_in_bulk; DROP TABLE role; DROP TABLE tenant;"
            "CREATE INDEX standing_by_turn ON standing (turn);"
            "UPDATE alembic_version SET version_num = '0002'"
        )
    store = open_store(tmp_path / "review.db")
    assert len(store.events()) == 4
    assert [sequence for sequence, _ in store.set_aside()] == [5]
    with store.database.reading() as connection:
        assert revision_of(connection) == REVISION
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []


def test_a_store_made_by_migrations_is_the_one_the_code_describes(store: DecisionStore):
    store.hold()
    with store.database.reading() as connection:
        assert revision_of(connection) == REVISION
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []


def test_every_table_of_a_file_is_strict_and_checked(tmp_path: Path, open_store):
    """What compare_metadata cannot see."""
    open_store(tmp_path / "review.db").hold()
    made = sa.create_engine("sqlite://")
    METADATA.create_all(made)
    by_name = (
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'"
    )
    with closing(sqlite3.connect(tmp_path / "review.db")) as connection:
        migrated = dict(connection.execute(by_name).fetchall())
    with made.connect() as connection:
        described = dict(connection.exec_driver_sql(by_name).all())
    assert migrated == described
    assert all("STRICT" in sql for sql in migrated.values() if sql.startswith("CREATE TABLE"))


@pytest.mark.bad_input("N03")
def test_a_newer_store_is_refused_in_words(store: DecisionStore, address: sa.URL, open_store):
    store.record(decision_of("1"))
    with store.database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    newer: Callable[[], object]
    for newer in (open_store(address).hold, open_store(address).events):
        with pytest.raises(WorkspaceRefused) as refused:
            newer()
        assert_message(
            refused.value, "newer labelviz", "schemas up to", "left as they are", "Install"
        )


@pytest.mark.bad_input("N04")
def test_columns_nobody_knows_are_refused_by_name(
    store: DecisionStore, address: sa.URL, open_store
):
    store.hold()
    with store.database.writing() as connection:
        connection.execute(sa.text("ALTER TABLE event ADD COLUMN colour TEXT"))
    with pytest.raises(WorkspaceRefused) as refused:
        open_store(address).hold()
    assert_message(refused.value, "event.colour", "schema", "left as it is", "by hand")
    assert refused.value.what.startswith("The store has columns that labelviz does not know")


@pytest.mark.bad_input("N06")
def test_without_room_for_a_backup_nothing_is_migrated(tmp_path: Path, open_store, monkeypatch):
    from labelviz.store import backup

    make_old(tmp_path / "review.db", OLD)
    monkeypatch.setattr(backup, "SPARE", 1 << 60)
    with pytest.raises(WorkspaceRefused) as refused:
        open_store(tmp_path / "review.db").events()
    assert_message(refused.value, "no backup", "backups", "as they were", "Make room")
    with closing(sqlite3.connect(tmp_path / "review.db")) as connection:
        assert connection.execute("SELECT count(*) FROM event").fetchone() == (4,)
        assert not connection.execute("PRAGMA table_info(standing)").fetchall()


@pytest.mark.bad_input("N02")
@pytest.mark.parametrize("point", ["backed-up", "migrated", "migrating"])
def test_a_killed_migration_leaves_the_old_store_whole(tmp_path: Path, open_store, point: str):
    path = tmp_path / "review.db"
    make_old(path, OLD)
    script = (
        "import sys; from pathlib import Path; from labelviz.store import DecisionStore;"
        "DecisionStore(Path(sys.argv[1])).events()"
    )
    done = subprocess.run(
        [sys.executable, "-c", faults.INSTALLED + script, str(path)],
        env={**os.environ, faults.VARIABLE: f"{point}=kill"},
    )
    assert done.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM event").fetchone() == (4,)
        columns = [row[1] for row in connection.execute("PRAGMA table_info(event)")]
        assert columns == list(OLD[0])
    assert len(open_store(path).events()) == 4


def test_stores_are_made_at_the_same_time(tmp_path: Path):
    stores = [DecisionStore(tmp_path / str(number) / "review.db") for number in range(8)]
    for store in stores:
        store.folder.mkdir()
    with ThreadPoolExecutor(8) as people:
        saved = people.map(lambda store: store.record(decision_of("1")), stores)
        assert [each.sequence for each in saved] == [1] * 8
    for store in stores:
        store.close()


def test_a_store_without_roles_is_backed_up_and_brought_up_to_date_on_either_database(
    address: sa.URL, open_store, tmp_path: Path
):
    with closing(open_store(address)) as before:
        before.record(decision_of("1"))
        before.assignments.assign([("s1", "ann")])
        with before.database.writing() as connection:
            connection.execute(sa.text("DROP TABLE role"))
            connection.execute(sa.text("DROP TABLE tenant"))
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '0004'"))
    store = open_store(address)
    assert not store.roles.now.are_given
    assert [each.operation for each in store.events()] == ["1"]
    assert store.assignments.of("ann") == ("s1",)
    assert backups(tmp_path)[-1].sequence == 1
