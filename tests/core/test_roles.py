from __future__ import annotations

import pytest

from labelviz.core.roles import NEEDED, ROLES, Member, Roles

ANN = Roles({"ann": Member("owner")})


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("viewer", set()),
        ("reviewer", {"decide"}),
        ("adjudicator", {"decide", "settle"}),
        ("owner", {"decide", "settle", "change"}),
    ],
)
def test_each_role_may_what_those_before_it_may_and_more(role, may):
    assert {right for right in NEEDED if Member(role).may(right)} == may


def test_where_nobody_has_a_role_everybody_may_do_everything():
    assert not Roles().are_given
    assert all(Roles().of("anybody").may(right) for right in NEEDED)
    assert Roles().of("anybody").settles_own


def test_who_is_not_named_is_what_others_are():
    roles = ANN.with_members({"ben": Member("adjudicator")}, others="viewer")
    assert [roles.of(name).role for name in ("ann", "ben", "cleo")] == [
        "owner", "adjudicator", "viewer",
    ]  # fmt: skip
    assert ANN.of("cleo") == Member("reviewer")
    assert roles.with_members({}).others == "viewer"


def test_a_person_is_who_they_are_however_they_are_spelled():
    assert ANN.of("ANN") == ANN.of(" ann") == Member("owner")


def test_a_role_is_changed_and_taken_away():
    roles = ANN.with_members({"ben": Member("owner", settles_own=True)}, without=["ann", "nobody"])
    assert roles.people == {"ben": Member("owner", settles_own=True)}
    assert roles.of("ann").role == "reviewer"


@pytest.mark.parametrize("role", ROLES[:-1])
def test_there_is_an_owner_wherever_there_are_roles(role):
    with pytest.raises(ValueError, match="nobody would be owner"):
        ANN.with_members({"ann": Member(role)})
    with pytest.raises(ValueError, match="nobody would be owner"):
        Roles({"ann": Member(role)})


def test_the_last_role_taken_away_leaves_everybody_free():
    assert not ANN.with_members({}, without=["ann"]).are_given
