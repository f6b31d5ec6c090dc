from __future__ import annotations

import pytest

from labelviz.errors import WorkspaceRefused
from labelviz.store.backup import back_up
from labelviz.store.commands import copy, restore
from labelviz.store.database import parse_address
from tests.conftest import assert_message, decision_of


def test_a_copy_by_url(file_store, server, open_store):
    file_store.record(decision_of("1"))
    url = server.empty_database()
    assert {each.table: each.count for each in copy(file_store.database, url)}["event"] == 1
    assert open_store(parse_address(url, "the test")).events() == file_store.events()


@pytest.mark.bad_input("M16")
def test_a_copy_to_no_database_is_refused(file_store):
    with pytest.raises(WorkspaceRefused) as refused:
        copy(file_store.database, "mysql://me@host/x")
    assert_message(refused.value, "no URL", "the address given", "", "postgresql://")
    assert refused.value.where == "the address given"


@pytest.mark.usefixtures("still")
def test_an_empty_database_is_restored_from_a_backup_and_the_journal(server, open_store, tmp_path):
    address = parse_address(server.empty_database(), "the test")
    store = open_store(address)
    for number in range(5):
        store.record(decision_of(str(number), f"s{number}"))
    made = back_up(store.database, tmp_path)
    store.record(decision_of("6", "s1", verdict="undo", undoes="1"))
    store.record(decision_of("7", "s7", note="after the backup"))
    store.keeper.keep()
    events, changes = store.events(), store.changes()
    store.close()

    with pytest.raises(WorkspaceRefused) as refused:
        restore(open_store(address))
    assert_message(refused.value, "decisions already", "postgres", "as they are", "empty database")

    server.empty_database()
    assert restore(open_store(address)) == (made.path, 2, None)
    again = open_store(address)
    again.hold()
    assert again.events() == events
    assert again.changes() == changes
    assert again.record(decision_of("8", "s8")).sequence == 8
    assert not list(tmp_path.glob("restoring-*"))


def test_a_backup_that_is_not_sound_leaves_an_empty_database_empty(server, open_store, tmp_path):
    store = open_store(parse_address(server.empty_database(), "the test"))
    (tmp_path / "no.db").write_bytes(b"nothing")
    with pytest.raises(WorkspaceRefused, match="cannot be restored"):
        restore(store, tmp_path / "no.db")
    assert store.events() == ()


@pytest.mark.usefixtures("still")
def test_what_is_restored_opens_and_is_what_the_journal_says(file_store, tmp_path):
    file_store.record(decision_of("1"))
    made = back_up(file_store.database, tmp_path)
    target = {f"class {number:09d} of very many": 1 / 30_000 for number in range(30_000)}
    file_store.record(decision_of("2", verdict="soften", target=target))  # a line of 1.3 MB
    file_store.keeper.keep()
    events = file_store.events()
    file_store.close()
    chosen, later, old = restore(file_store)
    assert (chosen, later) == (made.path, 1)
    assert old is not None
    file_store.hold()
    assert file_store.events() == events
    file_store.keeper.keep()
    assert file_store.record(decision_of("3")).sequence == 3
    assert not list(tmp_path.glob(".review.db.*"))


@pytest.mark.usefixtures("still")
def test_nothing_is_restored_that_the_journal_contradicts(file_store, open_store, tmp_path):
    file_store.record(decision_of("1"))
    back_up(file_store.database, tmp_path)
    file_store.close()
    elsewhere = open_store(tmp_path / "elsewhere.db")  # whose journal comes to lie here
    elsewhere.record(decision_of("other"))
    elsewhere.keeper.keep()
    before = (tmp_path / "review.db").read_bytes()
    with pytest.raises(WorkspaceRefused) as refused:
        restore(file_store)
    words = ("not sound", "1 differ from the database", "Nothing was restored", "move it")
    assert_message(refused.value, *words)
    assert (tmp_path / "review.db").read_bytes() == before
    assert not list(tmp_path.glob("review-before-*"))
    file_store.journal.path.rename(tmp_path / "kept for inspection")
    assert restore(file_store)[1] == 0
    assert [each.operation for each in file_store.events()] == ["1"]
