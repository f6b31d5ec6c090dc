"""Experiment folders: one training for each set of targets and seed, and what each model answers.

experiment.json       what was asked; status running or complete
targets-<set>.npz     the targets as they were when it began: values, weight, source
<set>-<seed>/         a run folder; of its model only the answers are kept:
    answers.npy       (M, K) float32 probabilities of the test samples, in the dataset's order
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from labelviz.core.arrays import Floats, Integers, strings
from labelviz.core.dataset import Dataset
from labelviz.core.distributions import Targets
from labelviz.core.files import read_json, replaced, write_json
from labelviz.core.groups import split_fingerprint, splits
from labelviz.core.progress import Report, of_all, silent
from labelviz.core.settings import CROSS_ENTROPY, FORWARD, ModelUse, TrainSettings
from labelviz.core.thresholds import softness_of
from labelviz.errors import RunRefused, WorkspaceRefused, unharmed
from labelviz.models.precision import made_with
from labelviz.models.predict import now, predict
from labelviz.models.robust import check_loss
from labelviz.models.runs import (
    CHECKPOINT,
    COMPLETE,
    DAMAGE,
    MODEL,
    RUN,
    RUNNING,
    Run,
    noise_in,
    scale_in,
)
from labelviz.models.samples import TrainingData, digest_of
from labelviz.models.train import train

RECORD, ANSWERS = "experiment.json", "answers.npy"
# What an outcome says of how it was made.
TOLD = (
    "model", "model_hash", "settings", "seeds", "sets", "losses", "targets", "dataset", "split",
    "versions", "hardware", "started", "finished",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Experiment:
    """An experiment on disk.

    Parameters
    ----------
    path : its folder.
    record : what experiment.json says.
    """

    path: Path
    record: Mapping[str, Any]

    @classmethod
    def open(cls, path: Path) -> Experiment:
        """Read an experiment's folder, complete or not.

        Raises
        ------
        RunRefused : there is none, or it cannot be read.
        """
        try:
            record = read_json(path / RECORD)
            found = cls(path, record)
            _ = (found.sets, found.settings, found.seeds, found.dataset)
        except (*DAMAGE, WorkspaceRefused) as error:
            raise RunRefused(
                f"There is no experiment here that can be read: {error}.",
                where=str(path),
                remedy="Start one on the Retrain page, or with `labelviz experiment`.",
            ) from error
        return found

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.path.name

    @property
    def sets(self) -> dict[str, str]:
        """Policy by name of the set, in order."""
        return {str(name): str(policy) for name, policy in self.record["sets"].items()}

    def loss(self, name: str) -> str:
        """The loss that a set is trained with."""
        return str(self.record.get("losses", {}).get(name, CROSS_ENTROPY))

    @property
    def noise(self) -> Floats | None:
        """How often each class was given for another when it began; None where no loss asks."""
        return noise_in(self.record)

    @property
    def settings(self) -> TrainSettings:
        """How every model is trained, but for the seed; the defaults where heads were."""
        return TrainSettings(**self.record["settings"] or {})

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds that are to be trained with every set."""
        return tuple(int(seed) for seed in self.record["seeds"])

    @property
    def dataset(self) -> str:
        """Fingerprint of the dataset."""
        return str(self.record["dataset"])

    @property
    def complete(self) -> bool:
        """Whether every model was trained and has answered."""
        return str(self.record["status"]) == COMPLETE

    @property
    def made(self) -> dict[str, Any]:
        """What it rests on, for whoever wants to do it again."""
        return {name: self.record[name] for name in TOLD if name in self.record}

    def folder(self, name: str, seed: int) -> Path:
        """The folder of one training."""
        return self.path / f"{list(self.sets).index(name)}-{seed}"

    @property
    def done(self) -> tuple[int, ...]:
        """The seeds that were trained with every set."""
        return tuple(
            seed for seed in self.seeds
            if all((self.folder(name, seed) / ANSWERS).is_file() for name in self.sets)
        )  # fmt: skip

    def scale(self, name: str) -> tuple[Floats, Floats] | None:
        """(K,) and (K,) what a set makes of classes that are not there, and that are there; None
        where it is not soft."""
        return scale_in(self.record.get("scales", {}).get(name))

    @property
    def by_heads(self) -> bool:
        """Whether linear heads on vectors were trained, in place of whole models."""
        return self.record["settings"] is None

    def answers(self, name: str) -> Floats:
        """(S, M, K) probabilities of the test samples by the seeds that are done with every set.

        Raises
        ------
        RunRefused : they cannot be read.
        """
        try:
            files = [self.folder(name, seed) / ANSWERS for seed in self.done]
            return np.stack([np.load(file, allow_pickle=False) for file in files]).astype(float)
        except (OSError, ValueError) as error:
            raise RunRefused(
                f"The answers of the experiment {self.name!r} cannot be read: {error}.",
                where=str(self.path),
                remedy="Run the experiment again under another name.",
            ) from error

    def runs(self, name: str) -> Iterator[Run]:
        """The trainings with one set that have begun, by seed."""
        for seed in self.seeds:
            if (self.folder(name, seed) / RUN).is_file():
                yield Run.open(self.folder(name, seed))

    def check_belongs_to(self, dataset: Dataset) -> None:
        """Raise RunRefused if it was made of another version of the dataset, or another split."""
        same = self.record.get("split") == split_fingerprint(dataset)
        if not same or self.dataset != dataset.fingerprint:
            raise RunRefused(
                "The experiment was made of another version of the dataset, or on another split.",
                where=str(self.path),
                remedy="Run one on this dataset.",
            )


@dataclass(frozen=True, eq=False)
class Trial:
    """What is tried, and where it is kept.

    Parameters
    ----------
    dataset : its train part is trained on, its test part answered.
    sets : targets by name, the set that the others are compared with first.
    seeds : every set is trained with each.
    path : a new folder, or that of the same trial that was stopped.
    suspects : row numbers of samples whose labels are known or likely to be wrong; see `train`.
    decided : sequence of the latest decision when the targets were made.
    losses : the loss by name of the set, where it is another than the plain one.
    noise : how often each class is given for another, where a loss asks; see `robust.Loss`.
    """

    dataset: Dataset
    sets: Mapping[str, Targets]
    seeds: range
    path: Path
    suspects: Integers | None = None
    decided: int | None = None
    losses: Mapping[str, str] = field(default_factory=dict)
    noise: Floats | None = None

    def part(self, name: str) -> Integers:
        """Row numbers of a part of the dataset.

        Raises
        ------
        RunRefused : it has no sample.
        """
        rows = np.flatnonzero(splits(self.dataset) == name)
        if not len(rows):
            raise RunRefused(
                f"The {name} part has no sample.",
                where="split of the dataset",
                remedy=f"Give some samples the split '{name}', or leave the split column out: then "
                "70 % train, 15 % validate and 15 % test.",
            )
        return rows


@unharmed("What was trained is kept; the same experiment goes on with it.")
def run_experiment(
    trial: Trial, model: str, settings: TrainSettings, report: Report = silent
) -> Experiment:
    """Train a model on every set of targets with every seed, and keep what it answers.

    With one seed all sets have the same order of samples, dropout and head, and as many steps. One
    that was stopped goes on, on the targets of its beginning, to the same answers.

    Parameters
    ----------
    settings : how every model is trained, but for the seed.
    report : called as (done, total, "steps"), of all trainings together.

    Raises
    ------
    RunRefused : the folder holds another experiment, or there is nothing to train, validate or
        test on.
    """
    tested = trial.dataset.take(trial.part("test"))
    if not (trial.path / RECORD).is_file():  # what goes on has what it asks for in its record
        for loss in trial.losses.values():
            check_loss(loss, trial.noise, settings.epochs)
    found = _begun(trial, _record(trial, model, settings))
    kept = {name: _kept_targets(found, name, targets) for name, targets in trial.sets.items()}
    trainings = [(seed, name) for seed in trial.seeds for name in trial.sets]
    for place, (seed, name) in enumerate(trainings):
        folder = found.folder(name, seed)
        if not (folder / ANSWERS).is_file():
            loss = found.loss(name)
            data = TrainingData(
                trial.dataset, kept[name], trial.suspects, loss=loss,
                noise=found.noise if loss == FORWARD else None,
            )  # fmt: skip
            how = replace(settings, seed=seed)
            run = _trained(data, model, folder, how, of_all(report, place, len(trainings)))
            _check_model(found, run)
            _answer(run, tested)
    return _ended(found)


def try_heads(
    trial: Trial,
    vectors: npt.NDArray[np.float32],
    made_with: str,
    report: Report = silent,
) -> Experiment:
    """The same experiment with linear heads on vectors of the samples, in seconds.

    One that was stopped begins anew, on the targets of today.

    With one seed all sets see the same samples, drawn with replacement from the train part.

    Parameters
    ----------
    vectors : (N, D).
    made_with : what they are, in words.

    Raises
    ------
    RunRefused : the folder holds an experiment, or there is nothing to train or test on.
    """
    from labelviz.models.heads import answers_of, drawn_weights, train_heads

    train, test = trial.part("train"), trial.part("test")
    record = _record(trial, f"linear heads on {made_with}", None)
    found = _begun(trial, record)
    write_json(found.path / RECORD, record)
    found = Experiment.open(found.path)
    several, targets = trial.dataset.multilabel, trial.sets.values()
    first, count = trial.seeds.start, len(trial.seeds)
    weights = np.stack([drawn_weights(each.weight[train], count, first) for each in targets])
    values = [each.values[train] for each in targets]
    heads = train_heads(vectors[train], values, weights, multilabel=several, report=report)
    answers = answers_of(heads, vectors[test], multilabel=several)  # (T, S, M, K)
    for of_set, name in zip(answers, trial.sets, strict=True):
        for each, seed in zip(of_set, trial.seeds, strict=True):
            folder = found.folder(name, seed)
            folder.mkdir(exist_ok=True)
            _keep_answers(folder, each)
    return _ended(found)


def _ended(found: Experiment) -> Experiment:
    first = next((run for name in found.sets for run in found.runs(name)), None)
    weights = {} if first is None else {"model_hash": first.record.get("model_hash")}
    ended = {"status": COMPLETE, "finished": now()}
    write_json(found.path / RECORD, {**found.record, **weights, **ended})
    return Experiment.open(found.path)


def _check_model(found: Experiment, run: Run) -> None:
    """Raise RunRefused if a training began from another model than those before it."""
    weights = {
        each.record.get("model_hash") for name in found.sets for each in found.runs(name)
        if each.complete
    }  # fmt: skip
    if len(weights - {None}) < 2:
        return
    shutil.rmtree(run.path)
    raise RunRefused(
        f"The model in {found.record['model']} is not the one that this experiment began with.",
        where=str(found.path),
        safe="What was trained from the first is kept.",
        remedy="Bring that model back, or name a new experiment.",
    )


def _keep_answers(folder: Path, values: Floats) -> None:
    with replaced(folder / ANSWERS) as temporary, temporary.open("wb") as file:
        np.save(file, values.astype(np.float32), allow_pickle=False)


def _trained(
    data: TrainingData, model: str, folder: Path, how: TrainSettings, report: Report
) -> Run:
    if (folder / RUN).is_file() and (run := Run.open(folder)).complete:
        return run
    return train(data, model, folder, how, report)


def _answer(run: Run, tested: Dataset) -> None:
    """Keep what the model of a run answers, and remove the model."""
    use = ModelUse(precision=run.record["precision"])
    values = predict(tested, run.model, use=use).values
    _keep_answers(run.path, values)
    for name in (MODEL, CHECKPOINT):
        shutil.rmtree(run.path / name, ignore_errors=True)


def _record(trial: Trial, model: str, settings: TrainSettings | None) -> dict[str, Any]:
    dataset, sets = trial.dataset, trial.sets
    return {
        "status": RUNNING,
        "sets": {name: targets.policy for name, targets in sets.items()},
        "losses": dict(trial.losses),
        "noise": None if trial.noise is None else trial.noise.tolist(),
        "targets": {name: digest_of(targets) for name, targets in sets.items()},
        "scales": {
            name: [each.tolist() for each in softness_of(targets)] for name, targets in sets.items()
        },
        "model": "/".join(Path(model).parts[-2:]),  # not where this machine keeps it
        "settings": None if settings is None else asdict(settings),
        "seeds": list(trial.seeds),
        "dataset": dataset.fingerprint,
        "split": split_fingerprint(dataset),
        "classes": list(dataset.classes),
        "decided": trial.decided,
        **made_with(),
        "started": now(),
    }


def _begun(trial: Trial, record: dict[str, Any]) -> Experiment:
    """A new experiment, or the one of the same that was stopped."""
    path = trial.path
    for part in ("train", "test"):
        trial.part(part)
    if not (path / RECORD).is_file():
        if path.exists() and any(path.iterdir()):
            raise RunRefused(
                "The folder for the experiment is not empty.",
                where=str(path),
                remedy="Name a new one.",
            )
        path.mkdir(parents=True, exist_ok=True)
        write_json(path / RECORD, record)
        return Experiment.open(path)
    found = Experiment.open(path)
    if found.complete:
        raise RunRefused(
            "This experiment is already complete.", where=str(path), remedy="Name a new one."
        )
    asked = json.loads(json.dumps(record))
    identity = ("sets", "losses", "model", "settings", "seeds", "dataset", "split")
    before = {"losses": {}, **found.record}
    changed = [name for name in identity if before.get(name) != asked[name]]
    if changed:
        raise RunRefused(
            f"A stopped experiment of this name has another {' and '.join(changed)}.",
            where=str(path),
            safe="It is unchanged.",
            remedy="Go on with what it was started with, or name a new one.",
        )
    return found


def _kept_targets(found: Experiment, name: str, targets: Targets) -> Targets:
    """The targets of the experiment's beginning, whatever was decided since."""
    file = found.path / f"targets-{list(found.sets).index(name)}.npz"
    if not file.is_file():
        if digest_of(targets) != found.record["targets"][name]:
            raise RunRefused(
                f"The targets “{name}” have changed since the experiment was begun.",
                where=str(found.path),
                remedy="Name a new experiment.",
            )
        with replaced(file) as temporary, temporary.open("wb") as out:
            np.savez(
                out, values=targets.values, weight=targets.weight,
                source=targets.source.astype(str),
            )  # fmt: skip
        return targets
    try:
        with np.load(file, allow_pickle=False) as kept:
            return replace(
                targets, values=kept["values"], weight=kept["weight"],
                source=strings(map(str, kept["source"])),
            )  # fmt: skip
    except (OSError, ValueError, KeyError) as error:
        raise RunRefused(
            f"The targets of the experiment {found.name!r} cannot be read: {error}.",
            where=str(file),
            remedy="Run the experiment again under another name.",
        ) from error
