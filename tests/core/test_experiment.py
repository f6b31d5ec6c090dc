"""What may be said of several sets of targets."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from labelviz.core.experiment import (
    Outcome,
    amount,
    arms_of,
    effects_of,
    seen,
)
from labelviz.core.metrics import unlearned

RNG = np.random.default_rng(0)
LABELS = RNG.integers(2, size=200)


def answers(right: float, seeds: int = 8, labels: np.ndarray = LABELS) -> np.ndarray:
    """(S, N, 2) answers of models that are right on so large a share."""
    rng = np.random.default_rng(int(1000 * right))
    hit = rng.random((seeds, len(labels))) < right
    said = np.where(hit, labels, 1 - labels)
    return np.eye(2)[said] * 0.8 + 0.1


def outcome(**right: float) -> Outcome:
    sets = dict.fromkeys(right, "hard")
    made = {name: answers(share) for name, share in right.items()}
    arms = arms_of(sets, made, (LABELS, np.arange(200)), classes=("no", "yes"), task="binary")
    return Outcome("test", arms, 8, 8, "trusted", 200, 0)


def test_effects_are_differences_of_the_usual_metrics():
    first, second = answers(0.7), answers(0.9)
    f1, accuracy, nll = effects_of(first, second, LABELS, np.arange(200), "binary")
    for seed in range(8):
        said = [each[seed].argmax(axis=1) for each in (first, second)]
        known = [f1_score(LABELS, each) for each in said]
        assert f1.by_seed[seed] == pytest.approx(known[1] - known[0])
        right = [(each == LABELS).mean() for each in said]
        assert accuracy.by_seed[seed] == pytest.approx(right[1] - right[0])
        losses = [-np.log(each[seed][np.arange(200), LABELS]).mean() for each in (first, second)]
        assert nll.by_seed[seed] == pytest.approx(losses[0] - losses[1])
    assert {each.conclusion for each in (f1, accuracy, nll)} == {"better"}


def test_of_several_labels_a_sample_is_right_where_all_cells_are():
    labels = np.array([[1, 0], [1, 1], [0, 0]] * 10)
    good = np.repeat((labels * 0.8 + 0.1)[None], 6, axis=0)
    bad = good.copy()
    bad[:, ::3, 0] = 0.2
    f1, accuracy, _ = effects_of(bad, good, labels, np.arange(30), "multilabel")
    assert accuracy.difference == pytest.approx(1 / 3)
    assert f1.difference == pytest.approx((1 - 2 / 3) / 2)


def test_the_best_set_is_the_one_that_is_better_by_most():
    found = outcome(hard=0.7, soft=0.9, softer=0.95, wrong=0.5)
    assert found.best is not None
    assert found.best.name == "softer"
    assert outcome(hard=0.9, soft=0.7).best is None


def test_p_is_corrected_for_the_number_of_sets():
    alone = outcome(hard=0.7, soft=0.9).arms[1].effects[0]
    among = outcome(hard=0.7, soft=0.9, softer=0.92).arms[1].effects[0]
    assert among.p == pytest.approx(2 * alone.p)


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
    assert len(said) == 3


def test_what_cannot_be_told_says_what_would_have_been_shown():
    found = outcome(hard=0.7, soft=0.701)
    said = found.said_of(found.arms[1])[1]
    assert said.startswith("Whether “soft” is better than “hard” by accuracy cannot be told: ")
    assert "8 seeds on these samples would have shown a difference of about " in said


def test_amounts_have_a_unit():
    assert amount(0.021, "F1") == "+2.1 points"
    assert amount(-0.5, "NLL") == "-0.500 nats"


def test_a_model_that_answers_one_thing_learned_nothing():
    same = np.tile([0.4, 0.6], (200, 1))
    assert unlearned(same, LABELS, ("no", "yes"), "binary") == "It answers only “yes”."
    assert not unlearned(same, np.ones(200, int), ("no", "yes"), "binary")
    assert not unlearned(answers(0.8)[0], LABELS, ("no", "yes"), "binary")
    chance = answers(0.5)[0]
    assert unlearned(chance, LABELS, ("no", "yes"), "binary") == "It is hardly better than chance."


def test_a_model_that_says_no_label_learned_nothing():
    labels = np.tile([1, 0], (20, 1))
    none = np.full((20, 2), 0.3)
    words = "It says no label of any sample."
    assert unlearned(none, labels, ("a", "b"), "multilabel") == words
    assert not unlearned(none, labels[:9], ("a", "b"), "multilabel")
    assert not unlearned(labels * 0.9, labels, ("a", "b"), "multilabel")


def test_seeds_that_learned_nothing_are_named():
    made = {"hard": answers(0.9), "soft": answers(0.9)}
    made["soft"][2] = [0.4, 0.6]
    arms = arms_of(
        dict.fromkeys(made, "hard"), made, (LABELS, np.arange(200)),
        classes=("no", "yes"), task="binary",
    )  # fmt: skip
    assert arms[0].unlearned == {}
    assert arms[1].unlearned == {2: "It answers only “yes”."}


def test_test_samples_that_training_saw_are_known():
    part = ["train", "test", "test", "validation", "test", ""]
    assert seen([1, 1, 2, 3, 3, 2], part).tolist() == [False, True, False, False, True, False]


def test_a_metric_of_one_seed_has_no_spread():
    labels = np.array([0, 1] * 10)
    made = {name: answers(0.8, seeds=1, labels=labels) for name in ("hard", "soft")}
    (arm, _) = arms_of(
        dict.fromkeys(made, "hard"), made, (labels, np.arange(20)),
        classes=("no", "yes"), task="binary",
    )  # fmt: skip
    assert "±" not in arm.in_words(0)
    assert " ± " in outcome(hard=0.7, soft=0.8).arms[0].in_words(0)
