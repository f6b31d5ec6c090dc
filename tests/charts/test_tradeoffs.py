from __future__ import annotations

import numpy as np

from labelviz.charts.tradeoffs import tradeoff_figure
from labelviz.core.thresholds import tradeoff


def test_precision_recall_and_f1_are_drawn_with_the_threshold():
    curve = tradeoff(np.array([0.2, 0.6, 0.9]), np.array([False, False, True]))
    figure = tradeoff_figure(curve, 0.7)
    assert [each.name for each in figure.data] == ["Precision", "Recall", "F1"]
    assert figure.data[2].y.tolist() == [0.5, 2 / 3, 1]
    assert figure.layout.shapes[0].x0 == 0.7
