from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

from labelviz.detectors.pool import fit_pool, log_opinion


def test_an_opinion_that_is_not_there_says_nothing():
    logs = log_opinion(np.array([[0.8, 0.2], [np.nan, np.nan], [1.0, 0.0]]))
    assert np.exp(logs[:2]) == pytest.approx(np.array([[0.8, 0.2], [0.5, 0.5]]))
    assert np.exp(logs[2, 1]) == pytest.approx(1e-4, rel=1e-3)


def test_the_better_source_weighs_more():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 3000)
    sources = []
    for strength in (2.0, 0.3, 0.0):
        z = strength * np.eye(3)[truth] + rng.normal(size=(3000, 3)) * 0.7
        sources.append(log_softmax(z, axis=1))
    pool = fit_pool(np.stack(sources), np.eye(3)[truth], np.full(3, 1 / 3), biased=False)
    assert pool.weights[0] > 1 > pool.weights[1] > pool.weights[2]
    assert pool.weights[2] < 0.1
    assert pool.bias.tolist() == [0, 0, 0]


@given(st.integers(0, 10_000))
def test_two_classes_are_logistic_regression(seed: int):
    """The same optimum as scikit-learn's, whose penalty for two classes is written otherwise."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 200)
    odds = (truth - 0.5) * 1.5 + rng.normal(size=200)
    features = np.stack([np.column_stack([np.zeros(200), odds])])
    pool = fit_pool(features, np.eye(2)[truth], np.zeros(1), biased=False)
    model = LogisticRegression(C=0.5, fit_intercept=False, tol=1e-10).fit(odds[:, None], truth)
    assert pool.weights[0] == pytest.approx(max(model.coef_[0, 0], 0), abs=1e-3)


def test_a_bias_takes_up_what_the_sources_do_not_say():
    """Where the likelihood and the pull of the ridge are in balance, by the formula."""
    rng = np.random.default_rng(0)
    target = np.eye(2)[(rng.random(300) < 0.2).astype(int)]
    features = rng.normal(size=(1, 300, 2)) * 0.3
    pool = fit_pool(features, target, np.ones(1), biased=True)
    said = np.exp(log_softmax(pool.logits(features), axis=1))
    assert pool.bias[0] > 0.5
    assert (said - target).sum(axis=0) == pytest.approx(-2 * pool.bias, abs=1e-2)
