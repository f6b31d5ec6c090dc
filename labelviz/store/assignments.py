"""Assignments: which samples were dealt to whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from labelviz.store.access import Access
from labelviz.store.limits import check_id_lengths, check_name
from labelviz.store.schema import ASSIGNMENTS


class Assignments:
    """What was dealt to whom in a store.

    Parameters
    ----------
    access : to its tables.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    def assign(self, assignments: Iterable[tuple[str, str]]) -> None:
        """Deal samples to reviewers, (sample, reviewer), in place of what was dealt before.

        Raises
        ------
        NotSaved : nothing was dealt, or a name or an id is too long.
        """
        made = [{"sample": sample, "reviewer": reviewer} for sample, reviewer in assignments]
        for each in made:
            check_id_lengths(each["sample"])
            check_name(each["reviewer"])

        def act(connection: sa.Connection) -> None:
            connection.execute(ASSIGNMENTS.delete())
            if made:
                connection.execute(ASSIGNMENTS.insert(), made)

        self._access.write(act)

    def exist(self) -> bool:
        """Whether samples are assigned to anybody."""
        with self._access.read() as connection:
            return is_dealt(connection)

    def people(self) -> frozenset[str]:
        """Everybody to whom samples are dealt."""
        with self._access.read() as connection:
            everyone = connection.execute(sa.select(ASSIGNMENTS.c.reviewer).distinct())
            return frozenset(everyone.scalars())

    def of(self, reviewer: str) -> tuple[str, ...] | None:
        """The samples dealt to a reviewer; None where nothing was dealt to anybody."""
        mine = sa.select(ASSIGNMENTS.c.sample).where(ASSIGNMENTS.c.reviewer == reviewer)
        with self._access.read() as connection:
            if not is_dealt(connection):
                return None
            return tuple(connection.execute(mine).scalars())

    def of_others(self, reviewer: str) -> tuple[str, ...]:
        """The samples dealt to other reviewers and not to this one."""
        sample = ASSIGNMENTS.c.sample
        mine = sa.select(sample).where(ASSIGNMENTS.c.reviewer == reviewer)
        theirs = sa.select(sample).distinct().where(sample.not_in(mine))
        with self._access.read() as connection:
            return tuple(connection.execute(theirs).scalars())


def deal(samples: Sequence[str], people: Sequence[str], overlap: int) -> list[tuple[str, str]]:
    """Each sample with `overlap` of the people in turn, so that all get as many."""
    return [
        (sample, people[(number + more) % len(people)])
        for number, sample in enumerate(samples)
        for more in range(overlap)
    ]


def is_dealt(connection: sa.Connection) -> bool:
    """Whether anything is assigned to anybody."""
    return connection.execute(sa.select(ASSIGNMENTS.c.sample).limit(1)).first() is not None


def dealt_to(connection: sa.Connection, samples: Sequence[str], reviewer: str) -> set[str]:
    """The samples that were dealt to a reviewer, or to nobody."""
    dealt = by_sample(
        connection,
        sa.select(ASSIGNMENTS.c.sample, ASSIGNMENTS.c.reviewer).where(
            ASSIGNMENTS.c.sample.in_(samples)
        ),
    )
    return {sample for sample in samples if reviewer in dealt.get(sample, {reviewer})}


def by_sample(connection: sa.Connection, query: sa.Select[str, str]) -> dict[str, set[str]]:
    """Names by sample, of a query for both."""
    found: dict[str, set[str]] = {}
    for sample, reviewer in connection.execute(query):
        found.setdefault(sample, set()).add(reviewer)
    return found
