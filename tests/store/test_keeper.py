from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from labelviz.store import DecisionStore, keeper
from labelviz.store.backup import backups
from tests.conftest import decision_of


@pytest.mark.usefixtures("still")
def test_a_change_is_backed_up_once_the_last_backup_is_old(
    file_store: DecisionStore, tmp_path: Path, monkeypatch
):
    file_store.record(decision_of("1"))
    file_store.keeper.keep()
    assert [each.sequence for each in backups(tmp_path)] == [1]
    file_store.record(decision_of("2"))
    file_store.keeper.keep()
    assert [each.sequence for each in backups(tmp_path)] == [1]
    later = backups(tmp_path)[0].made + timedelta(seconds=keeper.EVERY_SECONDS + 1)
    monkeypatch.setattr(keeper.time, "time", later.timestamp)
    file_store.keeper.keep()
    assert 2 in [each.sequence for each in backups(tmp_path)]


def test_closing_leaves_nothing_unwritten(file_store: DecisionStore):
    for number in range(20):
        file_store.record(decision_of(str(number)))
    file_store.close()
    assert file_store.journal.last() == 20
