from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.opinion import Opinion
from tests.conftest import dataset_of, probabilities_of


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0, 1))
def test_of_two_classes_the_second_is_predicted_from_its_threshold_on(second, threshold):
    p = np.array(second)
    data = dataset_of([0] * len(p), ("a", "b"))
    opinion = probabilities_of(data, np.column_stack([1 - p, p]).tolist())
    found = Opinion(opinion, np.array([0.5, threshold])).labels
    assert found.tolist() == (opinion.values[:, 1] >= threshold).astype(int).tolist()


def test_of_several_labels_each_counts_from_its_own_threshold_on():
    data = dataset_of([[1, 0], [1, 1], [0, 1]], ("a", "b"))
    p = probabilities_of(data, [[0.5, 0.4], [0.2, 0.9], [0.1, 0.6]])
    assert Opinion(p).labels.tolist() == [[1, 0], [0, 1], [0, 1]]
    assert Opinion(p, np.array([0.15, 0.9])).labels.tolist() == [[1, 0], [1, 1], [0, 0]]


def test_of_several_classes_the_top_one_is_predicted():
    data = dataset_of([0, 1], ("a", "b", "c"))
    p = probabilities_of(data, [[0.2, 0.3, 0.5], [0.4, 0.3, 0.3]])
    assert Opinion(p).labels.tolist() == [2, 0]
