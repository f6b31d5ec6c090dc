"""Ask for an experiment, and for what it says."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from labelviz.core.asked import REQUIRED, asked, part
from labelviz.core.progress import Report, silent
from labelviz.core.settings import (
    CURRENT,
    EXPERIMENT_SEEDS,
    EXPERIMENT_TRAINING,
    FEWEST_SEEDS,
    HARD,
    QUICK_SEEDS,
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
TRUTH_HELP = (
    "CSV with id and label, trusted, to compare with; what reviewers said of test samples where "
    "not given, else the given labels."
)
CARD_HELP = (
    "Write what came of it to a new file, JSON where its name ends so, else Markdown: results, a "
    "recommendation, and what they rest on."
)
SETS_HELP = (
    "Each set of targets to train on; the others are compared with the first. hard: the given "
    "labels alone; reviewed: with what reviewers said, without softening; current: policy and "
    "decisions; @NAME: targets that were kept; or a policy, with decisions. A loss may follow, as "
    "in 'hard with elr': selc, elr or forward, which hold against wrong labels."
)


def carded(found: Outcome, file: Path | None) -> Outcome:
    """The same, kept in a file if there is to be one.

    Raises
    ------
    ExportRefused : the file exists.
    """
    from labelviz.core.outcome_card import write_outcome

    if file:
        write_outcome(found, file)
    return found


@dataclass(frozen=True, kw_only=True)
class TriesTargets(Request):
    """Train on several sets of targets with several seeds, and say whether one helped."""

    command: ClassVar[str] = "experiment"

    name: str = asked(REQUIRED, "Name of the experiment.", option="out", metavar="NAME")
    sets: tuple[str, ...] = asked((HARD, CURRENT), SETS_HELP, option="targets", metavar="TARGETS")
    truth: Path | None = asked(None, TRUTH_HELP, metavar="FILE")
    card: Path | None = asked(None, CARD_HELP, metavar="FILE")

    def run(self, project: Workspace, report: Report = silent) -> Outcome:
        """Train what is left to be trained, and read the outcome."""
        from labelviz.core.files import check_absent

        if self.card:
            check_absent(self.card)
        self.train(project, report)
        return carded(project.experiments.outcome(self.name, self.truth), self.card)

    @abstractmethod
    def train(self, project: Workspace, report: Report) -> None:
        """Train what is left to be trained."""


@dataclass(frozen=True, kw_only=True)
class RunExperiment(TriesTargets):
    """Train a model on several sets of targets with several seeds."""

    kind: ClassVar[str] = "experiment"

    model: str = asked(REQUIRED, "Classifier or encoder.", metavar=MODEL_GIVEN_AS)
    seeds: int = asked(
        EXPERIMENT_SEEDS, "Trainings with each set; 6 are the least that can tell a difference.",
        ge=FEWEST_SEEDS,
    )  # fmt: skip
    settings: TrainSettings = part(EXPERIMENT_TRAINING)

    def train(self, project: Workspace, report: Report) -> None:
        """Train what is left to be trained."""
        project.experiments.run(self.name, self.model, self.sets, self.seeds, self.settings, report)


@dataclass(frozen=True, kw_only=True)
class TryTargets(TriesTargets):
    """Try several sets of targets with linear heads on embeddings, within seconds."""

    kind: ClassVar[str] = "quick-experiment"
    chosen_by: ClassVar[tuple[str, ...]] = tuple(QUICKLY)
    flags: ClassVar[dict[str, str]] = QUICKLY

    encoder: str | None = asked(
        None,
        "Encoder that embeds the texts; where not given, what flags rest on, or their own words.",
        option="model",
        metavar=MODEL_GIVEN_AS,
    )
    seeds: int = asked(QUICK_SEEDS, "Heads for each set, of samples drawn anew.", ge=FEWEST_SEEDS)

    def train(self, project: Workspace, report: Report) -> None:
        """Train the heads."""
        project.experiments.quick(self.name, self.encoder, self.sets, self.seeds, report)


@dataclass(frozen=True, kw_only=True)
class ReadExperiment(Request):
    """Say what an experiment found, by the seeds that are done."""

    kind: ClassVar[str] = "outcome"
    command: ClassVar[str] = "outcome"

    name: str = asked(REQUIRED, "Name of the experiment.", place=True)
    truth: Path | None = asked(None, TRUTH_HELP, metavar="FILE")
    card: Path | None = asked(None, CARD_HELP, metavar="FILE")

    def run(
        self, project: Workspace, report: Report = silent, table: Table | None = None
    ) -> Outcome:
        """Read it.

        Parameters
        ----------
        table : what was read from the trusted labels a moment ago.
        """
        return carded(project.experiments.outcome(self.name, table or self.truth), self.card)
