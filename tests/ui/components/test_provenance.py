"""Words for where probabilities come from."""

from __future__ import annotations

from typing import get_args

from labelviz.core.distributions import SampleRelation
from labelviz.ui.components.provenance import SENTENCE, SHORT


def test_every_relation_has_words() -> None:
    assert set(SHORT) == set(SENTENCE) == set(get_args(SampleRelation))
    assert all(SHORT.values())
