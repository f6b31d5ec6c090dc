from __future__ import annotations

import errno
import json
import multiprocessing
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import PreTrainedTokenizerBase

from labelviz.core.arrays import strings
from labelviz.core.decisions import Review
from labelviz.core.distributions import hard_targets
from labelviz.core.files import not_written
from labelviz.core.groups import splits
from labelviz.core.progress import JUDGED, STEPS
from labelviz.core.settings import ModelUse, TrainSettings
from labelviz.errors import RunRefused
from labelviz.layers.decided import with_decisions
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making
from labelviz.layers.policy import parse_policy
from labelviz.models import checkpoints, loading, robust, samples
from labelviz.models import train as training
from labelviz.models.card import model_card
from labelviz.models.loading import load_classifier
from labelviz.models.precision import VARIABLE
from labelviz.models.predict import predict
from labelviz.models.runs import LOCK, Run
from labelviz.models.samples import Samples, TrainingData
from labelviz.models.scratch import new_classifier
from labelviz.models.train import learning_rate, train
from labelviz.processes import locked
from tests.conftest import assert_message, dataset_of, decision_of
from tests.models.conftest import SMALL, TEXTS

QUICK = TrainSettings(epochs=2, learning_rate=1e-3, batch_size=8, patience=99)
WITHOUT_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
ROOT = Path(__file__).parents[2]


def films(n=80):
    """Texts with one telling word."""
    labels = [row % 2 for row in range(n)]
    texts = [("good " if y else "bad ") * (1 + row % 5) + str(row) for row, y in enumerate(labels)]
    return dataset_of(labels, texts=[texts])


def targets_of(dataset, policy="hard", events=()):
    return with_decisions(Making(Ground(dataset), parse_policy(policy)), Review(dataset, events))


def test_a_model_of_classes_that_are_called_label_n_is_used_for_them(tiny, tmp_path):
    data = replace(films(20), classes=("LABEL_0", "LABEL_1"))
    settings = TrainSettings(epochs=1, batch_size=4)
    run = train(TrainingData(data, targets_of(data)), tiny, tmp_path / "run", settings)
    assert run.rows[-1]["epoch"] == 1
    assert predict(data, run.model).provenance.relation == "in-sample"
    assert load_classifier(run.model).classes == data.classes


def weights_of(run):
    return (run.path / "model" / "model.safetensors").read_bytes()


class Stop(Exception):
    """Somebody pulled the plug."""


def stopped(dataset, targets, model, out, settings, after):
    """Train until some steps were reported, and no further."""

    def report(done, _, unit):
        if unit == STEPS and done >= after:
            raise Stop

    with pytest.raises(Stop):
        train(TrainingData(dataset, targets), model, out, settings, report)


@pytest.fixture(scope="module")
def films_run(tiny, precision, tmp_path_factory) -> Run:
    """A run over the films, in each precision."""
    out = tmp_path_factory.mktemp("runs") / "films"
    settings = replace(QUICK, epochs=4, learning_rate=3e-3)
    return train(TrainingData(films(), targets_of(films(), "smooth:off=0.1")), tiny, out, settings)


def test_it_learns(films_run):
    first, last = films_run.rows[0], films_run.rows[-1]
    assert first["test_nll"] > 0.5
    assert films_run.rows[-1]["test_accuracy"] == 1.0
    assert last["train_nll"] < 0.3
    assert last["train_loss"] < first["train_nll"]


def test_a_smoothed_model_stays_as_unsure_as_it_was_told(films_run):
    values = films_run.probabilities(films_run.steps[-1]).values
    assert values.max(axis=1).mean() == pytest.approx(0.9, abs=0.07)


def test_the_log_has_every_evaluation(films_run):
    assert films_run.steps[0] == 0
    assert films_run.steps[-1] == 4 * 7
    assert len(films_run.rows) == 1 + 4 * 4
    for row in films_run.rows:
        logits = films_run.logits(row["step"])
        assert logits.shape == (80, 2)
        assert logits.dtype == np.float32
    assert films_run.rows[0]["train_loss"] is None
    assert films_run.rows[-1]["epoch"] == 4.0
    seconds = [row["seconds"] for row in films_run.rows]
    assert seconds == sorted(seconds)


def test_the_log_agrees_with_the_logits(films_run):
    dataset = films()
    row = films_run.rows[2]
    values = films_run.probabilities(row["step"]).values
    for part in ("train", "validation", "test"):
        rows = splits(dataset) == part
        right = values[rows, dataset.given[rows]]
        assert row[f"{part}_nll"] == pytest.approx(-np.log(right).mean())
        assert row[f"{part}_accuracy"] == pytest.approx((right > 0.5).mean())
    assert row["selection_nll"] == row["validation_nll"]


def test_the_folder_holds_what_the_readme_says(films_run):
    names = {each.name for each in films_run.path.iterdir()}
    assert names == {"run.json", "log.jsonl", "ids.json", "evaluations", "model", "lock"}
    model = {each.name for each in films_run.model.iterdir()}
    assert {"config.json", "model.safetensors", "labelviz.json", "README.md"} <= model
    record = films_run.record
    assert (record["policy"], record["status"]) == ("smooth:off=0.1", "complete")
    assert record["splits"] == {"train": 56, "validation": 12, "test": 12}
    assert record["best_step"] == films_run.best_step


def test_the_model_is_that_of_the_best_step(films_run):
    result = predict(films(), films_run.model)
    best = films_run.probabilities().values
    np.testing.assert_allclose(result.values, best, atol=0.02)
    assert result.provenance.relation == "in-sample"
    assert load_classifier(films_run.model).classes == ("no", "yes")


def test_the_same_seed_gives_the_same_weights_and_another_does_not(tiny, tmp_path, precision):
    dataset = films()
    runs = [
        train(
            TrainingData(dataset, targets_of(dataset)),
            tiny,
            tmp_path / f"r{n}",
            replace(QUICK, seed=seed),
        )
        for n, seed in enumerate((0, 0, 1))
    ]
    first, again, other = map(weights_of, runs)
    assert first == again != other


def test_policies_share_head_order_and_steps(tiny, tmp_path, monkeypatch, precision):
    dataset = dataset_of([row % 3 for row in range(60)], ("a", "b", "c"))
    orders, take_step = [], training.take_step

    def watched(job, step, rows):
        orders[-1].append(rows.tolist())
        return take_step(job, step, rows)

    monkeypatch.setattr(training, "take_step", watched)
    excluded = [decision_of("1", "s0", "exclude")]
    runs = []
    for n, (policy, events) in enumerate([("hard", []), ("smooth:off=0.3", excluded)]):
        orders.append([])
        targets = targets_of(dataset, policy, events)
        runs.append(train(TrainingData(dataset, targets), tiny, tmp_path / f"r{n}", QUICK))
    assert orders[0] == orders[1]
    np.testing.assert_array_equal(runs[0].logits(0), runs[1].logits(0))
    assert runs[0].record["model_hash"] == runs[1].record["model_hash"]
    assert runs[0].record["head"].startswith("A new head for 3 classes")
    last = runs[0].steps[-1]
    assert np.abs(runs[0].logits(last) - runs[1].logits(last)).max() > 1e-4


def test_samples_of_weight_zero_teach_nothing(tiny, tmp_path, precision):
    dataset = films()
    hidden = np.arange(80) % 4 == 0
    lies = hard_targets(dataset, np.where(hidden, 0, dataset.given))
    last = []
    for name, values, weight in (
        ("truth", hard_targets(dataset), 1.0 - hidden),
        ("lies", lies, 1.0 - hidden),
        ("believed", lies, np.ones(80)),
    ):
        targets = replace(targets_of(dataset), values=values, weight=weight)
        run = train(TrainingData(dataset, targets), tiny, tmp_path / name, QUICK)
        last.append(run.logits(run.steps[-1]))
    np.testing.assert_array_equal(last[0], last[1])
    assert np.abs(last[0] - last[2]).max() > 1e-3


def test_a_step_is_the_same_in_one_part_and_in_four(folder, edit, tmp_path, monkeypatch, precision):
    edit(folder / "config.json", **WITHOUT_DROPOUT)
    dataset, near = films(), {"float32": 1e-4, "bfloat16": 0.05}[precision]
    weight = np.linspace(0, 2, 80)
    targets = replace(targets_of(dataset, "smooth:off=0.2"), weight=weight)
    settings = replace(QUICK, batch_size=10, epochs=1)
    whole = train(TrainingData(dataset, targets), folder, tmp_path / "whole", settings)
    parts = train(
        TrainingData(dataset, targets),
        folder,
        tmp_path / "parts",
        replace(settings, accumulation=4),
    )
    last = whole.steps[-1]
    np.testing.assert_allclose(whole.logits(last), parts.logits(last), atol=near)
    assert np.abs(whole.logits(last) - whole.logits(0)).max() > 0.1
    assert whole.rows[-1]["train_loss"] == pytest.approx(parts.rows[-1]["train_loss"], rel=near)


def killed(dataset, targets, model, out):
    """Train in a process that is killed with -9 after its fourth checkpoint."""

    def child():
        save, saved = checkpoints.save, []

        def save_and_die(*arguments):
            save(*arguments)
            saved.append(1)
            if len(saved) == 4:
                os.kill(os.getpid(), signal.SIGKILL)

        checkpoints.save = save_and_die
        train(TrainingData(dataset, targets), model, out, QUICK)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.bad_input("K01")
def test_a_killed_run_goes_on_to_the_same_bits(tiny, tmp_path, precision):
    out = tmp_path / "killed"
    killed(films(), targets_of(films(), "smooth"), tiny, out)
    assert Run.open(out).status == "running"
    stopped_at = Run.open(out).steps[-1]
    steps = []
    dataset, report = films(), lambda done, *_: steps.append(done)
    resumed = train(TrainingData(dataset, targets_of(dataset, "smooth")), tiny, out, QUICK, report)
    whole = train(
        TrainingData(dataset, targets_of(dataset, "smooth")), tiny, tmp_path / "whole", QUICK
    )
    assert steps[0] == stopped_at > 0
    assert resumed.steps == whole.steps
    assert weights_of(resumed) == weights_of(whole)
    for mine, other in zip(resumed.rows, whole.rows, strict=True):
        assert {**mine, "seconds": 0} == {**other, "seconds": 0}
        np.testing.assert_array_equal(resumed.logits(mine["step"]), whole.logits(mine["step"]))


@pytest.mark.bad_input("K01")
def test_a_run_stopped_between_checkpoints_goes_on_to_the_same_bits(tiny, tmp_path, precision):
    dataset = films()
    targets = targets_of(dataset)
    settings = replace(QUICK, evaluations_per_epoch=1)
    stopped(dataset, targets, tiny, tmp_path / "stopped", settings, after=10)
    resumed = train(TrainingData(dataset, targets), tiny, tmp_path / "stopped", settings)
    whole = train(TrainingData(dataset, targets), tiny, tmp_path / "whole", settings)
    assert weights_of(resumed) == weights_of(whole)


@pytest.mark.bad_input("K04")
@pytest.mark.parametrize("changed", ["dataset", "targets", "model_hash", "settings"])
def test_a_stopped_run_does_not_go_on_with_something_else(tiny, folder, tmp_path, changed):
    dataset, model, settings = films(), tiny, QUICK
    stopped(dataset, targets_of(dataset), model, tmp_path / "run", settings, after=3)
    before = (tmp_path / "run" / "run.json").read_bytes()
    targets = targets_of(dataset)
    if changed == "dataset":
        texts = ["another", *dataset.texts[0][1:]]
        dataset = dataset_of(dataset.given, texts=[texts])
    elif changed == "targets":
        targets = targets_of(dataset, "smooth:off=0.1")
    elif changed == "settings":
        settings = replace(QUICK, learning_rate=2e-3)
    else:
        model = folder
        edit_weights(folder)
    with pytest.raises(RunRefused, match=f"another {changed}"):
        train(TrainingData(dataset, targets), model, tmp_path / "run", settings)
    assert (tmp_path / "run" / "run.json").read_bytes() == before


def edit_weights(folder):
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    tensors["classifier.dense.bias"] += 1
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def test_a_complete_run_is_not_trained_again(films_run, tiny):
    dataset = films()
    before = weights_of(films_run)
    with pytest.raises(RunRefused, match="already complete"):
        train(TrainingData(dataset, targets_of(dataset)), tiny, films_run.path, QUICK)
    assert weights_of(films_run) == before


@pytest.mark.bad_input("K06")
def test_a_loss_that_becomes_nan_stops_and_keeps_the_last_checkpoint(tiny, tmp_path, monkeypatch):
    loss_of, calls = robust.soft_cross_entropy, []

    def breaking(*arguments):
        calls.append(1)
        loss, weight = loss_of(*arguments)
        return (loss * float("nan") if len(calls) == 6 else loss), weight

    monkeypatch.setattr(robust, "soft_cross_entropy", breaking)
    dataset, out = films(), tmp_path / "run"
    with pytest.raises(RunRefused) as caught:
        train(TrainingData(dataset, targets_of(dataset)), tiny, out, QUICK)
    assert_message(caught.value, "at step 6", "run", "step 5 is kept", "lower learning rate")
    assert [each.name for each in (out / "checkpoint").iterdir()] == ["000005"]
    assert Run.open(out).status == "running"


@pytest.mark.bad_input("K12")
def test_where_the_best_weights_are_gone_at_the_end_the_last_ones_stay_and_it_is_said(
    tiny, tmp_path, monkeypatch
):
    fit = training.fit

    def losing(job):
        state = fit(job)
        shutil.rmtree(job.checkpoints)
        return state

    monkeypatch.setattr(training, "fit", losing)
    dataset = films()
    run = train(TrainingData(dataset, targets_of(dataset)), tiny, tmp_path / "run", QUICK)
    assert run.status == "complete"
    assert run.record["best_step"] == run.rows[-1]["step"]
    assert "last step" in run.record["warning"]
    assert "last step" in (run.path / "model/README.md").read_text()


def short_of_memory(monkeypatch, most):
    """A machine that trains on only so many samples at once; the sizes that it was asked for."""
    sizes, logits = [], loading.Classifier.logits

    def limited(self, batch):
        if torch.is_grad_enabled():
            sizes.append(len(batch["input_ids"]))
        found = logits(self, batch)  # dropout included: memory runs out late
        if torch.is_grad_enabled() and sizes[-1] > most:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return found

    monkeypatch.setattr(loading.Classifier, "logits", limited)
    return sizes


@pytest.mark.bad_input("K07")
def test_short_memory_computes_the_same_step_in_more_parts(
    folder, edit, tmp_path, monkeypatch, precision
):
    edit(folder / "config.json", **WITHOUT_DROPOUT)
    dataset, near = films(), {"float32": 1e-4, "bfloat16": 0.05}[precision]
    alone = replace(QUICK, epochs=1.0)
    plain = train(TrainingData(dataset, targets_of(dataset)), folder, tmp_path / "plain", alone)
    sizes = short_of_memory(monkeypatch, 3)
    short = train(TrainingData(dataset, targets_of(dataset)), folder, tmp_path / "short", alone)
    too_many = sum(size > 3 for size in sizes)
    assert 1 <= too_many <= 4  # found out once, and remembered
    assert [row["step"] for row in short.rows] == [row["step"] for row in plain.rows]
    losses = [[row["train_loss"] for row in run.rows[1:]] for run in (plain, short)]
    np.testing.assert_allclose(losses[0], losses[1], rtol=near)


@pytest.mark.bad_input("K07")
def test_a_run_that_was_short_of_memory_goes_on_to_the_same_bits(tiny, tmp_path, monkeypatch):
    dataset, settings = films(), replace(QUICK, epochs=1.0, batch_size=8)
    targets = targets_of(dataset)
    halves = train(
        TrainingData(dataset, targets), tiny, tmp_path / "halves", replace(settings, accumulation=2)
    )
    with monkeypatch.context() as patched:
        short_of_memory(patched, 4)
        whole = train(TrainingData(dataset, targets), tiny, tmp_path / "whole", settings)
        stopped(dataset, targets, tiny, tmp_path / "stopped", settings, after=3)
    resumed = train(TrainingData(dataset, targets), tiny, tmp_path / "stopped", settings)
    assert weights_of(whole) == weights_of(halves)
    assert weights_of(resumed) == weights_of(whole)


def unwritable(path):
    """A file that the disk refuses, as `replaced` says it."""
    error = PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    raise not_written(path, error) from error


@pytest.mark.bad_input("K03")
def test_a_disk_without_room_is_said_and_the_run_goes_on(tiny, tmp_path, monkeypatch):
    save, done = safetensors.torch.save_file, []

    def full(*asked):
        done.append(asked)
        if len(done) > 3:  # two files are a checkpoint
            raise SafetensorError("I/O error: No space left on device (os error 28)")
        save(*asked)

    data = TrainingData(films(), targets_of(films()))
    with monkeypatch.context() as patched:
        patched.setattr(safetensors.torch, "save_file", full)
        with pytest.raises(RunRefused) as refused:
            train(data, tiny, tmp_path / "run", QUICK)
    kept = "The checkpoint of step 0 is kept."
    assert_message(refused.value, "cannot be written: No space left", "run", kept, "it goes on")

    def no_room(*_, **__):
        raise Exception("No space left on device (os error 28)")  # as tokenizers says it

    with monkeypatch.context() as patched:
        patched.setattr(PreTrainedTokenizerBase, "save_pretrained", no_room)
        with pytest.raises(RunRefused) as refused:
            train(data, tiny, tmp_path / "run", QUICK)
    assert_message(
        refused.value, "cannot be written: No space left", "run", "is kept", "it goes on"
    )
    assert not list((tmp_path / "run").glob(".*writing"))
    with monkeypatch.context() as patched:
        patched.setattr(training, "replaced", unwritable)
        with pytest.raises(RunRefused, match="What was trained cannot be written: Permission"):
            train(data, tiny, tmp_path / "other", QUICK)
    resumed = train(data, tiny, tmp_path / "run", QUICK)
    assert weights_of(resumed) == weights_of(train(data, tiny, tmp_path / "whole", QUICK))


def test_what_is_left_of_a_training_whose_other_process_ended_is_said(tiny, tmp_path):
    stopped(films(), targets_of(films()), tiny, tmp_path / "run", QUICK, after=3)
    said = training.lost(tmp_path / "run")
    assert said.where == str(tmp_path / "run")
    assert said.safe == "The checkpoint of step 2 is kept."
    nobody_knows = training.lost(None)
    assert (nobody_knows.where, nobody_knows.safe) == ("", "")


@pytest.mark.bad_input("K07")
def test_no_memory_for_one_sample_stops_with_advice(tiny, tmp_path, monkeypatch):
    short_of_memory(monkeypatch, 0)
    dataset = films()
    with pytest.raises(RunRefused) as refused:
        train(TrainingData(dataset, targets_of(dataset)), tiny, tmp_path / "run", QUICK)
    kept = "checkpoint of step 0 is kept"
    assert_message(refused.value, "one sample of", "run", kept, "smaller model")


@pytest.mark.bad_input("K07")
def test_no_memory_for_the_optimiser_stops_with_advice_and_goes_on(tiny, tmp_path, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    data = TrainingData(films(), targets_of(films()))
    with monkeypatch.context() as patched:
        patched.setattr(torch.optim.AdamW, "step", full)
        with pytest.raises(RunRefused) as refused:
            train(data, tiny, tmp_path / "run", QUICK)
    kept = "checkpoint of step 0 is kept"
    assert_message(refused.value, "what the optimiser keeps", "run", kept, "goes on")
    resumed = train(data, tiny, tmp_path / "run", QUICK)
    assert weights_of(resumed) == weights_of(train(data, tiny, tmp_path / "whole", QUICK))


def test_what_fails_otherwise_in_the_optimiser_is_no_matter_of_memory(tiny, tmp_path, monkeypatch):
    def broken(*_):
        raise RuntimeError("a shape that does not fit")

    monkeypatch.setattr(torch.optim.AdamW, "step", broken)
    with pytest.raises(RuntimeError, match="a shape"):
        train(TrainingData(films(), targets_of(films())), tiny, tmp_path / "run", QUICK)


def test_patience_ends_a_run_and_the_best_weights_come_back(tiny, tmp_path, monkeypatch, precision):
    losses = iter([0.9, 0.5, 0.6, 0.7, 0.4])
    scores = Samples.scores

    def rising(self, p, **how):
        return scores(self, p, **how) | {"selection_nll": next(losses)}

    monkeypatch.setattr(Samples, "scores", rising)
    dataset = films()
    settings = replace(QUICK, patience=2, learning_rate=1e-2)
    run = train(TrainingData(dataset, targets_of(dataset)), tiny, tmp_path / "run", settings)
    assert len(run.rows) == 4
    assert run.record["best_step"] == run.best_step == run.steps[1]
    values = predict(dataset, run.model).values
    gaps = {step: np.abs(values - run.probabilities(step).values).max() for step in run.steps}
    assert min(gaps, key=gaps.get) == run.best_step


def test_frozen_layers_keep_their_bits_while_the_others_learn(tmp_path, precision):
    start = new_classifier(tmp_path / "start", TEXTS, ("no", "yes"), replace(SMALL, layers=3))
    settings = replace(QUICK, epochs=6, learning_rate=3e-3, frozen=0.34)
    run = train(TrainingData(films(), targets_of(films())), start, tmp_path / "run", settings)
    assert run.record["frozen_layers"] == 1
    assert run.rows[-1]["test_accuracy"] == 1.0
    before, after = (load_file(each / "model.safetensors") for each in (start, run.model))
    for name, weight in before.items():
        if "embeddings" in name or "layer.0." in name:
            assert torch.equal(after[name], weight), name
        elif name.endswith("dense.weight"):
            assert not torch.equal(after[name], weight), name


def test_judging_validation_alone_trains_to_the_same_weights(tiny, tmp_path, rounding):
    dataset = films()
    whole = train(TrainingData(dataset, targets_of(dataset)), tiny, tmp_path / "whole", QUICK)
    settings = replace(QUICK, judge_all=False)
    lean = train(TrainingData(dataset, targets_of(dataset)), tiny, tmp_path / "lean", settings)
    assert weights_of(lean) == weights_of(whole)
    assert whole.steps[0] == 0
    for ours, theirs in zip(lean.rows, whole.rows[1:], strict=True):
        assert ours["selection_nll"] == pytest.approx(theirs["selection_nll"], abs=rounding)
        assert ours["validation_accuracy"] == theirs["validation_accuracy"]
        assert (ours["train_nll"], ours["test_accuracy"]) == (None, None)
    judged = np.isfinite(lean.logits(lean.steps[0])).all(axis=1)
    assert (judged == (splits(dataset) == "validation")).all()
    with pytest.raises(RunRefused) as refused:
        lean.probabilities()
    assert_message(refused.value, "only its validation", "lean", "", "Predict with")
    assert "| accuracy |" in (lean.model / "README.md").read_text()


def test_no_training_sample(tiny, tmp_path):
    nowhere = dataset_of([0, 1, 0, 1], split=strings(["test", "validation"] * 2))
    with pytest.raises(RunRefused) as caught:
        train(TrainingData(nowhere, targets_of(nowhere)), tiny, tmp_path / "run", QUICK)
    assert_message(caught.value, "train part has no sample", "split", "", "70 % train")
    assert {each.name for each in (tmp_path / "run").glob("*")} <= {"lock"}


def test_every_training_sample_excluded(tiny, tmp_path):
    dataset = films(20)
    targets = replace(targets_of(dataset), weight=np.zeros(20))
    with pytest.raises(RunRefused, match="train part has no sample with a weight above 0"):
        train(TrainingData(dataset, targets), tiny, tmp_path / "run", QUICK)


@pytest.mark.parametrize("given", [[0, 1, 0, 1], [0, -1, 0, -1]])
def test_no_validation_sample(tiny, tmp_path, given):
    split = strings(["train", "test"] * 2 if -1 not in given else ["train", "validation"] * 2)
    dataset = dataset_of(given, split=split)
    with pytest.raises(RunRefused) as caught:
        train(TrainingData(dataset, targets_of(dataset)), tiny, tmp_path / "run", QUICK)
    assert_message(caught.value, "validation part has no labelled", "split", "", "'validation'")


def test_targets_of_another_dataset(tiny, tmp_path):
    for other in (films(40), dataset_of(films().given, ("yes", "no"))):
        with pytest.raises(RunRefused, match="not those of this dataset"):
            train(TrainingData(films(), targets_of(other)), tiny, tmp_path / "run", QUICK)


def test_multilabel_with_unknown_cells(tags, tmp_path, precision):
    texts = ["cat red", "cat", "red", "none"] * 15
    cells = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0]] * 15)
    cells[::7, 0] = -1
    split = strings(["train"] * 42 + ["validation"] * 9 + ["test"] * 9)
    numbered = [f"{text} {number}" for number, text in enumerate(texts)]
    dataset = dataset_of(cells, ("a", "b", "c"), texts=[numbered], split=split)
    settings = replace(QUICK, epochs=6, learning_rate=5e-3)
    run = train(
        TrainingData(dataset, targets_of(dataset, "smooth:off=0.05")),
        tags,
        tmp_path / "run",
        settings,
    )
    assert run.rows[-1]["test_accuracy"] > 0.9
    assert run.multilabel
    p = run.probabilities(run.rows[-1]["step"]).values
    own = np.where(cells == 1, p, 1 - p)
    judged = (split == "validation")[:, None] & (cells != -1)
    assert run.rows[-1]["validation_nll"] == pytest.approx(-np.log(own[judged]).mean())
    assert predict(dataset, run.model).values.shape == (60, 3)


def test_a_head_in_another_order_is_trained_by_name(tiny, tmp_path, precision):
    dataset = films()
    swapped = dataset_of(1 - dataset.given, ("yes", "no"), [dataset.texts[0].tolist()])
    plain = train(TrainingData(dataset, targets_of(dataset)), tiny, tmp_path / "plain", QUICK)
    other = train(TrainingData(swapped, targets_of(swapped)), tiny, tmp_path / "swapped", QUICK)
    for step in (0, plain.steps[-1]):
        np.testing.assert_allclose(other.logits(step)[:, ::-1], plain.logits(step), atol=0.05)
    assert predict(dataset, other.model).classes == ("no", "yes")
    config = json.loads((other.model / "config.json").read_text())
    assert config["id2label"] == {"0": "no", "1": "yes"}


def test_progress_and_the_random_state(tiny, tmp_path):
    before, calls = torch.get_rng_state(), []
    dataset = films(40)
    settings = replace(QUICK, epochs=1)
    out = tmp_path / "run"
    train(
        TrainingData(dataset, targets_of(dataset)),
        tiny,
        out,
        settings,
        lambda *call: calls.append(call),
    )
    steps = [call for call in calls if call[2] == STEPS]
    assert (steps[0], steps[-1]) == ((0, 4, STEPS), (4, 4, STEPS))
    assert next(call for call in calls if call[2] == JUDGED) == (40, 40, JUDGED)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(("kind", "attention"), [("bfloat16", "eager"), ("float32", "sdpa")])
def test_attention_trains_without_dropout_and_the_rest_with(tiny, kind, attention):
    loaded = replace(load_classifier(tiny), device="cpu", precision=kind)
    training._set_attention(loaded)
    layer = loaded.model.roberta.encoder.layer[0].attention
    assert (layer.self.dropout.p, layer.output.dropout.p) == (0.0, 0.1)
    assert loaded.model.config._attn_implementation == attention


@pytest.mark.parametrize("asked", ["float32", "bfloat16"])
def test_a_run_says_what_it_was_trained_in_and_why(tiny, tmp_path, monkeypatch, asked):
    monkeypatch.setenv(VARIABLE, "float32" if asked == "bfloat16" else "bfloat16")
    settings = replace(QUICK, epochs=1, precision=asked)
    run = train(TrainingData(films(20), targets_of(films(20))), tiny, tmp_path / "run", settings)
    assert run.record["precision"] == asked
    assert run.record["precision_why"] == f"Computed in {asked}, as asked for."
    assert f"| precision | Computed in {asked}, as asked for. |" in model_card(run, films(20))


def test_a_stopped_run_goes_on_in_the_precision_it_began_in(tiny, tmp_path, monkeypatch):
    dataset = films()
    targets = targets_of(dataset)
    monkeypatch.setenv(VARIABLE, "bfloat16")
    whole = train(TrainingData(dataset, targets), tiny, tmp_path / "whole", QUICK)
    stopped(dataset, targets, tiny, tmp_path / "stopped", QUICK, after=10)
    monkeypatch.setenv(VARIABLE, "float32")  # the same folder on another machine
    resumed = train(TrainingData(dataset, targets), tiny, tmp_path / "stopped", QUICK)
    exact = train(TrainingData(dataset, targets), tiny, tmp_path / "exact", QUICK)
    assert resumed.record["precision"] == "bfloat16"
    assert weights_of(resumed) == weights_of(whole) != weights_of(exact)


def test_every_part_of_every_step_draws_its_own_dropout(tiny, tmp_path, monkeypatch):
    drawn, logits = [], loading.Classifier.logits

    def watched(self, batch):
        if torch.is_grad_enabled():
            drawn[-1].append(torch.get_rng_state().numpy().tobytes())
        return logits(self, batch)

    monkeypatch.setattr(loading.Classifier, "logits", watched)
    dataset = films(40)
    for n, seed in enumerate((0, 0, 1)):
        drawn.append([])
        settings = replace(QUICK, seed=seed, accumulation=3)
        train(TrainingData(dataset, targets_of(dataset)), tiny, tmp_path / f"r{n}", settings)
    first, again, other = drawn
    assert first == again
    assert len({*first, *other}) == len(first) + len(other) == 44


def test_the_first_part_of_a_step_draws_what_a_whole_step_does():
    settings = TrainSettings(seed=7)
    assert training.seed_of(settings, 5, 0) == 7 * 1_000_003 + 5
    seeds = {
        training.seed_of(settings, step, part) % 2**32
        for step in range(2_000)
        for part in range(200)
    }
    assert len(seeds) == 400_000


def late(row):
    """A text whose telling words begin after 264 tokens, which are so many letters and spaces."""
    return "so " * 88 + ("good " if row % 2 else "bad ") * 20


@pytest.fixture(scope="module")
def long_run(tmp_path_factory) -> Run:
    """A run that was trained on more tokens than other models are used with by default."""
    folder = tmp_path_factory.mktemp("long")
    start = new_classifier(folder / "start", TEXTS, ("no", "yes"), replace(SMALL, max_tokens=340))
    long = dataset_of(
        [row % 2 for row in range(12)],
        texts=[[late(row) for row in range(12)]],
        split=strings(["train"] * 8 + ["validation"] * 4),
    )
    settings = replace(QUICK, epochs=1, max_tokens=300)
    return train(TrainingData(long, targets_of(long)), start, folder / "run", settings)


def of_run(run, **more):
    """The texts of a run with their ids, predicted by its model."""
    texts = [late(row) for row in range(12)]
    return predict(dataset_of([row % 2 for row in range(12)], texts=[texts]), run.model, **more)


def largest_difference(found):
    """Between the texts of a prediction; the order of additions leaves far less than 1e-7 of it."""
    return np.ptp(found.values, axis=0).max()


def test_what_a_model_was_trained_with_is_what_it_is_used_with(long_run):
    assert json.loads((long_run.model / "labelviz.json").read_text())["max_tokens"] == 300
    assert (
        json.loads((long_run.model / "tokenizer_config.json").read_text())["model_max_length"]
        == 300
    )
    found = of_run(long_run)
    assert found.provenance.computed.max_tokens == 300
    assert found.provenance.notes[-1].endswith("as in the training of the model.")
    np.testing.assert_allclose(found.values, long_run.probabilities().values, atol=0.02)
    assert largest_difference(found) > 1e-6
    short = of_run(long_run, use=ModelUse(max_tokens=256))
    assert short.provenance.computed.max_tokens == 256
    assert largest_difference(short) < 1e-7  # the telling words were cut off


def test_a_model_that_an_earlier_version_trained_is_used_as_its_run_says(long_run, tmp_path, edit):
    old = Run.open(shutil.copytree(long_run.path, tmp_path / "old"))
    edit(old.model / "labelviz.json", max_tokens=None, tokenizer_max_tokens=None)
    edit(old.model / "tokenizer_config.json", model_max_length=340)
    assert of_run(old).provenance.computed.max_tokens == 300


def test_a_trained_model_can_be_trained_further_on_longer_samples(long_run, tmp_path):
    settings = replace(QUICK, epochs=1, max_tokens=320)
    run = train(
        TrainingData(films(20), targets_of(films(20))), long_run.model, tmp_path / "run", settings
    )
    assert run.record["max_tokens"] == 320
    assert load_classifier(run.model).max_tokens == 320
    settings = replace(settings, max_tokens=512)
    run = train(
        TrainingData(films(20), targets_of(films(20))), run.model, tmp_path / "longer", settings
    )
    assert load_classifier(run.model).max_tokens == 340  # the positions it has


def test_the_learning_rate_rises_and_falls():
    settings = TrainSettings(learning_rate=1.0, warmup=0.2)
    rates = [learning_rate(step, 10, settings) for step in range(10)]
    assert rates == pytest.approx([0.5, 1, 1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8])
    assert learning_rate(0, 1, TrainSettings(learning_rate=1.0, warmup=0.0)) == 1.0
    assert learning_rate(0, 1, TrainSettings(learning_rate=1.0, warmup=1.0)) == 1.0


def test_the_second_training_into_a_run_at_once_is_refused(tmp_path):
    data = dataset_of([0, 1])
    with locked(tmp_path / "run" / LOCK), pytest.raises(RunRefused) as refused:
        train(TrainingData(data, hard_targets(data)), tmp_path / "no-model", tmp_path / "run")
    assert_message(refused.value, "Another training into run", "run", "goes on", "Wait until")


def test_a_run_whose_folder_cannot_be_made_is_told(tmp_path):
    (tmp_path / "runs").write_text("in the way")
    data = dataset_of([0, 1])
    with pytest.raises(RunRefused) as refused:
        train(
            TrainingData(data, hard_targets(data)),
            tmp_path / "no-model",
            tmp_path / "runs" / "first",
        )
    assert_message(refused.value, "first cannot be written", "runs", remedy="Check the folder")


def test_of_many_samples_all_are_judged_a_few_times_and_with_the_best_weights(
    tiny, tmp_path, monkeypatch, rounding
):
    monkeypatch.setattr(training, "EVERY_TIME", 10)
    monkeypatch.setattr(samples, "USUAL", 12)
    dataset = films()
    settings = replace(QUICK, evaluations_per_epoch=4, epochs=2)
    run = train(TrainingData(dataset, targets_of(dataset)), tiny, tmp_path / "run", settings)
    whole = [row["step"] for row in run.rows if row["all"]]
    assert len(run.steps) == 1 + 8
    assert set(whole) == {*run.steps[2::2], run.best_step}
    assert run.whole_steps == tuple(whole)
    part = splits(dataset)
    for row in run.rows:
        judged = np.isfinite(run.logits(row["step"])).all(axis=1)
        assert judged[part == "validation"].all()
        assert judged.all() == row["all"]
        assert (judged & (part == "train")).sum() == ((part == "train").sum() if row["all"] else 12)
        assert (row["test_nll"] is None) == (not row["all"])
        assert row["train_nll"] is not None
    assert run.all_logits(dataset.ids).shape == (len(whole), 80, 2)
    again = predict(dataset, run.model, use=ModelUse(precision=run.record["precision"])).values
    np.testing.assert_allclose(run.probabilities().values, again, atol=max(rounding, 1e-5))


def test_suspects_are_judged_at_every_evaluation(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(samples, "USUAL", 2)
    dataset = films()
    part = splits(dataset)
    suspects = np.flatnonzero(part == "train")[5:9]
    elsewhere = np.flatnonzero(part == "test")[:2]
    data = TrainingData(dataset, targets_of(dataset), np.concatenate([suspects, elsewhere]))
    run = train(data, tiny, tmp_path / "run", replace(QUICK, judge_all=False))
    assert run.steps[0] == 0
    assert run.whole_steps == ()
    for step in run.steps:
        judged = np.isfinite(run.logits(step)).all(axis=1)
        assert judged[suspects].all()
        assert not judged[part == "test"].any()
        assert 4 <= (judged & (part == "train")).sum() <= 6
    watched = run.watched(suspects)
    assert watched.logits.shape == (len(run.steps), 4, 2)
    assert watched.best == run.steps.index(run.best_step)


def test_losses_are_told_without_their_floors(tiny, tmp_path):
    dataset, targets = films(), targets_of(films(), "smooth:off=0.1")
    run = train(TrainingData(dataset, targets), tiny, tmp_path / "run", QUICK)
    row, part = run.rows[1], splits(dataset)
    p = run.probabilities(row["step"]).values
    for name in ("train", "validation"):
        rows = part == name
        q = targets.values[rows]
        known = (q * np.log(q / p[rows])).sum(axis=1).mean()
        assert row[f"{name}_kl"] == pytest.approx(known, abs=1e-9)
    assert row["validation_kl"] < row["selection_nll"]
