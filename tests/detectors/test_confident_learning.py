from __future__ import annotations

import threading

import numpy as np
import pytest
from cleanlab.filter import find_label_issues
from cleanlab.multilabel_classification import get_label_quality_scores as many_scores
from cleanlab.multilabel_classification.filter import find_multilabel_issues_per_class
from cleanlab.rank import get_label_quality_scores
from hypothesis import given, settings
from hypothesis import strategies as st

from labelviz.core.dataset import MISSING
from labelviz.core.evidence import NotChecked
from labelviz.detectors.confident_learning import (
    FILTERS,
    SCORES,
    cell_issues,
    confident_learning,
    label_issues,
    label_quality,
    names_of,
)
from tests.conftest import dataset_of
from tests.detectors.conftest import evidence_of, found, rich

ABC = ("a", "b", "c")
GOLDEN = dataset_of([0, 0, 1, 1, 1, 2, 2, 2], ABC)
OPINION = np.array(
    [
        [0.8, 0.1, 0.1],
        [0.6, 0.3, 0.1],
        [0.2, 0.7, 0.1],
        [0.1, 0.8, 0.1],
        [0.7, 0.2, 0.1],
        [0.1, 0.2, 0.7],
        [0.3, 0.3, 0.4],
        [0.1, 0.75, 0.15],
    ],
)
pytestmark = pytest.mark.filterwarnings("ignore:May not flag all label issues:UserWarning")


def test_the_golden_vector():
    given = GOLDEN.given
    quality = {
        "self_confidence": [0.8, 0.6, 0.7, 0.8, 0.2, 0.7, 0.4, 0.15],
        "normalized_margin": [0.85, 0.65, 0.75, 0.85, 0.25, 0.75, 0.55, 0.20],
        "confidence_weighted_entropy": [
            0.751541, 0.631027, 0.685034, 0.751541, 0.421103, 0.685034, 0.503018, 0.381776,
        ],
    }  # fmt: skip
    for method in SCORES:
        assert label_quality(given, OPINION, method) == pytest.approx(quality[method], abs=1e-6)
    assert np.flatnonzero(label_issues(given, OPINION, "confident_learning")).tolist() == [4, 7]
    finding = found(confident_learning, evidence_of(GOLDEN, OPINION))
    assert np.flatnonzero(finding.score >= 0.5).tolist() == [4, 7]
    assert finding.score[[4, 7, 0]] == pytest.approx([0.9, 0.925, 0.1])
    assert finding.words(4).startswith("It is among as many labels")
    assert finding.words(0) == ""


@settings(max_examples=15)
@given(st.integers(20, 60), st.integers(2, 5), st.integers(0, 10_000))
def test_every_filter_and_score_is_cleanlabs(n: int, k: int, seed: int):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
    p = rng.dirichlet(np.ones(k), n)
    for name in FILTERS:
        theirs = find_label_issues(labels, p, filter_by=name, n_jobs=1)
        assert label_issues(labels, p, name).tolist() == theirs.tolist(), name
    for method in SCORES:
        theirs = get_label_quality_scores(labels, p, method=method)
        assert label_quality(labels, p, method).tolist() == theirs.tolist()
    for method in SCORES[:2]:
        theirs = get_label_quality_scores(labels, p, method=method, adjust_pred_probs=True)
        assert label_quality(labels, p, method, adjusted=True).tolist() == theirs.tolist()


@given(st.integers(0, 10_000))
def test_for_two_classes_all_scores_rank_alike(seed: int):
    rng = np.random.default_rng(seed)
    labels, p = rng.integers(0, 2, 30), rng.dirichlet(np.ones(2), 30)
    orders = [np.argsort(label_quality(labels, p, method)).tolist() for method in SCORES]
    assert orders[0] == orders[1] == orders[2]


@settings(max_examples=10)
@given(st.integers(10, 40), st.integers(2, 4), st.integers(0, 10_000))
def test_of_several_labels_filters_and_scores_are_cleanlabs(n: int, k: int, seed: int):
    rng = np.random.default_rng(seed)
    labels, p = rng.integers(0, 2, (n, k)), rng.random((n, k))
    labels[0], labels[1] = 0, 1
    theirs = find_multilabel_issues_per_class(names_of(labels), p, n_jobs=1)
    assert cell_issues(labels, p).tolist() == theirs.tolist()
    assert label_issues(labels, p).tolist() == theirs.any(axis=1).tolist()
    assert label_quality(labels, p).tolist() == many_scores(names_of(labels), p).tolist()


def test_samples_without_a_label_are_not_judged():
    labels = [*GOLDEN.given[:4], MISSING, *GOLDEN.given[4:]]
    p = np.insert(OPINION, 4, [0.1, 0.1, 0.8], axis=0)
    finding = found(confident_learning, evidence_of(dataset_of(labels, ABC), p))
    assert np.flatnonzero(finding.score >= 0.5).tolist() == [5, 8]
    assert np.isnan(finding.score[4])
    assert finding.words(4) == ""


@pytest.mark.bad_input("D12", "D13")
def test_a_class_without_samples_or_with_one_is_no_obstacle():
    data = dataset_of([0, 0, 0, 0, 1, 0, 0, 0], ABC)
    assert found(confident_learning, evidence_of(data, OPINION)).score[4] > 0


@pytest.mark.bad_input("D12", "D13")
def test_a_class_that_all_or_none_carry_is_no_obstacle():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, (20, 3))
    labels[:, 0], labels[:, 1] = 1, 0
    cells = cell_issues(labels, rng.random((20, 3)))
    assert not cells[:, 0].any()
    assert label_quality(labels[:, :1], np.full((20, 1), 0.3)) == pytest.approx(0.3)


def test_labels_that_are_all_alike_are_not_checked():
    assert isinstance(confident_learning(evidence_of(dataset_of([0, 0, 0]))), NotChecked)


@pytest.mark.parametrize("many", [False, True])
def test_order_changes_nothing(largest_change, many: bool):
    assert largest_change(confident_learning, rich(many=many)) <= 1e-6


def test_threads_do_not_mix_up_their_datasets():
    cases = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        cases.append((rng.integers(0, 2, 200), rng.dirichlet(np.ones(2), 200)))
    alone = [label_issues(*case).tolist() for case in cases]
    together: dict[int, list[bool]] = {}

    def judge(number: int) -> None:
        together[number] = label_issues(*cases[number]).tolist()

    threads = [threading.Thread(target=judge, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[number] for number in range(4)] == alone
