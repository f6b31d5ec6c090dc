"""Workspace: one folder is one project; command line and web page do everything through it."""

from __future__ import annotations

import dataclasses
import itertools
import re
import shutil
import threading
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import cached_property, wraps
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import numpy as np

from labelviz.core.agreement import Agreement, agreement
from labelviz.core.alarm import FEWEST, alarm_sample, in_sample_alarm
from labelviz.core.arrays import Booleans, Floats, Strings, strings
from labelviz.core.calibration import calibrated
from labelviz.core.comparison import Comparison, compare
from labelviz.core.dataset import Dataset
from labelviz.core.decisions import Decision, Review, check_decision, fits, is_about
from labelviz.core.difficulty import DataMap, data_map
from labelviz.core.distributions import Probabilities, Targets
from labelviz.core.draws import Counted, Draws
from labelviz.core.evidence import (
    Embeddings,
    Evidence,
    TrainingLog,
    Verdicts,
    controls,
)
from labelviz.core.files import (
    make_folder,
    not_written,
    put,
    read_json,
    remove_abandoned,
    sha256,
    sync_tree,
    write_json,
)
from labelviz.core.line import line, predicted_labels, unanswerable, waiting
from labelviz.core.noise import NoiseMatrix, counted
from labelviz.core.policies import (
    SOFT,
    Policy,
    Shape,
    parse_policy,
    settled,
    with_decisions,
)
from labelviz.core.progress import Report, silent
from labelviz.core.queue import Queue
from labelviz.core.rates import ErrorRates, rates
from labelviz.core.settings import (
    CURRENT,
    FOLDS,
    HARD,
    OVERLAP,
    SEED,
    TRAINING,
    FoldTraining,
    ModelUse,
    TrainSettings,
)
from labelviz.core.statuses import CODES, UNKNOWN, Statuses, true_labels
from labelviz.core.suspicion import Suspicion
from labelviz.errors import (
    ColumnRefused,
    FlagsRefused,
    LabelsRefused,
    NotSaved,
    RequestRefused,
    RunRefused,
    StepMissing,
    WorkspaceRefused,
    unharmed,
)
from labelviz.processes import changing, let_go, locked, take
from labelviz.store import DecisionStore, address_of, settings_of
from labelviz.store.leases import deal
from labelviz.tables import export, keep
from labelviz.tables.columns import Columns
from labelviz.tables.load import load_dataset, supplied_probabilities
from labelviz.tables.opinions import read_probability_file, read_truth
from labelviz.tables.options import Reading, ReadOptions
from labelviz.tables.read import read_table
from labelviz.tables.remember import remember
from labelviz.tables.report import ImportReport, note, write_quarantine
from labelviz.tables.table import Note, Table
from labelviz.tables.training_logs import read_training_log

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from labelviz.detectors.neighbours import Similar
    from labelviz.detectors.own import Function
    from labelviz.models.runs import Run

Value = TypeVar("Value")
Asked = ParamSpec("Asked")
MARK = "workspace.json"
DATA, SOURCE, OPINIONS = "data", "source", "probabilities"
LOADING = ".loading.lock"
ABOUT, ORIGINAL = "dataset.json", "original.parquet"
OPINIONS_KEPT = "all_probabilities"
"""Under which name the state lists all probabilities."""
ONCE_HERE = (ABOUT, "dataset.parquet", "original.parquet", "quarantine.csv")
"""What labelviz 0.1 kept in the workspace's own folder, of the one dataset."""
LOGS = "training-logs"
LONGEST_FILTER_NAME = 100
STANDS = "What was there before stands."
COMPARED, PAIRS_COMPARED = 2_000, 1_000
"""Samples that the in-sample alarm compares, few enough to take seconds."""
MOST_FOR_LSA = 200_000
"""Samples beyond which neighbours need an encoder's embeddings."""


@dataclass(frozen=True, eq=False)
class Moment:
    """What holds in a workspace at one moment, so that all that is made of it agrees.

    Parameters
    ----------
    review : the dataset and the decisions on it.
    shape : what the policy makes of its labels.
    pool : whether all answers together make the target of a disputed sample.
    probabilities : name of those in use, if any.
    """

    review: Review
    shape: Shape
    pool: bool
    probabilities: str | None

    @cached_property
    def targets(self) -> Targets:
        """The targets with decisions on top."""
        return with_decisions(self.shape, self.review, pool=self.pool)


def of_one_dataset(
    method: Callable[Concatenate[Workspace, Asked], Value],
) -> Callable[Concatenate[Workspace, Asked], Value]:
    """A method of a workspace whose whole answer is about one dataset, though it reads many files.

    It is asked again where the dataset was replaced meanwhile, whether it answered or failed: what
    it read then was of both. It must only read, and take seconds at most.
    """

    @wraps(method)
    def whole(self: Workspace, /, *args: Asked.args, **named: Asked.kwargs) -> Value:
        while True:
            dataset = self.dataset
            try:
                answer = method(self, *args, **named)
            except Exception:
                if self.dataset is dataset:
                    raise
                continue
            if self.dataset is dataset:
                return answer

    return whole


class Workspace:
    """A project on disk.

    Safe to share between threads. A value is read once, and again when its file has changed.

    Parameters
    ----------
    path : the workspace's folder.

    Raises
    ------
    WorkspaceRefused : the folder is not a workspace.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).resolve()
        if not (self.path / MARK).is_file():
            raise WorkspaceRefused(
                f"{self.path.name} is not a labelviz workspace.",
                where=str(self.path),
                remedy="Load a file on the Data page, or with "
                "`labelviz load WORKSPACE FILE --text COL --label COL`.",
            )
        self._values: dict[Path, tuple[tuple[object, ...], Any]] = {}
        self._lock = threading.RLock()
        self._store: DecisionStore | None = None
        self._review: Review | None = None
        self._statuses: Statuses | None = None
        self._touched: set[str] = set()
        self._vectors: tuple[object, npt.NDArray[np.float32]] | None = None
        self._rates: tuple[tuple[object, ...], ErrorRates | None] | None = None
        self._decided: tuple[Dataset, int, npt.NDArray[np.int64]] | None = None
        self._shape: tuple[tuple[str, str | None], Shape] | None = None

    @classmethod
    def create(cls, path: Path | str) -> Workspace:
        """The workspace at a path, made if there is nothing yet.

        Raises
        ------
        WorkspaceRefused : the folder holds something else.
        """
        folder = Path(path).resolve()
        if (folder / MARK).is_file():
            return cls(folder)
        if folder.exists() and (not folder.is_dir() or not _holds_nothing(folder)):
            raise WorkspaceRefused(
                f"{folder.name} exists and is not a labelviz workspace.",
                where=str(folder),
                safe="It was left as it is.",
                remedy="Choose a new folder.",
            )
        with changing(folder / MARK):
            if not (folder / MARK).is_file():
                new = {"labelviz": version("labelviz"), "policy": "hard", OPINIONS_KEPT: []}
                write_json(folder / MARK, new)
        return cls(folder)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    # Read

    @property
    def loaded(self) -> bool:
        """Whether there is a dataset."""
        return DATA in self._state or (self.path / ABOUT).is_file()

    @property
    def dataset(self) -> Dataset:
        """The dataset.

        Raises
        ------
        StepMissing : nothing was loaded yet.
        """
        if not self.loaded:
            raise StepMissing(
                "This workspace has no dataset yet.",
                where=str(self.path),
                remedy="Run `labelviz load`, or use the Data page.",
            )
        return self._of_data(ABOUT, lambda path: keep.read_dataset(path.parent))

    @property
    def import_report(self) -> ImportReport:
        """What became of every row of the file that was loaded."""
        return ImportReport.from_json(self._about["report"])

    @property
    def quarantine(self) -> Path:
        """The file of the rows that were set aside."""
        return self._data / "quarantine.csv"

    @property
    def columns(self) -> Columns:
        """Which column of the file meant what."""
        return Columns.from_json(self._about["columns"])

    @property
    def read_options(self) -> ReadOptions:
        """How the file was read, with what was found out; empty for what nobody recorded."""
        kept = self._about.get("options", {})
        return ReadOptions(**{**kept, "skip": tuple(kept.get("skip", ()))})

    @property
    @of_one_dataset
    def file_version(self) -> str:
        """What changes when another file is loaded, or the same one is read in another way."""
        return f"{self.import_report.sha256} {self.read_options}"

    @property
    def original(self) -> pd.DataFrame:
        """The accepted rows with every column of the file, as text."""
        import pandas as pd

        return pd.DataFrame(self._of_data(ORIGINAL, keep.read_columns, kept=False))

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns of the file."""
        return self._of_data(ORIGINAL, keep.column_names, kept=False)

    def column(self, name: str) -> Strings:
        """(N,) one column of the file, as text; empty where a cell is missing.

        Raises
        ------
        ColumnRefused : there is no such column.
        """
        if name not in self.column_names:
            raise ColumnRefused(f"There is no column {name!r}.", where=str(self._data / ORIGINAL))
        cells = self._of_data(ORIGINAL, lambda path: keep.read_columns(path, [name]), kept=False)
        return strings(cell or "" for cell in cells[name])

    @property
    def probability_names(self) -> tuple[str, ...]:
        """Names of all probabilities that fit the dataset as it is, oldest first."""
        mine = self.dataset.fingerprint
        return tuple(name for name in self._opinions if self._dataset_of(name) == mine)

    @property
    def current_probabilities(self) -> str | None:
        """Name of the probabilities in use."""
        name = self._state.get("probabilities")
        return name if name in self.probability_names else None

    @of_one_dataset
    def probabilities(self, name: str | None = None) -> Probabilities:
        """Probabilities by name, by default those in use, aligned to the dataset.

        Raises
        ------
        StepMissing : there are none.
        """
        name = name or self.current_probabilities
        if name is None or name not in self.probability_names:
            stale = name is not None and name in self._opinions
            raise StepMissing(
                "There are no probabilities for this dataset yet."
                if name is None
                else f"The probabilities {name!r} belong to another version of this dataset."
                if stale
                else f"There are no probabilities called {name!r}.",
                where=str(self.path),
                remedy="Get some on the Data page, or with `labelviz predict`.",
            )
        return self._read(
            f"{OPINIONS}/{name}.parquet",
            lambda path: keep.read_probabilities(path).aligned(self.dataset),
            of_data=True,
        )

    @of_one_dataset
    def all_probabilities(self) -> dict[str, Probabilities]:
        """All probabilities that fit the dataset as it is, by name, oldest first.

        Those of another version of the dataset are not among them.
        """
        return {name: self.probabilities(name) for name in self.probability_names}

    @property
    @of_one_dataset
    def suspicion(self) -> Suspicion | None:
        """The latest flags; None where the dataset was not checked as it is, or where refused."""
        found = self._flags
        if found is None or isinstance(found, FlagsRefused):
            return None
        return found if self._is_about_dataset(found) else None

    @property
    def flags_refused(self) -> FlagsRefused | None:
        """Why the latest flags cannot be read; None where they can, or there are none."""
        found = self._flags
        return found if isinstance(found, FlagsRefused) else None

    @property
    def policy(self) -> Policy:
        """The policy that shapes targets."""
        return parse_policy(self._state.get("policy", "hard"))

    @property
    def review(self) -> Review:
        """What holds after all decisions so far, for the dataset as it is."""
        with self._lock:
            dataset = self.dataset
            if self._review is None or self._review.dataset is not dataset:
                self._review, self._statuses, self._touched = Review(dataset), None, set()
            changes = self.store.changes(after=self._review.sequence)
            if changes.sequence > self._review.sequence:
                self._review = self._review.after(changes)
                self._touched |= changes.samples.keys()
            return self._review

    @property
    def filters(self) -> dict[str, Queue]:
        """Queues that somebody saved for everybody, by name."""
        saved: dict[str, dict[str, str]] = self._state.get("filters", {})
        return {name: Queue.from_query(query) for name, query in saved.items()}

    def save_filter(self, name: str, queue: Queue) -> None:
        """Save a queue under a name; what stood there before is replaced.

        Raises
        ------
        RequestRefused : the name is longer than any that is kept.
        """
        if len(name) > LONGEST_FILTER_NAME:
            raise RequestRefused(
                f"The name has over {LONGEST_FILTER_NAME} characters.",
                field="name",
                remedy="Use a shorter one.",
            )
        self._change_state(filters=lambda saved: {**(saved or {}), name: queue.to_query()})

    def forget_filter(self, name: str) -> None:
        """Remove a saved queue."""
        self._change_state(
            filters=lambda saved: {each: q for each, q in (saved or {}).items() if each != name}
        )

    @property
    def reviewed(self) -> tuple[Review, Statuses]:
        """What holds, and where every sample stands, both after the same decisions.

        After a decision only its sample is looked at again.
        """
        with self._lock:
            review = self.review
            before = self._statuses
            now = Statuses.of(review) if before is None else before.after(review, self._touched)
            self._statuses, self._touched = now, set()
            return review, now

    @property
    def statuses(self) -> Statuses:
        """Where every sample stands."""
        return self.reviewed[1]

    @property
    def store(self) -> DecisionStore:
        """The decisions on disk."""
        with self._lock:
            if self._store is None:
                self._store = DecisionStore(address_of(self.path), self.path)
            return self._store

    @property
    def run_names(self) -> tuple[str, ...]:
        """Names of all training runs, oldest first."""
        files = sorted(self.path.glob("runs/*/run.json"), key=lambda file: file.stat().st_ctime_ns)
        return tuple(file.parent.name for file in files)

    def run(self, name: str) -> Run:
        """A training run by name.

        Raises
        ------
        RunRefused : there is no such run, or it is damaged.
        """
        from labelviz.models.runs import Run

        return Run.open(self._run_folder(name))

    # Act

    @unharmed("The dataset and its decisions were left as they are.")
    def load(
        self,
        file: Path | str,
        columns: Columns,
        options: ReadOptions = ReadOptions(),  # noqa: B008 - frozen
        *,
        replace: bool = False,
        table: Table | None = None,
    ) -> ImportReport:
        """Read a file into the dataset; keep its bytes, and all original columns beside it.

        Soft labels of a first file make `given` the policy; ready-made probabilities become the
        ones in use. The mapping is remembered beside the workspace, for files with these columns.

        Parameters
        ----------
        file : CSV or other delimited text, JSON Lines, JSON, Parquet, Excel or a datasets folder.
        options : how to read it; found out where empty.
        replace : put a new dataset in place of another one. Decisions stay with the samples whose
            texts are as they were decided on; the others wait for review again.
        table : what was read from the file a moment ago, so that it is not read twice.

        Raises
        ------
        InputRefused : the file or its columns cannot be read as asked.
        WorkspaceRefused : the workspace holds another dataset, or decisions name a class that the
            new one lacks.
        """
        path = Path(file)
        table = table or read_table(path, options)
        read = export.as_exported(table.frame, columns)
        dataset, original, make_report = load_dataset(table, read)
        supplied = supplied_probabilities(original, dataset, columns, path.name)
        with self._staged() as folder:
            fresh = not self.loaded
            if not fresh:
                self._check_replaceable(dataset, replace)
            carried = [] if fresh else self._carried_over(dataset)
            with ThreadPoolExecutor(1) as beside:
                kept = beside.submit(
                    self._stage, folder, (path, table.sha256), (dataset, original), columns
                )
                report, _ = make_report(), dataset.content
                report = dataclasses.replace(report, notes=(*report.notes, *carried))
                source = kept.result()
            write_quarantine(folder / "quarantine.csv", report)
            about = {
                "report": report.as_json(),
                "columns": columns.as_json(),
                "source": source.name,
                "options": asdict(table.options),
            }
            keep.write_about(folder, dataset, about)
            changes: dict[str, Any] = {DATA: f"{DATA}/{folder.name}"}
            if dataset.soft is not None and fresh:
                changes["policy"] = SOFT
            if supplied is not None:
                supplied = self._with_alarm(supplied, dataset)
            self._publish(source, path.stem, supplied, changes)
        remember(map(str, table.frame.columns), columns, self.path.parent)
        return report

    @contextmanager
    def _staged(self) -> Iterator[Path]:
        """An empty folder for the next dataset; what is not published by the end is removed.

        Nobody else loads meanwhile. Datasets that were replaced, and what a load that was killed
        left behind, are removed as well.

        Raises
        ------
        WorkspaceRefused : somebody else loads, or the folder cannot be written.
        """
        with self._loading():
            self._remove_unused()
            number = 1 + int(Path(self._state.get(DATA, "0")).name)
            try:
                yield make_folder(self.path / DATA / str(number))
            finally:
                self._remove_unused()

    @contextmanager
    def _loading(self) -> Iterator[None]:
        try:
            lock = take(self.path / LOADING, wait=False)
        except BlockingIOError as error:
            raise WorkspaceRefused(
                "Another load is running in this workspace.",
                where=str(self.path),
                safe="This one changed nothing.",
                remedy="Wait until it ends, then load again.",
            ) from error
        except OSError as error:
            raise not_written(self.path, error) from error
        try:
            yield
        finally:
            let_go(lock)

    def _remove_unused(self) -> None:
        """Remove all datasets but the one in use; a reader of one of them reads again."""
        now = self._data
        for each in (self.path / DATA).glob("*"):
            if each != now:
                shutil.rmtree(each, ignore_errors=True)
        if now != self.path:
            for name in ONCE_HERE:
                (self.path / name).unlink(missing_ok=True)
        remove_abandoned(self.path)

    def _stage(
        self, folder: Path, file: tuple[Path, str], read: tuple[Dataset, pd.DataFrame],
        columns: Columns,
    ) -> Path:  # fmt: skip
        """Put a file's bytes, its accepted rows and the samples into a folder; where the bytes are.

        Bytes that the workspace has already are where they were.
        """
        (path, sha256), (dataset, original) = file, read
        source = keep.keep_source(path, self.path / SOURCE, sha256, folder)
        cells = {str(name): original[name].array for name in original.columns}
        keep.write_columns(folder / ORIGINAL, cells)
        texts = [cells[name] for name in (columns.text, columns.text_b) if name]
        keep.write_samples(folder, dataset, texts)
        return source

    def _publish(
        self, source: Path, name: str, supplied: Probabilities | None, changes: dict[str, Any]
    ) -> None:
        """Make a staged dataset, with its probabilities and policy, the one in use, in one step."""
        sync_tree(self.path / changes[DATA])
        if source.parent != self.path / SOURCE:
            put(source, self.path / SOURCE / source.name)
        if supplied is None:
            self._change_state(**changes)
        elif (kept := self._kept_as(supplied)) is not None:
            self._change_state(probabilities=kept, **changes)
        else:
            self._keep_probabilities(name, supplied, changes)

    def discard_if_empty(self) -> None:
        """Remove the folder of a workspace into which nothing was loaded, and nobody loads now."""
        with suppress(OSError), ExitStack() as held:
            for lock in (LOADING, f".{MARK}.lock"):
                held.enter_context(locked(self.path / lock, wait=False))
            if not self.loaded and _holds_nothing(self.path, MARK, LOADING, DATA):
                shutil.rmtree(self.path)

    @unharmed(STANDS + " What was computed is kept for the next time.")
    def predict(
        self,
        model: str,
        report: Report = silent,
        use: ModelUse = ModelUse(),  # noqa: B008 - frozen
    ) -> str:
        """Probabilities of a classifier folder or hub id; returns their name.

        What was computed before is not computed again, that of a run that was stopped included.

        Parameters
        ----------
        use : the precision, and where samples are cut.

        Raises
        ------
        ModelRefused : the model cannot be loaded safely, or has other classes.
        JobRefused : another prediction with this model is running in the workspace.
        """
        from labelviz.models.folders import name_of
        from labelviz.models.predict import predict

        dataset = self.dataset
        values = predict(dataset, model, report, self.path / "cache", use)
        return self.add_probabilities(name_of(model), values, dataset)

    @unharmed(STANDS)
    def cross_validate(
        self,
        encoder: str | None = None,
        k: int = FOLDS,
        seed: int = SEED,
        report: Report = silent,
        use: ModelUse = ModelUse(),  # noqa: B008 - frozen
    ) -> str:
        """Out-of-fold probabilities; returns their name.

        Parameters
        ----------
        encoder : a folder or hub id for frozen embeddings; TF-IDF where None.
        use : the precision of the encoder, and where its texts are cut.
        """
        from labelviz.models.crossval import cross_validate
        from labelviz.models.folders import name_of

        name = f"cross-validation-{name_of(encoder)}" if encoder else "cross-validation"
        dataset = self.dataset
        values = cross_validate(dataset, k, seed, encoder, report, use)
        return self.add_probabilities(name, values, dataset)

    @unharmed(STANDS + " The folds that are finished are kept.")
    def fine_tune_folds(
        self,
        model: str,
        how: FoldTraining = FoldTraining(),  # noqa: B008 - frozen
        report: Report = silent,
    ) -> str:
        """Out-of-fold probabilities of a fine-tuned model; returns their name.

        Called again after an interruption it goes on where it was. When all folds are done their
        folder is removed, unless their models are to be kept.

        Raises
        ------
        RunRefused : the same is under way already.
        """
        from labelviz.models.fold_training import discard, fine_tune_folds
        from labelviz.models.folders import name_of

        dataset, work = self.dataset, self.path / "folds"
        values = fine_tune_folds(dataset, model, work, how, report)
        name = self.add_probabilities(f"fine-tuned-{name_of(model)}", values, dataset)
        if not how.keep_models:
            discard(values, dataset, work, how)
        return name

    @unharmed(STANDS)
    def predict_from_file(self, file: Path | str, reading: Reading | None = None) -> str:
        """Probabilities from a file, matched by id and class name; returns their name.

        The bytes of the file are kept as they came.
        """
        path, dataset = Path(file), self.dataset
        values = read_probability_file(path, dataset, reading)
        kept = keep.keep_source(path, self.path / SOURCE, sha256(path))
        provenance = replace(values.provenance, file=kept.name)
        return self.add_probabilities(path.stem, replace(values, provenance=provenance), dataset)

    def add_probabilities(
        self, name: str, probabilities: Probabilities, dataset: Dataset | None = None
    ) -> str:
        """Keep probabilities, and make them the ones in use; returns their name.

        Where the dataset was replaced while they were made they are kept, but not used.

        Parameters
        ----------
        dataset : what they are about, the one in use where None.
        """
        checked = self._with_alarm(probabilities, dataset or self.dataset)
        return self._keep_probabilities(name, checked, {})

    @unharmed(STANDS)
    def calibrate(self, name: str | None = None) -> str:
        """Calibrated probabilities beside those in use, or beside others; returns their name.

        Raises
        ------
        StepMissing : there are none. ProbabilitiesRefused : too few given labels.
        """
        name, dataset, values = self._named(name)
        return self.add_probabilities(f"{name}-calibrated", calibrated(dataset, values), dataset)

    @of_one_dataset
    def _named(self, name: str | None) -> tuple[str | None, Dataset, Probabilities]:
        """The name of probabilities, by default of those in use, what they are about, and they."""
        name = name or self.current_probabilities
        return name, self.dataset, self.probabilities(name)

    @unharmed()
    def use_probabilities(self, name: str) -> None:
        """Make other probabilities the ones in use.

        Raises
        ------
        StepMissing : there are none of this name.
        """
        self.probabilities(name)
        self._change_state(probabilities=name)

    @property
    def detector_names(self) -> tuple[str, ...]:
        """Names of all detectors that can be chosen here, those of `labelviz.toml` among them.

        Raises
        ------
        WorkspaceRefused : the settings cannot be read.
        """
        from labelviz.detectors.flag import NAMES

        own = settings_of(self.path).get("detectors", {})
        return (*NAMES, *(own if isinstance(own, dict) else ()))

    @unharmed(STANDS)
    def flag(
        self,
        detectors: Collection[str] = (),
        encoder: str | None = None,
        report: Report = silent,
        use: ModelUse = ModelUse(),  # noqa: B008 - frozen
        own: Mapping[str, Function] | None = None,
    ) -> Suspicion:
        """Find labels that are likely wrong, with every detector that can run.

        Parameters
        ----------
        detectors : names of the ones to run; all where empty.
        encoder : a folder or hub id to embed the texts with, kept for the next time. Where there is
            none, and none was used before, the texts' own words and characters serve.
        report : called as (done, total, "detectors").
        use : the precision of the encoder, and where its texts are cut.
        own : more detectors, functions of arrays by name, see `labelviz.detectors.own`; beside
            those that `[detectors]` in `labelviz.toml` names as "package.module:function".

        Raises
        ------
        StepMissing : there are no probabilities, or no detector of such a name.
        WorkspaceRefused : the dataset was replaced meanwhile. ModelRefused : the encoder is not
            loadable. LabelsRefused : all given labels are alike.
        """
        from labelviz.detectors.flag import flag
        from labelviz.detectors.neighbours import NAME as NEIGHBOURS
        from labelviz.detectors.own import detectors as of_functions
        from labelviz.detectors.own import named

        embed = not detectors or encoder is not None or NEIGHBOURS in detectors
        evidence = self.evidence(encoder, embed=embed, use=use)
        functions = {**named(settings_of(self.path).get("detectors", {})), **(own or {})}
        found = flag(evidence, detectors, report, of_functions(functions))
        dataset, name = evidence.dataset, evidence.name
        suspicion = found.after(*self._asked_and_decided(dataset))

        def in_use(_: object) -> str:
            self._check_in_use(dataset)
            return name

        keep.write_suspicion(self.path / f"suspicion/{name}.parquet", dataset.ids, suspicion)
        self._change_state(suspicion=in_use)
        return suspicion

    @of_one_dataset
    def _asked_and_decided(self, dataset: Dataset) -> tuple[Booleans, Booleans]:
        """(N,) where reviewers were asked about a label, and where they decided."""
        self._check_in_use(dataset)
        return self._asked(), self.statuses.status != CODES["unreviewed"]

    def _check_in_use(self, dataset: Dataset) -> None:
        """Raise WorkspaceRefused if the dataset that was checked is not the one in use any more."""
        if self.dataset.content != dataset.content:
            raise WorkspaceRefused(
                "The dataset was replaced while its labels were checked.",
                where=str(self.path),
                safe="The new dataset is as it was loaded; what was found in the old one is not "
                "shown on it.",
                remedy="Find wrong labels again: on the Overview page, or with `labelviz flag`.",
            )

    @unharmed(STANDS)
    def read_training_log(self, file: Path | str) -> TrainingLog:
        """Keep the log of a training elsewhere on these labels, for the flags to come.

        Parameters
        ----------
        file : a table with id, epoch or step and a column of logits per class, or the JSON lines of
            Dataset Cartography, all in one file or a folder of them.

        Raises
        ------
        InputRefused : it cannot be read. TrainingLogRefused : it is not about this dataset.
        """
        path, dataset = Path(file), self.dataset
        log = read_training_log(path, dataset)
        with changing(self.path / LOGS):
            taken = {each.stem for each in (self.path / LOGS).glob("*.npz")}
            name = _free_name(taken, path.stem, "training-log")
            keep.write_training_log(self.path / LOGS / f"{name}.npz", log, dataset)
        return log

    @unharmed(STANDS + " Checkpoints are kept.")
    def log_with_threshold(
        self, model: str, name: str, settings: TrainSettings, report: Report = silent
    ) -> TrainingLog:
        """Train twice with some samples in a fake class and keep the log, but no model.

        Called again after an interruption it goes on where it was.

        Raises
        ------
        RunRefused : a log of this name is kept already, or the labels allow no fake class.
        """
        from labelviz.models.threshold_class import log_with_threshold

        work = self.path / LOGS / self._run_folder(name).name
        path = work.with_name(f"{name}.npz")
        if path.exists():
            raise RunRefused(
                f"There is a training log {name!r} already.",
                where=str(path),
                remedy="Choose another name.",
            )
        dataset = self.dataset
        log = log_with_threshold(dataset, model, work, settings, report)
        keep.write_training_log(path, log, dataset)
        shutil.rmtree(work, ignore_errors=True)
        return log

    @property
    @of_one_dataset
    def draws(self) -> Draws:
        """The samples that were drawn at random in the review so far."""
        with self._lock:
            review, statuses = self.reviewed
            dataset, known = review.dataset, self._decided
            if known is None or known[0] is not dataset:
                known = (dataset, 0, np.zeros(len(dataset), dtype=np.int64))
            _, after, decided = known
            for sample, texts, sequence in self.store.first_decided(after):
                row = dataset.rows.get(sample)
                if row is not None and not decided[row] and dataset.sample_hash(row) == texts:
                    decided[row] = sequence
            self._decided = (dataset, review.sequence, decided)
            return Draws.of(statuses, decided)

    @property
    @of_one_dataset
    def drawn(self) -> Counted:
        """What the samples that were drawn at random say of all labels, be they few or many."""
        return self.draws.within(self.dataset.labelled)

    @of_one_dataset
    def error_rates(self) -> ErrorRates | None:
        """How many labels are wrong, by samples that were drawn at random for review.

        None where fewer than 30 were drawn.
        """
        with self._lock:
            key = (self.dataset.content, self.review.sequence)
            if self._rates is None or self._rates[0] != key:
                draws = self.draws
                self._rates = (
                    key,
                    rates(self.dataset, draws, true_labels(self.review, draws.rows)),
                )
            return self._rates[1]

    @of_one_dataset
    def predicted_noise(self) -> NoiseMatrix | None:
        """Given labels against those that the model predicts; None where no model says anything.

        It is what the model says, and no estimate of how many labels are wrong.
        """
        if self.current_probabilities is None:
            return None
        probabilities = self.probabilities()
        if probabilities.provenance.relation == "in-sample":
            return None
        rows = np.flatnonzero(self.dataset.labelled)
        return counted(self.dataset, rows, predicted_labels(probabilities)[rows])

    @property
    @of_one_dataset
    def new_verdicts(self) -> int:
        """Samples whose verdict stands otherwise than the suspicion learned it, or not any more."""
        suspicion = self.suspicion
        return 0 if suspicion is None else suspicion.news(self.statuses.wrong)

    def evidence(
        self,
        encoder: str | None = None,
        *,
        embed: bool = True,
        use: ModelUse = ModelUse(),  # noqa: B008 - frozen
    ) -> Evidence:
        """All that detectors may look at, as it is now.

        Parameters
        ----------
        embed : whether texts are to be embedded, which takes minutes for many.

        Raises
        ------
        StepMissing : there are no probabilities.
        """
        found = self._evidence()
        if not embed:
            return found
        return replace(found, embeddings=self._embeddings(found.dataset, encoder, use))

    @of_one_dataset
    def _evidence(self) -> Evidence:
        """All of it but embeddings."""
        name = self.current_probabilities or ""
        in_use = self.probabilities(name)
        return Evidence(
            dataset=self.dataset,
            name=name,
            probabilities={name: in_use, **self.all_probabilities()},
            log=self._training_log(),
            verdicts=self._verdicts(),
            audited=self.columns.label,
        )

    def _verdicts(self) -> Verdicts | None:
        """What reviewers settled about given labels; None where nobody settled any."""
        found = self.statuses
        if (found.wrong == UNKNOWN).all():
            return None
        wrong = np.where(found.wrong == UNKNOWN, np.nan, found.wrong)
        return Verdicts(wrong, controls(found.status != CODES["unreviewed"]))

    def _embeddings(
        self, dataset: Dataset, encoder: str | None, use: ModelUse
    ) -> Embeddings | None:
        """Embeddings of an encoder, else the ones kept, else by the texts' own words."""
        from labelviz.models.features import corpus_of

        path = self.path / "embeddings" / f"{dataset.fingerprint}.npz"
        if encoder is not None:
            from labelviz.models.embed import embed

            made = embed(corpus_of(dataset.texts).texts, encoder, use=use)
            keep.write_vectors(
                path, made.vectors, ": ".join((encoder, " ".join(made.computed.sentences)))
            )
        kept = self._embeddings_file(dataset)
        if kept is not None:
            return self._read_embeddings(kept, dataset)
        if len(dataset) > MOST_FOR_LSA:
            return None
        from labelviz.models.lsa import lsa

        words = lsa(dataset.texts)
        if words is not None:
            keep.write_vectors(path.with_stem(f"{path.stem}-words"), words.vectors, words.source)
        return words

    def _embeddings_file(self, dataset: Dataset) -> str | None:
        """The embeddings of an encoder that were kept, else those by the texts' own words."""
        name = f"embeddings/{dataset.fingerprint}"
        files = (f"{name}{which}.{kind}" for which in ("", "-words") for kind in ("npz", "npy"))
        return next((file for file in files if (self.path / file).is_file()), None)

    def _read_embeddings(self, file: str, dataset: Dataset) -> Embeddings:
        from labelviz.models.features import corpus_of

        vectors, source = keep.read_vectors(self.path / file)
        return Embeddings(vectors, corpus_of(dataset.texts).sides, source)

    @property
    def embedded_by(self) -> str:
        """What the flags' embeddings were made with, and how, in words; empty without any."""
        file = self._embeddings_file(self.dataset)
        return "" if file is None or "-words." in file else keep.embedded_by(self.path / file)

    @of_one_dataset
    def similar(self, row: int, count: int) -> Similar | None:
        """The samples most similar to one, by the embeddings that the flags rest on.

        None where none were kept: nothing was flagged yet, or without an encoder in a large
        dataset.
        """
        from labelviz.detectors.neighbours import sample_vectors, similar

        with self._lock:
            dataset = self.dataset
            file = self._embeddings_file(dataset)
            if file is None:
                return None
            key = _version(self.path / file)
            if self._vectors is None or self._vectors[0] != key:
                self._vectors = (key, sample_vectors(self._read_embeddings(file, dataset)))
            return similar(dataset, self._vectors[1], row, count)

    @property
    @of_one_dataset
    def logged(self) -> str | None:
        """The file of the training log in use; None where no training on these labels was logged.

        The newest log that was kept, else the latest complete run that judged all samples.
        """
        files = sorted((self.path / LOGS).glob("*.npz"), key=lambda file: file.stat().st_mtime_ns)
        for file in reversed(files):
            name = f"{LOGS}/{file.name}"
            if self._read(name, keep.dataset_logged, "about") == self.dataset.fingerprint:
                return name
        for name in reversed(self.run_names):
            run = self.run(name)
            fits = run.complete and run.dataset == self.dataset.fingerprint
            if fits and run.settings.judge_all and run.classes == self.dataset.classes:
                return f"runs/{name}/run.json"
        return None

    @property
    @of_one_dataset
    def data_map(self) -> DataMap | None:
        """How the given labels were learned in the training in use; None where none was logged."""
        name = self.logged
        if name is None:
            return None
        return self._read(
            name,
            lambda _: data_map(self.dataset.given, self._log(name).logits),
            "map",
            of_data=True,
        )

    def _training_log(self) -> TrainingLog | None:
        name = self.logged
        return None if name is None else self._log(name)

    def _log(self, name: str) -> TrainingLog:
        path = self.path / name
        if path.suffix == ".npz":
            return keep.read_training_log(path)
        run = self.run(path.parent.name)
        rows = np.array([self.dataset.rows[sample] for sample in run.ids])
        logits = np.empty((len(run.steps), len(rows), len(run.classes)))
        for place, step in enumerate(run.steps):
            logits[place, rows] = run.logits(step)
        return TrainingLog(logits, path.parent.name)

    @unharmed("The policy and the targets are as they were.")
    def set_policy(self, text: str, pool: bool | None = None) -> Targets:
        """Choose the policy that shapes targets, for example `smooth:off=0.1`; returns the targets.

        Parameters
        ----------
        pool : as in `pool_disputes`; where None that stays as it is.

        Raises
        ------
        TargetsRefused : no such policy. StepMissing : it needs probabilities.
        """
        policy = parse_policy(text)
        targets = self.targets(policy, pool)
        self._change_state(policy=str(policy), **({} if pool is None else {"pool": pool}))
        return targets

    @of_one_dataset
    def shape(self, policy: Policy | None = None) -> Shape:
        """What the policy in use, or another, makes of labels."""
        policy, dataset, name = policy or self.policy, self.dataset, self.current_probabilities
        with self._lock:
            known = self._shape
            if known is None or known[0] != (str(policy), name) or known[1].dataset is not dataset:
                probabilities = self.probabilities(name) if name else None
                known = ((str(policy), name), Shape.of(dataset, policy, probabilities))
                self._shape = known
            return known[1]

    @of_one_dataset
    def moment(self, policy: Policy | None = None, pool: bool | None = None) -> Moment:
        """What holds now, all of it at one moment; by another policy, or pooled, where so named."""
        while True:
            state, review = self._state, self.review
            shape = self.shape(policy)
            pooled = self.pools_disputes if pool is None else pool
            now = Moment(review, shape, pooled, self.current_probabilities)
            if self._state is state:
                return now

    def policy_targets(self, policy: Policy | None = None) -> Targets:
        """What the policy in use, or another, makes of the given labels, before any decision."""
        return self.shape(policy).targets

    def targets(self, policy: Policy | None = None, pool: bool | None = None) -> Targets:
        """The targets by the policy in use, or by another, with decisions on top.

        Parameters
        ----------
        pool : whether disputed samples get the mean of all answers; as it is set where None.
        """
        return self.moment(policy, pool).targets

    @property
    def pools_disputes(self) -> bool:
        """Whether all answers together make the target of a disputed sample, as their mean."""
        return bool(self._state.get("pool", False))

    def pool_disputes(self, pool: bool) -> None:
        """Make the mean of all answers the target of a disputed sample, or leave the policy's."""
        self._change_state(pool=pool)

    @property
    def overlap(self) -> int:
        """How many people are to see each sample."""
        return int(self._state.get("overlap", OVERLAP))

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
        self.store.assign(deal(samples, people, overlap) if people else ())
        self._change_state(overlap=overlap)

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
        if queue.show == "flagged" and self.flags_refused is not None:
            raise self.flags_refused
        suspicion, statuses = self.suspicion, self.statuses
        probabilities = self.probabilities() if self.current_probabilities else None
        column = self.column(queue.column) if queue.column else None
        learned = self.data_map if queue.on_map else None
        dataset = self.dataset
        if field := unanswerable(queue, dataset, probabilities, suspicion, learned):
            raise RequestRefused(
                "The queue asks for what this workspace does not have.",
                field=field,
                remedy="Leave it out, or look on the Overview page at what there is.",
            )
        found = line(queue, dataset, probabilities, suspicion, column, learned)
        rows = found.rows[waiting(queue, statuses, suspicion, self.overlap, reviewer)[found.rows]]
        dealt = self.store.dealt_to_others(reviewer) if reviewer and queue.first_time else ()
        others = frozenset(dealt)
        return tuple(name for row in rows if (name := str(dataset.ids[row])) not in others)

    @property
    def people(self) -> frozenset[str]:
        """Everybody who decided anything, and to whom samples are dealt."""
        return self.review.reviewers | self.store.dealt_to()

    def agreement(self) -> Agreement:
        """How far the reviewers agree."""
        return agreement(self.review)

    @of_one_dataset
    def target_row(self, row: int, review: Review | None = None) -> Floats:
        """(K,) the target of one sample as things stand, or as they do in this review."""
        shape, review = self.shape(), review or self.review
        found = settled(shape, review, self.dataset.ids[row], pool=self.pools_disputes)
        return shape.targets.values[row] if found is None else found.row

    @unharmed("The workspace is as it was.")
    def export(self, file: Path | str | None = None) -> export.Export:
        """Write original columns and targets to a new CSV, with its entry in `manifest.json`.

        Parameters
        ----------
        file : where to; by default a new file in the workspace's `exports`.

        Raises
        ------
        ExportRefused : the file exists, or did not read back equal.
        """
        moment, original, report = self._to_export()
        dataset, targets = moment.review.dataset, moment.targets
        folder = self.path / "exports"
        names = (folder / f"targets-{number:03d}.csv" for number in itertools.count(1))
        path = Path(file) if file else next(name for name in names if not name.exists())
        return export.export_csv(
            path,
            original,
            list(dataset.ids),
            export.export_columns(targets, moment.review),
            _export_record(moment, report),
        )

    @of_one_dataset
    def _to_export(self) -> tuple[Moment, pd.DataFrame, ImportReport]:
        """What holds, the file's own columns, and its report, all of one dataset."""
        return self.moment(), self.original, self.import_report

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
        from labelviz.models.train import train

        now = self.moment(None if targets == CURRENT else parse_policy(HARD))
        chosen = now.targets if targets == CURRENT else now.shape.targets
        return train(now.review.dataset, chosen, model, self._run_folder(run), settings, report)

    @unharmed()
    def compare(self, first: str, second: str, truth: Path | str | None = None) -> Comparison:
        """Two runs side by side on the test split.

        Parameters
        ----------
        truth : a CSV with columns id and label; the given labels where None.

        Raises
        ------
        RunRefused : a run is not complete, or was trained on other data or another split.
        """
        dataset = self.dataset
        values = tuple(self._comparable(name, dataset).values for name in (first, second))
        trusted = read_truth(Path(truth), dataset) if truth else None
        return compare(dataset, (first, second), (values[0], values[1]), trusted)

    def decide(self, decision: Decision) -> Decision:
        """Commit a decision; it is safe on disk when this returns.

        Raises
        ------
        NotSaved : it is not. Conflict : what it expects has changed, or the sample's texts.
        TargetsRefused : there is no such sample, or its label or target row does not fit.
        """
        check_decision(decision, self.dataset)
        return self.store.record(decision)

    def decide_all(self, decisions: Sequence[Decision]) -> tuple[Decision, ...]:
        """Commit a bulk action: all of its decisions or none, undone in one step.

        Parameters
        ----------
        decisions : of one reviewer, with one `action`.

        Raises
        ------
        NotSaved, Conflict, TargetsRefused : none of them was saved.
        """
        dataset = self.dataset
        for decision in decisions:
            check_decision(decision, dataset)
        return self.store.record_all(decisions)

    def undo(self, reviewer: str) -> Decision | None:
        """Take back a reviewer's latest action; None where there is none."""
        return self._take_back(reviewer, self.review.undoable(reviewer))

    def redo(self, reviewer: str) -> Decision | None:
        """Take back a reviewer's latest undo; None where there is none."""
        return self._take_back(reviewer, self.review.redoable(reviewer))

    def restore(self, reviewer: str, earlier: Decision) -> Decision:
        """Decide again what an earlier event of a sample's history says.

        An undo says that nothing stands: what stands of this reviewer is then taken back.

        Raises
        ------
        NotSaved : it was not saved. Conflict : it was about other texts than the sample has now.
        TargetsRefused : it does not fit the classes any more.
        """
        if earlier.verdict == "undo":
            standing = self.review.by(reviewer, earlier.sample)
            back = self._take_back(reviewer, standing)
            return earlier if back is None else back
        again = replace(
            earlier, operation=uuid.uuid4().hex, reviewer=reviewer, action="", expected=None,
        )  # fmt: skip
        return self.decide(again)

    # Inside

    @property
    def _flags(self) -> Suspicion | FlagsRefused | None:
        name = self._state.get("suspicion")
        if name is None or not (self.path / f"suspicion/{name}.parquet").is_file():
            return None
        return self._read(f"suspicion/{name}.parquet", _flags_or_why_not)

    def _is_about_dataset(self, flags: Suspicion) -> bool:
        """Whether flags were made of the dataset as it is.

        A dataset that was loaded before its content was noted knows flags by its fingerprint.
        """
        noted = "content" in self._about
        known = {self.dataset.content} | (set() if noted else {self.dataset.fingerprint})
        return flags.dataset in known

    def _asked(self) -> Booleans:
        """(N,) where reviewers decide, or decided, on one of the latest flags, matched by id."""
        nowhere = np.zeros(len(self.dataset), dtype=bool)
        found = self._flags
        if found is None or isinstance(found, FlagsRefused):
            return nowhere
        if self._is_about_dataset(found):
            return found.on_flags
        path = self.path / f"suspicion/{self._state['suspicion']}.parquet"
        flagged = set(keep.read_columns(path, ["id"])["id"][found.on_flags])
        return np.array([sample in flagged for sample in self.dataset.ids])

    @property
    def _state(self) -> dict[str, Any]:
        return self._read(MARK, read_json)

    def _change_state(self, **changes: Any) -> None:
        """Write what differs from what stands in the file now; all else others wrote stays.

        Parameters
        ----------
        changes : values by name, or functions of what stands there, which is None at first.
        """
        path = self.path / MARK
        with self._lock, changing(path):
            before: dict[str, Any] = read_json(path)
            after = dict(before)
            for name, change in changes.items():
                after[name] = change(before.get(name)) if callable(change) else change
            if after != before:
                write_json(path, after)

    @property
    def _data(self) -> Path:
        """The folder of the dataset in use."""
        return self.path / str(self._state.get(DATA, "."))

    @property
    def _about(self) -> dict[str, Any]:
        return self._of_data(ABOUT, read_json, "about")

    @property
    def _opinions(self) -> tuple[str, ...]:
        """Names of all probabilities, those of other versions of the dataset included.

        A file that no name stands for was left by somebody who was killed.
        """
        folder = self.path / OPINIONS
        known = self._state.get(OPINIONS_KEPT)
        if known is None:
            return keep.kept_probabilities(folder)
        return tuple(name for name in known if (folder / f"{name}.parquet").is_file())

    def _dataset_of(self, name: str) -> str:
        """Fingerprint of the dataset that probabilities are about."""
        about = self._read(f"{OPINIONS}/{name}.parquet", keep.about_probabilities, "about")
        return str(about["provenance"]["dataset"])

    def _of_data(
        self, name: str, reader: Callable[[Path], Value], kind: str = "", *, kept: bool = True
    ) -> Value:
        """What is read of the dataset in use; read again where it was replaced meanwhile.

        Parameters
        ----------
        kept : whether it stays in memory.
        """
        while True:
            folder = self._data
            try:
                path = folder / name
                return self._memo(self.path / name / kind, path, reader) if kept else reader(path)
            except WorkspaceRefused:
                if self._data == folder:
                    raise

    def _read(
        self, name: str, reader: Callable[[Path], Value], kind: str = "", *, of_data: bool = False
    ) -> Value:
        """A value read from a file, the same object until the file changes.

        Parameters
        ----------
        of_data : whether it changes with the dataset too.
        """
        also = _version(self._data / ABOUT) if of_data else ()
        return self._memo(self.path / name / kind, self.path / name, reader, also)

    def _memo(
        self, key: Path, path: Path, reader: Callable[[Path], Value], also: tuple[object, ...] = ()
    ) -> Value:
        version_now = (*_version(path), *also)
        with self._lock:
            known = self._values.get(key)
            if known is None or known[0] != version_now:
                known = (version_now, reader(path))
                self._values[key] = known
            value: Value = known[1]
            return value

    def _check_replaceable(self, dataset: Dataset, replace: bool) -> None:
        """Raise WorkspaceRefused if the dataset in use is another one that is to stay."""
        if not replace and self._about["fingerprint"] != dataset.fingerprint:
            raise WorkspaceRefused(
                "This workspace holds another dataset.",
                where=str(self.path),
                safe="The dataset and its decisions were left as they are.",
                remedy="Use a new workspace, or have the dataset replaced (on the command line "
                "--replace).",
            )

    def _carried_over(self, dataset: Dataset) -> list[Note]:
        """What becomes of the decisions with a new dataset, in words.

        Raises
        ------
        WorkspaceRefused : one that counts today is on the same texts and would not fit the new
            classes or task.
        """
        every = self.store.changes()
        review, before = Review(dataset).after(every), every.samples.keys()
        said = (each for decisions in every.samples.values() for each in decisions)
        unfit = [each for each in said if is_about(each, dataset) and not fits(each, dataset)]
        lost = [each for each in unfit if fits(each, self.dataset)]
        if lost:
            named = {name for each in lost for name in (*(each.label or ()), *(each.target or ()))}
            gone = ", ".join(sorted(named - set(dataset.classes)))
            raise WorkspaceRefused(
                f"Decisions name classes that this file does not have: {gone}."
                if gone
                else f"{len(lost)} decisions are none of a {dataset.task} task.",
                where=f"{self.path}, first at sample {lost[0].sample!r}",
                safe="The dataset and its decisions were left as they are.",
                remedy="Name all classes and the task (on the command line --class for each, "
                "--task), or use a new workspace.",
            )
        known, without = dataset.rows.keys(), {each.sample for each in unfit} - review.samples
        return [
            *note("samples keep what was decided on them", sorted(review.samples)),
            *note(
                "samples that were decided have other texts now: they wait for review again, and "
                "what was said stays in their history",
                sorted((before & known) - review.samples - without),
            ),
            *note(
                "samples were decided with classes that this file does not have: they wait for "
                "review again, and what was said stays in their history",
                sorted(without),
            ),
            *note(
                "samples that were decided are not in this file: what was said counts again when "
                "they are back",
                sorted(before - known),
            ),
        ]

    def _keep_probabilities(
        self, name: str, probabilities: Probabilities, changes: dict[str, Any]
    ) -> str:
        """Keep probabilities and make changes to the state, in one step."""
        folder = self.path / OPINIONS
        with changing(folder):
            known = self._opinions
            for left in folder.glob("*.parquet"):
                if left.stem not in known:
                    left.unlink()
            name = _free_name(known, name, "probabilities")
            keep.write_probabilities(folder / f"{name}.parquet", probabilities)
            now = DATA in changes or probabilities.provenance.dataset == self._about["fingerprint"]
            in_use = {"probabilities": name} if now else {}
            self._change_state(**{OPINIONS_KEPT: [*known, name]}, **in_use, **changes)
        return name

    def _kept_as(self, probabilities: Probabilities) -> str | None:
        """The latest name under which the same numbers from the same source are kept already."""
        origin = probabilities.provenance
        for name in reversed(self._opinions):
            with suppress(WorkspaceRefused):  # one that is damaged is not the same
                if self._dataset_of(name) != origin.dataset:
                    continue
                kept = keep.read_probabilities(self.path / OPINIONS / f"{name}.parquet")
                if kept.provenance.source == origin.source and kept.same_numbers(probabilities):
                    return name
        return None

    def _with_alarm(self, probabilities: Probabilities, dataset: Dataset) -> Probabilities:
        """Probabilities of unknown origin, compared with ones that are out-of-fold for certain.

        A comparison that was made before they were calibrated stands: softer numbers hide nothing.
        """
        origin = probabilities.provenance
        other = origin.dataset != dataset.fingerprint
        if other or origin.relation != "unknown" or origin.alarm is not None:
            return probabilities
        rows = alarm_sample(dataset, PAIRS_COMPARED if dataset.is_pair else COMPARED)
        cheap = self._cheap_probabilities(dataset.take(rows))
        if cheap is None:
            return probabilities
        alarm = in_sample_alarm(dataset.given[rows], probabilities.values[rows], cheap.values)
        return replace(probabilities, provenance=replace(origin, alarm=alarm))

    def _cheap_probabilities(self, sample: Dataset) -> Probabilities | None:
        """Out-of-fold TF-IDF probabilities of a sample, computed once; None where none can be."""
        from labelviz.models.crossval import cross_validate

        if len(sample) < FEWEST:
            return None
        path = self.path / "alarm" / f"{sample.content}.parquet"
        if not path.is_file():
            try:
                keep.write_probabilities(path, cross_validate(sample, k=3))
            except LabelsRefused:
                return None
        return keep.read_probabilities(path).aligned(sample)

    def _take_back(self, reviewer: str, event: Decision | None) -> Decision | None:
        if event is None:
            return None
        back = replace(
            event, operation=uuid.uuid4().hex, verdict="undo", undoes=_undone_as(event),
            label=None, target=None, note="", reviewer=reviewer, action="", expected=None,
            sequence=0, decided_at="",
        )  # fmt: skip
        return self.decide(back)

    def _comparable(self, name: str, dataset: Dataset) -> Probabilities:
        run = self.run(name)
        run.check_complete()
        run.check_belongs_to(dataset)
        return run.probabilities().aligned(dataset)

    def _run_folder(self, name: str) -> Path:
        if not re.fullmatch(r"[\w][\w.-]{0,99}", name):
            raise RunRefused(
                f"{name!r} is no name for a run.",
                where=str(self.path / "runs"),
                remedy="Use letters, digits, dots, hyphens and underscores.",
            )
        return self.path / "runs" / name


def _export_record(moment: Moment, report: ImportReport) -> dict[str, Any]:
    """What the manifest says of an export."""
    review, targets = moment.review, moment.targets
    dataset = review.dataset
    statuses = [review.status(row) for row in range(len(dataset))]
    return {
        "labelviz": version("labelviz"),
        "dataset": dataset.fingerprint,
        "source_sha256": report.sha256,
        "task": dataset.task,
        "classes": list(dataset.classes),
        "policy": targets.policy,
        "probabilities": moment.probabilities,
        "last_decision": review.sequence,
        "statuses": {status: statuses.count(status) for status in dict.fromkeys(statuses)},
        "sources": {s: int((targets.source == s).sum()) for s in dict.fromkeys(targets.source)},
    }


def _flags_or_why_not(path: Path) -> Suspicion | FlagsRefused:
    try:
        return keep.read_suspicion(path)
    except FlagsRefused as error:
        return error


def _version(path: Path) -> tuple[object, ...]:
    """What changes when a file is replaced."""
    try:
        stat = path.stat()
    except FileNotFoundError as error:
        raise WorkspaceRefused(f"{path.name} is missing.", where=str(path.parent)) from error
    return path, stat.st_mtime_ns, stat.st_ino


def _free_name(taken: Collection[str], wanted: str, otherwise: str) -> str:
    """A name for a file that is not taken, numbered where need be."""
    base = re.sub(r"[^\w.-]+", "-", wanted)[:60].strip("-.") or otherwise
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name


def _holds_nothing(folder: Path, *but: str) -> bool:
    """Whether a folder holds nothing but files of these names, empty folders of these names, and
    what a `create` that was killed left."""

    def is_something(each: Path) -> bool:
        known = each.name in but or each.name.startswith(f".{MARK}.")
        return not known or (each.is_dir() and any(each.iterdir()))

    return not any(map(is_something, folder.iterdir()))


def _undone_as(event: Decision) -> str:
    """What an undo of this event has to name."""
    return event.operation if event.verdict == "undo" else event.step
