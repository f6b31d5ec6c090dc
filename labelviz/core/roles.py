"""Roles: who may look, decide, settle, and change what everybody sees."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from labelviz.core.people import cleaned, spelled

# Each may what those before it may.
Role = Literal["viewer", "reviewer", "adjudicator", "owner"]
# What people are who are not named: nobody is owner without being named.
OthersRole = Literal["viewer", "reviewer", "adjudicator"]
ROLES: tuple[Role, ...] = get_args(Role)
OTHER_ROLES: tuple[OthersRole, ...] = get_args(OthersRole)
# Decide on samples, settle them for everybody, change what everybody sees.
Right = Literal["decide", "settle", "change"]
NEEDED: Mapping[Right, Role] = {
    "decide": "reviewer", "settle": "adjudicator", "change": "owner",
}  # fmt: skip
OTHERS: OthersRole = "reviewer"


@dataclass(frozen=True)
class Member:
    """What one person is in a workspace.

    Parameters
    ----------
    settles_own : whether they may settle a sample that they decided on themselves.
    """

    role: Role
    settles_own: bool = False

    def may(self, right: Right) -> bool:
        """Whether who has this role may do something."""
        return ROLES.index(self.role) >= ROLES.index(NEEDED[right])


EVERYTHING = Member("owner", settles_own=True)


@dataclass(frozen=True)
class Roles:
    """Who is what in a workspace. Where nobody has a role, everybody may do everything.

    Parameters
    ----------
    people : by name.
    others : the role of everybody who is not among them.
    """

    people: Mapping[str, Member] = field(default_factory=dict)
    others: OthersRole = OTHERS

    def __post_init__(self) -> None:
        """Raise ValueError if there are roles and no owner, or somebody without a name."""
        if any(not cleaned(name) for name in self.people):
            raise ValueError("a name is empty")
        given = bool(self.people) or self.others != OTHERS
        if given and not any(member.may("change") for member in self.people.values()):
            raise ValueError("nobody would be owner")

    @property
    def are_given(self) -> bool:
        """Whether anybody has a role."""
        return bool(self.people)

    def of(self, person: str) -> Member:
        """What a person is, however their name is spelled."""
        if not self.people:
            return EVERYTHING
        return self.people.get(spelled(person, self.people.keys()), Member(self.others))

    def with_members(
        self,
        members: Mapping[str, Member],
        without: Collection[str] = (),
        others: OthersRole | None = None,
    ) -> Roles:
        """These roles with others for some people, and none for some.

        Parameters
        ----------
        others : of everybody else from now on; as it was where None.

        Raises
        ------
        ValueError : nobody would be owner.
        """
        changed = {**self.people, **members}
        left = {name: member for name, member in changed.items() if name not in without}
        return Roles(left, (others or self.others) if left or others else OTHERS)
