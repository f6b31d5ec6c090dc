from __future__ import annotations

import numpy as np

from labelviz.charts.effects import effects_figure
from labelviz.core.experiment import Answered, Outcome, arms_of
from labelviz.core.reference import Reference


def test_every_seed_is_a_mark_and_the_interval_a_line():
    labels = np.arange(60) % 2
    rng = np.random.default_rng(0)
    answers = {}
    for name, share in (("hard", 0.6), ("<b>soft", 0.9)):
        said = np.where(rng.random((8, 60)) < share, labels, 1 - labels)
        answers[name] = Answered("hard", np.eye(2)[said] * 0.8 + 0.1)
    rows = np.arange(60)
    reference = Reference("trusted", rows, labels, rows, np.ones(60), 60)
    arms = arms_of(answers, reference, classes=("no", "yes"), task="binary")
    figure = effects_figure(Outcome("e", arms, 8, 8, reference))
    seeds, mean = figure.data
    effect = arms[1].effects[0]
    np.testing.assert_allclose(seeds.x, [100 * each for each in effect.by_seed])
    assert mean.x[0] + mean.error_x.array[0] == 100 * effect.high
    assert set(seeds.y) == {"&lt;b&gt;soft"}
