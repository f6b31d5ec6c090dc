"""Trainings with a fake extra class, which tell how low the margin of a wrong label is.

A sample that is put into a class of its own making is mislabelled for certain, and how the network
takes it is how it takes a wrong label. Pleiss et al. 2020, arXiv:2001.10528, section 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from labelviz.core.arrays import Booleans, Floats, strings
from labelviz.core.dataset import Dataset
from labelviz.core.difficulty import data_map, margin_threshold, threshold_samples
from labelviz.core.evidence import TrainingLog
from labelviz.core.groups import folds
from labelviz.core.progress import Report, of_all, silent
from labelviz.core.settings import TRAINING, TrainSettings
from labelviz.errors import RunRefused
from labelviz.models.crossval import check_labels
from labelviz.models.fold_training import given_targets
from labelviz.models.folders import name_of
from labelviz.models.runs import RUN, Run
from labelviz.models.samples import TrainingData
from labelviz.models.train import train

# One part in so many is not trained on, since a training needs some samples to validate on.
PARTS = 10
# Evaluations that training waits for a better one: margins are compared over whole trainings.
NEVER = 1_000_000
FAKE = "(made-up class)"


def log_with_threshold(
    dataset: Dataset,
    model: str | Path,
    folder: Path,
    settings: TrainSettings = TRAINING,
    report: Report = silent,
) -> TrainingLog:
    """Train twice on the given labels with a fake class, and log the logits of all samples.

    Each time a share of 1 / (K + 1) of the samples is in the fake class, and a tenth is left out to
    validate on; both are other samples the second time. So each sample is tested by a training
    that knew its given label, the first where both did, and by the threshold of that training: the
    99th percentile of the margins in the fake class. No model is kept. A training that was stopped
    goes on, if called again with the same data, model and settings.

    Parameters
    ----------
    model : folder or hub id of an encoder or classifier.
    folder : for the two runs; may be removed afterwards.
    report : called as (done, total, "steps") over both trainings.

    Raises
    ------
    LabelsRefused : fewer than two classes occur among the labels. ModelRefused : not loadable.
    RunRefused : the labels are several per sample, or too few, or the loss became NaN.
    """
    settings = replace(settings, patience=NEVER, judge_all=True)
    if dataset.multilabel:
        raise RunRefused(
            "A fake class takes samples with one label each; these have several.",
            where="threshold class",
            remedy="Train without --threshold-class: data map and margins come from any run.",
        )
    check_labels(dataset)
    part = folds(dataset, PARTS, settings.seed)
    eligible = dataset.labelled & (part > 1)
    which = threshold_samples(eligible, dataset.n_classes, settings.seed)
    tests: list[_Test] = []
    for number in range(2):
        fake, apart = which == number + 1, part == number
        data = _disguised(dataset, fake, apart)
        logits = _logits(data, model, folder / f"{number + 1}", settings, of_all(report, number, 2))
        margin = data_map(data.given, logits).margin
        threshold = margin_threshold(margin, fake) if fake.any() else np.nan
        tests.append(_Test(logits, threshold, ~fake & ~apart))
    return _joined(tests, f"two trainings of {name_of(model)} with a fake class")


@dataclass(frozen=True, eq=False)
class _Test:
    """(T, N, K + 1) logits of a training, its threshold, and (N,) whom it was told the label of."""

    logits: Floats
    threshold: float
    told: Booleans


def _disguised(dataset: Dataset, fake: Booleans, apart: Booleans) -> Dataset:
    """The samples with some of them in a class of their own, and some to validate on."""
    name = FAKE
    while name in dataset.classes:
        name += "'"
    return replace(
        dataset,
        task="multiclass",
        classes=(*dataset.classes, name),
        given=np.where(fake, dataset.n_classes, dataset.given),
        annotators={},
        soft=None,
        votes=None,
        voters=None,
        split=strings("validation" if each else "train" for each in apart),
    )


def _logits(
    data: Dataset, model: str | Path, folder: Path, settings: TrainSettings, report: Report
) -> Floats:
    """(T, N, K + 1) of a training, done now or before."""
    done = (folder / RUN).is_file() and Run.open(folder).complete
    run = (
        Run.open(folder)
        if done
        else train(TrainingData(data, given_targets(data)), model, folder, settings, report)
    )
    return np.stack([run.logits(step) for step in run.whole_steps]).astype(np.float64)


def _joined(tests: Sequence[_Test], source: str) -> TrainingLog:
    """Each sample as the first training saw it that was told its label."""
    first, second = tests
    length = min(len(first.logits), len(second.logits))
    told = first.told
    logits = np.where(told[:, None], first.logits[:length], second.logits[:length])
    return TrainingLog(logits, source, np.where(told, first.threshold, second.threshold))
