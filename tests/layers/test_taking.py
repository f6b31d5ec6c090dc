from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labelviz.layers.layer import Working
from labelviz.layers.taking import leaning, of_class, take_off


def test_it_takes_one_mass_for_all_or_one_each():
    hard = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    once = take_off(hard, np.array([0.2]), multilabel=False)
    each = take_off(hard, np.array([0.0, 0.4]), multilabel=False)
    assert once == pytest.approx(np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]]))
    assert each == pytest.approx(np.array([[1.0, 0.0, 0.0], [0.2, 0.6, 0.2]]))


def test_smoothing_a_soft_label_is_what_torch_does_to_it():
    q, logits = np.array([[0.7, 0.2, 0.1]]), torch.tensor([[2.0, 0.0, -1.0]], dtype=torch.float64)
    once = take_off(q, np.array([0.1 * 2 / 3]), multilabel=False)
    assert once[0] == pytest.approx([0.663333, 0.213333, 0.123333], abs=1e-6)
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(once))
    theirs = torch.nn.functional.cross_entropy(logits, torch.tensor(q), label_smoothing=0.1)
    assert loss.item() == pytest.approx(0.966513, abs=1e-6)
    assert loss.item() == pytest.approx(theirs.item())


@given(st.integers(2, 6), st.floats(0, 0.45), st.integers(0, 99))
def test_the_order_of_the_classes_stays_and_the_sum_as_well(k: int, off: float, seed: int):
    q = np.random.default_rng(seed).dirichlet(np.ones(k), 5)
    off = min(off, 0.9 * (k - 1) / k)
    made = take_off(q, np.array([off]), multilabel=False)
    assert made.sum(axis=1) == pytest.approx(np.ones(5))
    assert np.argsort(made, axis=1).tolist() == np.argsort(q, axis=1).tolist()


def test_a_row_leans_to_its_one_top_class_and_cells_to_their_side():
    values = np.array([[0.5, 0.5, 0.0], [0.2, 0.5, 0.3]])
    working = Working.of(np.arange(2), values, np.ones(2))
    lean = leaning(working, multilabel=False)
    assert lean.tolist() == [[False] * 3, [False, True, False]]
    assert of_class(np.array([0.1, 0.2, 0.3]), lean).tolist() == [0, 0.2]
    assert leaning(working, multilabel=True).tolist() == [[False] * 3] * 2
