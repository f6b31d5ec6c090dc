from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from labelviz.core.noise import ABSENT, GIVEN_WRONG, NoiseMatrix, counted
from tests.conftest import dataset_of


def matrix(counts, *, multilabel=False):
    values = np.array(counts, dtype=np.float64)
    return NoiseMatrix(tuple("abcd"[: len(values)]), values, multilabel)


def test_samples_are_counted_by_given_and_true_class():
    data = dataset_of([0, 0, 0, 1, 1, 2, 2], ("a", "b", "c"))
    found = counted(data, np.array([0, 1, 2, 3, 5]), np.array([0, 1, 1, 1, 0]))
    assert found.counts.tolist() == [[1, 2, 0], [0, 1, 0], [1, 0, 0]]
    assert found.totals.tolist() == [3, 1, 1]
    assert found.shares[0].tolist() == pytest.approx([1 / 3, 2 / 3, 0])
    assert found.worst == (0, 1)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30))
def test_the_counts_are_scikit_learns(pairs):
    labels, truth = np.array(pairs).T
    data = dataset_of(labels, tuple("abcd"))
    found = counted(data, np.arange(len(labels)), truth)
    assert found.counts.tolist() == confusion_matrix(labels, truth, labels=range(4)).tolist()


def test_of_several_labels_a_class_is_right_wrong_or_missed():
    data = dataset_of([[1, 0], [1, 1], [0, 1], [0, 0]], ("a", "b"))
    truth = np.array([[1, 1], [0, 1], [0, 0], [0, 1]])
    # a: s0 right, s1 wrong. b: s1 right, s2 wrong, s0 and s3 missed.
    found = counted(data, np.arange(4), truth)
    assert found.counts.tolist() == [[1, 1, 0], [1, 1, 2]]
    assert found.worst == (1, ABSENT)
    assert found.errors.tolist() == [[0, 1, 0], [0, 1, 2]]
    assert matrix([[5, 4, 3]], multilabel=True).worst == (0, GIVEN_WRONG)


def test_less_than_half_a_sample_is_no_error():
    assert matrix([[9.6, 0.4], [0, 3]]).worst is None
    assert matrix([[9.5, 0.5], [0, 3]]).worst == (0, 1)


def test_the_noisiest_classes_stay_in_class_order():
    counts = np.diag([9, 9, 9, 9])
    counts[3, 1] = 2
    assert matrix(counts).noisiest(2).tolist() == [1, 3]
    assert matrix([[9, 0, 0], [1, 0, 1], [1, 1, 1]], multilabel=True).noisiest(2).tolist() == [1, 2]
