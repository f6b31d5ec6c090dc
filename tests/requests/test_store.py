from __future__ import annotations

from pathlib import Path

import pytest

from labelviz.core.queue import Queue
from labelviz.core.roles import Member, Roles
from labelviz.errors import NotSaved, RequestRefused
from labelviz.project.workspace import Workspace
from labelviz.requests import (
    Assign,
    BackUp,
    CheckStore,
    CopyStore,
    GiveRoles,
    Migrate,
    Restore,
)
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


def test_roles_are_given_and_taken_in_one_step(workspace: Workspace):
    assert GiveRoles().run(workspace) == Roles()
    given = GiveRoles(
        owners=("ann",), adjudicators=("bob", "eve"), viewers=("eve",), settle_own=("bob",),
        others="viewer",
    ).run(workspace)  # fmt: skip
    bob = Member("adjudicator", settles_own=True)
    eve, ann = Member("adjudicator"), Member("owner")
    assert given == Roles({"eve": eve, "bob": bob, "ann": ann}, "viewer")
    assert GiveRoles().run(workspace) == given
    left = GiveRoles(reviewers=("bob",), without=("EVE",)).run(workspace)
    assert left == Roles({"bob": Member("reviewer"), "ann": Member("owner")}, "viewer")
    assert GiveRoles(free=True).run(workspace) == Roles()


def test_a_person_has_one_role_however_their_name_is_spelled(workspace: Workspace):
    workspace.decide(decision_of("1", "2", "exclude", reviewer="Ann"))
    GiveRoles(owners=("ann", "Bob")).run(workspace)
    assert GiveRoles(viewers=("bob ",)).run(workspace).people == {
        "Ann": Member("owner"), "Bob": Member("viewer"),
    }  # fmt: skip
    assert workspace.decisions.people == {"Ann", "Bob"}


@pytest.mark.parametrize("name", ["", " ", "\u200b"])
def test_a_role_is_given_to_nobody_without_a_name(workspace: Workspace, name: str):
    with pytest.raises(NotSaved, match="a name is empty"):
        GiveRoles(owners=(name,), viewers=("bob",)).run(workspace)
    assert GiveRoles().run(workspace) == Roles()


def test_where_nobody_has_a_role_only_an_owner_can_be_the_first(workspace: Workspace):
    for asked in (GiveRoles(settle_own=("bob",)), GiveRoles(others="viewer")):
        with pytest.raises(NotSaved, match="nobody would be owner"):
            asked.run(workspace)


def test_nothing_is_dealt_to_who_only_looks(workspace: Workspace):
    GiveRoles(owners=("ann",), viewers=("vera",)).run(workspace)
    with pytest.raises(NotSaved, match="“vera” may not decide here"):
        Assign(people=("ann", "vera"), queue=Queue(show="all")).run(workspace)
    assert not workspace.decisions.store.assignments.exist()


def test_who_may_settle_what_they_decided_keeps_their_role(workspace: Workspace):
    GiveRoles(owners=("ann",), adjudicators=("bob",)).run(workspace)
    roles = GiveRoles(settle_own=("bob", "cy")).run(workspace)
    assert roles.of("bob") == Member("adjudicator", settles_own=True)
    assert roles.of("cy") == Member("reviewer", settles_own=True)


def test_there_is_no_role_without_an_owner(workspace: Workspace):
    with pytest.raises(NotSaved, match="nobody would be owner"):
        GiveRoles(viewers=("ann",)).run(workspace)
    assert not workspace.decisions.store.roles.now.are_given
    for given in ({"owners": ("ann",)}, {"settle_own": ("ann",)}, {"others": "viewer"}):
        with pytest.raises(RequestRefused, match="taken away, and some are given"):
            GiveRoles(free=True, **given)
