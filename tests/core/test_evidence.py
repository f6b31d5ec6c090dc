from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelviz.core.dataset import MISSING
from labelviz.core.distributions import Provenance
from labelviz.core.evidence import Evidence, Finding, Verdicts, of_given
from tests.conftest import dataset_of, probabilities_of

DATA = dataset_of([0, 1])
OPINION = probabilities_of(DATA, [[0.9, 0.1]] * 2)


def told(relation):
    return replace(OPINION, provenance=Provenance(relation, "model"))


def test_probabilities_that_were_told_the_labels_are_no_evidence_beside_others():
    both = Evidence(DATA, "a", {"a": told("in-sample"), "b": told("out-of-fold")})
    assert list(both.honest) == ["b"]
    alone = Evidence(DATA, "a", {"a": told("in-sample")})
    assert list(alone.honest) == ["a"]


@pytest.mark.parametrize("score", [[1.5, 0.0], [-0.1, 0.0]])
def test_a_score_lies_between_0_and_1(score):
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        Finding("x", np.array(score), lambda _: "")


def test_nothing_to_say_is_a_score_too():
    assert np.isnan(Finding("x", np.array([np.nan, 1]), lambda _: "").score[0])


def test_the_probability_of_what_is_given():
    p = np.array([[0.2, 0.8], [0.6, 0.4]])
    assert of_given(np.array([1, MISSING]), p).tolist() == pytest.approx([0.8, np.nan], nan_ok=True)
    cells = of_given(np.array([[1, 0], [0, MISSING]]), p)
    assert cells.ravel().tolist() == pytest.approx([0.2, 0.2, 0.4, np.nan], nan_ok=True)


def test_verdicts_count_what_is_settled():
    verdicts = Verdicts(np.array([1, np.nan, 0]), np.array([True, False, False]))
    assert len(verdicts) == 2
    assert verdicts.settled.tolist() == [True, False, True]
