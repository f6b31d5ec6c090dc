"""Ask for a training, and for two of them to be compared."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from labelviz.core.asked import REQUIRED, asked, part
from labelviz.core.progress import Report, silent
from labelviz.core.settings import (
    CROSS_ENTROPY,
    CURRENT,
    HARD,
    LOSSES,
    TRAINING,
    TrainSettings,
)
from labelviz.requests.experiment import CARD_HELP, TRUTH_HELP, carded
from labelviz.requests.request import MODEL_GIVEN_AS, Request

if TYPE_CHECKING:
    from labelviz.core.agreement import Agreement
    from labelviz.core.dataset import Dataset
    from labelviz.core.evidence import TrainingLog
    from labelviz.core.experiment import Outcome
    from labelviz.core.review_effect import ReviewEffect
    from labelviz.models.runs import Run
    from labelviz.project.workspace import Workspace
    from labelviz.tables.table import Table

WITH_FAKE_CLASS = {
    "threshold-class": "Log two trainings with some samples in a fake class, for flag; keeps no "
    "model."
}


@dataclass(frozen=True, kw_only=True)
class Train(Request):
    """Fine-tune a model on the targets; the same command resumes an interrupted run."""

    kind: ClassVar[str] = "train"
    command: ClassVar[str] = "train"

    model: str = asked(REQUIRED, "Classifier or encoder.", metavar=MODEL_GIVEN_AS)
    run_name: str = asked(REQUIRED, "Name of the run.", option="out", metavar="RUN")
    targets: str = asked(
        CURRENT, "current: policy and decisions; hard: the given labels alone.",
        choices=(CURRENT, HARD),
    )  # fmt: skip
    processes: int | None = asked(
        None, "How many train together, each with a GPU of its own, or with its part of the cores; "
        "as many as there are GPUs, or one, where not given.", ge=1,
    )  # fmt: skip
    loss: str = asked(
        CROSS_ENTROPY,
        "plain: cross-entropy against the targets. Made to hold against wrong labels, and worth "
        "an experiment beside it: selc moves targets towards what the model says from the second "
        "epoch on, elr holds on to what it said early, forward counts on how often each class is "
        "given for another, by the model in use and reviews. Samples that people decided have the "
        "plain loss under each.",
        choices=LOSSES,
    )
    settings: TrainSettings = part(TRAINING)

    def warnings(self, project: Workspace) -> list[str]:
        """Classes that the model cannot learn."""
        from labelviz.core.groups import untrained

        return [
            f"no training sample has class {name} ({tested:,} test samples have it)"
            for name, tested in untrained(project.dataset).items()
        ]

    def share_in(self) -> None:
        """Train with the process that has the project open."""
        from labelviz.models.together import share_in

        share_in()

    def run(self, project: Workspace, report: Report = silent) -> Run:
        """Train, or go on where it was interrupted."""
        return project.runs.train(
            self.model,
            self.run_name,
            self.settings,
            self.targets,
            report,
            self.processes,
            self.loss,
        )


@dataclass(frozen=True, kw_only=True)
class LogTraining(Request):
    """Log two trainings on the given labels with some samples in a fake class."""

    kind: ClassVar[str] = "log-training"
    command: ClassVar[str] = "train"
    chosen_by: ClassVar[tuple[str, ...]] = tuple(WITH_FAKE_CLASS)
    flags: ClassVar[dict[str, str]] = WITH_FAKE_CLASS

    model: str = asked(REQUIRED, "Classifier or encoder.", metavar=MODEL_GIVEN_AS)
    log_name: str = asked(REQUIRED, "Name of the log.", option="out", metavar="RUN")
    settings: TrainSettings = part(TRAINING)

    def run(self, project: Workspace, report: Report = silent) -> TrainingLog:
        """Train twice, or go on where it was interrupted."""
        return project.findings.logs.train_with_threshold(
            self.model, self.log_name, self.settings, report
        )


@dataclass(frozen=True, kw_only=True)
class Compare(Request):
    """Compare two runs on the test split, as an experiment of one seed."""

    kind: ClassVar[str] = "compare"
    command: ClassVar[str] = "compare"

    run_a: str = asked(REQUIRED, "Name of a run.", place=True)
    run_b: str = asked(REQUIRED, "Name of another.", place=True)
    truth: Path | None = asked(None, TRUTH_HELP, metavar="FILE")
    card: Path | None = asked(None, CARD_HELP, metavar="FILE")

    def run(
        self, project: Workspace, report: Report = silent, table: Table | None = None
    ) -> Outcome:
        """Compare them.

        Parameters
        ----------
        table : what was read from the trusted labels a moment ago.
        """
        return carded(project.runs.compare(self.run_a, self.run_b, table or self.truth), self.card)


@dataclass(frozen=True, kw_only=True)
class MeasureReviews(Request):
    """Say what reviews changed between two runs, or two sets of targets, and what is doubtful."""

    kind: ClassVar[str] = "effect"
    command: ClassVar[str] = "effect"

    run_a: str = asked(
        REQUIRED, "Name of the run, or of the set of targets, that holds none of them.", place=True
    )
    run_b: str = asked(REQUIRED, "Name of the one that holds them.", place=True)
    experiment: str = asked(
        "", "The two are sets of targets of this experiment, whose seeds tell an effect from "
        "chance; without it they are runs.", metavar="NAME",
    )  # fmt: skip
    truth: Path | None = asked(None, TRUTH_HELP, metavar="FILE")
    out: Path | None = asked(
        None, "Write what became of every reviewed sample as CSV.", metavar="FILE"
    )

    def run(
        self, project: Workspace, report: Report = silent, table: Table | None = None
    ) -> ReviewEffect:
        """Measure it, and write the file where it is asked for.

        Parameters
        ----------
        table : what was read from the trusted labels a moment ago.
        """
        truth, both = table or self.truth, (self.run_a, self.run_b)
        found = (
            project.experiments.review_effect(self.experiment, both, truth)
            if self.experiment
            else project.runs.review_effect(*both, truth)
        )
        if self.out is not None:
            write_changes(self.out, found, project.dataset)
        return found


def write_changes(path: Path, found: ReviewEffect, dataset: Dataset) -> None:
    """Write what became of every reviewed sample to a new CSV.

    Raises
    ------
    ExportRefused : the file exists, or cannot be written.
    """
    from labelviz.core.files import created
    from labelviz.tables.names import SEPARATOR
    from labelviz.tables.spreadsheet import GUARDED, as_csv, guarded_columns

    changes = found.changes
    columns = {
        "id": [str(dataset.ids[each.row]) for each in changes],
        "review": [each.action for each in changes],
        "split": [each.part for each in changes],
        "told": ["yes" if each.told else "no" for each in changes],
    }
    for place, when in enumerate(("before", "after")):
        losses = [each.loss[place] for each in changes]
        columns |= {
            f"answer_{when}": [SEPARATOR.join(each.answers[place]) for each in changes],
            f"loss_{when}": ["" if math.isnan(loss) else repr(loss) for loss in losses],
            f"denied_{when}": ["yes" if each.denied[place] else "no" for each in changes],
        }
    with created(path) as temporary:
        temporary.write_bytes(as_csv(guarded_columns(columns, GUARDED)))


@dataclass(frozen=True, kw_only=True)
class MeasureAgreement(Request):
    """Say how far the reviewers agree beyond chance."""

    kind: ClassVar[str] = "agreement"
    command: ClassVar[str] = "agreement"

    def run(self, project: Workspace, report: Report = silent) -> Agreement:
        """Measure it."""
        return project.decisions.agreement()
