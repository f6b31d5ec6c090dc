from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.borders import NEAR, Border, borders, on_border, top_two
from labelviz.core.line import line
from labelviz.core.opinion import Opinion
from labelviz.core.queue import Queue
from tests.conftest import dataset_of, probabilities_of

THREE = ("a", "b", "c")
# Between b and c, a and b, a and b with c given, decided, and c and b with no label.
OPINION = [
    [0.1, 0.5, 0.4],
    [0.45, 0.35, 0.2],
    [0.4, 0.5, 0.1],
    [0.8, 0.1, 0.1],
    [0.2, 0.35, 0.45],
]
DATA = dataset_of([1, 1, 2, 0, -1], THREE)
BETWEEN = probabilities_of(DATA, OPINION)
TAGS = dataset_of([[1, 0], [0, 0], [1, 1], [-1, -1]], ("x", "y"))
CELLS = probabilities_of(TAGS, [[0.55, 0.1], [0.45, 0.9], [0.9, 0.41], [0.5, 0.2]])
NONE = np.zeros(5, dtype=bool)


def test_borders_by_hand_the_fullest_first():
    flagged = np.array([False, True, True, False, False])
    assert borders(DATA, BETWEEN, flagged) == [
        Border("a", "b", 2, 0, 1, 2),
        Border("b", "c", 2, 1, 0, 0),
    ]
    assert [each.elsewhere for each in borders(DATA, BETWEEN, NONE)] == [1, 1]


def test_of_several_labels_each_has_a_border_of_its_own():
    flagged = np.array([True, False, False, True])
    assert borders(TAGS, CELLS, flagged) == [
        Border("x", "", 3, 1, 1, 2),
        Border("y", "", 1, 1, 0, 0),
    ]


def test_nothing_lies_on_a_border_of_a_model_that_is_sure():
    sure = probabilities_of(DATA, np.eye(3)[[0, 1, 2, 0, 1]])
    assert borders(DATA, sure, NONE) == []


def test_a_border_with_any_other_class():
    assert on_border(BETWEEN, "a").tolist() == [False, True, True, False, False]
    assert on_border(BETWEEN, "b").tolist() == [True, True, True, False, True]
    assert not on_border(BETWEEN, "nowhere").any()


def test_equal_classes_are_level_and_stand_in_their_order():
    low, high, apart = top_two(np.array([[0.4, 0.2, 0.4], [0.0, 0.5, 0.5], [1.0, 0.0, 0.0]]))
    assert low.tolist() == [0, 1, 0]
    assert high.tolist() == [2, 2, 1]
    assert apart.tolist() == [0, 0, 1]


def test_the_queue_of_a_border_begins_where_the_model_wavers_most():
    data = dataset_of([0, 1, 2], THREE)
    opinion = probabilities_of(data, [[0.1, 0.5, 0.4], [0.5, 0.48, 0.02], [0.4, 0.55, 0.05]])
    queue = Queue(show="all", sort="uncertain", between="b")
    assert line(queue, data, Opinion(opinion)).rows.tolist() == [1, 0, 2]
    tags = line(
        Queue(show="all", sort="uncertain", between="x"), TAGS, Opinion(CELLS)
    ).rows.tolist()
    assert tags[0] == 3
    assert set(tags) == {0, 1, 3}


def test_a_cell_wavers_as_far_from_the_middle_as_two_classes_may_be_apart():
    p = np.array([0.39, 0.41, 0.5, 0.59, 0.61])
    data = dataset_of([[0, 0]] * 5, ("x", "y"))
    cells = probabilities_of(data, np.column_stack([p, p]))
    assert on_border(cells, "x").tolist() == [False, True, True, True, False]
    both = np.column_stack([1 - p, p])
    assert (top_two(both)[2] <= NEAR).tolist() == on_border(cells, "x").tolist()


@given(st.lists(st.lists(st.integers(1, 20), min_size=3, max_size=3), min_size=1, max_size=20))
def test_every_sample_near_a_border_lies_on_one_and_its_queue_shows_it(weights):
    values = np.array(weights, dtype=float)
    data = dataset_of([0] * len(values), THREE)
    opinion = probabilities_of(data, values / values.sum(axis=1, keepdims=True))
    ordered = np.sort(opinion.values, axis=1)
    near = set(np.flatnonzero(ordered[:, -1] - ordered[:, -2] <= NEAR))
    seen: list[int] = []
    for each in borders(data, opinion, np.zeros(len(values), dtype=bool)):
        rows = line(each.queue, data, Opinion(opinion)).rows.tolist()
        assert len(rows) == each.near == each.with_first + each.with_second + each.elsewhere
        seen += rows
    assert len(seen) == len(set(seen))
    assert set(seen) == near
