"""Losses against soft targets, summed so that a step may be computed in parts.

Both return (sum of weighted losses, sum of weights). Divide the first by the weight of the whole
optimiser step, not of the part, and a step gives the same gradient however it is cut up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def soft_cross_entropy(logits: Tensor, targets: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy of softmax(logits) against rows that sum to 1, in nats.

    -sum_k q_k log softmax(z)_k per sample; its floor is the entropy of q, its gradient p - q. On
    one-hot rows it is torch's `CrossEntropyLoss`.

    Parameters
    ----------
    logits, targets : (N, K).
    weight : (N,) non-negative; 0 leaves a sample out.

    Returns
    -------
    Two scalars: the sum over samples of weight * loss, and the sum of weights.
    """
    per_sample = -(targets * logits.log_softmax(dim=-1)).sum(dim=-1)
    return (weight * per_sample).sum(), weight.sum()


def soft_binary_cross_entropy(
    logits: Tensor, targets: Tensor, weight: Tensor
) -> tuple[Tensor, Tensor]:
    """Cross-entropy of sigmoid(logits) against independent cells, in nats.

    On cells of 0 and 1 that are all known it is torch's `BCEWithLogitsLoss`.

    Parameters
    ----------
    logits : (N, K).
    targets : (N, K) in [0, 1]; NaN = unknown, which is left out of loss and weight.
    weight : (N,) non-negative, given to every known cell of the sample.

    Returns
    -------
    Two scalars: the sum over known cells of weight * loss, and the sum of their weights.
    """
    from torch.nn.functional import binary_cross_entropy_with_logits

    known = ~targets.isnan()
    cell_weight = weight[:, None] * known
    # NaN times a weight of 0 is NaN, so the unknown cells get a number first.
    filled = targets.where(known, 0.0)
    per_cell = binary_cross_entropy_with_logits(logits, filled, reduction="none")
    return (cell_weight * per_cell).sum(), cell_weight.sum()
