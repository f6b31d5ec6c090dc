from __future__ import annotations

import numpy as np
import pytest

from labelviz.layers.making import make_targets
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of

ABCD = ("a", "b", "c", "d")


def test_a_sum_of_cells_may_be_kept():
    data = dataset_of([[1, 0, 0, 0], [1, 1, 0, 0]], ABCD)
    made = make_targets(data, parse_policy("smooth:off=0.075,mass=kept")).values
    assert made[0] == pytest.approx([0.925, 0.025, 0.025, 0.025])
    assert made.sum(axis=1) == pytest.approx([1, 2])
    free = make_targets(data, parse_policy("smooth:off=0.05")).values
    assert free[0] == pytest.approx([0.95, 0.05, 0.05, 0.05])


@pytest.mark.parametrize("k", [1, 2])
def test_an_unknown_cell_stays_unknown_where_the_sum_is_kept(k: int):
    data = dataset_of([[1, -1][:k]], ABCD[:k])
    made = make_targets(data, parse_policy("smooth:off=0.1,mass=kept")).values
    assert np.isnan(made[0]).tolist() == [False, True][:k]
