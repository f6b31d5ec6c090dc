from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.calibration import temperature
from labelviz.core.evidence import control_order
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making, make_targets
from labelviz.layers.policy import parse_policy
from labelviz.layers.teacher import taught
from tests.conftest import dataset_of, decision_of, probabilities_of
from tests.layers.conftest import ground_of, reviews


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
    p = many.opinion[said.rows]
    assert taught(layer, many)[0] == temperature(said.truth, p, said.counts)
    assert np.isfinite(Making(many, parse_policy("teacher")).targets.values).all()


def test_labels_that_were_looked_at_because_they_seemed_wrong_do_not_sharpen_the_teacher():
    """Of the first two hundred reviewed, the model was surely right: unlike the others."""
    n, rows = 2000, np.arange(2000)
    sure, truth = rows < 200, rows % 2
    said = np.where(sure | (rows % 5 > 1), truth, 1 - truth)
    top = np.where(sure, 0.99, 0.75)
    p = np.where(np.arange(2) == said[:, None], top[:, None], 1 - top[:, None])
    data = dataset_of((1 - said).tolist())
    order = [*range(200), *(row for row in control_order(n)[:300].tolist() if row >= 200)]
    events = [
        decision_of(
            str(row), f"s{row}", "choose", on=data, label=(data.classes[truth[row]],), sequence=at
        )
        for at, row in enumerate(order, 1)
    ]
    ground = Ground(data, probabilities_of(data, p), **reviews(data, events))
    (layer,) = parse_policy("teacher").layers
    known, whole = ground.reviewed, temperature(truth, p)
    plain = temperature(known.truth, p[known.rows])
    found = taught(layer, ground)[0]
    assert abs(found - whole) < abs(plain - whole) / 2, (found, plain, whole)
