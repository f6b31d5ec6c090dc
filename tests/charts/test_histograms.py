from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelviz.charts.doors import behind
from labelviz.charts.histograms import (
    counted,
    edges,
    suspicion_figure,
    suspicion_histogram,
    target_figure,
    target_histogram,
    target_of_label,
)
from labelviz.core.arrays import strings
from labelviz.core.dataset import MISSING
from labelviz.core.line import line
from labelviz.core.queue import Queue
from labelviz.core.suspicion import Suspicion
from labelviz.layers.making import make_targets
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of

SCORES = [0.0, 0.1, 0.15, 0.5, 0.5, 0.95, 1.0]


@pytest.fixture
def data():
    return dataset_of([0, 1] * 3 + [0])


@pytest.fixture
def suspicion(data):
    score = np.array(SCORES)
    return Suspicion(
        score=score,
        flagged=np.array([False, False, False, False, True, True, True]),
        suggested=data.given,
        reasons=strings([""] * len(data)),
        detectors=("x",),
        dataset=data.fingerprint,
        probabilities="p",
    )


def test_a_bin_holds_its_lower_edge_and_the_last_one_holds_1():
    assert counted(np.array([0.0, 0.25, 0.49, 0.5, 0.75, 1.0]), 4).tolist() == [1, 2, 1, 2]
    assert edges(4).tolist() == [0, 0.25, 0.5, 0.75, 1]


def test_flagged_and_unflagged_are_counted_apart(suspicion):
    histogram = suspicion_histogram(suspicion, bins=2)
    assert histogram.first.tolist() == [0, 3]
    assert histogram.second.tolist() == [3, 1]


def test_every_bin_leads_to_exactly_its_samples(data, suspicion):
    histogram = suspicion_histogram(suspicion)
    for place in range(20):
        rows = line(histogram.queue(place), data, suspicion=suspicion).rows
        assert len(rows) == histogram.first[place] + histogram.second[place]
    assert histogram.queue(19) == Queue(show="all", low=0.95, high=1.0)


def test_bars_are_stacked_with_the_line_that_flags_begin_at(suspicion):
    figure = suspicion_figure(suspicion_histogram(suspicion, bins=2), 0.5)
    flagged, rest, areas = figure.data
    assert list(flagged.y) == [0, 3]
    assert list(rest.y) == [3, 1]
    assert list(rest.base) == [0, 3]
    assert list(areas.y) == [4, 4]
    assert behind(areas.customdata[1]) == Queue(show="all", low=0.5, high=1.0)
    assert figure.layout.shapes[0].x0 == 0.5
    assert figure.layout.annotations[0].text == "flagged from 0.50"


def test_the_target_of_the_given_label_skips_what_is_not_trained_on():
    data = dataset_of([0, 1, MISSING, 1])
    targets = make_targets(data, parse_policy("smooth:off=0.25"))
    values = target_of_label(data, replace(targets, weight=np.array([1.0, 1, 1, 0])))
    assert values[:2].tolist() == [0.75, 0.75]
    assert np.isnan(values[2:]).all()


def test_multilabel_targets_are_all_known_cells():
    data = dataset_of([[1, MISSING], [0, 1]], ("a", "b"))
    histogram = target_histogram(
        data,
        make_targets(data, parse_policy("hard")),
        make_targets(data, parse_policy("smooth:off=0.25")),
        bins=4,
    )
    assert histogram.first.tolist() == [1, 0, 0, 2]
    assert histogram.second.tolist() == [0, 1, 0, 2]


def test_before_and_after_stand_side_by_side():
    data = dataset_of([0, 1, 1])
    histogram = target_histogram(
        data,
        make_targets(data, parse_policy("hard")),
        make_targets(data, parse_policy("smooth:off=0.45")),
        bins=2,
    )
    before, after = target_figure(histogram, cells=False).data
    assert list(before.y) == [0, 3]
    assert list(after.y) == [0, 3]
    assert before.x[1] < after.x[1]
    assert target_figure(histogram, cells=True).layout.yaxis.title.text == "Cells"
