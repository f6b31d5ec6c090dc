"""What the keys and the editor save, for each task."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from labelviz.core.decisions import Decision
from labelviz.errors import NotSaved
from labelviz.store import DecisionStore
from labelviz.ui.components import answer
from labelviz.workspace import Workspace
from tests.conftest import REVIEWS, decision_of
from tests.ui.conftest import Open, do, last, noted, press, sample, target, words

pytestmark = pytest.mark.usefixtures("sheets")


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
def test_a_choice_is_saved_and_the_next_card_comes(
    space: Workspace, open_page: Open, key: str, verdict: str, status: str
) -> None:
    page = open_page("review", space.path)
    first = sample(page)
    page = press(page, key)
    assert (last(space).sample, last(space).verdict) == (first, verdict)
    row = space.dataset.rows[first]
    assert space.review.status(row) == status
    assert sample(page) != first
    assert "Saved at" in words(page)


def test_a_class_is_chosen_on_the_bars(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    for number, name in ((1, "yes"), (0, "no")):
        chosen = number
        page = do(
            page,
            lambda sheet, acts: acts.decide(
                answer.Answer(sheet.sample, sheet.operation, sheet.texts, chosen=chosen)  # noqa: B023
            ),
        )
        assert (last(space).verdict, last(space).label) == ("choose", (name,))


def test_a_target_set_on_the_bars_is_saved_as_it_stands(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    first = sample(page)
    page = do(page, lambda sheet, acts: acts.decide(target(sheet, [0.7, 0.3])))
    assert (last(space).sample, last(space).verdict) == (first, "soften")
    assert last(space).target == {"no": 0.7, "yes": 0.3}
    assert sample(page) != first


def test_what_was_not_saved_comes_back_with_its_card(
    space: Workspace, open_page: Open, sheets: list[answer.Sheet]
) -> None:
    page = open_page("review", space.path)
    page = do(page, lambda sheet, acts: acts.draft(target(sheet, [0.4, 0.6])))
    assert sheets[-1].bars.row.tolist() == [0.4, 0.6]
    assert space.store.events() == ()
    press(page, "unsure")
    assert sheets[-1].bars.row.tolist() != [0.4, 0.6]


def test_a_second_click_on_one_card_is_one_decision(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)

    def twice(sheet: answer.Sheet, acts: answer.Acts) -> None:
        acts.decide(target(sheet, [0.7, 0.3]))
        acts.decide(target(sheet, [0.6, 0.4]))

    page = do(page, twice)
    assert [event.target for event in space.store.events()] == [{"no": 0.7, "yes": 0.3}]


def test_a_decision_that_comes_late_goes_to_its_own_card(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    first = sample(page)

    def late(sheet: answer.Sheet, acts: answer.Acts) -> None:
        acts.move(sheet.sample, 1)
        acts.decide(target(sheet, [0.7, 0.3]))

    page = do(page, late)
    second = sample(page)
    assert last(space).sample == first
    assert second != first
    assert space.review.decisions(second) == ()


def test_several_labels_switched_on_and_off_are_labels_again(
    tagged: Workspace, open_page: Open, sheets: list[answer.Sheet]
) -> None:
    page = open_page("review", tagged.path)
    assert sample(page) == "a"
    assert sheets[-1].bars.row.tolist() == [1, 1]
    page = do(page, lambda sheet, acts: acts.decide(target(sheet, [0.0, 1.0])))
    assert (last(tagged).verdict, last(tagged).label) == ("choose", ("tower",))
    do(page, lambda sheet, acts: acts.decide(target(sheet, [0.6, 0.0])))
    assert (last(tagged).verdict, last(tagged).target) == ("soften", {"hotel": 0.6, "tower": 0.0})


def test_undo_and_redo_return_to_the_card(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    first = sample(page)
    page = press(press(page, "keep"), "undo")
    assert sample(page) == first
    assert space.review.decisions(first) == ()
    page = press(page, "redo")
    assert sample(page) == first
    assert space.review.decisions(first)[0].verdict == "keep"


def test_the_note_goes_with_the_decision_and_the_reviewer_is_named(
    space: Workspace, open_page: Open
) -> None:
    page = open_page("review", space.path)
    page.session_state["reviewer"] = "Ann"
    page = noted(page, "odd one")
    press(page, "keep")
    assert (last(space).note, last(space).reviewer) == ("odd one", "Ann")


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
    assert space.store.events() == ()


@pytest.mark.bad_input("I03", "I04")
def test_an_older_tab_is_told_that_the_card_was_changed(space: Workspace, open_page: Open) -> None:
    old_tab = open_page("review", space.path)
    first = sample(old_tab)
    press(open_page("review", space.path), "exclude")
    told = press(old_tab, "keep")
    assert "changed in another tab" in words(told)
    assert "me: exclude" in words(told)
    assert [each.verdict for each in space.store.history(first)] == ["exclude"]
    press(told, "keep")
    assert [each.verdict for each in space.store.history(first)] == ["exclude", "keep"]


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
    assert "kept and does not count: judge settled this sample for everybody" in words(page)
    assert space.review.agreed(first) == space.review.final(first)
    assert "does not count" not in words(press(page, "unsure"))


@pytest.mark.bad_input("D17")
def test_who_redoes_a_decision_whose_class_is_gone_is_told_that_it_does_not_count(
    space: Workspace, open_page: Open, write: Callable[..., Path]
) -> None:
    page = press(open_page("review", space.path), "keep")
    (kept,) = space.store.events()
    page = press(page, "undo")
    renamed = REVIEWS
    for name in kept.label or ():
        renamed = renamed.replace(f",{name},", ",other,")
    space.load(write(renamed, "renamed.csv"), space.columns, replace=True)
    page = press(open_page("review", space.path), "redo")
    assert "does not count: this dataset has not all of its classes" in words(page)
    assert space.review.samples == frozenset()


@pytest.mark.bad_input("C12")
def test_a_tab_that_shows_a_text_from_before_saves_nothing_on_the_new_one(
    space: Workspace, open_page: Open, write: Callable[..., Path], sheets: list[answer.Sheet]
) -> None:
    page = open_page("review", space.path)
    first, shown = sample(page), sheets[-1]
    page = do(page, lambda sheet, acts: acts.draft(target(sheet, [0.4, 0.6])))
    assert sheets[-1].bars.row.tolist() == [0.4, 0.6]
    text = str(space.dataset.texts[0][space.dataset.rows[first]])
    edited = write(REVIEWS.replace(text, f"{text}!"), "edited.csv")
    space.load(edited, space.columns, replace=True)
    page.query_params["show"], page.query_params["sample"] = "all", first
    page = page.run()
    assert sheets[-1].texts != shown.texts
    assert sheets[-1].bars.row.tolist() != [0.4, 0.6]
    late = answer.Answer(first, shown.operation, shown.texts, verdict="exclude")
    page = do(page, lambda _, acts: acts.decide(late))
    assert "other texts now" in words(page)
    assert space.store.events() == ()
    press(page, "exclude")
    assert space.review.status(space.dataset.rows[first]) == "excluded"


def test_a_card_on_which_nothing_was_set_saves_nothing(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    page = do(
        page,
        lambda sheet, acts: acts.decide(
            answer.Answer(sheet.sample, sheet.operation, sheet.texts, "a note")
        ),
    )
    assert "Nothing was set on the bars" in words(page)
    assert space.store.events() == ()


def test_cells_switched_on_a_blind_card_are_labels(tagged: Workspace, open_page: Open) -> None:
    tagged.set_policy("smooth:off=0.1")
    page = open_page("review", tagged.path)
    page.session_state["blind"] = True
    page = do(page.run(), lambda sheet, acts: acts.decide(target(sheet, [0.0, 1.0])))
    assert (last(tagged).verdict, last(tagged).label, last(tagged).blind) == (
        "choose", ("tower",), True,
    )  # fmt: skip


@pytest.mark.bad_input("I05")
def test_a_new_session_brings_back_what_was_being_set(
    space: Workspace, open_page: Open, sheets: list[answer.Sheet]
) -> None:
    page = open_page("review", space.path)
    first = sample(page)
    page = do(page, lambda sheet, acts: acts.draft(target(sheet, [0.4, 0.6])))
    noted(page, "so far")
    page = open_page("review", space.path)
    assert sheets[-1].note == "so far"
    assert sheets[-1].bars.row.tolist() == [0.4, 0.6]
    press(page, "exclude")
    assert space.store.draft("me", first) is None
    assert last(space).note == "so far"


def test_the_note_of_a_decision_is_there_when_it_is_decided_again(
    space: Workspace, open_page: Open, sheets: list[answer.Sheet]
) -> None:
    page = open_page("review", space.path)
    first = sample(page)
    press(noted(page, "odd one"), "keep")
    page.query_params["sample"] = first
    page = page.run()
    assert sheets[-1].note == "odd one"
    page = press(page, "exclude")
    assert (last(space).sample, last(space).verdict, last(space).note) == (
        first,
        "exclude",
        "odd one",
    )
    assert sheets[-1].note == ""
    page.query_params["sample"] = first
    page = noted(page.run(), "")
    press(page, "unsure")
    assert (last(space).verdict, last(space).note) == ("unsure", "")
