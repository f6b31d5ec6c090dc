from __future__ import annotations

import pytest

from labelviz.errors import StepMissing
from labelviz.layers.making import make_targets
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of, probabilities_of


def test_a_part_of_the_models_opinion_is_mixed_in():
    data = dataset_of([0])
    opinion = probabilities_of(data, [[0.2, 0.8]])
    made = make_targets(data, parse_policy("bootstrap:label=0.95"), opinion)
    assert made.values[0] == pytest.approx([0.96, 0.04])
    with pytest.raises(StepMissing, match="needs a model's probabilities"):
        make_targets(data, parse_policy("bootstrap"))
