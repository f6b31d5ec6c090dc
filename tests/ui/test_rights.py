"""What pages let those do who own nothing: look, and export."""

from __future__ import annotations

import sys

import pytest
from streamlit.testing.v1 import AppTest

from labelviz.core.roles import Member, Roles
from labelviz.project.workspace import Workspace
from labelviz.requests import Request
from labelviz.store import Claim
from labelviz.ui import identity
from labelviz.ui.components import answer
from labelviz.ui.components.progress import ONLY_OWNERS
from labelviz.ui.pages.review import ADJUDICATING, NOT_SETTLING, PARTY
from labelviz.ui.rights import LOOKING
from tests.conftest import decision_of, texts_of
from tests.ui.conftest import Open, button, press, sample, words

TEAM = Roles({"olga": Member("owner"), "adam": Member("adjudicator"), "vera": Member("viewer")})
# What changes nothing that others see.
HARMLESS = {
    "data": set(),
    "overview": {"Review 30 random samples", "Check them", "Back up now"},
    "targets": {"Write an export file"},
    "retrain": set(),
}


@pytest.fixture
def team(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(identity, "is_shared", lambda: False)
    space.decide(decision_of("1", "2", "exclude"))
    space.decisions.store.roles.change(lambda _: TEAM)
    return space


def disagree(space: Workspace) -> None:
    for name, label in (("ann", "no"), ("adam", "yes")):
        space.decide(decision_of(name, "3", "choose", label=(label,), reviewer=name))


@pytest.mark.parametrize("name", HARMLESS)
def test_who_owns_nothing_looks_and_exports(team: Workspace, open_page: Open, name: str) -> None:
    disagree(team)
    owner = open_page(name, team.path, "olga")
    assert ONLY_OWNERS not in words(owner)
    able = {each.label for each in owner.button if not each.disabled}
    for person in ("vera", "adam", "anybody"):
        page = open_page(name, team.path, person)
        assert ONLY_OWNERS in words(page)
        left = {each.label for each in page.button if not each.disabled}
        assert left <= HARMLESS[name]
        assert left < able


def test_a_role_taken_away_since_the_page_was_drawn_starts_nothing(
    team: Workspace, open_page: Open, started: list[Request]
) -> None:
    both = TEAM.with_members({"otto": Member("owner")})
    team.decisions.store.roles.change(lambda _: both)
    page = open_page("overview", team.path, "otto")
    team.decisions.store.roles.change(lambda _: TEAM)
    page = button(page, "Make the map").click().run()
    assert started == []
    assert ONLY_OWNERS in words(page)


def test_an_owner_starts_what_they_like(
    team: Workspace, open_page: Open, started: list[Request]
) -> None:
    button(open_page("overview", team.path, "olga"), "Make the map").click().run()
    assert len(started) == 1


def test_who_looks_on_has_no_answer_to_give_and_goes_from_card_to_card(
    team: Workspace, open_page: Open, sheets: list[answer.Sheet]
) -> None:
    page = open_page("review", team.path, "vera", show="unreviewed")
    assert LOOKING in words(page)
    assert sheets == []
    first = sample(page)
    page = press(page, "look Next")
    assert sample(page) != first
    assert sample(press(page, "look Previous")) == first
    assert len(team.decisions.store.events()) == 1


def test_who_is_made_a_viewer_while_a_card_is_open_is_told_with_the_next_key(
    team: Workspace, open_page: Open, sheets: list[answer.Sheet]
) -> None:
    page = open_page("review", team.path, "eve", show="unreviewed")
    eve = TEAM.with_members({"eve": Member("viewer")})
    team.decisions.store.roles.change(lambda _: eve)
    page = press(page, "exclude")
    assert len(team.decisions.store.events()) == 1
    assert "NOT saved: eve looks on here" in words(page)
    assert len(sheets) == 1, "the answer is gone with the right to give one"


@pytest.mark.usefixtures("sheets")
def test_the_card_says_who_settles_it(team: Workspace, open_page: Open) -> None:
    disagree(team)
    for name, sentence in (("olga", ADJUDICATING), ("adam", PARTY), ("eve", NOT_SETTLING)):
        page = open_page("review", team.path, name, show="disputed", sample="3")
        assert sentence in words(page), name
    press(page, "exclude")
    assert team.review.final("3") is None
    press(open_page("review", team.path, "olga", show="disputed"), "exclude")
    assert team.review.final("3") is not None


def test_who_settles_is_told_how_many_wait_for_them(team: Workspace, open_page: Open) -> None:
    disagree(team)
    offered = {
        name: [each.label for each in open_page("overview", team.path, name).button]
        for name in ("olga", "adam", "eve", "vera")
    }
    assert [name for name, labels in offered.items() if "Settle 1 samples" in labels] == ["olga"]


def test_who_looks_on_reads_nothing_that_is_for_those_who_decide(
    team: Workspace, open_page: Open
) -> None:
    disagree(team)
    claim = Claim("ann", ["3"], 1, 60, texts_of, again=True)
    assert team.decisions.store.leases.claim(claim) == "3"
    page = open_page("review", team.path, "vera", show="disputed", sample="3")
    said = words(page)
    assert LOOKING in said
    assert "This card is with ann now." in said
    assert NOT_SETTLING not in said
    assert "It is yours" not in said
    assert "Undo" not in [each.label for each in page.button]


def test_what_was_settled_is_said_and_not_that_it_waits(team: Workspace, open_page: Open) -> None:
    disagree(team)
    final = decision_of("f", "3", "choose", label=("no",), reviewer="olga", final=True)
    team.decide(final)
    said = words(open_page("review", team.path, "adam", show="disputed", sample="3"))
    assert "by olga" in said
    assert PARTY not in said


def test_of_what_nobody_disputes_it_is_not_said_that_somebody_settles_it(
    team: Workspace, open_page: Open
) -> None:
    team.decide(decision_of("a", "3", "choose", label=("no",), reviewer="adam"))
    said = words(open_page("review", team.path, "adam", show="disputed", sample="3"))
    assert "adam: " in said
    assert PARTY not in said


def test_a_workspace_is_not_deleted_by_who_owned_it_when_the_dialog_opened(
    team: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dialog() -> None:
        from labelviz.ui import state
        from labelviz.ui.components import upkeep

        upkeep._do(state.workspace(), upkeep.Delete(confirm=state.workspace().name), then="")

    monkeypatch.setattr(sys, "argv", ["app.py", str(team.path)])
    page = AppTest.from_function(dialog)
    page.session_state["reviewer"] = "vera"
    page.run()
    assert team.path.is_dir()
    assert "vera changes nothing here" in words(page)
