from __future__ import annotations

import threading

import numpy as np
import pytest
from cleanlab.filter import find_label_issues
from cleanlab.multilabel_classification.filter import find_multilabel_issues_per_class
from hypothesis import given, settings
from hypothesis import strategies as st

from labelviz.detectors.confident_learning import cell_issues, label_issues, names_of
from tests.conftest import dataset_of

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
    assert np.flatnonzero(label_issues(GOLDEN.given, OPINION)).tolist() == [4, 7]


@settings(max_examples=15)
@given(st.integers(20, 60), st.integers(2, 5), st.integers(0, 10_000))
def test_the_filter_is_cleanlabs(n: int, k: int, seed: int):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
    p = rng.dirichlet(np.ones(k), n)
    theirs = find_label_issues(labels, p, n_jobs=1)
    assert label_issues(labels, p).tolist() == theirs.tolist()


@settings(max_examples=10)
@given(st.integers(10, 40), st.integers(2, 4), st.integers(0, 10_000))
def test_of_several_labels_each_cell_is_cleanlabs(n: int, k: int, seed: int):
    rng = np.random.default_rng(seed)
    labels, p = rng.integers(0, 2, (n, k)), rng.random((n, k))
    labels[0], labels[1] = 0, 1
    theirs = find_multilabel_issues_per_class(names_of(labels), p, n_jobs=1)
    assert cell_issues(labels, p).tolist() == theirs.tolist()


@pytest.mark.bad_input("D12", "D13")
def test_a_class_without_samples_or_with_one_is_no_obstacle():
    data = dataset_of([0, 0, 0, 0, 1, 0, 0, 0], ABC)
    assert np.flatnonzero(label_issues(data.given, OPINION)).tolist() == [2, 3, 5, 6, 7]


@pytest.mark.bad_input("D12", "D13")
def test_a_class_that_all_or_none_carry_is_no_obstacle():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, (20, 3))
    labels[:, 0], labels[:, 1] = 1, 0
    cells = cell_issues(labels, rng.random((20, 3)))
    assert not cells[:, 0].any()


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
