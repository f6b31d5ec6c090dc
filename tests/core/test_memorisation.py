"""When a model begins to repeat wrong labels, on curves worked by hand and on a real memoriser."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelviz.core.memorisation import (
    Errors,
    Memory,
    Watched,
    curve_of,
    learned_of,
    memory_in_words,
)

EPOCHS = np.array([0.5, 1.0, 1.5, 2.0])
ALL = np.ones(20, dtype=bool)


def errors(confirmed: np.ndarray = ALL, unseen: float | None = 0.1) -> Errors:
    """Twenty samples with the given label 1, which the model that never saw them mostly denies."""
    count, said = len(confirmed), None
    if unseen is not None:
        repeats = np.arange(count) < round(unseen * count)
        said = np.stack([~repeats, repeats], axis=1).astype(float)
    likely = np.where(confirmed, 0.0, np.linspace(0.5, 1, count))
    return Errors(np.arange(count), np.ones(count, int), confirmed, likely, said)


def watched(*shares: float, best: int = 1, count: int = 20) -> Watched:
    """A training that answers 1 of so many, evaluation by evaluation."""
    logits = np.zeros((len(shares), count, 2))
    for place, share in enumerate(shares):
        repeats = np.arange(count) < round(share * count)
        logits[place, :, 1] = np.where(repeats, 1, -1)
    losses = np.linspace(1, 0.2, len(shares))
    return Watched(EPOCHS[: len(shares)], logits, best, losses, losses + 0.1)


def test_memory_begins_where_the_excess_stays():
    found = curve_of("hard", [watched(0.1, 0.3, 0.1, 0.4)], errors())
    assert found.confirmed is not None
    assert found.confirmed.repeated == pytest.approx((0.1, 0.3, 0.1, 0.4))
    assert (found.confirmed.unseen, found.confirmed.errors) == (0.1, 20)
    assert found.confirmed.onset == 2.0
    assert found.confirmed.kept == pytest.approx(0.3)
    assert found.suspected is None
    early = curve_of("hard", [watched(0.5, 0.6, 0.7, 0.8)], errors()).told
    assert early is not None
    assert early.onset == 0.5
    never = curve_of("soft", [watched(0.1, 0.3, 0.4, 0.1)], errors()).told
    assert never is not None
    assert never.onset is None


def test_what_a_model_repeats_before_its_first_step_is_no_memory():
    shares = (0.2, 0.15, 0.2, 0.3)
    found = Memory((0.0, 0.5, 1.0, 1.5), shares, 0.3, 20, 0.05)
    assert found.onset == 1.5
    assert Memory((0.5, 1.0, 1.5, 2.0), shares, 0.3, 20, 0.05).onset == 0.5


def test_one_error_of_ten_may_be_chance():
    few = np.ones(10, dtype=bool)
    found = curve_of("hard", [watched(0.1, 0.2, count=10)], errors(few))
    assert found.told is not None
    # One of ten parts: mean 0.1, standard error sqrt(0.81 + 9 * 0.01) / 10
    assert found.told.chance[1] == pytest.approx(1.645 * 0.9**0.5 / 10)
    assert (found.told.onset, found.told.undecided) == (None, True)
    assert "cannot be told: the model that is kept repeats 20% of 10" in memory_in_words([found])[0]
    many = curve_of("hard", [watched(0.1, 0.2, count=200)], errors(np.ones(200, dtype=bool))).told
    assert many is not None
    assert (many.onset, many.undecided) == (1.0, False)


def test_a_model_that_only_errs_like_the_other_seldom_seems_to_remember():
    rng, found = np.random.default_rng(0), 0
    for _ in range(300):
        hard = rng.normal(size=30)
        said, unseen = (hard + rng.normal(0, 0.7, 30) > 0.6 for _ in range(2))
        logits = np.stack([~said, said], axis=1).astype(float)[None]
        both = np.stack([~unseen, unseen], axis=1).astype(float)
        ones = np.ones(30, int)
        sought = Errors(np.arange(30), ones, ones == 1, np.zeros(30), both)
        told = curve_of("hard", [Watched(EPOCHS[:1], logits, 0, *[EPOCHS[:1]] * 2)], sought).told
        found += told is not None and told.onset is not None
    assert found < 0.09 * 300


def test_what_generalises_is_no_memory():
    found = curve_of("hard", [watched(0.4, 0.4, 0.4, 0.4)], errors(unseen=0.4)).told
    assert found is not None
    assert found.onset is None
    alone = curve_of("hard", [watched(0.4, 0.4)], errors(unseen=None)).told
    assert alone is not None
    assert (alone.onset, alone.unseen) == (None, None)


def test_seeds_are_averaged_as_far_as_all_went():
    found = curve_of("hard", [watched(0.1, 0.3, 0.9), watched(0.3, 0.5, best=0)], errors())
    assert found.epochs == (0.5, 1.0)
    assert found.told is not None
    assert found.told.repeated == pytest.approx((0.2, 0.4))
    assert found.told.kept == pytest.approx(0.3)
    assert found.train == pytest.approx((1.0, 0.4))
    assert found.validation == pytest.approx((1.1, 0.5))


def test_suspected_errors_count_as_likely_as_they_are_wrong():
    confirmed = np.arange(30) < 5
    found = curve_of("hard", [watched(0.5, 0.5, count=30)], errors(confirmed))
    assert found.confirmed is None
    assert found.suspected is not None
    likely = np.where(confirmed, 0, np.linspace(0.5, 1, 30))
    assert found.suspected.repeated[0] == pytest.approx(likely[:15].sum() / likely.sum())
    assert found.suspected.errors == 25


def test_a_sample_that_was_not_judged_is_left_out():
    run = watched(0.5, 0.5)
    logits = run.logits.copy()
    logits[0, :4] = np.nan
    found = curve_of("hard", [Watched(run.epochs, logits, 1, run.train, run.validation)], errors())
    assert found.told is not None
    assert (found.told.errors, found.told.repeated[1]) == (16, 6 / 16)


def test_of_several_labels_all_known_cells_are_repeated():
    given = np.array([[1, 0], [1, -1]] * 6)
    logits = np.tile([[2.0, 1.0], [2.0, 1.0]], (6, 1))[None]
    both = Errors(np.arange(12), given, np.ones(12, bool), np.zeros(12), np.full((12, 2), 0.6))
    run = Watched(EPOCHS[:1], logits, 0, EPOCHS[:1], EPOCHS[:1])
    found = curve_of("hard", [run], both).told
    assert found is not None
    assert (found.repeated, found.unseen) == ((0.5,), 0.5)


def test_what_is_said_of_several_sets():
    first = curve_of("hard", [watched(0.1, 0.3, 0.4, 0.4)], errors())
    later = curve_of("soft", [watched(0.1, 0.1, 0.1, 0.3, best=3)], errors())
    none = curve_of("reviewed", [watched(0.1, 0.1, 0.1, 0.1)], errors())
    assert memory_in_words([first, later, none]) == [
        "“hard” begins to repeat wrong labels at epoch 1. The model that is kept repeats 30% of 20 "
        "confirmed errors; one that never saw these labels 10%.",
        "“soft” begins to repeat wrong labels at epoch 2. The model that is kept repeats 30% of 20 "
        "confirmed errors; one that never saw these labels 10%.",
        "“soft” begins 1 epochs later than “hard”.",
        "“reviewed” learns no wrong labels by heart: the model that is kept repeats 10% of 20 "
        "confirmed errors; one that never saw these labels 10%.",
    ]
    suspected = replace(first, confirmed=None, suspected=first.confirmed)
    assert memory_in_words([suspected]) == [
        "“hard” begins to repeat labels that look wrong at epoch 1. The model that is kept repeats "
        "30% of 20 suspected errors; one that never saw these labels 10%."
    ]
    unknown = curve_of("hard", [watched(0.1, 0.3)], errors(unseen=None))
    assert "only out-of-fold probabilities can tell" in memory_in_words([unknown])[0]
    assert memory_in_words([curve_of("hard", [watched(0.1, 0.1, count=5)], errors(ALL[:5]))]) == []


def test_models_that_learned_nothing_remember_nothing():
    constant, learner = watched(0.9, 0.9, 0.9, 0.9), watched(0.1, 0.1, 0.2, 0.4)
    assert learned_of("hard", [constant, learner], errors(), but={0}) == curve_of(
        "hard", [learner], errors()
    )
    none = learned_of("hard", [constant, constant], errors(), but={0, 1})
    assert none.told is None
    assert memory_in_words([none]) == []
    assert none.train == curve_of("hard", [constant], errors()).train
