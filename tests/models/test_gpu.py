"""What is computed otherwise on a graphics processor; needs no more than the models do."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch

from labelviz.core.decisions import Review
from labelviz.core.progress import STEPS
from labelviz.core.settings import TrainSettings
from labelviz.layers.decided import with_decisions
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making
from labelviz.layers.policy import parse_policy
from labelviz.models import train as training
from labelviz.models.group import Group
from labelviz.models.precision import VARIABLE
from labelviz.models.predict import predict
from labelviz.models.runs import Run
from labelviz.models.samples import TrainingData
from labelviz.models.scratch import new_classifier
from labelviz.models.train import train
from tests.conftest import dataset_of
from tests.models.conftest import SMALL, TEXTS

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="not run, because this machine has no GPU"
)
SETTINGS = TrainSettings(epochs=4, learning_rate=3e-3, batch_size=8, patience=99)
# How far a probability may be from that of another order of additions, or another processor.
NEAR = {"float32": 1e-3, "bfloat16": 0.05}
# And after training twice, where the additions of the backward pass have no order.
TWICE = {"float32": 0.02, "bfloat16": 0.2}
MIB = 2**20


def films(n=80, repeated=1):
    """Texts with one telling word."""
    labels = [row % 2 for row in range(n)]
    words = [("good " if y else "bad ") * repeated for y in labels]
    texts = [word * (1 + row % 5) + str(row) for row, word in enumerate(words)]
    dataset = dataset_of(labels, texts=[texts])
    making = Making(Ground(dataset), parse_policy("hard"))
    return TrainingData(dataset, with_decisions(making, Review(dataset, ())))


@pytest.fixture(scope="module")
def films_run(tiny, precision, tmp_path_factory) -> Run:
    """A run over the films, in each precision."""
    return train(films(), tiny, tmp_path_factory.mktemp("runs") / "films", SETTINGS)


def allocated():
    """Bytes on the GPU that something still refers to."""
    gc.collect()
    torch.cuda.synchronize()
    return torch.cuda.memory_allocated()


def test_it_learns_there(films_run, precision):
    record, rows = films_run.record, films_run.rows
    assert (record["device"], record["precision"]) == ("cuda", precision)
    hardware = record["hardware"]
    assert hardware["graphics processor"] == torch.cuda.get_device_name()
    assert hardware["TF32 in products of float32"] == "off"
    assert rows[-1]["test_accuracy"] == 1.0
    assert rows[-1]["train_nll"] < 0.3 < rows[0]["train_nll"]
    losses = [row["train_loss"] for row in rows[1:]]
    assert losses[-1] < losses[0] / 2


def test_left_to_labelviz_it_computes_in_bfloat16_where_the_gpu_multiplies_it(
    tiny, tmp_path, monkeypatch
):
    monkeypatch.delenv(VARIABLE, raising=False)
    run = train(films(20), tiny, tmp_path / "run", replace(SETTINGS, epochs=1))
    able = torch.cuda.is_bf16_supported(including_emulation=False)
    assert run.record["precision"] == ("bfloat16" if able else "float32")


def test_a_stopped_run_goes_on_to_the_same_model(films_run, tiny, tmp_path, precision):
    class Stop(Exception):
        """Somebody pulled the plug."""

    def report(done, _, unit):
        if unit == STEPS and done >= 13:
            raise Stop

    data, out = films(), tmp_path / "run"
    with pytest.raises(Stop):
        train(data, tiny, out, SETTINGS, report)
    began = []
    resumed = train(data, tiny, out, SETTINGS, lambda done, *_: began.append(done))
    assert 0 < began[0] <= 13
    assert resumed.steps == films_run.steps
    for step in resumed.steps:
        values = resumed.probabilities(step).values
        np.testing.assert_allclose(
            values, films_run.probabilities(step).values, atol=TWICE[precision]
        )


def test_a_prediction_there_is_that_of_the_cpu(films_run, precision, monkeypatch):
    dataset = films().dataset
    there = predict(dataset, films_run.model).values
    best = films_run.probabilities().values
    with monkeypatch.context() as patched:
        patched.setattr(torch.cuda, "is_available", lambda: False)
        here = predict(dataset, films_run.model).values
    np.testing.assert_allclose(there, here, atol=NEAR[precision])
    np.testing.assert_allclose(there, best, atol=NEAR[precision])
    assert np.ptp(here[:, 0]) > 0.5


def test_the_memory_is_given_back(films_run, tiny, tmp_path):
    data = films()
    before = allocated()
    run = train(data, tiny, tmp_path / "run", replace(SETTINGS, epochs=1))
    predict(data.dataset, run.model)
    assert allocated() <= before + MIB


def test_sums_over_processes_go_by_nccl(tmp_path, tiny):
    where = {"init_method": f"file://{tmp_path}/store", "rank": 0, "world_size": 1}
    torch.distributed.init_process_group("nccl", **where)
    try:
        group = Group(0, 2)  # as if there were another, whose numbers are all 0
        assert group.added([1, 2.5]) == [1, 2.5]
        gradients = [torch.ones(3, device="cuda"), torch.ones(2, 2, device="cuda")]
        group.add(gradients)
        assert [each.sum().item() for each in gradients] == [3, 4]
        run = train(films(20), tiny, tmp_path / "run", replace(SETTINGS, epochs=1))
        assert torch.distributed.is_initialized()  # by others, and so left to them
    finally:
        torch.distributed.destroy_process_group()
    assert run.complete


@contextmanager
def limited(more):
    """Inside, this process has so many bytes of the GPU's memory above what it holds now."""
    gc.collect()
    torch.cuda.empty_cache()
    whole = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + more) / whole)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


@pytest.mark.bad_input("K07")
def test_where_its_memory_is_short_a_step_is_computed_in_more_parts(tmp_path, monkeypatch, edit):
    monkeypatch.setenv(VARIABLE, "float32")
    wide = replace(SMALL, hidden=256, layers=4, heads=4, intermediate=1024, max_tokens=128)
    start = new_classifier(tmp_path / "start", TEXTS, ("no", "yes"), wide)
    edit(start / "config.json", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    data = films(128, repeated=40)
    settings = replace(SETTINGS, epochs=2, batch_size=64, learning_rate=1e-4)
    plain = train(data, start, tmp_path / "plain", settings)
    tried, add = [], training._add_gradients

    def watched(job, step, parts, whole):
        tried.append(len(parts))
        return add(job, step, parts, whole)

    monkeypatch.setattr(training, "_add_gradients", watched)
    with limited(384 * MIB):
        short = train(data, start, tmp_path / "short", settings)
    assert tried[0] == 1
    assert tried == sorted(tried)  # found out once, and remembered
    assert tried[-1] > 1
    assert max(tried) > 1
    losses = [[row["train_loss"] for row in run.rows[1:]] for run in (plain, short)]
    np.testing.assert_allclose(losses[0], losses[1], rtol=0.01)
