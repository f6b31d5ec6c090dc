"""Which card is shown, and which comes next."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from labelviz.core.evidence import control_order
from labelviz.errors import NotSaved
from labelviz.store import DecisionStore, leases
from labelviz.tables.columns import Columns
from labelviz.ui import card
from labelviz.ui.card import DEALT, WITH_OTHERS
from labelviz.workspace import Workspace
from tests.conftest import decision_of, texts_of
from tests.ui.conftest import Open, press, sample, words

pytestmark = pytest.mark.usefixtures("sheets")
SECOND_OPINION = (
    "id,no,yes\n6,0.9,0.1\n5,0.99,0.01\n4,0.9,0.1\n3,0.1,0.9\n2,0.8,0.2\n007,0.05,0.95\n"
)


def test_the_most_suspicious_sample_comes_first_with_its_evidence(
    space: Workspace, open_page: Open
) -> None:
    page = open_page("review", space.path)
    assert space.suspicion is not None
    assert sample(page) == space.dataset.ids[space.suspicion.worst_first()[0]]
    said = words(page)
    assert "not reviewed" in said
    assert "flagged" in said
    assert "left in this queue" in said


def test_previous_leads_back_to_a_reviewed_card(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    first = sample(page)
    page = press(press(page, "keep"), "previous")
    assert sample(page) == first
    assert "kept" in words(page)


def test_one_card_in_ten_is_a_random_control(forty: Workspace, open_page: Open) -> None:
    page = open_page("review", forty.path)
    visited = [sample(page)]
    for _ in range(20):
        page = press(page, "keep")
        visited.append(sample(page))
    left = [str(row) for row in control_order(40) if str(row) not in visited[:9]]
    assert visited[9] == left[0]
    assert visited[10] == "9"
    left = [str(row) for row in control_order(40) if str(row) not in visited[:19]]
    assert visited[19] == left[0]


def test_the_order_changes_between_two_cards_only(
    space: Workspace, open_page: Open, write: Callable[..., Path]
) -> None:
    page = open_page("review", space.path)
    page.selectbox[0].set_value("unreviewed").run()
    first = sample(page)
    opinion = "id,no,yes\n6,0.9,0.1\n5,0.99,0.01\n4,0.3,0.7\n3,0.1,0.9\n2,0.8,0.2\n007,0.05,0.95\n"
    space.predict_from_file(write(opinion, "second.csv"))
    space.flag()
    page = page.run()
    assert sample(page) == first
    page = press(page, "keep")
    assert sample(page) == "5"


def test_new_flags_say_once_what_they_did_to_the_queue(
    space: Workspace, open_page: Open, write: Callable[..., Path]
) -> None:
    page = open_page("review", space.path)
    page = press(page, "keep")  # of 3 and 6, which are flagged
    assert "1 left in this queue" in words(page)
    assert "0 of 1 flags were right" in words(page)
    space.predict_from_file(write(SECOND_OPINION, "second.csv"))
    flagged = space.flag().flagged
    assert space.dataset.ids[flagged].tolist() == ["4", "5"]
    said = words(page.run())
    assert "In this queue, 1 are no longer flagged and 2 are newly flagged." in said
    assert "2 left in this queue" in said
    assert "0 of 1 flags were right" in said
    assert "newly flagged" not in words(page.run())


def test_an_empty_queue_says_so(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    page.selectbox[0].set_value("kept").run()
    assert "No sample matches" in page.info[0].value


@pytest.mark.bad_input("I21")
def test_an_unknown_sample_in_the_link_is_refused_in_words(
    space: Workspace, open_page: Open
) -> None:
    page = open_page("review", space.path)
    page.query_params["sample"] = "nobody"
    assert "not in this workspace" in page.run().info[0].value


def test_two_people_do_not_get_one_card(space: Workspace, open_page: Open) -> None:
    pages = []
    for name in ("ann", "bob"):
        page = open_page("review", space.path)
        page.session_state["reviewer"] = name
        page.query_params["show"] = "unreviewed"
        pages.append(press(page.run(), "unsure"))
    ann, bob = pages
    assert sample(ann) != sample(bob)
    ann = press(ann, "keep")
    assert sample(ann) != sample(bob)


def test_with_an_overlap_two_people_see_each_sample_and_nobody_sees_it_twice(
    space: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelviz.ui.card.LEASE_SECONDS", 0.0)  # of whoever opened and left
    space.assign((), (), overlap=2)
    seen: dict[str, list[str]] = {}
    for name in ("ann", "bob", "cy"):
        page = open_page("review", space.path)
        page.session_state["reviewer"] = name
        page.query_params["show"] = "unreviewed"
        if "sample" in page.query_params:
            del page.query_params["sample"]
        page = page.run()
        seen[name] = []
        while "sample" in page.query_params and len(seen[name]) < 10:
            if sample(page) in seen[name]:
                break
            seen[name].append(sample(page))
            page = press(page, "unsure")
    assert sorted(seen["ann"]) == sorted(seen["bob"]) == sorted(space.dataset.ids)
    assert seen["cy"] == []


def test_who_was_dealt_samples_gets_those_even_before_anybody_else_began(
    space: Workspace, open_page: Open, write: Callable[..., Path]
) -> None:
    worst = [str(space.dataset.ids[row]) for row in space.suspicion.worst_first()]  # type: ignore[union-attr]
    space.assign(worst, ("ann", "bob"))
    assert as_reviewer("cy", space.path, open_page).info[0].value == DEALT
    page = as_reviewer("bob", space.path, open_page)
    assert sample(page) == worst[1]
    assert "3 left for you, 3 dealt to others" in words(page)
    page = press(page, "unsure")
    assert sample(page) == worst[3]
    assert "2 left for you, 3 dealt to others" in words(page)
    space.predict_from_file(write(SECOND_OPINION, "second.csv"))
    space.flag()  # the next card is by the new order, and his too
    assert sample(press(page, "unsure")) == worst[5]


def test_a_link_to_a_card_that_somebody_has_says_so(space: Workspace, open_page: Open) -> None:
    ids = space.dataset.ids
    for name in ("ann", "bob"):
        space.decide(decision_of(name, str(ids[0]), "unsure", reviewer=name))
    assert space.store.claim("ann", [str(ids[3])], 1, 60, texts=texts_of) == ids[3]
    page = open_page("review", space.path)
    page.session_state["reviewer"] = "bob"
    page.query_params["show"], page.query_params["sample"] = "unreviewed", str(ids[3])
    assert "This card is with ann now." in words(page.run())


def as_reviewer(name: str, folder: Path, open_page: Open, show: str = "unreviewed") -> AppTest:
    """Review as somebody sees it who comes in by the queue."""
    return open_page("review", folder, name, show=show)


@pytest.fixture
def forty(tmp_path: Path) -> Workspace:
    """Forty samples, neither flagged nor reviewed; the shuffle begins with neither of the first."""
    project = Workspace.create(tmp_path / "forty")
    lines = "".join(f"{n},text {n},{'yes' if n % 2 else 'no'}\n" for n in range(40))
    file = tmp_path / "forty.csv"
    file.write_text(f"id,text,label\n{lines}")
    project.load(file, Columns("text", "label", id="id"))
    return project


@pytest.mark.bad_input("I15")
def test_the_first_reviewer_holds_a_card_before_there_is_a_second(
    forty: Workspace, open_page: Open
) -> None:
    ann = as_reviewer("ann", forty.path, open_page)
    assert forty.store.holders(sample(ann)) == ("ann",)
    bob = as_reviewer("bob", forty.path, open_page)
    assert [sample(ann), sample(bob)] == ["0", "1"]
    ann = press(ann, "next")
    assert sample(ann) == "2"


@pytest.mark.bad_input("I15")
def test_two_people_never_get_one_card_random_controls_included(
    forty: Workspace, open_page: Open
) -> None:
    """By turns, so that both are due a control while the other one is at a card."""
    pages = {name: as_reviewer(name, forty.path, open_page) for name in ("ann", "bob")}
    seen = {name: [sample(page)] for name, page in pages.items()}
    for _ in range(12):
        for name in pages:
            pages[name] = press(pages[name], "keep")
            seen[name].append(sample(pages[name]))
            assert sample(pages["ann"]) != sample(pages["bob"])
    assert set(seen["ann"]).isdisjoint(seen["bob"])
    drawn = [str(row) for row in control_order(40)]
    first = [each for each in drawn if each not in (*seen["ann"][:9], *seen["bob"][:9])][:2]
    assert [seen["ann"][9], seen["bob"][9]] == first


def test_a_control_that_was_dealt_to_somebody_else_waits_for_them(
    forty: Workspace, open_page: Open
) -> None:
    drawn = [str(row) for row in control_order(40)]
    forty.store.assign([(drawn[0], "bob"), *((str(n), "ann") for n in range(9))])
    ann = as_reviewer("ann", forty.path, open_page)
    for _ in range(9):
        ann = press(ann, "keep")
    first = next(each for each in drawn[1:] if int(each) >= 9)
    assert sample(ann) == first


def test_when_others_have_all_that_is_left_that_is_said(space: Workspace, open_page: Open) -> None:
    ids = [str(each) for each in space.dataset.ids]
    for number, name in enumerate(ids[:5]):
        assert space.store.claim(f"r{number}", [name], 1, 60, texts=texts_of) == name
    ann = as_reviewer("ann", space.path, open_page)
    assert sample(ann) == ids[5]
    ann = press(ann, "next")
    assert (sample(ann), WITH_OTHERS in words(ann)) == (ids[5], True)
    ann = press(ann, "keep")
    assert WITH_OTHERS in words(ann)
    cy = as_reviewer("cy", space.path, open_page)
    assert cy.info[0].value == WITH_OTHERS
    assert "sample" not in cy.query_params


def test_what_is_settled_is_settled_by_one_person_at_a_time(
    space: Workspace, open_page: Open
) -> None:
    for wanted in ("3", "6"):
        for name, label in (("ann", "no"), ("bob", "yes")):
            said = decision_of(name + wanted, wanted, "choose", label=(label,), reviewer=name)
            space.decide(said)
    space.assign((), (), overlap=2)
    cara = as_reviewer("cara", space.path, open_page, "disputed")
    dan = as_reviewer("dan", space.path, open_page, "disputed")
    assert {sample(cara), sample(dan)} == {"3", "6"}


def test_who_goes_back_to_a_card_holds_it_again(forty: Workspace, open_page: Open) -> None:
    ann = press(as_reviewer("ann", forty.path, open_page), "keep")
    assert sample(ann) == "1"
    ann = press(ann, "undo")
    assert sample(ann) == "0"
    assert [forty.store.holders(each) for each in ("0", "1")] == [("ann",), ()]
    assert sample(as_reviewer("bob", forty.path, open_page)) == "1"  # which she left


def test_a_visitor_who_says_another_name_leaves_no_card_behind(
    forty: Workspace, open_page: Open
) -> None:
    page = open_page("review", forty.path)
    assert forty.store.holders(sample(page)) == ("me",)
    page.session_state["reviewer"] = "ann"
    page = page.run()
    assert forty.store.holders(sample(page)) == ("ann",)
    assert "This card is with" not in words(page)


def test_a_card_that_somebody_works_on_stays_theirs(
    forty: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, now = as_reviewer("ann", forty.path, open_page), time.time()
    for minutes in (4, 8, 12):
        monkeypatch.setattr(leases.time, "time", lambda late=now + 60 * minutes: late)
        monkeypatch.setattr(card.time, "monotonic", lambda late=60.0 * minutes: now + late)
        ann.run()
    assert forty.store.holders("0") == ("ann",)
    assert sample(as_reviewer("bob", forty.path, open_page)) == "1"


def test_where_nothing_can_be_written_cards_can_be_looked_at(
    forty: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NotSaved("The decision was NOT saved: disk full.")

    monkeypatch.setattr(DecisionStore, "claim", refuse)
    page = as_reviewer("ann", forty.path, open_page)
    assert sample(page) == "0"
    assert sample(press(page, "next")) == "1"


def test_in_the_queue_of_disputed_samples_a_decision_settles_it(
    space: Workspace, open_page: Open
) -> None:
    for name, label in (("ann", "no"), ("bob", "yes")):
        space.decide(decision_of(name, "3", "choose", label=(label,), reviewer=name))
    assert space.statuses.count("disputed") == 1
    page = open_page("review", space.path)
    page.session_state["reviewer"] = "cara"
    page.query_params["show"] = "disputed"
    del page.query_params["sample"]
    page = page.run()
    assert sample(page) == "3"
    assert "settles it for everybody" in words(page)
    assert "ann: corrected: no" in words(page)
    press(page, "keep")
    final = space.review.final("3")
    assert final is not None
    assert (final.reviewer, final.label) == ("cara", ("yes",))
    assert space.statuses.count("kept") == 1
    assert len(space.review.decisions("3")) == 2


def test_another_workspace_starts_afresh(
    space: Workspace, open_page: Open, tmp_path: Path, write: Callable[..., Path]
) -> None:
    other = Workspace.create(space.path.parent / "other")
    rows = "id,text,label\n1,same,yes\n2,same,no\n3,third,no\n"
    other.load(write(rows, "other.csv"), Columns("text", "label", id="id"))
    page = open_page("review", other.path)
    page = press(page, "keep")
    assert "copies" in page.session_state
    page.query_params["workspace"] = space.path.name
    page.session_state["workspace"] = space.path.name
    del page.query_params["sample"]
    page = page.run()
    assert "copies" not in page.session_state
    assert not [each for each in page.button if each.key == "alike"]
    assert page.session_state["trail"] == [space.dataset.rows[sample(page)]]


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
    for row in range(4):
        for page in pages.values():
            page.query_params["sample"] = str(space.dataset.ids[row])
            page.run()
        for name, page in pages.items():
            press(page, "keep" if name == "ann" else "exclude")
            (saved,) = (each for each in page.html if "Saved at" in each.value)
            assert str(space.dataset.ids[row]) in saved.value.partition("Saved at")[2]
    mine = {
        name: [(e.sample, e.verdict) for e in space.store.events() if e.reviewer == name]
        for name in pages
    }
    ids = [str(each) for each in space.dataset.ids[:4]]
    assert mine["ann"] == [(each, "keep") for each in ids]
    assert mine["bob"] == [(each, "exclude") for each in ids]
