"""Runs: models trained on the targets, each in a folder of its own, and two side by side."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labelviz.core.arrays import Floats
from labelviz.core.experiment import Answered, Outcome, arms_of
from labelviz.core.memorisation import curve_of
from labelviz.core.progress import Report, silent
from labelviz.core.settings import CURRENT, HARD, TRAINING, TrainSettings
from labelviz.errors import RunRefused, unharmed
from labelviz.layers.policy import parse_policy
from labelviz.project.data import Data
from labelviz.project.folder import STANDS, Folder, version_of
from labelviz.project.goals import Goals
from labelviz.project.references import References
from labelviz.tables.table import Table

if TYPE_CHECKING:
    from labelviz.models.runs import Run

RUNS, RUN_RECORD = "runs", "run.json"


@dataclass(frozen=True, eq=False)
class Runs:
    """What was trained.

    Parameters
    ----------
    folder : of the workspace.
    data, goals : what a training starts from.
    references : what its models are judged by.
    """

    folder: Folder
    data: Data
    goals: Goals
    references: References

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all training runs, oldest first."""
        files = self.folder.path.glob(f"{RUNS}/[!.]*/{RUN_RECORD}")  # not one that is being copied
        return tuple(
            file.parent.name for file in sorted(files, key=lambda file: file.stat().st_ctime_ns)
        )

    def open(self, name: str) -> Run:
        """A training run by name.

        Raises
        ------
        RunRefused : there is no such run, or it is damaged.
        """
        from labelviz.models.runs import Run

        return Run.open(self.path(name))

    def version(self, name: str) -> tuple[object, ...]:
        """What changes with what a run has come to."""
        return version_of(self.path(name) / RUN_RECORD)

    @unharmed(STANDS + " Checkpoints are kept.")
    def train(
        self,
        model: str,
        run: str,
        settings: TrainSettings = TRAINING,
        targets: str = CURRENT,
        report: Report = silent,
    ) -> Run:
        """Fine-tune a model on the targets; resumes a run of this name that was interrupted.

        Parameters
        ----------
        model : folder or hub id of a classifier or an encoder.
        targets : `current` for policy and decisions, `hard` for the given labels alone.

        Raises
        ------
        RunRefused : the run is complete, or was started with other data or settings.
        """
        from labelviz.models.samples import TrainingData
        from labelviz.models.train import train

        now = self.goals.moment(None if targets == CURRENT else parse_policy(HARD))
        chosen = now.targets if targets == CURRENT else now.making.targets
        data = TrainingData(now.review.dataset, chosen, self.references.suspects())
        return train(data, model, self.path(run), settings, report)

    @unharmed(STANDS)
    def hand_out(self, folder: Path, model: str, settings: TrainSettings = TRAINING) -> Path:
        """Write a folder that trains on the targets without labelviz; returns it.

        Parameters
        ----------
        model : folder, which is copied, or hub id; a small encoder where empty.

        Raises
        ------
        ExportRefused : the folder exists. RunRefused : there is nothing to train or validate on.
        """
        from labelviz.models.elsewhere import write_training
        from labelviz.models.samples import TrainingData

        now, runs = self.goals.moment(), []
        for name in self.names:
            with suppress(RunRefused):
                runs.append(self.open(name))
        data = TrainingData(now.review.dataset, now.targets)
        return write_training(folder, data, model, settings, runs)

    @unharmed()
    def compare(self, first: str, second: str, truth: Path | str | Table | None = None) -> Outcome:
        """What two trainings say on the test samples, as an experiment of one seed.

        Parameters
        ----------
        truth : as for `Experiments.outcome`.

        Raises
        ------
        RunRefused : both are the same, a run is not complete, was trained on other data or another
            split, or no test sample that no training sample says alike has a label.
        """
        if first == second:
            raise RunRefused("A run is not compared with itself.", where=first,
                             remedy="Name another one.")  # fmt: skip
        runs = [self._comparable(name) for name in (first, second)]
        reference = self.references.of(truth)
        answers = {
            run.name: Answered(
                run.policy,
                run.probabilities().aligned(self.data.dataset).values[None, reference.rows],
                self._cut(run),
                run.scale,
            )
            for run in runs
        }
        dataset = self.data.dataset
        arms = arms_of(answers, reference, classes=dataset.classes, task=dataset.task)
        made = {run.name: run.made for run in runs}
        errors = self.references.errors(truth)
        curves = tuple(curve_of(run.name, [run.watched(errors.rows)], errors) for run in runs)
        return Outcome(f"{first}, {second}", arms, 1, 1, reference, made, curves)

    def path(self, name: str) -> Path:
        """The folder of a run.

        Raises
        ------
        RunRefused : no run can have this name.
        """
        return named_folder(self.folder.path / RUNS, name)

    def _cut(self, run: Run) -> Floats | None:
        """(K,) the thresholds in use as they are to a run, by the policy that it was trained by.

        What that policy makes of labels now stands for what it made of them then.
        """
        if self.goals.cuts.in_use is None:
            return None
        return self.goals.cuts.of_model(self.goals.making(parse_policy(run.policy)).targets)

    def _comparable(self, name: str) -> Run:
        run = self.open(name)
        run.check_complete()
        run.check_belongs_to(self.data.dataset)
        return run


def named_folder(within: Path, name: str) -> Path:
    """The folder of what somebody named.

    Raises
    ------
    RunRefused : no folder can have this name.
    """
    if not re.fullmatch(r"[\w][\w.-]{0,99}", name):
        raise RunRefused(
            f"{name!r} is no name for a run.",
            where=str(within),
            remedy="Use letters, digits, dots, hyphens and underscores.",
        )
    return within / name
