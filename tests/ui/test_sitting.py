"""What the page says of a sitting, and that what is pressed on it is done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labelviz.core.decisions import Decision
from labelviz.errors import NotSaved
from labelviz.project.workspace import Workspace
from labelviz.reviewing import Answer, card, dealing
from labelviz.reviewing.dealing import STAY_SECONDS
from labelviz.store import Claim, DecisionStore, leases
from labelviz.ui.components import answer
from labelviz.ui.pages.review import ALL_REVIEWED, ENDS
from tests.conftest import REVIEWS, decision_of, texts_of
from tests.ui.conftest import Open, do, last, noted, press, sample, target, words

pytestmark = pytest.mark.usefixtures("sheets")
Write = Callable[..., Path]
SECOND_OPINION = (
    "id,no,yes\n6,0.9,0.1\n5,0.99,0.01\n4,0.9,0.1\n3,0.1,0.9\n2,0.8,0.2\n007,0.05,0.95\n"
)


def test_the_first_card_comes_with_its_evidence(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    assert space.suspicion is not None
    assert sample(page) == space.dataset.ids[space.suspicion.worst_first()[0]]
    said = words(page)
    assert "not reviewed" in said
    assert "flagged" in said
    assert "left in this queue" in said


def test_what_was_pressed_is_saved_and_the_next_card_is_drawn(
    space: Workspace, open_page: Open
) -> None:
    page = open_page("review", space.path)
    first = sample(page)
    page = press(page, "keep")
    assert (last(space).sample, last(space).verdict) == (first, "keep")
    assert sample(page) != first
    assert "Saved at" in words(page)
    page = press(page, "previous")
    assert sample(page) == first
    assert "kept" in words(page)
    page = press(page, "undo")
    assert "not reviewed" in words(page)
    assert "kept" in words(press(page, "redo"))


def test_what_is_pressed_twice_or_late_is_known_before_the_page_is_drawn_again(
    space: Workspace, open_page: Open
) -> None:
    page = open_page("review", space.path)
    first = sample(page)

    def twice_and_late(sheet: answer.Sheet, acts: answer.Acts) -> None:
        acts.move(sheet.sample, 1)
        acts.decide(target(sheet, [0.7, 0.3]))
        acts.decide(target(sheet, [0.6, 0.4]))

    page = do(page, twice_and_late)
    assert [event.target for event in space.decisions.store.events()] == [{"no": 0.7, "yes": 0.3}]
    assert last(space).sample == first != sample(page)


def test_new_flags_say_once_what_they_did_to_the_queue(
    space: Workspace, open_page: Open, write: Write
) -> None:
    page = open_page("review", space.path)
    page = press(page, "keep")  # of 3 and 6, which are flagged
    assert "1 left in this queue" in words(page)
    assert "0 of 1 flags were wrong labels" in words(page)
    space.opinions.read_file(write(SECOND_OPINION, "second.csv"))
    space.flag()
    said = words(page.run())
    assert "In this queue, 1 are no longer flagged and 2 are newly flagged." in said
    assert "2 left in this queue" in said
    assert "0 of 1 flags were wrong labels" in said
    assert "newly flagged" not in words(page.run())


def test_an_empty_queue_says_so(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    page.selectbox[0].set_value("kept").run()
    assert "No sample matches" in page.info[0].value
    page.selectbox[0].set_value("flagged").run()
    page = press(press(page, "keep"), "keep")
    assert ENDS["last"] in words(page)
    del page.query_params["sample"]
    assert page.run().info[0].value == ALL_REVIEWED


@pytest.mark.bad_input("I21")
def test_an_unknown_sample_in_the_link_is_refused_in_words(
    space: Workspace, open_page: Open
) -> None:
    page = open_page("review", space.path)
    page.query_params["sample"] = "nobody"
    assert "not in this workspace" in page.run().info[0].value


def test_samples_that_were_dealt_to_others_are_counted_apart(
    space: Workspace, open_page: Open
) -> None:
    worst = [str(space.dataset.ids[row]) for row in space.suspicion.worst_first()]  # type: ignore[union-attr]
    space.queues.assign(worst, ("ann", "bob"))
    cy = open_page("review", space.path, "cy", show="unreviewed")
    assert cy.info[0].value == ENDS["dealt"]
    bob = open_page("review", space.path, "bob", show="unreviewed")
    assert "3 left for you, 3 dealt to others" in words(bob)


def test_a_link_to_a_card_that_somebody_has_says_so(space: Workspace, open_page: Open) -> None:
    wanted = str(space.dataset.ids[3])
    assert (
        space.decisions.store.leases.claim(Claim("ann", [wanted], 1, 60, texts=texts_of)) == wanted
    )
    page = open_page("review", space.path, "bob", show="unreviewed", sample=wanted)
    assert "This card is with ann now." in words(page)
    page = open_page("review", space.path, "ann", show="unreviewed", sample=wanted)
    assert "bob has this card open too. It is yours." in words(page)


def test_a_card_stays_with_whoever_has_it_open(
    space: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The part of the page that runs by itself does so, whatever else the page does or not."""
    page = open_page("review", space.path, "ann", show="unreviewed")
    wanted, began = sample(page), time.time()
    monkeypatch.setattr(card, "hold", lambda desk, _: (dealing.Company(), desk))
    for late in range(0, 1_200, int(STAY_SECONDS)):
        monkeypatch.setattr(leases.time, "time", lambda now=began + late: now)
        monkeypatch.setattr(dealing.time, "monotonic", lambda now=began + late: now)
        page.run()
        assert space.decisions.store.leases.holders(wanted) == ("ann",)


def test_in_the_queue_of_disputed_samples_the_page_says_what_a_decision_does(
    space: Workspace, open_page: Open
) -> None:
    for name, label in (("ann", "no"), ("bob", "yes")):
        space.decide(decision_of(name, "3", "choose", label=(label,), reviewer=name))
    page = open_page("review", space.path, "cara", show="disputed")
    assert "settles it for everybody" in words(page)
    assert "ann: corrected: no" in words(page)
    press(page, "keep")
    assert space.review.final("3") is not None


def test_a_visitor_who_says_another_name_is_that_reviewer(
    space: Workspace, open_page: Open
) -> None:
    page = open_page("review", space.path)
    page.session_state["reviewer"] = "Ann"
    page = press(noted(page.run(), "odd one"), "keep")
    assert (last(space).note, last(space).reviewer) == ("odd one", "Ann")


@pytest.mark.bad_input("I20")
def test_two_people_by_turns_see_nothing_of_each_other_s_page(
    space: Workspace, open_page: Open
) -> None:
    pages = {}
    for name in ("ann", "bob"):
        page = open_page("review", space.path)
        page.session_state["reviewer"] = name
        page.query_params["show"] = "all"
        pages[name] = page.run()
    for row in range(2):
        for page in pages.values():
            page.query_params["sample"] = str(space.dataset.ids[row])
            page.run()
        for name, page in pages.items():
            press(page, "keep" if name == "ann" else "exclude")
            (saved,) = (each for each in page.html if "Saved at" in each.value)
            assert str(space.dataset.ids[row]) in saved.value.partition("Saved at")[2]
    mine = {
        name: [(e.sample, e.verdict) for e in space.decisions.store.events() if e.reviewer == name]
        for name in pages
    }
    ids = [str(each) for each in space.dataset.ids[:2]]
    assert mine["ann"] == [(each, "keep") for each in ids]
    assert mine["bob"] == [(each, "exclude") for each in ids]


def test_what_did_not_reach_the_disk_is_not_called_saved(
    space: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page("review", space.path)
    first = sample(page)

    def full(_: DecisionStore, __: Decision) -> Decision:
        raise NotSaved("The decision was NOT saved: disk full.", where="review.db", remedy="Retry.")

    with monkeypatch.context() as patched:
        patched.setattr(DecisionStore, "record", full)
        page = press(page, "keep")
    assert "NOT saved" in words(page)
    assert "Saved at" not in words(page)
    assert sample(page) == first


@pytest.mark.bad_input("I03", "I04")
def test_an_older_tab_is_told_that_the_card_was_changed(space: Workspace, open_page: Open) -> None:
    old_tab = open_page("review", space.path)
    press(open_page("review", space.path), "exclude")
    told = press(old_tab, "keep")
    assert "changed in another tab" in words(told)
    assert "me: exclude" in words(told)


@pytest.mark.parametrize("before", [True, False])
def test_who_decides_on_a_settled_sample_is_told_that_it_does_not_count(
    space: Workspace, open_page: Open, before: bool
) -> None:
    page = open_page("review", space.path)
    first = sample(page)
    settled = decision_of("1", first, "choose", label=("no",), reviewer="judge", final=True)
    if before:
        space.decide(settled)
    page = press(page, "exclude")
    if not before:
        space.decide(settled)
        page = page.run()
    assert "Saved at" in words(page)
    assert "Settled as “no” by judge; yours is kept and does not count." in words(page)
    assert space.review.agreed(first) == space.review.final(first)
    assert "does not count" not in words(press(page, "unsure"))


@pytest.mark.bad_input("D17")
def test_who_redoes_a_decision_whose_class_is_gone_is_told_that_it_does_not_count(
    space: Workspace, open_page: Open, write: Write
) -> None:
    page = press(open_page("review", space.path), "keep")
    (kept,) = space.decisions.store.events()
    page = press(page, "undo")
    renamed = REVIEWS
    for name in kept.label or ():
        renamed = renamed.replace(f",{name},", ",other,")
    space.load(write(renamed, "renamed.csv"), space.data.columns, replace=True)
    page = press(open_page("review", space.path), "redo")
    assert "does not count: this dataset has not all of its classes" in words(page)
    assert space.review.samples == frozenset()


@pytest.mark.bad_input("C12")
def test_a_tab_that_shows_a_text_from_before_is_told(
    space: Workspace, open_page: Open, write: Write, sheets: list[answer.Sheet]
) -> None:
    page = open_page("review", space.path)
    first, shown = sample(page), sheets[-1]
    text = str(space.dataset.texts[0][space.dataset.rows[first]])
    edited = write(REVIEWS.replace(text, f"{text}!"), "edited.csv")
    space.load(edited, space.data.columns, replace=True)
    page.query_params["show"], page.query_params["sample"] = "all", first
    page = page.run()
    assert sheets[-1].texts != shown.texts
    late = Answer(first, shown.operation, shown.texts, verdict="exclude")
    assert "other texts now" in words(do(page, lambda _, acts: acts.decide(late)))


def test_a_card_on_which_nothing_was_set_says_so(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    nothing = do(
        page, lambda sheet, acts: acts.decide(replace(target(sheet, [0, 1]), row=None, note="a"))
    )
    assert "Nothing was set on the bars" in words(nothing)


@pytest.mark.bad_input("I05")
def test_a_new_session_brings_back_what_was_being_set(
    space: Workspace, open_page: Open, sheets: list[answer.Sheet]
) -> None:
    page = open_page("review", space.path)
    page = do(page, lambda sheet, acts: acts.draft(target(sheet, [0.4, 0.6])))
    noted(page, "so far")
    open_page("review", space.path)
    assert sheets[-1].note == "so far"
    assert sheets[-1].bars.row.tolist() == [0.4, 0.6]
