"""Runs: models trained on the targets, each in a folder of its own, and two side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.core.arrays import Floats, Integers, Strings
from labelviz.core.decisions import Review
from labelviz.core.edits import Edits
from labelviz.core.experiment import Answered, Outcome, arms_of
from labelviz.core.groups import splits
from labelviz.core.memorisation import learned_of
from labelviz.core.progress import Report, silent
from labelviz.core.review_effect import Contrast, Facts, ReviewEffect, review_effect
from labelviz.core.settings import (
    CROSS_ENTROPY,
    CURRENT,
    FORWARD,
    HARD,
    TRAINING,
    TrainSettings,
)
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
# In what two trainings may differ beside their settings, and where their records say it.
MADE = {"policy": "policy", "model to start from": "model_hash"}
# One policy makes other targets where it rests on other probabilities, or on other flags.
UNDECIDED = "what the policy makes of labels before any decision"
MISCOUNTED = (
    "“{name}” was trained on {said} samples that people settled, and {found} were settled when it "
    "began: what follows may count some reviews too many or too few."
)
NEWER = "Reviews that are newer than “{name}”: {count}. Another training would use them."
STOPPING = (
    "Reviewed validation samples: {count}. They chose when training stopped, so that they judge "
    "nothing here."
)


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

    def decided_since(self, run: Run) -> int:
        """How many decisions were made or undone after a run took its targets, which has none of
        them; 0 for a run on the given labels."""
        before = run.record.get("decided")
        return 0 if before is None else max(0, self.goals.decisions.review.sequence - before)

    @unharmed(STANDS + " Checkpoints are kept.")
    def train(
        self,
        model: str,
        run: str,
        settings: TrainSettings = TRAINING,
        targets: str = CURRENT,
        report: Report = silent,
        processes: int | None = None,
        loss: str = CROSS_ENTROPY,
    ) -> Run:
        """Fine-tune a model on the targets; resumes a run of this name that was interrupted.

        Parameters
        ----------
        model : folder or hub id of a classifier or an encoder.
        targets : `current` for policy and decisions, `hard` for the given labels alone.
        processes : how many train together; None for one on each GPU, or one.
        loss : a word of `labelviz.core.settings.LOSSES`.

        Raises
        ------
        RequestRefused : there are GPUs, but fewer than processes.
        RunRefused : the run is complete, or was started with other data or settings; or one of
            several processes ended.
        """
        from labelviz.models.samples import TrainingData, digest_of
        from labelviz.models.together import ToTrain, train_together

        now = self.goals.moment(None if targets == CURRENT else parse_policy(HARD))
        chosen = now.targets if targets == CURRENT else now.making.targets
        decided = now.review.sequence if targets == CURRENT else None
        data = TrainingData(
            now.review.dataset, chosen, self.references.suspects(), decided,
            digest_of(now.making.targets), loss, self._noise(run) if loss == FORWARD else None,
        )  # fmt: skip
        return train_together(ToTrain(data, model, self.path(run), settings), processes, report)

    def _noise(self, name: str) -> Floats | None:
        """How often each class is given for another: as it was where a run of the name began."""
        if (self.path(name) / RUN_RECORD).is_file():
            return self.open(name).noise
        return self.goals.noise()

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
        runs = self._two(first, second)
        reference = self.references.of(truth)
        answers = {run.name: self._answered(run, reference.rows) for run in runs}
        dataset = self.data.dataset
        arms = arms_of(answers, reference, classes=dataset.classes, task=dataset.task)
        made = {run.name: run.made for run in runs}
        errors = self.references.errors(truth)
        curves = tuple(
            learned_of(run.name, [run.watched(errors.rows)], errors, but=arm.unlearned)
            for run, arm in zip(runs, arms, strict=True)
        )
        return Outcome(f"{first}, {second}", arms, 1, 1, reference, made, curves)

    @unharmed()
    def review_effect(
        self, first: str, second: str, truth: Path | str | Table | None = None
    ) -> ReviewEffect:
        """What the reviews that the second training was told, and the first not, changed.

        Parameters
        ----------
        truth : as for `Experiments.outcome`.

        Raises
        ------
        RunRefused : as for `compare`; or a run judged only its validation samples.
        """
        runs, dataset = self._two(first, second), self.data.dataset
        suspicion, rows = self.goals.seen().suspicion, np.arange(len(dataset))
        before, then = (self._reviews_of(run) for run in runs)
        now = Edits.of(self.references.decisions.review)
        one, other = (self._answered(run, rows) for run in runs)
        found = review_effect(
            Contrast((first, second), one, other, unlike(*runs)),
            Facts(
                dataset, then.since(before), now, self.references.of(truth),
                None if suspicion is None else suspicion.flagged, before.only(~then.settled),
            ),
        )  # fmt: skip
        return replace(found, cautions=tuple(_cautions(runs[1], then, now, splits(dataset))))

    def _reviews_of(self, run: Run) -> Edits:
        """What reviewers had said when a run began; nothing where it was trained on none of it."""
        if not run.record.get("reviewed"):
            return Edits.of(Review(self.data.dataset))
        if (last := run.record.get("decided")) is not None:
            return Edits.of(self.references.decisions.until(last))
        return Edits.of(self.references.decisions.before(began_by(run.record, run.path)))

    def path(self, name: str) -> Path:
        """The folder of a run.

        Raises
        ------
        RunRefused : no run can have this name.
        """
        return named_folder(self.folder.path / RUNS, name)

    def _answered(self, run: Run, rows: Integers) -> Answered:
        """What a run answers on some samples."""
        p = run.probabilities().aligned(self.data.dataset).values
        return Answered(run.policy, p[None, rows], self._cut(run), run.scale)

    def _two(self, first: str, second: str) -> tuple[Run, Run]:
        """Two runs that can be compared."""
        if first == second:
            raise RunRefused("A run is not compared with itself.", where=first,
                             remedy="Name another one.")  # fmt: skip
        return self._comparable(first), self._comparable(second)

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


def began_by(record: Mapping[str, Any], path: Path) -> datetime:
    """The end of the second in which a training began.

    What was decided within it was decided before, since loading a model takes longer.

    Raises
    ------
    RunRefused : its record does not say when.
    """
    try:
        return datetime.fromisoformat(record["started"]).astimezone(UTC) + timedelta(seconds=1)
    except (KeyError, TypeError, ValueError) as error:
        raise RunRefused(
            "When it began is not written down, so that nobody knows which reviews it was told.",
            where=str(path),
            remedy="Train again on this dataset.",
        ) from error


def unlike(first: Run, second: Run) -> tuple[str, ...]:
    """In what else than reviews two trainings differ, a word each."""
    words = [word for word, name in MADE.items() if first.made.get(name) != second.made.get(name)]
    before = [run.record.get("undecided") for run in (first, second)]
    if all(before) and before[0] != before[1] and "policy" not in words:
        words.append(UNDECIDED)
    if first.loss != second.loss:
        words.append("loss")
    one, other = asdict(first.settings), asdict(second.settings)
    return (*words, *(name.replace("_", " ") for name in one if one[name] != other[name]))


def _cautions(run: Run, then: Edits, now: Edits, part: Strings) -> Iterator[str]:
    """What has to be known of the reviews that a run was told.

    Parameters
    ----------
    then, now : the reviews when it began, and as they are.
    part : (N,) train, validation or test.
    """
    said, found = int(run.record.get("reviewed", 0)), int(then.settled.sum())
    if said != found:
        yield MISCOUNTED.format(name=run.name, said=f"{said:,}", found=f"{found:,}")
    if newer := int(now.since(then).settled.sum()):
        yield NEWER.format(name=run.name, count=f"{newer:,}")
    if stopping := int((then.settled & (part == "validation")).sum()):
        yield STOPPING.format(count=f"{stopping:,}")


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
