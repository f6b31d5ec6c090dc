"""Effects over seeds and samples, against numbers worked elsewhere and against simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import f1_score

from labelviz.core.effect import (
    Effect,
    corrected,
    f1_of,
    holm,
    multi_bootstrap,
    of_f1,
    of_means,
    sign_flip,
    two_way,
)

SEEDS = (0.8, 1.9, 0.4, 1.1, -0.3, 1.5)


def effect(low: float, high: float, p: float = 0.01, by_seed=(0.01,) * 8) -> Effect:
    middle = (low + high) / 2
    inner = (middle + 0.8 * (low - middle), middle + 0.8 * (high - middle))
    return Effect("accuracy", middle, low, high, inner, p, by_seed)


def test_the_sign_flip_test_is_exact():
    assert sign_flip(SEEDS) == pytest.approx(0.0625)
    assert sign_flip([1.0] * 5) == pytest.approx(2 / 32)
    assert sign_flip([1.0] * 6) == pytest.approx(2 / 64)
    assert sign_flip([0.0] * 6) == 1


def test_of_many_seeds_signs_are_drawn():
    values = np.random.default_rng(1).normal(0.4, 1, 20)
    known = stats.permutation_test(
        (values,), np.sum, permutation_type="samples", n_resamples=100_000, rng=0
    ).pvalue
    assert sign_flip(values) == pytest.approx(known, abs=0.006)


def test_holms_correction():
    assert holm([0.010, 0.040, 0.030, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    one, other = corrected([effect(0.01, 0.03, 0.04), effect(0.02, 0.03, 0.03)])
    assert (one.p, other.p) == pytest.approx((0.06, 0.06))


def test_where_samples_say_all_alike_the_interval_is_students_of_the_seeds():
    difference = np.repeat(np.array(SEEDS)[:, None], 50, axis=1)
    known = stats.t.interval(0.95, 5, np.mean(SEEDS), stats.sem(SEEDS))
    assert two_way(difference) == pytest.approx(known)
    assert known == pytest.approx((0.0737, 1.7263), abs=1e-4)
    assert two_way(difference, 0.90) == pytest.approx((0.2523, 1.5477), abs=1e-4)


def test_where_seeds_say_all_alike_the_interval_is_students_of_the_samples():
    values = np.random.default_rng(0).normal(size=40)
    difference = np.tile(values, (8, 1))
    assert two_way(difference) == pytest.approx(
        stats.t.interval(0.95, 39, values.mean(), stats.sem(values))
    )


def test_of_one_seed_the_interval_is_students_of_the_samples():
    values = np.random.default_rng(0).normal(0.1, 1, 40)
    found = of_means("NLL", values[None], np.arange(40), np.ones(40))
    known = stats.t.interval(0.95, 39, values.mean(), stats.sem(values))
    assert (found.low, found.high) == pytest.approx(known)
    assert (found.conclusion, found.shown, found.p) == ("unknown", None, 1)
    assert of_means("NLL", values[None] + 1, np.arange(40), np.ones(40)).conclusion == "better"
    assert effect(0.005, 0.03, 1, (0.01,)).conclusion == "better"
    assert effect(0.005, 0.03, 0.5, (0.01,) * 2).conclusion == "unknown"


def test_a_sample_of_weight_two_counts_as_two():
    rng = np.random.default_rng(0)
    values, times = rng.normal(size=(8, 30)), rng.integers(1, 4, 30)
    weights = times / times.mean()
    found = of_means("NLL", values, np.arange(30), weights)
    copies = np.repeat(values, times, axis=1)
    assert found.by_seed == pytest.approx(tuple(copies.mean(axis=1)))
    # One that stands for others is one sample all the same: Hajek's variance, worked by hand.
    mean, by_sample = copies.mean(), values.mean(axis=0)
    away = weights * (by_sample - mean)
    flat = of_means("NLL", np.tile(by_sample, (8, 1)), np.arange(30), weights)
    half = stats.t.ppf(0.975, 29) * away.std(ddof=1) / 30**0.5
    assert (flat.low, flat.high) == pytest.approx((mean - half, mean + half))


def test_f1_of_weighted_samples_is_scikit_learns():
    rng = np.random.default_rng(0)
    labels, weights = rng.integers(2, size=60), rng.uniform(0.2, 1.8, 60)
    said = rng.integers(2, size=(2, 6, 60))
    hits = (said[0][..., None] == 1, said[1][..., None] == 1)
    found = of_f1("F1", hits, labels[:, None] == 1, np.arange(60), weights)
    known = [
        f1_score(labels, b, sample_weight=weights) - f1_score(labels, a, sample_weight=weights)
        for a, b in zip(*said, strict=True)
    ]
    assert found.by_seed == pytest.approx(known)


def test_the_multi_bootstrap_draws_seeds_and_samples():
    difference = np.array([[0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], float)
    rng = np.random.default_rng(0)
    drawn = multi_bootstrap(lambda w: difference @ w.T / 4, np.arange(4), 3, rng)
    assert drawn.mean() == pytest.approx(0.25, abs=0.02)
    assert drawn.std() == pytest.approx(0.138193, abs=0.01)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_f1_is_scikit_learns(seed: int):
    rng = np.random.default_rng(seed)
    labels, said = rng.integers(3, size=30), rng.integers(3, size=(2, 30))
    found = f1_of(np.eye(3, dtype=bool)[said], np.eye(3, dtype=bool)[labels], np.ones((1, 30)))
    known = [f1_score(labels, each, average="macro", labels=[0, 1, 2]) for each in said]
    assert found[:, 0] == pytest.approx(known)


def test_a_class_that_does_not_occur_counts_nothing():
    labels = np.eye(3, dtype=bool)[[0, 1] * 20]
    said = np.repeat(labels[None], 6, axis=0)
    worse = said.copy()
    worse[:, :4] = np.eye(3, dtype=bool)[2]
    found = of_f1("macro F1", (worse, said), labels, np.arange(40), np.ones(40))
    assert found.difference == pytest.approx(1 - 2 * 18 / (20 + 18))


def test_f1_of_a_class_that_no_sample_has_cannot_be_told():
    said = np.ones((8, 20, 1), dtype=bool)
    found = of_f1("F1", (said, said), np.zeros((20, 1), bool), np.arange(20), np.ones(20))
    assert (found.difference, found.conclusion) == (0, "unknown")


def test_units_of_several_sizes_that_say_alike_leave_no_doubt():
    units = np.repeat(np.arange(12), np.arange(1, 13))
    found = of_means("NLL", np.full((8, len(units)), 0.3), units, np.ones(len(units)))
    assert (found.low, found.high) == pytest.approx((0.3, 0.3))


@pytest.mark.parametrize("samples", [1, 2, 9, 10])
def test_a_handful_of_samples_that_say_alike_proves_nothing(samples: int):
    wrong, right = (np.full((8, samples, 1), each) for each in (False, True))
    actual, units, weights = np.ones((samples, 1), bool), np.arange(samples), np.ones(samples)
    found = [
        of_f1("F1", (wrong, right), actual, units, weights),
        of_means("accuracy", np.ones((8, samples)), units, weights),
    ]
    said = {each.conclusion for each in found}
    assert said == ({"unknown"} if samples < 10 else {"better"})


@pytest.mark.parametrize("compared", range(1, 20))
def test_so_many_seeds_is_the_fewest_that_the_corrected_test_takes(compared: int):
    fewest = replace(effect(0.01, 0.03), compared=compared).fewest
    least = [holm([sign_flip([1.0] * s)] * compared)[0] for s in (fewest - 1, fewest)]
    assert least[1] < 0.05 <= least[0]


def test_samples_that_share_a_record_are_drawn_together():
    rng = np.random.default_rng(0)
    each = rng.normal(size=(8, 20))
    apart = of_means("accuracy", np.repeat(each, 5, axis=1), np.arange(100), np.ones(100))
    units = np.repeat(np.arange(20), 5)
    together = of_means("accuracy", np.repeat(each, 5, axis=1), units, np.ones(100))
    assert together.difference == pytest.approx(apart.difference)
    assert (together.low, together.high) == pytest.approx(two_way(each))
    assert together.high - together.low > apart.high - apart.low


@pytest.mark.parametrize(
    ("found", "conclusion"),
    [
        (effect(0.005, 0.03), "better"),
        (effect(-0.03, -0.005), "worse"),
        (effect(0.001, 0.009), "slightly better"),
        (effect(-0.009, -0.001), "slightly worse"),
        (effect(-0.011, 0.011, 0.8), "equal"),
        (effect(-0.02, 0.02, 0.8), "unknown"),
        (effect(0.001, 0.03, 0.06), "unknown"),
        (effect(-0.001, 0.001, 0.8, (0.0,) * 5), "unknown"),
    ],
)
def test_what_may_be_said(found: Effect, conclusion: str):
    assert found.conclusion == conclusion


def test_what_so_many_seeds_would_have_shown():
    spread = (0.01, -0.01) * 4
    assert effect(0, 0, 1, spread).shown == pytest.approx(1.2 * np.std(spread, ddof=1))
    assert effect(0, 0, 1, spread[:7]).shown == pytest.approx(1.5 * np.std(spread[:7], ddof=1))
    assert effect(0, 0, 1, spread[:5]).shown is None
    assert effect(-0.07, 0.07, 1, spread).shown == pytest.approx(0.07 * 2.802 / 1.96)


@pytest.mark.parametrize("noise", [0.02, 0.3])
def test_what_would_have_been_shown_is_found_in_8_of_10_experiments(noise: float):
    """Whether seeds differ much or hardly, beside samples that always do."""
    rng = np.random.default_rng(0)

    def tried(difference: float) -> Effect:
        seeds, samples = rng.normal(0, noise, (12, 1)), rng.normal(0, 1, 100)
        made = difference + seeds + samples + rng.normal(0, 0.5, (12, 100))
        return of_means("NLL", made, np.arange(100), np.ones(100))

    shown = np.mean([tried(0).shown for _ in range(100)])
    found = np.mean(["better" in tried(shown).conclusion for _ in range(400)])
    assert 0.72 <= found <= 0.92


def experiment(rng: np.random.Generator, points: float, seeds: int = 8, n: int = 300) -> Effect:
    """An experiment whose sets differ by so many points, with effects of seed and sample."""
    ability = rng.normal(1.2, 1.5, n)  # how easy each sample is
    first, second = (rng.normal(0, 0.15, (2, seeds, 1)) + ability) + rng.normal(0, 1, (2, seeds, n))
    base = (first > 0).mean()
    shift = np.quantile(first, 1 - base) - np.quantile(second, 1 - base - points / 100)
    right = [first > 0, second + shift > 0] if points else [first > 0, second > 0]
    return of_means("accuracy", right[1].astype(float) - right[0], np.arange(n), np.ones(n))


def test_where_there_is_no_effect_at_most_one_in_twenty_experiments_finds_one():
    rng = np.random.default_rng(0)
    conclusions = [experiment(rng, 0).conclusion for _ in range(400)]
    alarms = sum("better" in each or "worse" in each for each in conclusions)
    assert alarms <= stats.binom.ppf(0.99, 400, 0.05)


def test_an_effect_of_ten_points_is_found():
    rng = np.random.default_rng(0)
    found = [experiment(rng, 10).conclusion for _ in range(40)]
    assert found.count("better") >= 30


def test_of_a_few_samples_that_all_say_the_same_no_equality_follows():
    """Of 30 samples a difference on 2 % of all is missing from more than half of draws."""
    alike = np.zeros((8, 30))
    few = of_means("accuracy", alike, np.arange(30), np.ones(30), most=1)
    assert (few.conclusion, few.hidden, few.shown) == ("unknown", 0.1, 0.1)
    many = of_means("accuracy", np.zeros((8, 300)), np.arange(300), np.ones(300), most=1)
    assert many.conclusion == "equal"


def test_equality_is_seldom_claimed_where_there_is_a_difference():
    """Models that part on 3 % of samples, in the same way with every seed: false in few draws."""
    rng, said = np.random.default_rng(0), []
    for n in (10, 30, 100, 300):
        for _ in range(50):
            apart = np.tile((rng.random(n) < 0.03).astype(float), (8, 1))
            said.append(of_means("accuracy", apart, np.arange(n), np.ones(n), most=1).conclusion)
    assert said.count("equal") <= 0.05 * len(said)


def test_equality_by_f1_takes_samples_of_every_class():
    actual = np.zeros((1000, 1), dtype=bool)
    hits = np.zeros((8, 1000, 1), dtype=bool)
    for positive, conclusion in ((30, "unknown"), (400, "equal")):
        actual[:positive] = True
        found = of_f1("F1", (hits | actual, hits | actual), actual, np.arange(1000), np.ones(1000))
        assert (found.conclusion, found.hidden) == (conclusion, 3 / positive)
