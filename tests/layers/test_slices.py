from __future__ import annotations

import numpy as np
import pytest

from labelviz.core import draws
from labelviz.core.arrays import strings
from labelviz.core.evidence import control_order
from labelviz.errors import TargetsRefused
from labelviz.layers.cautions import cautions
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of, decision_of, probabilities_of
from tests.layers.conftest import reviews

DATA = dataset_of(
    [0] * 40, slices={"kind": strings(["x"] * 20 + ["y"] * 20)}, split=strings(["train"] * 40)
)


def ground(**more) -> Ground:
    wrong = [("yes",) if row < 10 else ("no",) for row in range(40)]
    events = [
        decision_of(str(row), f"s{row}", "choose", on=DATA, label=wrong[row], sequence=at)
        for at, row in enumerate(control_order(40).tolist(), 1)
    ]
    return Ground(DATA, **reviews(DATA, events), **more)


def test_a_kind_with_more_wrong_labels_is_softer():
    off = Making(ground(), parse_policy("slices:column=kind,most=0.45")).targets.values[:, 1]
    counts = ground().reviewed.counts
    whole = counts[:10].sum() / counts.sum()
    assert off[0] == pytest.approx((counts[:10].sum() + 10 * whole) / (counts[:20].sum() + 10))
    assert off[39] == pytest.approx(10 * whole / (counts[20:].sum() + 10))
    (layer,) = parse_policy("slices:column=kind").layers
    words = f"by reviews about {100 * off[0]:.0f} % of the labels of x are wrong"
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


def test_before_random_samples_were_reviewed_nothing_is_softened_and_that_is_said(monkeypatch):
    few = ground()
    monkeypatch.setattr(draws, "FEWEST_DRAWN", 41)
    for nobody in (Ground(DATA), Ground(DATA, review=few.review), few):
        making = Making(nobody, parse_policy("slices:column=kind"))
        assert not making.targets.values[:, 1].any()
        assert cautions(making, making.targets)[0].startswith("Nothing is softened by slice yet")


def test_what_was_reviewed_because_it_looked_wrong_makes_no_kind_look_worse():
    # 40 of 400 labels are wrong, all of kind x, and were reviewed first; then 60 random samples
    given = np.zeros(400, dtype=int)
    data = dataset_of(given.tolist(), slices={"kind": strings(["x", "y"] * 200)})
    wrong = set(range(0, 80, 2))
    order = [*sorted(wrong), *(row for row in control_order(400)[:60].tolist() if row not in wrong)]
    events = [
        decision_of(
            str(row), f"s{row}", "choose", on=data, label=("yes" if row in wrong else "no",),
            sequence=at,
        )
        for at, row in enumerate(order, 1)
    ]  # fmt: skip
    made = Making(Ground(data, **reviews(data, events)), parse_policy("slices:column=kind"))
    off = made.targets.values[1, 1], made.targets.values[0, 1]
    assert off[0] < 0.05
    assert off[1] == pytest.approx(0.2, abs=0.07)


def test_a_column_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(TargetsRefused) as refused:
        Making(ground(), parse_policy("slices:column=source")).targets  # noqa: B018
    assert "kind" in refused.value.remedy
