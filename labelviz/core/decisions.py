"""Decisions: what people said, in the order they said it, and what holds now.

A decision is an event and is never changed. Undo is an event that names the event it undoes; redo
undoes an undo. What holds now is replayed from the events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from labelviz.core.dataset import Dataset

Verdict = Literal["keep", "accept", "choose", "soften", "exclude", "unsure", "flag", "undo"]
Status = Literal["unreviewed", "kept", "corrected", "softened", "excluded", "unsure", "disputed"]
STATUSES: tuple[Status, ...] = (
    "unreviewed", "kept", "corrected", "softened", "excluded", "unsure", "disputed",
)  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """What one person said about one sample.

    Parameters
    ----------
    operation : unique id, made when the card is shown; the same id twice is one decision.
    sample : id of the sample.
    sample_hash : `Dataset.sample_hash` of the texts that were on screen.
    verdict : keep the given label, accept the suggestion, choose a class, soften (a full target
        row), exclude from training, unsure, flag for somebody else, or undo an earlier operation.
    reviewer : who decided.
    label : class names, for keep, accept and choose.
    target : probability by class name, for soften.
    note : free text.
    blind : whether it was decided before the evidence was shown.
    undoes : for undo, the operation it takes back.
    decided_at : UTC time of the server, ISO 8601; set by the store.
    sequence : order of the events, from 1; set by the store.
    """

    operation: str
    sample: str
    sample_hash: str
    verdict: Verdict
    reviewer: str
    label: tuple[str, ...] | None = None
    target: Mapping[str, float] | None = None
    note: str = ""
    blind: bool = False
    undoes: str = ""
    decided_at: str = ""
    sequence: int = 0

    def says(self) -> tuple[object, ...]:
        """What two people must have in common to agree."""
        target = tuple(sorted(self.target.items())) if self.target is not None else None
        if self.label is None:
            return (None, target, self.verdict)
        return (frozenset(self.label), target, None)


def status_of(decision: Decision, given: tuple[str, ...]) -> Status:
    """The status one person's decision gives to a sample whose given label is `given`."""
    by_verdict: dict[Verdict, Status] = {
        "soften": "softened",
        "exclude": "excluded",
        "unsure": "unsure",
        "flag": "disputed",
    }
    if decision.verdict in by_verdict:
        return by_verdict[decision.verdict]
    return "kept" if set(decision.label or ()) == set(given) else "corrected"


@dataclass
class _Reviewer:
    """One person's undo and redo stacks by operation, the latest last."""

    done: dict[str, Decision] = field(default_factory=dict)
    undone: dict[str, Decision] = field(default_factory=dict)


class Review:
    """What holds after all events: decisions by sample, and what each reviewer can undo.

    An undo of what does not stand, as when two tabs undo at once, changes nothing.

    Parameters
    ----------
    events : all decisions of a workspace, in sequence.
    """

    def __init__(self, events: Iterable[Decision] = ()) -> None:
        self.events: tuple[Decision, ...] = tuple(events)
        by_operation = {event.operation: event for event in self.events}
        reviewers: dict[str, _Reviewer] = {}
        for event in self.events:
            person = reviewers.setdefault(event.reviewer, _Reviewer())
            if event.verdict != "undo":
                person.done[event.operation] = event
                person.undone.clear()
            elif event.undoes in person.done:
                del person.done[event.undoes]
                person.undone[event.operation] = event
            elif event.undoes in person.undone:
                original = person.undone.pop(event.undoes).undoes
                person.done[original] = by_operation[original]
        self._reviewers = reviewers
        self._latest: dict[str, dict[str, Decision]] = {}
        for person in reviewers.values():
            for event in sorted(person.done.values(), key=lambda each: each.sequence):
                self._latest.setdefault(event.sample, {})[event.reviewer] = event

    @property
    def samples(self) -> frozenset[str]:
        """Ids of all samples that carry a decision."""
        return frozenset(self._latest)

    def decisions(self, sample: str) -> tuple[Decision, ...]:
        """Everybody's latest decision on one sample, oldest first."""
        return tuple(sorted(self._latest.get(sample, {}).values(), key=lambda each: each.sequence))

    def by(self, reviewer: str, sample: str) -> Decision | None:
        """One person's latest decision on one sample."""
        return self._latest.get(sample, {}).get(reviewer)

    def agreed(self, sample: str) -> Decision | None:
        """The latest decision on a sample if all who decided say the same, else None."""
        decisions = self.decisions(sample)
        if not decisions or len({decision.says() for decision in decisions}) > 1:
            return None
        return decisions[-1]

    def status(self, dataset: Dataset, row: int) -> Status:
        """The status of one sample."""
        sample = dataset.ids[row]
        if sample not in self._latest:
            return "unreviewed"
        decision = self.agreed(sample)
        if decision is None:
            return "disputed"
        return status_of(decision, dataset.label_names(dataset.given, row))

    def recent(self, reviewer: str, count: int) -> tuple[Decision, ...]:
        """One person's latest standing decisions, newest first."""
        done = self._reviewers[reviewer].done if reviewer in self._reviewers else {}
        return tuple(islice(reversed(done.values()), count))

    def last_event(self, reviewer: str) -> Decision | None:
        """The last thing one person did, an undo included."""
        return next((e for e in reversed(self.events) if e.reviewer == reviewer), None)

    def undoable(self, reviewer: str) -> Decision | None:
        """The decision that undo would take back."""
        person = self._reviewers.get(reviewer)
        return next(reversed(person.done.values()), None) if person else None

    def redoable(self, reviewer: str) -> Decision | None:
        """The undo that redo would take back."""
        person = self._reviewers.get(reviewer)
        return next(reversed(person.undone.values()), None) if person else None
