from __future__ import annotations

import numpy as np
import pytest
import torch

from labelviz.models.loading import load_classifier
from labelviz.models.precision import Drift, drift, fastest, lowered


@pytest.mark.parametrize(
    ("able", "expected"),
    [
        ({"amx_bf16": True}, "bfloat16"),
        ({"avx512_bf16": True, "amx_bf16": False}, "bfloat16"),
        ({"avx2": True, "amx_bf16": False}, "float32"),
        ({}, "float32"),
    ],
)
def test_bfloat16_is_for_processors_that_multiply_it(monkeypatch, able, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert fastest("cpu") == expected


@pytest.mark.parametrize(("able", "expected"), [(True, "bfloat16"), (False, "float32")])
def test_bfloat16_is_for_gpus_that_multiply_it(monkeypatch, able, expected):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: able)
    assert fastest("cuda") == expected


def test_lower_weights_are_a_copy(tiny):
    exact = load_classifier(tiny)
    low = lowered(exact)
    assert (exact.model.dtype, low.model.dtype) == (torch.float32, torch.bfloat16)


def test_drift_by_hand():
    exact = np.array([[0.6, 0.4], [0.2, 0.8]])
    assert drift(exact, exact, multilabel=False) == Drift(2, 0.0, 0)
    moved = drift(exact, np.array([[0.595, 0.405], [0.2, 0.8]]), multilabel=False)
    assert (moved.flips, moved.small) == (0, True)
    assert moved.largest == pytest.approx(0.005)
    assert not drift(exact, np.array([[0.58, 0.42], [0.2, 0.8]]), multilabel=False).small


def test_a_class_that_changes_or_a_number_that_is_none_is_too_much():
    exact = np.array([[0.501, 0.499]])
    flipped = drift(exact, np.array([[0.499, 0.501]]), multilabel=False)
    assert (flipped.flips, flipped.small) == (1, False)
    assert not drift(exact, np.array([[np.nan, np.nan]]), multilabel=False).small


def test_cells_change_each_by_itself():
    exact, low = np.array([[0.501, 0.9, 0.1]]), np.array([[0.499, 0.9, 0.1]])
    assert drift(exact, low, multilabel=True).flips == 1
    assert drift(exact, exact, multilabel=True).flips == 0
