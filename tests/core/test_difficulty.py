from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from labelviz.core.dataset import MISSING
from labelviz.core.difficulty import (
    REGIONS,
    DataMap,
    data_map,
    difficulty,
    margin_threshold,
    threshold_samples,
)
from tests.conftest import dataset_of, probabilities_of

SAMPLES = st.lists(
    st.lists(st.integers(0, 50), min_size=3, max_size=3).filter(any), min_size=2, max_size=8
)


def single(values):
    data = dataset_of([0] * len(values), tuple(f"c{k}" for k in range(len(values[0]))))
    return difficulty(probabilities_of(data, values))


def test_certainty_is_easiest_and_a_toss_up_hardest():
    found = single([[1.0, 0.0], [0.5, 0.5], [0.11, 0.89]])
    assert found.tolist() == pytest.approx([0, 1, 0.4999], abs=1e-3)


def test_a_confident_contradiction_is_as_easy_as_a_confident_agreement():
    assert single([[0.9, 0.1], [0.1, 0.9], [0.5, 0.5]]).tolist() == pytest.approx([0, 0, 1])


def test_equally_hard_samples_all_count_as_easy():
    assert single([[0.3, 0.7], [0.7, 0.3]]).tolist() == [0, 0]


def test_multilabel_cells_are_scaled_together():
    data = dataset_of([[1, 0], [1, 1]], ("a", "b"))
    found = difficulty(probabilities_of(data, [[1.0, 0.5], [0.9, 0.1]]))
    bits = -(0.9 * np.log2(0.9) + 0.1 * np.log2(0.1))
    assert found.ravel().tolist() == pytest.approx([0, 1, bits, bits])


@pytest.mark.bad_input("A02")
def test_of_nothing_it_is_nothing():
    assert difficulty(probabilities_of(dataset_of([]), np.empty((0, 2)))).shape == (0,)


@given(SAMPLES)
def test_it_ranks_like_scipys_entropy(samples):
    p = np.array([np.array(row) / sum(row) for row in samples])
    expected = entropy(p, axis=1)
    spread = expected.max() - expected.min()
    found = single(p.tolist())
    if spread > 1e-9:
        assert found == pytest.approx((expected - expected.min()) / spread, abs=1e-6)
    else:
        assert (found == 0).all() or spread > 0


# The data map

LOGITS = np.array([[[2, 0, 1.0]], [[1, 1.5, 0]], [[3, 1, 0]]])


def test_the_golden_vector_of_the_data_map():
    found = data_map(np.array([0]), LOGITS)
    assert found.margin == pytest.approx([0.833333], abs=1e-6)
    assert found.confidence == pytest.approx([0.613512], abs=1e-6)
    assert found.variability == pytest.approx([0.212318], abs=1e-6)
    assert found.correctness == pytest.approx([2 / 3])
    assert found.forgettings.tolist() == [1]


def test_a_label_that_was_never_learned_is_forgotten_infinitely_often():
    found = data_map(np.array([2, MISSING]), np.repeat(LOGITS, 2, axis=1))
    assert found.forgettings[0] == np.inf
    assert np.isnan(found.confidence[1])


def test_what_was_not_logged_has_no_map():
    logits = np.repeat(LOGITS, 2, axis=1)
    logits[1, 1, 2] = np.nan
    found = data_map(np.array([0, 0]), logits)
    assert np.isnan([each[1] for each in vars(found).values()]).all()
    assert not np.isnan([each[0] for each in vars(found).values()]).any()


@given(st.integers(0, 10_000), st.integers(2, 5), st.integers(2, 6))
def test_the_data_map_is_that_of_the_papers_formulas(seed, k, checkpoints):
    """Against each paper's definition, sample by sample and checkpoint by checkpoint."""
    rng = np.random.default_rng(seed)
    logits, label = rng.normal(size=(checkpoints, 4, k)) * 2, rng.integers(0, k, 4)
    found = data_map(label, logits)
    for row, own in enumerate(label):
        p, margins, learned = [], [], []
        for z in logits[:, row]:
            p.append(np.exp(z[own]) / np.exp(z).sum())
            margins.append(z[own] - max(z[c] for c in range(k) if c != own))
            learned.append(int(np.argmax(z)) == own)
        assert found.confidence[row] == pytest.approx(np.mean(p))
        assert found.variability[row] == pytest.approx(np.std(p))
        assert found.correctness[row] == np.mean(learned)
        assert found.margin[row] == pytest.approx(np.mean(margins))
        events = sum(learned[t] and not learned[t + 1] for t in range(checkpoints - 1))
        assert found.forgettings[row] == (events if any(learned) else np.inf)


def test_of_several_labels_the_worst_cell_has_the_margin():
    found = data_map(np.array([[1, 0, 0]]), LOGITS)
    assert found.margin == pytest.approx([np.mean([-1, -1.5, -1])])
    assert found.correctness.tolist() == [0]
    assert found.forgettings[0] == np.inf


def test_threshold_samples_are_disjoint_and_of_the_size_of_a_class():
    everybody = np.ones(100, dtype=bool)
    which = threshold_samples(everybody, 4, seed=3)
    assert np.bincount(which).tolist() == [60, 20, 20]
    assert threshold_samples(everybody, 4, seed=3).tolist() == which.tolist()
    few = threshold_samples(np.arange(100) < 30, 4, seed=3)
    assert np.bincount(few).tolist() == [70, 15, 15]
    assert not few[30:].any()
    margin = np.arange(100.0)
    assert margin_threshold(margin, margin < 50) == pytest.approx(np.percentile(margin[:50], 99))


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.5)), max_size=30), st.integers(0, 3))
def test_every_known_sample_is_in_one_region(points, unknown):
    both = np.array([*points, *[(np.nan, np.nan)] * unknown]).reshape(-1, 2)
    confidence, variability = both.T
    found = DataMap(confidence, variability, confidence, confidence, confidence)
    assert sum(found.regions[each].astype(int) for each in REGIONS).tolist() == (
        [1] * len(points) + [0] * unknown
    )
    assert found.regions["ambiguous"].sum() <= np.ceil(len(points) / 3)
