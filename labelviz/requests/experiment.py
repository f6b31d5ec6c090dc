"""Ask for an experiment, and for what it says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from labelviz.core.asked import REQUIRED, asked, part
from labelviz.core.progress import Report, silent
from labelviz.core.settings import (
    CURRENT,
    EXPERIMENT_SEEDS,
    FEWEST_SEEDS,
    HARD,
    QUICK_SEEDS,
    TRAINING,
    TrainSettings,
)
from labelviz.requests.request import MODEL_GIVEN_AS, Request

if TYPE_CHECKING:
    from labelviz.core.experiment import Outcome
    from labelviz.project.workspace import Workspace
    from labelviz.tables.table import Table


QUICKLY = {
    "quick": "Linear heads on embeddings in place of a model: seconds, and a hint which targets "
    "are worth a training."
}
SETS_HELP = (
    "Each set of targets to train on; the others are compared with the first. hard: the given "
    "labels alone; reviewed: with what reviewers said, without softening; current: policy and "
    "decisions; @NAME: targets that were kept; or a policy, with decisions."
)


@dataclass(frozen=True, kw_only=True)
class RunExperiment(Request):
    """Train on several sets of targets with several seeds, and say whether one helped."""

    kind: ClassVar[str] = "experiment"
    command: ClassVar[str] = "experiment"

    model: str = asked(REQUIRED, "Classifier or encoder.", metavar=MODEL_GIVEN_AS)
    name: str = asked(REQUIRED, "Name of the experiment.", option="out", metavar="NAME")
    sets: tuple[str, ...] = asked((HARD, CURRENT), SETS_HELP, option="targets", metavar="TARGETS")
    seeds: int = asked(
        EXPERIMENT_SEEDS, "Trainings with each set; 6 are the least that can tell a difference.",
        ge=FEWEST_SEEDS,
    )  # fmt: skip
    settings: TrainSettings = part(TRAINING)
    truth: Path | None = asked(
        None, "CSV with id and label, trusted, to compare with.", metavar="FILE"
    )

    def run(self, project: Workspace, report: Report = silent) -> Outcome:
        """Train what is left to be trained, and read the outcome."""
        project.experiments.run(self.name, self.model, self.sets, self.seeds, self.settings, report)
        return project.experiments.outcome(self.name, self.truth)


@dataclass(frozen=True, kw_only=True)
class TryTargets(Request):
    """Try several sets of targets with linear heads on embeddings, within seconds."""

    kind: ClassVar[str] = "quick-experiment"
    command: ClassVar[str] = "experiment"
    chosen_by: ClassVar[tuple[str, ...]] = tuple(QUICKLY)
    flags: ClassVar[dict[str, str]] = QUICKLY

    name: str = asked(REQUIRED, "Name of the experiment.", option="out", metavar="NAME")
    encoder: str | None = asked(
        None,
        "Encoder that embeds the texts; where not given, what flags rest on, or their own words.",
        option="model",
        metavar=MODEL_GIVEN_AS,
    )
    sets: tuple[str, ...] = asked((HARD, CURRENT), SETS_HELP, option="targets", metavar="TARGETS")
    seeds: int = asked(QUICK_SEEDS, "Heads for each set, of samples drawn anew.", ge=FEWEST_SEEDS)
    truth: Path | None = asked(
        None, "CSV with id and label, trusted, to compare with.", metavar="FILE"
    )

    def run(self, project: Workspace, report: Report = silent) -> Outcome:
        """Train the heads, and read the outcome."""
        project.experiments.quick(self.name, self.encoder, self.sets, self.seeds, report)
        return project.experiments.outcome(self.name, self.truth)


@dataclass(frozen=True, kw_only=True)
class ReadExperiment(Request):
    """Say what an experiment found, by the seeds that are done."""

    kind: ClassVar[str] = "outcome"
    command: ClassVar[str] = "outcome"

    name: str = asked(REQUIRED, "Name of the experiment.", place=True)
    truth: Path | None = asked(
        None, "CSV with id and label, trusted, to compare with.", metavar="FILE"
    )

    def run(
        self, project: Workspace, report: Report = silent, table: Table | None = None
    ) -> Outcome:
        """Read it.

        Parameters
        ----------
        table : what was read from the trusted labels a moment ago.
        """
        return project.experiments.outcome(self.name, table or self.truth)
