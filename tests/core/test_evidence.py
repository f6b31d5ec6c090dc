from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelviz.core.dataset import MISSING
from labelviz.core.distributions import Provenance
from labelviz.core.evidence import (
    Evidence,
    Finding,
    Verdicts,
    contradicts,
    control_order,
    controls,
    of_given,
)
from tests.conftest import dataset_of, probabilities_of

DATA = dataset_of([0, 1])
OPINION = probabilities_of(DATA, [[0.9, 0.1]] * 2)


def told(relation):
    return replace(OPINION, provenance=Provenance(relation, "model"))


@pytest.mark.parametrize("relation", ["in-sample", "leaking"])
def test_probabilities_that_knew_labels_are_no_evidence_beside_others(relation):
    both = Evidence(DATA, "a", {"a": told(relation), "b": told("out-of-fold")})
    assert list(both.honest) == ["b"]
    alone = Evidence(DATA, "a", {"a": told(relation)})
    assert list(alone.honest) == ["a"]


@pytest.mark.parametrize("score", [[1.5, 0.0], [-0.1, 0.0]])
def test_a_score_lies_between_0_and_1(score):
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        Finding("x", np.array(score), lambda _: "")


def test_nothing_to_say_is_a_score_too():
    assert np.isnan(Finding("x", np.array([np.nan, 1]), lambda _: "").score[0])
    with pytest.raises(ValueError, match="has one"):
        Finding("x", np.array([1.0]), lambda _: "", role="opinion")


def test_the_probability_of_what_is_given():
    p = np.array([[0.2, 0.8], [0.6, 0.4]])
    assert of_given(np.array([1, MISSING]), p).tolist() == pytest.approx([0.8, np.nan], nan_ok=True)
    cells = of_given(np.array([[1, 0], [0, MISSING]]), p)
    assert cells.ravel().tolist() == pytest.approx([0.2, 0.2, 0.4, np.nan], nan_ok=True)


def test_verdicts_count_what_is_settled():
    verdicts = Verdicts(np.array([1, np.nan, 0]), np.array([True, False, False]))
    assert len(verdicts) == 2
    assert verdicts.settled.tolist() == [True, False, True]


def test_controls_are_the_start_of_a_fixed_shuffle():
    order = np.random.default_rng(0).permutation(8)
    decided = np.zeros(8, dtype=bool)
    decided[order[[0, 1, 3]]] = True
    assert np.flatnonzero(controls(decided)).tolist() == sorted(order[:2].tolist())
    assert controls(decided | True).all()
    assert not controls(decided & False).any()


@pytest.mark.parametrize(
    ("target", "given", "wrong"),
    [
        ([0.2, 0.8], 0, 1),
        ([0.2, 0.8], 1, 0),
        ([0.5, 0.5], 0, np.nan),
        ([0.2, 0.8], MISSING, np.nan),
        ([0.2, 0.8], [0, 1], 0),
        ([0.2, 0.8], [1, 1], 1),
        ([0.5, 0.8], [1, 1], np.nan),
    ],
)
def test_a_target_contradicts_a_label_where_its_top_is_another(target, given, wrong):
    found = contradicts(np.array(target), np.array(given))
    assert found == pytest.approx(wrong, nan_ok=True)


def test_the_shuffle_is_the_same_for_everybody():
    assert sorted(control_order(50)) == list(range(50))
    assert control_order(50).tolist() == control_order(50).tolist()
