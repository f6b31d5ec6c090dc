from __future__ import annotations

import numpy as np
import pytest

from labelviz.charts.reliability import reliability_figure
from labelviz.core.calibration import reliability
from labelviz.core.intervals import wilson

P = np.array([[0.9, 0.1]] * 4 + [[0.4, 0.6]])


def test_filled_bins_are_drawn_with_their_interval_and_others_are_quiet():
    shown = reliability(np.array([0, 0, 0, 1, 1]), P)
    other = reliability(np.array([0, 0, 0, 0, 0]), P)
    figure = reliability_figure("<b>mine</b>", shown, {"other": other})
    _, quiet, curve = figure.data
    assert curve.name == "&lt;b&gt;mine&lt;/b&gt;"
    assert quiet.name == "other"
    assert list(curve.x) == pytest.approx([0.6, 0.9])
    assert list(curve.y) == pytest.approx([1.0, 0.75])
    low, high = wilson(np.array([1, 3]), np.array([1, 4]))
    assert list(curve.y + curve.error_y.array) == pytest.approx(list(high))
    assert list(curve.y - curve.error_y.arrayminus) == pytest.approx(list(low))
    assert curve.hovertext[1].startswith("4 claims")
