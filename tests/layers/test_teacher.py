from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.calibration import temperature
from labelviz.layers.making import Making, make_targets
from labelviz.layers.policy import parse_policy
from labelviz.layers.teacher import taught
from tests.conftest import dataset_of, probabilities_of
from tests.layers.conftest import ground_of


def test_a_hot_teacher_is_softer():
    data = dataset_of([0])
    opinion = probabilities_of(data, [[0.9, 0.1]])
    made = make_targets(data, parse_policy("teacher:part=1,temperature=2"), opinion)
    assert made.values[0] == pytest.approx([0.75, 0.25])  # square roots of 9 to 1
    half = make_targets(data, parse_policy("teacher:part=0.5,temperature=1"), opinion)
    assert half.values[0] == pytest.approx([0.95, 0.05])


def test_a_temperature_is_fitted_on_reviewed_labels_once_there_are_fifty():
    few, many = ground_of(40, 2, 0), ground_of(300, 2, 0)
    (layer,) = parse_policy("teacher").layers
    assert taught(layer, few)[0] == 1
    said = many.reviewed
    assert len(said) == 60
    assert taught(layer, many)[0] == temperature(said.truth, many.opinion[said.rows])
    assert np.isfinite(Making(many, parse_policy("teacher")).targets.values).all()
