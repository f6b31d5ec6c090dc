from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.copies import same_samples
from labelviz.core.dataset import MISSING
from labelviz.core.evidence import NotChecked
from labelviz.detectors.contradictions import contradictions
from tests.conftest import dataset_of
from tests.detectors.conftest import evidence_of, found, rich

SAME = ["the very same words"] * 3 + ["something quite different"]


def test_copies_with_another_label_contradict():
    finding = found(contradictions, evidence_of(dataset_of([0, 0, 1, 1], texts=[SAME])))
    assert finding.score[:3] == pytest.approx([1 / 2.5, 1 / 2.5, 2 / 2.5])
    assert np.isnan(finding.score[3])
    assert finding.words(2) == "2 of 2 samples that say nearly the same are labelled otherwise."
    assert finding.words(3) == ""


def test_a_pair_the_other_way_round_is_the_same_pair():
    left = ["golden hotel beijing", "hotel golden lake", "one place", "other place"]
    right = ["hotel golden lake", "golden hotel beijing", "another spot", "third spot"]
    data = dataset_of([0, 1, 0, 1], texts=[left, right])
    assert same_samples(data)[0] == same_samples(data)[1]
    finding = found(contradictions, evidence_of(data))
    assert finding.score[:2] == pytest.approx([1 / 1.5, 1 / 1.5])


def test_a_copy_without_a_label_contradicts_nothing():
    data = dataset_of([0, MISSING, 0, 1], texts=[SAME])
    finding = found(contradictions, evidence_of(data))
    assert finding.score[[0, 2]].tolist() == [0, 0]
    assert [finding.words(row) for row in range(4)] == [""] * 4
    assert np.isnan(finding.score[1])


def test_of_several_labels_any_difference_counts():
    data = dataset_of([[1, 0], [1, 1], [1, 0], [0, 0]], texts=[SAME])
    finding = found(contradictions, evidence_of(data, [[0.5, 0.5]] * 4))
    assert finding.score[:3] == pytest.approx([1 / 2.5, 2 / 2.5, 1 / 2.5])


def test_where_nothing_is_said_twice_it_says_so():
    texts = [["one thing", "altogether another"]]
    assert contradictions(evidence_of(dataset_of([0, 1], texts=texts))) == NotChecked(
        "contradictions", "No two samples say the same."
    )


@pytest.mark.parametrize("many", [False, True])
def test_order_changes_nothing(largest_change, many: bool):
    assert largest_change(contradictions, rich(many=many)) <= 1e-6
