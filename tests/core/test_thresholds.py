from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.metrics import f1
from labelviz.core.thresholds import (
    KnownCells,
    best,
    choose_thresholds,
    levelled,
    scale_of,
    smoothed,
    softness_of,
    tradeoff,
    unsmoothed,
)
from labelviz.layers.making import make_targets
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of


@st.composite
def scored(draw: st.DrawFn):
    n = draw(st.integers(2, 30))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    return rng.integers(0, 8, n) / 8, np.append(rng.random(n - 1) < 0.4, True)


def test_odds_are_divided_by_the_odds_of_the_threshold():
    # 0.6 against 0.75: odds of 1.5 over odds of 3 are 1 to 2
    pairs = levelled(np.array([[0.4, 0.6], [0.25, 0.75]]), np.array([0.5, 0.75]), multilabel=False)
    assert pairs == pytest.approx(np.array([[2 / 3, 1 / 3], [0.5, 0.5]]))
    cells = levelled(np.array([[0.6, 0.2]]), np.array([0.75, 0.2]), multilabel=True)
    assert cells == pytest.approx(np.array([[1 / 3, 0.5]]))


@given(st.floats(0.001, 0.999), st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_a_class_counts_as_there_from_its_threshold_on(threshold, shares):
    p, cuts = np.array(shares), np.array([0.5, threshold])
    cells = levelled(np.column_stack([p, p]), cuts, multilabel=True)
    pairs = levelled(np.column_stack([1 - p, p]), cuts, multilabel=False)
    assert ((cells >= 0) & (cells <= 1)).all()
    assert ((cells[:, 1] >= 0.5) == (p >= threshold)).all()
    assert (pairs.argmax(axis=1) == (p >= threshold)).all()
    assert cells[:, 0] == pytest.approx(p)
    assert levelled(np.array([[0.2, 0.8]]), np.array([0.5, 0.8]), multilabel=False).argmax() == 1
    assert pairs.sum(axis=1) == pytest.approx(1)
    assert np.isfinite(
        levelled(np.array([[0.0, 1.0]]), np.array([1.0, 0.0]), multilabel=True)
    ).all()


@given(scored())
def test_the_curve_is_scikit_learns(case):
    from sklearn.metrics import precision_recall_curve

    p, actual = case
    weights = np.random.default_rng(len(p)).uniform(0.1, 2, len(p))
    weighted = tradeoff(p, actual, weights)
    precision, recall, threshold = precision_recall_curve(actual, p, sample_weight=weights)
    assert weighted.threshold.tolist() == threshold.tolist()
    assert weighted.precision == pytest.approx(precision[:-1])
    assert weighted.recall == pytest.approx(recall[:-1])
    curve = tradeoff(p, actual)
    precision, recall, threshold = precision_recall_curve(actual, p)
    assert curve.threshold.tolist() == threshold.tolist()
    assert curve.precision == pytest.approx(precision[:-1])
    assert curve.recall == pytest.approx(recall[:-1])


@given(scored())
def test_no_threshold_has_a_higher_f1_than_the_best(case):
    p, actual = case
    found = f1(p >= best(tradeoff(p, actual)), actual)
    assert found == pytest.approx(max(f1(p >= each, actual) for each in np.unique(p)))


@given(scored(), st.floats(0.1, 1))
def test_recall_at_a_precision_is_the_highest_there_is(case, precision: float):
    p, actual = case
    at = best(tradeoff(p, actual), "recall", precision)
    curve = tradeoff(p, actual)
    reached = curve.precision >= precision
    mine = p >= at
    if reached.any():
        assert actual[mine].mean() >= precision - 1e-12
        assert actual[mine].sum() / actual.sum() == pytest.approx(curve.recall[reached].max())


def test_a_rare_class_is_drawn_towards_the_common_threshold_and_judged_on_the_other_half():
    rng = np.random.default_rng(0)
    truth = (rng.random((400, 2)) < [0.5, 0.02]).astype(np.int64)
    p = np.clip(0.25 * truth + 0.1 + 0.1 * rng.random((400, 2)), 0, 1)  # ideal threshold: 0.3
    found = choose_thresholds(("often", "rare"), KnownCells(p, truth, np.ones(len(p))))
    assert found.positives[1] < 15 < found.positives[0]
    assert found.judged[0] == pytest.approx(1)
    assert found.at_half.tolist() == [0, 0]
    own = best(tradeoff(p[:, 1], truth[:, 1] == 1))
    n = found.positives[1]
    assert found.values[1] == pytest.approx((n * own + 30 * found.overall) / (n + 30))


def test_what_counts_for_little_moves_no_threshold():
    rng = np.random.default_rng(0)
    p, there = rng.random((400, 1)), rng.random((400, 1)) < 0.5
    truth = np.where(np.arange(400)[:, None] < 200, p > 0.3, there).astype(np.int64)
    weights = np.where(np.arange(400) < 200, 1.0, 1e-6)
    found = choose_thresholds(("a",), KnownCells(p, truth, weights))
    alone = choose_thresholds(("a",), KnownCells(p, truth, weights).among(np.arange(400) < 200))
    assert found.values == pytest.approx(alone.values, abs=0.01)
    assert found.overall == pytest.approx(alone.overall, abs=0.01)
    assert found.at_half == pytest.approx(alone.at_half, abs=1e-4)
    assert found.judged[0] > 0.97
    even = choose_thresholds(("a",), KnownCells(p, truth, np.ones(400)))
    assert abs(even.at_half[0] - found.at_half[0]) > 0.05


def test_without_anything_known_a_threshold_is_one_half():
    none = KnownCells(np.zeros((0, 1)), np.zeros((0, 1), dtype=np.int64), np.zeros(0))
    nothing = choose_thresholds(("a",), none)
    assert nothing.values.tolist() == [0.5]


def test_a_threshold_means_the_same_under_any_policy():
    one, nine = np.array([0.1]), np.array([0.9])
    assert unsmoothed(np.array([0.7]), one, nine) == pytest.approx([0.75])
    assert unsmoothed(np.array([0.7]), nine, nine) == pytest.approx([0.7])
    assert smoothed(np.array([0.3]), one, nine) == pytest.approx([0.34])
    assert smoothed(np.array([0.5]), np.array([0.0]), np.array([0.8])) == pytest.approx([0.4])


@given(st.floats(0, 0.45), st.floats(0, 0.45), st.floats(0, 1))
def test_desmoothing_inverts_smoothing(off: float, absent: float, p: float):
    data = dataset_of([[1, 0], [0, 1]], ("a", "b"))
    made = make_targets(data, parse_policy(f"asymmetric:off={off!r},absent={absent!r}"))
    low, high = scale_of(data.given, made)
    assert low == pytest.approx([absent, absent])
    assert high == pytest.approx([1 - off, 1 - off])
    assert unsmoothed(smoothed(np.array([p, p]), low, high), low, high) == pytest.approx([p, p])


def test_the_scale_of_single_labels_is_that_of_each_class():
    data = dataset_of([0, 1, 2], ("a", "b", "c"))
    low, high = scale_of(data.given, make_targets(data, parse_policy("smooth:off=0.2")))
    assert low == pytest.approx([0.1] * 3)
    assert high == pytest.approx([0.8] * 3)
    nobody = dataset_of([-1, -1])
    ends = scale_of(nobody.given, make_targets(nobody, parse_policy("hard")))
    assert [each.tolist() for each in ends] == [[0, 0], [1, 1]]


def test_softness_is_of_what_policies_soften_whatever_they_relabel_or_people_say():
    data = dataset_of([0, 1, 1, 0])
    soft = make_targets(data, parse_policy("smooth:off=0.2"))
    low, high = softness_of(soft)
    assert (low.tolist(), high.tolist()) == ([0.2, 0.2], [0.8, 0.8])
    values, source = soft.values.copy(), soft.source.copy()
    values[0], source[0] = [0.4, 0.6], "reviewer"
    values[1] = [0.8, 0.2]
    low, high = softness_of(replace(soft, values=values, source=source))
    assert (low.tolist(), high.tolist()) == ([0.2, 0.2], [0.8, 0.8])
    low, high = softness_of(make_targets(data, parse_policy("hard")))
    assert (low.tolist(), high.tolist()) == ([0, 0], [1, 1])
