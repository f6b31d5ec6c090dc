"""Heads: many linear classifiers on one set of vectors, trained side by side.

They say within seconds which targets may be worth a training of a whole model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from labelviz.core.arrays import Floats
from labelviz.core.progress import Report, silent

STEPS, RATE = 80, 0.05
DECAY = 1e-4  # weight of half the squared length of the weights, those of the bias left out
# Adam's means, and what keeps its quotient finite (Kingma & Ba 2015, arXiv:1412.6980).
BETA, GAMMA, EPSILON = 0.9, 0.999, 1e-8


def train_heads(
    vectors: npt.NDArray[np.float32],
    targets: Sequence[Floats],
    weights: Floats,
    *,
    multilabel: bool,
    report: Report = silent,
) -> npt.NDArray[np.float32]:
    """One head for each set of targets and each weighting of the samples.

    The mean of the weighted cross-entropy with a small decay, by whole-batch Adam; the gradient of
    all heads is one product. The loss is convex, so that a head has no seed: what differs between
    seeds are the weights of the samples, the same for every set.

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
    head = torch.zeros(x.shape[1], t * s * k)
    first, second = torch.zeros_like(head), torch.zeros_like(head)
    decay = torch.full((x.shape[1], 1), DECAY)
    decay[-1] = 0
    for step in range(1, STEPS + 1):
        z = (x @ head).view(-1, t, s, k)
        p = z.sigmoid() if multilabel else z.softmax(dim=-1)
        residual = (p - q[:, :, None]) * w[..., None]  # (N, T, S, K)
        if multilabel:
            residual = residual * known[:, :, None]
        gradient = x.T @ residual.reshape(len(x), -1) + decay * head
        first = BETA * first + (1 - BETA) * gradient
        second = GAMMA * second + (1 - GAMMA) * gradient**2
        rate = RATE * (1 - (step - 1) / STEPS)
        size = (second / (1 - GAMMA**step)).sqrt() + EPSILON
        head = head - rate * first / (1 - BETA**step) / size
        report(step, STEPS, "steps")
    made: npt.NDArray[np.float32] = head.view(-1, t, s, k).numpy()
    return made


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
