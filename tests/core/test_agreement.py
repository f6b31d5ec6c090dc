from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from labelviz.core.agreement import (
    agreement,
    cohen_kappa,
    krippendorff_alpha,
    pooled,
)
from labelviz.core.decisions import Review
from tests.conftest import dataset_of, decision_of

ANSWERS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=60)


@given(ANSWERS)
def test_cohens_kappa_is_scikit_learns(pairs):
    first, second = np.array(pairs).T
    expected = cohen_kappa_score(first, second)
    np.testing.assert_allclose(cohen_kappa(first, second), expected, atol=1e-12, equal_nan=True)


def test_cohens_kappa_leaves_out_what_one_did_not_answer():
    first, second = np.array([0, 1, 1, -1, 0]), np.array([0, 1, 0, 1, -1])
    assert cohen_kappa(first, second) == pytest.approx(cohen_kappa_score([0, 1, 1], [0, 1, 0]))
    assert np.isnan(cohen_kappa(np.array([-1]), np.array([0])))


def test_krippendorffs_alpha_of_his_worked_example():
    """Four observers, twelve units, gaps, nominal: example C of the paper, alpha 0.743."""
    gap = -1
    answers = np.array(
        [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, gap, gap, gap],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, gap, 3],
            [gap, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, gap],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, gap],
        ]
    )
    assert krippendorff_alpha(answers) == pytest.approx(0.743, abs=5e-4)


def test_krippendorffs_alpha_of_two_people_who_answer_all():
    """Example A of the paper: binary, two observers, no gaps, alpha 0.095."""
    answers = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]])
    assert krippendorff_alpha(answers) == pytest.approx(0.095, abs=5e-4)


@given(ANSWERS)
def test_perfect_agreement_is_one_and_names_do_not_matter(pairs):
    first, second = np.array(pairs).T
    if len(set(first)) > 1:
        assert cohen_kappa(first, first) == pytest.approx(1)
        assert krippendorff_alpha(np.stack([first, first, first])) == pytest.approx(1)
    np.testing.assert_allclose(
        krippendorff_alpha(np.stack([first, second])),
        krippendorff_alpha(3 - np.stack([second, first])),
        equal_nan=True,
    )


def test_nobody_agrees_where_nobody_answers():
    assert np.isnan(krippendorff_alpha(np.array([[0, -1], [-1, 1]])))
    assert np.isnan(krippendorff_alpha(np.array([[1, 1], [1, 1]])))


def test_people_are_compared_on_what_both_answered():
    data = dataset_of([0, 0, 0, 0])
    said = [
        ("s0", "ann", {"label": ("no",)}), ("s0", "bob", {"label": ("no",)}),
        ("s1", "ann", {"label": ("yes",)}),
        ("s1", "bob", {"verdict": "soften", "target": {"no": 0.3, "yes": 0.7}}),
        ("s2", "ann", {"label": ("no",)}), ("s2", "bob", {"verdict": "unsure"}),
        ("s3", "cy", {"label": ("no",), "final": True}),
    ]  # fmt: skip
    events = [
        decision_of(str(n), sample, more.pop("verdict", "choose"), reviewer=who, sequence=n, **more)
        for n, (sample, who, more) in enumerate(said, start=1)
    ]
    found = agreement(Review(data, events))
    assert found.shared == 2
    assert found.alpha == pytest.approx(1)
    assert [(p.first, p.second, p.shared, p.kappa) for p in found.pairs] == [("ann", "bob", 2, 1)]


def test_cells_of_a_multilabel_dataset_are_answers_each():
    data = dataset_of([[0, 0, 0]], ("a", "b", "c"), task="multilabel")
    events = [
        decision_of("1", "s0", "choose", label=("a", "b"), sequence=1),
        decision_of("2", "s0", "choose", label=("a",), reviewer="bob", sequence=2),
    ]
    found = agreement(Review(data, events))
    assert found.shared == 3
    assert found.pairs[0].kappa == pytest.approx(cohen_kappa_score([1, 1, 0], [1, 0, 0]))


def test_nobody_said_anything():
    found = agreement(Review(dataset_of([0])))
    assert (found.shared, found.pairs) == (0, ())
    assert np.isnan(found.alpha)


def test_several_answers_make_one_soft_target():
    rows = [np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([0.7, 0.3])]
    np.testing.assert_allclose(pooled(rows), [1.7 / 3, 1.3 / 3])
