"""Opinions: the probabilities that models gave on the dataset, and which of them are in use."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from labelviz.core.alarm import FEWEST_COMPARED, alarm_sample, in_sample_alarm
from labelviz.core.calibration import calibrated
from labelviz.core.class_order import order_doubt
from labelviz.core.dataset import Dataset
from labelviz.core.distributions import Probabilities
from labelviz.core.edits import Edits
from labelviz.core.files import sha256
from labelviz.core.progress import Report, silent
from labelviz.core.settings import FOLDS, SEED, FoldTraining, ModelUse
from labelviz.errors import LabelsRefused, LabelvizError, StepMissing, WorkspaceRefused, unharmed
from labelviz.processes import changing
from labelviz.project.data import Data, of_one_dataset
from labelviz.project.decisions import Decisions
from labelviz.project.folder import DATA, SOURCE, STANDS, Folder, free_name
from labelviz.tables import keep
from labelviz.tables.opinions import read_probability_file
from labelviz.tables.options import Reading

# The folder they lie in, and under which name the state says which are in use.
OPINIONS = "probabilities"
KEPT = "all_probabilities"  # under which name the state lists them all
AFTER_REVIEW = "trained on the labels after review, {count} of which people settled"
# Samples that the in-sample alarm compares, few enough to take seconds.
COMPARED, PAIRS_COMPARED = 2_000, 1_000


@dataclass(frozen=True, eq=False)
class Opinions:
    """What models think.

    Parameters
    ----------
    folder : of the workspace.
    data : the dataset they are on.
    decisions : what reviewers said of its labels.
    """

    folder: Folder
    data: Data
    decisions: Decisions

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all probabilities that fit the dataset as it is, oldest first."""
        mine, fitting = self.data.dataset.fingerprint, []
        for name in self._kept:
            with suppress(WorkspaceRefused):  # one that is damaged, which `damaged` names
                if self._dataset_of(name) == mine:
                    fitting.append(name)
        return tuple(fitting)

    @property
    def damaged(self) -> tuple[LabelvizError, ...]:
        """Why probabilities that are there cannot be read; they are passed over."""
        found = []
        for name in self._kept:
            try:
                self._dataset_of(name)
            except WorkspaceRefused as error:
                found.append(error)
        return tuple(found)

    @property
    def current(self) -> str | None:
        """Name of the probabilities in use."""
        name = self.folder.state.get(OPINIONS)
        return name if name in self.names else None

    @of_one_dataset
    def probabilities(self, name: str | None = None) -> Probabilities:
        """Probabilities by name, by default those in use, aligned to the dataset.

        Raises
        ------
        StepMissing : there are none.
        """
        name = name or self.current
        if name is None or name not in self.names:
            stale = name is not None and name in self._kept
            raise StepMissing(
                "There are no probabilities for this dataset yet."
                if name is None
                else f"The probabilities {name!r} belong to another version of this dataset."
                if stale
                else f"There are no probabilities called {name!r}.",
                where=str(self.folder.path),
                remedy="Get some on the Data page, or with `labelviz predict`.",
            )
        return self.folder.read(
            f"{OPINIONS}/{name}.parquet",
            lambda path: keep.read_probabilities(path).aligned(self.data.dataset),
            also=self.data.version,
        )

    @of_one_dataset
    def every(self) -> dict[str, Probabilities]:
        """All probabilities that fit the dataset as it is, by name, oldest first.

        Those of another version of the dataset are not among them.
        """
        return {name: self.probabilities(name) for name in self.names}

    @unharmed(STANDS + " What was computed is kept for the next time.")
    def predict(
        self,
        model: str,
        report: Report = silent,
        use: ModelUse = ModelUse(),  # noqa: B008 - frozen
        *,
        out_of_fold: bool = False,
        outputs: tuple[str, ...] = (),
    ) -> str:
        """Probabilities of a classifier folder or hub id; returns their name.

        What was computed before is not computed again, that of a run that was stopped included.

        Parameters
        ----------
        use : the precision, and where samples are cut.
        out_of_fold : whether whoever asks states that the model never saw these labels.
        outputs : the class that each output of the model stands for; as the model says where empty.

        Raises
        ------
        ModelRefused : the model cannot be loaded safely, or has other classes.
        JobRefused : another prediction with this model is running in the workspace.
        """
        from labelviz.models.folders import name_of
        from labelviz.models.predict import predict

        dataset = self.data.dataset
        values = predict(dataset, model, report, self.folder.path / "cache", use, outputs)
        return self.add(name_of(model), _stated(values, out_of_fold), dataset)

    @unharmed(STANDS)
    def cross_validate(
        self,
        encoder: str | None = None,
        k: int = FOLDS,
        seed: int = SEED,
        report: Report = silent,
        use: ModelUse = ModelUse(),  # noqa: B008 - frozen
        *,
        after_review: bool = False,
    ) -> str:
        """Out-of-fold probabilities; returns their name.

        Parameters
        ----------
        encoder : a folder or hub id for frozen embeddings; TF-IDF where None.
        use : the precision of the encoder, and where its texts are cut.
        after_review : whether to train on the labels as reviewers left them. What a sample's own
            reviewers said has no part in what is said of it.
        """
        from labelviz.models.crossval import cross_validate
        from labelviz.models.folders import name_of

        name = f"cross-validation-{name_of(encoder)}" if encoder else "cross-validation"
        lesson = self._lesson(after_review=after_review)
        values = cross_validate(lesson.dataset, k, seed, encoder, report, use)
        return self.add(f"{name}{lesson.suffix}", lesson.of(values), lesson.given)

    @unharmed(STANDS + " The folds that are finished are kept.")
    def fine_tune_folds(
        self,
        model: str,
        how: FoldTraining = FoldTraining(),  # noqa: B008 - frozen
        report: Report = silent,
        *,
        after_review: bool = False,
    ) -> str:
        """Out-of-fold probabilities of a fine-tuned model; returns their name.

        Called again after an interruption it goes on where it was. When all folds are done their
        folder is removed, unless their models are to be kept.

        Parameters
        ----------
        after_review : as for `cross_validate`.

        Raises
        ------
        RunRefused : the same is under way already.
        """
        from labelviz.models.fold_training import discard, fine_tune_folds
        from labelviz.models.folders import name_of

        lesson, work = self._lesson(after_review=after_review), self.folder.path / "folds"
        values = fine_tune_folds(lesson.dataset, model, work, how, report)
        name = f"fine-tuned-{name_of(model)}{lesson.suffix}"
        name = self.add(name, lesson.of(values), lesson.given)
        if not how.keep_models:
            discard(values, lesson.dataset, work, how)
        return name

    @unharmed(STANDS)
    def read_file(
        self, file: Path | str, reading: Reading | None = None, *, out_of_fold: bool = False
    ) -> str:
        """Probabilities from a file, matched by id and class name; returns their name.

        The bytes of the file are kept as they came.

        Parameters
        ----------
        out_of_fold : whether whoever asks states that their model never saw these labels.
        """
        path, dataset = Path(file), self.data.dataset
        values = _stated(read_probability_file(path, dataset, reading), out_of_fold)
        kept = keep.keep_source(path, self.folder.path / SOURCE, sha256(path))
        provenance = replace(values.provenance, file=kept.name)
        return self.add(path.stem, replace(values, provenance=provenance), dataset)

    @unharmed(STANDS)
    def calibrate(self, name: str | None = None) -> str:
        """Calibrated probabilities beside those in use, or beside others; returns their name.

        Raises
        ------
        StepMissing : there are none. ProbabilitiesRefused : too few given labels.
        """
        name, dataset, values = self._named(name)
        return self.add(f"{name}-calibrated", calibrated(dataset, values), dataset)

    @unharmed()
    def use(self, name: str) -> None:
        """Make other probabilities the ones in use.

        Raises
        ------
        StepMissing : there are none of this name.
        """
        self.probabilities(name)
        self.folder.change(probabilities=name)

    def add(self, name: str, probabilities: Probabilities, dataset: Dataset | None = None) -> str:
        """Keep probabilities, and make them the ones in use; returns their name.

        Where the dataset was replaced while they were made they are kept, but not used.

        Parameters
        ----------
        dataset : what they are about, the one in use where None.
        """
        checked = self.checked(probabilities, dataset or self.data.dataset)
        return self.keep(name, checked, {})

    def keep(self, name: str, probabilities: Probabilities, changes: dict[str, Any]) -> str:
        """Keep probabilities and make changes to the state, in one step; returns their name."""
        folder = self.folder.path / OPINIONS
        with changing(folder):
            known = self._kept
            for left in folder.glob("*.parquet"):
                if left.stem not in known:
                    left.unlink()
            name = free_name(known, name, "probabilities")
            keep.write_probabilities(folder / f"{name}.parquet", probabilities)
            mine = probabilities.provenance.dataset
            now = DATA in changes or mine == self.data.about["fingerprint"]
            in_use = {OPINIONS: name} if now else {}
            self.folder.change(**{KEPT: [*known, name]}, **in_use, **changes)
        return name

    def kept_as(self, probabilities: Probabilities) -> str | None:
        """The latest name under which the same numbers from the same source are kept already."""
        origin = probabilities.provenance
        for name in reversed(self._kept):
            with suppress(WorkspaceRefused):  # one that is damaged is not the same
                if self._dataset_of(name) != origin.dataset:
                    continue
                kept = keep.read_probabilities(self.folder.path / OPINIONS / f"{name}.parquet")
                if kept.provenance.source == origin.source and kept.same_numbers(probabilities):
                    return name
        return None

    def checked(self, probabilities: Probabilities, dataset: Dataset) -> Probabilities:
        """Probabilities with a note where their classes seem to be mixed up, and with the alarm.

        Those of unknown origin are compared with ones that are out-of-fold for certain. Those that
        were compared before are left as they are: the result holds after calibration.
        """
        origin = probabilities.provenance
        made_here = origin.relation == "out-of-fold" and not origin.stated
        if origin.dataset != dataset.fingerprint or made_here or origin.alarm is not None:
            return probabilities
        doubt = order_doubt(dataset, probabilities.values)
        if doubt and doubt not in origin.notes:
            origin = replace(origin, notes=(*origin.notes, doubt))
            probabilities = replace(probabilities, provenance=origin)
        if origin.relation != "unknown":
            return probabilities
        rows = alarm_sample(dataset, PAIRS_COMPARED if dataset.is_pair else COMPARED)
        cheap = self._cheap(dataset.take(rows))
        if cheap is None:
            return probabilities
        alarm = in_sample_alarm(dataset.given[rows], probabilities.values[rows], cheap.values)
        return replace(probabilities, provenance=replace(origin, alarm=alarm))

    @of_one_dataset
    def _lesson(self, *, after_review: bool) -> Lesson:
        """What a cross-validation learns from: the dataset as it is, or its labels after review."""
        if not after_review:
            return Lesson(self.data.dataset, self.data.dataset)
        review = self.decisions.review
        given, edits = review.dataset, Edits.of(review)
        return Lesson(given, replace(given, given=edits.labels(given)), int(edits.settled.sum()))

    def _cheap(self, sample: Dataset) -> Probabilities | None:
        """Out-of-fold TF-IDF probabilities of a sample, computed once; None where none can be."""
        from labelviz.models.crossval import cross_validate

        if len(sample) < FEWEST_COMPARED:
            return None
        path = self.folder.path / "alarm" / f"{sample.content}.parquet"
        if not path.is_file():
            try:
                keep.write_probabilities(path, cross_validate(sample, k=3))
            except LabelsRefused:
                return None
        return keep.read_probabilities(path).aligned(sample)

    @of_one_dataset
    def _named(self, name: str | None) -> tuple[str | None, Dataset, Probabilities]:
        """The name of probabilities, by default of those in use, what they are about, and they."""
        name = name or self.current
        return name, self.data.dataset, self.probabilities(name)

    @property
    def _kept(self) -> tuple[str, ...]:
        """Names of all probabilities, those of other versions of the dataset included.

        A file that no name stands for was left by somebody who was killed.
        """
        folder = self.folder.path / OPINIONS
        known = self.folder.state.get(KEPT)
        if known is None:
            return keep.kept_probabilities(folder)
        return tuple(name for name in known if (folder / f"{name}.parquet").is_file())

    def _dataset_of(self, name: str) -> str:
        """Fingerprint of the dataset that probabilities are about."""
        file = f"{OPINIONS}/{name}.parquet"
        about = self.folder.read(file, keep.about_probabilities, "about")
        return str(about["provenance"]["dataset"])


@dataclass(frozen=True, eq=False)
class Lesson:
    """What models learn from to judge a dataset.

    Parameters
    ----------
    given : the dataset.
    dataset : the same samples with the labels to learn.
    reviewed : how many of these reviewers settled; None where they are the given ones.
    """

    given: Dataset
    dataset: Dataset
    reviewed: int | None = None

    @property
    def suffix(self) -> str:
        """What tells the names of these probabilities from others."""
        return "" if self.reviewed is None else "-after-review"

    def of(self, probabilities: Probabilities) -> Probabilities:
        """Probabilities on the labels to learn as those on the dataset."""
        if self.reviewed is None:
            return probabilities
        origin = probabilities.provenance
        origin = replace(
            origin,
            dataset=self.given.fingerprint,
            notes=(*origin.notes, AFTER_REVIEW.format(count=f"{self.reviewed:,}")),
            after_review=True,
        )
        return replace(probabilities, provenance=origin)


def _stated(probabilities: Probabilities, out_of_fold: bool) -> Probabilities:
    """Probabilities of unknown origin as their owner states it, and said to be stated."""
    origin = probabilities.provenance
    if not out_of_fold or origin.relation != "unknown":
        return probabilities
    return replace(probabilities, provenance=replace(origin, relation="out-of-fold", stated=True))
