from __future__ import annotations

import numpy as np
import pytest

from labelviz.charts.doors import behind
from labelviz.charts.noise import Contradictions, contradictions, contradictions_figure
from labelviz.core.dataset import MISSING
from labelviz.core.queue import Queue
from tests.conftest import dataset_of, probabilities_of

CLASSES = ("a", "<i>b</i>", "c")


@pytest.fixture
def found():
    data = dataset_of([0, 0, 0, 1, 1, 2, MISSING], CLASSES)
    rows = {"a": [0.8, 0.1, 0.1], "b": [0.1, 0.8, 0.1], "c": [0.1, 0.1, 0.8]}
    return contradictions(data, probabilities_of(data, [rows[name] for name in "aabbcca"]))


@pytest.fixture
def multilabel():
    data = dataset_of([[1, 0], [1, 1], [0, 1], [0, 0]], ("a", "b"))
    return contradictions(data, probabilities_of(data, [[0.9, 0.6], [0.2, 0.5], [0, 0], [0, 0.1]]))


def test_given_by_predicted_counts_the_labelled_samples(found):
    assert found.counts.tolist() == [[2, 1, 0], [0, 1, 1], [0, 0, 1]]
    assert found.shares[0].tolist() == pytest.approx([2 / 3, 1 / 3, 0])
    assert found.agreeing.tolist() == [2, 1, 1]


def test_the_worst_contradiction_is_off_the_diagonal(found):
    assert found.worst == (0, 1, 1)


def test_full_agreement_has_no_worst():
    assert Contradictions(("a", "b"), np.diag([3, 4]), multilabel=False).worst is None


def test_multilabel_counts_both_only_given_and_only_predicted(multilabel):
    # a: s0 both, s1 only given. b: s1 both at exactly 0.5, s2 only given, s0 only predicted.
    assert multilabel.counts.tolist() == [[1, 1, 0], [1, 1, 1]]
    assert multilabel.worst == (0, 1, 1)


def test_of_many_classes_the_most_contradicted_are_kept_in_class_order():
    counts = np.diag([9, 9, 9, 9])
    counts[3, 1] = 2
    found = Contradictions(tuple("abcd"), counts, multilabel=False)
    assert found.most_contradicted(2).tolist() == [1, 3]


def test_only_contradictions_are_coloured(found):
    heat = contradictions_figure(found).data[0]
    assert np.array(heat.z).tolist() == pytest.approx(
        np.array([[0, 1 / 3, 0], [0, 0, 0.5], [0, 0, 0]])
    )


def test_every_cell_shows_its_count_and_leads_to_its_samples(found):
    cells = contradictions_figure(found).data[1]
    at = next(n for n in range(9) if (cells.x[n], cells.y[n]) == (1, 0))
    assert cells.text[at] == "1"
    assert behind(cells.customdata[at]) == Queue(show="all", given="a", predicted="<i>b</i>")
    assert "&lt;i&gt;b&lt;/i&gt;" in cells.hovertext[at]
    assert "33%" in cells.hovertext[at]


def test_multilabel_cells_lead_to_what_the_queue_can_say(multilabel):
    cells = contradictions_figure(multilabel).data[1]
    doors = {
        (x, y): behind(door) for x, y, door in zip(cells.x, cells.y, cells.customdata, strict=True)
    }
    assert doors[0, 1] == Queue(show="all", given="b", predicted="b")
    assert doors[1, 1] == Queue(show="all", given="b")
    assert doors[2, 1] == Queue(show="all", predicted="b")
