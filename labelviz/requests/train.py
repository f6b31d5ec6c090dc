"""Ask for a training, and for two of them to be compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from labelviz.core.asked import REQUIRED, asked, part
from labelviz.core.progress import Report, silent
from labelviz.core.settings import CURRENT, HARD, TRAINING, TrainSettings
from labelviz.requests.experiment import CARD_HELP, TRUTH_HELP, carded
from labelviz.requests.request import MODEL_GIVEN_AS, Request

if TYPE_CHECKING:
    from labelviz.core.agreement import Agreement
    from labelviz.core.evidence import TrainingLog
    from labelviz.core.experiment import Outcome
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
    settings: TrainSettings = part(TRAINING)

    def warnings(self, project: Workspace) -> list[str]:
        """Classes that the model cannot learn."""
        from labelviz.core.groups import untrained

        return [
            f"no training sample has class {name} ({tested:,} test samples have it)"
            for name, tested in untrained(project.dataset).items()
        ]

    def run(self, project: Workspace, report: Report = silent) -> Run:
        """Train, or go on where it was interrupted."""
        return project.runs.train(self.model, self.run_name, self.settings, self.targets, report)


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
class MeasureAgreement(Request):
    """Say how far the reviewers agree beyond chance."""

    kind: ClassVar[str] = "agreement"
    command: ClassVar[str] = "agreement"

    def run(self, project: Workspace, report: Report = silent) -> Agreement:
        """Measure it."""
        return project.decisions.agreement()
