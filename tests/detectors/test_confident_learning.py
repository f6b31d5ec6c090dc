from __future__ import annotations

import threading

import numpy as np
import pytest
from cleanlab.filter import find_label_issues
from hypothesis import given, settings
from hypothesis import strategies as st

from labelviz.core.dataset import MISSING
from labelviz.detectors.confident_learning import NAME, confident_learning
from labelviz.errors import LabelsRefused
from tests.conftest import dataset_of, probabilities_of

ABC = ("a", "b", "c")
GOLDEN = dataset_of([0, 0, 1, 1, 1, 2, 2, 2], ABC)
OPINION = probabilities_of(
    GOLDEN,
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


def moving_average(scores: np.ndarray, alpha: float = 0.8) -> float:
    """Exponential moving average from the best score to the worst (arXiv:2211.13895)."""
    ordered = sorted(scores, reverse=True)
    average = ordered[0]
    for score in ordered[1:]:
        average = alpha * score + (1 - alpha) * average
    return average


def test_the_golden_vector():
    found = confident_learning(GOLDEN, OPINION, "opinion")
    quality = [0.8, 0.6, 0.7, 0.8, 0.2, 0.7, 0.4, 0.15]
    assert found.score == pytest.approx([1 - each for each in quality])
    assert np.flatnonzero(found.flagged).tolist() == [4, 7]
    assert found.suggested.tolist() == [0, 0, 1, 1, 0, 2, 2, 1]
    assert found.worst_first()[:2].tolist() == [7, 4]
    assert (found.detectors, found.probabilities) == ((NAME,), "opinion")
    assert found.dataset == GOLDEN.fingerprint
    assert found.reasons.tolist() == [
        "", "", "", "",
        "The model gives “a” 0.70 and the given label “b” 0.20.",
        "", "",
        "The model gives “b” 0.75 and the given label “c” 0.15.",
    ]  # fmt: skip


@settings(max_examples=20)
@given(st.integers(20, 60), st.integers(2, 5), st.integers(0, 10_000))
def test_flags_are_cleanlabs_and_scores_one_minus_self_confidence(n: int, k: int, seed: int):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
    data = dataset_of(labels, tuple(f"c{each}" for each in range(k)))
    p = rng.dirichlet(np.ones(k), n)
    found = confident_learning(data, probabilities_of(data, p), "opinion")
    assert found.flagged.tolist() == find_label_issues(labels, p, n_jobs=1).tolist()
    assert found.score == pytest.approx(1 - p[np.arange(n), labels])
    assert found.suggested.tolist() == p.argmax(axis=1).tolist()
    assert (found.suggested[found.flagged] != data.given[found.flagged]).all()
    assert [bool(reason) for reason in found.reasons] == found.flagged.tolist()


def test_samples_without_a_label_are_not_judged():
    labels = [*GOLDEN.given[:4], MISSING, *GOLDEN.given[4:]]
    p = np.insert(OPINION.values, 4, [0.1, 0.1, 0.8], axis=0)
    data = dataset_of(labels, ABC)
    found = confident_learning(data, probabilities_of(data, p), "opinion")
    assert np.flatnonzero(found.flagged).tolist() == [5, 8]
    assert (found.score[4], found.suggested[4], found.reasons[4]) == (0, MISSING, "")


@pytest.mark.bad_input("D12", "D13")
def test_a_class_without_samples_or_with_one_is_no_obstacle():
    data = dataset_of([0, 0, 0, 0, 1, 0, 0, 0], ABC)
    found = confident_learning(data, probabilities_of(data, OPINION.values), "opinion")
    assert found.score[4] == pytest.approx(0.8)
    assert found.suggested[5] == 2


@pytest.mark.bad_input("D11")
@pytest.mark.parametrize(
    "labels",
    [[0, 0, 0], [MISSING] * 3, [[1, 1], [1, 1], [1, 1]], [[0, 0], [0, 0], [0, 0]]],
)
def test_labels_that_are_all_alike_cannot_be_judged(labels):
    data = dataset_of(labels)
    with pytest.raises(LabelsRefused, match="All given labels are alike") as refused:
        confident_learning(data, probabilities_of(data, [[0.2, 0.8]] * 3), "opinion")
    assert "label column" in refused.value.remedy


def test_multilabel_quality_of_the_golden_vector():
    data = dataset_of([[1, 1, 1], [1, 0, 1], [0, 1, 0]], ABC)
    p = [[0.1, 0.2, 0.3], [0.9, 0.1, 0.9], [0.2, 0.8, 0.1]]
    found = confident_learning(data, probabilities_of(data, p), "opinion")
    assert found.score[0] == pytest.approx(1 - 0.124)


@settings(max_examples=20)
@given(st.integers(10, 40), st.integers(1, 4), st.integers(0, 10_000))
def test_multilabel_scores_are_the_moving_average_of_cell_confidences(n: int, k: int, seed: int):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, (n, k))
    labels[0], labels[1] = 0, 1
    data = dataset_of(labels, tuple(f"c{each}" for each in range(k)))
    p = rng.random((n, k))
    found = confident_learning(data, probabilities_of(data, p), "opinion")
    confidence = np.where(labels == 1, p, 1 - p)
    assert found.score == pytest.approx([1 - moving_average(row) for row in confidence])
    changed = found.suggested != labels
    assert changed.any(axis=1).tolist() == found.flagged.tolist()
    assert (confidence[changed] < 0.5).all()


@pytest.mark.bad_input("D12", "D13")
def test_a_multilabel_class_that_all_or_none_carry_is_no_obstacle():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, (20, 3))
    labels[:, 0], labels[:, 1] = 1, 0
    data = dataset_of(labels, ABC)
    found = confident_learning(data, probabilities_of(data, rng.random((20, 3))), "opinion")
    assert (found.suggested[:, 0] == 1).all()
    assert found.flagged.any()


def test_a_multilabel_reason_names_the_cells_that_change():
    labels = np.array([[1, 0], [0, 1]] * 10)
    p = np.where(labels == 1, 0.9, 0.1)
    p[0] = [0.05, 0.1]
    data = dataset_of(labels, ("a", "b"))
    found = confident_learning(data, probabilities_of(data, p), "opinion")
    assert np.flatnonzero(found.flagged).tolist() == [0]
    assert found.suggested[0].tolist() == [0, 0]
    assert found.reasons[0] == "The model contradicts these cells: “a” 0.05."


def test_threads_do_not_mix_up_their_datasets():
    cases = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        data = dataset_of(rng.integers(0, 2, 200))
        cases.append((data, probabilities_of(data, rng.dirichlet(np.ones(2), 200))))
    alone = [confident_learning(*case, "x").flagged.tolist() for case in cases]
    together: dict[int, list[bool]] = {}

    def judge(number: int) -> None:
        together[number] = confident_learning(*cases[number], "x").flagged.tolist()

    threads = [threading.Thread(target=judge, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[number] for number in range(4)] == alone
