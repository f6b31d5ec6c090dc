"""What may be said of several sets of targets."""

from __future__ import annotations

import re

import numpy as np
import pytest
from sklearn.metrics import f1_score

from labelviz.core.experiment import (
    AT_TEMPERATURE,
    DESMOOTHED,
    ONE_SEED,
    RAW,
    TO_CHANGE,
    Answered,
    Outcome,
    amount,
    arms_of,
    calibration_of,
    effects_of,
)
from labelviz.core.metrics import unlearned
from labelviz.core.reference import Reference

RNG = np.random.default_rng(0)
LABELS = RNG.integers(2, size=200)


def answers(right: float, seeds: int = 8, labels: np.ndarray = LABELS) -> np.ndarray:
    """(S, N, 2) answers of models that are right on so large a share."""
    rng = np.random.default_rng(int(1000 * right))
    hit = rng.random((seeds, len(labels))) < right
    said = np.where(hit, labels, 1 - labels)
    return np.eye(2)[said] * 0.8 + 0.1


def judged(labels: np.ndarray = LABELS) -> Reference:
    rows = np.arange(len(labels))
    return Reference("trusted", rows, labels, rows, np.ones(len(labels)), len(labels))


def outcome_of(made: dict[str, np.ndarray], labels: np.ndarray = LABELS) -> Outcome:
    reference, seeds = judged(labels), len(next(iter(made.values())))
    answers = {name: Answered("hard", p) for name, p in made.items()}
    arms = arms_of(answers, reference, classes=("no", "yes"), task="binary")
    return Outcome("test", arms, seeds, seeds, reference)


def outcome(**right: float) -> Outcome:
    return outcome_of({name: answers(share) for name, share in right.items()})


def test_effects_are_differences_of_the_usual_metrics():
    first, second = answers(0.7), answers(0.9)
    both = (Answered("hard", first), Answered("hard", second))
    f1, accuracy, nll, cooled = effects_of(*both, judged(), "binary")
    for seed in range(8):
        said = [each[seed].argmax(axis=1) for each in (first, second)]
        known = [f1_score(LABELS, each) for each in said]
        assert f1.by_seed[seed] == pytest.approx(known[1] - known[0])
        right = [(each == LABELS).mean() for each in said]
        assert accuracy.by_seed[seed] == pytest.approx(right[1] - right[0])
        losses = [-np.log(each[seed][np.arange(200), LABELS]).mean() for each in (first, second)]
        assert nll.by_seed[seed] == pytest.approx(losses[0] - losses[1])
    assert {each.conclusion for each in (f1, accuracy, nll, cooled)} == {"better"}


def test_a_threshold_decides_what_is_said():
    p = np.tile([0.7, 0.3], (6, 200, 1))
    first, second = Answered("hard", p), Answered("hard", p, thresholds=np.array([0.5, 0.25]))
    _, accuracy, nll, _ = effects_of(first, second, judged(), "binary")
    assert accuracy.difference == pytest.approx(LABELS.mean() - (1 - LABELS).mean())
    assert nll.difference == 0


def test_of_several_labels_a_sample_is_right_where_all_cells_are():
    labels = np.array([[1, 0], [1, 1], [0, 0]] * 10)
    good = np.repeat((labels * 0.8 + 0.1)[None], 6, axis=0)
    bad = good.copy()
    bad[:, ::3, 0] = 0.2
    both = (Answered("hard", bad), Answered("hard", good))
    f1, accuracy, _ = effects_of(*both, judged(labels), "multilabel")
    assert (f1.metric, accuracy.metric) == ("macro F1", "accuracy")
    assert accuracy.difference == pytest.approx(1 / 3)
    assert f1.difference == pytest.approx((1 - 2 / 3) / 2)


def smoothed_answers(off: float, seeds: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """What a model that knows P(class | x) says when trained on smoothed targets; and labels."""
    rng = np.random.default_rng(0)
    true = rng.uniform(0.02, 0.98, 4000)
    labels = (rng.random(4000) < true).astype(np.int64)
    p = np.stack([1 - true, true], axis=1)
    return np.repeat((off + (1 - 2 * off) * p)[None], seeds, axis=0), labels


def test_calibration_is_mended_by_desmoothing_and_nearly_by_a_temperature():
    p, labels = smoothed_answers(0.2)
    scale = (np.array([0.2, 0.2]), np.array([0.8, 0.8]))
    raw, desmoothed, cooled = calibration_of(Answered("smooth", p, scale=scale), judged(labels))
    assert [each.form for each in (raw, desmoothed, cooled)] == [RAW, DESMOOTHED, AT_TEMPERATURE]
    assert raw.ece[0] > 0.08
    assert desmoothed.ece[0] < 0.03
    assert cooled.ece[0] < 0.04
    assert desmoothed.nll[0] < cooled.nll[0] < raw.nll[0]
    alone = calibration_of(Answered("hard", p[:, :40]), judged(labels[:40]))
    assert [each.form for each in alone] == [RAW]


def test_calibration_over_cells_of_several_labels():
    p, labels = smoothed_answers(0.2)
    cells = p.reshape(6, -1, 2)  # two cells of a sample: 1 - P and P
    wanted = np.stack([1 - labels, labels], axis=1)
    scale = (np.array([0.2, 0.2]), np.array([0.8, 0.8]))
    raw, desmoothed, cooled = calibration_of(Answered("s", cells, scale=scale), judged(wanted))
    assert raw.ece[0] > 0.08
    assert max(desmoothed.ece[0], cooled.ece[0]) < 0.04


def test_what_smoothing_wins_by_nll_is_no_win_at_one_temperature():
    """A model that is too sure, and the same one that says everything more softly."""
    rng = np.random.default_rng(0)
    true = rng.uniform(0.02, 0.98, 2000)
    labels = (rng.random(2000) < true).astype(np.int64)
    odds = np.log(true / (1 - true)) + rng.normal(0, 0.1, (8, 2000))
    made = {}
    for name, sharp in (("hard", 4.0), ("soft", 1.0)):
        sure = 1 / (1 + np.exp(-sharp * odds))
        made[name] = np.stack([1 - sure, sure], axis=2)
    found = outcome_of(made, labels)
    *_, nll, cooled = found.arms[1].effects
    assert nll.conclusion == "better"
    assert cooled.conclusion in ("equal", "unknown", "slightly better", "slightly worse")
    assert abs(cooled.difference) < 0.01


def test_the_best_set_is_the_one_that_is_better_by_most():
    found = outcome(hard=0.7, soft=0.9, softer=0.95, wrong=0.5)
    assert found.best is not None
    assert found.best.name == "softer"
    assert outcome(hard=0.9, soft=0.7).best is None


def test_p_is_corrected_for_the_number_of_sets():
    alone = outcome(hard=0.7, soft=0.9).arms[1].effects[0]
    among = outcome(hard=0.7, soft=0.9, softer=0.92).arms[1].effects[0]
    assert among.p == pytest.approx(2 * alone.p)


@pytest.mark.bad_input("K14")
@pytest.mark.parametrize(
    ("other", "words"),
    [
        (0.9, "“soft” is better than “hard” by F1 (positive): +"),
        (0.5, "“soft” is worse than “hard” by F1 (positive): -"),
    ],
)
def test_what_is_said_of_a_set(other: float, words: str):
    found = outcome(hard=0.7, soft=other)
    said = found.said_of(found.arms[1])
    assert said[0].startswith(words)
    assert said[0].endswith("; 8 seeds, n = 200).")
    assert len(said) == 4


def test_what_cannot_be_told_says_what_would_have_been_shown():
    found = outcome(hard=0.7, soft=0.701)
    said = found.said_of(found.arms[1])[1]
    assert said.startswith("Whether “soft” is better than “hard” by accuracy cannot be told: ")
    shown = said.partition("8 seeds on these samples would have shown a difference of about ")[2]
    assert re.fullmatch(r"\d+\.\d points\.", shown)  # of either sign


def test_amounts_have_a_unit():
    assert amount(0.021, "F1") == "+2.1 points"
    assert amount(-0.5, "NLL") == "-0.500 nats"


def test_a_model_that_answers_one_thing_learned_nothing():
    same = np.tile([0.4, 0.6], (200, 1))
    found = unlearned(same, LABELS, ("no", "yes"), "binary")
    assert found is not None
    assert (found.words, found.only) == ("It answers only “yes”.", "yes")
    assert not unlearned(same, np.ones(200, int), ("no", "yes"), "binary")
    assert not unlearned(answers(0.8)[0], LABELS, ("no", "yes"), "binary")
    shy = np.stack([1 - 0.4 * LABELS, 0.4 * LABELS], axis=1)  # is right from a threshold of 0.3 on
    assert unlearned(shy, LABELS, ("no", "yes"), "binary")
    assert not unlearned(shy, LABELS, ("no", "yes"), "binary", np.array([0.5, 0.3]))
    chance = unlearned(answers(0.5)[0], LABELS, ("no", "yes"), "binary")
    assert chance is not None
    assert (chance.words, chance.only) == ("It is hardly better than chance.", "")


def test_a_model_that_says_no_label_learned_nothing():
    labels = np.tile([1, 0], (20, 1))
    none = np.full((20, 2), 0.3)
    found = unlearned(none, labels, ("a", "b"), "multilabel")
    assert found is not None
    assert found.words == "It says no label of any sample."
    assert not unlearned(none, labels[:9], ("a", "b"), "multilabel")
    assert not unlearned(labels * 0.4, labels, ("a", "b"), "multilabel", np.array([0.3, 0.3]))
    assert not unlearned(labels * 0.9, labels, ("a", "b"), "multilabel")


def test_seeds_that_learned_nothing_are_named_before_what_may_be_said():
    made = {"hard": answers(0.9), "soft": answers(0.9)}
    made["soft"][2] = [0.4, 0.6]
    found = outcome_of(made)
    assert found.arms[0].unlearned == {}
    assert list(found.arms[1].unlearned) == [2]
    first, second, *_ = found.verdict()
    assert first == "“soft”, seed 3: nothing was learned. It answers only “yes”."
    assert "cannot be told" in second or "equal" in second


def test_models_that_all_learned_nothing_have_no_verdict():
    same = np.tile([0.4, 0.6], (1, 200, 1))
    found = outcome_of({"hard": same, "soft": same - [0.01, -0.01]})
    words = "Both models answer only “yes”: nothing was learned."
    assert found.verdict() == [words, TO_CHANGE]
    assert found.best is None
    several = outcome_of({"hard": np.repeat(same, 6, 0), "soft": np.repeat(same, 6, 0)})
    assert several.nothing == "All models answer only “yes”: nothing was learned."
    other = outcome_of({"hard": same, "soft": answers(0.5, seeds=1)})
    assert other.nothing == (
        "No model learned anything. It answers only “yes”. It is hardly better than chance."
    )


def test_of_one_seed_only_the_models_are_compared():
    found = outcome_of({"hard": answers(0.6, seeds=1), "soft": answers(0.9, seeds=1)})
    first, *_, last = found.verdict()
    assert first.startswith("As trained this once, “soft” answers better than “hard” by F1")
    assert "over samples alone, n = 200" in first
    assert last == ONE_SEED
    assert found.best is None


def test_one_seed_says_better_by_chance_no_more_often_than_it_may():
    rng = np.random.default_rng(0)
    said = 0
    for _ in range(100):
        hit = rng.random((2, 1, 300)) < 0.8
        first, second = (np.eye(2)[np.zeros(300, int)][None] * each[..., None] for each in hit)
        both = (Answered("", first * 0.6 + 0.2), Answered("", second * 0.6 + 0.2))
        accuracy = effects_of(*both, judged(np.zeros(300, int)), "multiclass")[1]
        said += accuracy.conclusion not in ("unknown", "equal")
    assert said <= 9


def test_a_metric_of_one_seed_has_no_spread():
    labels = np.array([0, 1] * 10)
    alone = outcome_of({"a": answers(0.8, 1, labels), "b": answers(0.8, 1, labels)}, labels)
    assert "±" not in alone.arms[0].in_words(0)
    assert " ± " in outcome(hard=0.7, soft=0.8).arms[0].in_words(0)
