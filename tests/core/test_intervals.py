from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from labelviz.core.intervals import percent, wilson


@pytest.mark.parametrize(("hits", "count"), [(0, 5), (3, 10), (50, 50), (7, 1000)])
def test_the_interval_is_scipys(hits: int, count: int):
    low, high = wilson(np.array([hits]), np.array([count]))
    theirs = binomtest(hits, count).proportion_ci(method="wilson")
    assert (low[0], high[0]) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0, "0%"),
        (0.004, "0.4%"),
        (0.0099, "1.0%"),
        (0.01, "1%"),
        (0.086, "9%"),
        (1, "100%"),
        (1e-9, "0.1%"),
        (0.99, "99%"),
        (0.996, "99.6%"),
        (0.9999, "99.9%"),
    ],
)
def test_a_small_share_is_not_called_nothing_nor_nearly_all_all(share: float, words: str):
    assert percent(share) == words
