from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.alarm import Alarm, alarm_sample, in_sample_alarm
from labelviz.core.arrays import strings
from labelviz.core.dataset import MISSING
from tests.conftest import dataset_of


def rows_of(labels: np.ndarray, p: float, k: int = 2) -> np.ndarray:
    """p for these labels, the rest shared."""
    values = np.full((len(labels), k), (1 - p) / (k - 1))
    values[np.arange(len(labels)), labels] = p
    return values


def noisy(n: int = 1000, wrong: float = 0.1, missed: float = 0.2):
    """True labels, given labels, and a cheap opinion that is wrong independently of both."""
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, n)
    given_labels = np.where(random.random(n) < wrong, 1 - truth, truth)
    cheap = rows_of(np.where(random.random(n) < missed, 1 - truth, truth), 0.75)
    return truth, given_labels, cheap


@pytest.mark.bad_input("F17")
def test_a_model_that_repeats_the_labels_raises_the_alarm():
    _, labels, cheap = noisy()
    found = in_sample_alarm(labels, rows_of(labels, 0.98), cheap)
    assert found.verdict == "alarm"
    assert found.agreement == found.disputed_agreement == 1.0
    assert "Too good to be true" in found.sentence
    assert "Cross-validation" in found.sentence


@pytest.mark.bad_input("F17")
def test_a_model_that_is_better_and_honest_is_at_most_doubted():
    truth, labels, cheap = noisy()
    found = in_sample_alarm(labels, rows_of(truth, 0.95), cheap)
    assert found.gap > 0.10
    assert found.verdict == "doubtful"
    assert "may be better" in found.sentence


@pytest.mark.parametrize("missed", [0.1, 0.3, 0.5])
def test_an_honest_expert_is_not_accused_because_nearly_all_labels_are_right(missed: float):
    """Right on 98 % where 98 % of the labels are right, and the cheap model knows little."""
    for seed in range(10):
        random = np.random.default_rng(seed)
        truth = random.integers(0, 3, 2000)
        labels = np.where(random.random(2000) < 0.02, (truth + 1) % 3, truth)
        expert = np.where(random.random(2000) < 0.02, (truth + 2) % 3, truth)
        cheap = np.where(random.random(2000) < missed, (truth + 1) % 3, truth)
        found = in_sample_alarm(labels, rows_of(expert, 0.98, 3), rows_of(cheap, 0.6, 3))
        assert found.verdict != "alarm"
        told = in_sample_alarm(labels, rows_of(labels, 0.98, 3), rows_of(cheap, 0.6, 3))
        assert told.verdict == "alarm"


def test_an_opinion_like_the_cheap_one_is_clear():
    _, labels, cheap = noisy()
    found = in_sample_alarm(labels, cheap, cheap)
    assert (found.verdict, found.gap, found.disputed_agreement) == ("clear", 0.0, 0.0)
    assert "nothing suggests" in found.sentence


def test_agreement_on_an_easy_task_is_no_wonder():
    labels = np.arange(600) % 2
    assert in_sample_alarm(labels, rows_of(labels, 0.9), rows_of(labels, 0.85)).verdict == "clear"


def test_near_total_agreement_where_few_labels_are_disputed():
    labels = np.arange(600) % 2
    cheap = rows_of(np.where(np.arange(600) < 15, 1 - labels, labels), 0.9)
    found = in_sample_alarm(labels, rows_of(labels, 0.9), cheap)
    assert (found.verdict, found.disputed_agreement) == ("alarm", None)
    assert "100.0%" in found.sentence


@pytest.mark.parametrize(("disputed", "told"), [(19, None), (20, 1.0)])
def test_disputed_labels_are_told_of_from_twenty_on(disputed: int, told: float | None):
    labels = np.arange(600) % 2
    cheap = rows_of(np.where(np.arange(600) < disputed, 1 - labels, labels), 0.9)
    found = in_sample_alarm(labels, rows_of(labels, 0.9), cheap)
    assert found.disputed_agreement == told
    assert ("100% of those" in found.sentence) == (told is not None)


def test_gap_and_agreement_by_hand():
    labels = np.array([0, 1, MISSING] + [0] * 48)
    supplied = np.array([[0.9, 0.1], [0.6, 0.4], [1, 0]] + [[0.8, 0.2]] * 48)
    cheap = np.array([[0.7, 0.3], [0.5, 0.5], [0, 1]] + [[0.6, 0.4]] * 48)
    found = in_sample_alarm(labels, supplied, cheap)
    assert found.labels == 50
    assert found.gap == pytest.approx((0.2 - 0.1 + 48 * 0.2) / 50)
    assert found.agreement == 49 / 50
    assert found.disputed_agreement is None


def test_multilabel_compares_cells():
    labels = np.tile([[1, 0], [0, MISSING]], (30, 1))
    supplied = np.tile([[0.9, 0.2], [0.4, 0.9]], (30, 1))
    found = in_sample_alarm(labels, supplied, supplied)
    assert (found.labels, found.agreement) == (90, 1.0)


def test_a_cell_at_one_half_says_that_the_class_applies():
    cells = np.tile([[1, 0]], (30, 1))
    found = in_sample_alarm(cells, np.full((30, 2), 0.5), np.full((30, 2), 0.5))
    assert (found.agreement, found.gap) == (0.5, 0.0)


def test_too_few_labels_say_nothing():
    labels = np.zeros(49, dtype=np.int64)
    assert in_sample_alarm(labels, rows_of(labels, 1), rows_of(labels, 0.5)) is None


@given(st.permutations(range(60)))
def test_the_order_of_rows_changes_no_verdict(order):
    truth, labels, cheap = noisy(60)
    before = in_sample_alarm(labels, rows_of(truth, 0.9), cheap)
    rows = np.array(order)
    after = in_sample_alarm(labels[rows], rows_of(truth, 0.9)[rows], cheap[rows])
    assert isinstance(after, Alarm)
    assert (after.verdict, after.agreement) == (before.verdict, before.agreement)
    assert after.gap == pytest.approx(before.gap)


def test_the_sample_keeps_classes_in_proportion_and_ignores_row_order():
    data = dataset_of([0] * 300 + [1] * 100 + [MISSING] * 50)
    rows = alarm_sample(data, 40)
    assert np.bincount(data.given[rows]).tolist() == [30, 10]
    order = np.random.default_rng(1).permutation(len(data))
    turned = data.take(order)
    assert set(turned.ids[alarm_sample(turned, 40)]) == set(data.ids[rows])
    assert alarm_sample(data, 1000).tolist() == list(range(400))


def test_ids_with_half_a_character_are_sampled_as_any():
    data = dataset_of([0, 1] * 10)
    odd = replace(data, ids=strings(f"{name}\ud800" for name in data.ids))
    assert np.bincount(data.given[alarm_sample(odd, 10)]).tolist() == [5, 5]


def test_the_sample_of_multilabel_data():
    cells = np.array([[1, 0]] * 90 + [[0, 0]] * 10)
    assert len(alarm_sample(dataset_of(cells, ("a", "b")), 50)) == 50
