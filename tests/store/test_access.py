from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from labelviz.errors import NotSaved, WorkspaceRefused
from labelviz.store import DecisionStore
from labelviz.store.access import Access
from labelviz.store.schema import SET_ASIDE
from tests.conftest import assert_message, decision_of

ROW = {"revision": "1", "sequence": 1, "content": "{}", "reason": "none"}


def count(connection: sa.Connection) -> int:
    return len(connection.execute(sa.select(SET_ASIDE)).all())


def test_who_reads_first_makes_the_tables(store: DecisionStore):
    with store.access.read() as connection:
        assert count(connection) == 0


def test_what_an_act_writes_is_read_back_after_its_commit(store: DecisionStore):
    def act(connection: sa.Connection) -> int:
        connection.execute(SET_ASIDE.insert(), [ROW])
        return 7

    def read_back(connection: sa.Connection, given: int) -> int:
        return given + count(connection)

    assert store.access.write(act, read_back) == 8
    assert store.access.write(lambda connection: count(connection), synced=False) == 1


def test_what_raises_writes_nothing_and_the_next_act_is_done(store: DecisionStore):
    def act(connection: sa.Connection) -> None:
        connection.execute(SET_ASIDE.insert(), [ROW])
        raise NotSaved("No.")

    with pytest.raises(NotSaved, match="No"):
        store.access.write(act)
    assert store.access.write(count) == 0


def test_who_is_alone_keeps_others_from_the_file_and_opens_it_to_nobody(tmp_path: Path):
    first = Access(tmp_path / "review.db")
    with first.alone():
        code = (
            "import sys; from pathlib import Path; from labelviz.store.access import Access\n"
            "from labelviz.errors import WorkspaceRefused\n"
            "try: Access(Path(sys.argv[1])).hold()\n"
            "except WorkspaceRefused: sys.exit(7)"
        )
        found = subprocess.run([sys.executable, "-c", code, str(tmp_path / "review.db")])
        assert found.returncode == 7
        assert not (tmp_path / "review.db").exists()
    first.hold()
    first.close()


HOLDER = """
import sys
from pathlib import Path
from labelviz.store import DecisionStore

store = DecisionStore(Path(sys.argv[1]))
store.hold()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.bad_input("H10")
def test_a_second_process_can_read_the_file_and_not_write_to_it(tmp_path: Path, open_store):
    path = tmp_path / "review.db"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    store = open_store(path)
    assert store.events() == ()
    with pytest.raises(WorkspaceRefused) as refused:
        store.hold()
    assert_message(
        refused.value, f"already open in process {other.pid}", str(path), "", "stop it first"
    )
    with pytest.raises(NotSaved, match="already open"):
        store.record(decision_of("1"))
    other.communicate("")
    assert store.record(decision_of("1")).sequence == 1
