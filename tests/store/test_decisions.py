from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelviz.core.decisions import Decision
from labelviz.errors import NotSaved, WorkspaceRefused
from labelviz.store import DecisionStore, decisions
from tests.conftest import assert_message, decision_of

SOFT = decision_of("soft", verdict="soften", target={"no": 0.1, "yes": 0.9}, note="sé 中\n\0'\"")
CHOICE = decision_of("choice", "s1", "choose", label=("a", "b"), blind=True)
UNDO = decision_of("undo", "s1", "undo", undoes="choice")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DecisionStore]:
    opened = DecisionStore(tmp_path / "review.db")
    yield opened
    opened.close()


def said(decision: Decision) -> Decision:
    """The decision without what the store adds."""
    return replace(decision, decided_at="", sequence=0)


@pytest.mark.parametrize("decision", [SOFT, CHOICE, UNDO])
def test_a_decision_reads_back_as_it_was_made(store: DecisionStore, decision: Decision):
    saved = store.record(decision)
    assert said(saved) == decision
    assert store.events() == (saved,)


@settings(max_examples=25)
@given(
    st.text(max_size=20),
    st.dictionaries(st.text(max_size=5), st.floats(0, 1), max_size=4),
    st.lists(st.text(max_size=5), max_size=3),
)
def test_any_note_target_and_label_read_back(tmp_path_factory, note, target, label):
    store = DecisionStore(tmp_path_factory.mktemp("any") / "review.db")
    made = decision_of("1", target=target, label=tuple(label), note=note)
    assert said(store.record(made)) == made
    store.close()


def test_sequences_count_from_one_and_time_is_utc(store: DecisionStore):
    saved = [store.record(each) for each in (SOFT, CHOICE, UNDO)]
    assert [each.sequence for each in saved] == [1, 2, 3]
    for each in saved:
        offset = datetime.fromisoformat(each.decided_at).utcoffset()
        assert offset is not None
        assert offset.total_seconds() == 0


def test_events_after_a_sequence(store: DecisionStore):
    for each in (SOFT, CHOICE, UNDO):
        store.record(each)
    assert [each.operation for each in store.events(after=1)] == ["choice", "undo"]
    assert store.events(after=3) == ()


def test_another_store_on_the_same_file_reads_what_the_first_wrote(store: DecisionStore):
    saved = store.record(SOFT)
    other = DecisionStore(store.path)
    assert other.events() == (saved,)
    other.close()


@pytest.mark.bad_input("D18", "I07")
def test_the_same_operation_twice_is_one_event(store: DecisionStore):
    assert store.record(SOFT) == store.record(SOFT)
    assert len(store.events()) == 1


@pytest.mark.bad_input("I07")
@pytest.mark.parametrize(
    "change",
    [
        {"sample": "s2"},
        {"sample_hash": "other"},
        {"verdict": "exclude"},
        {"reviewer": "bob"},
        {"label": ("no",)},
        {"target": {"no": 0.2, "yes": 0.8}},
        {"note": "other"},
        {"blind": True},
        {"undoes": "x"},
    ],
)
def test_the_same_operation_with_other_content_is_not_saved(store: DecisionStore, change):
    saved = store.record(SOFT)
    with pytest.raises(NotSaved) as refused:
        store.record(replace(SOFT, **change))
    assert_message(
        refused.value,
        "decided differently before",
        "sample",
        "The earlier decision stands.",
        "Reload the page",
    )
    assert store.events() == (saved,)


def test_an_operation_is_one_event_however_many_threads_save_it(store: DecisionStore):
    threads = [threading.Thread(target=store.record, args=(SOFT,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [said(each) for each in store.events()] == [SOFT]


@pytest.mark.bad_input("I01")
def test_eight_threads_lose_nothing(store: DecisionStore):
    acknowledged: list[Decision] = []
    read: list[int] = []

    def work(reviewer: int) -> None:
        for number in range(10):
            made = decision_of(f"{reviewer}-{number}", f"s{number}", reviewer=f"r{reviewer}")
            acknowledged.append(store.record(made))
            read.append(len(store.events()))

    threads = [threading.Thread(target=work, args=(reviewer,)) for reviewer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = store.events()
    assert len(events) == 80
    assert set(map(said, events)) == set(map(said, acknowledged))
    assert [each.sequence for each in events] == list(range(1, 81))
    assert max(read) == 80


def test_two_stores_write_in_turn(store: DecisionStore):
    other = DecisionStore(store.path)
    operations = []
    for number in range(10):
        for who in (store, other):
            operations.append(who.record(decision_of(f"{id(who)}-{number}")).operation)
    assert [each.operation for each in store.events()] == operations
    other.close()


# What does not reach the disk


def assert_not_saved(store: DecisionStore, decision: Decision, why: str) -> None:
    with pytest.raises(NotSaved) as refused:
        store.record(decision)
    assert_message(
        refused.value,
        why,
        str(store.path),
        "Every decision shown as saved before is safe.",
        "Check the disk",
    )
    assert "NOT saved" in refused.value.what


@pytest.mark.bad_input("H07", "H08")
def test_a_path_that_cannot_be_a_database_saves_nothing(tmp_path: Path):
    store = DecisionStore(tmp_path)
    assert_not_saved(store, SOFT, "unable to open database file")
    with pytest.raises(WorkspaceRefused) as refused:
        store.events()
    assert_message(
        refused.value, "cannot be read", str(tmp_path), "left as it is", "Check the disk"
    )


@pytest.mark.bad_input("H14")
def test_a_file_that_is_no_database_is_left_as_it_was(tmp_path: Path):
    path = tmp_path / "review.db"
    path.write_bytes(b"not a database" * 500)
    store = DecisionStore(path)
    assert_not_saved(store, SOFT, "not a database")
    with pytest.raises(WorkspaceRefused, match="not a database"):
        store.events()
    assert path.read_bytes() == b"not a database" * 500


@pytest.mark.bad_input("H07")
def test_a_read_only_database_can_be_read_and_saves_nothing(store: DecisionStore):
    saved = store.record(SOFT)
    with store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    assert_not_saved(store, CHOICE, "readonly database")
    assert store.events() == (saved,)


@pytest.mark.bad_input("H09")
def test_a_database_that_stays_locked_saves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(decisions, "BUSY_SECONDS", 0.05)
    store = DecisionStore(tmp_path / "review.db")
    saved = store.record(SOFT)
    holder = sqlite3.connect(store.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert_not_saved(store, CHOICE, "database is locked")
    assert store.events() == (saved,)
    holder.execute("ROLLBACK")
    assert store.record(CHOICE).sequence == 2
    holder.close()
    store.close()


@pytest.mark.bad_input("H05")
def test_a_full_disk_saves_nothing_and_keeps_what_was_saved(store: DecisionStore):
    saved = store.record(SOFT)
    with store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
    assert_not_saved(store, replace(CHOICE, note="n" * 100_000), "database or disk is full")
    assert store.events() == (saved,)
    with store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 10000")
    assert store.record(CHOICE).sequence == 2


@pytest.mark.bad_input("E12")
def test_half_a_character_saves_nothing(store: DecisionStore):
    assert_not_saved(store, replace(SOFT, note="\ud800"), "surrogates not allowed")
    assert store.events() == ()


@pytest.mark.bad_input("F04", "F18")
def test_a_target_that_is_no_json_saves_nothing(store: DecisionStore):
    assert_not_saved(store, replace(SOFT, target={"no": float("nan")}), "json_valid")
    assert store.events() == ()


# Kill -9

WRITER = """
import sys
from pathlib import Path
from labelviz.core.decisions import Decision
from labelviz.store import DecisionStore

sys.stdin.readline()
store = DecisionStore(Path(sys.argv[1]))
for number in range(10_000):
    name = f"{sys.argv[2]}-{number}"
    store.record(Decision(name, f"s{number}", "hash", "keep", "ann", label=("yes",)))
    print(name, flush=True)
"""


@pytest.mark.bad_input("H01", "H04")
def test_every_acknowledged_decision_survives_twenty_kills(tmp_path: Path):
    path = tmp_path / "review.db"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(turn)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for turn in range(20)
    ]
    acknowledged: list[str] = []
    for turn, writer in enumerate(writers):
        assert writer.stdin is not None
        assert writer.stdout is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
        acknowledged += [writer.stdout.readline().strip() for _ in range(1 + turn % 5)]
        os.kill(writer.pid, signal.SIGKILL)
        acknowledged += writer.stdout.read().split()
        writer.wait()
        writer.stdin.close()
        writer.stdout.close()
    store = DecisionStore(path)
    events = store.events()
    store.close()
    found = [each.operation for each in events]
    assert len(acknowledged) >= 60
    assert [name for name in found if name in set(acknowledged)] == acknowledged
    assert len(found) - len(acknowledged) <= 20
    assert all(each.label == ("yes",) and each.sample_hash == "hash" for each in events)
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
