from __future__ import annotations

import json
from pathlib import Path

import pytest

from labelviz.errors import WorkspaceRefused
from labelviz.store import DecisionStore
from tests.conftest import assert_message, decision_of

pytestmark = pytest.mark.usefixtures("still")


def decided(store: DecisionStore, count: int) -> None:
    for number in range(count):
        store.record(decision_of(f"{len(store.events())}-{number}", note="a\nb\u2028中\0"))
    store.keeper.keep()


def test_the_journal_holds_every_decision_a_line_each(store: DecisionStore):
    decided(store, 5)
    lines = store.journal.path.read_text("utf-8").split("\n")
    assert lines[-1] == ""
    assert [json.loads(line)["sequence"] for line in lines[:-1]] == [1, 2, 3, 4, 5]
    assert [row["operation"] for row in store.journal.rows()] == [
        each.operation for each in store.events()
    ]
    assert store.journal.last() == 5
    assert store.journal.catch_up() == 0


@pytest.mark.bad_input("H01")
def test_a_torn_last_line_is_written_again(file_store: DecisionStore):
    decided(file_store, 3)
    whole = file_store.journal.path.read_bytes()
    file_store.journal.path.write_bytes(whole[:-20])
    assert [row["sequence"] for row in file_store.journal.rows()] == [1, 2]
    assert file_store.journal.catch_up() == 1
    assert file_store.journal.path.read_bytes() == whole


@pytest.mark.bad_input("H14")
@pytest.mark.parametrize("damage", ["change", "lose", "nonsense"])
def test_a_line_that_was_changed_or_lost_is_noticed(file_store: DecisionStore, damage: str):
    decided(file_store, 4)
    lines = file_store.journal.path.read_bytes().splitlines(keepends=True)
    lines[1] = {
        "change": lines[1].replace(b'"ann"', b'"bob"'), "lose": b"", "nonsense": b"[]\n",
    }[damage]  # fmt: skip
    file_store.journal.path.write_bytes(b"".join(lines))
    with pytest.raises(WorkspaceRefused) as refused:
        list(file_store.journal.rows())
    assert_message(refused.value, "changed, or lost", "line 2", "", "Trust the database")


@pytest.mark.bad_input("H25")
def test_a_journal_that_cannot_be_written_holds_up_no_decision(
    file_store: DecisionStore, tmp_path: Path
):
    (tmp_path / "decisions.jsonl").mkdir()
    assert file_store.record(decision_of("1")).sequence == 1
    file_store.keeper.keep()
    assert "journal of decisions cannot be written" in file_store.keeper.trouble
    (tmp_path / "decisions.jsonl").rmdir()
    file_store.keeper.keep()
    assert file_store.keeper.trouble == ""
    assert file_store.journal.last() == 1
