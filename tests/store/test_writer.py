from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from labelviz.core import points
from labelviz.errors import NotSaved
from labelviz.store import DecisionStore, writer
from labelviz.store.database import parse_address
from tests import faults
from tests.conftest import decision_of, until


@pytest.fixture(autouse=True)
def suffering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "reach", faults.suffer)


@pytest.mark.bad_input("H05")
def test_nothing_is_acknowledged_before_its_commit(file_store: DecisionStore, monkeypatch):
    """A disk that fills up at the commit, when all has been written, saves nothing."""
    file_store.hold()
    monkeypatch.setenv(faults.VARIABLE, "written=full")
    with pytest.raises(NotSaved, match="No space left"):
        file_store.record(decision_of("1"))
    assert file_store.events() == ()
    monkeypatch.delenv(faults.VARIABLE)
    assert file_store.record(decision_of("1")).sequence == 1


@pytest.mark.bad_input("I08")
def test_who_decides_waits_for_the_commit(file_store: DecisionStore, monkeypatch):
    file_store.hold()
    written, go_on = threading.Event(), threading.Event()

    def wait(_: float) -> None:
        written.set()
        go_on.wait()

    monkeypatch.setattr(faults, "time", SimpleNamespace(sleep=wait))
    monkeypatch.setenv(faults.VARIABLE, "written=wait")
    with ThreadPoolExecutor(1) as pool:
        saved = pool.submit(file_store.record, decision_of("1"))
        written.wait()
        assert (saved.done(), file_store.events()) == (False, ())
        go_on.set()
        assert saved.result() == file_store.events()[0]


def test_those_who_wait_are_committed_together(file_store: DecisionStore, asked: list[object]):
    file_store.hold()
    commits = []
    sa.event.listen(file_store.database._writing, "commit", commits.append)
    with ThreadPoolExecutor(60) as pool:
        with file_store.database.writing():
            many = [pool.submit(file_store.record, decision_of(str(n), f"s{n}")) for n in range(60)]
            until(lambda: len(asked) == 60)
        assert {each.result().sequence for each in many} == set(range(1, 61))
    assert len(commits) <= 2 + 60 // writer.MOST_TOGETHER


def test_too_many_who_wait_are_told_at_once(file_store: DecisionStore, monkeypatch):
    monkeypatch.setattr(writer, "MOST_WAITING", 1)
    store = DecisionStore(file_store.database.path)
    store.hold()
    begun = threading.Event()
    monkeypatch.setattr(store.access._writer, "_before", begun.set)
    with store.database.writing():
        threads = [
            threading.Thread(target=store.record, args=(decision_of(str(n)),)) for n in range(2)
        ]
        threads[0].start()
        begun.wait()
        threads[1].start()
        until(store.access._writer._jobs.full)
        with pytest.raises(NotSaved, match="too many are waiting"):
            store.record(decision_of("3"))
    for thread in threads:
        thread.join()
    assert len(store.events()) == 2
    store.close()


def test_who_gave_up_waiting_is_never_saved_behind_their_back(
    file_store: DecisionStore, monkeypatch
):
    file_store.hold()
    monkeypatch.setattr(writer, "PATIENCE_SECONDS", 0.2)
    with file_store.database.writing():
        begun = threading.Event()
        monkeypatch.setattr(file_store.access._writer, "_before", begun.set)
        first = threading.Thread(target=file_store.record, args=(decision_of("1"),))
        first.start()
        begun.wait()
        with pytest.raises(NotSaved, match="busy"):
            file_store.record(decision_of("2"))
    first.join()
    monkeypatch.setattr(writer, "PATIENCE_SECONDS", 300)
    file_store.record(decision_of("3"))
    assert [each.operation for each in file_store.events()] == ["1", "3"]


def test_a_mistake_in_an_act_reaches_who_asked_and_the_writer_goes_on(file_store: DecisionStore):
    def mistaken(_: sa.Connection) -> None:
        raise KeyError("mistake")

    with pytest.raises(KeyError, match="mistake"):
        file_store.access.write(mistaken)
    assert file_store.record(decision_of("1")).sequence == 1


@pytest.mark.bad_input("H15", "H16", "H18")
def test_a_cut_connection_is_tried_again_and_nothing_is_doubled(server, open_store, monkeypatch):
    """Before the commit, and between the commit and its reply."""
    store = open_store(parse_address(server.empty_database(), "the test"))
    store.record(decision_of("0"))
    for number, point in enumerate(("begin", "written", "committed"), start=1):
        cut = []

        def reach(name: str, point=point, cut=cut) -> None:
            if name == point and not cut:
                cut.append(name)
                server.cut_connections()

        monkeypatch.setattr(points, "reach", reach)
        assert store.record(decision_of(str(number), f"s{number}")).sequence == number + 1
        assert cut == [point]
    assert [each.operation for each in store.events()] == ["0", "1", "2", "3"]


@pytest.mark.bad_input("H15")
def test_postgresql_is_stopped_and_started_under_load(server, open_store):
    store = open_store(parse_address(server.empty_database(), "the test"))
    store.record(decision_of("first"))
    with ThreadPoolExecutor(8) as pool:
        many = [pool.submit(store.record, decision_of(str(n), f"s{n}")) for n in range(60)]
        server.stop("immediate")
        server.start()
        sequences = [each.result().sequence for each in many]
    assert sorted(sequences) == list(range(2, 62))
    assert len(store.events()) == 61
