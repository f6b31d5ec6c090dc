from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelviz.core.dataset import MISSING
from labelviz.core.evidence import NotChecked, TrainingLog
from labelviz.detectors.training_dynamics import training_dynamics
from tests.conftest import dataset_of
from tests.detectors.conftest import evidence_of, found, rich

LOGITS = np.array([[[2, 0, 1.0]], [[1, 1.5, 0]], [[3, 1, 0]]])
ABC = ("a", "b", "c")


def test_the_golden_vector():
    evidence = evidence_of(dataset_of([0], ABC), log=TrainingLog(LOGITS, "run"))
    finding = found(training_dynamics, evidence)
    assert finding.score == pytest.approx([1 - 0.613512], abs=1e-6)
    assert finding.words(0) == (
        "While it was trained, the model gave this label 0.61 on average, give or take 0.21, and "
        "put it first at 67% of the checkpoints, forgetting it once."
    )
    assert finding.supports(0)


@pytest.mark.parametrize(("given", "words"), [
    (0, "never put it first."),
    (1, "put it first at 100% of the checkpoints without forgetting it."),
])  # fmt: skip
def test_what_was_never_learned_and_what_was_never_forgotten(given: int, words: str):
    logits = np.array([[[0, 2.0]], [[0, 3.0]]])
    finding = found(
        training_dynamics, evidence_of(dataset_of([given]), log=TrainingLog(logits, "run"))
    )
    assert finding.words(0).endswith(f"and {words}")
    assert finding.supports(0) == (given == 1)


def test_labels_below_the_threshold_of_a_fake_class_come_first():
    """By hand: the margin of the golden vector is 0.83, of a sample and its twin."""
    logits = np.repeat(LOGITS, 2, axis=1)
    log = TrainingLog(logits, "run", threshold=np.array([0.9, 0.8]))
    finding = found(training_dynamics, evidence_of(dataset_of([0, 0], ABC), log=log))
    doubt = 1 - 0.613512
    assert finding.score == pytest.approx([0.5 + doubt / 2, doubt / 2], abs=1e-6)
    assert finding.words(0).endswith(
        "; its margin over the next class was 0.83, below the 0.90 that 99% of labels known to be "
        "wrong stay under."
    )
    assert "0.83, not below the 0.80" in finding.words(1)
    assert [finding.supports(row) for row in (0, 1)] == [False, True]


def test_the_fake_class_counts_as_a_class_that_might_have_been_first():
    fake = np.concatenate([LOGITS, np.full((3, 1, 1), 9.0)], axis=2)
    log = TrainingLog(fake, "run", threshold=np.array([0.0]))
    finding = found(training_dynamics, evidence_of(dataset_of([0], ABC), log=log))
    assert "never put it first; its margin over the next class was -7.00" in finding.words(0)


def test_samples_without_a_label_or_a_log_have_nothing_to_say():
    logits = np.repeat(LOGITS, 3, axis=1)
    logits[:, 1] = np.nan
    evidence = evidence_of(dataset_of([0, 0, MISSING], ABC), log=TrainingLog(logits, "run"))
    finding = found(training_dynamics, evidence)
    assert np.isnan(finding.score).tolist() == [False, True, True]
    assert [bool(finding.words(row)) for row in range(3)] == [True, False, False]


def test_without_a_log_it_says_so():
    data = dataset_of([0, 1])
    assert isinstance(training_dynamics(evidence_of(data)), NotChecked)
    short = TrainingLog(np.zeros((1, 2, 2)), "run")
    assert isinstance(training_dynamics(evidence_of(data, log=short)), NotChecked)


@pytest.mark.parametrize("many", [False, True])
def test_order_changes_nothing(largest_change, many: bool):
    assert largest_change(training_dynamics, rich(many=many)) <= 1e-6


def test_order_changes_nothing_where_there_was_a_fake_class(largest_change):
    evidence = rich()
    rng = np.random.default_rng(0)
    logits = np.concatenate([evidence.log.logits, rng.normal(size=(3, 60, 1))], axis=2)
    log = replace(evidence.log, logits=logits, threshold=rng.normal(size=60))
    assert largest_change(training_dynamics, replace(evidence, log=log)) <= 1e-6
