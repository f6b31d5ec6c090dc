"""Who may do what, on both databases."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from dataclasses import replace

import pytest

from labelviz.core.roles import Member, Roles
from labelviz.errors import NotSaved
from labelviz.store import DecisionStore
from labelviz.store.commands import restore
from labelviz.store.limits import LONGEST_NAME
from tests.conftest import assert_message, decision_of
from tests.store.conftest import nobody_may_write

TEAM = Roles(
    {
        "olga": Member("owner"),
        "adam": Member("adjudicator"),
        "free": Member("adjudicator", settles_own=True),
        "vera": Member("viewer"),
    }
)


@pytest.fixture
def team(store: DecisionStore) -> DecisionStore:
    store.roles.change(lambda _: TEAM)
    return store


def refused(store: DecisionStore, *decisions) -> NotSaved:
    before = store.events()
    with pytest.raises(NotSaved) as error:
        store.record_all(decisions)
    assert store.events() == before
    return error.value


def test_everybody_with_a_name_may_decide_where_there_are_no_roles(store: DecisionStore):
    store.record(decision_of("1"))
    store.record(decision_of("2", final=True))
    words = refused(store, decision_of("3", reviewer=" "))
    assert_message(words, "no reviewer", "s0", "is safe", "give your name")


def test_roles_are_read_as_they_were_given(team: DecisionStore):
    assert team.roles.now == TEAM
    later = team.roles.change(lambda roles: roles.with_members({}, ["vera"], "viewer"))
    assert later == team.roles.now == TEAM.with_members({}, ["vera"], "viewer")


def test_a_viewer_decides_nothing(team: DecisionStore):
    words = refused(team, decision_of("1", reviewer="vera"))
    assert_message(words, "vera looks on here", "", "is safe", "Ask an owner")


@pytest.mark.parametrize("name", ["olga", "adam", "anybody"])
def test_others_decide_and_take_back(team: DecisionStore, name: str):
    team.record(decision_of("1", reviewer=name))
    team.record(decision_of("2", verdict="undo", undoes="1", reviewer=name))
    assert team.latest(["s0"]) == {}


def test_only_adjudicators_and_owners_settle(team: DecisionStore):
    words = refused(team, decision_of("1", reviewer="anybody", final=True))
    assert_message(words, "anybody settles nothing", "", "is safe", "make you an adjudicator")
    team.record(decision_of("1", reviewer="adam", final=True))
    team.record(decision_of("2", "s1", reviewer="olga", final=True))


def test_nobody_settles_a_dispute_they_are_part_of_unless_allowed(team: DecisionStore):
    for name in ("adam", "free", "ben"):
        team.record(decision_of(f"{name} own", "s1", reviewer=name))
    all_of_it = [
        decision_of(sample, sample, reviewer="adam", final=True, action="all")
        for sample in ("s0", "s1", "s2")
    ]
    words = refused(team, *all_of_it)
    assert_message(words, "who decided on a sample", "s1", "is safe", "another adjudicator")
    team.record_all([all_of_it[0], all_of_it[2]])
    team.record(decision_of("free final", "s1", reviewer="free", final=True))


def test_what_was_taken_back_or_said_of_other_texts_makes_nobody_a_part(team: DecisionStore):
    team.record(decision_of("1", reviewer="adam"))
    team.record(decision_of("2", verdict="undo", undoes="1", reviewer="adam"))
    team.record(replace(decision_of("3", "s1", reviewer="adam"), sample_hash="other texts"))
    for sample in ("s0", "s1"):
        team.record(decision_of(f"final {sample}", sample, reviewer="adam", final=True))
    standing = team.latest(["s0", "s1"])
    assert [each.operation for each in standing["s0"]] == ["final s0"]
    assert [each.operation for each in standing["s1"]] == ["3", "final s1"]


def test_what_an_adjudicator_settled_they_may_take_back(team: DecisionStore):
    final = decision_of("1", reviewer="adam", final=True)
    team.record(final)
    team.record(decision_of("own", reviewer="adam"))
    team.record(replace(final, operation="2", verdict="undo", undoes="1", label=None))
    assert [each.operation for each in team.latest(["s0"])["s0"]] == ["own"]


@pytest.mark.bad_input("I12")
def test_a_role_that_is_taken_away_counts_with_the_next_write(team: DecisionStore, open_store):
    """Whoever took it away, in whatever process."""
    team.record(decision_of("1", reviewer="ben"))
    team.roles.change(lambda roles: roles.with_members({"ben": Member("viewer")}), "olga")
    undo = decision_of("3", verdict="undo", undoes="1", reviewer="ben")
    for said in (decision_of("2", "s1", reviewer="ben"), undo):
        assert "ben looks on here" in refused(team, said).what
    assert [each.operation for each in team.latest(["s0"])["s0"]] == ["1"]


def test_only_owners_change_roles(team: DecisionStore):
    for name in ("adam", "anybody", "vera"):
        with pytest.raises(NotSaved) as error:
            team.roles.change(lambda _: Roles(), name)
        assert_message(error.value, f"{name} changes nothing", "", "is safe", "Ask an owner")
    assert team.roles.now == TEAM
    assert not team.roles.change(lambda _: Roles(), "olga").are_given


def test_nobody_is_left_without_an_owner(team: DecisionStore):
    with pytest.raises(NotSaved) as error:
        team.roles.change(lambda roles: roles.with_members({}, without=["olga"]))
    assert_message(error.value, "nobody would be owner", "", "what they were", "Name an owner")
    assert team.roles.now == TEAM


def test_of_two_owners_who_leave_at_once_one_stays(team: DecisionStore):
    team.roles.change(lambda roles: roles.with_members({"otto": Member("owner")}))

    def leave(name: str) -> None:
        try:
            team.roles.change(lambda roles: roles.with_members({}, [name]), name)
        except NotSaved:
            stayed.append(name)

    stayed: list[str] = []
    threads = [threading.Thread(target=leave, args=(name,)) for name in ("olga", "otto")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stayed) == 1
    assert team.roles.now.of(stayed[0]).role == "owner"


@pytest.mark.parametrize("name", ["n" * (LONGEST_NAME + 1), "a\nb"])
def test_a_name_that_no_store_takes_gets_no_role(team: DecisionStore, name: str):
    with pytest.raises(NotSaved, match="name has"):
        team.roles.change(lambda roles: roles.with_members({name: Member("viewer")}))
    assert team.roles.now == TEAM


@pytest.mark.parametrize("name", ["VERA", " vera", "ｖｅｒａ", "ver\u200ba"])
def test_whoever_spells_their_name_otherwise_stays_who_they_are(team: DecisionStore, name: str):
    words = refused(team, decision_of("1", reviewer=name))
    assert words.what == f"NOT saved: {name} looks on here and decides nothing."


def test_who_spells_their_name_otherwise_settles_nothing_of_their_own(team: DecisionStore):
    team.record(decision_of("1", reviewer="Adam"))
    words = refused(team, decision_of("2", reviewer="adam", final=True))
    assert "who decided on a sample" in words.what


@pytest.mark.parametrize("name", ["", " ", "\u200b"])
def test_nobody_without_a_name_has_a_role(team: DecisionStore, name: str):
    with pytest.raises(NotSaved, match="a name is empty"):
        team.roles.change(lambda roles: roles.with_members({name: Member("owner")}, ["olga"]))
    assert team.roles.now == TEAM
    team.record(decision_of("1", reviewer="olga"))


def test_one_step_does_not_decide_and_settle_the_same_sample(team: DecisionStore):
    step = [
        decision_of("own", reviewer="adam", action="step"),
        decision_of("final", reviewer="adam", action="step", final=True),
    ]
    assert "who decided on a sample" in refused(team, *step).what
    assert "who decided on a sample" in refused(team, *reversed(step)).what


def test_who_settles_no_more_takes_back_nothing_that_was_settled_and_brings_nothing_back(
    team: DecisionStore,
):
    """Whatever the undo says of itself."""
    final = decision_of("1", reviewer="adam", final=True)
    undo = replace(final, operation="2", verdict="undo", undoes="1", label=None, final=False)
    redo = replace(undo, operation="3", undoes="2")
    team.record(final)
    team.record(undo)
    team.roles.change(lambda roles: roles.with_members({"adam": Member("reviewer")}))
    assert "settles nothing" in refused(team, redo).what
    team.roles.change(lambda _: TEAM)
    team.record(redo)
    team.roles.change(lambda roles: roles.with_members({"adam": Member("reviewer")}))
    assert "settles nothing" in refused(team, replace(undo, operation="4")).what
    assert [each.operation for each in team.latest(["s0"])["s0"]] == ["1"]


def test_what_was_saved_before_is_said_to_be_saved_whoever_they_are_by_now(team: DecisionStore):
    said = decision_of("1", reviewer="ben")
    saved = team.record(said)
    team.roles.change(lambda roles: roles.with_members({"ben": Member("viewer")}))
    assert team.record(said) == saved
    assert len(team.events()) == 1


def test_roles_are_in_the_newest_backup(file_store: DecisionStore, tmp_path, open_store):
    file_store.record(decision_of("1"))
    file_store.keeper.keep()
    file_store.roles.change(lambda _: TEAM)
    file_store.close()
    restore(file_store)
    assert open_store(tmp_path / "review.db").roles.now == TEAM


def test_who_may_only_read_reads_a_store_of_the_version_before(
    file_store: DecisionStore, tmp_path, open_store, monkeypatch
):
    file_store.record(decision_of("1"))
    file_store.close()
    with closing(sqlite3.connect(tmp_path / "review.db")) as connection:
        connection.executescript(
            "DROP TABLE role; DROP TABLE tenant; UPDATE alembic_version SET version_num = '0004'"
        )

    nobody_may_write(monkeypatch)
    reader = open_store(tmp_path / "review.db")
    assert [each.operation for each in reader.events()] == ["1"]
    assert reader.roles.now == Roles()
    monkeypatch.undo()
    reader.record(decision_of("2", "s1"))
    assert reader.roles.change(lambda _: TEAM) == reader.roles.now == TEAM
