"""Ask for reviewing: what is next, a decision, its undo, and what is similar."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from labelviz.core.asked import REQUIRED, asked, part
from labelviz.core.people import spelled
from labelviz.core.progress import Report, silent
from labelviz.core.queue import Queue
from labelviz.core.settings import MOST_TOGETHER
from labelviz.errors import RequestRefused, StepMissing, in_words
from labelviz.requests.request import Request

if TYPE_CHECKING:
    from labelviz.core.dataset import Dataset
    from labelviz.core.decisions import Decision
    from labelviz.detectors.neighbours import Similar
    from labelviz.project.workspace import Workspace

VERDICTS = ("keep", "accept", "choose", "soften", "policy", "exclude", "unsure", "flag")
NEEDED = {
    "label": ("choose", "A class is given to choose it, and to choose needs one."),
    "shares": ("soften", "Shares are given to soften, and to soften needs some."),
}
LISTED = 20
ALIKE, MOST_ALIKE = 3, 100


@dataclass(frozen=True, kw_only=True)
class ShowQueue(Request):
    """Print which samples a queue shows next."""

    kind: ClassVar[str] = "queue"
    command: ClassVar[str] = "queue"

    queue: Queue = part(Queue())
    count: int = asked(LISTED, "How many at most.", ge=1)

    def run(self, project: Workspace, report: Report = silent) -> Sequence[str]:
        """Look; returns ids in the queue's order."""
        return project.queues.waiting(self.queue)[: self.count]


@dataclass(frozen=True, kw_only=True)
class Decide(Request):
    """Decide on samples, in one step that one undo takes back."""

    kind: ClassVar[str] = "decide"
    command: ClassVar[str] = "decide"

    verdict: str = asked(
        REQUIRED,
        "Keep the given label, accept the suggestion, choose a class, soften to a target, freeze "
        "what the policy makes now, exclude from training, or leave it unsure or flagged for "
        "others.",
        choices=VERDICTS,
        place=True,
    )
    reviewer: str = asked(REQUIRED, "Who decides.", option="by", metavar="NAME")
    samples: tuple[str, ...] = asked(
        (), "A sample's id; those of the queue where none is named.", option="sample", metavar="ID"
    )
    at_most: int | None = asked(
        None, "So many of the queue, the first ones.", ge=1, le=MOST_TOGETHER
    )
    label: tuple[str, ...] = asked(
        (), "A class, to choose; several for samples with several labels.", metavar="CLASS"
    )
    shares: Mapping[str, str] = asked(
        {}, "A class and its share of the target, to soften.", option="share",
        metavar="CLASS=SHARE",
    )  # fmt: skip
    note: str = asked("", "Why.")
    final: bool = asked(False, "Settle the samples for everybody, as an adjudicator.")
    queue: Queue = part(Queue())

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, (verdict, what) in NEEDED.items():
            if bool(getattr(self, name)) != (self.verdict == verdict):
                raise RequestRefused(what, field=name, remedy="Give both, or neither.")
        if self.samples and (self.at_most is not None or self.queue != Queue()):
            raise RequestRefused(
                "Samples are named, and a queue is described.",
                field="samples",
                remedy="Name samples, or say which of a queue.",
            )
        self.target()

    def target(self) -> dict[str, float] | None:
        """Share by class name; None where no target is set."""
        try:
            shares = {name: float(share) for name, share in self.shares.items()}
        except ValueError as error:
            raise _no_number() from error
        if not all(map(math.isfinite, shares.values())):
            raise _no_number()
        return shares or None

    def run(self, project: Workspace, report: Report = silent) -> tuple[Decision, ...]:
        """Save the decisions; returns them as they were saved.

        Raises
        ------
        RequestRefused : it was not said which samples, or one is not there.
        """
        if not self.samples and self.at_most is None:
            raise RequestRefused(
                "It was not said which samples are decided.",
                field="samples",
                remedy="Name samples (--sample), or say how many of the queue at most (--at-most).",
            )
        dataset = project.dataset
        me = spelled(self.reviewer, project.decisions.people)
        named = tuple(dict.fromkeys(self.samples))
        names = named or project.queues.waiting(self.queue, me)[: self.at_most]
        if unknown := [name for name in names if name not in dataset.rows]:
            raise _no_sample(unknown, "samples")
        made = self._made(project, dataset, [dataset.rows[name] for name in names], me)
        saved = project.decisions.decide_all([replace(each, final=self.final) for each in made])
        project.decisions.store.close()
        return saved

    def _made(
        self, project: Workspace, dataset: Dataset, rows: Sequence[int], me: str
    ) -> tuple[Decision, ...]:
        from labelviz.core.bulk import BULK_VERDICTS, Bulk, Known, bulk_decisions

        goals = project.goals
        making = goals.making() if self.verdict == "policy" else goals.on_cards()
        known = Known(dataset, project.suspicion, making.targets)
        if self.verdict in BULK_VERDICTS:
            bulk = Bulk(self.verdict, self.label, self.target(), self.note)
            return bulk_decisions(bulk, rows, known, me)
        plain = bulk_decisions(Bulk("exclude", note=self.note), rows, known, me)
        return tuple(replace(each, verdict=self.verdict) for each in plain)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class TakeBack(Request):
    """Undo a reviewer's latest step, or redo the one that was undone last."""

    kind: ClassVar[str] = "undo"
    command: ClassVar[str] = "undo"

    reviewer: str = asked(REQUIRED, "Whose step.", option="by", metavar="NAME")
    redo: bool = asked(False, "Bring back what was undone last.")

    def run(self, project: Workspace, report: Report = silent) -> tuple[str, ...]:
        """Take it back; returns the ids of its samples, none where there is nothing."""
        name = spelled(self.reviewer, project.decisions.people)
        event = project.decisions.redo(name) if self.redo else project.decisions.undo(name)
        store = project.decisions.store
        samples = () if event is None else tuple(store.changes(event.sequence - 1).samples)
        store.close()
        return samples


@dataclass(frozen=True, kw_only=True)
class ShowSimilar(Request):
    """Print the samples most similar to one, with its label and with others."""

    kind: ClassVar[str] = "similar"
    command: ClassVar[str] = "similar"

    sample: str = asked(REQUIRED, "The sample's id.", place=True)
    count: int = asked(ALIKE, "How many of each.", ge=1, le=MOST_ALIKE)

    def run(self, project: Workspace, report: Report = silent) -> Similar:
        """Look for them.

        Raises
        ------
        StepMissing : no embeddings are kept.
        """
        dataset = project.dataset
        if self.sample not in dataset.rows:
            raise _no_sample([self.sample], "sample")
        found = project.findings.embeddings.similar(dataset.rows[self.sample], self.count)
        if found is None:
            raise StepMissing(
                "Similar samples are not known: nothing was flagged with embeddings yet.",
                where=str(project.path),
                remedy="Run `labelviz flag`, on a large dataset with --encoder.",
            )
        return found


@dataclass(frozen=True, kw_only=True)
class UseProbabilities(Request):
    """Choose which probabilities are in use."""

    kind: ClassVar[str] = "use"
    command: ClassVar[str] = "use"

    name: str = asked(REQUIRED, "Their name, as `predict` printed it.", place=True)

    def run(self, project: Workspace, report: Report = silent) -> str:
        """Use them; returns their name."""
        project.opinions.use(self.name)
        return self.name


def _no_number() -> RequestRefused:
    return RequestRefused(
        "A share is no number.", field="shares", remedy="Give every class a share from 0 to 1."
    )


def _no_sample(names: Sequence[str], field: str) -> RequestRefused:
    return RequestRefused(
        f"The dataset has no sample {in_words(names)}.",
        field=field,
        remedy="Look which there are with `labelviz queue`.",
    )
