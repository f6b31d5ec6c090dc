"""Workload: what each reviewer has done, what waits for them, and how fast they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from labelviz.core.audit import seconds_per_decision
from labelviz.core.decisions import RECENT_KEPT, Review
from labelviz.core.statuses import Statuses


@dataclass(frozen=True)
class Workload:
    """One person's part of a review.

    Parameters
    ----------
    decided : samples on which a decision of theirs stands, the final ones not counted.
    dealt : samples that were dealt to them; None where nothing was dealt to anybody.
    waiting : of those, how many they did not decide.
    settled : of the samples they decided, how many somebody else settled for everybody.
    overruled : of those, how many were settled otherwise than they said.
    seconds : the median time between their latest decisions, pauses left out; None for too few.
    latest : when they did something last, UTC, ISO 8601; empty for never.
    """

    person: str
    decided: int
    dealt: int | None = None
    waiting: int = 0
    settled: int = 0
    overruled: int = 0
    seconds: float | None = None
    latest: str = ""


def workloads(
    review: Review,
    statuses: Statuses,
    people: Collection[str],
    dealt: Mapping[str, Collection[str]] | None = None,
) -> tuple[Workload, ...]:
    """The part of each of these people, who did most first.

    Parameters
    ----------
    statuses : of the same review.
    dealt : samples by the person they were dealt to; None where nothing was dealt to anybody.
    """
    judged = _judged(review)
    found = (_workload(each, review, statuses, judged.get(each, []), dealt) for each in people)
    return tuple(sorted(found, key=lambda each: (-each.decided, each.person)))


def _workload(
    person: str,
    review: Review,
    statuses: Statuses,
    judged: list[bool],
    dealt: Mapping[str, Collection[str]] | None,
) -> Workload:
    decided, last = statuses.by(person), review.last_event(person)
    rows, mine = review.dataset.rows, () if dealt is None else dealt.get(person, ())
    here = [rows[sample] for sample in mine if sample in rows]
    recent = reversed(review.recent(person, RECENT_KEPT))
    return Workload(
        person=person,
        decided=int(decided.sum()),
        dealt=None if dealt is None else len(here),
        waiting=int((~decided[here]).sum()),
        settled=len(judged),
        overruled=sum(judged),
        seconds=seconds_per_decision(each.decided_at for each in recent),
        latest="" if last is None else last.decided_at,
    )


def _judged(review: Review) -> dict[str, list[bool]]:
    """By person, for each sample of theirs that another settled, whether it was otherwise."""
    found: dict[str, list[bool]] = {}
    for sample in review.samples:
        final = review.final(sample)
        for decision in review.decisions(sample) if final is not None else ():
            if final is not None and final.reviewer != decision.reviewer:
                found.setdefault(decision.reviewer, []).append(final.says() != decision.says())
    return found
