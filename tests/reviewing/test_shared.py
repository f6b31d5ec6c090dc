from __future__ import annotations

import pytest

from labelviz.project.workspace import Workspace
from labelviz.reviewing import shared as module
from tests.reviewing.conftest import Reviewer


def test_an_order_is_made_once_whatever_statuses_a_queue_shows(space: Workspace):
    me = Reviewer(space, show="unreviewed")
    other = Reviewer(space, show="all")
    other.shared = me.shared
    assert me.desk.line is other.desk.line
    other.queue = type(other.queue)(sort="random")
    assert other.desk.line is not me.desk.line


def test_controls_and_copies_are_found_once(space: Workspace):
    shared, dataset = Reviewer(space).shared, space.dataset
    assert shared.controls(dataset) is shared.controls(dataset)
    assert shared.copies(dataset) is shared.copies(dataset)


def test_what_was_dealt_is_looked_up_now_and_then_and_when_somebody_deals(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
):
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    shared, dataset = Reviewer(space).shared, space.dataset

    def theirs() -> int:
        return int(shared.dealt_to_others(space, dataset, "ann").sum())

    assert theirs() == 0
    space.queues.assign(["3", "6"], ["bob"])
    assert theirs() == 0
    now[0] = module.DEALT_SECONDS + 1
    assert theirs() == 2
    space.queues.assign([], [])
    shared.deal()
    assert theirs() == 0
