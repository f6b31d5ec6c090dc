"""Many heads at once: each is what it would be alone, and what scikit-learn makes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from labelviz.models.heads import DECAY, STEPS, answers_of, drawn_weights, train_heads

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 5)).astype(np.float32)
LABELS = (X[:, :3] + 0.5 * RNG.normal(size=(200, 3))).argmax(axis=1)
HARD = np.eye(3)[LABELS]
SOFT = 0.7 * HARD + 0.1
ONCE = np.ones(200)


def test_a_head_is_logistic_regression():
    made = train_heads(X, [HARD], ONCE[None, None], multilabel=False)
    known = LogisticRegression(C=1 / (200 * DECAY), tol=1e-8, max_iter=2000).fit(X, LABELS)
    found = answers_of(made, X, multilabel=False)[0, 0]
    np.testing.assert_allclose(found, known.predict_proba(X), atol=1e-3)


def test_a_soft_target_is_every_class_by_its_share():
    made = train_heads(X, [SOFT], ONCE[None, None], multilabel=False)
    known = LogisticRegression(C=1 / (200 * DECAY), tol=1e-8, max_iter=2000)
    rows, labels = np.repeat(X, 3, axis=0), np.tile(np.arange(3), 200)
    known.fit(rows, labels, sample_weight=SOFT.ravel())
    found = answers_of(made, X, multilabel=False)[0, 0]
    np.testing.assert_allclose(found, known.predict_proba(X), atol=1e-3)


def test_heads_that_are_trained_together_are_what_they_are_alone():
    weights = np.stack([drawn_weights(ONCE, 3, 0)] * 2)  # (T, S, N)
    together = train_heads(X, [HARD, SOFT], weights, multilabel=False)
    for t, targets in enumerate((HARD, SOFT)):
        for s in range(3):
            alone = train_heads(X, [targets], weights[None, t, s : s + 1], multilabel=False)
            np.testing.assert_allclose(together[:, t, s], alone[:, 0, 0], atol=1e-4)


def test_weight_nothing_is_not_there():
    weight = ONCE.copy()
    weight[100:] = 0
    made = train_heads(X, [HARD], weight[None, None], multilabel=False)
    alone = train_heads(X[:100], [HARD[:100]], ONCE[None, None, :100], multilabel=False)
    np.testing.assert_allclose(made, alone, atol=1e-4)


def test_several_labels_are_heads_of_their_own_and_unknown_cells_teach_nothing():
    cells = (X[:, :2] > 0).astype(float)
    cells[50:, 1] = np.nan
    made = train_heads(X, [cells], ONCE[None, None], multilabel=True)
    found = answers_of(made, X, multilabel=True)[0, 0]
    assert ((found[:, 0] > 0.5) == (X[:, 0] > 0)).mean() > 0.95
    known = train_heads(X[:50], [cells[:50]], ONCE[None, None, :50] / 4, multilabel=True)
    expected = answers_of(known, X, multilabel=True)[0, 0][:, 1]
    assert np.corrcoef(found[:, 1], expected)[0, 1] > 0.99


def test_samples_are_drawn_alike_for_every_set():
    first, again = drawn_weights(ONCE, 4, 7), drawn_weights(2 * ONCE, 4, 7)
    assert (first.sum(axis=1) == 200).all()
    np.testing.assert_allclose(again, 2 * first)
    assert (first[0] != first[1]).any()


def test_progress_is_told():
    said = []
    train_heads(
        X, [HARD], ONCE[None, None], multilabel=False, report=lambda *each: said.append(each)
    )
    assert said[-1] == (STEPS, STEPS, "steps")


@pytest.mark.parametrize("multilabel", [False, True])
@pytest.mark.parametrize("width", [8, 64])
def test_heads_reach_the_least_loss_on_vectors_of_length_one(multilabel: bool, width: int):
    """As embeddings are, where one coordinate says little: by SciPy's L-BFGS in float64."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, width)) + 0.5
    x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    labels = np.argsort(-(x @ rng.normal(size=(width, 4))), axis=1)[:, 0]
    q = 0.9 * np.eye(4)[labels] + 0.025
    weight = drawn_weights(np.ones(300), 1, 3)
    inputs = np.hstack([x, np.ones((300, 1))])
    share = weight[0] / weight[0].sum()

    def loss(flat):
        head = flat.reshape(-1, 4)
        z = inputs @ head
        if multilabel:
            p = 1 / (1 + np.exp(-z))
            each = (np.logaddexp(0, z) - q * z).sum(axis=1)
        else:
            top = np.logaddexp.reduce(z, axis=1, keepdims=True)
            p, each = np.exp(z - top), (q * (top - z)).sum(axis=1)
        gradient = inputs.T @ ((p - q) * share[:, None])
        gradient[:-1] += DECAY * head[:-1]
        return share @ each + DECAY / 2 * (head[:-1] ** 2).sum(), gradient.ravel()

    most = {"maxiter": 20_000, "maxfun": 20_000, "ftol": 1e-14, "gtol": 1e-9}
    start = np.zeros(4 * (width + 1))
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options=most)
    made = train_heads(x, [q], weight[None], multilabel=multilabel)
    assert loss(made[:, 0, 0].astype(np.float64).ravel())[0] - best.fun < 3e-4


def test_samples_left_out_of_some_heads_spoil_none():
    weights = np.stack([np.where(np.arange(200) < few, 1.0, 0.0) for few in (5, 40, 200)])
    made = train_heads(X, [HARD], weights[None], multilabel=False)
    assert np.isfinite(made).all()
    alone = train_heads(X, [HARD], weights[None, 1:2], multilabel=False)
    np.testing.assert_allclose(made[:, :, 1:2], alone, atol=1e-4)
