"""Run folders: what a training run leaves behind, and how it is read without a model library.

run.json         what was trained on what, with which settings; status running or complete
log.jsonl        one line per evaluation
ids.json         the N sample ids, the rows of every evaluation
evaluations/     <step>.npy, (N, K) float32 logits of all samples
lock             held while it is trained
checkpoint/      only while running: what a run that was stopped goes on from
model/           the best weights, their tokenizer, labelviz.json and a model card
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from labelviz.core.arrays import Floats, Integers, Strings, strings
from labelviz.core.dataset import Dataset
from labelviz.core.distributions import Probabilities, Provenance
from labelviz.core.files import write_text
from labelviz.core.groups import split_fingerprint
from labelviz.core.memorisation import Watched
from labelviz.core.settings import CROSS_ENTROPY, LOSSES, TrainSettings
from labelviz.errors import RequestRefused, RunRefused, in_words
from labelviz.models.predict import to_probabilities
from labelviz.processes import locked

RUN, LOG, IDS, EVALUATIONS, CHECKPOINT, MODEL, LOCK = (
    "run.json", "log.jsonl", "ids.json", "evaluations", "checkpoint", "model", "lock",
)  # fmt: skip
# What reading a file that is not what labelviz wrote may raise.
# The largest number in a record or a log: beyond it not every table holds a whole one.
MOST = 2**53
DAMAGE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, RequestRefused)
# What a comparison says of how a run was made.
TOLD = (
    "model", "model_hash", "settings", "loss", "precision", "policy", "targets", "reviewed",
    "dataset", "split", "splits", "versions", "hardware", "started", "finished",
)  # fmt: skip
RUNNING, COMPLETE = "running", "complete"


@dataclass(frozen=True, eq=False)
class Run:
    """A training run on disk.

    Parameters
    ----------
    path : its folder.
    record : what run.json says.
    rows : the log, one mapping per evaluation, oldest first: step, epoch, train_loss,
        `<split>_nll` (nats) and `<split>_accuracy` against the given labels, train_kl and
        validation_kl against the targets, selection_nll (validation, after review; training stops
        and the best step is chosen by it), all (whether all samples were judged), seconds.
    """

    path: Path
    record: Mapping[str, Any]
    rows: tuple[Mapping[str, Any], ...]

    @classmethod
    def open(cls, path: str | Path) -> Run:
        """Read a run folder, complete or not.

        Raises
        ------
        RunRefused : no run folder, or one that cannot be read.
        """
        path = Path(path)
        record = _read(path / RUN)
        try:
            log = path / LOG
            lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
            run = cls(path, record, tuple(json.loads(line) for line in lines))
            _ = run.noise
            if run.loss not in LOSSES:
                raise ValueError("there is no such loss")
            settings = vars(run.settings).values()
            if not all(isinstance(each, str) or abs(each) <= MOST for each in settings):
                raise ValueError("a setting is out of range")
            for row in run.rows:
                _check_row(row)
        except DAMAGE as error:
            raise _unreadable(path, error) from error
        return run

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.path.name

    @property
    def settings(self) -> TrainSettings:
        """How it was trained."""
        known = {each.name for each in fields(TrainSettings)}
        return TrainSettings(**{k: v for k, v in self.record["settings"].items() if k in known})

    @property
    def loss(self) -> str:
        """The loss against its targets, a word of `labelviz.core.settings.LOSSES`."""
        return str(self.record.get("loss", CROSS_ENTROPY))

    @property
    def noise(self) -> Floats | None:
        """How often each class was given for another when it began; None where no loss asks."""
        return noise_in(self.record)

    @property
    def dataset(self) -> str:
        """Fingerprint of the dataset."""
        return str(self.record["dataset"])

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names, the columns of the logits."""
        return tuple(self.record["classes"])

    @property
    def multilabel(self) -> bool:
        """Whether cells are independent."""
        return bool(self.record["multilabel"])

    @property
    def policy(self) -> str:
        """The recipe of the targets."""
        return str(self.record["policy"])

    @property
    def scale(self) -> tuple[Floats, Floats] | None:
        """(K,) and (K,) what its targets make of classes that are not there, and that are there;
        None where they are not soft, or it was not noted yet."""
        return scale_in(self.record.get("scale"))

    @property
    def made(self) -> dict[str, Any]:
        """What it rests on, for whoever wants to do it again."""
        return {name: self.record[name] for name in TOLD if name in self.record}

    @property
    def status(self) -> str:
        """The word running or complete; a run that was stopped says running."""
        return str(self.record["status"])

    @property
    def complete(self) -> bool:
        """Whether the run ended and its model is there."""
        return self.status == COMPLETE

    @property
    def best_step(self) -> int:
        """The step with the lowest selection_nll so far, the first of equals."""
        if not self.rows:
            raise RunRefused("The run has no evaluation yet.", where=str(self.path))
        return int(min(self.rows, key=lambda row: row["selection_nll"])["step"])

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps at which samples were judged."""
        return tuple(int(row["step"]) for row in self.rows)

    @property
    def whole_steps(self) -> tuple[int, ...]:
        """Those at which all samples were."""
        if not self.settings.judge_all:
            return ()
        return tuple(int(row["step"]) for row in self.rows if row.get("all", True))

    @property
    def model(self) -> Path:
        """Folder of the best model.

        Raises
        ------
        RunRefused : the run is not complete.
        """
        self.check_complete()
        return self.path / MODEL

    def check_complete(self) -> None:
        """Raise RunRefused if the run has not ended."""
        if not self.complete:
            raise RunRefused(
                f"The run {self.name!r} is not complete.",
                where=str(self.path),
                remedy="Train again into the same folder; it goes on where it stopped.",
            )

    @cached_property
    def ids(self) -> Strings:
        """(N,) sample ids, the rows of the logits."""
        try:
            return strings(json.loads((self.path / IDS).read_text(encoding="utf-8")))
        except DAMAGE as error:
            raise RunRefused(f"{IDS} cannot be read.", where=str(self.path)) from error

    def logits(self, step: int) -> npt.NDArray[np.float32]:
        """(N, K) logits of all samples at one of `steps`.

        Raises
        ------
        RunRefused : there is no such evaluation.
        """
        file = self.path / EVALUATIONS / evaluation_name(step)
        try:
            values: npt.NDArray[np.float32] = np.load(file, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise RunRefused(
                f"The run has no evaluation at step {step}.",
                where=str(file),
                remedy=f"Choose one of {', '.join(map(str, self.steps))}.",
            ) from error
        return values

    def watched(self, rows: Integers) -> Watched:
        """How it went, and what it said of some samples, by their rows; at least one evaluation.

        Raises
        ------
        RunRefused : there is no evaluation, or one is missing or damaged.
        """
        if not self.rows:
            raise RunRefused("The run has no evaluation yet.", where=str(self.path))
        logits = []
        for step in self.steps:
            judged = self.logits(step)
            if judged.shape != (len(self.ids), len(self.classes)):
                raise RunRefused(
                    f"The evaluation at step {step} is not of all samples and classes.",
                    where=str(self.path),
                )
            logits.append(judged[rows].astype(np.float64))

        def losses(name: str) -> Floats:
            return np.array([row.get(name, np.nan) for row in self.rows], dtype=np.float64)

        return Watched(
            losses("epoch"), np.stack(logits), self.steps.index(self.best_step),
            losses("train_kl"), losses("validation_kl"),
        )  # fmt: skip

    def all_logits(self, ids: Strings) -> npt.NDArray[np.float64]:
        """(S, N, K) logits at all of `whole_steps`, with the rows of these sample ids.

        Raises
        ------
        RunRefused : the run judged other samples, or an evaluation is missing or damaged.
        """
        places = {sample: row for row, sample in enumerate(self.ids)}
        rows = np.array([places.get(sample, -1) for sample in ids])
        if len(places) != len(ids) or (rows < 0).any():
            raise RunRefused("The run judged other samples.", where=str(self.path))
        values = np.empty((len(self.whole_steps), len(ids), len(self.classes)))
        for place, step in enumerate(self.whole_steps):
            judged = self.logits(step)
            if judged.shape != values.shape[1:]:
                raise RunRefused(
                    f"The evaluation at step {step} is not of all samples and classes.",
                    where=str(self.path),
                )
            values[place] = judged[rows]
        return values

    def probabilities(self, step: int | None = None) -> Probabilities:
        """The opinion about all samples at a step, by default the best; in-sample for most.

        Raises
        ------
        RunRefused : there is no such evaluation, or it did not judge all samples.
        """
        if not self.settings.judge_all:
            raise RunRefused(
                "The run judged only its validation samples.",
                where=str(self.path),
                remedy="Predict with its model.",
            )
        step = self.best_step if step is None else step
        provenance = Provenance("in-sample", f"run {self.name}, step {step}", dataset=self.dataset)
        values = to_probabilities(self.logits(step), multilabel=self.multilabel)
        return Probabilities(values, self.classes, self.ids, self.multilabel, provenance)

    def check_belongs_to(self, dataset: Dataset) -> None:
        """Raise RunRefused if the run was trained on another version of the dataset, or split."""
        same_split = self.record.get("split") == split_fingerprint(dataset)
        if self.dataset == dataset.fingerprint and same_split:
            return
        what = (
            f"The run's classes {in_words(self.classes)} are not the dataset's, which are "
            f"{in_words(dataset.classes)}."
            if self.classes != dataset.classes
            else "The run was trained on another version of the dataset, or on another split."
        )
        raise RunRefused(what, where=str(self.path), remedy="Train again on this dataset.")


def scale_in(said: object) -> tuple[Floats, Floats] | None:
    """What a record says of how soft targets are; None where they are not, or it says nothing."""
    if not isinstance(said, list) or len(said) != 2:
        return None
    low, high = (np.array(each, dtype=np.float64) for each in said)
    return None if (low == 0).all() and (high == 1).all() else (low, high)


def evaluation_name(step: int) -> str:
    """File name of the logits at a step."""
    return f"{step:06d}.npy"


@contextmanager
def alone(lock: Path, path: Path) -> Iterator[None]:
    """Nobody else trains into a folder meanwhile.

    Parameters
    ----------
    lock : the file that stands for it.
    path : the folder, for the message.

    Raises
    ------
    RunRefused : somebody does, or the folder takes no file.
    """
    with ExitStack() as held:
        try:
            held.enter_context(locked(lock, wait=False))
        except BlockingIOError as error:
            raise RunRefused(
                f"Another training into {path.name} is running.",
                where=str(path),
                safe="It goes on; this one changed nothing.",
                remedy="Wait until it ends, or cancel it.",
            ) from error
        except OSError as error:
            raise _not_written(path, error) from error
        yield


def check_free(path: Path) -> None:
    """Raise RunRefused if a folder holds anything but a run, or the beginning of one."""
    if (path / RUN).is_file() or not path.exists():
        return
    if not path.is_dir() or not _barely_begun(path):
        raise RunRefused(
            "The folder for the run is not empty.", where=str(path), remedy="Name a new folder."
        )


def begin(path: Path, record: Mapping[str, Any], ids: Strings) -> Run:
    """Start a run in an empty or new folder, or find the one that was stopped there.

    Raises
    ------
    RunRefused : the folder holds something else, a complete run, or one of other data or settings;
        or it cannot be written.
    """
    if (path / RUN).is_file():
        run = Run.open(path)
        _check_same(run, record)
        return run
    check_free(path)
    try:
        (path / EVALUATIONS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_written(path, error) from error
    write_text(path / IDS, json.dumps(list(ids), ensure_ascii=False))
    write_record(path, record)
    return Run.open(path)


def _not_written(path: Path, error: OSError) -> RunRefused:
    return RunRefused(
        f"The run {path.name} cannot be written: {error.strerror or error}.",
        where=str(path),
        remedy="Check the folder and the disk.",
    )


def _barely_begun(path: Path) -> bool:
    """Whether a folder holds at most what a run that was killed before its record had written."""
    evaluations = path / EVALUATIONS
    judged = evaluations.is_dir() and any(evaluations.iterdir())
    return not judged and all(
        each.name in (EVALUATIONS, IDS, LOCK) or each.name.startswith((f".{IDS}.", f".{RUN}."))
        for each in path.iterdir()
    )


def noise_in(record: Mapping[str, Any]) -> Floats | None:
    """How often each class is given for another, as a record has it."""
    said = record.get("noise")
    return None if said is None else np.array(said, dtype=float)


def _check_same(run: Run, record: Mapping[str, Any]) -> None:
    if run.complete:
        raise RunRefused(
            "This run is already complete.", where=str(run.path), remedy="Name a new folder."
        )
    said = record, {**run.record, "settings": run.settings}
    new, old = (plain({"loss": CROSS_ENTROPY, **each}) for each in said)
    identity = ("dataset", "classes", "targets", "model_hash", "settings", "split", "loss", "noise")
    changed = [name for name in identity if old.get(name) != new.get(name)]
    if changed:
        raise RunRefused(
            f"The folder holds a stopped run of another {' and '.join(changed)}.",
            where=str(run.path),
            safe="The stopped run is unchanged.",
            remedy="Go on with what it was started with, or name a new folder.",
        )


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write run.json in one piece."""
    write_text(path / RUN, json.dumps(plain(record), ensure_ascii=False, indent=2) + "\n")


def plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record as JSON has it."""
    settings = record["settings"]
    return {
        **record,
        "settings": asdict(settings) if isinstance(settings, TrainSettings) else settings,
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        named = {"settings", "dataset", "status", "classes", "multilabel", "policy"}
        whole = isinstance(record, dict) and named <= record.keys()
        if not (whole and isinstance(record["settings"], dict) and _names(record["classes"])):
            raise ValueError("it is not what labelviz writes")
    except DAMAGE as error:
        raise _unreadable(path, error) from error
    return dict(record)


def _names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _check_row(row: Mapping[str, Any]) -> None:
    """Raise ValueError, TypeError or KeyError unless a line of the log is an evaluation."""
    numbers = (row["step"], row["selection_nll"], row.get("epoch", 0))
    if not (isinstance(row["step"], int) and all(abs(each) <= MOST for each in numbers)):
        raise ValueError("a line of the log is no evaluation")


def _unreadable(path: Path, error: Exception) -> RunRefused:
    return RunRefused(
        f"There is no run here that can be read: {str(error) or type(error).__name__}.",
        where=str(path),
        remedy="Name the folder of a run that the Retrain page or `labelviz train` made.",
    )
