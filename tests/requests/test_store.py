from __future__ import annotations

from pathlib import Path

from labelviz.core.queue import Queue
from labelviz.project.workspace import Workspace
from labelviz.requests import Assign, BackUp, CheckStore, CopyStore, Migrate, Restore
from labelviz.store.database import FILE
from tests.conftest import decision_of


def decided(workspace: Workspace) -> Workspace:
    for sample in ("2", "3"):
        workspace.decide(decision_of(sample, sample, "exclude"))
    return workspace


def test_a_store_is_checked_migrated_backed_up_and_restored(workspace: Workspace):
    decided(workspace)
    assert list(Migrate().run(workspace)) == []
    assert BackUp(only_list=True).run(workspace).made is None
    done = BackUp().run(workspace)
    assert done.made is not None
    assert [each.path for each in done.every] == [done.made.path]
    assert all(each.sound for each in CheckStore().run(workspace))
    workspace.decide(decision_of("later", "4", "exclude"))
    restored = Restore(backup=done.made.path).run(workspace)
    assert (restored.backup, restored.later) == (done.made.path, 1)
    assert restored.old is not None
    assert len(workspace.decisions.store.events()) == 3
    assert Restore().run(workspace).backup == done.made.path


def test_a_store_is_copied(workspace: Workspace, tmp_path: Path):
    decided(workspace)
    copied = CopyStore(url=f"sqlite:///{tmp_path}/{FILE}").run(workspace)
    assert {each.table: each.count for each in copied}["event"] == 2


def test_samples_are_dealt_to_those_who_are_named_once_each(workspace: Workspace):
    done = Assign(people=("ann", "bob", "ann"), overlap=2, queue=Queue(show="all")).run(workspace)
    assert (done.samples, done.shares) == (6, {"ann": 6, "bob": 6})
    assert workspace.queues.overlap == 2
    assert Assign().run(workspace).shares == {}
    assert workspace.queues.overlap == 1
