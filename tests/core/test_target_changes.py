from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.arrays import strings
from labelviz.core.distributions import Targets
from labelviz.core.target_changes import TargetChanges


def targets(values, weight=None, multilabel=False) -> Targets:
    n = len(values)
    return Targets(
        np.array(values, dtype=float), ("a", "b"), strings(f"s{row}" for row in range(n)),
        multilabel, np.ones(n) if weight is None else np.array(weight), strings(["given"] * n),
    )  # fmt: skip


def test_rows_are_compared_by_the_mass_that_moved():
    found = TargetChanges(
        targets([[1, 0], [0.6, 0.4], [0.5, 0.5], [1, 0]], [1, 1, 1, 1]),
        targets([[1, 0], [0.4, 0.6], [0.5, 0.5], [0.9, 0.1]], [1, 1, 0, 1]),
    )
    assert found.distance == pytest.approx([0, 0.2, 0, 0.1])
    assert found.reweighed.tolist() == [False, False, True, False]
    assert found.turned.tolist() == [False, True, False, False]
    assert found.farthest(9).tolist() == [1, 3, 2]
    assert found.farthest(1).tolist() == [1]


def test_of_several_labels_it_is_the_cell_that_changed_most():
    found = TargetChanges(
        targets([[1, 0.2], [np.nan, 0]], multilabel=True),
        targets([[0.4, 0.3], [np.nan, 0]], multilabel=True),
    )
    assert found.distance == pytest.approx([0.6, 0])
    assert found.turned.tolist() == [True, False]
    assert found.changed.tolist() == [True, False]
