"""Pooling opinions: one opinion of many, each weighted by how well it foretells labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelviz.core.arrays import Floats

FLOOR = 1e-4  # opinions are read as if none were more certain than this
HIGHEST = 6.0


@dataclass(frozen=True, eq=False)
class Pool:
    """A softmax over weighted features.

    Parameters
    ----------
    weights : (D,) none below 0.
    bias : (K,) of the classes.
    """

    weights: Floats
    bias: Floats

    def logits(self, features: Floats) -> Floats:
        """(N, K) from (D, N, K) features."""
        return np.asarray(np.tensordot(self.weights, features, 1) + self.bias)


def fit_pool(features: Floats, target: Floats, prior: Floats, *, biased: bool) -> Pool:
    """Weights under which the pooled opinion foretells labels best, in log-likelihood.

    Convex; drawn towards the prior as if by one sample (ridge). A source that says nothing new gets
    no weight, one that errs seldom gets much: no rank of a weak detector counts as much as that of
    a strong one. Genest & Zidek 1986, doi:10.1214/ss/1177013825, on logarithmic pools.

    Parameters
    ----------
    features : (D, N, K) what each source says of each class: a log probability, or a vote.
    target : (N, K) labels to foretell, rows summing to 1.
    prior : (D,) weights where the labels say nothing.
    biased : whether classes may be more or less likely than the sources say.
    """
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    d, k = len(features), target.shape[1]
    start = np.concatenate([prior, np.zeros(k)])

    def loss(parameters: Floats) -> tuple[float, Floats]:
        w, b = parameters[:d], parameters[d:]
        q = log_softmax(np.tensordot(w, features, 1) + b, axis=1)
        residual = np.exp(q) - target
        away = parameters - start
        gradient = np.concatenate(
            [np.tensordot(features, residual, ([1, 2], [0, 1])), residual.sum(axis=0)]
        )
        return float(-(target * q).sum() + (away**2).sum()), gradient + 2 * away

    limits = [(0.0, HIGHEST)] * d + [(-HIGHEST, HIGHEST) if biased else (0.0, 0.0)] * k
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=limits,
        options={"ftol": 1e-12, "gtol": 1e-6, "maxiter": 500},
    ).x  # fmt: skip
    return Pool(found[:d], found[d:])


def log_opinion(p: Floats) -> Floats:
    """(N, K) logs of an opinion, none below log 1e-4; an opinion that is not there says nothing."""
    known: Floats = np.where(np.isnan(p), 1 / p.shape[1], p)
    clipped = np.clip(known, FLOOR, 1)
    return np.asarray(np.log(clipped / clipped.sum(axis=1, keepdims=True)))
