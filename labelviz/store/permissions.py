"""The one place that says who may do what; asked inside the transaction that does it.

So a role that was taken away counts at once, whatever a page or another process still believes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from labelviz.core.decisions import Decision
from labelviz.core.people import is_same
from labelviz.core.roles import OTHERS, Member, Right, Roles
from labelviz.errors import NotSaved
from labelviz.store.access import Access
from labelviz.store.limits import check_name
from labelviz.store.schema import EVENTS, ROLE, STANDING

EVERYBODY_ELSE = ""  # stands for them in the place of a person
SAFE = "Every decision shown as saved before is safe."
REFUSED: dict[Right, tuple[str, str]] = {
    "decide": (
        "NOT saved: {person} looks on here and decides nothing.",
        "Ask an owner of this workspace to make you a reviewer.",
    ),
    "settle": (
        "NOT settled: {person} settles nothing for everybody here.",
        "Ask an owner of this workspace to make you an adjudicator.",
    ),
    "change": (
        "NOT changed: {person} changes nothing here that everybody sees.",
        "Ask an owner of this workspace to do it, or to make you one.",
    ),
}
ASKED_TOGETHER = 500


class KeptRoles:
    """The roles of a store.

    Parameters
    ----------
    access : to its tables.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    @property
    def now(self) -> Roles:
        """Who is what, as it stands now.

        Raises
        ------
        WorkspaceRefused : the database cannot be read.
        """
        with self._access.read() as connection:
            return Roles() if self._access.lacks_roles else _read(connection)

    def change(self, how: Callable[[Roles], Roles], by: str | None = None) -> Roles:
        """Make other roles of those there are, and return them as they were read back.

        Parameters
        ----------
        by : who asks for it; None for whoever has the files of the workspace.

        Raises
        ------
        NotSaved : nothing was changed: they are no owner, nobody would be, or a name is too long.
        """

        def act(connection: sa.Connection) -> None:
            before = _read(connection)
            if by is not None:
                check_right(before, by, "change")
            _write(connection, _changed(before, how))

        self._access.write(act)
        self._access.keeper.back_up_next()
        return self.now


def _changed(before: Roles, how: Callable[[Roles], Roles]) -> Roles:
    """Other roles; raises NotSaved where they are none that a store takes."""
    try:
        after = how(before)
    except ValueError as error:
        raise NotSaved(
            f"The roles were NOT changed: {error}.",
            safe="Everybody is what they were.",
            remedy="Name an owner first, or take all roles away.",
        ) from error
    for name in after.people:
        check_name(name)
    return after


def _read(connection: sa.Connection) -> Roles:
    rows = connection.execute(sa.select(ROLE)).all()
    members = {row.person: Member(row.role, bool(row.settles_own)) for row in rows}
    others = members.pop(EVERYBODY_ELSE, Member(OTHERS)).role
    return Roles(members, OTHERS if others == "owner" else others)


def _write(connection: sa.Connection, roles: Roles) -> None:
    """Put roles in the place of those there are."""
    connection.execute(ROLE.delete())
    if roles.are_given:
        members = {**roles.people, EVERYBODY_ELSE: Member(roles.others)}
        rows = [
            {"person": name, "role": member.role, "settles_own": int(member.settles_own)}
            for name, member in members.items()
        ]
        connection.execute(ROLE.insert(), rows)


def check_right(roles: Roles, person: str, right: Right) -> None:
    """Raise NotSaved unless a person may do something."""
    if not roles.of(person).may(right):
        what, remedy = REFUSED[right]
        raise NotSaved(what.format(person=person), safe=SAFE, remedy=remedy)


def check_permission(connection: sa.Connection, decisions: Sequence[Decision]) -> None:
    """Raise NotSaved unless their reviewer may make these decisions.

    Parameters
    ----------
    decisions : of one reviewer and one step.
    """
    me = decisions[0].reviewer
    if not me.strip():
        raise NotSaved(
            "The decision was NOT saved: it has no reviewer.",
            where=f"sample {decisions[0].sample!r}",
            safe=SAFE,
            remedy="Log in, or give your name on the Review page.",
        )
    roles = _read(connection)
    check_right(roles, me, "decide")
    settled = [each for each in decisions if each.final or _takes_back_final(connection, each)]
    if settled:
        check_right(roles, me, "settle")
    if settled and not roles.of(me).settles_own:
        _check_not_their_own(connection, decisions)


def _takes_back_final(connection: sa.Connection, decision: Decision) -> bool:
    """Whether an undo, or a redo, is about what settled a sample for everybody."""
    step = decision.undoes
    while step:
        undone = sa.select(EVENTS.c.final, EVENTS.c.undoes).where(
            sa.or_(EVENTS.c.action == step, EVENTS.c.operation == step)
        )
        found = connection.execute(undone).all()
        if any(row.final for row in found):
            return True
        step = found[0].undoes if found else ""
    return False


def _check_not_their_own(connection: sa.Connection, decisions: Sequence[Decision]) -> None:
    """Raise NotSaved if one of these settles a sample on which a decision of its reviewer stands.

    Or on which the same step decides.
    """
    me, own = decisions[0].reviewer, {each.sample for each in decisions if not each.final}
    finals = [each for each in decisions if each.final and each.verdict != "undo"]
    for start in range(0, len(finals), ASKED_TOGETHER):
        asked = {each.sample: each for each in finals[start : start + ASKED_TOGETHER]}
        standing = (
            sa.select(EVENTS.c.sample, EVENTS.c.sample_hash, STANDING.c.slot)
            .join(STANDING, STANDING.c.sequence == EVENTS.c.sequence)
            .where(STANDING.c.sample.in_(list(asked)), STANDING.c.undone_by == "",
                   STANDING.c.slot != "")
        )  # fmt: skip
        said = {
            row.sample
            for row in connection.execute(standing)
            if is_same(row.slot, me) and row.sample_hash == asked[row.sample].sample_hash
        }
        for sample in sorted(asked.keys() & (own | said)):
            raise NotSaved(
                "NOT settled: who decided on a sample does not settle it for everybody.",
                where=f"sample {sample!r}",
                safe=SAFE,
                remedy="Leave it to another adjudicator. An owner may allow it: "
                "labelviz store roles WORKSPACE --settles-own NAME.",
            )
