from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labelviz.models.losses import soft_binary_cross_entropy, soft_cross_entropy

LOSSES = (soft_cross_entropy, soft_binary_cross_entropy)


def tensor(rows, **more):
    return torch.tensor(rows, dtype=torch.float64, **more)


def some(n=7, k=3, seed=0):
    """Logits that want a gradient, and rows that sum to 1."""
    random = torch.Generator().manual_seed(seed)
    logits = torch.randn(n, k, generator=random, dtype=torch.float64, requires_grad=True)
    targets = torch.rand(n, k, generator=random, dtype=torch.float64)
    return logits, targets / targets.sum(dim=1, keepdim=True)


def test_soft_cross_entropy_of_the_golden_vector():
    logits = tensor([[2, 0, -1]], requires_grad=True)
    loss, weight = soft_cross_entropy(logits, tensor([[0.7, 0.2, 0.1]]), tensor([1]))
    loss.backward()
    assert loss.item() == pytest.approx(0.869846, abs=1e-6)
    assert weight.item() == 1
    assert logits.grad[0].tolist() == pytest.approx([0.143795, -0.085805, -0.057990], abs=1e-6)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ((0.933333333, 0.033333333, 0.033333333), 0.336513),
        ((0.663333333, 0.213333333, 0.123333333), 0.966513),
    ],
)
def test_soft_cross_entropy_of_smoothed_targets(target, expected):
    loss, _ = soft_cross_entropy(tensor([[2, 0, -1]]), tensor([target]), tensor([1]))
    assert loss.item() == pytest.approx(expected, abs=1e-6)


def test_smoothed_targets_give_torchs_label_smoothing():
    logits, _ = some()
    labels = torch.arange(7) % 3
    smoothed = torch.eye(3, dtype=torch.float64)[labels] * 0.9 + 0.1 / 3
    loss, weight = soft_cross_entropy(logits, smoothed, torch.ones(7))
    expected = torch.nn.CrossEntropyLoss(label_smoothing=0.1)(logits, labels)
    assert (loss / weight).item() == pytest.approx(expected.item(), abs=1e-12)


def test_soft_binary_cross_entropy_of_the_golden_vector():
    for logit, target, expected in ((1.5, 0.8, 0.501413), (-2, 0.2, 0.526928)):
        loss, _ = soft_binary_cross_entropy(tensor([[logit]]), tensor([[target]]), tensor([1]))
        assert loss.item() == pytest.approx(expected, abs=1e-6)
    best = math.log(0.8 / 0.2)
    floor, _ = soft_binary_cross_entropy(tensor([[best]]), tensor([[0.8]]), tensor([1]))
    assert floor.item() == pytest.approx(0.500402, abs=1e-6)


def test_one_hot_rows_give_torchs_cross_entropy_in_value_and_gradient():
    logits, _ = some()
    labels = torch.arange(7) % 3
    one_hot = torch.eye(3, dtype=torch.float64)[labels]
    loss, weight = soft_cross_entropy(logits, one_hot, torch.ones(7))
    ours = torch.autograd.grad(loss / weight, logits)[0]
    expected = torch.nn.CrossEntropyLoss()(logits, labels)
    assert (loss / weight).item() == pytest.approx(expected.item(), abs=1e-12)
    torch.testing.assert_close(ours, torch.autograd.grad(expected, logits)[0])


def test_known_cells_give_torchs_bce_in_value_and_gradient():
    logits, soft = some()
    for targets in (soft, (soft > 0.3).double()):
        loss, weight = soft_binary_cross_entropy(logits, targets, torch.ones(7))
        ours = torch.autograd.grad(loss / weight, logits)[0]
        expected = torch.nn.BCEWithLogitsLoss()(logits, targets)
        assert (loss / weight).item() == pytest.approx(expected.item(), abs=1e-12)
        torch.testing.assert_close(ours, torch.autograd.grad(expected, logits)[0])


@pytest.mark.parametrize("loss_of", LOSSES)
@pytest.mark.parametrize("cuts", [[7], [1, 4, 2], [1, 2, 3, 1]])
def test_a_step_in_unequal_parts_gives_the_gradient_of_the_whole(loss_of, cuts):
    logits, targets = some()
    if loss_of is soft_binary_cross_entropy:
        targets[1, 2] = targets[5, 0] = torch.nan
    weight = tensor([1, 0.5, 0, 2, 1, 1, 3])
    total, whole = loss_of(logits, targets, weight)
    expected = torch.autograd.grad(total / whole, logits, retain_graph=True)[0]
    sums = 0.0
    for part in torch.split(torch.arange(7), cuts):
        loss, _ = loss_of(logits[part], targets[part], weight[part])
        (loss / whole).backward(retain_graph=True)
        sums += loss.item()
    assert sums / whole.item() == pytest.approx((total / whole).item(), abs=1e-12)
    torch.testing.assert_close(logits.grad, expected, rtol=1e-12, atol=1e-15)


def test_unknown_cells_add_neither_loss_nor_weight_nor_gradient():
    logits, targets = some(n=2)
    weight = tensor([2, 3])
    known = targets.clone()
    targets[0, 1] = torch.nan
    loss, total = soft_binary_cross_entropy(logits, targets, weight)
    whole, _ = soft_binary_cross_entropy(logits, known, weight)
    cell, _ = soft_binary_cross_entropy(logits[:1, 1:2], known[:1, 1:2], weight[:1])
    assert loss.item() == pytest.approx((whole - cell).item(), abs=1e-12)
    assert total.item() == 2 * 2 + 3 * 3
    gradient = torch.autograd.grad(loss, logits)[0]
    assert gradient[0, 1] == 0
    assert bool(gradient.isfinite().all())


def test_samples_of_weight_zero_contribute_nothing():
    logits, targets = some(n=2)
    loss, total = soft_cross_entropy(logits, targets, tensor([0, 1]))
    alone, _ = soft_cross_entropy(logits[1:], targets[1:], tensor([1]))
    assert loss.item() == alone.item()
    assert total.item() == 1
    assert torch.autograd.grad(loss, logits)[0][0].tolist() == [0, 0, 0]


@given(st.lists(st.floats(-30, 30), min_size=3, max_size=3), st.integers(0, 1000))
def test_the_loss_is_never_below_the_entropy_of_the_target(z, seed):
    _, targets = some(n=1, seed=seed)
    loss, _ = soft_cross_entropy(tensor([z]), targets, tensor([1]))
    entropy = -(targets * targets.log()).sum()
    assert loss.item() >= entropy.item() - 1e-9
    at_target, _ = soft_cross_entropy(targets.log(), targets, tensor([1]))
    assert at_target.item() == pytest.approx(entropy.item(), abs=1e-9)
