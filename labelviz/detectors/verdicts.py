"""Verdicts: what reviewers settled, carried over to the samples that wait.

A Gaussian process over the log odds of a wrong label. Its mean is the suspicion without reviews;
what verdicts say beyond it spreads to samples that have something in common: the same given label,
the same given and likely label, the same value of a slice, the same record, a like text, like
scores. Rasmussen & Williams 2006, "Gaussian processes for machine learning", sections 3.4 and 2.7.
Each kind of likeness is a kernel, and its share of the posterior is the share it has in a reason.
How far all of it is believed is what verdicts say of one another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.evidence import Evidence, Finding, Verdicts
from labelviz.core.threads import one_thread
from labelviz.detectors.neighbours import sample_vectors
from labelviz.detectors.slices import properties

MOST = 3_000  # verdicts that are learned from, since the cost grows with their square
FEWEST_CONTROLS = 50
BLOCK = 20_000
# Prior standard deviations, in log odds: of the overall rate, of the worth of the suspicion, of
# each detector's score, of each shared property, and of texts that are alike.
OVERALL, SLOPE, SCORES, GROUP, LIKE = 2.0, 1.0, 0.3, 1.0, 1.5
LENGTH = 0.3  # distance in cosine at which texts are alike by 1 / e
SUREST = 8.0  # log odds beyond which a suspicion without reviews is not believed
NEWTON = 30
BELIEF = 2.0  # nats that it has to gain by, before nothing of what verdicts say is believed
FACTORS = (0.0, 0.1, 0.3, 1.0, 3.0)  # by which the prior variances may be scaled


@dataclass(frozen=True, eq=False)
class Learned:
    """What verdicts make of the suspicion.

    Parameters
    ----------
    doubt : (N,) log odds that a label is wrong. Of a sample with a verdict it is what the other
        verdicts say, so that no verdict is judged by a number that it made itself; only how far
        they are believed, all of them say together.
    parts : by kind of likeness, (N,) log odds that it adds.
    """

    doubt: Floats
    parts: Mapping[str, Floats]


def learn(
    evidence: Evidence, verdicts: Verdicts, doubt: Floats, findings: Sequence[Finding]
) -> Learned:
    """The suspicion after so many verdicts.

    Parameters
    ----------
    doubt : (N,) log odds without reviews, NaN without a label.
    findings : of the detectors, one at least, whose scores are features by rank.
    """
    rows = np.flatnonzero(verdicts.settled & np.isfinite(doubt))
    if len(rows) > MOST:
        rows = np.sort(np.random.default_rng(evidence.seed).choice(rows, MOST, replace=False))
    mean = np.nan_to_num(np.clip(doubt, -SUREST, SUREST))
    kernels = _Kernels(evidence, mean, [_by_rank(each.score) for each in findings])
    wrong = verdicts.wrong[rows]
    among = dict(kernels.between(rows, rows))
    with one_thread():
        scales = _likeliest(among, mean[rows], wrong)
        covariance = _sum(among, scales)
        weight, _ = _laplace(covariance, mean[rows], wrong)
        own = _without_own(covariance, mean[rows], wrong, covariance @ weight)
    shift, share = _believed(mean[rows], wrong, own)
    parts: dict[str, Floats] = {}
    for start in range(0, len(doubt), BLOCK):
        block = np.arange(start, min(start + BLOCK, len(doubt)))
        for name, kernel in kernels.between(block, rows):
            part = parts.setdefault(name, np.zeros(len(doubt)))
            part[block] += share * scales[name] * (kernel @ weight)
    parts["rate"] += (1 - share) * shift
    total = mean + np.sum(list(parts.values()), axis=0)
    total[rows] = mean[rows] + (1 - share) * shift + share * own
    return Learned(np.where(np.isfinite(doubt), total, np.nan), parts)


def on_verdicts(verdicts: Verdicts, doubt: Floats) -> Floats | None:
    """(N,) probability that a label is wrong, from the verdicts on samples drawn at random.

    Platt scaling (Platt 1999) of the doubt, drawn towards leaving it as it is; None with fewer
    than 50 such verdicts, or where all of them agree.

    Parameters
    ----------
    doubt : (N,) log odds; of a sample with a verdict as the other verdicts have them.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    rows = np.flatnonzero(verdicts.random & verdicts.settled & np.isfinite(doubt))
    wrong = verdicts.wrong[rows]
    if len(rows) < FEWEST_CONTROLS or len(np.unique(wrong)) < 2:
        return None

    def loss(line: Floats) -> float:
        z = line[0] + line[1] * doubt[rows]
        return float((np.logaddexp(0, z) - wrong * z).sum() + (line[1] - 1) ** 2)

    shift, slope = minimize(loss, np.array([0.0, 1.0]), bounds=[(None, None), (1e-3, None)]).x
    return expit(shift + slope * doubt)


class _Kernels:
    """How much two samples have in common, by kind."""

    def __init__(self, evidence: Evidence, mean: Floats, scores: Sequence[Floats]) -> None:
        self.mean = mean
        self.scores = np.column_stack(scores)
        self.groups = {each.kind: each.codes for each in properties(evidence)}
        self.given = self.groups["given label"]
        self.vectors = None if evidence.embeddings is None else sample_vectors(evidence.embeddings)

    def between(self, left: Integers, right: Integers) -> Iterator[tuple[str, Floats]]:
        """(L, R) covariances of some samples with others, kind by kind."""
        yield "rate", np.full((len(left), len(right)), OVERALL**2)
        yield "suspicion", SLOPE**2 * np.outer(self.mean[left], self.mean[right])
        yield "scores", SCORES**2 * self.scores[left] @ self.scores[right].T
        for name, codes in self.groups.items():
            same = (codes[left][:, None] == codes[right]) & (codes[left] >= 0)[:, None]
            yield name, GROUP**2 * same
        if self.vectors is not None:
            cosine = self.vectors[left] @ self.vectors[right].T
            alike = np.exp((np.minimum(cosine, 1) - 1) / LENGTH)
            same = self.given[left][:, None] == self.given[right]
            yield "like texts", np.asarray(LIKE**2 * alike * same)


def _likeliest(kernels: Mapping[str, Floats], mean: Floats, wrong: Floats) -> dict[str, float]:
    """By which factor each kind of likeness counts, so that the verdicts are likeliest.

    Kind after kind, twice, by the approximate marginal likelihood: what verdicts share with nothing
    is not spread.
    """
    scales = dict.fromkeys(kernels, 1.0)
    for name in list(kernels) * 2:
        tried = {
            factor: _laplace(_sum(kernels, {**scales, name: factor}), mean, wrong)[1]
            for factor in FACTORS
        }
        scales[name] = max(tried, key=lambda factor: (round(tried[factor], 6), -factor))
    return scales


def _sum(kernels: Mapping[str, Floats], scales: Mapping[str, float]) -> Floats:
    return np.asarray(sum(scales[name] * each for name, each in kernels.items()))


def _laplace(covariance: Floats, mean: Floats, wrong: Floats) -> tuple[Floats, float]:
    """(n,) weights of the verdicts at the mode of the posterior, and the log marginal likelihood.

    The latent log odds of any sample are its prior mean plus its covariances times the weights
    (Rasmussen & Williams, algorithm 3.1).
    """
    from scipy.linalg import cho_factor, cho_solve
    from scipy.special import expit

    latent = np.zeros(len(mean))  # beyond the mean
    weight = np.zeros(len(mean))
    logdet = 0.0
    for _ in range(NEWTON):
        p = expit(mean + latent)
        root = np.sqrt(np.maximum(p * (1 - p), 1e-6))
        pull = root**2 * latent + (wrong - p)
        inner = np.eye(len(mean)) + root[:, None] * covariance * root
        factor = cho_factor(inner, lower=True)
        weight = pull - root * cho_solve(factor, root * (covariance @ pull))
        logdet = 2 * float(np.log(np.diag(factor[0])).sum())
        before, latent = latent, covariance @ weight
        if np.abs(latent - before).max() < 1e-4:
            break
    odds = (mean + latent) * np.where(wrong == 1, 1, -1)
    fit = -float(np.logaddexp(0, -odds).sum())
    return np.asarray(weight), fit - float(latent @ weight) / 2 - logdet / 2


def _without_own(covariance: Floats, mean: Floats, wrong: Floats, latent: Floats) -> Floats:
    """(n,) the latent of each verdict as the others have it, beyond the mean: its cavity mean.

    Rasmussen & Williams, section 5.4.2; Vehtari et al. 2016, arXiv:1412.7461. With W the curvature
    of the likelihood, the posterior has the variances S = diag(K - K (K + 1/W)^-1 K), and without
    its own verdict a latent f has the variance c = 1 / (1/S - W) and the mean f - c (y - p).
    """
    from scipy.linalg import cho_factor, cho_solve
    from scipy.special import expit

    p = expit(mean + latent)
    root = np.sqrt(np.maximum(p * (1 - p), 1e-6))
    scaled = root[:, None] * covariance
    factor = cho_factor(np.eye(len(mean)) + scaled * root, lower=True)
    variance = np.diag(covariance) - (scaled * cho_solve(factor, scaled)).sum(axis=0)
    cavity = variance / np.maximum(1 - variance * root**2, 1e-6)
    return np.asarray(latent - cavity * (wrong - p))


def _believed(mean: Floats, wrong: Floats, own: Floats) -> tuple[float, float]:
    """The shift, and the share of what verdicts say of each other, by which they foretell it best.

    Stacking (Wolpert 1992, doi:10.1016/S0893-6080(05)80023-1): where likeness spreads nothing that
    the next verdict confirms, the order stays what it was without reviews. The share lies between 0
    and 1, and is drawn to 1, since what is left out moves against its own verdict where few carry
    it; the shift, in log odds, is drawn to 0 as the overall rate is, and stands for the rate in so
    far as that is not believed.

    Parameters
    ----------
    mean, own : (n,) log odds of each verdict without reviews, and what the other verdicts add.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    def loss(at: Floats) -> tuple[float, Floats]:
        z = mean + at[0] + at[1] * own
        off = expit(z) - wrong
        pull = at[0] / OVERALL**2
        doubted = at[1] - 1
        value = float((np.logaddexp(0, z) - wrong * z).sum())
        value += pull * at[0] / 2 + BELIEF * doubted**2
        return value, np.array([off.sum() + pull, off @ own + 2 * BELIEF * doubted])

    start, bounds = np.array([0.0, 1.0]), [(None, None), (0.0, 1.0)]
    shift, share = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return float(shift), float(share)


def _by_rank(score: Floats) -> Floats:
    """The normal deviate of each score's rank, ties alike; 0 where there is no score."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    known: Booleans = np.isfinite(score)
    deviate = np.zeros(len(score))
    deviate[known] = ndtri(rankdata(score[known]) / (known.sum() + 1))
    return deviate
