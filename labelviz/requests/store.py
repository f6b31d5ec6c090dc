"""Ask for the decisions to be looked after: checked, backed up, restored, copied, dealt.

And who may make them.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from labelviz.core.asked import REQUIRED, asked, part
from labelviz.core.people import everyone, spelled
from labelviz.core.progress import Report, silent
from labelviz.core.queue import Queue
from labelviz.core.roles import OTHER_ROLES, Member, OthersRole, Role, Roles
from labelviz.core.settings import OVERLAP
from labelviz.errors import RequestRefused
from labelviz.requests.request import Request

if TYPE_CHECKING:
    from labelviz.project.workspace import Workspace
    from labelviz.store.backup import Backup
    from labelviz.store.check import Checked
    from labelviz.store.copy import Copied
    from labelviz.store.tenant import Tenant


@dataclass(frozen=True, kw_only=True)
class CheckStore(Request):
    """Check the database, the decisions in it, the journal and the backups."""

    kind: ClassVar[str] = "store check"
    command: ClassVar[str] = "store check"

    def run(self, project: Workspace, report: Report = silent) -> Sequence[Checked]:
        """Check them."""
        from labelviz.store.check import check_store

        return check_store(project.decisions.store)


@dataclass(frozen=True)
class BackedUp:
    """The backup that was made now, if one was, and all there are."""

    made: Backup | None
    every: Sequence[Backup]


@dataclass(frozen=True, kw_only=True)
class BackUp(Request):
    """Make a backup now and verify it."""

    kind: ClassVar[str] = "store backup"
    command: ClassVar[str] = "store backup"

    only_list: bool = asked(False, "List the backups, and make none.", option="list")

    def run(self, project: Workspace, report: Report = silent) -> BackedUp:
        """Back up, and list the backups."""
        from labelviz.store.backup import back_up, backups

        store, made = project.decisions.store, None
        if not self.only_list:
            store.events(after=sys.maxsize)
            made = back_up(store.database, store.folder)
        return BackedUp(made, backups(store.folder))


@dataclass(frozen=True)
class Restored:
    """The backup that was brought back, how many decisions came from the journal, and what was
    there before, if anything."""

    backup: Path
    later: int
    old: Path | None


@dataclass(frozen=True, kw_only=True)
class Restore(Request):
    """Bring back a backup and, from the journal, what was decided after it."""

    kind: ClassVar[str] = "store restore"
    command: ClassVar[str] = "store restore"

    backup: Path | None = asked(None, "A file; the newest where not given.", place=True)

    def run(self, project: Workspace, report: Report = silent) -> Restored:
        """Restore it."""
        from labelviz.store.commands import restore

        return Restored(*restore(project.decisions.store, self.backup))


@dataclass(frozen=True, kw_only=True)
class Migrate(Request):
    """Bring an older store up to date, after a verified backup."""

    kind: ClassVar[str] = "store migrate"
    command: ClassVar[str] = "store migrate"

    def run(self, project: Workspace, report: Report = silent) -> Sequence[tuple[int, str]]:
        """Migrate; returns sequence and reason of old rows that could not be taken over."""
        store = project.decisions.store
        store.hold()
        aside = store.set_aside()
        store.close()
        return aside


@dataclass(frozen=True, kw_only=True)
class CopyStore(Request):
    """Copy everything to an empty database and compare counts and content."""

    kind: ClassVar[str] = "store copy"
    command: ClassVar[str] = "store copy"

    url: str = asked(REQUIRED, "Write postgresql://USER@HOST/DATABASE.", place=True)

    def run(self, project: Workspace, report: Report = silent) -> Sequence[Copied]:
        """Copy; returns what was compared."""
        from labelviz.store.commands import copy

        store = project.decisions.store
        store.hold()
        copied = copy(store.database, self.url)
        store.close()
        return copied


@dataclass(frozen=True, kw_only=True)
class TakeOver(Request):
    """Make the database that a workspace names its own, in place of a workspace that is gone."""

    kind: ClassVar[str] = "store take-over"
    command: ClassVar[str] = "store take-over"

    def run(self, project: Workspace, report: Report = silent) -> Tenant | None:
        """Take it over; returns whose it was, None where it was nobody's."""
        store = project.decisions.store
        before = store.access.take_over()
        store.close()
        return before


@dataclass(frozen=True)
class Dealt:
    """How many samples were dealt, and how many of them each person got, by name."""

    samples: int
    shares: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Assign(Request):
    """Deal the samples of a queue to reviewers, and say how many see each."""

    kind: ClassVar[str] = "store assign"
    command: ClassVar[str] = "store assign"

    people: tuple[str, ...] = asked(
        (), "A reviewer; everybody where none is named.", option="to", metavar="NAME"
    )
    overlap: int = asked(OVERLAP, "How many people see each sample.", ge=1)
    queue: Queue = part(Queue())

    def run(self, project: Workspace, report: Report = silent) -> Dealt:
        """Deal them."""
        people = everyone(self.people, project.decisions.people) if self.people else []
        samples = project.queues.waiting(self.queue) if people else ()
        project.queues.assign(samples, people, self.overlap)
        shares = {name: len(project.decisions.store.assignments.of(name) or ()) for name in people}
        project.decisions.store.close()
        return Dealt(len(samples), shares)


@dataclass(frozen=True, kw_only=True)
class GiveRoles(Request):
    """Say who is owner, adjudicator, reviewer or viewer, and print who is what."""

    kind: ClassVar[str] = "store roles"
    command: ClassVar[str] = "store roles"

    owners: tuple[str, ...] = asked(
        (), "Who changes what everybody sees, and gives roles.", option="owner", metavar="NAME"
    )
    adjudicators: tuple[str, ...] = asked(
        (), "Who decides, and settles for everybody what others disagree on.",
        option="adjudicator", metavar="NAME",
    )  # fmt: skip
    reviewers: tuple[str, ...] = asked((), "Who decides.", option="reviewer", metavar="NAME")
    viewers: tuple[str, ...] = asked((), "Who looks on.", option="viewer", metavar="NAME")
    others: OthersRole | None = asked(
        None, "What everybody is who is not named.", choices=OTHER_ROLES
    )
    settle_own: tuple[str, ...] = asked(
        (), "Who may settle also what they decided on themselves.", option="settles-own",
        metavar="NAME",
    )  # fmt: skip
    without: tuple[str, ...] = asked(
        (), "Whose role is taken away.", option="remove", metavar="NAME"
    )
    free: bool = asked(False, "Take all roles away: everybody may do everything.")

    def __post_init__(self) -> None:
        super().__post_init__()
        given = (*self._named, *self.settle_own, *self.without, *(self.others or ()))
        if self.free and given:
            raise RequestRefused(
                "All roles are taken away, and some are given.",
                field="free",
                remedy="Give roles, or take all away.",
            )

    @property
    def _named(self) -> dict[str, Member]:
        """What each person becomes who is named, in the order of the roles."""
        by_role: dict[Role, tuple[str, ...]] = {
            "viewer": self.viewers, "reviewer": self.reviewers,
            "adjudicator": self.adjudicators, "owner": self.owners,
        }  # fmt: skip
        return {name: Member(role) for role, names in by_role.items() for name in names}

    def changed(self, roles: Roles, known: Collection[str]) -> Roles:
        """The roles as they are after this request.

        Parameters
        ----------
        known : the names of everybody who takes part.

        Raises
        ------
        ValueError : nobody would be owner.
        """
        if self.free:
            return Roles()
        known = {*known, *roles.people}
        members = {spelled(name, known): member for name, member in self._named.items()}
        for name in everyone(self.settle_own, {*known, *members}):
            known_as = members.get(name) or roles.people.get(name) or Member(roles.others)
            members[name] = Member(known_as.role, settles_own=True)
        return roles.with_members(members, everyone(self.without, known), self.others)

    def run(self, project: Workspace, report: Report = silent) -> Roles:
        """Give them; returns who is what then.

        Raises
        ------
        NotSaved : nobody would be owner.
        """
        return self.asked_by(None, project)

    def asked_by(self, person: str | None, project: Workspace) -> Roles:
        """Give roles at the wish of a person; None for whoever has the files of the workspace.

        Raises
        ------
        NotSaved : they are no owner, or nobody would be.
        """
        store = project.decisions.store
        if self == GiveRoles():
            return store.roles.now
        known = project.decisions.people
        roles = store.roles.change(lambda before: self.changed(before, known), person)
        if person is None:
            store.close()
        return roles
