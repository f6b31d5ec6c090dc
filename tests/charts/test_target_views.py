from __future__ import annotations

import numpy as np
import pytest

from labelviz.charts.doors import behind
from labelviz.charts.target_views import (
    MOST_POINTS,
    entropy,
    entropy_figure,
    entropy_histogram,
    lost_by_class,
    lost_by_slice,
    parts_figure,
    softness,
    triangle,
    triangle_figure,
    triangle_points,
)
from labelviz.core.arrays import strings
from labelviz.layers.making import make_targets
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of

ABC = ("a", "b", "c")
DATA = dataset_of([0, 1, 1, -1], slices={"kind": strings(["x", "x", "", "x"])})
HARD = make_targets(DATA, parse_policy("hard"))
SOFT = make_targets(DATA, parse_policy('asymmetric:off=0.2,"yes"=0.1'))


def test_entropy_is_that_of_even_shares_at_most_and_nothing_where_nothing_is_trained_on():
    found = entropy(make_targets(dataset_of([0, -1]), parse_policy("smooth:off=0.1")))
    assert found == pytest.approx([0.468996, np.nan], abs=1e-6, nan_ok=True)
    assert entropy(HARD)[:3] == pytest.approx([0, 0, 0])
    cells = make_targets(dataset_of([[1, 0], [1, -1]], ("a", "b")), parse_policy("smooth:off=0.1"))
    assert entropy(cells) == pytest.approx([0.468996, 0.468996], abs=1e-6)


def test_every_sample_that_is_trained_on_is_in_one_bin_before_and_after():
    histogram = entropy_histogram(entropy(HARD), entropy(SOFT))
    assert histogram.first.sum() == histogram.second.sum() == 3
    assert histogram.first[0] == 3
    figure = entropy_figure(histogram)
    assert [each.name for each in figure.data] == ["In use now", "With this policy"]


def test_what_labels_lost_is_told_by_class_and_by_slice():
    assert softness(DATA, SOFT) == pytest.approx([0.2, 0.1, 0.1, np.nan], nan_ok=True)
    parts = lost_by_class(DATA, HARD, SOFT)
    assert (parts.names, parts.counts.tolist()) == (("no", "yes"), [1, 2])
    assert parts.before.tolist() == [0, 0]
    assert parts.after == pytest.approx([0.2, 0.1])
    sliced = lost_by_slice(DATA, HARD, SOFT, "kind")
    assert (sliced.names, sliced.counts.tolist()) == (("x", "(empty)"), [2, 1])
    assert sliced.after == pytest.approx([0.15, 0.1])


def test_of_several_labels_it_is_the_mean_over_cells():
    data = dataset_of([[1, 0], [1, 1]], ("a", "b"))
    made = make_targets(data, parse_policy("asymmetric:off=0.1,absent=0.02"))
    assert softness(data, made) == pytest.approx([0.06, 0.1])
    parts = lost_by_class(data, made, made)
    assert parts.counts.tolist() == [2, 1]


def test_a_bar_leads_to_its_samples():
    figure = parts_figure(lost_by_slice(DATA, HARD, SOFT, "kind"))
    queue = behind(figure.data[1].customdata[0])
    assert queue is not None
    assert (queue.show, queue.slice, queue.value) == ("all", "kind", "x")


def test_three_classes_are_a_triangle():
    x, y = triangle(np.eye(3))
    assert (x.tolist(), y.tolist()) == ([0, 1, 0.5], [0, 0, 1])
    data = dataset_of([0, 1, 2], ABC)
    figure = triangle_figure(data, make_targets(data, parse_policy("smooth:off=0.3")))
    assert [each.name for each in figure.data[1:]] == list(ABC)
    assert "s0<br>a 0.70<br>b 0.15<br>c 0.15" in figure.data[1].hovertext[0]


def test_of_many_points_the_same_are_drawn_every_time():
    data = dataset_of([0, 1] * MOST_POINTS)
    made = make_targets(data, parse_policy("hard"))
    rows = triangle_points(made)
    assert len(rows) == MOST_POINTS
    assert rows.tolist() == triangle_points(made).tolist()
    assert len(triangle_points(HARD)) == 3
