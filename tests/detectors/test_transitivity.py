from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.evidence import NotChecked
from labelviz.detectors.transitivity import MOST_NEIGHBOURS, transitivity
from tests.conftest import dataset_of
from tests.detectors.conftest import evidence_of, found, shuffled

LEFT, RIGHT = ["a", "b", "a", "x"], ["b", "c", "c", "y"]
SURE = [[0.1, 0.9], [0.2, 0.8], [0.6, 0.4], [0.5, 0.5]]


def test_a_non_match_between_two_matches_is_violated():
    data = dataset_of([1, 1, 0, 0], texts=[LEFT, RIGHT])
    finding = found(transitivity, evidence_of(data, SURE))
    ab, bc, ac = 0.95, 0.9, 0.2
    violation = ab * bc * (1 - ac)
    assert finding.score[2] == pytest.approx(violation / (1 + violation))
    match = (bc * (1 - ac) + (1 - bc) * ac) / 2 * ab
    assert finding.score[0] == pytest.approx(match / (1 + match))
    assert np.isnan(finding.score[3])
    assert finding.words(2) == "Both texts are “yes” with 1 other text, so they cannot be “no”."
    assert finding.words(0) == "For 1 other text one of the two is “yes” and the other is not."


def test_three_matches_agree():
    data = dataset_of([1, 1, 1, 0], texts=[LEFT, RIGHT])
    finding = found(transitivity, evidence_of(data, [[0, 1]] * 3 + [[1, 0]]))
    assert finding.score[:3].tolist() == [0, 0, 0]
    assert finding.words(0) == ""


def test_the_sides_of_a_pair_and_the_order_of_pairs_change_nothing():
    data = dataset_of([1, 1, 0, 0], texts=[LEFT, RIGHT])
    turned = dataset_of([1, 1, 0, 0], texts=[RIGHT, LEFT])
    score = found(transitivity, evidence_of(data, SURE)).score
    assert found(transitivity, evidence_of(turned, SURE)).score == pytest.approx(score, nan_ok=True)
    order = np.array([3, 2, 0, 1])
    moved = found(transitivity, shuffled(evidence_of(data, SURE), order)).score
    assert moved == pytest.approx(score[order], nan_ok=True)


@pytest.mark.parametrize(
    ("pairs", "counts"), [(MOST_NEIGHBOURS, True), (MOST_NEIGHBOURS + 1, False)]
)
def test_a_record_of_too_many_pairs_proves_nothing(pairs: int, counts: bool):
    others = [f"r{number}" for number in range(pairs)]
    left, right = ["a"] * pairs + ["r0"], [*others, "r1"]
    finding = found(transitivity, evidence_of(dataset_of([1] * (pairs + 1), texts=[left, right])))
    assert np.isfinite(finding.score[[0, -1]]).tolist() == [counts, True]


@pytest.mark.parametrize(
    ("texts", "classes"),
    [([["a", "b"]], ("no", "yes")), ([["a", "b"], ["c", "d"]], ("x", "y", "z")),
     ([["a", "b"], ["c", "d"]], ("no", "yes"))],
)  # fmt: skip
def test_where_there_are_no_triangles_it_says_so(texts, classes):
    assert isinstance(transitivity(evidence_of(dataset_of([0, 1], classes, texts))), NotChecked)
