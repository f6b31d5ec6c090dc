"""Heads: many linear classifiers on one set of vectors, trained side by side.

They say within seconds which targets may be worth a training of a whole model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from labelviz.core.arrays import Floats
from labelviz.core.progress import Report, silent

if TYPE_CHECKING:
    from torch import Tensor

STEPS = 40
DECAY = 1e-4  # weight of half the squared length of the weights, those of the bias left out
BARELY = 1e-9  # the same of the bias, so that a matrix has an inverse
# How much curvature a softmax and a sigmoid have at most (Böhning 1992, doi:10.1007/BF00048682).
OF_SOFTMAX, OF_SIGMOID = 0.5, 0.25
POWERS, SPARE = 20, 1.05  # looks for the largest curvature of a weighting, and what it may miss


def train_heads(
    vectors: npt.NDArray[np.float32],
    targets: Sequence[Floats],
    weights: Floats,
    *,
    multilabel: bool,
    report: Report = silent,
) -> npt.NDArray[np.float32]:
    """One head for each set of targets and each weighting of the samples.

    The mean of the weighted cross-entropy with a small decay, to its least: accelerated gradient
    descent (Nesterov 1983) with restarts (O'Donoghue & Candès 2015, arXiv:1204.3982) over the
    inverse of a bound of the curvature, the same for all heads, so that each is what it would be
    alone. The gradient of all is one product. The loss is convex, so that a head has no seed: what
    differs between seeds are the weights of the samples, the same for every set.

    Parameters
    ----------
    vectors : (N, D).
    targets : T sets, each (N, K); of several labels NaN where unknown.
    weights : (T, S, N), 0 and above.
    report : called as (done, total, "steps").

    Returns
    -------
    heads : (D + 1, T, S, K), the last row the bias.
    """
    import torch

    x = torch.from_numpy(np.hstack([vectors, np.ones((len(vectors), 1), np.float32)]))
    q = torch.from_numpy(np.stack(targets).astype(np.float32))  # (T, N, K)
    known = ~torch.isnan(q)
    q = torch.nan_to_num(q)
    w = torch.from_numpy(weights.astype(np.float32)).permute(2, 0, 1)  # (N, T, S)
    w = w / w.sum(dim=0).clamp_min(1e-12)
    q, known = q.permute(1, 0, 2), known.permute(1, 0, 2)  # (N, T, K)
    t, s, k = q.shape[1], w.shape[2], q.shape[2]
    decay = torch.full((x.shape[1], 1), DECAY)
    decay[-1] = 0
    curve = OF_SIGMOID if multilabel else OF_SOFTMAX
    inverse = _inverse(x, curve, decay)
    size = 1 / _steepest(x, w.reshape(len(x), -1), curve, decay, inverse).clamp_min(1 / SPARE)
    size = size.repeat_interleave(k) / SPARE
    head = before = torch.zeros(x.shape[1], t * s * k)
    pace = torch.ones(t * s * k)
    for step in range(1, STEPS + 1):
        faster = (1 + (1 + 4 * pace**2).sqrt()) / 2
        ahead = head + (pace - 1) / faster * (head - before)
        z = (x @ ahead).view(-1, t, s, k)
        p = z.sigmoid() if multilabel else z.softmax(dim=-1)
        residual = (p - q[:, :, None]) * w[..., None]  # (N, T, S, K)
        if multilabel:
            residual = residual * known[:, :, None]
        gradient = x.T @ residual.reshape(len(x), -1) + decay * ahead
        before, head = head, ahead - size * (inverse @ gradient)
        uphill = (gradient * (head - before)).sum(dim=0).view(-1, k)
        if not multilabel:
            uphill = uphill.sum(dim=1, keepdim=True).expand(-1, k)
        pace = torch.where(uphill.reshape(-1) > 0, torch.ones_like(faster), faster)
        report(step, STEPS, "steps")
    made: npt.NDArray[np.float32] = head.view(-1, t, s, k).numpy()
    return made


def _inverse(x: Tensor, curve: float, decay: Tensor) -> Tensor:
    """(D + 1, D + 1) the inverse of the bound of the curvature where all samples count alike."""
    import torch

    bound = (curve / len(x) * (x.T @ x)).double() + torch.diag(decay[:, 0].double() + BARELY)
    return torch.cholesky_inverse(torch.linalg.cholesky(bound)).float()


def _steepest(x: Tensor, w: Tensor, curve: float, decay: Tensor, inverse: Tensor) -> Tensor:
    """(H,) the largest curvature of each weighting in terms of the bound, by power iteration.

    Parameters
    ----------
    w : (N, H) weights that add to 1.
    """
    import torch

    drawn = torch.Generator().manual_seed(0)
    way = torch.randn(x.shape[1], 1, generator=drawn).expand(-1, w.shape[1])
    for _ in range(POWERS):
        there = inverse @ (curve * (x.T @ (w * (x @ way))) + decay * way)
        way = there / there.norm(dim=0).clamp_min(1e-30)
    steepest: Tensor = there.norm(dim=0)
    return steepest


def answers_of(
    heads: npt.NDArray[np.float32], vectors: npt.NDArray[np.float32], *, multilabel: bool
) -> Floats:
    """(T, S, M, K) probabilities of the heads for some vectors (M, D)."""
    from scipy.special import expit, softmax

    x = np.hstack([vectors, np.ones((len(vectors), 1), np.float32)])
    z = np.einsum("md,dtsk->tsmk", x, heads, optimize=True).astype(np.float64)
    return np.asarray(expit(z) if multilabel else softmax(z, axis=-1))


def drawn_weights(weight: Floats, seeds: int, seed: int) -> Floats:
    """(S, N) weights of the samples, each drawn with replacement as often as there are samples.

    Parameters
    ----------
    weight : (N,) of the targets; multiplied with how often a sample was drawn.
    """
    rng, n = np.random.default_rng(seed), len(weight)
    return np.asarray(weight * rng.multinomial(n, np.full(n, 1 / n), size=seeds))
