from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, softmax

from labelviz.core.arrays import strings
from labelviz.core.distributions import GIVEN, REVIEWER, Targets, hard_targets
from labelviz.core.progress import STEPS
from labelviz.core.settings import (
    CROSS_ENTROPY,
    ELR,
    FORWARD,
    LOSSES,
    SELC,
    TrainSettings,
)
from labelviz.errors import RunRefused
from labelviz.models.group import ALONE, Group
from labelviz.models.robust import Loss
from labelviz.models.runs import Run
from labelviz.models.samples import Samples, TrainingData, samples_of
from labelviz.models.train import train
from tests.conftest import dataset_of
from tests.models.test_train import QUICK, Stop, films, targets_of, weights_of

PER_EPOCH = 2
T2 = np.array([[0.9, 0.1], [0.3, 0.7]])


def data_of(dataset: Any, kind: str, noise: Any = None) -> TrainingData:
    """Hard targets, to be learned with a loss."""
    known = noise if kind == FORWARD else None
    return TrainingData(dataset, targets_of(dataset), loss=kind, noise=known)


def stopped(data: TrainingData, model: Any, out: Any, how: TrainSettings) -> None:
    """Train in the second epoch, and no further."""

    def report(done: int, _: int, unit: str) -> None:
        if unit == STEPS and done >= 11:
            raise Stop

    with pytest.raises(Stop):
        train(data, model, out, how, report)


def samples(values: Any, *people: int, weight: Any = None, multilabel: bool = False) -> Samples:
    """Training samples with these targets, of which people decided some."""
    targets = np.array(values, dtype=float)
    n = len(targets)
    return Samples(
        multilabel=multilabel,
        part=strings(["train"] * n),
        train=np.arange(n),
        targets=targets,
        weight=np.ones(n) if weight is None else np.array(weight, dtype=float),
        given=np.zeros(targets.shape if multilabel else n, dtype=np.int64),
        selection=np.full(targets.shape if multilabel else n, -1),
        by_people=np.isin(np.arange(n), people),
    )


def value(loss: Loss, logits: Any, step: int = 0, rows: Any = None) -> float:
    """The loss of a step, which is then remembered."""
    rows = np.arange(len(logits)) if rows is None else np.array(rows)
    loss.begin()
    found = loss.of(step, rows, torch.tensor(logits, dtype=torch.float32))
    loss.keep(step, rows, ALONE)
    return float(found)


def of_p(*p: float) -> list[float]:
    """Logits whose softmax are these probabilities."""
    return np.log(p).tolist()


def test_selc_moves_a_target_a_tenth_of_the_way_once_the_first_epoch_is_over():
    loss = Loss(SELC, samples([[1, 0]]), PER_EPOCH)
    logits = [of_p(0.4, 0.6)]
    for step in range(PER_EPOCH):
        assert value(loss, logits, step) == pytest.approx(-np.log(0.4), rel=1e-6)
    moved = np.array([0.94, 0.06])
    for step in (2, 3):
        expected = -(moved * np.log([0.4, 0.6])).sum()
        assert value(loss, logits, step) == pytest.approx(expected, rel=1e-6)
        moved = 0.9 * moved + 0.1 * np.array([0.4, 0.6])


def test_elr_adds_three_times_the_logarithm_of_how_far_the_model_left_what_it_said():
    loss = Loss(ELR, samples([[1, 0]]), PER_EPOCH)
    held = np.zeros(2)
    for p in ([0.4, 0.6], [0.5, 0.5], [0.9, 0.1]):
        held = 0.7 * held + 0.3 * np.array(p)
        expected = -np.log(p[0]) + 3 * np.log(1 - held @ p)
        assert value(loss, [of_p(*p)]) == pytest.approx(expected, rel=1e-5)


def test_forward_judges_what_would_be_given():
    loss = Loss(FORWARD, samples([[1, 0], [0, 1]]), PER_EPOCH, T2)
    given = T2.T @ [0.4, 0.6]
    logits = [of_p(0.4, 0.6)] * 2
    assert value(loss, logits) == pytest.approx(-np.log(given).sum(), rel=1e-5)


@pytest.mark.parametrize("true", [0, 1])
def test_forward_is_least_where_the_model_says_what_is_true(true: int):
    loss = Loss(FORWARD, samples([T2[true]]), PER_EPOCH, T2)
    shares = np.linspace(0.01, 0.99, 99)
    found = [value(loss, [of_p(1 - share, share)]) for share in shares]
    assert shares[int(np.argmin(found))] == pytest.approx(0.99 if true else 0.01)
    plain = Loss(CROSS_ENTROPY, samples([T2[true]]), PER_EPOCH)
    found = [value(plain, [of_p(1 - share, share)]) for share in shares]
    assert shares[int(np.argmin(found))] == pytest.approx(T2[true, 1])


def reference(kind: str, q: Any, p: Any, held: Any, t: Any) -> tuple[float, Any]:
    """Loss and memory of one distribution, in NumPy."""
    plain = -(q * np.log(p)).sum()
    if kind == SELC:
        moved = 0.9 * held + 0.1 * p
        return -(moved * np.log(p)).sum(), moved
    if kind == ELR:
        cut = p.clip(1e-4, 1 - 1e-4)
        moved = 0.7 * held + 0.3 * cut / cut.sum()
        return plain + 3 * np.log(1 - moved @ cut), moved
    if kind == FORWARD:
        return -(q * np.log(t.T @ p)).sum(), held
    return plain, held


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), kind=st.sampled_from(LOSSES), several=st.booleans())
def test_each_loss_is_that_of_its_paper_sample_by_sample(seed: int, kind: str, several: bool):
    draw = np.random.default_rng(seed)
    n, k = 5, 3
    if several:
        targets = draw.choice([0.0, 0.2, 1.0, np.nan], (n, k))
        t = draw.dirichlet([1, 1], (k, 2))
    else:
        targets = draw.dirichlet([1] * k, n)
        t = draw.dirichlet([1] * k, k)
    weight, people = draw.choice([0.0, 0.5, 1.0], n), draw.choice(n, 2, replace=False)
    made = samples(targets, *people, weight=weight, multilabel=several)
    loss = Loss(kind, made, 0, t)
    held: dict[Any, Any] = {}
    for step in range(3):
        logits = draw.normal(0, 3, (n, k))
        total = 0.0
        for row in range(n):
            cells = range(k) if several else [None]
            for cell in cells:
                if several:
                    p = expit(logits[row, cell]) * np.array([-1, 1]) + [1, 0]
                    q = targets[row, cell] * np.array([-1, 1]) + [1, 0]
                else:
                    p, q = softmax(logits[row]), targets[row]
                if np.isnan(q).any():
                    continue
                before = held.get((row, cell), q if kind == SELC else np.zeros(len(q)))
                mine = t[cell] if several else t
                each, held[row, cell] = reference(kind, q, p, before, mine)
                plain = -(q * np.log(p)).sum()
                total += weight[row] * (plain if row in people else each)
        assert value(loss, logits, step) == pytest.approx(total, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("kind", [SELC, ELR])
def test_a_step_in_parts_and_in_processes_is_remembered_as_one(kind: str):
    draw = np.random.default_rng(0)
    made = samples(draw.dirichlet([1, 1, 1], 6))
    logits = torch.tensor(draw.normal(size=(6, 3)), dtype=torch.float32)
    whole, parts, other = (Loss(kind, made, 0) for _ in range(3))
    rows, halves = np.array([4, 0, 5, 2]), [np.array([4, 0]), np.array([5, 2])]

    class Two(Group):
        def gathered(self, values: Any) -> Any:
            """With what the second process found."""
            theirs = np.zeros_like(values)
            theirs[2:] = other._new[0][1]
            return values + theirs

    expected = whole.of(0, rows, logits[rows])
    whole.keep(0, rows, ALONE)
    found = parts.of(0, halves[0], logits[halves[0]]) + other.of(0, halves[1], logits[halves[1]])
    parts.keep(0, rows, Two(0, 2))
    assert float(found) == pytest.approx(float(expected), rel=1e-6)
    assert torch.equal(parts.memory, whole.memory)
    assert not torch.equal(parts.memory, Loss(kind, made, 0).memory)


def test_a_step_that_is_computed_again_is_remembered_once():
    loss = Loss(ELR, samples([[1, 0]]), PER_EPOCH)
    logits = torch.tensor([of_p(0.4, 0.6)])
    for _ in range(2):
        loss.begin()
        loss.of(0, np.array([0]), logits)
    loss.keep(0, np.array([0]), ALONE)
    assert loss.memory[0].tolist() == pytest.approx([0.12, 0.18])


@pytest.mark.parametrize("kind", LOSSES)
def test_it_learns_with_each_loss_and_a_stopped_run_goes_on_to_the_same_weights(
    kind: str, tiny, tmp_path
):
    dataset = films()
    how = replace(QUICK, epochs=4, learning_rate=3e-3)
    data = data_of(dataset, kind, T2)
    run = train(data, tiny, tmp_path / "whole", how)
    assert run.rows[-1]["test_accuracy"] == 1.0
    assert run.record["noise"] == (T2.tolist() if kind == FORWARD else None)
    stopped(data, tiny, tmp_path / "parts", how)
    assert weights_of(train(data, tiny, tmp_path / "parts", how)) == weights_of(run)


def test_each_loss_makes_another_model(tiny, tmp_path):
    dataset = films()
    how = TrainSettings(epochs=2, batch_size=8)
    runs = [train(data_of(dataset, kind, T2), tiny, tmp_path / kind, how) for kind in LOSSES]
    assert len(set(map(weights_of, runs))) == len(LOSSES)


def test_selc_and_elr_of_several_labels_train_beside_cells_that_nobody_knows(tags, tmp_path):
    rows = [[row % 2, (row + 1) % 2, -1 if row % 3 else 1] for row in range(40)]
    texts = [f"{'good' if row % 2 else 'bad'} film {row}" for row in range(40)]
    dataset = dataset_of(rows, ("a", "b", "c"), texts=[texts])
    for kind in LOSSES:
        data = data_of(dataset, kind, np.tile(T2, (3, 1, 1)))
        run = train(data, tags, tmp_path / kind, QUICK)
        assert np.isfinite([row["train_nll"] for row in run.rows]).all()


def test_forward_without_knowing_how_labels_go_wrong_is_refused_before_it_begins(tiny, tmp_path):
    with pytest.raises(RunRefused, match="how often each class is given for another") as caught:
        train(data_of(films(), FORWARD), tiny, tmp_path / "run", QUICK)
    assert caught.value.safe == "Nothing was begun."
    assert not (tmp_path / "run" / "run.json").exists()


def test_selc_without_a_second_epoch_is_refused_and_not_plain_in_silence(tiny, tmp_path):
    with pytest.raises(RunRefused, match="from the second epoch on, and there is none"):
        train(data_of(films(), SELC), tiny, tmp_path / "run", replace(QUICK, epochs=1))
    assert not (tmp_path / "run" / "run.json").exists()


def test_a_stopped_run_does_not_go_on_with_another_loss(tiny, tmp_path):
    stopped(data_of(films(), CROSS_ENTROPY), tiny, tmp_path / "run", QUICK)
    with pytest.raises(RunRefused, match="a stopped run of another loss"):
        train(data_of(films(), ELR), tiny, tmp_path / "run", QUICK)


def test_a_run_of_a_version_that_knew_no_losses_is_plain_and_goes_on(tiny, tmp_path):
    data, path = data_of(films(), CROSS_ENTROPY), tmp_path / "run"
    stopped(data, tiny, path, QUICK)
    record = json.loads((path / "run.json").read_text())
    del record["loss"], record["noise"]
    (path / "run.json").write_text(json.dumps(record))
    assert Run.open(path).loss == CROSS_ENTROPY
    assert weights_of(train(data, tiny, path, QUICK)) == weights_of(
        train(data, tiny, tmp_path / "whole", QUICK)
    )


@pytest.mark.parametrize("change", [{"loss": "focal"}, {"noise": "much"}, {"noise": [[1], [1, 2]]}])
def test_a_record_of_a_loss_that_there_is_not_is_damaged(tiny, tmp_path, change):
    path = tmp_path / "run"
    stopped(data_of(films(), CROSS_ENTROPY), tiny, path, QUICK)
    record = json.loads((path / "run.json").read_text())
    (path / "run.json").write_text(json.dumps(record | change))
    with pytest.raises(RunRefused):
        Run.open(path)


def test_samples_know_who_decided():
    dataset = dataset_of([0, 1, 0, 1], split=strings(["train", "train", "validation", "test"]))
    source = strings([GIVEN, REVIEWER, GIVEN, GIVEN])
    targets = Targets(
        hard_targets(dataset), dataset.classes, dataset.ids, False, np.ones(4), source
    )
    made = samples_of(TrainingData(dataset, targets))
    assert made.by_people.tolist() == [False, True, False, False]
