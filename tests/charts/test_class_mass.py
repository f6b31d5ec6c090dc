from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelviz.charts.class_mass import class_mass, class_mass_figure
from labelviz.charts.doors import behind
from labelviz.core.dataset import MISSING
from labelviz.core.queue import Queue
from labelviz.layers.making import make_targets
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of, probabilities_of

CLASSES = ("<b>x</b>", "$y$", "z")


@pytest.fixture
def data():
    return dataset_of([0, 0, 1, MISSING], CLASSES)


@pytest.fixture
def opinion(data):
    return probabilities_of(data, [[1, 0, 0], [0.5, 0.25, 0.25], [0, 0, 1], [0, 0.5, 0.5]])


def test_labels_probabilities_and_targets_are_added_up(data, opinion):
    mass = class_mass(data, opinion, make_targets(data, parse_policy("smooth:off=0.2")))
    assert mass.given.tolist() == [2, 1, 0]
    assert mass.model == pytest.approx([1.5, 0.75, 1.75])
    # 0.8 and 0.1 per labelled row; the sample without a label is not trained on
    assert mass.targets.sum() == pytest.approx(3)
    assert mass.targets[0] == pytest.approx(0.8 + 0.8 + 0.1)


def test_excluded_samples_are_no_target_mass(data, opinion):
    targets = make_targets(data, parse_policy("hard"))
    left_out = replace(targets, weight=np.array([0.0, 1, 1, 0]))
    assert class_mass(data, opinion, left_out).targets.tolist() == [1, 1, 0]


def test_multilabel_counts_every_class_a_sample_carries():
    data = dataset_of([[1, 1], [0, 1], [MISSING, 0]], ("a", "b"))
    mass = class_mass(data, None, make_targets(data, parse_policy("hard")))
    assert mass.given.tolist() == [1, 2]
    assert mass.targets.tolist() == [1, 2]
    assert mass.model is None


def test_the_largest_gap_has_a_sign(data, opinion):
    targets = make_targets(data, parse_policy("hard"))
    assert class_mass(data, opinion, targets).largest_gap == (2, 1.75)
    assert class_mass(data, None, targets).largest_gap is None


def test_bars_hold_the_numbers_and_lead_to_the_class(data, opinion):
    mass = class_mass(data, opinion, make_targets(data, parse_policy("hard")))
    figure = class_mass_figure(mass)
    bars = [trace for trace in figure.data if trace.customdata is None and trace.x[0] is not None]
    assert [list(bar.y) for bar in bars[:2]] == [[2, 1, 0], [1.5, 0.75, 1.75]]
    doors = [trace for trace in figure.data if trace.customdata is not None]
    assert behind(doors[0].customdata[1]) == Queue(show="all", given="$y$")
    assert behind(doors[1].customdata[0]) == Queue(show="all", predicted="<b>x</b>")


def test_each_class_has_its_colour_and_its_name_as_text(data, opinion):
    figure = class_mass_figure(class_mass(data, opinion, make_targets(data, parse_policy("hard"))))
    assert figure.data[0].marker.color == ("#0072b2", "#e69f00", "#009e73")
    assert figure.layout.xaxis.ticktext == ("&lt;b&gt;x&lt;/b&gt;", "&#36;y&#36;", "z")


def test_without_probabilities_there_is_no_model_bar(data):
    figure = class_mass_figure(class_mass(data, None, make_targets(data, parse_policy("hard"))))
    assert "Model" not in [trace.name for trace in figure.data]
