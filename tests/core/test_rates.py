from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.arrays import strings
from labelviz.core.rates import rate, rates_by


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
