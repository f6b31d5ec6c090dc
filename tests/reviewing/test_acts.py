"""What an answer on a card means, and what is saved of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labelviz.core.decisions import Decision
from labelviz.errors import Conflict, NotSaved, TargetsRefused, WorkspaceRefused
from labelviz.project.workspace import Workspace
from labelviz.reviewing import acts
from labelviz.store import DecisionStore
from labelviz.tables.columns import Columns
from tests.conftest import REVIEWS
from tests.reviewing.conftest import Reviewer, last

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("key", "verdict", "status"),
    [
        ("keep", "keep", "kept"),
        ("accept", "accept", "corrected"),
        ("exclude", "exclude", "excluded"),
        ("unsure", "unsure", "unsure"),
        ("flag", "flag", "disputed"),
    ],
)
def test_a_choice_is_saved_and_the_next_card_comes(space, key, verdict, status):
    me = Reviewer(space)
    first = me.sample
    me.press(key)
    assert (last(space).sample, last(space).verdict) == (first, verdict)
    assert space.review.status(space.dataset.rows[first]) == status
    assert me.sample != first


@pytest.mark.parametrize(("number", "name"), [(1, "yes"), (0, "no")])
def test_a_class_is_chosen_by_its_number(space: Workspace, number: int, name: str):
    me = Reviewer(space)
    me.decide(me.answer(chosen=number))
    assert (last(space).verdict, last(space).label) == ("choose", (name,))


def test_a_target_is_saved_as_it_stands(space: Workspace):
    me = Reviewer(space)
    first = me.sample
    me.set(0.7, 0.3)
    assert (last(space).sample, last(space).verdict) == (first, "soften")
    assert last(space).target == {"no": 0.7, "yes": 0.3}
    assert me.sample != first


def test_what_was_not_saved_comes_back_with_its_card_and_in_another_tab(space: Workspace):
    me = Reviewer(space).draft(row=np.array([0.4, 0.6]), note="so far")
    first = me.sample
    for tab in (me, Reviewer(space)):
        assert tab.shown.bars is not None
        assert (tab.shown.bars.tolist(), tab.shown.note) == ([0.4, 0.6], "so far")
    assert space.decisions.store.events() == ()
    me.press("unsure")
    assert me.shown.bars is None
    assert space.decisions.store.drafts.of("me", first) is None
    assert last(space).note == "so far"


def test_a_second_click_on_one_card_is_one_decision(space: Workspace):
    me = Reviewer(space)
    card = me.shown
    for row in ([0.7, 0.3], [0.6, 0.4]):
        me.decide(me.answer(card, row=np.array(row)), card)
    assert [event.target for event in space.decisions.store.events()] == [{"no": 0.7, "yes": 0.3}]


def test_a_decision_that_comes_late_goes_to_its_own_card(space: Workspace):
    me = Reviewer(space)
    card = me.shown
    second = me.next().sample
    me.decide(me.answer(card, row=np.array([0.7, 0.3])), card)
    assert last(space).sample == card.sample
    assert me.sample == second != card.sample
    assert space.review.decisions(second) == ()


def test_who_decides_moves_on_also_where_the_url_names_the_card_before(space: Workspace):
    me = Reviewer(space)
    first = me.sample
    me.press("keep")
    second = me.sample
    me.sitting = replace(me.sitting, sample=first)
    me.on_card(lambda card: acts.decide(card, me.answer(verdict="keep")))
    assert last(space).sample == second
    assert me.sample != first


def test_a_late_move_moves_nothing(space: Workspace):
    me = Reviewer(space)
    card = me.shown
    second = me.next().sample
    me.on_card(lambda on: acts.move(on, card.sample, 1), card)
    assert me.sample == second


def test_several_labels_switched_on_and_off_are_labels_again(tagged: Workspace):
    me = Reviewer(tagged, show="all")
    assert me.sample == "a"
    assert me.shown.target.tolist() == [1, 1]
    me.set(0.0, 1.0)
    assert (last(tagged).verdict, last(tagged).label) == ("choose", ("tower",))
    me.set(0.6, 0.0)
    assert (last(tagged).verdict, last(tagged).target) == ("soften", {"hotel": 0.6, "tower": 0.0})


def test_cells_switched_on_a_blind_card_are_labels(tagged: Workspace):
    tagged.set_policy("smooth:off=0.1")
    me = Reviewer(tagged, show="all")
    me.sitting = replace(me.sitting, blind=True)
    first = me.look().sample
    assert me.shown.hidden
    me.set(0.0, 1.0)
    said = last(tagged)
    assert (said.verdict, said.label, said.blind) == ("choose", ("tower",), True)
    assert (me.sample, me.shown.hidden) == (first, False)  # now they see what the others say


def test_keep_and_accept_say_nothing_on_a_blind_card(space: Workspace):
    me = Reviewer(space)
    me.sitting = replace(me.sitting, blind=True)
    for key in ("keep", "accept"):
        me.look().press(key)
    assert space.decisions.store.events() == ()


def test_undo_and_redo_return_to_the_card(space: Workspace):
    me = Reviewer(space)
    first = me.sample
    assert me.press("keep").undo().sample == first
    assert space.review.decisions(first) == ()
    assert me.redo().sample == first
    assert space.review.decisions(first)[0].verdict == "keep"
    me.undo()
    assert me.undo().sample == first  # there is nothing more to take back


def test_the_note_goes_with_the_decision_and_is_there_when_it_is_decided_again(space: Workspace):
    me = Reviewer(space, "Ann").draft(note="odd one")
    first = me.sample
    me.press("keep")
    assert (last(space).note, last(space).reviewer) == ("odd one", "Ann")
    me.go(first).press("exclude")
    assert (last(space).verdict, last(space).note) == ("exclude", "odd one")
    assert me.shown.note == ""
    me.go(first).draft(note="").press("unsure")
    assert (last(space).verdict, last(space).note) == ("unsure", "")


def test_what_did_not_reach_the_disk_changes_nothing(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
):
    def full(_: DecisionStore, __: Decision) -> Decision:
        raise NotSaved("The decision was NOT saved: disk full.", where="review.db", remedy="Retry.")

    me = Reviewer(space)
    before = me.sitting
    with monkeypatch.context() as patched:
        patched.setattr(DecisionStore, "record", full)
        with pytest.raises(NotSaved):
            me.press("keep")
    assert me.sitting is before
    assert space.decisions.store.events() == ()
    assert me.press("keep").sample != before.sample


def test_what_goes_wrong_after_a_decision_was_saved_does_not_unsay_it(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
):
    def damaged(*_: object, **__: object) -> None:
        raise WorkspaceRefused("The flags are damaged.")

    me = Reviewer(space)
    card = me.shown
    with monkeypatch.context() as patched:
        patched.setattr(acts, "next_row", damaged)
        me.press("keep")
    assert me.sitting.spent == (card.operation,)
    assert me.sample == card.sample
    me.decide(me.answer(card, verdict="exclude"), card)  # a second click
    assert [each.verdict for each in space.decisions.store.events()] == ["keep"]


@pytest.mark.bad_input("I03", "I04")
def test_an_older_tab_overwrites_nothing_it_did_not_show(space: Workspace):
    old = Reviewer(space)
    first = old.sample
    Reviewer(space).press("exclude")
    with pytest.raises(Conflict, match="changed in another tab"):
        old.press("keep")
    assert [each.verdict for each in space.decisions.store.history(first)] == ["exclude"]
    old.look().press("keep")
    assert [each.verdict for each in space.decisions.store.history(first)] == ["exclude", "keep"]


@pytest.mark.bad_input("C12")
def test_a_tab_that_shows_a_text_from_before_saves_nothing_on_the_new_one(
    space: Workspace, write: Write
):
    me = Reviewer(space, show="all")
    first = me.sample
    me.draft(row=np.array([0.4, 0.6]))
    late = me.answer(verdict="exclude")
    text = str(space.dataset.texts[0][space.dataset.rows[first]])
    edited = write(REVIEWS.replace(text, f"{text}!"), "edited.csv")
    space.load(edited, space.data.columns, replace=True)
    me.go(first)
    assert me.shown.bars is None
    with pytest.raises(Conflict, match="other texts now"):
        me.decide(late)
    assert space.decisions.store.events() == ()
    me.press("exclude")
    assert space.review.status(space.dataset.rows[first]) == "excluded"


def test_a_card_on_which_nothing_was_set_saves_nothing(space: Workspace):
    me = Reviewer(space)
    with pytest.raises(TargetsRefused, match="Nothing was set on the bars"):
        me.decide(me.answer(note="a note"))
    assert space.decisions.store.events() == ()


@pytest.fixture
def copies(tmp_path: Path, write: Write) -> Workspace:
    """Two samples with the same texts, and a third."""
    made = Workspace.create(tmp_path / "copies")
    rows = "id,text,label\n1,same,yes\n2,third,no\n3,same,no\n"
    made.load(write(rows, "copies.csv"), Columns("text", "label", id="id"))
    return made


def test_copies_are_offered_to_be_decided_alike_in_one_step(copies: Workspace):
    me = Reviewer(copies, show="unreviewed").press("keep")
    assert me.sitting.copies is not None
    assert me.sitting.copies.rows == (2,)
    me.next()
    assert me.sample == "3"
    offered = me.sitting.copies.decision.operation
    me.do(lambda desk: acts.decide_copies(desk, "of another card"))
    assert copies.review.by("me", "3") is None
    me.do(lambda desk: acts.decide_copies(desk, offered))
    assert copies.review.by("me", "3") is not None
    assert (last(copies).verdict, last(copies).label) == ("choose", ("yes",))
    assert (me.sample, me.sitting.copies) == ("2", None)
    me.undo()
    assert copies.review.samples == {"1"}


def test_a_copy_that_was_decided_meanwhile_stays_and_the_offer_ends(copies: Workspace):
    me = Reviewer(copies, show="unreviewed").press("keep")
    assert me.sitting.copies is not None
    operation = me.sitting.copies.decision.operation
    Reviewer(copies, sample="3", show="all").press("exclude")
    me.do(lambda desk: acts.decide_copies(desk, operation))
    assert me.sitting.copies is None
    assert copies.review.by("me", "3").verdict == "exclude"  # type: ignore[union-attr]


def test_who_is_unsure_of_a_text_can_be_of_its_copies_alike(copies: Workspace):
    me = Reviewer(copies, show="unreviewed").press("unsure")
    assert me.sitting.copies is not None
    operation = me.sitting.copies.decision.operation
    me.do(lambda desk: acts.decide_copies(desk, operation))
    assert (last(copies).sample, last(copies).verdict) == ("3", "unsure")


def test_one_sample_is_enough_to_discuss_a_text(copies: Workspace):
    assert Reviewer(copies, show="unreviewed").press("flag").sitting.copies is None


def test_copies_can_be_left(copies: Workspace):
    me = Reviewer(copies, show="unreviewed").press("keep").do(acts.leave_copies)
    assert me.sitting.copies is None
    assert len(copies.decisions.store.events()) == 1


def test_what_an_earlier_event_says_is_decided_again(space: Workspace):
    me = Reviewer(space).press("exclude")
    event = last(space)
    me.go(event.sample).press("unsure")
    me.do(lambda desk: acts.restore(desk, event))
    assert space.review.by("me", event.sample).verdict == "exclude"  # type: ignore[union-attr]
