from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.decisions import Review
from labelviz.layers.ground import Ground
from labelviz.layers.look import chain, chain_words
from labelviz.layers.making import Making
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of, decision_of, probabilities_of

NAMES = ("different", "same")


def said(text: str, *events, data=None, p=None, sample="s0") -> str:
    data = data if data is not None else dataset_of([1, 0], NAMES)
    p = [[0.445, 0.555], [0.9, 0.1]] if p is None else p
    making = Making(Ground(data, probabilities_of(data, p)), parse_policy(text))
    links = chain(making, Review(data, events), sample)
    return chain_words(links, data.classes, multilabel=data.multilabel)


def test_a_target_is_told_from_the_label_to_the_last_word():
    soft = decision_of("1", "s0", "soften", target={"same": 0.65, "different": 0.35}, sequence=1)
    assert said("dynamic:max=0.2,by=margin", soft) == (
        "given same 1.00 -> dynamic 0.82 (hard: margin 0.11) -> reviewer 0.65 (ann)"
    )


def test_a_layer_that_changes_nothing_is_not_named_and_another_class_is():
    other = decision_of("1", "s0", "choose", label=("different",), sequence=1)
    assert said("smooth:off=0 + duplicates", other) == (
        "given same 1.00 -> reviewer different 1.00 (ann)"
    )
    assert said("hard") == "given same 1.00"


def test_a_weight_that_changes_is_said():
    words = said("thin:keep=0.5,by=margin", sample="s1")
    assert words == "given different 1.00 -> thin weight 0.60 (60 % of such samples stay)"
    out = decision_of("1", "s1", "exclude", sequence=1)
    assert said("hard", out, sample="s1") == "given different 1.00 -> reviewer weight 0.00 (ann)"


def test_a_sample_without_a_label_says_so():
    data = dataset_of([-1, 0], NAMES)
    yes = decision_of("1", "s0", "choose", label=("same",), sequence=1)
    assert said("hard", yes, data=data) == "given nothing -> reviewer same 1.00 weight 1.00 (ann)"


def test_of_several_labels_the_cells_that_changed_are_named():
    data = dataset_of([[1, 0, 0], [0, 0, 0]], ("a", "b", "c"))
    p = np.full((2, 3), 0.5)
    words = said("asymmetric:off=0.1,absent=0.02", data=data, p=p)
    assert words == "given a -> asymmetric a 0.90, b 0.02, c 0.02"
    assert said("hard", data=data, p=p, sample="s1") == "given none of them"


@pytest.mark.parametrize("text", ["hard", "smooth + thin:by=margin", "bootstrap:label=0.4"])
def test_the_last_link_is_the_target(text: str):
    data = dataset_of([1, 0], NAMES)
    making = Making(
        Ground(data, probabilities_of(data, [[0.4, 0.6], [0.9, 0.1]])), parse_policy(text)
    )
    for row, sample in enumerate(data.ids):
        last = chain(making, Review(data), sample)[-1]
        assert last.row.tolist() == making.targets.values[row].tolist()
        assert last.weight == making.targets.weight[row]
