from __future__ import annotations

import numpy as np
import pytest
from cleanlab.count import num_label_issues

from labelviz.core.arrays import strings
from labelviz.core.dataset import MISSING
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
    assert found.noise.counts == pytest.approx(rounded)


@pytest.mark.parametrize("seed", range(3))
def test_the_count_is_cleanlabs(seed: int):
    rng = np.random.default_rng(seed)
    data = dataset_of(np.resize([0, 1, 2], 90), ABC)
    p = rng.dirichlet(np.ones(3), 90)
    found = rates_by_model(data, probabilities_of(data, p))
    theirs = num_label_issues(data.given, p)
    assert found.overall.wrong == theirs
    assert found.noise.totals.tolist() == pytest.approx([30, 30, 30])
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
    assert found.overall.wrong == 2
    # a: s0 right, s1 wrong, s2 missed. b: s3 right.
    assert found.noise.counts.tolist() == [[1, 1, 1], [1, 0, 0]]


def test_what_reviewers_say_of_random_samples_is_counted():
    given = np.arange(80) % 2
    data = dataset_of(given)
    rows = np.arange(40)
    truth = given[rows].copy()
    truth[[0, 2, 4]] = 1
    truth[5] = MISSING
    found = rates_by_reviews(data, rows, truth)
    assert found is not None
    assert (found.basis, found.overall.wrong, found.overall.count) == ("reviews", 3, 39)
    assert [(each.wrong, each.count) for each in found.by_class] == [(3, 20), (0, 19)]
    assert found.noise.counts.tolist() == [[17, 3], [0, 19]]
    assert rates_by_reviews(data, rows[:30], truth[:30]) is None


def test_of_several_labels_reviewers_say_every_cell():
    data = dataset_of([[1, 0], [0, 1]] * 20, ("a", "b"))
    truth = data.given.copy()
    truth[0], truth[1, 0], truth[2, 1] = [0, 1], 1, MISSING
    found = rates_by_reviews(data, np.arange(40), truth)
    assert found is not None
    assert (found.overall.wrong, found.overall.count) == (2, 39)
    assert found.noise.counts.tolist() == [[18, 1, 1], [20, 0, 1]]


def few(labels, p, classes=ABC):
    data = dataset_of(labels, classes)
    return rates_by_model(data, probabilities_of(data, p))


def test_a_class_with_one_sample_and_one_with_none():
    found = few([0, 0, 0, 1], [[0.8, 0.1, 0.1]] * 3 + [[0.1, 0.8, 0.1]])
    assert found.noise.counts.tolist() == [[3, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert [each.count for each in found.by_class] == [3, 1, 0]
    assert (found.by_class[2].low, found.by_class[2].high) == (0, 1)


def test_two_rows():
    found = few([0, 1], [[0.9, 0.1], [0.2, 0.8]], ("no", "yes"))
    assert found.noise.counts.tolist() == [[1, 0], [0, 1]]
    assert found.overall.wrong == 0


def test_all_right_and_all_wrong():
    labels, sure = np.arange(20) % 2, np.array([[0.9, 0.1], [0.1, 0.9]])
    right = few(labels, sure[labels], ("no", "yes"))
    assert (right.overall.wrong, right.noise.worst) == (0, None)
    wrong = few(labels, sure[1 - labels], ("no", "yes"))
    assert np.isfinite(wrong.noise.counts).all()
    assert wrong.noise.totals.tolist() == pytest.approx([10, 10])


def test_labels_that_are_all_alike_have_no_rate():
    data = dataset_of([0, 0])
    with pytest.raises(LabelsRefused):
        rates_by_model(data, probabilities_of(data, [[0.5, 0.5]] * 2))
