from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.arrays import strings
from labelviz.core.decisions import Review
from labelviz.core.distributions import GIVEN, REVIEWER, Targets, hard_targets
from labelviz.layers.decided import with_decisions
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making
from labelviz.layers.policy import parse_policy
from labelviz.models.samples import Samples, TrainingData, samples_of
from tests.conftest import dataset_of, decision_of


def test_the_best_step_is_chosen_by_the_labels_after_review():
    split = strings(["train", "validation", "validation", "validation", "test"])
    dataset = dataset_of([0, 0, 1, 1, 1], split=split)
    events = [
        decision_of("1", "s1", "accept", label=("yes",), sequence=1),
        decision_of("2", "s2", "exclude", sequence=2),
        decision_of("3", "s0", "accept", label=("yes",), sequence=3),
    ]
    making = Making(Ground(dataset), parse_policy("smooth"))
    targets = with_decisions(making, Review(dataset, events))
    samples = samples_of(TrainingData(dataset, targets))
    assert samples.selection.tolist() == [-1, 1, -1, 1, -1]
    assert samples.train.tolist() == [0]
    assert samples.given.tolist() == [0, 0, 1, 1, 1]


def test_multilabel_scores_are_means_over_known_cells():
    split = strings(["train", "validation", "test"])
    cells = [[1, 0], [1, -1], [0, 0]]
    dataset = dataset_of(cells, ("a", "b"), split=split)
    values = hard_targets(dataset)
    values[1] = [0.2, 0.9]
    source = strings([GIVEN, REVIEWER, GIVEN])
    targets = Targets(values, ("a", "b"), dataset.ids, True, np.ones(3), source)
    samples = samples_of(TrainingData(dataset, targets))
    assert samples.selection.tolist() == [[-1, -1], [0, 1], [-1, -1]]
    scores = samples.scores(np.array([[0.5, 0.5], [0.75, 0.1], [0.9, 0.2]]))
    assert scores["validation_nll"] == pytest.approx(-np.log(0.75))
    assert scores["validation_accuracy"] == 1.0
    assert scores["test_accuracy"] == 0.5
    assert scores["selection_nll"] == pytest.approx(-np.log([0.25, 0.1]).mean())
    assert samples.weight_of(np.array([0, 1])) == 4.0


def test_cells_of_several_labels_have_their_losses_without_floors_too():
    targets = np.array([[0.9, 0.1], [np.nan, 0.2]])
    samples = Samples(
        multilabel=True,
        part=strings(["train", "train"]),
        train=np.arange(2),
        targets=targets,
        weight=np.array([1.0, 3.0]),
        given=np.array([[1, 0], [-1, 0]]),
        selection=np.full((2, 2), -1),
        by_people=np.zeros(2, dtype=bool),
    )
    p = np.array([[0.8, 0.1], [0.5, 0.2]])
    one = (0.9 * np.log(0.9 / 0.8) + 0.1 * np.log(0.1 / 0.2)) / 2
    assert samples.scores(p, whole=True)["train_kl"] == pytest.approx(one / 4)
