from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelviz.core.arrays import strings
from labelviz.core.groups import folds
from labelviz.core.settings import FINE_TUNING, FoldTraining, TrainSettings
from labelviz.errors import LabelsRefused, RunRefused
from labelviz.models import fold_training
from labelviz.models.fold_training import discard, fine_tune_folds, given_targets
from labelviz.models.precision import VARIABLE
from labelviz.models.scratch import new_classifier
from labelviz.processes import locked
from tests.conftest import dataset_of
from tests.models.conftest import SMALL, TEXTS

ADJECTIVES = ("good", "bad", "dull", "long", "loud")
DATASET = dataset_of(
    [row % 2 for row in range(60)],
    texts=[[f"{ADJECTIVES[row % 5]} film of the year {row * 37}" for row in range(60)]],
)
HOW = FoldTraining(
    k=3, settings=TrainSettings(epochs=1, learning_rate=1e-3, evaluations_per_epoch=1, seed=5)
)

QUICK = replace(FINE_TUNING, epochs=0.5)


@pytest.fixture
def trained_on(monkeypatch):
    """The ids of every training that starts, while training goes on as it is."""
    seen: list[set[str]] = []
    real = fold_training.train

    def watched(data, *rest):
        seen.append(set(data.dataset.ids))
        return real(data, *rest)

    monkeypatch.setattr(fold_training, "train", watched)
    return seen


def test_no_sample_is_judged_by_a_network_that_was_trained_on_it(
    tiny, tmp_path, trained_on, precision
):
    made = fine_tune_folds(DATASET, tiny, tmp_path, HOW)
    fold = folds(DATASET, 3, 5)
    assert made.folds.tolist() == fold.tolist()
    assert trained_on == [set(DATASET.ids[fold != each]) for each in range(3)]
    assert made.provenance.relation == "out-of-fold"
    assert "3-fold fine-tuning" in made.provenance.source
    assert made.provenance.computed.precision == precision
    assert f"Computed in {precision}, as LABELVIZ_PRECISION says." in made.provenance.notes
    assert np.isfinite(made.values).all()


def test_every_fold_has_samples_to_validate_on(tiny, tmp_path, monkeypatch):
    parts = []

    def stop(data, *rest):
        split = np.unique(data.dataset.split, return_counts=True)
        parts.append(dict(zip(*split, strict=True)))
        raise RunRefused("It stopped.", where="here", remedy="Go on.")

    monkeypatch.setattr(fold_training, "train", stop)
    with pytest.raises(RunRefused, match="Fold 1 of 3: It stopped"):
        fine_tune_folds(DATASET, tiny, tmp_path, HOW)
    assert parts[0]["validation"] == pytest.approx(4, abs=1)
    assert sum(parts[0].values()) == 40


def test_finished_folds_are_kept_and_the_rest_goes_on(
    tiny, tmp_path, monkeypatch, trained_on, precision
):
    whole = fine_tune_folds(DATASET, tiny, tmp_path / "whole", HOW)
    begun, watched = len(trained_on), fold_training.train

    def dies_on_the_last(data, *rest):
        if len(trained_on) == begun + 2:
            raise KeyboardInterrupt
        return watched(data, *rest)

    monkeypatch.setattr(fold_training, "train", dies_on_the_last)
    with pytest.raises(KeyboardInterrupt):
        fine_tune_folds(DATASET, tiny, tmp_path / "stopped", HOW)
    monkeypatch.setattr(fold_training, "train", watched)
    resumed = fine_tune_folds(DATASET, tiny, tmp_path / "stopped", HOW)
    assert len(trained_on) == begun + 3
    assert (resumed.values == whole.values).all()


@pytest.mark.parametrize("kind", ["float32", "bfloat16"])
def test_a_fold_is_judged_as_it_was_trained(tiny, tmp_path, monkeypatch, kind):
    seen, real = [], fold_training.predict

    def watched(*arguments, **more):
        seen.append(real(*arguments, **more).provenance.computed)
        return real(*arguments, **more)

    monkeypatch.setattr(fold_training, "predict", watched)
    settings = replace(HOW.settings, epochs=0.5, max_tokens=24, precision=kind)
    made = fine_tune_folds(DATASET, tiny, tmp_path, FoldTraining(2, settings))
    said = made.provenance.computed
    assert {(each.precision, each.max_tokens) for each in seen} == {(kind, 24)}
    assert (said.precision, said.max_tokens) == (kind, 24)


def test_another_precision_is_other_work(tiny, tmp_path, trained_on, monkeypatch):
    quick = FoldTraining(2, QUICK)
    for kind in ("float32", "float32", "bfloat16"):
        monkeypatch.setenv(VARIABLE, kind)
        fine_tune_folds(DATASET, tiny, tmp_path, quick)
    assert len(trained_on) == 4


def test_other_settings_are_other_work(tiny, tmp_path, trained_on):
    two = FoldTraining(k=2, settings=HOW.settings)
    fine_tune_folds(DATASET, tiny, tmp_path, two)
    fine_tune_folds(DATASET, tiny, tmp_path, two)
    assert len(trained_on) == 2
    fine_tune_folds(DATASET, tiny, tmp_path, FoldTraining(k=2, settings=TrainSettings(epochs=0.5)))
    assert len(trained_on) == 4


def test_only_its_own_work_is_discarded_and_only_by_itself(tiny, tmp_path):
    other, how = FoldTraining(2, QUICK, keep_models=True), FoldTraining(3, QUICK)
    fine_tune_folds(DATASET, tiny, tmp_path, other)
    kept = set(tmp_path.glob("*"))
    made = fine_tune_folds(DATASET, tiny, tmp_path, how)
    (work,) = {each for each in tmp_path.glob("*") if each.is_dir()} - kept
    with locked(tmp_path / f".{work.name}.lock"):
        discard(made, DATASET, tmp_path, how)
        assert work.is_dir()
        with pytest.raises(RunRefused, match="Another training"):
            fine_tune_folds(DATASET, tiny, tmp_path, how)
    discard(made, DATASET, tmp_path, how)
    assert not work.exists()
    assert all(each.exists() for each in kept)


@pytest.mark.parametrize("keep", [True, False])
def test_models_of_folds_are_thrown_away_unless_asked_for(tiny, tmp_path, keep):
    fine_tune_folds(DATASET, tiny, tmp_path, FoldTraining(2, HOW.settings, keep_models=keep))
    models = list(tmp_path.glob("*/fold-*/model/model.safetensors"))
    assert len(models) == (2 if keep else 0)


def test_progress_runs_over_all_folds_once(tiny, tmp_path):
    told = []
    fine_tune_folds(DATASET, tiny, tmp_path, HOW, lambda *progress: told.append(progress))
    done = [each[0] for each in told if each[2] == "steps"]
    assert done == sorted(done)
    assert told[-1][0] == told[-1][1]


@pytest.mark.bad_input("D11")
def test_one_class_alone_cannot_be_learnt(tiny, tmp_path):
    alike = dataset_of([0, 0, 0, 0], texts=[["a", "b", "c", "d"]])
    with pytest.raises(LabelsRefused):
        fine_tune_folds(alike, tiny, tmp_path, HOW)


def test_samples_without_a_label_have_no_weight():
    targets = given_targets(dataset_of([0, -1, 1]))
    assert targets.weight.tolist() == [1, 0, 1]
    assert targets.values[2].tolist() == [0, 1]


@pytest.mark.parametrize(("layers", "frozen"), [(2, 0), (3, 1)])
def test_what_was_not_trained_is_said(tmp_path, layers, frozen):
    model = new_classifier(tmp_path / "model", TEXTS, ("no", "yes"), replace(SMALL, layers=layers))
    made = fine_tune_folds(DATASET, model, tmp_path / "work", FoldTraining(2, QUICK))
    said = [note for note in made.provenance.notes if "not trained" in note]
    assert said == ["the embeddings and the lowest layers, 1 of them, were not trained"] * frozen


def test_samples_with_soft_labels_and_votes_are_judged_fold_by_fold(tiny, tmp_path):
    rows = np.arange(60)
    data = replace(
        DATASET,
        soft=np.where(DATASET.given[:, None] == [0, 1], 0.9, 0.1),
        votes=np.stack([rows % 3, rows % 5], axis=1),
        voters=rows % 3 + rows % 5,
    )
    made = fine_tune_folds(data, tiny, tmp_path, FoldTraining(k=2, settings=QUICK))
    assert made.values.shape == (60, 2)


def test_finished_folds_are_not_taken_for_those_of_other_groups():
    rows = range(60)
    one, other = (
        replace(DATASET, group=strings(f"{row // each}" for row in rows)) for each in (2, 3)
    )
    names = {fold_training._key(data, ("model", "float32"), HOW) for data in (DATASET, one, other)}
    assert len(names) == 3
    sliced = replace(one, slices={"place": one.group})
    assert fold_training._key(sliced, ("model", "float32"), HOW) in names
