from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.class_order import order_doubt, share_agreeing
from labelviz.core.dataset import MISSING
from tests.conftest import dataset_of


def said(labels: np.ndarray, k: int, right: float, seed: int = 0) -> np.ndarray:
    """Probabilities whose top class is the label as often as that, else the next class."""
    rng = np.random.default_rng(seed)
    top = np.where(rng.random(len(labels)) < right, labels, (labels + 1) % k)
    return np.eye(k)[top] * 0.8 + 0.2 / k


@pytest.mark.parametrize("k", [2, 3, 6, 9])
def test_classes_in_reverse_order_are_noticed(k: int):
    labels = np.arange(180) % k
    data = dataset_of(labels, tuple(f"c{each}" for each in range(k)))
    p = said(labels, k, 0.9)
    assert order_doubt(data, p) == ""
    doubt = order_doubt(data, p[:, ::-1])
    assert f"reading 'c0' as 'c{k - 1}'" in doubt
    assert f"would agree with {share_agreeing(data, p):.1%}: check the order" in doubt


def test_a_cycle_of_many_classes_is_noticed():
    labels = np.arange(240) % 8
    data = dataset_of(labels, tuple("abcdefgh"))
    doubt = order_doubt(data, np.roll(said(labels, 8, 0.9), 1, axis=1))
    assert "reading 'a' as 'h', 'b' as 'a'" in doubt


def test_a_poor_model_is_not_taken_for_a_mixed_up_one():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 200)
    data = dataset_of(labels)
    for _ in range(50):
        p = rng.dirichlet([1, 1], 200)
        assert order_doubt(data, p) == ""


def test_of_several_labels_whole_columns_are_compared():
    rng = np.random.default_rng(0)
    cells = (rng.random((300, 3)) < [0.5, 0.3, 0.1]).astype(np.int64)
    data = dataset_of(cells, ("a", "b", "c"))
    p = np.where(cells == 1, 0.8, 0.2)
    assert order_doubt(data, p) == ""
    assert "'a' as 'b'" in order_doubt(data, p[:, [1, 0, 2]])


def test_labels_that_are_missing_say_nothing():
    data = dataset_of([MISSING, MISSING])
    assert share_agreeing(data, np.full((2, 2), 0.5)) is None
    assert order_doubt(data, np.full((2, 2), 0.5)) == ""
