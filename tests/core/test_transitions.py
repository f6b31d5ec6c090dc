from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.transitions import (
    class_thresholds,
    confident_joint,
    from_joint,
    from_reviews,
    posterior,
    true_opinion,
)

GIVEN = np.array([0, 0, 1, 1, 1, 2, 2, 2])
P = np.array(
    [[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.7, 0.2, 0.1],
     [0.1, 0.2, 0.7], [0.3, 0.3, 0.4], [0.1, 0.75, 0.15]]
)  # fmt: skip
T = np.array([[0.9, 0.1], [0.3, 0.7]])


def test_the_confident_joint_is_that_of_the_paper():
    assert class_thresholds(GIVEN, P) == pytest.approx([0.7, 0.566667, 0.416667], abs=1e-6)
    assert confident_joint(GIVEN, P).tolist() == [[1, 0, 0], [1, 2, 0], [0, 1, 1]]


def test_the_confident_joint_is_cleanlabs():
    from cleanlab.count import compute_confident_joint

    rng = np.random.default_rng(0)
    given, p = rng.integers(0, 3, 200), rng.dirichlet(np.ones(3), 200)
    theirs = compute_confident_joint(given, p, calibrate=False)
    assert confident_joint(given, p).tolist() == theirs.tolist()


def test_rows_of_a_transition_matrix_sum_to_one():
    t = from_joint(confident_joint(GIVEN, P), GIVEN)
    assert t.sum(axis=1) == pytest.approx(np.ones(3))
    true, even = np.array([0, 1, 1, 1, 0, 2, 2, 1]), np.ones(8)
    again = from_reviews(GIVEN, true, even, t)
    assert again.sum(axis=1) == pytest.approx(np.ones(3))
    assert from_reviews(GIVEN[:0], GIVEN[:0], even[:0], t) == pytest.approx(t)
    twice = from_reviews(np.tile(GIVEN, 2), np.tile(true, 2), np.ones(16), t)
    assert from_reviews(GIVEN, true, 2 * even, t) == pytest.approx(twice)


def test_what_is_given_tells_what_is_true():
    p = np.array([[0.6, 0.4], [0.6, 0.4]])
    found = posterior(p, T, np.array([0, 1]))
    assert found[0] == pytest.approx([0.818182, 0.181818], abs=1e-6)
    assert found[1] == pytest.approx([0.176471, 0.823529], abs=1e-6)
    assert true_opinion(np.array([[0.66, 0.34]]), T)[0] == pytest.approx([0.6, 0.4])


def test_labels_that_are_never_wrong_stay_as_they_are():
    p = np.array([[0.2, 0.8], [0.0, 1.0]])
    assert posterior(p, np.eye(2), np.array([0, 1])).tolist() == [[1, 0], [0, 1]]
    assert posterior(p, np.eye(2), np.array([0, 0]))[1].tolist() == [0, 1]  # nothing else is left
