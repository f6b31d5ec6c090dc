from __future__ import annotations

import numpy as np
import pytest

from labelviz.charts.data_map import MOST_POINTS, chosen, data_map_figure, drawn_rows
from labelviz.core.arrays import Floats
from labelviz.core.difficulty import DataMap
from labelviz.core.queue import Queue
from tests.conftest import dataset_of


def map_of(confidence: Floats) -> DataMap:
    return DataMap(confidence, confidence / 2, confidence, confidence, confidence)


def test_a_point_is_a_known_sample():
    learned = map_of(np.array([0.2, np.nan, 0.8]))
    rows = drawn_rows(learned)
    assert sorted(rows.tolist()) == [0, 2]
    (points,) = data_map_figure(dataset_of([0, 1, 1]), learned, np.array([0, 2])).data
    assert (list(points.x), list(points.y)) == ([0.1, 0.4], [0.2, 0.8])


def test_of_many_samples_the_same_few_are_drawn():
    learned = map_of(np.full(MOST_POINTS + 10, 0.5))
    rows = drawn_rows(learned)
    assert len(set(rows.tolist())) == MOST_POINTS
    assert rows.tolist() == drawn_rows(learned).tolist()


BOX = Queue(
    show="all", variability_low=0.1, variability_high=0.29, confidence_low=0.0, confidence_high=0.5
)


@pytest.mark.parametrize("shape", ["box", "lasso"])
def test_a_drawn_shape_is_its_bounding_box(shape):
    drawn = {shape: [{"x": [0.29, 0.1019, 0.2], "y": [-0.3, 0.2, 0.4951]}], "points": []}
    assert chosen(drawn) == BOX


def test_a_shape_drawn_beyond_the_axes_ends_where_the_measures_do():
    assert chosen({"box": [{"x": [0.2, 0.7], "y": [0.5, 1.4]}]}) == Queue(
        show="all", variability_low=0.2, variability_high=0.5, confidence_low=0.5
    )


@pytest.mark.parametrize("nothing", [{}, {"points": []}, {"points": [{"x": 1}]}])
def test_nothing_chosen_leads_nowhere(nothing):
    assert chosen(nothing) is None
