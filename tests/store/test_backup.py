from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from labelviz.core.files import replaced
from labelviz.errors import WorkspaceRefused
from labelviz.store import DecisionStore, backup
from labelviz.store.backup import back_up, backups, set_by, thin_out
from labelviz.store.commands import restore
from tests.conftest import assert_message, decision_of


def fake(folder: Path, made: datetime, sequence: int) -> Path:
    path = folder / "backups" / f"review-{made:%Y%m%dT%H%M%SZ}-{sequence:09d}.db"
    path.parent.mkdir(exist_ok=True)
    path.touch()
    return path


def test_a_backup_is_a_whole_store(store: DecisionStore, open_store, tmp_path: Path):
    saved = [store.record(decision_of(str(n), f"s{n}")) for n in range(3)]
    made = back_up(store.database, tmp_path)
    assert made.sequence == 3
    copy = open_store(made.path)
    assert copy.events() == tuple(saved)
    assert copy.changes() == store.changes()


def test_backups_are_made_without_being_asked_for(file_store: DecisionStore, tmp_path: Path):
    file_store.record(decision_of("1"))
    file_store.close()
    assert [each.sequence for each in backups(tmp_path)] == [1]


def test_old_backups_are_thinned_out_and_the_latest_stays(tmp_path: Path):
    now = datetime(2026, 6, 30, 12, 30, tzinfo=UTC)
    for hours in range(24 * 60):
        fake(tmp_path, now - timedelta(hours=hours), 10_000 - hours)
        fake(tmp_path, now - timedelta(hours=hours, minutes=20), 10_000 - hours)
    thin_out(tmp_path)
    ages = [now - each.made for each in backups(tmp_path)]
    assert min(ages) == timedelta()
    assert sum(age < timedelta(hours=8) for age in ages) == 8
    assert 15 <= len(ages) <= 19
    assert max(ages) > timedelta(days=19)


@pytest.mark.usefixtures("still")
@pytest.mark.bad_input("H26")
def test_a_backup_that_fails_is_told_and_removes_nothing(
    file_store: DecisionStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    old = fake(tmp_path, datetime.now(UTC) - timedelta(days=3), 0)
    file_store.record(decision_of("1"))
    monkeypatch.setattr(backup, "SPARE", 1 << 60)
    file_store.keeper.keep()
    assert "There is no backup: it needs" in file_store.keeper.trouble
    assert "The last backup is 72.0 hours old." in file_store.keeper.trouble
    assert old.exists()
    with pytest.raises(WorkspaceRefused) as refused:
        back_up(file_store.database, tmp_path)
    assert_message(refused.value, "MB are free", "backups", "as they were", "Make room")


@pytest.mark.usefixtures("still")
@pytest.mark.bad_input("H13", "H14")
@pytest.mark.parametrize("damage", ["cut", "replaced", "gone", "without its log"])
def test_a_damaged_store_is_refused_and_restored_whole(tmp_path: Path, open_store, damage: str):
    path = tmp_path / "review.db"
    store = open_store(path)
    for number in range(5):
        store.record(decision_of(str(number), f"s{number}"))
    back_up(store.database, tmp_path)
    store.record(decision_of("6", "s1", verdict="undo", undoes="1"))
    store.record(decision_of("7", "s7", note="after the backup"))
    store.keeper.keep()
    whole, events = store.changes(), store.events()
    without_its_log = path.read_bytes()
    store.close()
    assert not path.with_name("review.db-wal").exists()
    content = path.read_bytes()
    if damage == "without its log":
        path.write_bytes(without_its_log)
    elif damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "replaced":
        path.write_bytes(b"x" * len(content))
    elif damage == "gone":
        path.unlink()
    broken = open_store(path)
    with pytest.raises(WorkspaceRefused):
        broken.hold()
    chosen, later, old = restore(broken)
    assert chosen.parent.name == "backups"
    assert later == 2
    assert old is not None
    assert old.exists()
    again = open_store(path)
    again.hold()
    assert again.events() == events
    assert again.changes() == whole
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_two_files_that_are_set_by_within_a_second_are_both_kept(tmp_path: Path):
    path, kept = tmp_path / "review.db", []
    for content in (b"first", b"second", b"third"):
        with replaced(path) as temporary:
            temporary.write_bytes(content)
        kept.append(set_by(path))
    assert [each.read_bytes() for each in kept] == [b"first", b"second", b"third"]
    assert path.read_bytes() == b"third"


def test_without_a_backup_nothing_is_restored(file_store: DecisionStore, tmp_path: Path):
    with pytest.raises(WorkspaceRefused, match="There is no backup"):
        restore(file_store)
    (tmp_path / "no.db").write_bytes(b"nothing")
    with pytest.raises(WorkspaceRefused) as refused:
        restore(file_store, tmp_path / "no.db")
    assert_message(refused.value, "cannot be restored", "no.db", "left as they are", "another")


def committed(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT n FROM t ORDER BY n")]


def with_a_log(path: Path) -> sqlite3.Connection:
    """A database whose last commits lie in its write-ahead log, as a killed writer leaves it."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("CREATE TABLE t (n INTEGER)")
    for number in range(3):
        with connection:
            connection.execute("INSERT INTO t VALUES (?)", [number])
    return connection


@pytest.mark.bad_input("H02")
def test_a_database_that_is_set_by_is_whole_in_both_places(tmp_path: Path):
    with closing(with_a_log(tmp_path / "used.db")):
        for ending in ("", "-wal"):
            shutil.copy(tmp_path / f"used.db{ending}", tmp_path / f"review.db{ending}")
    by = set_by(tmp_path / "review.db")
    assert by is not None
    assert not (tmp_path / "review.db-wal").exists()
    assert committed(by) == committed(tmp_path / "review.db") == [0, 1, 2]


@pytest.mark.bad_input("H13")
def test_a_damaged_database_is_set_by_with_its_log(tmp_path: Path):
    path = tmp_path / "review.db"
    path.write_bytes(b"no database")
    path.with_name("review.db-wal").write_bytes(b"no log")
    by = set_by(path)
    assert by is not None
    assert by.read_bytes() == path.read_bytes() == b"no database"
    assert by.with_name(f"{by.name}-wal").read_bytes() == b"no log"
    assert not path.with_name("review.db-wal").exists()


@pytest.mark.bad_input("H13")
def test_a_log_without_its_database_is_not_taken_for_that_of_the_next(tmp_path: Path):
    (tmp_path / "review.db-wal").write_bytes(b"of another")
    assert set_by(tmp_path / "review.db") is None
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_somebody_reads_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path, connect = tmp_path / "review.db", sqlite3.connect
    with closing(with_a_log(path)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM t").fetchone() == (3,)
        with closing(connect(path)) as writer, writer:
            writer.execute("INSERT INTO t VALUES (3)")
        monkeypatch.setattr(backup.sqlite3, "connect", lambda at: connect(at, timeout=0))
        with pytest.raises(WorkspaceRefused) as refused:
            set_by(path)
        assert_message(
            refused.value, "somebody is reading", "review.db", "left as they are", "Try again"
        )
        assert list(tmp_path.glob("review-before-*")) == []
        reader.rollback()
        by = set_by(path)  # a connection that reads nothing just now does not matter
        assert by is not None
        assert committed(by) == [0, 1, 2, 3]
