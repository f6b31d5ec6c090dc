from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.arrays import strings
from labelviz.core.decisions import Review
from labelviz.errors import TargetsRefused
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of, decision_of, probabilities_of

DATA = dataset_of([0] * 40, slices={"kind": strings(["x"] * 20 + ["y"] * 20)})


def ground(**more) -> Ground:
    wrong = [("yes",) if row < 10 else ("no",) for row in range(40)]
    events = [
        decision_of(str(row), f"s{row}", "choose", on=DATA, label=wrong[row], sequence=row + 1)
        for row in range(40)
    ]
    return Ground(DATA, review=Review(DATA, events), **more)


def test_a_kind_with_more_wrong_labels_is_softer():
    off = Making(ground(), parse_policy("slices:column=kind,most=0.45")).targets.values[:, 1]
    assert off[0] == pytest.approx((10 + 10 * 0.25) / 30)  # a quarter of all is wrong
    assert off[39] == pytest.approx((0 + 10 * 0.25) / 30)
    (layer,) = parse_policy("slices:column=kind").layers
    words = "reviewers changed 42 % of the labels of x"
    assert layer.kind.why(layer, ground(), 0) == words
    capped = Making(ground(), parse_policy("slices:column=kind,times=3,most=0.3")).targets
    assert capped.values[0, 1] == pytest.approx(0.3)


def test_wrong_labels_may_be_counted_by_the_model():
    p = np.tile([0.9, 0.1], (40, 1))
    p[20:] = [0.1, 0.9]
    by_model = ground(probabilities=probabilities_of(DATA, p))
    making = Making(by_model, parse_policy("slices:column=kind,by=model"))
    off = making.targets.values[:, 1]
    assert off[0] < off[39] == pytest.approx(0.4)
    (layer,) = making.policy.layers
    assert layer.kind.why(layer, by_model, 0) == "the model contradicts 17 % of the labels of x"


def test_a_column_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(TargetsRefused) as refused:
        Making(ground(), parse_policy("slices:column=source")).targets  # noqa: B018
    assert "kind" in refused.value.remedy
