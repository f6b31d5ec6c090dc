"""Ask for probabilities: of a model, by cross-validation, from a file, or calibrated."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from labelviz.core.asked import REQUIRED, asked, part
from labelviz.core.progress import Report, silent
from labelviz.core.settings import FOLDS, MOST_SEEDS, SEED, FoldTraining, ModelUse
from labelviz.requests.request import MODEL_GIVEN_AS, Request
from labelviz.tables.options import Reading

if TYPE_CHECKING:
    from labelviz.project.workspace import Workspace

BY_FOLDS = {"cross-validate": "Out-of-fold: of TF-IDF, or of the encoder's embeddings."}
STATED = (
    "State that the model never saw these labels: nothing is compared then, and the probabilities "
    "are shown as stated to be out-of-fold."
)
AFTER_REVIEW = (
    "Train on the labels as reviewers left them, in place of those given. What they said of a "
    "sample shows in what is said of others like it, and not in what is said of itself."
)
BY_TRAINING = {"fine-tune": "Cross-validate by training the encoder on each fold."}


@dataclass(frozen=True, kw_only=True)
class GetProbabilities(Request):
    """Get probabilities: from a model, by cross-validation, or from a file."""

    command: ClassVar[str] = "predict"

    calibrate: bool = asked(False, "Calibrate them by a temperature; alone, those in use.")

    def run(self, project: Workspace, report: Report = silent) -> str:
        """Get the probabilities, and calibrated ones where asked for; returns their name."""
        name = self.made(project, report)
        return project.opinions.calibrate(name) if self.calibrate else name

    @abstractmethod
    def made(self, project: Workspace, report: Report) -> str:
        """Get the probabilities as they come; returns their name."""


@dataclass(frozen=True, kw_only=True)
class Predict(GetProbabilities):
    """Probabilities of a model that was trained."""

    kind: ClassVar[str] = "predict"
    chosen_by: ClassVar[tuple[str, ...]] = ("model",)

    model: str = asked(REQUIRED, "A classifier: a folder or a hub id.", metavar=MODEL_GIVEN_AS)
    use: ModelUse = part(ModelUse())
    out_of_fold: bool = asked(False, STATED)
    outputs: tuple[str, ...] = asked(
        (), "The class that each output of the model stands for, in their order, where it does not "
        "name them itself.", metavar="A,B,C", divided=",",
    )  # fmt: skip

    def made(self, project: Workspace, report: Report) -> str:
        """Ask the model."""
        return project.opinions.predict(
            self.model, report, self.use, out_of_fold=self.out_of_fold, outputs=self.outputs
        )


@dataclass(frozen=True, kw_only=True)
class PredictFromFile(GetProbabilities):
    """Probabilities that somebody else computed."""

    kind: ClassVar[str] = "predict-from-file"
    chosen_by: ClassVar[tuple[str, ...]] = ("from",)

    file: Path = asked(
        REQUIRED, "CSV or Parquet with id and one column per class, or npy.", option="from",
        metavar="FILE",
    )  # fmt: skip
    reading: Reading = part(Reading())
    out_of_fold: bool = asked(False, STATED)

    def made(self, project: Workspace, report: Report) -> str:
        """Read the file."""
        return project.opinions.read_file(self.file, self.reading, out_of_fold=self.out_of_fold)


@dataclass(frozen=True, kw_only=True)
class CrossValidate(GetProbabilities):
    """Probabilities of every sample by a model that was trained without it."""

    kind: ClassVar[str] = "cross-validate"
    chosen_by: ClassVar[tuple[str, ...]] = tuple(BY_FOLDS)
    flags: ClassVar[dict[str, str]] = BY_FOLDS

    encoder: str = asked(
        "", "An encoder, a folder or a hub id, for frozen embeddings; TF-IDF where not given.",
        option="model", metavar=MODEL_GIVEN_AS,
    )  # fmt: skip
    folds: int = asked(FOLDS, "How many folds.", ge=2)
    seed: int = asked(SEED, "Of the folds.", ge=0, lt=MOST_SEEDS)
    use: ModelUse = part(ModelUse())
    after_review: bool = asked(False, AFTER_REVIEW)

    def made(self, project: Workspace, report: Report) -> str:
        """Train on the other folds, fold by fold."""
        return project.opinions.cross_validate(
            self.encoder or None, self.folds, self.seed, report, self.use,
            after_review=self.after_review,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class FineTuneFolds(GetProbabilities):
    """Probabilities of every sample by an encoder that was trained without it."""

    kind: ClassVar[str] = "fine-tune-folds"
    chosen_by: ClassVar[tuple[str, ...]] = (*BY_TRAINING, *BY_FOLDS)
    flags: ClassVar[dict[str, str]] = {**BY_FOLDS, **BY_TRAINING}

    model: str = asked(
        REQUIRED, "An encoder, or a classifier to train further: a folder or a hub id.",
        metavar=MODEL_GIVEN_AS,
    )  # fmt: skip
    how: FoldTraining = part(FoldTraining())
    after_review: bool = asked(False, AFTER_REVIEW)

    def made(self, project: Workspace, report: Report) -> str:
        """Train the encoder on the other folds, fold by fold."""
        return project.opinions.fine_tune_folds(
            self.model, self.how, report, after_review=self.after_review
        )


@dataclass(frozen=True, kw_only=True)
class Calibrate(Request):
    """Probabilities beside those in use, calibrated by a temperature."""

    kind: ClassVar[str] = "calibrate"
    command: ClassVar[str] = "predict"
    chosen_by: ClassVar[tuple[str, ...]] = ("calibrate",)

    def run(self, project: Workspace, report: Report = silent) -> str:
        """Calibrate those in use; returns the name of the new ones."""
        return project.opinions.calibrate()
