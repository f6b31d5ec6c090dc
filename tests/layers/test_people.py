from __future__ import annotations

from labelviz.layers.people import KIND
from tests.conftest import dataset_of, decision_of
from tests.layers.conftest import decided


def test_people_are_sure_and_nothing_is_pooled_by_default():
    assert {name: each.default for name, each in KIND.settings.items()} == {
        "doubt": 0, "lean": 0, "disputed": "left",
    }  # fmt: skip
    said = decision_of("1", "s0", "choose", label=("yes",))
    assert decided(dataset_of([0, 1]), "smooth:off=0.2", said).values[0].tolist() == [0, 1]
