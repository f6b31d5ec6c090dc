"""Leases: who has which card, so that two people do not get one.

A tab of a browser has one card open, so it has one lease: it holds the card, or, where others hold
that already, it only looks at it, so that both can be told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from labelviz.store.access import Access
from labelviz.store.assignments import by_sample, dealt_to, is_dealt
from labelviz.store.limits import check_name
from labelviz.store.schema import EVENTS, LEASES, STANDING

LOOKED_AT_TOGETHER = 200


@dataclass(frozen=True)
class Claim:
    """A reviewer who asks for a sample.

    Parameters
    ----------
    candidates : ids of samples, the most wanted first.
    overlap : how many people are to decide each sample.
    seconds : how long the sample is theirs.
    texts : hash of a sample's texts as they are; who decided on other texts has not decided it.
    again : whether a sample that was decided, by this reviewer too, may be had again; then only
        those who hold it count.
    tab : in which of their tabs; what the tab had before it leaves. The reviewer's only one where
        empty.
    open : whether the first candidate is on the tab's screen already, whoever holds it.
    """

    reviewer: str
    candidates: Sequence[str]
    overlap: int
    seconds: float
    texts: Callable[[str], str]
    again: bool = False
    tab: str = ""
    open: bool = False


class Leases:
    """Who has which card of a store.

    Parameters
    ----------
    access : to its tables.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    def claim(self, wanted: Claim) -> str | None:
        """The first of some samples that is free for a reviewer, and theirs for a while.

        Raises
        ------
        NotSaved : nothing could be claimed.
        """
        check_name(wanted.reviewer)
        return self._access.write(lambda connection: _claim(connection, wanted), synced=False)

    def release(self, tab: str) -> None:
        """Give back the sample that a tab has, before its time.

        Raises
        ------
        NotSaved : it was not given back.
        """
        self._access.write(lambda connection: _release(connection, tab), synced=False)

    def holders(self, sample: str) -> tuple[str, ...]:
        """Who holds a sample now."""
        return self._at(sample, holds=True)

    def onlookers(self, sample: str) -> tuple[str, ...]:
        """Who has a sample on the screen now that others hold."""
        return self._at(sample, holds=False)

    def _at(self, sample: str, *, holds: bool) -> tuple[str, ...]:
        there = sa.select(LEASES.c.reviewer).where(
            LEASES.c.sample == sample, LEASES.c.holds == int(holds), LEASES.c.until >= time.time()
        )
        with self._access.read() as connection:
            found = connection.execute(there.distinct().order_by(LEASES.c.reviewer))
            return tuple(found.scalars())


def _claim(connection: sa.Connection, wanted: Claim) -> str | None:
    """Lease the first candidate that needs this reviewer; None where there is none.

    A sample is free while those who decided it and those who hold a lease are fewer than the
    overlap. What was dealt to others only is passed over, until somebody decided it and it may be
    had again.
    """
    now = time.time()
    renamed = (LEASES.c.tab == wanted.tab) & (LEASES.c.reviewer != wanted.reviewer)
    connection.execute(LEASES.delete().where((LEASES.c.until < now) | renamed))
    dealt = is_dealt(connection)
    for start in range(0, len(wanted.candidates), LOOKED_AT_TOGETHER):
        asked = wanted.candidates[start : start + LOOKED_AT_TOGETHER]
        mine = dealt_to(connection, asked, wanted.reviewer) if dealt else set(asked)
        held = _holders(connection, asked)
        decided = _deciders(connection, asked, wanted.texts)
        for sample in asked:
            if wanted.again:
                free = sample in mine or sample in decided
                others = held.get(sample, set())
            else:
                free = sample in mine and wanted.reviewer not in decided.get(sample, ())
                others = held.get(sample, set()) | decided.get(sample, set())
            if free and len(others - {wanted.reviewer}) < wanted.overlap:
                _lease(connection, sample, wanted, now)
                return sample
    if wanted.open:
        _lease(connection, wanted.candidates[0], wanted, now, holds=False)
    return None


def _release(connection: sa.Connection, tab: str) -> None:
    """End the lease of a tab before its time."""
    connection.execute(LEASES.delete().where(LEASES.c.tab == tab))


def _lease(
    connection: sa.Connection, sample: str, wanted: Claim, now: float, *, holds: bool = True
) -> None:
    tab = wanted.tab or wanted.reviewer
    _release(connection, tab)
    connection.execute(
        LEASES.insert().values(
            tab=tab, reviewer=wanted.reviewer, sample=sample, holds=int(holds),
            until=now + wanted.seconds,
        )
    )  # fmt: skip


def _holders(connection: sa.Connection, samples: Sequence[str]) -> dict[str, set[str]]:
    held = sa.select(LEASES.c.sample, LEASES.c.reviewer).where(LEASES.c.holds == 1)
    return by_sample(connection, held.where(LEASES.c.sample.in_(samples)))


def _deciders(
    connection: sa.Connection, samples: Sequence[str], texts: Callable[[str], str]
) -> dict[str, set[str]]:
    """Who decided on the texts that the samples have now."""
    decided = (
        sa.select(STANDING.c.sample, STANDING.c.reviewer, EVENTS.c.sample_hash)
        .join(EVENTS, EVENTS.c.sequence == STANDING.c.sequence)
        .where(STANDING.c.sample.in_(samples), STANDING.c.undone_by == "", STANDING.c.slot != "")
    )
    found: dict[str, set[str]] = {}
    for sample, reviewer, decided_on in connection.execute(decided):
        if decided_on == texts(sample):
            found.setdefault(sample, set()).add(reviewer)
    return found
