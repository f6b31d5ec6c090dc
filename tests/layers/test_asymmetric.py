from __future__ import annotations

import numpy as np
import pytest

from labelviz.errors import TargetsRefused
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making, make_targets
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of


def test_every_class_loses_its_own_mass():
    data = dataset_of([0, 1])
    made = make_targets(data, parse_policy('asymmetric:off=0.2,"yes"=0.05')).values
    assert made == pytest.approx(np.array([[0.8, 0.2], [0.05, 0.95]]))


def test_of_several_labels_those_that_do_not_apply_get_a_mass_of_their_own():
    data = dataset_of([[1, 0, 1]], ("a", "b", "c"))
    made = make_targets(data, parse_policy('asymmetric:off=0.1,absent=0.02,"c"=0.3')).values
    assert made[0] == pytest.approx([0.9, 0.02, 0.7])


def test_a_class_that_is_none_is_refused_and_one_of_its_own_is_said():
    ground, policy = Ground(dataset_of([0, 1])), parse_policy('asymmetric:"yes"=0.05')
    (layer,) = policy.layers
    assert layer.kind.why(layer, ground, 1) == "yes 0.05"
    assert layer.kind.why(layer, ground, 0) == ""
    with pytest.raises(TargetsRefused, match="No such class"):
        Making(ground, parse_policy('asymmetric:"maybe"=0.05')).targets  # noqa: B018
