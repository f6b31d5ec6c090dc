from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.dataset import MISSING
from labelviz.core.evidence import NotChecked
from labelviz.detectors.stated_confidence import stated_confidence
from tests.conftest import dataset_of
from tests.detectors.conftest import evidence_of, found, rich


def test_the_share_of_surer_labels_ties_by_half():
    data = dataset_of([0, 1, 0, 1, MISSING], confidence=np.array([0.5, 0.9, 0.9, np.nan, 0.1]))
    finding = found(stated_confidence, evidence_of(data))
    assert finding.score[:3] == pytest.approx([2.5 / 3, 1 / 3, 1 / 3])
    assert np.isnan(finding.score[3:]).all()
    assert (
        finding.words(0) == "It was stated with confidence 0.50, and 67% of the labels with more."
    )
    assert finding.words(1) == finding.words(3) == ""


def test_of_equal_confidences_none_is_said_to_be_more():
    """Six of ten are alike: four were stated with more, and not the seven that ties count for."""
    data = dataset_of([0, 1] * 5, confidence=np.array([0.5] * 6 + [0.9] * 4))
    finding = found(stated_confidence, evidence_of(data))
    assert finding.score[0] == pytest.approx(0.7)
    assert (
        finding.words(0) == "It was stated with confidence 0.50, and 40% of the labels with more."
    )
    close = dataset_of([0, 1, 0], confidence=np.array([0.9991, 0.9993, 0.9995]))
    said = found(stated_confidence, evidence_of(close)).words(0)
    assert said == "It was stated with confidence 0.9991, and 67% of the labels with more."


@given(st.lists(st.integers(0, 100), min_size=2, max_size=20).filter(lambda v: len(set(v)) > 1))
def test_only_the_order_of_confidences_counts(values: list[int]):
    """A scale that keeps the order changes no score."""
    plain, bent = np.array(values) / 100, (np.array(values) / 100) ** 3
    labels = [0, 1] + [0] * (len(values) - 2)
    scores = [
        found(stated_confidence, evidence_of(dataset_of(labels, confidence=each))).score
        for each in (plain, bent)
    ]
    assert scores[0].tolist() == scores[1].tolist()


@pytest.mark.parametrize("confidence", [None, np.array([0.9, 0.9]), np.array([np.nan, np.nan])])
def test_where_it_cannot_run_it_says_so(confidence):
    answer = stated_confidence(evidence_of(dataset_of([0, 1], confidence=confidence)))
    assert isinstance(answer, NotChecked)


def test_order_changes_nothing(largest_change):
    assert largest_change(stated_confidence, rich()) <= 1e-6
