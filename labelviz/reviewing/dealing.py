"""Dealing: which card comes next for whom, so that two people do not get one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from labelviz.core.audit import CONTROL_EVERY
from labelviz.core.statuses import CODES
from labelviz.errors import NotSaved
from labelviz.reviewing.desk import Desk, order_now
from labelviz.reviewing.sitting import FlagNews, Held
from labelviz.store import Claim

# Who has a sample has it for five minutes, and for as long as its card is open: an open card is
# looked after so often. Browsers let a hidden tab do something once a minute.
LEASE_SECONDS, STAY_SECONDS = 300.0, 60.0
# So many samples are asked for at first; if others have all of them, so many more.
CANDIDATES = (20, 2_000)


def next_row(desk: Desk, current: int | None, *, decided: bool = False) -> tuple[int | None, Desk]:
    """The row that comes after a row; after a decision that is now and then a random control.

    It is held for the reviewer: whatever else is shown was asked for by name. Flags that were
    refitted meanwhile reorder the queue here, between two cards, and nowhere else.

    Returns
    -------
    The row, None at the end; and the desk, which then says why.
    """
    if decided:
        row, desk = _control(desk, current)
        if row is not None:
            return row, desk
    here = frozenset[int]() if current is None else frozenset({current})
    mine = desk.waiting & ~desk.dealt_to_others
    newest, used = order_now(desk.workspace, desk.dataset, desk.queue), desk.sitting.order
    if used is not None and newest != used:
        desk = _reordered(desk, flags=newest.evidence[1] != used.evidence[1])
        visited = here | set(desk.sitting.trail)
        row, desk = _first_free(desk, desk.line.onwards(mine, None, visited))
    else:
        anchor = current if desk.sitting.anchor is None else desk.sitting.anchor
        row, desk = _first_free(desk, desk.line.onwards(mine, anchor, here))
    if row is None and next(desk.line.onwards(mine, None, here), None) is not None:
        return None, desk.sitting_as(end="with others")
    if row is None and desk.left_to_others:
        return None, desk.sitting_as(end="dealt")
    return row, desk


def previous_row(desk: Desk, current: int) -> tuple[int | None, Desk]:
    """The row that was on the screen before, else the one before it in line."""
    trail = list(desk.sitting.trail)
    while trail and trail[-1] == current:
        trail.pop()
    if trail:
        return trail[-1], desk.sitting_as(trail=tuple(trail[:-1]))
    everything = np.ones(len(desk.dataset), dtype=bool)
    return desk.line.neighbour(everything, current, -1), desk.sitting_as(trail=())


@dataclass(frozen=True)
class Company:
    """Who else is at a card, in words; empty where nobody is.

    Parameters
    ----------
    held_by : who holds it instead of its reviewer.
    seen_by : who has it on the screen too, though its reviewer holds it.
    """

    held_by: str = ""
    seen_by: str = ""


def hold(desk: Desk, sample: str) -> tuple[Company, Desk]:
    """Hold a sample for its reviewer, for as long as its card is open in their tab.

    That goes for a card that was asked for by name too, by a link or by going back. Where somebody
    else holds it they are told.

    Returns
    -------
    Who else is at it; and the desk.
    """
    me, held, store = desk.reviewer, desk.sitting.held, desk.workspace.decisions.store
    if not desk.member.may("decide"):
        return Company(held_by=", ".join(store.leases.holders(sample))), desk
    mine = held is not None and (held.reviewer, held.sample) == (me, sample)
    fresh = mine and held is not None and time.monotonic() - held.since < LEASE_SECONDS / 2
    free: str | None = sample
    if not fresh:
        free, desk = _claim(desk, [sample], again=True, on_screen=True)
    there = store.leases.holders(sample) if free is None else store.leases.onlookers(sample)
    others = ", ".join(name for name in there if name != me)
    if free is None:
        return Company(held_by=others), desk.sitting_as(held=None)
    return Company(seen_by=others), desk


def _reordered(desk: Desk, *, flags: bool) -> Desk:
    """The desk with its queue in the order of the newest evidence."""
    order = order_now(desk.workspace, desk.dataset, desk.queue)
    line = desk.shared.line(order, desk.workspace, desk.queue)
    tell = flags and desk.queue.sort == "worst" and desk.sitting.news is None
    news = FlagNews(reordered=True) if tell else desk.sitting.news
    return replace(desk, line=line).sitting_as(order=order, news=news)


def _first_free(desk: Desk, rows: Iterator[int]) -> tuple[int | None, Desk]:
    """The first of these rows that nobody else works on; it is held for the reviewer then."""
    for count in CANDIDATES:
        names = [str(desk.dataset.ids[row]) for row in islice(rows, count)]
        if names:
            free, desk = _claim(desk, names, again=not desk.first_time)
            if free is not None:
                return desk.dataset.rows[free], desk
    return None, desk


def _claim(
    desk: Desk, samples: Sequence[str], *, again: bool, on_screen: bool = False
) -> tuple[str | None, Desk]:
    """Hold the first free sample; the first of all where nothing can be written at all.

    Then nothing can be decided either, but it can be looked at; nor does who only looks on hold
    what others could decide.
    """
    if not desk.member.may("decide"):
        return samples[0], desk
    store, me, tab = desk.workspace.decisions.store, desk.reviewer, desk.sitting.tab
    overlap = 1 if desk.adjudicating else desk.workspace.queues.overlap
    wanted = Claim(me, samples, overlap, LEASE_SECONDS, desk.texts_of, again, tab, on_screen)
    try:
        free = store.leases.claim(wanted)
    except NotSaved:
        return samples[0], desk
    if free is None:
        return None, desk
    return free, desk.sitting_as(held=Held(me, free, time.monotonic()))


def _control(desk: Desk, current: int | None) -> tuple[int | None, Desk]:
    """The next random control, after nine cards of this reviewer; it is held for them.

    It is the first of the fixed shuffle that nobody decided, holds, or was dealt instead of them.
    One that somebody else holds is not lost: controls count up to the first undecided one, see
    `labelviz.core.audit`, so that whoever decides which of them first changes nothing.
    """
    if not desk.has_controls or current is None:
        return None, desk
    decided = int(desk.statuses.by(desk.reviewer).sum())
    if decided % CONTROL_EVERY != CONTROL_EVERY - 1:
        return None, desk
    order = desk.shared.controls(desk.dataset)
    undecided = (desk.statuses.status == CODES["unreviewed"]) & ~desk.dealt_to_others
    row, desk = _first_free(desk, order.onwards(undecided, None, {current}))
    return row, desk.sitting_as(control=row)
