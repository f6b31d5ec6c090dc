"""Fine-tuning fold by fold: every sample is judged by a network that was not trained on it."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from labelviz.core.arrays import Floats, Integers, strings
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.distributions import Probabilities, Provenance, Targets, hard_targets
from labelviz.core.files import created_folder, replaced
from labelviz.core.groups import folds, grouping
from labelviz.core.precision import Computed
from labelviz.core.progress import Report, of_all, silent
from labelviz.core.settings import FoldTraining, ModelUse, Precision
from labelviz.errors import LabelvizError, RunRefused
from labelviz.models.crossval import check_labels, note_rare
from labelviz.models.folders import name_of
from labelviz.models.loading import Classifier, load_for_training
from labelviz.models.place import Copy, Place, own_folder, place_for
from labelviz.models.precision import choose
from labelviz.models.predict import now, predict
from labelviz.models.runs import MODEL, RUN, Run, alone
from labelviz.models.samples import TrainingData
from labelviz.models.train import train
from labelviz.models.trained_part import freeze_lowest
from labelviz.processes import locked

# One part in so many of the training samples chooses the step whose weights are kept.
VALIDATION = 10


def fine_tune_folds(
    dataset: Dataset,
    model: str | Path,
    folder: Path,
    how: FoldTraining = FoldTraining(),  # noqa: B008 - frozen
    report: Report = silent,
) -> Probabilities:
    """Out-of-fold probabilities of a fine-tuned model for every sample, labelled or not.

    Each fold is judged by the model trained on the given labels of the others, a tenth of which,
    with groups kept whole, chooses the best step; it is trained and judged in one precision. A fold
    that is finished is kept in `folder`, and one that was interrupted goes on from its last
    checkpoint, if called again with the same data, model, settings and precision; other calls may
    share the folder. On a cluster a fold is trained from its start by one copy, and anew by another
    if that is lost; what was begun of it here has no part in it.

    Parameters
    ----------
    model : folder or hub id of an encoder, or of a classifier to train further.
    report : called as (done, total, "steps") over all folds together; on a cluster as (done, total,
        "folds").

    Raises
    ------
    LabelsRefused : fewer than two classes occur among the labels.
    ModelRefused : not loadable safely.
    RunRefused : a fold leaves nothing to train or validate on, or its loss became NaN; or the same
        is under way in `folder` already.
    JobRefused : the cluster cannot be reached, or has no room.
    """
    check_labels(dataset)
    fold = folds(dataset, how.k, how.settings.seed)
    load = partial(
        load_for_training, classes=dataset.classes, multilabel=dataset.multilabel,
        seed=how.settings.seed,
    )  # fmt: skip
    start = load(model)
    values = np.full((len(dataset), dataset.n_classes), 1 / max(dataset.n_classes, 2))
    with place_for(how.on, start, model, load, anew=True) as place:
        chosen = choose(how.settings.precision, place.device, place.fastest)
        work = folder / _key(dataset, (start.model_hash, chosen.precision), how)
        with alone(_lock(work), work):
            parts = [
                _Part(dataset, fold, each, str(model), ModelUse(chosen.precision))
                for each in range(how.k)
                if (fold == each).any()
            ]
            if how.on:
                _have_folds_done(place, parts, work, how, report)
            for part in parts:
                values[fold == part.number] = _fold(
                    part, work, how, of_all(report, part.number, how.k)
                )
        where = place.sentence
    groups = grouping(dataset, how.k)
    cut = start.within(how.settings.max_tokens)
    computed = Computed(chosen.precision, chosen.why, cut.max_tokens, cut.cut, place=where)
    source = f"{how.k}-fold fine-tuning of {name_of(model)}"
    return Probabilities(
        values=values,
        classes=dataset.classes,
        ids=dataset.ids,
        multilabel=dataset.multilabel,
        provenance=Provenance(
            "out-of-fold", source, start.model_hash, dataset.fingerprint, now(),
            notes=(
                f"{how.k} folds of {groups}", *note_rare(dataset, how.k),
                *_note_frozen(freeze_lowest(start.model, how.settings.frozen)), *computed.sentences,
            ),
            computed=computed,
            groups=dataset.hash_of("group"),
        ),
        folds=fold,
    )  # fmt: skip


def discard(made: Probabilities, dataset: Dataset, folder: Path, how: FoldTraining) -> None:
    """Remove what a fine-tuning whose result is kept left in `folder`, and nothing of others.

    It stays where somebody is at the same again.
    """
    computed = made.provenance.computed
    if computed is not None:
        work = folder / _key(dataset, (made.provenance.model_hash, computed.precision), how)
        with suppress(OSError), locked(_lock(work), wait=False):
            shutil.rmtree(work, ignore_errors=True)


def _lock(work: Path) -> Path:
    """The lock of a folder, beside it, so that it outlives the folder."""
    return work.with_name(f".{work.name}.lock")


def _note_frozen(layers: int) -> tuple[str, ...]:
    if not layers:
        return ()
    return (f"the embeddings and the lowest layers, {layers} of them, were not trained",)


def _key(dataset: Dataset, start: tuple[str, Precision], how: FoldTraining) -> str:
    """Name of the folder of this work and no other; `start` is the hash and the precision."""
    samples = [dataset.fingerprint, dataset.hash_of("group")]
    what = [samples, start, how.k, asdict(how.settings)]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]


@dataclass(frozen=True, eq=False)
class _Part:
    """One fold's share of the work: what it is trained on and what it judges."""

    dataset: Dataset
    fold: Integers
    number: int
    model: str
    use: ModelUse

    @property
    def held_out(self) -> Dataset:
        return self.dataset.take(np.flatnonzero(self.fold == self.number))

    def training(self, seed: int) -> Dataset:
        """The other folds, with a split that validates on one group in ten."""
        others = self.dataset.take(np.flatnonzero(self.fold != self.number))
        apart = folds(others, VALIDATION, seed) == 0
        return replace(others, split=strings("validation" if each else "train" for each in apart))


def _fold(part: _Part, work: Path, how: FoldTraining, report: Report) -> Floats:
    """(T, K) probabilities of the held-out samples, computed or from a finished fold."""
    done, run = _done(part, work), _run(part, work)
    if not done.is_file():
        _train(part, run, how, report)
        _keep(predict(part.held_out, run / MODEL, use=part.use).values, done)
    if not how.keep_models:
        shutil.rmtree(run, ignore_errors=True)
    result: Floats = np.load(done, allow_pickle=False)
    return result


def _done(part: _Part, work: Path) -> Path:
    """Where the probabilities of a finished fold are kept."""
    return work / f"fold-{part.number}.npy"


def _run(part: _Part, work: Path) -> Path:
    """The folder of a fold's training."""
    return work / f"fold-{part.number}"


def _keep(values: Floats, done: Path) -> None:
    with replaced(done) as temporary, temporary.open("wb") as file:
        np.save(file, values, allow_pickle=False)


def _have_folds_done(
    place: Place[Classifier], parts: list[_Part], work: Path, how: FoldTraining, report: Report
) -> None:
    """Have the folds that are not finished trained and judged elsewhere, each by one copy."""
    left = [part for part in parts if not _done(part, work).is_file()]
    done = len(parts) - len(left)
    for part, (values, files) in place.as_done(partial(_fold_there, how=how), left):
        if files:
            shutil.rmtree(_run(part, work), ignore_errors=True)
            with created_folder(_run(part, work)) as run:
                for name, content in files.items():
                    (run / name).parent.mkdir(parents=True, exist_ok=True)
                    (run / name).write_bytes(content)
        _keep(values, _done(part, work))
        done += 1
        report(done, len(parts), "folds")


def _fold_there(
    copy: Copy[Classifier], part: _Part, how: FoldTraining
) -> tuple[Floats, dict[str, bytes]]:
    """Train and judge a fold where a copy of the model is.

    Returns
    -------
    (T, K) probabilities of the held-out samples, and the files of the run, by name, where models
    are to be kept.
    """
    settled = replace(how, settings=replace(how.settings, precision=part.use.precision))
    with copy.lying() as model, own_folder("fold") as folder:
        run = _run(part, folder)
        try:
            values = _fold(replace(part, model=model), folder, settled, silent)
        except LabelvizError as error:
            error.where = error.where.replace(model, part.model)
            error.where = error.where.replace(str(run), f"fold {part.number + 1}, on the cluster")
            raise
        files = [each for each in run.rglob("*") if each.is_file()]
        return values, {str(each.relative_to(run)): each.read_bytes() for each in files}


def _train(part: _Part, run: Path, how: FoldTraining, report: Report) -> None:
    if (run / RUN).is_file() and Run.open(run).complete:
        return  # stopped between training and judging
    training = part.training(how.settings.seed)
    try:
        data = TrainingData(training, given_targets(training))
        train(data, part.model, run, how.settings, report)
    except RunRefused as error:
        raise RunRefused(
            f"Fold {part.number + 1} of {how.k}: {error.what}",
            where=error.where,
            safe="The folds that are finished are kept.",
            remedy=error.remedy,
        ) from error


def given_targets(dataset: Dataset) -> Targets:
    """The given labels as hard targets; a sample without a label has no weight."""
    known = (dataset.given != MISSING).reshape(len(dataset), -1).any(axis=1)
    return Targets(
        values=hard_targets(dataset),
        classes=dataset.classes,
        ids=dataset.ids,
        multilabel=dataset.multilabel,
        weight=known.astype(np.float64),
        source=strings(["given"] * len(dataset)),
    )
