from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelviz.layers.cautions import cautions, nothing_new, rests_on_model
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of, probabilities_of
from tests.layers.conftest import ground_of


def said(ground: Ground, text: str, flagged=None) -> str:
    making = Making(ground, parse_policy(text))
    return "\n".join(cautions(making, making.targets, flagged))


@pytest.mark.parametrize(
    ("text", "rests"),
    [
        ("hard", False), ("smooth", False), ("dynamic", True), ("dynamic:by=map", False),
        ("votes", True), ("votes:model=0", False), ("spread", True), ("spread:by=names", False),
        ("slices:column=kind", False), ("slices:column=kind,by=model", True),
        ("smooth + bootstrap", True),
    ],
)  # fmt: skip
def test_what_rests_on_a_model_is_known(text: str, rests: bool):
    assert rests_on_model(parse_policy(text)) == rests


def test_a_model_that_was_told_the_labels_is_named_where_a_layer_asks_it():
    data = dataset_of([0, 1])
    opinion = probabilities_of(data, [[0.9, 0.1], [0.2, 0.8]])
    told = replace(opinion, provenance=replace(opinion.provenance, relation="in-sample"))
    assert "knows these labels, or seems to" in said(Ground(data, told), "dynamic")
    assert said(Ground(data, told), "smooth") == said(Ground(data, opinion), "dynamic") == ""
    unknown = replace(opinion, provenance=replace(opinion.provenance, relation="unknown"))
    assert "Nobody said" in said(Ground(data, unknown), "dynamic")


def test_softening_twice_is_said():
    data = dataset_of([0, 1], soft=np.array([[0.8, 0.2], [0.5, 0.5]]))
    assert said(Ground(data), "smooth + asymmetric").startswith("Labels are softened 2 times")
    assert "came soft are softened once more" in said(Ground(data), "given + smooth")
    assert said(Ground(data), "given") == ""


def test_more_mass_on_what_does_not_apply_than_on_what_does_is_said():
    data = dataset_of([[1] + [0] * 19], tuple(f"c{k}" for k in range(20)))
    assert "a mass of 2 together, and only 1 do apply" in said(Ground(data), "smooth:off=0.1")
    assert said(Ground(data), "asymmetric:off=0.1,absent=0.02") == ""


def test_labels_turned_round_and_flags_left_alone_are_counted():
    data = dataset_of([0, 1])
    opinion = probabilities_of(data, [[0.0, 1.0], [0.2, 0.8]])
    assert "1 samples get another class" in said(Ground(data, opinion), "bootstrap:label=0.2")
    ground = ground_of(20, 2, 0)
    flagged = ground.suspicion.score > 0.5
    count = int(flagged.sum())
    assert f"{count:,} flagged labels are trained on as they are" in said(ground, "smooth", flagged)
    assert "flagged labels" not in said(ground, "smooth + doubt", flagged)
    assert "flagged labels" not in said(ground, "smooth")


def test_weights_that_leave_little_are_said():
    data = dataset_of([0, 1, 0, 1], weight=np.array([100.0, 1, 1, 1]))
    assert "as much as 1 of equal weight" in said(Ground(data), "hard")
    assert "Nothing is left" in said(Ground(dataset_of([-1])), "hard")


def test_samples_that_say_nothing_new_are_counted_with_what_is_left_of_them():
    texts = [["the very same words here"] * 2 + ["something else", "the very same words here"]]
    data = dataset_of([0, 0, 1, 0], texts=texts)
    opinion = probabilities_of(data, [[0.99, 0.01], [0.98, 0.02], [0.01, 0.99], [0.6, 0.4]])
    making = Making(Ground(data, opinion), parse_policy("duplicates"))
    assert nothing_new(making) == (
        "2 samples say nothing new: another says nearly the same, and the model finds them easy. "
        "Of their weight 0.7 is left."
    )
    assert nothing_new(Making(Ground(data, opinion), parse_policy("hard"))) == ""
    assert nothing_new(Making(Ground(data), parse_policy("duplicates"))) == ""
