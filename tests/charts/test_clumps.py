from __future__ import annotations

import numpy as np
import pytest

from labelviz.charts.clumps import (
    MOST_SLICES,
    clumps_figure,
    clumps_of_label,
    clumps_of_slice,
    wilson,
)
from labelviz.charts.doors import behind
from labelviz.core.arrays import strings
from labelviz.core.dataset import MISSING
from labelviz.core.queue import Queue
from tests.conftest import dataset_of


def flags(*rows: int, of: int) -> np.ndarray:
    return np.isin(np.arange(of), rows)


def test_the_interval_is_wilsons():
    # 10 of 50 by hand: middle (0.2 + 0.038415) / 1.076829, half 0.107848
    low, high = wilson(np.array([10]), np.array([50]))
    assert low[0] == pytest.approx(0.1124, abs=1e-4)
    assert high[0] == pytest.approx(0.3304, abs=1e-4)
    assert wilson(np.array([0]), np.array([5]))[0][0] == pytest.approx(0, abs=1e-12)
    assert wilson(np.array([5]), np.array([5]))[1][0] == pytest.approx(1)


@pytest.fixture
def towns():
    values = ["zh"] * 20 + ["en"] * 40 + ["<b>"]
    data = dataset_of([0, 1] * 30 + [0], slices={"language": strings(values)})
    return clumps_of_slice(data, flags(*range(10), 20, 60, of=61), "language")


def test_flagged_samples_are_counted_by_value(towns):
    counts = {clump.value: (clump.flagged, clump.total) for clump in towns.clumps}
    assert counts == {"zh": (10, 20), "en": (1, 40), "<b>": (1, 1)}
    assert (towns.flagged, towns.total) == (12, 61)


def test_one_of_one_does_not_come_before_ten_of_twenty(towns):
    assert [clump.value for clump in towns.clumps] == ["zh", "<b>", "en"]


def test_what_stands_out_is_compared_with_the_rest(towns):
    worst = towns.stands_out
    assert worst is not None
    assert worst.share == 0.5
    assert towns.elsewhere(worst) == pytest.approx(2 / 41)


def test_even_flags_have_no_clump():
    data = dataset_of([0, 1] * 20)
    assert clumps_of_label(data, flags(0, 1, 2, 3, of=40)).stands_out is None


def test_labels_count_for_the_samples_that_carry_them():
    data = dataset_of([0, 0, 1, MISSING], ("a", "b", "unused"))
    clumps = clumps_of_label(data, flags(0, 3, of=4)).clumps
    assert {c.value: (c.flagged, c.total) for c in clumps} == {"a": (1, 2), "b": (0, 1)}


def test_a_multilabel_sample_counts_for_each_class():
    data = dataset_of([[1, 1], [0, 1]], ("a", "b"))
    clumps = clumps_of_label(data, flags(0, of=2)).clumps
    assert {c.value: (c.flagged, c.total) for c in clumps} == {"a": (1, 1), "b": (1, 2)}


def test_bars_are_shares_with_counts_and_lead_to_their_samples(towns):
    figure = clumps_figure(towns)
    bars, areas = figure.data
    assert list(bars.x) == pytest.approx([0.5, 1.0, 1 / 40])
    assert figure.layout.yaxis.ticktext == ("zh", "&lt;b&gt;", "en")
    assert [note.text for note in figure.layout.annotations] == [
        "50%  10/20",
        "100%  1/1",
        "2%  1/40",
    ]
    assert behind(areas.customdata[0]) == Queue(show="all", slice="language", value="zh")
    assert "10 of 20 samples are flagged" in areas.hovertext[0]


def test_of_many_values_the_first_are_shown():
    values = [f"v{row}" for row in range(30)]
    data = dataset_of([0, 1] * 15, slices={"place": strings(values)})
    figure = clumps_figure(clumps_of_slice(data, flags(3, of=30), "place"))
    assert len(figure.data[0].x) == MOST_SLICES
    assert figure.layout.yaxis.ticktext[0] == "v3"


def test_an_empty_value_has_a_name():
    data = dataset_of([0, 1], slices={"place": strings(["", "x"])})
    figure = clumps_figure(clumps_of_slice(data, flags(0, of=2), "place"))
    assert figure.layout.yaxis.ticktext[0] == "(empty)"
    assert behind(figure.data[1].customdata[0]) == Queue(show="all", slice="place", value="")
