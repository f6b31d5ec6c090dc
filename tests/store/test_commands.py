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
