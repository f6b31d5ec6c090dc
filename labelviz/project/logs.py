"""Logs: how a training judged every sample, epoch by epoch; of a run here, or from elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.difficulty import DataMap, data_map
from labelviz.core.evidence import TrainingLog
from labelviz.core.metrics import Collapse, unlearned
from labelviz.core.progress import Report, silent
from labelviz.core.reference import has_label
from labelviz.core.scores import softmax
from labelviz.core.settings import TrainSettings
from labelviz.errors import LabelvizError, RunRefused, unharmed
from labelviz.processes import changing
from labelviz.project.data import Data, of_one_dataset
from labelviz.project.folder import STANDS, Folder, free_name
from labelviz.project.runs import RUN_RECORD, RUNS, Runs
from labelviz.tables import keep
from labelviz.tables.training_logs import read_training_log

LOGS = "training-logs"


@dataclass(frozen=True, eq=False)
class Logs:
    """What was seen while a model was trained.

    Parameters
    ----------
    folder : of the workspace.
    data : the dataset they have to be about.
    runs : trainings here, which keep logs of their own.
    """

    folder: Folder
    data: Data
    runs: Runs

    @property
    @of_one_dataset
    def in_use(self) -> str | None:
        """The file of the training log in use; None where no training on these labels was logged.

        The newest log that was kept, else the latest complete run that judged all samples. One that
        cannot be read is passed over, and `damaged` names it.
        """
        maps = ((name, self._map_of(name)) for name in self._on_these_labels())
        return next((name for name, found in maps if isinstance(found, DataMap)), None)

    @property
    @of_one_dataset
    def damaged(self) -> tuple[LabelvizError, ...]:
        """Why logs, and runs that would be logs, cannot be read."""
        found: list[LabelvizError] = []
        openers: list[Callable[[], object]] = [
            *(partial(self._dataset_of, name) for name in self._kept),
            *(partial(self.runs.open, name) for name in self.runs.names),
        ]
        for look in openers:
            try:
                look()
            except LabelvizError as error:
                found.append(error)
        maps = (self._map_of(name) for name in self._on_these_labels())
        return (*found, *(each for each in maps if isinstance(each, LabelvizError)))

    @property
    def log(self) -> TrainingLog | None:
        """The training log in use, if any."""
        name = self.in_use
        return None if name is None else self._read(name)

    @property
    @of_one_dataset
    def data_map(self) -> DataMap | None:
        """How the given labels were learned in the training in use; None where none was logged."""
        name = self.in_use
        found = None if name is None else self._map_of(name)
        return found if isinstance(found, DataMap) else None

    @unharmed(STANDS)
    def read_file(self, file: Path | str) -> TrainingLog:
        """Keep the log of a training elsewhere on these labels, for the flags to come.

        Parameters
        ----------
        file : a table with id, epoch or step and a column of logits per class, or the JSON lines of
            Dataset Cartography, all in one file or a folder of them.

        Raises
        ------
        InputRefused : it cannot be read. TrainingLogRefused : it is not about this dataset.
        """
        path, dataset = Path(file), self.data.dataset
        log = read_training_log(path, dataset)
        folder = self.folder.path / LOGS
        with changing(folder):
            taken = {each.stem for each in folder.glob("*.npz")}
            name = free_name(taken, path.stem, "training-log")
            keep.write_training_log(folder / f"{name}.npz", log, dataset)
        return log

    @unharmed(STANDS + " Checkpoints are kept.")
    def train_with_threshold(
        self, model: str, name: str, settings: TrainSettings, report: Report = silent
    ) -> TrainingLog:
        """Train twice with some samples in a fake class and keep the log, but no model.

        Called again after an interruption it goes on where it was.

        Raises
        ------
        RunRefused : a log of this name is kept already, or the labels allow no fake class.
        """
        from labelviz.models.threshold_class import log_with_threshold

        work = self.folder.path / LOGS / self.runs.path(name).name
        path = work.with_name(f"{name}.npz")
        if path.exists():
            raise RunRefused(
                f"There is a training log {name!r} already.",
                where=str(path),
                remedy="Choose another name.",
            )
        dataset = self.data.dataset
        log = log_with_threshold(dataset, model, work, settings, report)
        keep.write_training_log(path, log, dataset)
        shutil.rmtree(work, ignore_errors=True)
        return log

    @property
    def _kept(self) -> list[str]:
        """The files of logs that were kept, the newest first."""
        kept = (self.folder.path / LOGS).glob("*.npz")
        files = sorted(kept, key=lambda file: file.lstat().st_mtime_ns, reverse=True)
        return [f"{LOGS}/{file.name}" for file in files]

    def _dataset_of(self, name: str) -> str:
        return self.folder.read(name, keep.dataset_logged, "about")

    def _on_these_labels(self) -> Iterator[str]:
        """The files of all logs on the dataset as it is, the one to use first."""
        dataset = self.data.dataset
        for name in self._kept:
            with suppress(LabelvizError):
                if self._dataset_of(name) == dataset.fingerprint:
                    yield name
        for name in reversed(self.runs.names):
            with suppress(LabelvizError):
                run = self.runs.open(name)
                fits = run.complete and run.dataset == dataset.fingerprint
                if fits and run.settings.judge_all and run.classes == dataset.classes:
                    yield f"{RUNS}/{name}/{RUN_RECORD}"

    def _map_of(self, name: str) -> DataMap | LabelvizError:
        """The data map of a log, or why there is none."""

        def read(_: Path) -> DataMap | LabelvizError:
            try:
                logits = self._read(name).logits
            except LabelvizError as error:
                return error
            collapse = self._collapse(logits)
            if collapse is not None:
                return RunRefused(
                    f"This training learned nothing, so that it tells no label from another. "
                    f"{collapse.words}",
                    where=name,
                    remedy="Train for more epochs or at a higher learning rate.",
                )
            return data_map(self.data.dataset.given, logits)

        return self.folder.read(name, read, "map", self.data.version)

    def _collapse(self, logits: Floats) -> Collapse | None:
        """That the model of a log (T, N, K) answered one thing at the end; None if it did not."""
        dataset = self.data.dataset
        last = logits[-1, :, : dataset.n_classes]
        rows = np.flatnonzero(has_label(dataset.given) & np.isfinite(last).all(axis=1))
        # Whether a label is said depends on the side of 0; how surely does not matter here.
        p = (last[rows] >= 0).astype(float) if dataset.multilabel else softmax(last[rows])
        found = unlearned(p, dataset.given[rows], dataset.classes, dataset.task)
        return found if found is not None and (found.only or dataset.multilabel) else None

    def _read(self, name: str) -> TrainingLog:
        path = self.folder.path / name
        if path.suffix == ".npz":
            return keep.read_training_log(path)
        run = self.runs.open(path.parent.name)
        return TrainingLog(run.all_logits(self.data.dataset.ids), run.name)
