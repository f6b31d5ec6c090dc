"""Which card is shown, and which comes next, for whom."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labelviz.core.evidence import control_order
from labelviz.errors import NotSaved
from labelviz.project.workspace import Workspace
from labelviz.reviewing import dealing
from labelviz.reviewing.sitting import FlagNews
from labelviz.store import Claim, leases
from labelviz.store.leases import Leases
from labelviz.tables.columns import Columns
from tests.conftest import decision_of, texts_of
from tests.reviewing.conftest import Reviewer

SECOND_OPINION = (
    "id,no,yes\n6,0.9,0.1\n5,0.99,0.01\n4,0.9,0.1\n3,0.1,0.9\n2,0.8,0.2\n007,0.05,0.95\n"
)
Write = Callable[..., Path]


def test_the_most_suspicious_sample_comes_first(space: Workspace):
    assert space.suspicion is not None
    assert Reviewer(space).sample == space.dataset.ids[space.suspicion.worst_first()[0]]


def test_previous_leads_back_over_the_cards_that_were_shown(forty: Workspace):
    me = Reviewer(forty, show="unreviewed")
    seen = [me.sample]
    for _ in range(3):
        seen.append(me.press("keep").sample)
    back = [me.previous().sample for _ in range(3)]
    assert back == seen[-2::-1]
    assert me.previous().sample == seen[0]
    assert me.next().sample == "3"  # the first that waits


def test_one_card_in_ten_is_a_random_control(forty: Workspace):
    me = Reviewer(forty, show="unreviewed")
    visited = [me.sample, *(me.press("keep").sample for _ in range(20))]
    left = [str(row) for row in control_order(40) if str(row) not in visited[:9]]
    assert visited[9] == left[0]
    assert visited[10] == "9"
    left = [str(row) for row in control_order(40) if str(row) not in visited[:19]]
    assert visited[19] == left[0]


@pytest.mark.parametrize("how", ["off", "a search", "all samples"])
def test_there_are_no_controls_where_a_person_says_what_to_show(forty: Workspace, how: str):
    queue = {"show": "all" if how == "all samples" else "unreviewed"}
    me = Reviewer(forty, **queue, **({"text": "text"} if how == "a search" else {}))
    me.sitting = replace(me.sitting, controls=how != "off")
    assert [me.press("keep").sample for _ in range(12)] == [str(n) for n in range(1, 13)]


def test_the_order_changes_between_two_cards_only(space: Workspace, write: Write):
    me = Reviewer(space, show="unreviewed")
    first = me.sample
    opinion = "id,no,yes\n6,0.9,0.1\n5,0.99,0.01\n4,0.3,0.7\n3,0.1,0.9\n2,0.8,0.2\n007,0.05,0.95\n"
    space.opinions.read_file(write(opinion, "second.csv"))
    space.flag()
    assert me.look().sample == first
    assert me.press("keep").sample == "5"
    assert me.sitting.news is not None


@pytest.mark.parametrize("leave", ["next", "press"])
def test_newer_flags_order_the_queue_at_the_next_card_whatever_leads_there(
    space: Workspace, write: Write, leave: str
):
    me = Reviewer(space, show="unreviewed")
    opinion = "id,no,yes\n6,0.9,0.1\n5,0.99,0.01\n4,0.3,0.7\n3,0.1,0.9\n2,0.8,0.2\n007,0.05,0.95\n"
    space.opinions.read_file(write(opinion, "second.csv"))
    space.flag()
    me = me.next() if leave == "next" else me.press("unsure")
    assert me.sample == "5"
    assert me.sitting.news is not None
    assert me.next().sample != "5"


def test_who_opens_the_queue_anew_gets_the_order_of_the_newest_flags(
    space: Workspace, write: Write
):
    me = Reviewer(space, show="unreviewed")
    opinion = "id,no,yes\n6,0.9,0.1\n5,0.99,0.01\n4,0.3,0.7\n3,0.1,0.9\n2,0.8,0.2\n007,0.05,0.95\n"
    space.opinions.read_file(write(opinion, "second.csv"))
    space.flag()
    assert me.go("").sample == "5"


def test_new_flags_are_noted_with_what_they_did_to_the_queue(space: Workspace, write: Write):
    me = Reviewer(space).press("keep")  # of 3 and 6, which are flagged
    assert (me.desk.left, me.sitting.news) == (1, None)
    space.opinions.read_file(write(SECOND_OPINION, "second.csv"))
    assert space.dataset.ids[space.flag().flagged].tolist() == ["4", "5"]
    assert me.look().sitting.news == FlagNews(gone=1, come=2)
    assert me.desk.left == 2
    me.sitting = replace(me.sitting, news=None)
    assert me.look().sitting.news is None


def test_a_queue_without_samples_has_no_card(space: Workspace):
    assert Reviewer(space, show="kept").card == "no match"


@pytest.mark.bad_input("I21")
def test_an_unknown_sample_in_the_link_is_no_card(space: Workspace):
    me = Reviewer(space, sample="nobody")
    assert (me.card, me.sample) == ("no such sample", "")


def test_two_people_do_not_get_one_card(space: Workspace):
    ann, bob = (Reviewer(space, name, show="unreviewed").press("unsure") for name in ("ann", "bob"))
    assert ann.sample != bob.sample
    assert ann.press("keep").sample != bob.sample


def test_with_an_overlap_two_people_see_each_sample_and_nobody_sees_it_twice(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(dealing, "LEASE_SECONDS", 0.0)  # of whoever opened and left
    space.queues.assign((), (), overlap=2)
    seen: dict[str, list[str]] = {}
    for name in ("ann", "bob", "cy"):
        me = Reviewer(space, name, show="unreviewed")
        seen[name] = []
        while me.sample and me.sample not in seen[name]:
            seen[name].append(me.sample)
            me.press("unsure")
    assert sorted(seen["ann"]) == sorted(seen["bob"]) == sorted(space.dataset.ids)
    assert seen["cy"] == []


def test_who_was_dealt_samples_gets_those_even_before_anybody_else_began(
    space: Workspace, write: Write
):
    worst = [str(space.dataset.ids[row]) for row in space.suspicion.worst_first()]  # type: ignore[union-attr]
    space.queues.assign(worst, ("ann", "bob"))
    assert Reviewer(space, "cy", show="unreviewed").card == "dealt"
    bob = Reviewer(space, "bob", show="unreviewed")
    assert (bob.sample, bob.desk.left, bob.desk.left_to_others) == (worst[1], 3, 3)
    bob.press("unsure")
    assert (bob.sample, bob.desk.left, bob.desk.left_to_others) == (worst[3], 2, 3)
    space.opinions.read_file(write(SECOND_OPINION, "second.csv"))
    space.flag()  # the next card is by the new order, and his too
    assert bob.press("unsure").sample == worst[5]


def test_a_card_that_was_asked_for_by_name_says_who_has_it(space: Workspace):
    ids = space.dataset.ids
    for name in ("ann", "bob"):
        space.decide(decision_of(name, str(ids[0]), "unsure", reviewer=name))
    claim = Claim("ann", [str(ids[3])], 1, 60, texts=texts_of)
    assert space.decisions.store.leases.claim(claim) == ids[3]
    bob = Reviewer(space, "bob", sample=str(ids[3]), show="unreviewed")
    assert bob.shown.company.held_by == "ann"
    assert Reviewer(space, "bob", sample=str(ids[4])).shown.company.held_by == ""


@pytest.mark.bad_input("I15")
def test_the_first_reviewer_holds_a_card_before_there_is_a_second(forty: Workspace):
    ann = Reviewer(forty, "ann", show="unreviewed")
    assert forty.decisions.store.leases.holders(ann.sample) == ("ann",)
    bob = Reviewer(forty, "bob", show="unreviewed")
    assert [ann.sample, bob.sample] == ["0", "1"]
    assert ann.next().sample == "2"


@pytest.mark.bad_input("I15")
def test_two_people_never_get_one_card_random_controls_included(forty: Workspace):
    """By turns, so that both are due a control while the other one is at a card."""
    people = [Reviewer(forty, name, show="unreviewed") for name in ("ann", "bob")]
    ann, bob = people
    seen: list[list[str]] = [[each.sample] for each in people]
    for _ in range(12):
        for me, mine in zip(people, seen, strict=True):
            mine.append(me.press("keep").sample)
            assert ann.sample != bob.sample
    assert set(seen[0]).isdisjoint(seen[1])
    drawn = [str(row) for row in control_order(40)]
    first = [each for each in drawn if each not in (*seen[0][:9], *seen[1][:9])][:2]
    assert [seen[0][9], seen[1][9]] == first


def test_one_person_in_two_tabs_keeps_the_card_of_each(forty: Workspace):
    one = Reviewer(forty, "ann", show="unreviewed")
    other = Reviewer(forty, "ann", sample="1", show="unreviewed").next()
    assert (one.sample, other.sample) == ("0", "2")
    bob = Reviewer(forty, "bob", show="unreviewed")
    assert bob.sample == "1"
    assert bob.next().sample == "3"
    assert one.look().shown.company.held_by == ""


def test_a_control_that_was_dealt_to_somebody_else_waits_for_them(forty: Workspace):
    drawn = [str(row) for row in control_order(40)]
    dealt = [(drawn[0], "bob"), *((str(n), "ann") for n in range(9))]
    forty.decisions.store.assignments.assign(dealt)
    ann = Reviewer(forty, "ann", show="unreviewed")
    for _ in range(9):
        ann.press("keep")
    assert ann.sample == next(each for each in drawn[1:] if int(each) >= 9)


def test_when_others_have_all_that_is_left_the_queue_says_so(space: Workspace):
    ids = [str(each) for each in space.dataset.ids]
    for number, name in enumerate(ids[:5]):
        claim = Claim(f"r{number}", [name], 1, 60, texts=texts_of)
        assert space.decisions.store.leases.claim(claim) == name
    ann = Reviewer(space, "ann", show="unreviewed")
    assert ann.sample == ids[5]
    ann.next()
    assert (ann.sample, ann.sitting.end) == (ids[5], "with others")
    assert ann.press("keep").sitting.end == "with others"
    cy = Reviewer(space, "cy", show="unreviewed")
    assert (cy.card, cy.sample) == ("with others", "")


def test_after_the_last_card_the_queue_has_ended(space: Workspace):
    me = Reviewer(space)
    me.press("keep")
    assert me.sitting.end is None
    assert me.press("keep").sitting.end == "last"


def test_what_is_settled_is_settled_by_one_person_at_a_time(space: Workspace):
    for wanted in ("3", "6"):
        for name, label in (("ann", "no"), ("bob", "yes")):
            said = decision_of(name + wanted, wanted, "choose", label=(label,), reviewer=name)
            space.decide(said)
    space.queues.assign((), (), overlap=2)
    people = [Reviewer(space, name, show="disputed") for name in ("cara", "dan")]
    assert {each.sample for each in people} == {"3", "6"}


def test_in_the_queue_of_disputed_samples_a_decision_settles_it(space: Workspace):
    for name, label in (("ann", "no"), ("bob", "yes")):
        space.decide(decision_of(name, "3", "choose", label=(label,), reviewer=name))
    cara = Reviewer(space, "cara", show="disputed")
    assert (cara.sample, cara.desk.adjudicating) == ("3", True)
    cara.press("keep")
    final = space.review.final("3")
    assert final is not None
    assert (final.reviewer, final.label) == ("cara", ("yes",))
    assert space.decisions.statuses.count("kept") == 1
    assert len(space.review.decisions("3")) == 2


def test_who_goes_back_to_a_card_holds_it_again(forty: Workspace):
    ann = Reviewer(forty, "ann", show="unreviewed").press("keep")
    assert ann.sample == "1"
    assert ann.undo().sample == "0"
    assert [forty.decisions.store.leases.holders(each) for each in ("0", "1")] == [("ann",), ()]
    assert Reviewer(forty, "bob", show="unreviewed").sample == "1"  # which she left


def test_who_says_another_name_leaves_no_card_behind(forty: Workspace):
    me = Reviewer(forty, show="unreviewed")
    assert forty.decisions.store.leases.holders(me.sample) == ("me",)
    me.called("ann")
    assert forty.decisions.store.leases.holders(me.sample) == ("ann",)
    assert me.shown.company.held_by == ""


def test_a_card_that_somebody_works_on_stays_theirs(
    forty: Workspace, monkeypatch: pytest.MonkeyPatch
):
    ann, now = Reviewer(forty, "ann", show="unreviewed"), time.time()
    for minutes in (4, 8, 12):
        monkeypatch.setattr(leases.time, "time", lambda late=now + 60 * minutes: late)
        monkeypatch.setattr(dealing.time, "monotonic", lambda late=60.0 * minutes: now + late)
        ann.look()
    assert forty.decisions.store.leases.holders("0") == ("ann",)
    assert Reviewer(forty, "bob", show="unreviewed").sample == "1"


def test_two_tabs_of_one_person_on_one_card_hold_it_until_both_have_left(forty: Workspace):
    one = Reviewer(forty, "ann", show="unreviewed")
    other = Reviewer(forty, "ann", sample="0", show="unreviewed")
    assert one.next().sample == "1"
    assert Reviewer(forty, "bob", show="unreviewed").sample == "2"
    assert forty.decisions.store.leases.holders("0") == ("ann",)
    other.next()
    assert forty.decisions.store.leases.holders("0") == ()


def test_both_are_told_who_have_one_card_open(forty: Workspace):
    ann = Reviewer(forty, "ann", show="unreviewed")
    bob = Reviewer(forty, "bob", sample="0", show="unreviewed")
    assert bob.shown.company == dealing.Company(held_by="ann")
    assert ann.look().shown.company == dealing.Company(seen_by="bob")
    ann.next()
    assert bob.look().shown.company == dealing.Company()
    assert forty.decisions.store.leases.holders("0") == ("bob",)


def test_whose_lease_ran_out_is_told_who_has_the_card_now_and_so_are_they(
    forty: Workspace, monkeypatch: pytest.MonkeyPatch
):
    ann, now = Reviewer(forty, "ann", show="unreviewed"), time.time()
    monkeypatch.setattr(leases.time, "time", lambda: now + 306)
    monkeypatch.setattr(dealing.time, "monotonic", lambda: now + 306)
    bob = Reviewer(forty, "bob", show="unreviewed")
    assert bob.sample == "0"
    assert ann.look().shown.company.held_by == "bob"
    assert bob.look().shown.company.seen_by == "ann"


def test_where_nothing_can_be_written_cards_can_be_looked_at(
    forty: Workspace, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: object, **__: object) -> None:
        raise NotSaved("The decision was NOT saved: disk full.")

    monkeypatch.setattr(Leases, "claim", refuse)
    me = Reviewer(forty, show="unreviewed")
    assert me.sample == "0"
    assert me.next().sample == "1"


def test_another_workspace_starts_afresh(space: Workspace, write: Write):
    other = Workspace.create(space.path.parent / "other")
    rows = "id,text,label\n1,same,yes\n2,same,no\n3,third,no\n"
    other.load(write(rows, "other.csv"), Columns("text", "label", id="id"))
    me = Reviewer(other, show="unreviewed").press("keep")
    assert me.sitting.copies is not None
    me.space = space
    me.go("")
    assert me.sitting.copies is None
    assert me.sitting.trail == (space.dataset.rows[me.sample],)
