from __future__ import annotations

import numpy as np
import pytest
from cleanlab.count import num_label_issues

from labelviz.core.arrays import strings
from labelviz.core.evidence import Verdicts
from labelviz.detectors.error_rate import rates_by_model, rates_by_reviews
from labelviz.errors import LabelsRefused
from tests.conftest import dataset_of, probabilities_of
from tests.detectors.test_confident_learning import ABC, GOLDEN, OPINION


def test_the_golden_vector():
    found = rates_by_model(GOLDEN, probabilities_of(GOLDEN, OPINION))
    assert (found.basis, found.overall.wrong, found.overall.count) == ("model", 2, 8)
    assert [(each.of, each.wrong, each.count) for each in found.by_class] == [
        ("a", 0, 2), ("b", 1, 3), ("c", 1, 3),
    ]  # fmt: skip
    rounded = np.array([[2, 0, 0], [1, 2, 0], [0, 1, 2]])  # cleanlab rounds, rows add up
    assert found.noise == pytest.approx(rounded / 8)


@pytest.mark.parametrize("seed", range(3))
def test_the_count_is_cleanlabs(seed: int):
    rng = np.random.default_rng(seed)
    data = dataset_of(np.resize([0, 1, 2], 90), ABC)
    p = rng.dirichlet(np.ones(3), 90)
    found = rates_by_model(data, probabilities_of(data, p))
    theirs = num_label_issues(data.given, p)
    assert found.overall.wrong == theirs
    assert found.noise.sum() == pytest.approx(1)
    assert found.overall.low <= found.overall.shrunk <= found.overall.high


def test_slices_and_samples_without_a_label():
    labels = [*GOLDEN.given, -1]
    where = strings(["x", "x", "x", "x", "y", "y", "y", "y", "y"])
    data = dataset_of(labels, ABC, slices={"place": where})
    found = rates_by_model(data, probabilities_of(data, np.vstack([OPINION, OPINION[0]])))
    assert [(each.of, each.wrong, each.count) for each in found.by_slice["place"]] == [
        ("y", 2, 4), ("x", 0, 4),
    ]  # fmt: skip


def test_of_several_labels_cells_are_counted():
    data = dataset_of([[1, 0], [1, 0], [0, 0], [0, 1]], ("a", "b"))
    p = np.array([[0.8, 0.1], [0.4, 0.2], [0.9, 0.2], [0.1, 0.7]])
    found = rates_by_model(data, probabilities_of(data, p))
    assert [each.wrong for each in found.by_class] == [2, 0]
    assert (found.overall.wrong, found.noise) == (2, None)


def test_random_reviews_count_and_chosen_ones_do_not():
    given = np.arange(80) % 2
    data = dataset_of(given)
    wrong, drawn = np.full(80, np.nan), np.arange(80) < 40
    wrong[:60] = 0.0
    wrong[[0, 2, 4, 50, 51]] = 1.0
    found = rates_by_reviews(data, Verdicts(wrong, drawn))
    assert found is not None
    assert (found.basis, found.overall.wrong, found.overall.count) == ("reviews", 3, 40)
    assert [(each.wrong, each.count) for each in found.by_class] == [(3, 20), (0, 20)]
    assert rates_by_reviews(data, Verdicts(wrong, np.arange(80) < 29)) is None


def test_labels_that_are_all_alike_have_no_rate():
    data = dataset_of([0, 0])
    with pytest.raises(LabelsRefused):
        rates_by_model(data, probabilities_of(data, [[0.5, 0.5]] * 2))
