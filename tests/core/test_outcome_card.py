"""The card of a comparison: what to train on, when that changes, and what it rests on."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from labelviz.core.effect import Effect, corrected
from labelviz.core.experiment import Arm, Outcome
from labelviz.core.metrics import Collapse, Metric
from labelviz.core.outcome_card import (
    outcome_json,
    outcome_markdown,
    recommendation,
    write_outcome,
)
from labelviz.core.reference import Reference
from labelviz.errors import ExportRefused

ROWS = np.arange(40)
REFERENCE = Reference("trusted", ROWS, ROWS % 2, ROWS, np.ones(40), 45, left_out=5)


def effect(low: float, high: float, p: float = 0.01, spread: float = 0.01) -> Effect:
    middle, half = (low + high) / 2, (high - low) / 2
    by_seed = tuple(middle + spread * sign for sign in (1, -1) * 4)
    return Effect("F1", middle, low, high, (middle - 0.8 * half, middle + 0.8 * half), p, by_seed)


def outcome(*effects: Effect, seeds: int = 8, kind: str = "trusted") -> Outcome:
    metrics = ((Metric("F1", 0.5, True, ""), Metric("NLL", 0.4, False, "")),) * seeds
    arms = [Arm("hard", "hard", metrics, {})]
    accuracy = replace(effect(-0.01, 0.01, 0.9), metric="accuracy")
    arms += [
        Arm(f"set {number}", "smooth:off=0.1", metrics, {}, (each, accuracy))
        for number, each in enumerate(effects)
    ]
    reference = replace(REFERENCE, kind=kind)
    return Outcome(
        "first | one", tuple(arms), seeds, 8, reference, {"dataset": "ab12", "seeds": [0, 1]}
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (outcome(effect(0.01, 0.03)), "Train on “set 0”: F1 +2.0 points (+1.0 to +3.0). It"),
        (outcome(effect(0.01, 0.03), kind="given"), "changes if trusted labels say otherwise"),
        (outcome(effect(0.01, 0.03), effect(0.02, 0.05)), "Train on “set 1”"),
        (outcome(effect(-0.005, 0.005, 0.9)), "by F1 all are equal within a point"),
        (outcome(effect(-0.04, -0.02)), "what differs by as much is worse"),
        (outcome(effect(0.01, 0.03), seeds=1), "one training each says nothing of targets"),
    ],
)  # fmt: skip
def test_what_is_recommended_and_when_it_changes(found: Outcome, words: str):
    assert words in recommendation(found)


def test_what_is_not_known_says_how_much_more_would_tell():
    # POWER * 0.06 / 2 = 0.0429 would have been shown: (0.0429 / 0.02)^2 = 4.6
    found = recommendation(outcome(effect(-0.01, 0.05, 0.2)))
    assert "difference of “set 0” by F1, +2.0 points, is real: about 5 times as many" in found
    # (0.0429 / 0.01)^2 = 18.4
    small = recommendation(outcome(effect(-0.029, 0.031, 0.8)))
    assert "+0.1 points: about 19 times as many seeds and test samples would show" in small
    few = effect(-0.01, 0.05, 0.2)
    assert "8 seeds cannot tell" in recommendation(outcome(replace(few, by_seed=few.by_seed[:4])))


def test_what_is_better_by_one_metric_and_worse_by_the_other_is_said_to_be_both():
    found = outcome(effect(0.01, 0.03))
    arm = found.arms[1]
    worse = replace(effect(-0.06, -0.02), metric="accuracy")
    found = replace(found, arms=(found.arms[0], replace(arm, effects=(arm.effects[0], worse))))
    assert (found.best, found.traded) == (None, found.arms[1])
    said = recommendation(found)
    assert said.startswith("Stay with “hard”, unless F1 is what matters: “set 0” is better by it")
    assert said.endswith("and worse by accuracy, -4.0 points.")


def test_seven_seeds_are_needed_where_two_sets_are_compared():
    all_better = replace(effect(0.01, 0.05, 2 / 64), by_seed=(0.02, 0.03, 0.04) * 2)
    assert all_better.conclusion == "better"
    two = corrected([all_better] * 2)
    assert {each.conclusion for each in two} == {"unknown"}
    said = outcome(*two, seeds=6)
    assert "Of 3 sets, fewer than 7 seeds cannot tell" in said.verdict()[0]
    assert recommendation(said).endswith("6 seeds cannot tell. It changes with 7 or more.")


def test_test_samples_that_cannot_tell_are_blamed_and_json_stays_json():
    few = replace(effect(0.5, 0.5), low=-np.inf, high=np.inf, inner=(-np.inf, np.inf))
    found = outcome(few)
    assert "cannot be told on these test samples (n = 40)" in found.verdict()[0]
    assert "these test samples, 40 in all, cannot tell" in recommendation(found)
    said = json.dumps(outcome_json(found), allow_nan=False)
    assert json.loads(said)["sets"][1]["effects"]["F1"]["interval_95"] is None


def test_nothing_is_recommended_of_models_that_learned_nothing():
    found = outcome(effect(0.01, 0.03), seeds=1)
    why = Collapse("It answers only “no”.", "no")
    arms = tuple(replace(arm, unlearned={0: why}) for arm in found.arms)
    assert recommendation(replace(found, arms=arms)).startswith("Recommend nothing yet: no model")


def test_json_says_all_of_it():
    said = json.loads(json.dumps(outcome_json(outcome(effect(0.01, 0.03)))))
    assert said["recommendation"].startswith("Train on “set 0”")
    assert said["sets"][1]["effects"]["F1"]["interval_95"] == [0.01, 0.03]
    assert said["sets"][1]["policy"] == "smooth:off=0.1"
    assert said["sets"][0]["metrics"]["NLL"] == [0.4] * 8
    assert said["made"] == {"dataset": "ab12", "seeds": [0, 1]}
    assert said["reference"] == {
        "labels": "trusted", "samples": 40, "tested": 45, "left_out": 5, "sharing_a_record": 0,
        "drawn_at_random": 0, "weighted": False, "cautions": [],
    }  # fmt: skip


def test_markdown_says_what_to_do_first_and_escapes_what_data_says():
    text = outcome_markdown(outcome(effect(0.01, 0.03)))
    head, bold, *_ = text.split("\n\n")
    assert head == "# `first | one`"
    assert bold.startswith("**Train on “`set 0`”: F1 +2.0 points")
    assert "| `seeds` | `0, 1` |" in text
    assert "| `40 of 45` |" in text
    assert "\n\n## Calibration\n\n" in text


def test_markdown_says_which_models_learned_nothing_and_of_what():
    found = outcome(effect(0.01, 0.03))
    dead = replace(found.arms[1], unlearned={3: Collapse("It answers only “no*”.", "no*")})
    text = outcome_markdown(replace(found, arms=(found.arms[0], dead)))
    line = "- “`set 0`”, seed 4: nothing was learned. `It answers only “no*”.`"
    assert line in text.splitlines()


def test_a_card_is_a_new_file_by_its_name(tmp_path):
    found = replace(outcome(effect(0.01, 0.03)), name="erstes Mal: schön")
    write_outcome(found, tmp_path / "card.md")
    assert (tmp_path / "card.md").read_text("utf-8") == outcome_markdown(found)
    write_outcome(found, tmp_path / "card.JSON")
    assert json.loads((tmp_path / "card.JSON").read_text("utf-8")) == outcome_json(found)
    assert "schön" in (tmp_path / "card.JSON").read_text("utf-8")
    with pytest.raises(ExportRefused):
        write_outcome(found, tmp_path / "card.md")


def test_what_is_equal_is_not_said_to_come_nearest():
    equal, behind = effect(-0.004, 0.004, 0.9), effect(-0.05, 0.03, 0.6)
    found = recommendation(outcome(equal, behind))
    assert found.startswith("Stay with “hard”: no other set came out ahead. Whether “set 1” is as")
    assert "-1.0 points; -5.0 to +3.0" in found
    ahead = recommendation(outcome(equal, effect(-0.01, 0.05, 0.2)))
    assert "difference of “set 1” by F1, +2.0 points" in ahead


def test_what_heads_say_is_a_hint_at_what_to_train():
    found = replace(outcome(effect(0.01, 0.03)), by_heads=True)
    assert recommendation(found).startswith("Train a model on “set 0” first: to linear heads")
    assert "no model that was trained" in found.verdict()[-1]
    assert "no model that was trained" in outcome_markdown(found)
    assert outcome(effect(0.01, 0.03)).verdict() == found.verdict()[:-1]


@pytest.mark.parametrize(
    ("kind", "words"),
    [("given", "errors included"), ("reviewed", "harder than the others"), ("trusted", "")],
)
def test_a_card_says_what_to_hold_against_the_labels_that_judge(kind: str, words: str):
    found = outcome(effect(0.01, 0.03), kind=kind)
    cautions = outcome_json(found)["reference"]["cautions"]
    assert bool(words) == any(words in each for each in cautions if words)
    assert all(each in outcome_markdown(found) for each in cautions)
