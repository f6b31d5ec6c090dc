from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.dataset import MISSING
from labelviz.core.difficulty import data_map, threshold_samples
from labelviz.core.groups import folds
from labelviz.core.settings import TrainSettings
from labelviz.errors import LabelsRefused, RunRefused
from labelviz.models import threshold_class
from labelviz.models.runs import Run
from labelviz.models.threshold_class import FAKE, log_with_threshold
from tests.conftest import dataset_of

ADJECTIVES = ("good", "bad", "dull", "long", "loud")
LABELS = np.array([row % 2 for row in range(60)])
LABELS[7] = MISSING
TEXTS = [[f"{ADJECTIVES[row % 5]} film of the year {row * 37}" for row in range(60)]]
DATASET = dataset_of(LABELS, texts=TEXTS)
SETTINGS = TrainSettings(epochs=2, learning_rate=1e-3, evaluations_per_epoch=2, seed=5)


@pytest.fixture
def seen(monkeypatch):
    """The datasets of every training that starts, while training goes on as it is."""
    datasets = []
    real = threshold_class.train

    def watched(data, *rest):
        datasets.append(data.dataset)
        return real(data, *rest)

    monkeypatch.setattr(threshold_class, "train", watched)
    return datasets


def test_every_sample_is_tested_by_a_training_that_knew_its_label(tiny, tmp_path, seen, precision):
    log = log_with_threshold(DATASET, tiny, tmp_path, SETTINGS)
    first, second = seen
    assert first.classes == ("no", "yes", FAKE)
    part = folds(DATASET, 10, 5)
    which = threshold_samples(DATASET.labelled & (part > 1), 2, 5)
    assert (which == 1).sum() == (which == 2).sum() == 20  # 60 / (K + 1)
    for number, data in enumerate(seen):
        assert ((data.given == 2) == (which == number + 1)).all()
        assert ((data.split == "validation") == (part == number)).all()
    told = (which != 1) & (part != 0)
    by = [Run.open(tmp_path / each) for each in ("1", "2")]
    for place, step in enumerate(by[0].steps):
        assert (log.logits[place, told] == by[0].logits(step)[told]).all()
    for place, step in enumerate(by[1].steps[: len(log.logits)]):
        assert (log.logits[place, ~told] == by[1].logits(step)[~told]).all()
    knew = second.given[~told]
    assert (knew == LABELS[~told]).all()
    assert (second.split[~told] == "train").all()


def test_the_threshold_is_the_99th_percentile_of_the_fake_class(tiny, tmp_path, seen):
    log = log_with_threshold(DATASET, tiny, tmp_path, SETTINGS)
    thresholds = []
    for data, name in zip(seen, ("1", "2"), strict=True):
        run = Run.open(tmp_path / name)
        margins = []
        for row in np.flatnonzero(data.given == 2):
            z = np.array([run.logits(step)[row] for step in run.steps], dtype=np.float64)
            margins.append(np.mean(z[:, 2] - z[:, :2].max(axis=1)))
        thresholds.append(np.percentile(margins, 99))
    part = folds(DATASET, 10, 5)
    told = (seen[0].given != 2) & (part != 0)
    assert log.threshold == pytest.approx(np.where(told, *thresholds))
    assert np.isnan(data_map(DATASET.given, log.logits).margin).tolist() == [
        row == 7 for row in range(60)
    ]


def test_a_training_that_was_stopped_goes_on(tiny, tmp_path, monkeypatch, seen):
    whole = log_with_threshold(DATASET, tiny, tmp_path / "whole", SETTINGS)
    watched = threshold_class.train

    def dies_second(data, *rest):
        if len(seen) == 3:
            raise KeyboardInterrupt
        return watched(data, *rest)

    monkeypatch.setattr(threshold_class, "train", dies_second)
    with pytest.raises(KeyboardInterrupt):
        log_with_threshold(DATASET, tiny, tmp_path / "stopped", SETTINGS)
    monkeypatch.setattr(threshold_class, "train", watched)
    resumed = log_with_threshold(DATASET, tiny, tmp_path / "stopped", SETTINGS)
    assert len(seen) == 4
    assert (resumed.logits == whole.logits).all()
    assert (resumed.threshold == whole.threshold).all()


def test_progress_runs_over_both_once(tiny, tmp_path):
    told = []
    log_with_threshold(DATASET, tiny, tmp_path, SETTINGS, lambda *each: told.append(each))
    done = [each[0] for each in told if each[2] == "steps"]
    assert done == sorted(done)
    assert told[-1][0] == told[-1][1]


def test_what_has_no_fake_class_is_refused(tiny, tmp_path):
    with pytest.raises(RunRefused, match="one label each"):
        log_with_threshold(dataset_of([[1, 0], [0, 1]]), tiny, tmp_path)
    with pytest.raises(LabelsRefused):
        log_with_threshold(dataset_of([0, 0, 0]), tiny, tmp_path)


def test_a_class_of_that_name_is_no_obstacle():
    data = dataset_of([0, 1], ("no", FAKE))
    nobody = np.zeros(2, dtype=bool)
    assert threshold_class._disguised(data, nobody, nobody).classes == ("no", FAKE, f"{FAKE}'")
