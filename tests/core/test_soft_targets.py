"""Soft targets as a person sets them, worked by hand and by property."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.dataset import SUM_TOLERANCE
from labelviz.core.soft_targets import Certainty, read_certainty, read_row, spread, with_share
from labelviz.errors import TargetsRefused

ROWS = st.lists(st.integers(0, 1000), min_size=2, max_size=6).filter(any)


@st.composite
def certainties(draw: st.DrawFn) -> tuple[Certainty, int]:
    """What a person may say about some number of classes."""
    k = draw(st.integers(2, 12))
    top = draw(st.integers(0, k - 1))
    second = draw(st.none() | st.integers(0, k - 1).filter(lambda each: each != top))
    ruled_out = draw(st.frozensets(st.integers(0, k - 1))) - {top, second}
    share, other = draw(st.floats(0, 1)), draw(st.floats(0, 1))
    return Certainty(top, share, second, other if second is not None else 0.0, ruled_out), k


def test_with_share_takes_from_the_others_in_proportion():
    row = with_share(np.array([0.5, 0.3, 0.2]), 0, 0.8)
    assert row == pytest.approx([0.8, 0.12, 0.08])


def test_with_share_splits_alike_where_the_class_had_it_all():
    assert with_share(np.array([0.0, 1.0, 0.0]), 1, 0.6) == pytest.approx([0.2, 0.6, 0.2])


@given(ROWS, st.data(), st.floats(0, 1))
def test_with_share_gives_exactly_the_share_and_a_distribution(weights, data, share):
    row = np.array(weights) / sum(weights)
    k = data.draw(st.integers(0, len(row) - 1))
    result = with_share(row, k, share)
    assert result[k] == share
    assert ((result >= 0) & (result <= 1)).all()
    assert result.sum() == pytest.approx(1)


@given(ROWS, st.data(), st.floats(0.01, 1), st.floats(0.01, 0.99))
def test_with_share_keeps_the_ratio_of_the_others(weights, data, first, second):
    row = np.array(weights) / sum(weights)
    k = data.draw(st.integers(0, len(row) - 1))
    once = with_share(row, k, second)
    twice = with_share(with_share(row, k, 1 - first), k, second)
    if np.delete(row, k).sum() > 0:
        assert twice == pytest.approx(once, abs=1e-9)


def test_a_multilabel_cell_leaves_the_others_alone():
    row = np.array([0.9, 0.2, 0.4])
    assert with_share(row, 1, 0.7, multilabel=True).tolist() == [0.9, 0.7, 0.4]
    assert row.tolist() == [0.9, 0.2, 0.4]


def test_the_rest_is_spread_over_what_is_not_ruled_out():
    said = Certainty(top=2, share=0.6, runner_up=0, runner_share=0.2, ruled_out=frozenset({1}))
    assert spread(said, 5) == pytest.approx([0.2, 0, 0.6, 0.1, 0.1])


def test_with_nothing_left_to_spread_over_the_runner_up_takes_the_rest():
    everything_else = frozenset({1, 3})
    assert spread(Certainty(2, 0.6, 0, 0.1, everything_else), 4).tolist() == [0.4, 0, 0.6, 0]
    assert spread(Certainty(2, 0.6, None, 0, everything_else | {0}), 4).tolist() == [0, 0, 1, 0]


@given(certainties())
def test_a_spread_is_a_distribution_without_what_is_ruled_out(case):
    said, k = case
    row = spread(said, k)
    assert row.sum() == pytest.approx(1)
    assert ((row >= 0) & (row <= 1)).all()
    assert not row[list(said.ruled_out)].any()
    alone = said.runner_up is None and len(said.ruled_out) == k - 1
    assert alone or row[said.top] == said.share


@given(ROWS.filter(lambda weights: len(weights) > 1))
def test_reading_a_certainty_keeps_its_top_class_and_its_share(weights):
    row = np.array(weights) / sum(weights)
    said = read_certainty(row)
    again = spread(said, len(row))
    assert row[said.top] == row.max()
    assert again.sum() == pytest.approx(1)
    assert again[said.top] == pytest.approx(row[said.top])


def test_a_row_with_a_runner_up_reads_back_as_it_was():
    said = Certainty(top=1, share=0.65, runner_up=3, runner_share=0.25, ruled_out=frozenset({0}))
    again = read_certainty(spread(said, 6))
    assert (again.top, again.runner_up, again.ruled_out) == (1, 3, {0})
    assert (again.share, again.runner_share) == pytest.approx((0.65, 0.25))


def test_a_certain_row_rules_nothing_out():
    assert read_certainty(np.array([0.0, 1.0, 0.0])) == Certainty(1, 1.0)
    near = 1 - SUM_TOLERANCE
    assert read_certainty(np.array([0.0, near, SUM_TOLERANCE])) == Certainty(1, near)


def test_of_classes_that_are_as_likely_the_first_is_the_top():
    assert read_certainty(np.array([0.0, 0.5, 0.5])) == Certainty(1, 0.5, 2, 0.5, frozenset({0}))
    assert read_certainty(np.full(4, 0.25)) == Certainty(0, 0.25)


@given(ROWS)
def test_a_row_rounded_to_millionths_is_read_as_a_distribution(weights):
    exact = np.array(weights) / sum(weights)
    row = read_row(exact.round(6).tolist(), len(weights), multilabel=False)
    assert row.sum() == pytest.approx(1, abs=1e-12)
    assert row == pytest.approx(exact, abs=1e-5)


@pytest.mark.bad_input("F18")
@pytest.mark.parametrize(
    ("sent", "what"),
    [
        ([0.5, 0.45], "add to 0.95"),
        ([0.0, 0.0], "add to 0"),
        ([1.5, -0.5], "not from 0 to 1"),
        ([float("nan"), 1.0], "not from 0 to 1"),
        ([10**400, 1], "not from 0 to 1"),
        ([1.0], "not from 0 to 1"),
        ([0.5, 0.5, 0.0], "not from 0 to 1"),
        (["0.5", 0.5], "not from 0 to 1"),
        ([True, 0], "not from 0 to 1"),
    ],
)
def test_what_is_no_distribution_is_refused(sent, what):
    with pytest.raises(TargetsRefused, match=what):
        read_row(sent, 2, multilabel=False)


def test_cells_of_many_labels_need_no_sum():
    assert read_row([0.9, 0, 1], 3, multilabel=True).tolist() == [0.9, 0, 1]
