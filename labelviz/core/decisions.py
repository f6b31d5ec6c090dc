"""Decisions: what people said, in the order they said it, and what holds now.

A decision is an event and is never changed. Undo is an event that names the action it takes back;
redo takes back an undo. What holds now follows from the events; `replay` says how. A decision is
about the texts it was made on: where a sample has others now, it waits until they are back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from labelviz.core.dataset import SUM_TOLERANCE, Dataset
from labelviz.core.distributions import row_over
from labelviz.errors import Conflict, TargetsRefused

Verdict = Literal["keep", "accept", "choose", "soften", "exclude", "unsure", "flag", "undo"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
Status = Literal["unreviewed", "kept", "corrected", "softened", "excluded", "unsure", "disputed"]
STATUSES: tuple[Status, ...] = (
    "unreviewed", "kept", "corrected", "softened", "excluded", "unsure", "disputed",
)  # fmt: skip
# Verdicts that say which label is right.
LABELLING: frozenset[Verdict] = frozenset({"keep", "accept", "choose"})
SAFE = "The decision was NOT saved; earlier ones are safe."


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
    undoes : for undo, the action it takes back; for redo, the undo's own operation.
    action : what is undone in one step: a bulk action names it in each of its decisions; the
        decision's own operation where empty.
    final : whether it settles the sample for everybody, as an adjudicator's.
    expected : sequence of the decision that was on screen as the latest of this reviewer on this
        sample (for a final one, of anybody's final one), 0 for none; None to save regardless.
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
    action: str = ""
    final: bool = False
    expected: int | None = None
    decided_at: str = ""
    sequence: int = 0

    @property
    def step(self) -> str:
        """The action that undo takes back with this decision."""
        return self.action or self.operation

    @property
    def slot(self) -> str:
        """Whose latest decision this one becomes: the reviewer's, or "" for the final one."""
        return "" if self.final else self.reviewer

    def says(self) -> tuple[object, ...]:
        """What two people must have in common to agree."""
        target = tuple(sorted(self.target.items())) if self.target is not None else None
        if self.label is None:
            return (None, target, self.verdict)
        return (frozenset(self.label), target, None)


def check_decision(decision: Decision, dataset: Dataset) -> None:
    """Raise unless a decision says something whole about a sample as it is in this dataset.

    An undo may take back anything.

    Raises
    ------
    Conflict : the sample has other texts now.
    TargetsRefused : there is no such sample or class, or the label or target row is none.
    """
    if decision.verdict == "undo":
        return
    row = dataset.rows.get(decision.sample)
    if row is None:
        raise _refused(decision, "There is no such sample in this dataset.", "Decide on another.")
    if decision.sample_hash != dataset.sample_hash(row):
        raise Conflict(
            "NOT saved: this sample has other texts now than those that were decided on.",
            where=f"sample {decision.sample!r}",
            safe="Earlier decisions are safe.",
            remedy="Look at the card again and decide on the texts as they are.",
        )
    _check_parts(decision)
    if decision.label is not None:
        _check_label(decision, decision.label, dataset)
    if decision.target is not None:
        _check_target(decision, decision.target, dataset)


def is_about(decision: Decision, dataset: Dataset) -> bool:
    """Whether the sample is there with the very texts that were decided on."""
    row = dataset.rows.get(decision.sample)
    return row is not None and decision.sample_hash == dataset.sample_hash(row)


def fits(decision: Decision, dataset: Dataset) -> bool:
    """Whether a decision is about a sample of this dataset as it is, and within its classes."""
    try:
        check_decision(decision, dataset)
    except (Conflict, TargetsRefused):
        return False
    return True


def _check_parts(decision: Decision) -> None:
    """Raise TargetsRefused unless a verdict comes with what it needs, and with nothing else."""
    needed = ((decision.label, decision.verdict in LABELLING, "label"),
              (decision.target, decision.verdict == "soften", "target"))  # fmt: skip
    for part, wanted, name in needed:
        if wanted and part is None:
            raise _refused(
                decision, f"The verdict {decision.verdict!r} needs a {name}.", f"Give a {name}."
            )
        if not wanted and part is not None:
            raise _refused(
                decision,
                f"The verdict {decision.verdict!r} takes no {name}.",
                f"Leave the {name} out, or give another verdict.",
            )


def _check_label(decision: Decision, label: tuple[str, ...], dataset: Dataset) -> None:
    row_over(dataset.classes, dict.fromkeys(label, 1.0))
    if len(set(label)) != len(label):
        raise _refused(decision, "The label names a class twice.", "Name each class once.")
    if not dataset.multilabel and len(label) != 1:
        raise _refused(
            decision,
            f"The label names {len(label)} classes; a {dataset.task} label is one class.",
            "Name one class.",
        )


def _check_target(decision: Decision, target: Mapping[str, float], dataset: Dataset) -> None:
    shares = row_over(dataset.classes, target)
    inside = bool(((shares >= 0) & (shares <= 1)).all())
    if not inside or not (dataset.multilabel or abs(shares.sum() - 1) <= SUM_TOLERANCE):
        raise _refused(
            decision,
            f"The shares add to {shares.sum():g}." if inside else "A share is not from 0 to 1.",
            "Give every class a share from 0 to 1"
            + ("." if dataset.multilabel else ", together 1."),
        )


def _refused(decision: Decision, what: str, remedy: str) -> TargetsRefused:
    return TargetsRefused(what, where=f"sample {decision.sample!r}", safe=SAFE, remedy=remedy)


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
class Standing:
    """A decision that holds, or that was undone and can be redone.

    Parameters
    ----------
    turn : sequence of the event that made, undid or redid it.
    undone_by : operation of the undo; empty while it holds.
    """

    decision: Decision
    turn: int
    undone_by: str = ""


def replay(events: Iterable[Decision]) -> dict[int, Standing]:
    """What stands after all events, by the decision's sequence.

    Everybody has two stacks, as in a text editor. A decision goes on the first and empties the
    second; an undo moves an action to the second, a redo moves it back. An undo of what does not
    stand, as when two tabs undo at once, changes nothing.
    """
    done: dict[tuple[str, str], list[Standing]] = {}
    undone: dict[str, dict[str, list[Standing]]] = {}
    for event in events:
        redoable = undone.setdefault(event.reviewer, {})
        if event.verdict != "undo":
            redoable.clear()
            key = (event.reviewer, event.step)
            done.setdefault(key, []).append(Standing(event, event.sequence))
            continue
        back = done.pop((event.reviewer, event.undoes), None)
        if back is not None:
            redoable[event.operation] = back
        else:
            back = redoable.pop(event.undoes, [])
            if back:
                done[event.reviewer, back[0].decision.step] = back
        for each in back:
            each.turn = event.sequence
            each.undone_by = event.operation if event.operation in redoable else ""
    groups = [*done.values(), *(group for stack in undone.values() for group in stack.values())]
    return {each.decision.sequence: each for group in groups for each in group}


@dataclass(frozen=True)
class Person:
    """One reviewer's latest steps.

    Parameters
    ----------
    recent : latest standing decisions, newest first, as undo would take them back.
    redoable : the undo that redo would take back.
    last : the last thing they did, an undo included.
    """

    recent: tuple[Decision, ...] = ()
    redoable: Decision | None = None
    last: Decision | None = None


RECENT_KEPT = 50


@dataclass(frozen=True)
class Changes:
    """What the events after a sequence changed.

    Parameters
    ----------
    sequence : of the latest event.
    samples : by sample that was touched, everybody's latest decision on it for each version of its
        texts, oldest first; empty where none stands.
    people : by reviewer who did something, their latest steps.
    """

    sequence: int = 0
    samples: Mapping[str, tuple[Decision, ...]] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)


def changes_of(events: Iterable[Decision]) -> Changes:
    """All that a whole history made."""
    history = tuple(events)
    latest: dict[str, dict[tuple[str, str], Decision]] = {}
    stacks: dict[str, list[Standing]] = {}
    for _, each in sorted(replay(history).items()):
        if not each.undone_by:
            said = each.decision
            latest.setdefault(said.sample, {})[said.slot, said.sample_hash] = said
        stacks.setdefault(each.decision.reviewer, []).append(each)
    by_operation = {event.operation: event for event in history}
    last = {event.reviewer: event for event in history}
    people = {}
    for name, event in last.items():
        stack = sorted(stacks.get(name, ()), key=lambda s: (s.turn, s.decision.sequence))
        recent = [each.decision for each in reversed(stack) if not each.undone_by]
        undone = [each.undone_by for each in stack if each.undone_by]
        redoable = by_operation[undone[-1]] if undone else None
        people[name] = Person(tuple(recent[:RECENT_KEPT]), redoable, event)
    samples = {
        sample: tuple(sorted(slots.values(), key=lambda each: each.sequence))
        for sample, slots in latest.items()
    }
    return Changes(history[-1].sequence if history else 0, samples, people)


class Review:
    """What holds: the latest decisions by sample, and what each reviewer can undo.

    A decision counts where it is about a sample of the dataset with the texts it has now, and names
    none but its classes. Others stay in the history, and count again when what they are about is
    back.

    Parameters
    ----------
    dataset : what is reviewed.
    events : all decisions of a workspace, in sequence.
    """

    def __init__(self, dataset: Dataset, events: Iterable[Decision] = ()) -> None:
        made = changes_of(events)
        self.dataset = dataset
        self.sequence = made.sequence
        """Of the latest event."""
        self._latest = self._fitting(made)
        self._people = made.people

    def after(self, changes: Changes) -> Review:
        """The review as it is after more events."""
        newer = Review(self.dataset)
        newer.sequence = changes.sequence
        fitting = self._fitting(changes)
        newer._latest = {**self._latest, **fitting}
        for sample in changes.samples.keys() - fitting.keys():
            newer._latest.pop(sample, None)
        newer._people = {**self._people, **changes.people}
        return newer

    def _fitting(self, changes: Changes) -> dict[str, tuple[Decision, ...]]:
        """The decisions that count, by sample that carries any."""
        fitting = (
            (sample, tuple(each for each in decisions if fits(each, self.dataset)))
            for sample, decisions in changes.samples.items()
        )
        return {sample: decisions for sample, decisions in fitting if decisions}

    @property
    def reviewers(self) -> frozenset[str]:
        """Everybody who did anything."""
        return frozenset(self._people)

    @property
    def samples(self) -> frozenset[str]:
        """Ids of all samples of the dataset that carry a decision."""
        return frozenset(self._latest)

    def decisions(self, sample: str) -> tuple[Decision, ...]:
        """Everybody's latest decision on one sample, oldest first, without the final one."""
        own = (each for each in self._latest.get(sample, ()) if not each.final)
        return tuple(sorted(own, key=lambda each: each.sequence))

    def by(self, reviewer: str, sample: str) -> Decision | None:
        """One person's latest decision on one sample."""
        return next((d for d in self.decisions(sample) if d.reviewer == reviewer), None)

    def final(self, sample: str) -> Decision | None:
        """The adjudicator's decision on a sample."""
        return next((each for each in self._latest.get(sample, ()) if each.final), None)

    def counts(self, decision: Decision) -> bool:
        """Whether this decision is one of those that say where its sample stands.

        One that was taken back or replaced does not count, nor one on other texts, nor anybody's
        own once the sample was settled for everybody.
        """
        final = self.final(decision.sample)
        standing = (final,) if final is not None else self.decisions(decision.sample)
        return any(each is not None and each.sequence == decision.sequence for each in standing)

    def agreed(self, sample: str) -> Decision | None:
        """The final decision; else the latest one if all who decided say the same; else None."""
        final = self.final(sample)
        if final is not None:
            return final
        decisions = self.decisions(sample)
        if not decisions or len({decision.says() for decision in decisions}) > 1:
            return None
        return decisions[-1]

    def status(self, row: int) -> Status:
        """The status of one sample."""
        dataset = self.dataset
        sample = dataset.ids[row]
        if sample not in self._latest:
            return "unreviewed"
        decision = self.agreed(sample)
        if decision is None:
            return "disputed"
        return status_of(decision, dataset.label_names(dataset.given, row))

    def recent(self, reviewer: str, count: int) -> tuple[Decision, ...]:
        """One person's latest standing decisions, newest first, at most `RECENT_KEPT`."""
        return self._person(reviewer).recent[:count]

    def last_event(self, reviewer: str) -> Decision | None:
        """The last thing one person did, an undo included."""
        return self._person(reviewer).last

    def undoable(self, reviewer: str) -> Decision | None:
        """The decision that undo would take back."""
        return next(iter(self._person(reviewer).recent), None)

    def redoable(self, reviewer: str) -> Decision | None:
        """The undo that redo would take back."""
        return self._person(reviewer).redoable

    def _person(self, reviewer: str) -> Person:
        return self._people.get(reviewer, Person())
