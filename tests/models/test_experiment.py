"""Experiments on disk: every set with every seed, resumed to the same answers."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from labelviz.core.arrays import strings
from labelviz.core.groups import splits
from labelviz.core.settings import ModelUse, TrainSettings
from labelviz.errors import RunRefused
from labelviz.models.experiment import RECORD, Experiment, Trial, run_experiment, try_heads
from labelviz.models.predict import predict
from labelviz.models.samples import TrainingData, digest_of
from labelviz.models.train import train
from tests.conftest import assert_message, dataset_of
from tests.models.test_train import Stop, films, targets_of

SETTINGS = TrainSettings(
    epochs=1, learning_rate=1e-3, batch_size=8, seed=3, judge_all=False, precision="float32"
)
POLICIES = ("hard", "smooth:off=0.2")


def sets(data):
    return {policy: targets_of(data, policy) for policy in POLICIES}


def trial_of(data, path, *, seeds=2, targets=None):
    plan = range(SETTINGS.seed, SETTINGS.seed + seeds)
    return Trial(data, targets or sets(data), plan, path)


@pytest.fixture(scope="module")
def data():
    return films(40)


@pytest.fixture(scope="module")
def whole(tiny, data, tmp_path_factory) -> Experiment:
    """An experiment of two sets and two seeds."""
    path = tmp_path_factory.mktemp("experiments") / "whole"
    return run_experiment(trial_of(data, path), str(tiny), SETTINGS)


def test_every_set_is_trained_with_every_seed(whole, data):
    assert whole.complete
    assert whole.seeds == whole.done == (3, 4)
    assert whole.sets == dict(zip(POLICIES, POLICIES, strict=True))
    for name in POLICIES:
        assert whole.answers(name).shape == (2, 7, 2)
        assert [run.settings.seed for run in whole.runs(name)] == [3, 4]
        assert {run.policy for run in whole.runs(name)} == {name}
    first, second = (whole.answers(name) for name in POLICIES)
    assert (first != second).any()


def test_of_a_model_its_answers_alone_are_kept(whole):
    assert not list(whole.path.glob("*/model"))
    assert not list(whole.path.glob("*/checkpoint"))


def test_it_trains_as_a_training_does(whole, tiny, data, tmp_path):
    how = replace(SETTINGS, seed=4)
    run = train(TrainingData(data, targets_of(data, POLICIES[1])), tiny, tmp_path / "run", how)
    tested = data.take(np.flatnonzero(splits(data) == "test"))
    values = predict(tested, run.model, use=ModelUse(precision="float32")).values
    np.testing.assert_allclose(whole.answers(POLICIES[1])[1], values, atol=1e-6)


@pytest.mark.parametrize("after", [1, 5, 11])
def test_one_that_was_stopped_goes_on_to_the_same_answers(whole, tiny, data, tmp_path, after):
    path = tmp_path / "stopped"

    def report(done, _, unit):
        if unit == "steps" and done >= after:
            raise Stop

    with pytest.raises(Stop):
        run_experiment(trial_of(data, path), str(tiny), SETTINGS, report)
    assert not Experiment.open(path).complete
    found = run_experiment(trial_of(data, path), str(tiny), SETTINGS)
    for name in POLICIES:
        assert found.answers(name).tolist() == whole.answers(name).tolist()


def test_the_targets_are_those_of_the_beginning(whole, tiny, data, tmp_path):
    path = tmp_path / "stopped"

    def report(done, _, unit):
        if unit == "steps" and done >= 3:
            raise Stop

    with pytest.raises(Stop):
        run_experiment(trial_of(data, path), str(tiny), SETTINGS, report)
    decided = {
        name: replace(each, values=each.values[:, ::-1]) for name, each in sets(data).items()
    }
    found = run_experiment(trial_of(data, path, targets=decided), str(tiny), SETTINGS)
    assert found.answers("hard").tolist() == whole.answers("hard").tolist()


def test_one_of_a_version_that_knew_no_losses_goes_on(whole, tiny, data, tmp_path):
    def stop(*_):
        raise Stop

    path = tmp_path / "parts"
    with pytest.raises(Stop):
        run_experiment(trial_of(data, path), str(tiny), SETTINGS, stop)
    record = json.loads((path / RECORD).read_text())
    del record["losses"], record["noise"]
    (path / RECORD).write_text(json.dumps(record))
    found = run_experiment(trial_of(data, path), str(tiny), SETTINGS)
    for name in POLICIES:
        np.testing.assert_array_equal(found.answers(name), whole.answers(name))


def test_progress_counts_the_steps_of_all_trainings(tiny, data, tmp_path):
    said = []
    trial = trial_of(data, tmp_path / "e")
    run_experiment(trial, str(tiny), SETTINGS, lambda *each: said.append(each))
    done = [each for each, _, unit in said if unit == "steps"]
    assert done == sorted(done)
    assert said[-1] == (16, 16, "steps")


def test_another_experiment_of_the_name_is_refused(whole, tiny, data, tmp_path):
    with pytest.raises(RunRefused, match="already complete"):
        run_experiment(trial_of(data, whole.path), str(tiny), SETTINGS)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    with pytest.raises(RunRefused, match="not empty"):
        run_experiment(trial_of(data, tmp_path / "full"), str(tiny), SETTINGS)
    begun = tmp_path / "begun"
    begun.mkdir()
    record = {**whole.record, "status": "running"}
    (begun / RECORD).write_text(json.dumps(record))
    with pytest.raises(RunRefused) as refused:
        run_experiment(trial_of(data, begun, seeds=3), str(tiny), replace(SETTINGS, epochs=2))
    assert_message(refused.value, "another settings and seeds", "begun", remedy="name a new one")


def test_without_test_samples_there_is_nothing_to_tell(tiny, data, tmp_path):
    untested = replace(data, split=strings(["train", "validation"] * 20))
    with pytest.raises(RunRefused, match="test part has no sample"):
        run_experiment(trial_of(untested, tmp_path / "e"), str(tiny), SETTINGS)


def test_what_is_damaged_is_refused_in_words(whole, tmp_path):
    for content in ("{", "[]", '{"status": "complete"}'):
        (tmp_path / RECORD).write_text(content)
        with pytest.raises(RunRefused, match="no experiment here that can be read"):
            Experiment.open(tmp_path)
    with pytest.raises(RunRefused, match="another version"):
        whole.check_belongs_to(dataset_of([0, 1]))


def test_heads_on_vectors_are_the_same_experiment(data, tmp_path):
    good = np.array([[text.startswith("good")] for text in data.texts[0]], dtype=np.float32)
    found = try_heads(trial_of(data, tmp_path / "heads"), good, "what a text begins with")
    assert found.complete
    assert found.by_heads
    assert found.record["model"] == "linear heads on what a text begins with"
    assert found.done == (3, 4)
    hard, soft = (found.answers(name) for name in POLICIES)
    test = np.flatnonzero(splits(data) == "test")
    assert (hard.argmax(axis=2) == data.given[test]).all()
    assert hard.max() > soft.max()


def test_heads_that_were_stopped_begin_anew_on_the_targets_of_today(data, tmp_path):
    vectors = np.array([[text.startswith("good")] for text in data.texts[0]], dtype=np.float32)
    first = try_heads(trial_of(data, tmp_path / "e"), vectors, "words")
    said = first.answers("hard").argmax(axis=2)
    (tmp_path / "e" / RECORD).write_text(json.dumps({**first.record, "status": "running"}))
    trial = trial_of(data, tmp_path / "e")
    name = "hard"
    turned = replace(trial.sets[name], values=trial.sets[name].values[:, ::-1])
    again = try_heads(
        replace(trial, sets={**trial.sets, name: turned}, decided=7), vectors, "words"
    )
    assert again.record["targets"][name] == digest_of(turned) != first.record["targets"][name]
    assert again.record["decided"] == 7
    assert (again.answers(name).argmax(axis=2) != said).all()


def test_another_model_of_the_same_name_is_not_mixed_in(whole, tiny, data, tmp_path):
    path, model = tmp_path / "e", tmp_path / "tiny" / "model"
    shutil.copytree(whole.path, path)
    shutil.copytree(tiny, model)
    record = {**whole.record, "status": "running", "model": "tiny/model"}
    (path / RECORD).write_text(json.dumps(record))
    name = list(whole.sets)[-1]
    shutil.rmtree(Experiment.open(path).folder(name, 4))
    weights = load_file(model / "model.safetensors")
    save_file({key: each + 0.01 for key, each in weights.items()}, model / "model.safetensors")
    with pytest.raises(RunRefused, match="is not the one that this experiment began with"):
        run_experiment(trial_of(data, path), str(model), SETTINGS)
    assert not Experiment.open(path).folder(name, 4).exists()
    assert Experiment.open(path).done == (3,)
