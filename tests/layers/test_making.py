from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.dataset import MISSING
from labelviz.errors import StepMissing
from labelviz.layers.making import make_targets
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of, probabilities_of
from tests.layers.conftest import ABC, POLICIES, cases


def test_smoothing_a_tenth_gives_a_tenth_and_nine():
    targets = make_targets(dataset_of([1, 0]), parse_policy("smooth:off=0.1"))
    assert targets.values.tolist() == [[0.1, 0.9], [0.9, 0.1]]
    assert set(targets.source) == {"policy"}
    assert targets.weight.tolist() == [1, 1]


def test_hard_targets_are_the_given_labels():
    targets = make_targets(dataset_of([1, 0]), parse_policy("hard"))
    assert targets.values.tolist() == [[0, 1], [1, 0]]
    assert set(targets.source) == {"given"}


def test_off_label_mass_is_shared_by_the_other_classes():
    targets = make_targets(dataset_of([0], ABC), parse_policy("smooth:off=0.2"))
    assert targets.values[0] == pytest.approx([0.8, 0.1, 0.1])


def test_torch_smoothing_of_a_tenth_over_three_classes_is_a_fifteenth_off():
    targets = make_targets(dataset_of([0], ABC), parse_policy(f"smooth:off={0.1 * 2 / 3}"))
    assert targets.values[0] == pytest.approx([0.933333, 0.033333, 0.033333], abs=1e-6)
    logits = torch.tensor([[2.0, 0.0, -1.0]], dtype=torch.float64)
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(targets.values))
    assert loss.item() == pytest.approx(0.336513, abs=1e-6)


@given(cases(), st.floats(0, 0.4), st.integers(0, 1000))
def test_smoothing_equals_torchs_label_smoothing(case, epsilon: float, seed: int):
    data, _ = case
    off = epsilon * (data.n_classes - 1) / data.n_classes
    targets = make_targets(data, parse_policy(f"smooth:off={off!r}"))
    logits = torch.tensor(np.random.default_rng(seed).normal(size=targets.values.shape))
    ours = torch.nn.CrossEntropyLoss()(logits, torch.tensor(targets.values))
    theirs = torch.nn.CrossEntropyLoss(label_smoothing=epsilon)(logits, torch.tensor(data.given))
    assert ours.item() == pytest.approx(theirs.item())


@given(cases(), POLICIES)
def test_rows_sum_to_one_in_range_and_keep_their_top_class(case, text: str):
    data, opinion = case
    values = make_targets(data, parse_policy(text), opinion).values
    assert values.sum(axis=1) == pytest.approx(np.ones(len(data)), abs=1e-9)
    assert ((values >= 0) & (values <= 1)).all()
    assert values.argmax(axis=1).tolist() == data.given.tolist()


@given(cases(task="multilabel"), POLICIES)
def test_multilabel_cells_stay_on_their_side(case, text: str):
    data, opinion = case
    values = make_targets(data, parse_policy(text), opinion).values
    assert ((values >= 0) & (values <= 1)).all()
    assert (values > 0.5).astype(int).tolist() == data.given.tolist()


@given(cases(k=2))
def test_dynamic_binary_targets_lie_in_the_outer_fifths(case):
    data, opinion = case
    values = make_targets(data, parse_policy("dynamic"), opinion).values
    assert ((values <= 0.2 + 1e-12) | (values >= 0.8 - 1e-12)).all()


@given(cases(), POLICIES, st.randoms(use_true_random=False))
def test_renaming_and_reordering_classes_reorders_targets(case, text: str, random):
    data, opinion = case
    order = list(range(data.n_classes))
    random.shuffle(order)
    place = np.argsort(order)
    other = dataset_of(place[data.given], tuple(data.classes[k] for k in order), task=data.task)
    values = make_targets(data, parse_policy(text), opinion).values
    moved = make_targets(other, parse_policy(text), opinion.aligned(other)).values
    assert moved == pytest.approx(values[:, order], abs=1e-9)


@given(cases(), st.floats(0.1, 10))
def test_dynamic_without_mass_is_hard(case, power: float):
    data, opinion = case
    dynamic = make_targets(data, parse_policy(f"dynamic:max=0,power={power}"), opinion)
    assert dynamic.values.tolist() == make_targets(data, parse_policy("hard")).values.tolist()


def test_dynamic_gives_the_easiest_nothing_and_the_hardest_the_maximum():
    data = dataset_of([0, 0, 1])
    opinion = probabilities_of(data, [[1, 0], [0.5, 0.5], [0.11, 0.89]])
    values = make_targets(data, parse_policy("dynamic:max=0.2"), opinion).values
    assert values[:, 1].tolist() == pytest.approx([0, 0.2, 0.9], abs=1e-3)
    steep = make_targets(data, parse_policy("dynamic:max=0.2,power=2"), opinion).values
    assert steep[:, 1].tolist() == pytest.approx([0, 0.2, 0.95], abs=1e-3)


def test_dynamic_shapes_every_multilabel_cell_by_itself():
    data = dataset_of([[1, 0], [1, 0]], ("a", "b"))
    opinion = probabilities_of(data, [[1.0, 0.5], [0.0, 1.0]])
    values = make_targets(data, parse_policy("dynamic:max=0.2"), opinion).values
    assert values.tolist() == [[1.0, 0.2], [1.0, 0.0]]


def test_dynamic_without_probabilities_says_which_step_is_missing():
    with pytest.raises(StepMissing, match="needs a model's probabilities") as refused:
        make_targets(dataset_of([0, 1]), parse_policy("dynamic"))
    assert "labelviz predict" in refused.value.remedy


@pytest.mark.bad_input("D07")
@given(st.floats(0, 0.45))
def test_a_missing_label_stays_undecided_under_smoothing(off: float):
    targets = make_targets(dataset_of([0, MISSING], ABC), parse_policy(f"smooth:off={off}"))
    assert targets.values[1] == pytest.approx([1 / 3] * 3)


def test_a_missing_cell_stays_unknown_under_smoothing():
    data = dataset_of([[1, MISSING]], ("a", "b"))
    values = make_targets(data, parse_policy("smooth:off=0.1")).values
    assert values[0, 0] == 0.9
    assert np.isnan(values[0, 1])


# Soft labels that came with the data


def test_given_takes_soft_labels_where_there_are_any():
    data = dataset_of(
        [0, 1, -1, -1], soft=np.array([[0.8, 0.2], [np.nan] * 2, [0.4, 0.6], [np.nan] * 2])
    )
    targets = make_targets(data, parse_policy("given"))
    assert targets.values.tolist() == [[0.8, 0.2], [0.0, 1.0], [0.4, 0.6], [0.5, 0.5]]
    assert targets.weight.tolist() == [1, 1, 1, 0]
    assert set(targets.source) == {"given"}
    assert make_targets(data, parse_policy("hard")).values[0].tolist() == [1.0, 0.0]


def test_given_without_soft_labels_is_hard():
    data = dataset_of([0, 1])
    given_ = make_targets(data, parse_policy("given"))
    assert given_.values.tolist() == make_targets(data, parse_policy("hard")).values.tolist()


def test_given_mixes_cells_of_several_labels():
    data = dataset_of([[0, 1], [1, -1]], soft=np.array([[0.2, np.nan], [0.9, 0.3]]))
    assert make_targets(data, parse_policy("given")).values.tolist() == [[0.2, 1.0], [0.9, 0.3]]
