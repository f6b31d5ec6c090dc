"""Wrong labels that are repeated, and losses, on a chart."""

from __future__ import annotations

import numpy as np

from labelviz.charts.memory import losses_figure, memory_figure
from labelviz.charts.palette import QUIET
from labelviz.core.memorisation import Curve, Memory

NAN = float("nan")
MEMORY = Memory((0.5, 1.0), (0.1, 0.4), 0.4, 12, 0.1)
CURVE = Curve("<b>hard", (0.5, 1.0), (0.6, 0.2), (0.7, NAN), MEMORY, None)
OTHER = Curve("soft", (0.5, 1.0), (NAN, NAN), (0.5, 0.4), None, MEMORY)


def test_confirmed_errors_are_drawn_through_and_suspected_ones_dashed():
    line, onset, dashed, _ = memory_figure([CURVE, OTHER]).data
    assert (line.name, line.line.dash) == ("&lt;b&gt;hard, 12 confirmed", "solid")
    np.testing.assert_allclose(line.y, [10, 40])
    assert (onset.x[0], onset.y[0]) == (1.0, 40.0)
    assert (dashed.name, dashed.line.dash) == ("soft, 12 suspected", "dash")
    assert line.line.color == QUIET


def test_a_loss_that_was_not_measured_is_no_point():
    train, validation, other = losses_figure([CURVE, OTHER]).data
    assert list(train.y) == [0.6, 0.2]
    assert list(validation.x) == [0.5]
    assert other.name == "soft, validation"
