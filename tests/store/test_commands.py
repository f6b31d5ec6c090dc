from __future__ import annotations

import pytest

from labelviz.errors import WorkspaceRefused
from labelviz.store.commands import copy, restore
from labelviz.store.database import parse_address
from tests.conftest import decision_of


def test_a_copy_by_url(file_store, server, open_store):
    file_store.record(decision_of("1"))
    url = server.empty_database()
    assert {each.table: each.count for each in copy(file_store.database, url)}["event"] == 1
    assert open_store(parse_address(url, "the test")).events() == file_store.events()


def test_postgresql_is_not_restored_from_a_file(server, open_store):
    store = open_store(parse_address(server.empty_database(), "the test"))
    with pytest.raises(WorkspaceRefused, match="not to PostgreSQL"):
        restore(store)
