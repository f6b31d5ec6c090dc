from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from labelviz.errors import NotSaved, WorkspaceRefused
from labelviz.processes import locked, this_process
from labelviz.store import Claim, DecisionStore, address_of, database
from labelviz.store.database import (
    Database,
    ProcessLock,
    check_folder,
    is_transient,
    parse_address,
)
from tests.conftest import assert_message, decision_of, texts_of

PRIVATE = "born in 4711"


def test_decisions_lie_in_the_workspace_unless_told_otherwise(tmp_path: Path):
    assert address_of(tmp_path).database == str(tmp_path / "review.db")
    (tmp_path / "labelviz.toml").write_text('[store]\nurl = "postgresql://me@host/ours"\n')
    assert address_of(tmp_path).drivername == "postgresql+psycopg"
    assert address_of(tmp_path).database == "ours"
    (tmp_path / "labelviz.toml").write_text('[store]\nurl = "postgres+x://nothing"\n')
    with pytest.raises(WorkspaceRefused, match="no URL of SQLite or PostgreSQL"):
        address_of(tmp_path)


@pytest.mark.bad_input("M16")
@pytest.mark.parametrize("text", ["mysql://me@host/x", "nonsense", "http://host"])
def test_an_address_of_another_kind_is_refused(text: str):
    with pytest.raises(WorkspaceRefused) as refused:
        parse_address(text, "here")
    assert_message(refused.value, "no URL", "here", "", "postgresql://")


@pytest.mark.bad_input("M16")
def test_settings_that_cannot_be_read_are_refused(tmp_path: Path):
    (tmp_path / "labelviz.toml").write_text("[store\n")
    with pytest.raises(WorkspaceRefused) as refused:
        address_of(tmp_path)
    assert_message(refused.value, "labelviz.toml cannot be read", "toml", "", "Mend")


@pytest.mark.bad_input("M14")
def test_a_password_is_in_no_message():
    address = parse_address("postgresql://me:secret@127.0.0.1:1/x", "here")
    store = DecisionStore(address, Path("/nonexistent"))
    for act in (store.events, store.hold):
        with pytest.raises(WorkspaceRefused) as refused:
            act()
        assert "secret" not in str(refused.value)
        assert "127.0.0.1" in refused.value.where


@pytest.mark.bad_input("H11")
@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_network_folder_is_refused(kind: str):
    mounts = (
        f"/dev/a / ext4 rw 0 0\nhost:/x /mnt/our\\040share {kind} rw 0 0\nt /tmp tmpfs rw 0 0\n"
    )
    check_folder(Path("/home/review.db"), mounts)
    check_folder(Path("/mnt/ours/review.db"), mounts)
    with pytest.raises(WorkspaceRefused) as refused:
        check_folder(Path("/mnt/our share/project/review.db"), mounts)
    assert_message(refused.value, f"network folder ({kind})", "our share", "", "PostgreSQL")


def test_every_write_is_synced_and_every_table_checked(file_store: DecisionStore):
    file_store.record(decision_of("1"))
    with file_store.database.writing() as connection:
        for pragma, value in (
            ("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("temp_store", 2),
        ):  # fmt: skip
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_a_database_that_keeps_text_in_no_encoding_is_refused(server):
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS narrow")
        connection.execute(
            "CREATE DATABASE narrow ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' "
            "TEMPLATE template0"
        )
    database = Database(parse_address(server.url().replace("/postgres?", "/narrow?"), "the test"))
    with pytest.raises(WorkspaceRefused) as refused, database.reading():
        pass
    assert_message(refused.value, "SQL_ASCII", "narrow", "Nothing was written", "ENCODING 'UTF8'")


def test_postgresql_is_asked_to_sync_and_never_waits_for_ever(server, open_store):
    store = open_store(parse_address(server.empty_database(), "the test"))
    store.hold()
    with store.database.writing() as connection:
        for name, value in (
            ("synchronous_commit", "on"), ("statement_timeout", "5s"), ("lock_timeout", "2s"),
            ("idle_in_transaction_session_timeout", "10s"), ("TimeZone", "UTC"),
        ):  # fmt: skip
            assert connection.exec_driver_sql(f"SHOW {name}").scalar() == value


@pytest.mark.bad_input("E17")
def test_what_a_file_refuses_is_repeated_in_no_error(file_store: DecisionStore):
    file_store.record(decision_of("1"))
    with (
        pytest.raises(sa.exc.SQLAlchemyError) as refused,
        file_store.database.writing() as connection,
    ):
        connection.execute(sa.text("INSERT INTO event (payload) VALUES (:note)"), {"note": PRIVATE})
    assert PRIVATE not in str(refused.value)


def test_who_reads_a_file_cannot_write(file_store: DecisionStore):
    file_store.record(decision_of("1"))
    with (
        pytest.raises(sa.exc.OperationalError, match="readonly"),
        file_store.database.reading() as connection,
    ):
        connection.execute(sa.text("DELETE FROM event"))


@pytest.fixture
def frozen(tmp_path: Path):
    """A folder of its own file system, which can be made read-only even for root."""
    folder = tmp_path / "frozen"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this machine does not let the tests mount a file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.bad_input("H07", "H08")
def test_a_read_only_folder_can_be_read_and_nothing_pretends_to_be_saved(frozen: Path, open_store):
    store = open_store(frozen / "review.db")
    store.folder = frozen
    saved = store.record(decision_of("1"))
    store.close()
    subprocess.run(["mount", "-o", "remount,ro", str(frozen)], check=True)
    reader = open_store(frozen / "review.db")
    assert reader.events() == (saved,)
    with pytest.raises(NotSaved, match="NOT saved") as refused:
        reader.record(decision_of("2"))
    assert "Read-only file system" in refused.value.what
    subprocess.run(["mount", "-o", "remount,rw", str(frozen)], check=True)
    assert reader.record(decision_of("2")).sequence == 2


@pytest.mark.bad_input("H04")
def test_only_what_may_be_forgotten_costs_no_sync_and_a_decision_never_does_without(
    store: DecisionStore, monkeypatch: pytest.MonkeyPatch
):
    store.hold()
    seen: list[tuple[bool, str]] = []
    writing = store.database.writing

    @contextmanager
    def watched(*, synced: bool = True) -> Iterator[sa.Connection]:
        asked = "PRAGMA synchronous" if store.database.is_file else "SHOW synchronous_commit"
        with writing(synced=synced) as connection:
            seen.append((synced, str(connection.exec_driver_sql(asked).scalar())))
            yield connection

    monkeypatch.setattr(store.database, "writing", watched)
    store.leases.claim(Claim("ann", ["s0"], 1, 60, texts=texts_of))
    store.record(decision_of("1"))
    store.leases.release("ann")
    store.record(decision_of("2", "s1"))
    full, light = ("2", "1") if store.database.is_file else ("on", "off")
    assert seen == [(False, light), (True, full)] * 2


# The lock against other processes


@pytest.mark.bad_input("H10")
def test_who_has_this_process_id_in_another_container_is_not_this_process(tmp_path: Path):
    path = tmp_path / "review.db"
    mine = this_process()
    for other in (
        replace(mine, namespace="pid:[1]", host="container"),
        replace(mine, boot="b", host="far"),
    ):
        with locked(path.with_name("review.db.lock")) as file:  # it has it, and said who it is
            file.truncate(0)
            file.write(json.dumps({"process": other.as_json(), "since": "noon"}).encode())
            file.flush()
            with pytest.raises(WorkspaceRefused) as refused:
                ProcessLock(path).acquire()
        assert refused.value.what == (
            f"These decisions are already open in process {mine.pid} on {other.host}, since noon."
        )


def test_who_says_nothing_about_itself_is_another_process_too(tmp_path: Path):
    with locked(tmp_path / "review.db.lock") as file:
        file.write(json.dumps({"process": os.getpid(), "since": "noon"}).encode())
        file.flush()
        with pytest.raises(WorkspaceRefused, match="already open in another process"):
            ProcessLock(tmp_path / "review.db").acquire()


def test_a_lock_whose_file_says_nothing_or_is_gone_is_told_in_words(tmp_path: Path, monkeypatch):
    path = tmp_path / "review.db.lock"
    monkeypatch.setattr(database, "HOLDER_SECONDS", 0)
    for told in (lambda: path.write_text("{"), path.unlink):
        with locked(path):
            told()
            assert database._holder(path) == (None, "")


@pytest.mark.parametrize(
    ("state", "expected"),
    [("40001", True), ("57P03", True), ("08006", True), ("23505", False), ("42P01", False)],
)
def test_what_may_pass_is_told_from_what_will_not(state: str, expected: bool):
    """By PostgreSQL's codes: serialisation, starting up, lost; a copy, no such table."""
    original = psycopg.errors.lookup(state)("words")
    assert is_transient(sa.exc.DBAPIError("", {}, original)) == expected


def test_a_database_that_lost_decisions_is_told_with_what_to_do(file_store: DecisionStore):
    guard = database.Guard(file_store.database)
    guard.opened(5)
    guard.check_sequence(5)
    with pytest.raises(NotSaved) as refused:
        guard.check_sequence(3)
    assert_message(
        refused.value, "NOT saved: the database lost 2 decisions.", "review.db",
        "journal beside the workspace", "Bring back the right database, or `labelviz store",
    )  # fmt: skip


def test_a_second_store_of_this_process_takes_the_lock_over_when_the_first_is_closed(
    tmp_path: Path,
):
    first, second = DecisionStore(tmp_path / "review.db"), DecisionStore(tmp_path / "review.db")
    first.record(decision_of("1"))
    second.record(decision_of("2", "s1"))
    first.close()
    second.record(decision_of("3", "s2"))
    with pytest.raises(BlockingIOError), locked(tmp_path / "review.db.lock", wait=False):
        pass
    second.close()
    with locked(tmp_path / "review.db.lock", wait=False):
        pass


def test_a_forked_child_does_not_take_its_parent_s_lock_for_its_own(tmp_path: Path):
    lock = ProcessLock(tmp_path / "review.db")
    lock.acquire()
    child = os.fork()
    if child == 0:
        try:
            lock.acquire()
        except WorkspaceRefused:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    lock.release()
