from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from labelviz.core.arrays import strings
from labelviz.core.rates import percent, rate, rates_by, wilson


@pytest.mark.parametrize(("hits", "count"), [(0, 5), (3, 10), (50, 50), (7, 1000)])
def test_the_interval_is_scipys(hits: int, count: int):
    low, high = wilson(np.array([hits]), np.array([count]))
    theirs = binomtest(hits, count).proportion_ci(method="wilson")
    assert (low[0], high[0]) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_a_part_is_drawn_towards_the_whole():
    found = rate("mall", np.array([True, False]), whole=0.1)
    assert (found.wrong, found.count) == (1, 2)
    assert found.shrunk == pytest.approx((1 + 10 * 0.1) / 12)
    assert rate("", np.array([True, False])).shrunk == 0.5


def test_nothing_has_every_rate():
    found = rate("empty", np.zeros(0, dtype=bool), whole=0.2)
    assert (found.low, found.high, found.shrunk) == (0, 1, 0.2)


def test_the_surest_clump_comes_first():
    values = strings(["one"] + ["many"] * 20 + ["clean"] * 20)
    wrong = np.array([True] + [True] * 12 + [False] * 8 + [False] * 20)
    assert [each.of for each in rates_by(values, wrong, 0.3)] == ["many", "one", "clean"]


@pytest.mark.parametrize(
    ("share", "words"),
    [(0, "0%"), (0.004, "0.4%"), (0.0099, "1.0%"), (0.01, "1%"), (0.086, "9%"), (1, "100%")],
)
def test_a_small_share_is_not_called_nothing(share: float, words: str):
    assert percent(share) == words
