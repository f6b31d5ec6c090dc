from __future__ import annotations

import numpy as np
import pytest

from labelviz.layers.ground import Ground
from labelviz.layers.making import Making
from labelviz.layers.policy import parse_policy
from labelviz.layers.votes import counted
from tests.conftest import dataset_of, probabilities_of

SAID = {
    "gpt_1": np.array([1, 0, -1]),
    "gpt_2": np.array([0, 0, -1]),
    "llama": np.array([1, -1, -1]),
}


def test_a_family_has_one_vote_and_the_model_counts_as_many_as_are_asked():
    data = dataset_of([1, 0, -1], annotators=SAID)
    votes, asked = counted(data)
    assert votes.tolist() == [[0.5, 2.5], [2, 0], [0, 0]]
    assert asked[:, 0].tolist() == [3, 2, 0]
    p = [[0.2, 0.8], [0.4, 0.6], [0.3, 0.7]]
    ground = Ground(data, probabilities_of(data, p))
    made = Making(ground, parse_policy("votes:model=1")).targets
    expected = [[(0.5 + 0.2) / 4, (2.5 + 0.8) / 4], [2.4 / 3, 0.6 / 3], [0.3, 0.7]]
    assert made.values == pytest.approx(np.array(expected))
    assert made.weight.tolist() == [1, 1, 0]


def test_without_votes_it_is_the_model_and_without_the_model_the_votes():
    data = dataset_of([-1, 0], votes=np.array([[0, 0], [1, 3]]))
    ground = Ground(data, probabilities_of(data, [[0.3, 0.7], [0.5, 0.5]]))
    assert Making(ground, parse_policy("votes:model=2")).targets.values[0] == pytest.approx(
        [0.3, 0.7]
    )
    alone = Making(Ground(data), parse_policy("votes:model=0")).targets
    assert alone.values == pytest.approx(np.array([[0.5, 0.5], [0.4, 0.6]]))


def test_votes_are_a_label_where_none_was_given():
    data = dataset_of([-1, 0], annotators={"llama": np.array([1, 1])})
    assert Making(Ground(data), parse_policy("votes:model=0")).targets.weight.tolist() == [1, 1]


def test_cells_of_several_labels_are_counted_each():
    said = {"llama": np.array([[1, 1]])}
    data = dataset_of([[1, 0]], ("a", "b"), annotators=said)
    made = Making(Ground(data), parse_policy("votes:model=0")).targets
    assert made.values.tolist() == [[1, 0.5]]
