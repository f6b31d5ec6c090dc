"""Who reviews, how far they are, and who is what."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from labelviz.core.roles import Member, Roles
from labelviz.project.workspace import Workspace
from labelviz.ui import identity
from labelviz.ui.components.people import FIRST_OWNER, NO_ROLE, NOBODY, ROLE_WORDS, TITLE, TYPED
from tests.conftest import decision_of
from tests.ui.conftest import Open, button, words

TEAM = Roles({"olga": Member("owner"), "vera": Member("viewer")})


def table(page: AppTest) -> dict[str, list[Any]]:
    found = next(each.value for each in page.dataframe if "Person" in each.value)
    return {str(name): found[name].tolist() for name in found}


@pytest.fixture
def reviewed(space: Workspace) -> Workspace:
    for reviewer, samples in (("ann", "23"), ("bob", "3")):
        for sample in samples:
            space.decide(decision_of(f"{reviewer}{sample}", sample, reviewer=reviewer))
    return space


@pytest.fixture
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server belongs to whoever started it."""
    monkeypatch.setattr(identity, "is_shared", lambda: False)


def test_where_nobody_has_a_role_everybody_sees_who_did_what(
    reviewed: Workspace, open_page: Open
) -> None:
    found = table(open_page("overview", reviewed.path, "bob"))
    assert found["Person"] == ["ann", "bob"]
    assert found["Samples decided"] == [2, 1]
    assert "Role" not in found
    assert "Dealt to them" not in found


def test_an_owner_sees_who_did_what_and_what_waits_and_nobody_else_does(
    reviewed: Workspace, open_page: Open
) -> None:
    reviewed.decisions.store.roles.change(lambda _: TEAM)
    reviewed.queues.assign(["2", "3", "4"], ["bob"])
    found = table(open_page("overview", reviewed.path, "olga"))
    assert found["Person"] == ["ann", "bob", "olga", "vera"]
    assert found["Role"] == ["reviewer", "reviewer", "owner", "viewer"]
    assert found["Dealt to them"] == [0, 3, 0, 0]
    assert found["Of those waiting"] == [0, 2, 0, 0]
    for name in ("bob", "vera"):
        page = open_page("overview", reviewed.path, name)
        assert TITLE not in words(page)
        assert not [each for each in page.dataframe if "Person" in each.value]


def test_what_was_settled_otherwise_is_told_to_the_owner(
    reviewed: Workspace, open_page: Open
) -> None:
    final = decision_of("f", "3", "choose", label=("yes",), reviewer="olga", final=True)
    reviewed.decide(final)
    reviewed.decisions.store.roles.change(lambda _: TEAM)
    found = table(open_page("overview", reviewed.path, "olga"))
    assert found["Settled by others"][:2] == [1, 1]
    assert found["Of those otherwise"][:2] == [1, 1]


@pytest.mark.usefixtures("_alone")
def test_whoever_has_the_server_to_themselves_becomes_owner_and_gives_roles(
    space: Workspace, open_page: Open
) -> None:
    page = open_page("overview", space.path, "olga")
    assert NOBODY in words(page)
    assert TYPED in words(page)
    page = button(page, "Make me the owner").click().run()
    olga = {"olga": Member("owner", settles_own=True)}
    assert space.decisions.store.roles.now == Roles(olga), "who could do everything still can"
    page.text_input(key="name for role").set_value(" vera ")
    page.selectbox(key="role").set_value("viewer")
    page = button(page, "Give this role").click().run()
    assert space.decisions.store.roles.now == Roles(olga | {"vera": Member("viewer")})
    assert f"vera – {ROLE_WORDS['viewer']}" in words(page)
    page = page.selectbox(key="others are reviewer").set_value("viewer").run()
    assert space.decisions.store.roles.now.others == "viewer"
    page.text_input(key="name for role").set_value("vera")
    page.selectbox(key="role").set_value(NO_ROLE)
    page = button(page, "Give this role").click().run()
    assert space.decisions.store.roles.now.people == olga
    assert "Whoever has a role loses it, 1 in all." in words(page)
    page = button(page, "Take them away").click().run()
    assert space.decisions.store.roles.now == Roles()
    assert NOBODY in words(page)


def test_an_owner_who_would_leave_nobody_in_their_place_is_told(
    space: Workspace, open_page: Open
) -> None:
    space.decisions.store.roles.change(lambda _: TEAM)
    page = open_page("overview", space.path, "olga")
    page.text_input(key="name for role").set_value("olga")
    page.selectbox(key="role").set_value("viewer")
    page = button(page, "Give this role").click().run()
    assert "nobody would be owner" in words(page)
    assert space.decisions.store.roles.now == TEAM


def test_a_role_taken_away_since_the_page_was_drawn_changes_nothing(
    space: Workspace, open_page: Open
) -> None:
    both = Roles({"olga": Member("owner"), "otto": Member("owner")})
    space.decisions.store.roles.change(lambda _: both)
    page = open_page("overview", space.path, "olga")
    page.text_input(key="name for role").set_value("otto")
    page.selectbox(key="role").set_value("viewer")
    left = Roles({"otto": Member("owner")})
    space.decisions.store.roles.change(lambda _: left)
    button(page, "Give this role").click().run()
    assert space.decisions.store.roles.now == left


def test_on_a_server_for_several_nobody_makes_themselves_the_owner(
    space: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "is_shared", lambda: True)
    page = open_page("overview", space.path, "eve")
    assert FIRST_OWNER in words(page)
    assert "first owner" not in [each.key for each in page.button]
