from __future__ import annotations

import numpy as np
import pytest

from labelviz.errors import TargetsRefused
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making, make_targets
from labelviz.layers.policy import parse_policy
from labelviz.layers.spread import likeness
from tests.conftest import dataset_of, probabilities_of


def test_off_label_mass_goes_where_the_model_errs():
    data = dataset_of([0, 0, 1, 2], ("a", "b", "c"))
    p = [[0.6, 0.4, 0.0], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.0, 0.2, 0.8]]
    opinion = probabilities_of(data, p)
    values = make_targets(data, parse_policy("smooth:off=0.2 + spread"), opinion).values
    mine = np.array([0.7 + 1 / 3, 0.1 + 1 / 3])
    assert values[0] == pytest.approx([0.8, *(0.2 * mine / mine.sum())])


def test_names_that_share_their_first_parts_are_alike():
    names = ("food/bar", "food/cafe", "shop")
    data = dataset_of([0], names)
    ground = Ground(data)
    policy = parse_policy("smooth:off=0.2 + spread:by=names")
    like = likeness(policy.layers[1], ground)
    near, far = np.exp(-2.0), np.exp(-3.0)
    assert like[0] == pytest.approx([0, near / (near + far), far / (near + far)])
    assert Making(ground, policy).targets.values[0, 0] == pytest.approx(0.8)


def test_it_is_for_one_label_per_sample():
    with pytest.raises(TargetsRefused, match="for one label per sample"):
        make_targets(dataset_of([[1, 0]]), parse_policy("spread:by=names"))
