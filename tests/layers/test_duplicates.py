from __future__ import annotations

from labelviz.layers.ground import Ground
from labelviz.layers.making import Making
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of


def test_samples_that_say_the_same_weigh_together_as_one():
    texts = [["the very same words here", "the very same words here", "something else entirely"]]
    ground = Ground(dataset_of([0, 1, 0], texts=texts))
    policy = parse_policy("duplicates")
    assert Making(ground, policy).targets.weight.tolist() == [0.5, 0.5, 1]
    (layer,) = policy.layers
    assert layer.kind.why(layer, ground, 0) == "2 samples say nearly the same"
