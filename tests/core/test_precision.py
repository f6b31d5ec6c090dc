from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from labelviz.core.precision import MOST_REORDERED, Computed, Drift, drift

EXACT = np.array([[0.6, 0.4], [0.2, 0.8], [0.9, 0.1]])


def test_drift_by_hand():
    assert drift(EXACT, EXACT, multilabel=False) == Drift(3, 0.0, 0, 0.0)
    moved = drift(EXACT, np.array([[0.55, 0.45], [0.2, 0.8], [0.9, 0.1]]), multilabel=False)
    assert moved.largest == pytest.approx(0.05)
    assert (moved.flips, moved.reordered, moved.harmless) == (0, 0.0, True)


def test_a_class_that_changes_does_harm_however_small_the_change():
    exact, low = np.array([[0.5001, 0.4999]]), np.array([[0.4999, 0.5001]])
    flipped = drift(exact, low, multilabel=False)
    assert (flipped.flips, flipped.harmless) == (1, False)
    assert flipped.largest == pytest.approx(0.0002)


def test_an_order_that_changes_does_harm():
    low = np.array([[0.95, 0.05], [0.2, 0.8], [0.9, 0.1]])
    turned = drift(EXACT, low, multilabel=False)  # first and third change places, in both columns
    assert (turned.flips, turned.reordered, turned.harmless) == (0, pytest.approx(1 / 3), False)


def test_samples_that_become_alike_have_no_order_any_more():
    low = np.array([[0.9, 0.1], [0.2, 0.8], [0.9, 0.1]])
    assert drift(EXACT, low, multilabel=False).reordered == pytest.approx(1 / 3)
    alike = np.array([[0.6, 0.4], [0.6, 0.4]])
    assert drift(alike, np.array([[0.6, 0.4], [0.7, 0.3]]), multilabel=False).reordered == 0


def test_one_pair_in_a_hundred_may_change_its_order():
    assert Drift(64, 0.5, 0, MOST_REORDERED).harmless
    assert not Drift(64, 0.5, 0, MOST_REORDERED + 1e-9).harmless


def test_what_is_no_number_does_harm():
    lost = drift(EXACT, np.full((3, 2), np.nan), multilabel=False)
    assert (lost.flips, lost.largest, lost.harmless) == (3, None, False)
    assert lost.sentence.endswith("and some probabilities are no numbers in bfloat16.")
    said = Computed("float32", "Why.", 512, "Cut.", lost)
    assert Computed.from_json(json.loads(json.dumps(asdict(said), allow_nan=False))) == said
    cells = drift(EXACT, np.array([[0.6, np.nan], [0.2, 0.8], [0.9, 0.1]]), multilabel=True)
    assert (cells.flips, cells.harmless) == (1, False)


def test_cells_change_each_by_itself():
    exact, low = np.array([[0.501, 0.9, 0.1]]), np.array([[0.499, 0.9, 0.1]])
    assert drift(exact, low, multilabel=True).flips == 1
    assert drift(exact, exact, multilabel=True).flips == 0


@given(st.integers(2, 12), st.integers(1, 70), st.integers(0, 99))
def test_the_order_is_that_of_kendall(n, k, seed):
    random = np.random.default_rng(seed)
    exact = random.permuted(np.tile(np.arange(n) / n, (k, 1)), axis=1).T  # no ties
    low = random.permuted(exact, axis=0)
    expected = np.mean(
        [(1 - kendalltau(a, b).statistic) / 2 for a, b in zip(exact.T, low.T, strict=True)]
    )
    assert drift(exact, low, multilabel=True).reordered == pytest.approx(expected)


@pytest.mark.parametrize("found", [None, Drift(64, 0.0002, 0, 0.001)])
def test_how_numbers_were_computed_is_kept_and_told(found):
    made = Computed("bfloat16", "Because of this.", 512, "Cut there.", found)
    assert Computed.from_json(asdict(made)) == made
    assert made.sentences[0] == "Because of this."
    assert made.sentences[-1] == "Cut there."
    assert (found is not None) == (len(made.sentences) == 3)


def test_the_drift_is_told_in_numbers():
    assert Drift(64, 0.00023, 2, 0.0123).sentence == (
        "Compared with float32 on 64 samples, 2 predicted classes change, 1.23% of all pairs of "
        "samples change their order, and the largest change of a number is 0.0002."
    )
