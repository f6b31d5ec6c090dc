from __future__ import annotations

from dataclasses import replace

import pytest

from labelviz.project.workspace import Workspace
from tests.conftest import decision_of
from tests.reviewing.conftest import Reviewer


def waiting(me: Reviewer) -> list[str]:
    return [str(each) for each in me.space.dataset.ids[me.desk.waiting]]


def test_a_queue_shows_what_waits_in_it(space: Workspace):
    assert waiting(Reviewer(space)) == ["3", "6"]
    space.decide(decision_of("1", "3", "exclude"))
    assert waiting(Reviewer(space)) == ["6"]
    assert waiting(Reviewer(space, show="excluded")) == ["3"]
    assert len(waiting(Reviewer(space, show="unreviewed"))) == 5
    assert waiting(Reviewer(space, show="all", by="ann")) == ["3"]


def test_with_an_overlap_a_sample_waits_for_others_and_not_for_who_decided(space: Workspace):
    space.queues.assign((), (), overlap=2)
    space.decide(decision_of("1", "3", "exclude"))
    assert waiting(Reviewer(space, "ann")) == ["6"]
    assert waiting(Reviewer(space, "bob")) == ["3", "6"]


def test_what_was_dealt_to_others_is_left_to_them(space: Workspace):
    space.queues.assign(["3", "6"], ["ann", "bob"])
    ann = Reviewer(space, "ann").desk
    assert (ann.left, ann.left_to_others) == (1, 1)
    everything = Reviewer(space, "ann", show="all").desk
    assert (everything.left, everything.left_to_others) == (6, 0)


@pytest.mark.parametrize(
    ("queue", "has"),
    [({}, True), ({"show": "unreviewed"}, True), ({"show": "all"}, False), ({"text": "a"}, False)],
)
def test_controls_are_mixed_into_plain_queues_alone(space: Workspace, queue: dict[str, str], has):
    me = Reviewer(space, **queue)
    assert me.desk.has_controls is has
    me.sitting = replace(me.sitting, controls=False)
    assert not me.desk.has_controls


def test_the_evidence_is_hidden_until_a_blind_reviewer_answered(space: Workspace):
    me = Reviewer(space)
    assert not me.desk.hides("3")
    me.sitting = replace(me.sitting, blind=True)
    assert me.desk.hides("3")
    space.decide(decision_of("1", "3", "exclude", reviewer="bob"))
    assert me.desk.hides("3")
    space.decide(decision_of("2", "3", "exclude", reviewer="me"))
    assert not me.desk.hides("3")


def test_a_control_does_not_move_the_place_in_the_queue(forty: Workspace):
    desk = Reviewer(forty, show="unreviewed").desk
    assert desk.visiting(5).sitting.anchor == 5
    assert desk.sitting_as(control=5, anchor=2).visiting(5).sitting.anchor == 2
