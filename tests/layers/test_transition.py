from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.arrays import strings
from labelviz.core.evidence import control_order
from labelviz.core.transitions import from_reviews
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making
from labelviz.layers.policy import parse_policy
from labelviz.layers.transition import matrices
from tests.conftest import dataset_of, decision_of, probabilities_of
from tests.layers.conftest import ground_of, reviews


def test_what_is_given_for_what_makes_the_other_class_likely():
    data = dataset_of([0] * 60 + [1] * 60)
    p = np.where(np.arange(120)[:, None] % 2 == 0, [[0.6, 0.4]], [[0.4, 0.6]])
    events = [
        decision_of(str(row), f"s{row}", "choose", on=data, label=("yes",), sequence=at)
        for at, row in enumerate(control_order(120)[:40].tolist(), 1)
    ]
    ground = Ground(data, probabilities_of(data, p), **reviews(data, events))
    making = Making(ground, parse_policy("transition:model=true"))
    t = matrices(making.policy.layers[0], ground)[-1, -1]
    assert t.sum(axis=1) == pytest.approx([1, 1])
    assert t[1, 0] > 0.4  # of forty labels those that say “no” were found to be “yes”
    q = p * t[:, [0] * 60 + [1] * 60].T
    assert making.targets.values == pytest.approx(q / q.sum(axis=1, keepdims=True))


def test_a_slice_has_its_own_matrix_from_fifty_reviews_on():
    n = 240
    data = dataset_of([0, 1] * 120, slices={"kind": strings(["x"] * 200 + ["y"] * 40)})
    events = [
        decision_of(str(row), f"s{row}", "choose", on=data, label=("yes",), sequence=at)
        for at, row in enumerate(control_order(n).tolist(), 1)
    ]
    p = np.tile([0.5, 0.5], (n, 1))
    ground = Ground(data, probabilities_of(data, p), **reviews(data, events))
    policy = parse_policy("transition:per=kind")
    found = matrices(policy.layers[0], ground)
    assert set(found) == {(-1, -1), (0, -1)}
    said = ground.reviewed.among(data.slices["kind"][ground.reviewed.rows] == "x")
    assert said.counts.sum() < len(said)
    expected = from_reviews(data.given[said.rows], said.truth, said.counts, found[-1, -1])
    assert found[0, -1] == pytest.approx(expected)
    assert Making(ground, policy).targets.values.sum(axis=1) == pytest.approx(np.ones(n))


def test_without_random_reviews_it_is_the_model_alone():
    data = dataset_of([0, 1] * 10)
    ground = Ground(data, probabilities_of(data, np.tile([0.5, 0.5], (20, 1))))
    (layer,) = parse_policy("transition").layers
    assert layer.kind.why(layer, ground, 0) == "by the model alone"
    reviewed = ground_of(30, 2, 0)
    assert layer.kind.why(layer, reviewed, 0) == "by 6 reviewed labels and the model"


def test_several_labels_have_a_matrix_for_each_class():
    ground = ground_of(30, 3, 5, multilabel=True)
    making = Making(ground, parse_policy("transition"))
    assert set(matrices(making.policy.layers[0], ground)) == {(-1, k) for k in range(3)}
    assert ((making.targets.values >= 0) & (making.targets.values <= 1)).all()
