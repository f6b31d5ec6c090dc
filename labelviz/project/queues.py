"""Queues: which samples wait for whom, in which order; queues that were saved; who gets what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labelviz.core.line import line, unanswerable, waiting
from labelviz.core.queue import Queue
from labelviz.core.settings import OVERLAP
from labelviz.errors import NotSaved, RequestRefused, in_words
from labelviz.project.data import Data, of_one_dataset
from labelviz.project.decisions import Decisions
from labelviz.project.findings import Findings
from labelviz.project.folder import Folder
from labelviz.project.opinions import Opinions
from labelviz.store.assignments import deal

LONGEST_NAME = 100
# What a field says nothing without, and how that is said.
TOGETHER = {
    "value": ("slice", "A value is asked for, and not the slice column that it stands in.",
              "Name the slice column too, or leave the value out."),
    "cell": ("column", "What stands in a column is asked for, and not the column.",
             "Name the column too, or leave it out."),
    "versus": ("between", "One side of a border is named, and not the other.",
               "Name the class on the other side too: between it, versus this one."),
}  # fmt: skip
OF_CLASSES = ("given", "predicted", "between", "versus")


@dataclass(frozen=True, eq=False)
class Queues:
    """What waits for reviewers.

    Parameters
    ----------
    folder : of the workspace.
    data, opinions, decisions, findings : what a queue can ask for.
    """

    folder: Folder
    data: Data
    opinions: Opinions
    decisions: Decisions
    findings: Findings

    @property
    def saved(self) -> dict[str, Queue]:
        """Queues that somebody saved for everybody, by name."""
        saved: dict[str, dict[str, str]] = self.folder.state.get("filters", {})
        return {name: Queue.from_query(query) for name, query in saved.items()}

    def save(self, name: str, queue: Queue) -> None:
        """Save a queue under a name; what stood there before is replaced.

        Raises
        ------
        RequestRefused : the name is longer than any that is kept.
        """
        if len(name) > LONGEST_NAME:
            raise RequestRefused(
                f"The name has over {LONGEST_NAME} characters.",
                field="name",
                remedy="Use a shorter one.",
            )
        self.folder.change(filters=lambda saved: {**(saved or {}), name: queue.to_query()})

    def forget(self, name: str) -> None:
        """Remove a saved queue."""
        self.folder.change(
            filters=lambda saved: {each: q for each, q in (saved or {}).items() if each != name}
        )

    @property
    def overlap(self) -> int:
        """How many people are to see each sample."""
        return int(self.folder.state.get("overlap", OVERLAP))

    def assign(self, samples: Sequence[str], people: Sequence[str], overlap: int = OVERLAP) -> None:
        """Deal samples to people in turn, in place of what was dealt before.

        Parameters
        ----------
        samples : ids; whoever is named gets theirs among them, and no others of them.
        people : names; where empty everybody may get any sample.
        overlap : how many people are to see each sample, of all samples from now on.

        Raises
        ------
        NotSaved : nothing was dealt.
        """
        if people and overlap > len(people):
            raise NotSaved(
                f"Nothing was dealt: {overlap} people are to see each sample,"
                f" and {len(people)} are named.",
                safe="What was dealt before stands.",
                remedy="Name more people, or ask for fewer per sample.",
            )
        roles = self.decisions.store.roles.now
        if looking := [name for name in people if not roles.of(name).may("decide")]:
            raise NotSaved(
                f"Nothing was dealt: {in_words(looking)} may not decide here.",
                safe="What was dealt before stands.",
                remedy="Name reviewers, or give them that role first.",
            )
        self.decisions.store.assignments.assign(deal(samples, people, overlap) if people else ())
        self.folder.change(overlap=overlap)

    @of_one_dataset
    def waiting(self, queue: Queue, reviewer: str = "") -> tuple[str, ...]:
        """Ids of the samples that wait in a queue, in its order.

        Parameters
        ----------
        reviewer : for whom they wait; what was dealt to others alone is not theirs. Empty for
            anybody.

        Raises
        ------
        FlagsRefused : the queue is that of flagged samples, and the flags cannot be read.
        RequestRefused : it asks for what there is not; names the field.
        """
        refused = self.findings.refused
        if queue.show == "flagged" and refused is not None:
            raise refused
        suspicion, statuses = self.findings.suspicion, self.decisions.statuses
        probabilities = self.opinions.probabilities() if self.opinions.current else None
        column = self.data.column(queue.column) if queue.column else None
        maps = self.findings.maps(queue)
        dataset = self.data.dataset
        if field := unanswerable(queue, dataset, probabilities, suspicion, maps):
            raise _refused(field, queue, dataset.classes, opinion=probabilities is not None)
        found = line(queue, dataset, self.findings.opinion, suspicion, column, maps)
        rows = found.rows[waiting(queue, statuses, suspicion, self.overlap, reviewer)[found.rows]]
        store = self.decisions.store
        dealt = store.assignments.of_others(reviewer) if reviewer and queue.first_time else ()
        others = frozenset(dealt)
        return tuple(name for row in rows if (name := str(dataset.ids[row])) not in others)


def _refused(field: str, queue: Queue, classes: Sequence[str], *, opinion: bool) -> RequestRefused:
    """Why a queue cannot be answered, by the first field that asks for what there is not."""
    value = getattr(queue, field)
    needs, alone, add = TOGETHER.get(field, ("", "", ""))
    if needs and not getattr(queue, needs):
        return RequestRefused(alone, field=field, remedy=add)
    if field in OF_CLASSES and value not in classes:
        return RequestRefused(
            f"The queue asks for the class {in_words([value])}, which is none of this workspace.",
            field=field,
            remedy=f"Name one of these: {in_words(classes)}.",
        )
    if field in ("predicted", "between") and not opinion:
        return RequestRefused(
            "The queue asks what a model says, and there are no probabilities yet.",
            field=field,
            remedy="Get probabilities first, on the Data page or with `labelviz predict`.",
        )
    return RequestRefused(
        "The queue asks for what this workspace does not have.",
        field=field,
        remedy="Leave it out, or look on the Overview page at what there is.",
    )
