from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.dataset import MISSING
from labelviz.core.evidence import NotChecked
from labelviz.detectors.crowdlab import crowdlab, quality
from tests.conftest import dataset_of
from tests.detectors.conftest import evidence_of, found, rich

LABELS = np.array([[0, 0, -1], [1, 1, 1], [0, 1, -1], [-1, 1, 1], [0, -1, 0]])
MODEL = np.array([0.8, 0.1, 0.45, 0.3, 0.9])


def test_the_golden_vector():
    """Weights 0.5, 0.5, 1 and the square root of 2.2 for the model, worked out by hand."""
    p = np.column_stack([MODEL, 1 - MODEL])
    trust, right, wrong = np.sqrt(2.2), 0.9, 0.1
    first = (trust * 0.8 + 0.5 * right + 0.5 * right) / (trust + 1)
    third = (trust * 0.45 + 0.5 * right + 0.5 * wrong) / (trust + 1)
    assert quality(LABELS, p)[[0, 2]] == pytest.approx([first, third], abs=1e-4)
    assert (first, third) == (pytest.approx(0.8403, abs=1e-4), pytest.approx(0.4701, abs=1e-4))


def test_a_family_speaks_with_one_voice():
    others = {"flan_a": np.array([1, 1, 0, 0]), "flan_b": np.array([1, 1, 0, 0])}
    data = dataset_of([0, 1, 0, 1], annotators=others)
    alone = dataset_of([0, 1, 0, 1], annotators={"flan_a": others["flan_a"]})
    p = [[0.3, 0.7], [0.2, 0.8], [0.9, 0.1], [0.6, 0.4]]
    assert found(crowdlab, evidence_of(data, p)).score == pytest.approx(
        found(crowdlab, evidence_of(alone, p)).score
    )


def test_samples_that_nobody_else_labelled_are_left_out():
    data = dataset_of([0, 1, 0], annotators={"b": np.array([1, 1, MISSING])})
    finding = found(crowdlab, evidence_of(data))
    assert finding.role == "rank"
    assert np.isnan(finding.score).tolist() == [False, False, True]
    assert finding.score[0] > finding.score[1]
    assert finding.words(2) == finding.words(1) == ""
    assert finding.words(0).startswith("Model and annotators weighed by CROWDLAB")


@pytest.mark.parametrize("labels", [[0, 1], [[0, 1], [1, 0]]])
def test_where_it_cannot_run_it_says_so(labels):
    assert isinstance(crowdlab(evidence_of(dataset_of(labels))), NotChecked)


def test_order_changes_nothing(largest_change):
    assert largest_change(crowdlab, rich()) <= 1e-6
