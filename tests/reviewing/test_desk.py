from __future__ import annotations

from dataclasses import replace

import pytest

from labelviz.core.roles import Member, Roles
from labelviz.errors import NotSaved
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


@pytest.fixture
def team(space: Workspace) -> Workspace:
    """Ann and bob disagree on 3; cara and dan adjudicate, dan also his own; vera looks on."""
    members = {
        "olga": Member("owner"), "cara": Member("adjudicator"), "vera": Member("viewer"),
        "dan": Member("adjudicator", settles_own=True),
    }  # fmt: skip
    space.decisions.store.roles.change(lambda _: Roles(members))
    for name, label in (("ann", "no"), ("bob", "yes")):
        space.decide(decision_of(name, "3", "choose", label=(label,), reviewer=name))
    return space


def disagreeing(space: Workspace, name: str) -> Reviewer:
    """Somebody who decided on 3 before they come to the queue of disputed samples."""
    space.decide(decision_of(f"{name} too", "3", "choose", label=("yes",), reviewer=name))
    return Reviewer(space, name, show="disputed")


def test_who_may_not_settle_says_what_they_think_in_the_queue_to_settle(team: Workspace):
    eve = Reviewer(team, "eve", show="disputed")
    assert (eve.sample, eve.desk.adjudicating) == ("3", False)
    eve.press("keep")
    assert team.review.final("3") is None
    assert len(team.review.decisions("3")) == 3


def test_an_adjudicator_settles_what_they_are_no_part_of(team: Workspace):
    cara = Reviewer(team, "cara", show="disputed")
    assert cara.desk.settles("3")
    cara.press("keep")
    assert team.review.final("3") is not None


def test_what_an_adjudicator_decided_waits_for_another_one(team: Workspace):
    cara = disagreeing(team, "cara")
    assert (waiting(cara), cara.card) == ([], "no match")
    cara.go("3")
    assert not cara.desk.settles("3")
    assert cara.shown.expected == team.review.by("cara", "3").sequence
    cara.press("keep")
    assert team.review.final("3") is None, "it stays her own answer"
    assert waiting(Reviewer(team, "olga", show="disputed")) == ["3"]


def test_who_was_allowed_to_settles_also_their_own(team: Workspace):
    dan = disagreeing(team, "dan")
    assert (waiting(dan), dan.desk.settles("3")) == (["3"], True)
    dan.press("keep")
    assert team.review.final("3") is not None


def test_who_looks_on_holds_nothing_and_moves_from_card_to_card(team: Workspace):
    vera = Reviewer(team, "vera", show="unreviewed")
    first = vera.sample
    assert vera.next().sample != first
    assert vera.previous().sample == first
    assert [team.decisions.store.leases.holders(str(each)) for each in team.dataset.ids] == [()] * 6
    with pytest.raises(NotSaved, match="vera looks on here"):
        vera.press("keep")
