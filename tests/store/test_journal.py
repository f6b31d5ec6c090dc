from __future__ import annotations

import json
from pathlib import Path

import pytest

from labelviz.core.decisions import Decision
from labelviz.errors import WorkspaceRefused
from labelviz.store import DecisionStore, journal
from labelviz.store.backup import backups
from tests.conftest import assert_message, decision_of

pytestmark = pytest.mark.usefixtures("still")


def decided(store: DecisionStore, count: int) -> None:
    for number in range(count):
        store.record(decision_of(f"{len(store.events())}-{number}", note="a\nb\u2028中\x1f"))
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
    whole = store.journal.path.read_bytes()
    store.journal.path.write_bytes(whole + b"torn")
    assert store.journal.last() == 5
    assert store.journal.path.read_bytes() == whole + b"torn"  # who only looks mends nothing


@pytest.mark.bad_input("H01")
def test_a_torn_last_line_is_written_again(file_store: DecisionStore):
    decided(file_store, 3)
    whole = file_store.journal.path.read_bytes()
    file_store.journal.path.write_bytes(whole[:-20])
    assert [row["sequence"] for row in file_store.journal.rows()] == [1, 2]
    assert file_store.journal.catch_up() == 1
    assert file_store.journal.path.read_bytes() == whole


@pytest.mark.bad_input("H14")
@pytest.mark.parametrize("damage", ["change", "lose", "nonsense", "deep", "spaces"])
def test_a_line_that_was_changed_or_lost_is_noticed(file_store: DecisionStore, damage: str):
    decided(file_store, 4)
    lines = file_store.journal.path.read_bytes().splitlines(keepends=True)
    lines[1] = {
        "change": lines[1].replace(b'"ann"', b'"bob"'), "lose": b"", "nonsense": b"[]\n",
        "deep": b"[" * 100_000 + b"\n",
        "spaces": lines[1].replace(b'": "', b'":  "'),
    }[damage]  # fmt: skip
    file_store.journal.path.write_bytes(b"".join(lines))
    with pytest.raises(WorkspaceRefused) as refused:
        list(file_store.journal.rows())
    assert_message(
        refused.value, "changed, or lost", "line 2", "left as they are", "Move the journal"
    )


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


def wide(operation: str, **more: object) -> Decision:
    """A decision whose line in the journal is about 1.3 MB long."""
    target = {f"class {number:09d} of very many": 1 / 30_000 for number in range(30_000)}
    return decision_of(operation, verdict="soften", target=target, **more)


def test_a_line_may_be_longer_than_any_block_that_is_read(store: DecisionStore):
    decided(store, 2)
    store.record(wide("wide"))
    assert store.journal.catch_up() == 1
    assert len(store.journal.path.read_bytes()) > journal.BLOCK
    assert store.journal.last() == 3
    store.close()
    store.hold()
    decided(store, 1)
    assert [row["sequence"] for row in store.journal.rows()] == [1, 2, 3, 4]


@pytest.mark.parametrize("block", [1, 2, 7, 100, 1000])
@pytest.mark.parametrize("torn", [b"", b"x", b"\0" * 1500])
def test_the_last_whole_line_is_found_whatever_is_read_at_a_time(
    file_store: DecisionStore, monkeypatch: pytest.MonkeyPatch, block: int, torn: bytes
):
    monkeypatch.setattr(journal, "BLOCK", block)
    assert file_store.journal.last() == 0
    for count in (1, 2, 3):
        decided(file_store, 1)
        whole = file_store.journal.path.read_bytes()
        file_store.journal.path.write_bytes(whole + torn)
        assert file_store.journal.last() == count
        assert file_store.journal.catch_up() == 0
        assert file_store.journal.path.read_bytes() == whole


@pytest.mark.bad_input("H14")
@pytest.mark.parametrize(
    "damage",
    [
        b"{}\n", b"[1]\n", b"\0\0\n", b"\n", b'{"sequence": "x"}\n', b'{"sequence": 1e400}\n',
        b"[" * 100_000 + b"\n",
    ],
    ids=["empty", "list", "NUL", "blank", "text", "infinite", "deep"],
)  # fmt: skip
def test_a_damaged_last_line_is_said_in_words_and_backups_go_on(
    file_store: DecisionStore, damage: bytes
):
    file_store.record(decision_of("1"))
    path = file_store.journal.path
    path.write_bytes(damage)
    with pytest.raises(WorkspaceRefused) as refused:
        file_store.journal.last()
    words = ("changed, or lost", "last line", "left as they are", "Move the journal")
    assert_message(refused.value, *words)
    file_store.keeper.keep()
    assert "The journal was changed" in file_store.keeper.trouble
    assert [each.sequence for each in backups(path.parent)] == [1]
    file_store.close()
    with pytest.raises(WorkspaceRefused, match="journal was changed"):
        file_store.hold()
    path.rename(path.with_name("kept for inspection"))
    file_store.hold()
    file_store.keeper.keep()
    assert (file_store.journal.last(), file_store.keeper.trouble) == (1, "")
