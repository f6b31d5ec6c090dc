from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from labelviz.core.metrics import (
    average_precision,
    brier,
    evaluate,
    expected_calibration_error,
    f1,
    hits_within,
    negative_log_likelihood,
)


def values(found) -> dict[str, float]:
    return {metric.name: metric.value for metric in found}


@st.composite
def opinions(draw: st.DrawFn, k: int | None = None):
    """(N, K) probabilities in hundredths, no row tied at the top, and (N,) labels."""
    n, k = draw(st.integers(1, 30)), k or draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    return rng.dirichlet(np.ones(k), n), rng.integers(0, k, n)


def test_brier_of_the_golden_vector():
    p = np.array([[0.2, 0.8], [0.7, 0.3]])
    assert brier(p, np.array([1, 0])) == pytest.approx(0.13)


def test_calibration_error_of_the_golden_vector():
    confidence = np.array([0.95, 0.9, 0.85, 0.6, 0.55])
    correct = np.array([True, True, False, True, False])
    assert expected_calibration_error(confidence, correct, bins=10) == pytest.approx(0.39)


def test_certainty_falls_into_the_last_bin():
    assert expected_calibration_error(np.ones(3), np.array([True, True, False])) == pytest.approx(
        1 / 3
    )


def test_certainty_shares_a_bin_with_near_certainty():
    confidence, correct = np.array([1.0, 0.95]), np.array([False, True])
    assert expected_calibration_error(confidence, correct) == pytest.approx(0.95 / 2)


def test_perfect_calibration_is_zero():
    confidence = np.full(4, 0.75)
    assert expected_calibration_error(confidence, np.array([True] * 3 + [False])) == 0


def test_calibration_error_of_nothing_is_zero():
    assert expected_calibration_error(np.empty(0), np.empty(0, dtype=bool)) == 0


def test_likelihood_by_hand():
    p = np.array([[0.5, 0.5], [0.25, 0.75]])
    assert negative_log_likelihood(p, np.array([0, 0])) == pytest.approx(1.5 * np.log(2))


def test_an_impossible_label_costs_much_but_not_infinity():
    assert negative_log_likelihood(np.array([[1.0, 0.0]]), np.array([1])) == pytest.approx(
        -np.log(1e-12)
    )


def test_f1_by_hand():
    predicted = np.array([True, True, True, False])
    actual = np.array([True, False, False, True])
    assert f1(predicted, actual) == pytest.approx(2 / 5)


def test_f1_of_a_class_nobody_saw_is_zero():
    assert f1(np.zeros(3, dtype=bool), np.zeros(3, dtype=bool)) == 0


@given(opinions())
def test_multiclass_agrees_with_scikit_learn(opinion):
    p, labels = opinion
    k = p.shape[1]
    found = values(evaluate(p, labels, task="multiclass"))
    predicted = p.argmax(axis=1)
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(labels, predicted))
    assert found["macro F1"] == pytest.approx(
        sk.f1_score(labels, predicted, labels=np.unique(labels), average="macro", zero_division=0)
    )
    assert found["NLL"] == pytest.approx(sk.log_loss(labels, p, labels=range(k)))
    assert found["Brier"] == pytest.approx(
        sk.brier_score_loss(labels, p, labels=range(k), scale_by_half=False)
    )


@given(opinions(k=2))
def test_binary_agrees_with_scikit_learn(opinion):
    p, labels = opinion
    found = values(evaluate(p, labels, task="binary"))
    assert found["F1 (positive)"] == pytest.approx(
        sk.f1_score(labels, p.argmax(axis=1), pos_label=1, zero_division=0)
    )
    assert found["Brier"] == pytest.approx(2 * sk.brier_score_loss(labels, p[:, 1], pos_label=1))


@given(st.integers(1, 30), st.integers(2, 4), st.integers(0, 1000))
def test_multilabel_agrees_with_scikit_learn(n: int, k: int, seed: int):
    rng = np.random.default_rng(seed)
    p, labels = rng.random((n, k)), rng.integers(0, 2, (n, k))
    found = values(evaluate(p, labels, task="multilabel"))
    predicted = (p >= 0.5).astype(int)
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(labels, predicted))
    scores = sk.f1_score(labels, predicted, average=None, zero_division=0)[labels.any(axis=0)]
    assert found["macro F1"] == pytest.approx(scores.mean() if len(scores) else 0)
    assert found["NLL"] == pytest.approx(sk.log_loss(labels.ravel(), p.ravel(), labels=[0, 1]))
    assert found["Brier"] == pytest.approx(((p - labels) ** 2).mean())


@given(st.integers(1, 40), st.integers(0, 1000))
def test_calibration_error_agrees_with_a_loop_over_bins(n: int, seed: int):
    rng = np.random.default_rng(seed)
    confidence, correct = rng.random(n), rng.random(n) < 0.5
    total = 0.0
    for b in range(15):
        inside = (confidence >= b / 15) & (confidence < (b + 1) / 15)
        if inside.any():
            total += inside.sum() / n * abs(correct[inside].mean() - confidence[inside].mean())
    assert expected_calibration_error(confidence, correct) == pytest.approx(total)


@pytest.mark.parametrize(
    ("task", "labels", "f1_name"),
    [
        ("binary", [0, 1], "F1 (positive)"),
        ("multiclass", [0, 1], "macro F1"),
        ("multilabel", [[1, 0], [0, 1]], "macro F1"),
    ],
)
def test_every_metric_says_which_way_is_better(task: str, labels, f1_name: str):
    found = evaluate(np.eye(2), np.array(labels), task=task)
    assert [(each.name, each.higher_is_better) for each in found] == [
        ("accuracy", True), (f1_name, True), ("NLL", False), ("ECE", False), ("Brier", False),
    ]  # fmt: skip
    assert [each.value for each in found] == [1, 1, 0, 0, 0]
    helps = [each.help for each in found]
    assert all(re.fullmatch(r"(mean -log p|[a-zF0-9])[-a-zF0-9 ,]*", words) for words in helps)
    assert len(set(helps)) == 5


def test_multilabel_calibration_is_over_cells():
    p, labels = np.array([[0.9, 0.2], [0.6, 0.4]]), np.array([[1, 0], [0, 1]])
    found = values(evaluate(p, labels, task="multilabel"))
    assert found["ECE"] == pytest.approx((0.1 + 0.2 + 1.2) / 4)


# Rankings


def test_average_precision_of_the_golden_vector():
    relevant = np.array([True, False, True, False, False])
    score = np.array([5.0, 4, 3, 2, 1])
    assert average_precision(score, relevant) == pytest.approx(0.833333, abs=1e-6)
    assert hits_within(score, relevant, 2) / 2 == 0.5
    assert hits_within(score, relevant, 5) == 2
    assert np.isnan(average_precision(score, relevant & False))


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=4))
def test_ties_count_as_the_mean_over_their_orders(samples):
    """Against every order of the samples, each ranked without ties."""
    score, relevant = np.array([s for s, _ in samples]), np.array([r for _, r in samples])
    if not relevant.any():
        return
    found = average_precision(score.astype(float), relevant)
    orders = np.array(list(itertools.permutations(range(len(samples)))))
    strict = [
        sk.average_precision_score(relevant[order], score[order] - np.arange(len(order)) * 1e-6)
        for order in orders
    ]
    assert found == pytest.approx(np.mean(strict))
    top = np.mean([relevant[order][np.argsort(-score[order], kind="stable")][:2].sum()
                   for order in orders])  # fmt: skip
    assert hits_within(score.astype(float), relevant, 2) == pytest.approx(top)
