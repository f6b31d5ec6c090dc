"""What a review effect says, and what it leaves unsaid."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest

from labelviz.core.arrays import strings
from labelviz.core.reference import reference_of
from labelviz.core.review_effect import Change, Doubts, Part, ReviewEffect, Told
from labelviz.core.review_effect_words import (
    CHOSEN,
    DID,
    NO_DIFFERENCE,
    NOTHING_JUDGED,
    about_tables,
    changes_table,
    did_it_change,
    parts_table,
    told_table,
    what_is_doubtful,
    where_it_paid,
)
from tests.conftest import dataset_of

DATA = dataset_of([0, 1, 0], split=strings(["train", "validation", "test"]))
FEW = Part("softened", 3, 2, (0.5, 0.5), 0.1, -inf, inf)
SAME = Part("kept", 40, 20, (0.8, 0.8), 0.01, -0.1, 0.12)
BETTER = Part("accepted", 30, 25, (0.2, 0.8), 0.5, 0.2, 0.8)
WORSE = Part("no", 12, 1100, (0.9, 0.8), -0.25, -0.4, -0.1)
CHANGE = Change(
    2, "excluded", "test", False, (("no",), ("yes",)), (nan, nan), (False, True)
)  # fmt: skip


@pytest.fixture
def found() -> ReviewEffect:
    return ReviewEffect(
        names=("hard", "soft"), seeds=1, apart=(),
        reference=reference_of(DATA, "given", DATA.given), tested=1200, turned=31.0,
        told=(
            Told("kept", 30, 2.0, (0.9, 1.0), (0.3, 0.1)),
            Told("accepted", 10, 9.0, (0.1, 0.8), (2.0, 0.3)),
            Told("excluded", 2, 1.0, (nan, nan), (nan, nan)),
        ),
        by_action=(SAME, FEW), by_class=(), by_slice={},
        held_out=Doubts(900, 50, 40, 30, 12, 5), trained=Doubts(2000, 10, 20, 5, 9, 4),
        changes=(CHANGE,),
    )  # fmt: skip


def test_what_training_was_told_is_no_proof(found: ReviewEffect):
    first, fit, last = did_it_change(found)
    assert first.endswith("that “soft” was told and “hard” was not: 42.")
    # (30 + 8) / 40 and (30 x 0.9 + 10 x 0.1) / 40; excluded samples have no answer
    assert fit.startswith("On these, 95% of the answers are as the reviewers say now, and 70% were")
    assert "this proves nothing" in fit
    assert last == (
        "Test samples that no training saw: 1,200. “soft” answers 31 of them otherwise than “hard”."
    )


def test_without_edits_nothing_is_put_down_to_them(found: ReviewEffect):
    assert "no edit explains where they differ" in did_it_change(replace(found, told=()))[0]
    back, why, *_ = did_it_change(replace(found, told=(), untold=3))
    assert back == "“soft” was told no review of a training sample that “hard” was not."
    assert why == (
        "Reviews of training samples that “hard” was told and “soft” was not: 3. Where the two "
        "differ, these may be why."
    )
    count, tested = did_it_change(replace(found, told=found.told[2:]))
    assert count.endswith("was not: 2.")
    assert tested.startswith("Test samples")


def test_what_else_differs_and_has_to_be_known_is_said(found: ReviewEffect):
    lines = did_it_change(replace(found, apart=("policy", "seed"), cautions=("Careful.",)))
    assert lines[3].startswith("The two differ in more than reviews: policy, seed.")
    assert lines[4] == "Careful."


def test_no_difference_is_said_only_where_enough_was_judged(found: ReviewEffect):
    assert where_it_paid(replace(found, seeds=6)) == [NO_DIFFERENCE]
    assert where_it_paid(replace(found, seeds=6, by_action=(FEW,))) == [NOTHING_JUDGED]


def test_a_difference_that_does_not_matter_is_none(found: ReviewEffect):
    slight = replace(BETTER, gain=0.005, low=0.002, high=0.009)
    assert where_it_paid(replace(found, seeds=6, by_class=(slight,))) == [NO_DIFFERENCE]
    assert (slight.differs, replace(slight, high=0.01).differs) == ("alike", "better")
    assert replace(WORSE, low=-0.011, high=-0.001).differs == "worse"


@pytest.mark.parametrize(("seeds", "said"), [(1, "One training each cannot"), (5, "from 5 seeds")])
def test_of_few_trainings_nothing_is_called_an_effect(found: ReviewEffect, seeds: int, said: str):
    (line,) = where_it_paid(replace(found, seeds=seeds, by_action=(BETTER,), by_class=(WORSE,)))
    assert said in line
    assert "6 " in line or "6 or more" in line


def test_a_difference_over_seeds_is_said_with_how_it_was_chosen(found: ReviewEffect):
    by_slice = {"town": (BETTER,)}
    sure = replace(found, seeds=6, by_action=(BETTER, FEW), by_class=(WORSE,), by_slice=by_slice)
    lines = where_it_paid(sure)
    assert lines == [
        "Held-out samples with “suggestion accepted”: “soft” is better by 0.500 nats (+0.200 to "
        "+0.800, n = 25).",
        CHOSEN,
        "Held-out samples that are “no”: “soft” is worse by 0.250 nats (-0.400 to -0.100, "
        "n = 1,100; 12 edits).",
        "Held-out samples with town “accepted”: “soft” is better by 0.500 nats (+0.200 to +0.800, "
        "n = 25; 30 edits).",
    ]
    by_class = where_it_paid(replace(found, seeds=6, by_class=(WORSE,)))
    assert [line[:16] for line in by_class] == ["Held-out samples"]


def test_what_the_new_model_contradicts_is_told_apart_by_what_it_saw(found: ReviewEffect):
    held, flagged, trained = what_is_doubtful(found)
    assert held == (
        "Labels of held-out samples that nobody settled: 900. “soft” contradicts 40 of them, "
        "“hard” 50, both 30."
    )
    assert flagged == "Flagged among these are 12; “soft” contradicts 5 of the flagged ones."
    assert "nobody settled: 2,000. It contradicts 20 of them although it was told them" in trained
    nothing = Doubts(0, 0, 0, 0)
    assert what_is_doubtful(replace(found, held_out=nothing, trained=nothing)) == []
    unchecked = replace(found, held_out=Doubts(900, 50, 40, 30))
    assert len(what_is_doubtful(unchecked)) == 2


def test_of_few_samples_a_table_says_how_many_and_nothing_else():
    table = parts_table([BETTER, FEW], "Reviewers", DID)
    assert table == {
        "Reviewers": ["suggestion accepted", "softened"],
        "Told": ["30", "3"],
        "Held-out samples": ["25", "2"],
        "Right": ["20% → 80%", ""],
        "Gain in loss, nats": ["+0.500 (+0.200 to +0.800)", "too few to say"],
    }
    assert parts_table([BETTER], "Class")["Class"] == ["accepted"]


def test_the_other_tables(found: ReviewEffect):
    assert told_table(found.told) == {
        "Reviewers": ["given label kept", "suggestion accepted", "excluded"],
        "Samples": ["30", "10", "2"],
        "Answer changed": ["2", "9", "1"],
        "As reviewers say": ["90% → 100%", "10% → 80%", ""],
        "Loss, nats": ["0.30 → 0.10", "2.00 → 0.30", ""],
    }
    assert changes_table(found.changes, lambda row: f"s{row}") == {
        "id": ["s2"],
        "Reviewers": ["excluded"],
        "Part": ["test"],
        "Told": ["no"],
        "Answer": ["no → yes"],
        "Loss, nats": [""],
        "Contradicts the given label": ["no → yes"],
    }
    for seeds, said in ((1, "these trained models alone"), (5, "alone"), (6, "hold together")):
        about = about_tables(replace(found, seeds=seeds))
        assert "only “soft” was told" in about
        assert said in about
    assert set(DID) == {"kept", "accepted", "corrected", "softened", "excluded"}
    assert np.isinf(FEW.low)
