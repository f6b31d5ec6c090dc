from __future__ import annotations

import itertools
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelviz.core.decisions import Decision, Review, changes_of
from labelviz.errors import Conflict, NotSaved, WorkspaceRefused
from labelviz.store import DecisionStore, Draft, database, writer
from labelviz.store.check import check_store
from tests.conftest import BUSY, CLASSES, assert_message, dataset_of, decision_of, until
from tests.faults import INSTALLED, VARIABLE

SOFT = decision_of("soft", verdict="soften", target={"no": 0.1, "yes": 0.9}, note="sé 中\n\x1f'\"")
CHOICE = decision_of("choice", "s1", "choose", label=("a", "b"), blind=True)
UNDO = decision_of("undo", "s1", "undo", undoes="choice")
FINAL = decision_of("final", "s1", "choose", label=("a",), final=True, expected=0)
BULK = decision_of("bulk", "s1", "exclude", action="all")


def said(decision: Decision) -> Decision:
    """The decision without what the store adds."""
    return replace(decision, decided_at="", sequence=0)


@pytest.mark.parametrize("decision", [SOFT, CHOICE, UNDO, FINAL, BULK])
def test_a_decision_reads_back_as_it_was_made(store: DecisionStore, decision: Decision):
    saved = store.record(decision)
    assert said(saved) == decision
    assert store.events() == (saved,)


@settings(max_examples=25, suppress_health_check=[*BUSY, HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    st.dictionaries(st.text(max_size=5), st.floats(0, 1), max_size=4),
    st.lists(st.text(max_size=5), max_size=3),
)
def test_any_note_target_and_label_read_back(file_store: DecisionStore, note, target, label):
    name = str(len(file_store.events()))
    made = decision_of(name, target=target, label=tuple(label), note=note)
    assert said(file_store.record(made)) == made


@pytest.mark.bad_input("H21", "H22")
def test_sequences_count_from_one_and_time_is_utc(store: DecisionStore):
    saved = [store.record(each) for each in (SOFT, CHOICE, UNDO)]
    assert [each.sequence for each in saved] == [1, 2, 3]
    for each in saved:
        offset = datetime.fromisoformat(each.decided_at).utcoffset()
        assert offset is not None
        assert offset.total_seconds() == 0


@pytest.mark.bad_input("H21")
def test_the_order_is_the_databases_whatever_the_clock_says(store: DecisionStore, monkeypatch):
    from labelviz.store import decisions

    clock = iter(["2030-01-01T00:00:00+00:00", "2020-01-01T00:00:00+00:00"])
    monkeypatch.setattr(decisions, "stamp", lambda: next(clock))
    store.record(decision_of("1", label=("no",)))
    store.record(decision_of("2", label=("yes",)))
    assert [each.operation for each in store.events()] == ["1", "2"]
    assert store.latest(["s0"])["s0"][0].operation == "2"


def test_events_after_a_sequence(store: DecisionStore):
    for each in (SOFT, CHOICE, UNDO):
        store.record(each)
    assert [each.operation for each in store.events(after=1)] == ["choice", "undo"]
    assert store.events(after=3) == ()


def test_another_store_on_the_same_file_reads_what_the_first_wrote(
    store: DecisionStore, address: sa.URL, open_store: Callable[[sa.URL], DecisionStore]
):
    saved = store.record(SOFT)
    assert open_store(address).events() == (saved,)


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
        {"verdict": "undo", "undoes": "x"},
        {"action": "x"},
        {"final": True},
    ],
)
def test_the_same_operation_with_other_content_is_not_saved(file_store: DecisionStore, change):
    saved = file_store.record(SOFT)
    with pytest.raises(Conflict) as refused:
        file_store.record(replace(SOFT, **change))
    assert_message(
        refused.value,
        "decided differently before",
        "sample",
        "The earlier decision stands.",
        "Reload the page",
    )
    assert file_store.events() == (saved,)


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


def test_two_stores_write_in_turn(
    store: DecisionStore, address: sa.URL, open_store: Callable[[sa.URL], DecisionStore]
):
    other = open_store(address)
    operations = []
    for number in range(5):
        for who in (store, other):
            operations.append(who.record(decision_of(f"{id(who)}-{number}")).operation)
    assert [each.operation for each in store.events()] == operations


# What is shared: versions


@pytest.mark.bad_input("I02")
def test_of_two_who_settle_a_sample_at_once_the_second_is_told_of_the_first(store: DecisionStore):
    store.record(decision_of("1", "s0", "choose", label=("no",), final=True, expected=0))
    late = decision_of("2", label=("yes",), final=True, expected=0, reviewer="bob")
    with pytest.raises(Conflict) as refused:
        store.record(late)
    assert_message(refused.value, "changed in another tab", "s0", "ann: choose no", "Look at")
    assert store.latest(["s0"])["s0"][0].label == ("no",)
    again = replace(late, operation="3", expected=1)
    assert store.record(again).sequence == 2
    assert store.latest(["s0"])["s0"][0].label == ("yes",)


@pytest.mark.bad_input("I03", "I04")
def test_an_old_tab_of_the_same_reviewer_is_told_what_stands(store: DecisionStore):
    store.record(decision_of("1", label=("no",), expected=0))
    with pytest.raises(Conflict, match="changed in another tab"):
        store.record(decision_of("2", label=("yes",), expected=0))
    store.record(decision_of("3", verdict="undo", undoes="1"))
    assert store.record(decision_of("4", label=("yes",), expected=0)).sequence == 3
    with pytest.raises(Conflict) as refused:
        store.record(decision_of("5", label=("yes",), expected=1))
    assert "ann: keep yes" in refused.value.safe
    target = {f"class {number}": 1 / 30_000 for number in range(30_000)} | {"no": 0.5}
    store.record(decision_of("6", verdict="soften", target=target))
    with pytest.raises(Conflict) as refused:
        store.record(decision_of("7", label=("yes",), expected=1))
    assert "ann: soften no 0.50, class 0 0.00" in refused.value.safe
    assert len(refused.value.safe) < 300


@pytest.mark.bad_input("I01")
def test_another_reviewers_decision_is_no_conflict(store: DecisionStore):
    store.record(decision_of("1", label=("no",), expected=0))
    store.record(decision_of("2", label=("yes",), expected=0, reviewer="bob"))
    assert {d.reviewer for d in store.latest(["s0"])["s0"]} == {"ann", "bob"}


@pytest.mark.bad_input("I02")
def test_of_many_racers_with_one_version_exactly_one_wins(store: DecisionStore):
    for turn in range(10):
        standing = store.latest(["s0"]).get("s0", ())
        version = standing[0].sequence if standing else 0
        won, told = [], []
        gate = threading.Barrier(2)

        def race(who: str, turn=turn, version=version, gate=gate, won=won, told=told) -> None:
            made = decision_of(
                f"{turn}-{who}", label=(who,), final=True, expected=version, reviewer=who
            )
            gate.wait()
            try:
                won.append(store.record(made).reviewer)
            except Conflict:
                told.append(who)

        threads = [threading.Thread(target=race, args=(who,)) for who in ("ann", "bob")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == len(told) == 1
        assert store.latest(["s0"])["s0"][0].reviewer == won[0]


# Bulk actions, undo, and what stands


def bulk(name: str, samples: list[str], **more) -> list[Decision]:
    return [
        decision_of(f"{name}-{s}", s, "exclude", action=name, sequence=0, **more) for s in samples
    ]


@pytest.mark.bad_input("I19")
def test_a_bulk_action_is_saved_whole_and_undone_in_one_step(store: DecisionStore):
    store.record(decision_of("1", "s1", label=("no",)))
    samples = [f"s{n}" for n in range(1200)]
    saved = store.record_all(bulk("all", samples))
    assert [each.sequence for each in saved] == list(range(2, 1202))
    assert set(store.latest(samples)) == set(samples)
    store.record(decision_of("2", "s1199", verdict="undo", undoes="all"))
    assert [d.operation for d in store.latest(samples)["s1"]] == ["1"]
    assert set(store.latest(samples)) == {"s1"}
    store.record(decision_of("3", "s1199", verdict="undo", undoes="2"))
    assert set(store.latest(samples)) == set(samples)
    assert all(finding.sound for finding in check_store(store) if finding.about != "backups")


@pytest.mark.bad_input("I19")
def test_a_bulk_action_with_one_conflict_saves_nothing(store: DecisionStore):
    store.record(decision_of("1", "s1", label=("no",)))
    with pytest.raises(Conflict, match="changed in another tab"):
        store.record_all(bulk("all", ["s0", "s1"], expected=0))
    assert [each.operation for each in store.events()] == ["1"]


def test_an_action_is_one_persons(store: DecisionStore):
    with pytest.raises(ValueError, match="one reviewer"):
        store.record_all([decision_of("1", action="x"), decision_of("2", action="y")])
    assert store.record_all([]) == ()


@pytest.mark.bad_input("I18")
def test_what_stands_is_what_the_whole_history_says(store: DecisionStore):
    data = dataset_of([0, 1, 0])
    review = Review(data)
    steps = itertools.product(["decide", "bulk", "undo", "final", "undo", "redo"], ["ann", "bob"])
    for number, (step, who) in enumerate(steps):
        name = f"op{number}"
        made = [
            decision_of(
                name, "s0", label=(CLASSES[number % 2],), reviewer=who, final=step == "final"
            )
        ]
        if step == "bulk":
            made = [replace(each, reviewer=who) for each in bulk(name, ["s0", "s1", "s2"])]
        elif step in ("undo", "redo"):
            taken = (review.undoable if step == "undo" else review.redoable)(who)
            assert taken is not None
            back = taken.step if step == "undo" else taken.operation
            made = [decision_of(name, "s0", "undo", undoes=back, reviewer=who)]
        store.record_all(made)
        review = review.after(store.changes(review.sequence))
    told = changes_of(store.events())
    assert store.changes() == told
    fresh = Review(data, store.events())
    assert (review._latest, review._people) == (fresh._latest, fresh._people)


def test_the_history_of_a_sample_is_everything_that_was_said_about_it(store: DecisionStore):
    for each in (SOFT, CHOICE, UNDO):
        store.record(each)
    assert [each.operation for each in store.history("s1")] == ["choice", "undo"]
    assert store.history("nothing") == ()


def test_a_decision_ends_its_draft(store: DecisionStore):
    store.drafts.keep(Draft("ann", "s0", "soft", {"note": "so far"}))
    store.drafts.keep(Draft("bob", "s0", "other", {"note": "his"}))
    assert store.drafts.of("ann", "s0") == Draft("ann", "s0", "soft", {"note": "so far"})
    store.record(SOFT)
    assert store.drafts.of("ann", "s0") is None
    assert store.drafts.of("bob", "s0") is not None


# What does not reach the disk


def assert_not_saved(store: DecisionStore, decision: Decision, why: str) -> None:
    with pytest.raises(NotSaved, match="NOT saved") as refused:
        store.record(decision)
    assert why in refused.value.what
    assert refused.value.where
    assert refused.value.safe == "Every decision shown as saved before is safe."
    assert refused.value.remedy


@pytest.mark.bad_input("H07", "H08")
def test_a_path_that_cannot_be_a_database_saves_nothing(tmp_path: Path, open_store):
    (tmp_path / "folder.db").mkdir()
    store = open_store(tmp_path / "folder.db")
    assert_not_saved(store, SOFT, "unable to open database file")
    with pytest.raises(WorkspaceRefused) as refused:
        store.events()
    assert_message(
        refused.value, "cannot be read", str(tmp_path), "left as they are", "Check the disk"
    )


@pytest.mark.bad_input("H14")
def test_a_file_that_is_no_database_is_left_as_it_was(tmp_path: Path, open_store):
    path = tmp_path / "review.db"
    path.write_bytes(b"not a database" * 500)
    store = open_store(path)
    assert_not_saved(store, SOFT, "not a database")
    with pytest.raises(WorkspaceRefused, match="not a database"):
        store.events()
    assert path.read_bytes() == b"not a database" * 500


@pytest.mark.bad_input("H05", "H06")
def test_a_full_disk_saves_nothing_and_saving_goes_on_when_there_is_room(
    file_store: DecisionStore, monkeypatch: pytest.MonkeyPatch
):
    saved = file_store.record(SOFT)
    with file_store.database.writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        limit = f"PRAGMA max_page_count = {pages}"

    def limited(connection, _) -> None:
        connection.execute(limit)

    sa.event.listen(file_store.database._writing, "connect", limited)
    file_store.database._writing.dispose()
    wide = {f"class {number}": 0.0 for number in range(10_000)}
    large = replace(SOFT, operation="large", target=wide)
    assert_not_saved(file_store, large, "database or disk is full")
    assert file_store.events() == (saved,)
    limit = "PRAGMA max_page_count = 10000"
    file_store.database._writing.dispose()
    assert file_store.record(CHOICE).sequence == 2


@pytest.mark.bad_input("H09")
def test_a_lock_that_ends_goes_unnoticed_and_one_that_stays_saves_nothing(
    tmp_path: Path, open_store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    monkeypatch.setattr(writer, "PATIENCE_SECONDS", 0.5)
    store = open_store(tmp_path / "review.db")
    saved = store.record(SOFT)
    holder = sqlite3.connect(tmp_path / "review.db", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    assert_not_saved(store, CHOICE, "database is locked")
    assert store.events() == (saved,)
    monkeypatch.setattr(writer, "PATIENCE_SECONDS", 300.0)
    threading.Timer(0.3, holder.execute, ["ROLLBACK"]).start()
    assert store.record(CHOICE).sequence == 2
    holder.close()


@pytest.mark.bad_input("E12")
def test_half_a_character_saves_nothing(store: DecisionStore):
    with pytest.raises(NotSaved, match="no file can keep"):
        store.record(replace(SOFT, note="\ud800"))
    assert store.events() == ()


@pytest.mark.bad_input("F04", "F18")
def test_a_target_that_is_no_number_saves_nothing(store: DecisionStore):
    assert_not_saved(store, replace(SOFT, target={"no": float("nan")}), "not JSON compliant")
    assert store.events() == ()


@pytest.mark.bad_input("I12")
def test_nobody_decides_nothing(store: DecisionStore):
    assert_not_saved(store, replace(SOFT, reviewer=" "), "no reviewer")
    assert store.events() == ()


def test_one_bad_decision_does_not_spoil_those_committed_with_it(
    file_store: DecisionStore, asked: list[object]
):
    """A verdict no table knows fails in the database, not before."""
    file_store.hold()
    results: list[object] = []

    def save(decision: Decision) -> None:
        try:
            results.append(file_store.record(decision).operation)
        except NotSaved as error:
            results.append(error)

    bad = replace(SOFT, operation="bad", verdict="nonsense")
    with file_store.database.writing():  # so that the three wait together
        threads = [threading.Thread(target=save, args=(d,)) for d in (SOFT, bad, CHOICE)]
        for thread in threads:
            thread.start()
        until(lambda: len(asked) == 3)
    for thread in threads:
        thread.join()
    assert {each.operation for each in file_store.events()} == {"soft", "choice"}
    assert sum(isinstance(each, NotSaved) for each in results) == 1


# A file that is not the one that was opened


@pytest.mark.bad_input("H12")
def test_a_replaced_file_stops_writing(file_store: DecisionStore):
    file_store.record(SOFT)
    path = file_store.database.path
    path.rename(path.with_name("moved.db"))
    with pytest.raises(NotSaved) as refused:
        file_store.record(CHOICE)
    assert_message(refused.value, "replaced or removed", "review.db", "backups", "store check")


@pytest.mark.bad_input("H13", "H17")
def test_a_database_that_lost_decisions_is_not_written_to(
    store: DecisionStore, address: sa.URL, open_store
):
    store.record(SOFT)
    store.record(CHOICE)
    store.keeper.keep()
    with store.database.writing() as connection:
        connection.execute(sa.text("DELETE FROM standing WHERE sequence = 2"))
        connection.execute(sa.text("DELETE FROM event WHERE sequence = 2"))
    with pytest.raises(NotSaved, match="lost 1 decisions") as refused:
        store.record(replace(CHOICE, operation="3"))
    assert "journal" in refused.value.safe
    store.close()
    again = open_store(address)
    with pytest.raises(WorkspaceRefused) as stopped:
        again.hold()
    assert "lacks 1 decisions that the journal holds" in stopped.value.what


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


@pytest.mark.bad_input("H01", "H04", "H19")
def test_every_acknowledged_decision_survives_kills(tmp_path: Path, open_store):
    path = tmp_path / "review.db"
    faults = ["", "", "written=kill:2", "committed=kill:3", "half-written=kill", "journal=kill:2"]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", INSTALLED + WRITER, str(path), str(turn)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, VARIABLE: fault},
        )
        for turn, fault in enumerate(faults)
    ]
    acknowledged: list[str] = []
    for turn, (writing, fault) in enumerate(zip(writers, faults, strict=True)):
        assert writing.stdin is not None
        assert writing.stdout is not None
        writing.stdin.write("go\n")
        writing.stdin.flush()
        if not fault:
            acknowledged += [writing.stdout.readline().strip() for _ in range(2 + turn)]
            os.kill(writing.pid, signal.SIGKILL)
        acknowledged += writing.stdout.read().split()
        assert writing.wait() == -signal.SIGKILL
        writing.stdin.close()
        writing.stdout.close()
    store = open_store(path)
    store.hold()
    events = store.events()
    found = [each.operation for each in events]
    assert len(acknowledged) >= 6
    assert [name for name in found if name in set(acknowledged)] == acknowledged
    assert len(found) - len(acknowledged) <= len(faults)
    assert all(each.label == ("yes",) and each.sample_hash == "hash" for each in events)
    store.keeper.keep()
    assert [finding for finding in check_store(store) if not finding.sound] == []


def test_what_does_not_read_back_as_it_was_said_is_not_called_saved(file_store: DecisionStore):
    file_store.hold()
    with file_store.database.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER lie AFTER INSERT ON event BEGIN"
            " UPDATE event SET verdict = 'exclude' WHERE sequence = new.sequence; END"
        )
    with pytest.raises(NotSaved, match="did not read back equal"):
        file_store.record(decision_of("1"))


@pytest.mark.bad_input("H24")
def test_too_many_open_files_is_said_and_passes(file_store: DecisionStore):
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        with pytest.raises(NotSaved, match=r"NOT saved.*(open|file)"):
            file_store.record(decision_of("1"))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert file_store.record(decision_of("2")).sequence == 1


def test_when_a_sample_was_first_decided_stays_whatever_is_said_later(store: DecisionStore):
    for each in (
        decision_of("one", "s1"),
        decision_of("two", "s2"),
        decision_of("three", "s1", "choose", label=("yes",)),
        decision_of("four", "s2", "undo", undoes="two"),
        decision_of("five", "s2", sample_hash="of other texts"),
    ):
        store.record(each)
    texts = {name: decision_of("any", name).sample_hash for name in ("s1", "s2")}
    first = [("s1", texts["s1"], 1), ("s2", texts["s2"], 2), ("s2", "of other texts", 5)]
    assert sorted(store.first_decided(), key=lambda each: each[2]) == first
    assert sorted(store.first_decided(after=2), key=lambda each: each[2]) == [
        ("s1", texts["s1"], 3), ("s2", "of other texts", 5),
    ]  # fmt: skip
