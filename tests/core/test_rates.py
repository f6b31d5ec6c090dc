from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from labelviz.core.arrays import strings
from labelviz.core.rates import Rate, rate, rates_by


def test_a_part_is_drawn_towards_the_whole():
    found = rate("mall", np.array([True, False]), whole=0.1)
    assert (found.wrong, found.count) == (1, 2)
    assert found.shrunk == pytest.approx((1 + 10 * 0.1) / 12)
    assert rate("", np.array([True, False])).shrunk == 0.5


def test_nothing_has_every_rate():
    nothing = np.zeros(0, dtype=bool)
    assert rate("empty", nothing, whole=0.2) == Rate("empty", 0, 0, 0.0, 1.0, 0.2)
    assert rate("", nothing) == Rate("", 0, 0, 0.0, 1.0, 0.0)


def test_the_interval_is_that_of_scipy():
    found = rate("mall", np.arange(40) < 3)
    theirs = binomtest(3, 40).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_the_surest_clump_comes_first():
    values = strings(["one"] + ["many"] * 20 + ["clean"] * 20)
    wrong = np.array([True] + [True] * 12 + [False] * 8 + [False] * 20)
    found = rates_by(values, wrong, 0.3)
    assert [each.of for each in found] == ["many", "one", "clean"]
    assert list(found) == [rate(each.of, wrong[values == each.of], 0.3) for each in found]
