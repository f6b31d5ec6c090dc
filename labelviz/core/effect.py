"""Effect: what one set of targets changed against another, over paired seeds and test samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Literal

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers, read_only
from labelviz.core.metrics import FEWEST_EXPECTED

Conclusion = Literal["better", "worse", "slightly better", "slightly worse", "equal", "unknown"]

MATTERS = 0.01  # the smallest difference that matters: one point
SURE, INNER = 0.95, 0.90  # the interval that has to leave out 0, and the one that proves equality
SIGNIFICANT = 0.05
UNSEEN = 3.0  # samples in which something has to occur to be seen in one, in 95 % of draws
MOST_EXACT = 16  # seeds up to which all signs are tried; of more, so many drawn ones are
DRAWN = 2**16
RESAMPLES, CHUNK = 2_000, 250
# In 8 of 10 draws a difference of so many halves of its 95 % interval lies clear of 0.
POWER = (1.960 + 0.842) / 1.960
# With so many seeds, a difference of so many standard deviations is found in 8 of 10 experiments.
FOUND_AT = {6: 1.8, 8: 1.2, 10: 1.0, 12: 0.9, 20: 0.66}


@dataclass(frozen=True)
class Effect:
    """A difference between two sets of targets by one metric, above 0 where the second is better.

    Parameters
    ----------
    metric : its name.
    difference : mean over seeds.
    low, high : the 95 % interval over seeds and samples; of one seed, over samples alone.
    inner : the 90 % interval.
    p : of the exact sign-flip test over seeds, two-sided, corrected for the sets compared.
    by_seed : (S,) the differences.
    compared : how many sets are compared with the first, this one included.
    hidden : a difference that samples may make of which so few as these hold none: what occurs in
        less than 3 of N samples is missing from N of them in more than 5 % of draws (Hanley &
        Lippman-Hand 1983, doi:10.1001/jama.1983.03330370053031).
    """

    metric: str
    difference: float
    low: float
    high: float
    inner: tuple[float, float]
    p: float
    by_seed: tuple[float, ...]
    compared: int = 1
    hidden: float = 0.0

    @property
    def conclusion(self) -> Conclusion:
        """What may be said of it.

        Better or worse takes both the interval and the test. Equal takes the 90 % interval within
        one point (two one-sided tests; Lakens 2017, doi:10.1177/1948550617697177), and so many
        samples that no more is hidden: where two models answer alike on all of a few, no interval
        knows how they part elsewhere. Two to five seeds say nothing; of one, the interval alone
        tells two models apart, though not what made them so.
        """
        alone = len(self.by_seed) == 1
        if not alone and len(self.by_seed) < min(FOUND_AT):
            return "unknown"
        if (alone or self.p < SIGNIFICANT) and (self.low > 0 or self.high < 0):
            slight = max(abs(self.low), abs(self.high)) < MATTERS
            if self.low > 0:
                return "slightly better" if slight else "better"
            return "slightly worse" if slight else "worse"
        low, high = self.inner
        within = low > -MATTERS and high < MATTERS and self.hidden <= MATTERS
        return "equal" if within else "unknown"

    @property
    def fewest(self) -> int:
        """Seeds below which the corrected test cannot be significant, whatever they say: 6 of one
        set that is compared, 7 of two or three, 8 of up to six."""
        # The least p of S seeds is 2 / 2^S; Holm takes it times the sets.
        return math.floor(math.log2(2 * self.compared / SIGNIFICANT)) + 1

    @property
    def enough_samples(self) -> bool:
        """Whether the test samples are enough for an interval."""
        return bool(np.isfinite([self.low, self.high]).all())

    @property
    def shown(self) -> float | None:
        """The difference that would be found in 8 of 10 such experiments; None of too few seeds.

        The largest of what the sign-flip test finds over seeds, what the interval leaves out, and
        what is hidden. For each seed more that several sets take, as many fewer count.
        """
        seeds = len(self.by_seed)
        if seeds < self.fewest:
            return None
        counting = seeds - (self.fewest - min(FOUND_AT))
        deviations = float(np.interp(counting, list(FOUND_AT), list(FOUND_AT.values())))
        over_seeds = deviations * float(np.std(self.by_seed, ddof=1))
        return max(over_seeds, POWER * (self.high - self.low) / 2, self.hidden)


def two_way(difference: Floats, level: float = SURE) -> tuple[float, float]:
    """The interval of a mean over seeds and samples, both of which are drawn.

    Of one seed it is over samples alone: Student's t.

    v = s²(seed means) / S + s²(sample means) / N - s²(residual) / (S N), at least the larger of
    the first two; Student's t with Satterthwaite's degrees of freedom.

    Parameters
    ----------
    difference : (S, N) by seed and sample.
    """
    from scipy.stats import t

    s, n = difference.shape
    by_seed, by_sample, mean = difference.mean(1), difference.mean(0), float(difference.mean())
    if n < 2:
        return -np.inf, np.inf
    if s < 2:
        away = float(t.ppf((1 + level) / 2, n - 1)) * float(by_sample.std(ddof=1)) / n**0.5
        return mean - away, mean + away
    residual = difference - by_seed[:, None] - by_sample + mean  # (S, N)
    one = float(by_seed.var(ddof=1)) / s
    other = float(by_sample.var(ddof=1)) / n
    both = float((residual**2).sum()) / ((s - 1) * (n - 1)) / (s * n)
    v = max(one + other - both, one, other)
    if v == 0:
        return mean, mean
    freedom = v**2 / (one**2 / (s - 1) + other**2 / (n - 1))
    away = float(t.ppf((1 + level) / 2, freedom)) * v**0.5
    return mean - away, mean + away


def multi_bootstrap(
    statistic: Callable[[Floats], Floats],
    units: Integers,
    seeds: int,
    rng: np.random.Generator,
) -> Floats:
    """(B,) a difference over resampled seeds and samples, the same of both in both arms.

    Sellam et al. 2021, arXiv:2106.16163; for what is no mean over samples, as F1.

    Parameters
    ----------
    statistic : of (B, N) weights of the samples the (S, B) differences.
    units : (N,) which samples are drawn together.
    """
    count = int(units.max()) + 1
    found = []
    for start in range(0, RESAMPLES, CHUNK):
        many = min(CHUNK, RESAMPLES - start)
        weights = rng.multinomial(count, np.full(count, 1 / count), size=many)[:, units]
        by_seed = statistic(weights.astype(np.float64))  # (S, B)
        drawn = rng.integers(seeds, size=(seeds, many))
        found.append(np.take_along_axis(by_seed, drawn, axis=0).mean(axis=0))
    return np.concatenate(found)


def sign_flip(by_seed: Sequence[float] | Floats) -> float:
    """Two-sided p of paired differences under the hypothesis that their signs are chance, exact.

    Of more than 16 seeds, by 65,536 drawn signs.
    """
    values = np.asarray(by_seed, float)
    reached = np.abs(_signs(len(values)) @ values) >= abs(values.sum()) * (1 - 1e-12)
    if len(values) <= MOST_EXACT:
        return float(reached.mean())
    return float((reached.sum() + 1) / (DRAWN + 1))


@lru_cache(maxsize=4)
def _signs(count: int) -> Floats:
    """(M, S) all signs of so many seeds, or those that are drawn."""
    if count <= MOST_EXACT:
        return read_only(list(product((1, -1), repeat=count)), np.float64)
    return read_only(np.random.default_rng(0).choice([1.0, -1.0], size=(DRAWN, count)), np.float64)


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p, adj_(i) = max_{j<=i} min(1, (m - j + 1) p_(j)) (Holm 1979)."""
    order = np.argsort(p, kind="stable")
    factors = np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(np.minimum(1, factors * np.asarray(p, float)[order]))
    return [float(each) for each in adjusted]


def corrected(effects: Sequence[Effect]) -> list[Effect]:
    """The same effects, of several sets by one metric, with p corrected for their number."""
    p = holm([each.p for each in effects])
    return [
        replace(each, p=value, compared=len(effects))
        for each, value in zip(effects, p, strict=True)
    ]


def of_means(
    metric: str, difference: Floats, units: Integers, weights: Floats, *, most: float = 0.0
) -> Effect:
    """The effect by a metric that is a mean over samples.

    Parameters
    ----------
    difference : (S, N), above 0 where the second set is better.
    units : (N,) which samples share a text or record and are drawn together.
    weights : (N,) how much each sample counts, 1 on average. The interval is that of a weighted
        mean, by its linear part.
    most : how much one sample can differ by; 0 where nearly every sample differs by something.
    """
    mean, away = _away(difference, weights)
    by_seed = mean + away.mean(axis=1)
    together = mean + _together(away, units)
    inner = two_way(together, INNER)
    hidden = most * UNSEEN / (int(units.max()) + 1)
    return _effect(metric, by_seed, (*two_way(together), *inner), units, hidden)


def interval_of(
    difference: Floats, units: Integers, weights: Floats, together: int
) -> tuple[float, float]:
    """The interval of `of_means`; endless where fewer than 10 units are judged.

    Parameters
    ----------
    together : how many such intervals are to hold together in 95 % of cases (Bonferroni).
    """
    if int(units.max()) + 1 < FEWEST_EXPECTED:
        return -np.inf, np.inf
    mean, away = _away(difference, weights)
    return two_way(mean + _together(away, units), 1 - (1 - SURE) / together)


def _away(difference: Floats, weights: Floats) -> tuple[float, Floats]:
    """The weighted mean of (S, N) differences, and how far each lies from it, weighted."""
    mean = float((difference @ weights).mean() / len(weights))
    return mean, weights * (difference - mean)


def _effect(
    metric: str,
    by_seed: Floats,
    ends: tuple[float, float, float, float],
    units: Integers,
    hidden: float,
) -> Effect:
    """An effect; its intervals are endless where fewer than 10 units are judged, since so few may
    all say the same by chance, and then seem to be sure."""
    if int(units.max()) + 1 < FEWEST_EXPECTED:
        ends = (-np.inf, np.inf, -np.inf, np.inf)
    return Effect(
        metric, float(by_seed.mean()), ends[0], ends[1], (ends[2], ends[3]), sign_flip(by_seed),
        tuple(by_seed.tolist()), hidden=hidden,
    )  # fmt: skip


def _together(difference: Floats, units: Integers) -> Floats:
    """(S, U) one value for each unit, with the same mean.

    Of differences from the mean: so units that only have more samples than others do not vary.
    """
    count = int(units.max()) + 1
    if count == difference.shape[1]:
        return difference
    sums = np.zeros((len(difference), count))
    for row, values in zip(sums, difference, strict=True):
        row += np.bincount(units, weights=values, minlength=count)
    return np.asarray(sums * count / difference.shape[1])


def of_f1(
    metric: str,
    hits: tuple[Booleans, Booleans],
    actual: Booleans,
    units: Integers,
    weights: Floats,
) -> Effect:
    """The effect by F1, or by its mean over the classes that occur.

    Parameters
    ----------
    hits : of each set (S, N, K), whether a class was predicted.
    actual : (N, K) whether it is there.
    units, weights : as for `of_means`.
    """
    occur = actual.any(axis=0)
    if not occur.any():  # F1 of a class that no sample has says nothing
        nothing = (-np.inf, np.inf)
        return Effect(metric, 0.0, *nothing, nothing, 1.0, (0.0,) * len(hits[0]))
    truth = actual[:, occur]
    first, second = (each[:, :, occur] for each in hits)

    def difference(times: Floats) -> Floats:
        counted = times * weights
        return f1_of(second, truth, counted) - f1_of(first, truth, counted)

    by_seed = difference(np.ones((1, len(truth))))[:, 0]
    drawn = multi_bootstrap(difference, units, len(first), np.random.default_rng(0))
    tails = [(1 - SURE) / 2, (1 + SURE) / 2, (1 - INNER) / 2, (1 + INNER) / 2]
    low, high, inner_low, inner_high = (float(each) for each in np.quantile(drawn, tails))
    rarest = min(len(np.unique(units[each])) for each in truth.T)
    hidden = UNSEEN / (rarest * truth.shape[1])
    return _effect(metric, by_seed, (low, high, inner_low, inner_high), units, hidden)


def f1_of(predicted: Booleans, actual: Booleans, weights: Floats) -> Floats:
    """(S, B) mean F1 over classes, of predictions (S, N, K) by (B, N) weights of the samples."""
    present = weights @ actual  # (B, K)
    found = np.empty((len(predicted), len(weights)))
    for s, each in enumerate(predicted):
        right, said = weights @ (each & actual), weights @ each  # (B, K)
        total = present + said
        found[s] = np.where(total > 0, 2 * right / np.maximum(total, 1e-12), 0.0).mean(axis=1)
    return found
