"""What a model that was told the reviews answers otherwise: by hand, and on known truth."""

from __future__ import annotations

from math import inf, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelviz.core.arrays import strings
from labelviz.core.dataset import MISSING
from labelviz.core.edits import ACTIONS, Edits
from labelviz.core.experiment import Answered
from labelviz.core.reference import reference_of
from labelviz.core.review_effect import (
    Contrast,
    Facts,
    Part,
    ReviewEffect,
    agreement_with,
    cross_entropy,
    denied,
    review_effect,
)
from tests.conftest import dataset_of

KEPT, ACCEPTED, CORRECTED, SOFTENED, EXCLUDED = range(len(ACTIONS))
NAN = float("nan")


def texts(count: int) -> list[list[str]]:
    """Texts that have nothing in common."""
    letters = np.random.default_rng(0).choice([*"abcdefghijklmnopqrstuvwxyz"], (count, 30))
    return [["".join(row) for row in letters]]


def edits_of(size: int, made: dict[int, tuple[int, list[float]]], k: int = 2) -> Edits:
    action, said = np.full(size, -1), np.full((size, k), np.nan)
    for row, (what, target) in made.items():
        action[row], said[row] = what, target
    return Edits(action, said)


def contrast_of(first, second, **more) -> Contrast:
    """Two models of one seed from (N, K) probabilities, or of several from (S, N, K)."""
    p = [np.asarray(each, dtype=float) for each in (first, second)]
    p = [each[None] if each.ndim == 2 else each for each in p]
    return Contrast(("before", "after"), Answered("hard", p[0]), Answered("hard", p[1]), **more)


def told(found: ReviewEffect) -> dict[str, tuple[object, ...]]:
    return {each.action: (each.samples, each.turned) for each in found.told}


# Four training samples, then a validation and eleven test samples. All are given "no", and the
# last six of them are "yes" in truth.
SIZE = 16
SPLIT = strings(["train"] * 4 + ["validation"] + ["test"] * 11)
TRUTH = np.array([1, 0, 1, 0, 1] + [0] * 5 + [1] * 6)
DATA = dataset_of(
    [0] * SIZE, texts=texts(SIZE), split=SPLIT,
    slices={"where": strings(["north", "south"] * 8)},
)  # fmt: skip
LIKELY_NO, LIKELY_YES = [0.8, 0.2], [0.4, 0.6]
BEFORE = np.array([LIKELY_NO] * SIZE)
AFTER = np.array([LIKELY_YES if yes else LIKELY_NO for yes in TRUTH])
TOLD = edits_of(
    SIZE,
    {
        0: (ACCEPTED, [0, 1]), 1: (KEPT, [1, 0]), 2: (SOFTENED, [0.25, 0.75]),
        3: (EXCLUDED, [NAN, NAN]), 4: (CORRECTED, [0, 1]),
    },
)  # fmt: skip
REVIEWED = edits_of(
    SIZE,
    {row: (each, TOLD.said[row].tolist()) for row, each in enumerate(TOLD.action.tolist())}
    | {row: (CORRECTED, [0, 1]) for row in range(10, 16)}
    | {row: (KEPT, [1, 0]) for row in range(5, 7)},
)  # fmt: skip


@pytest.fixture
def found() -> ReviewEffect:
    reference = reference_of(DATA, "trusted", TRUTH)
    flagged = np.array([False] * 7 + [True] * 9)
    return review_effect(
        contrast_of(BEFORE, AFTER), Facts(DATA, TOLD, REVIEWED, reference, flagged)
    )


def test_what_training_was_told_is_counted_apart(found: ReviewEffect):
    assert told(found) == {
        "kept": (1, 0), "accepted": (1, 1), "softened": (1, 1), "excluded": (1, 0),
    }  # fmt: skip
    assert found.edits == 4  # the validation sample is none of them
    by_action = {each.action: each for each in found.told}
    assert by_action["accepted"].agrees == (0, 1)
    assert by_action["accepted"].loss == pytest.approx((-log(0.2), -log(0.6)))
    expected = [-0.25 * log(p) - 0.75 * log(1 - p) for p in (0.8, 0.4)]
    assert by_action["softened"].loss == pytest.approx(tuple(expected))
    assert np.isnan([*by_action["excluded"].agrees, *by_action["excluded"].loss]).all()


def test_held_out_samples_are_judged_by_what_reviewers_did(found: ReviewEffect):
    by_action = {each.name: each for each in found.by_action}
    gain = log(0.6 / 0.2)
    assert by_action["corrected"] == Part("corrected", 0, 6, (0, 1), pytest.approx(gain), -inf, inf)
    assert by_action["kept"] == Part("kept", 1, 2, (1, 1), 0, -inf, inf)
    assert (by_action["softened"].edits, by_action["softened"].samples) == (1, 0)
    assert {each.differs for each in found.by_action} == {"few"}


def test_and_by_class_and_slice_with_the_edits_of_each(found: ReviewEffect):
    yes = found.by_class[1]
    # Told otherwise are samples 0, 2 and 3: all are given "no", and two of them are "yes" now.
    assert [(each.name, each.edits, each.samples) for each in found.by_class] == [
        ("no", 3, 5), ("yes", 2, 6),
    ]  # fmt: skip
    assert (yes.agrees, yes.gain) == ((0, 1), pytest.approx(log(3)))
    assert [(each.name, each.edits, each.samples) for each in found.by_slice["where"]] == [
        ("north", 2, 5), ("south", 1, 6),
    ]  # fmt: skip
    assert (found.tested, found.turned) == (11, 6)


def test_doubts_are_of_labels_that_nobody_settled(found: ReviewEffect):
    held, trained = found.held_out, found.trained
    assert (held.samples, held.first, held.second, held.both) == (3, 0, 0, 0)
    assert (held.flagged, held.still) == (3, 0)
    assert trained.samples == 0
    open_ = Facts(DATA, TOLD, edits_of(SIZE, {}), reference_of(DATA, "trusted", TRUTH))
    again = review_effect(contrast_of(BEFORE, AFTER), open_)
    assert (again.held_out.samples, again.held_out.second, again.held_out.flagged) == (11, 6, None)
    assert (again.trained.samples, again.trained.second) == (4, 2)


def test_every_reviewed_sample_is_listed_by_what_it_gained(found: ReviewEffect):
    rows = [each.row for each in found.changes]
    assert sorted(rows) == [0, 1, 2, 3, 4, 5, 6, *range(10, 16)]
    first, last = found.changes[0], found.changes[-1]
    assert (first.answers, first.denied, first.turned) == ((("no",), ("yes",)), (False, True), True)
    assert first.loss == pytest.approx((-log(0.2), -log(0.6)))
    assert (last.row, last.action, last.part, last.told) == (3, "excluded", "train", True)
    assert {each.row for each in found.changes if each.told} == {0, 1, 2, 3}


def test_slices_that_say_nothing_are_left_out_and_those_with_most_edits_come_first():
    values = ["rare", "north", "south", "south", *["rare"] * 2, *["north"] * 10]
    data = dataset_of([0] * SIZE, texts=texts(SIZE), split=SPLIT, slices={"where": strings(values)})
    facts = Facts(data, TOLD.only(TOLD.action != ACCEPTED), REVIEWED,
                  reference_of(data, "trusted", TRUTH))  # fmt: skip
    found = review_effect(contrast_of(BEFORE, AFTER), facts).by_slice["where"]
    assert [(each.name, each.edits, each.samples) for each in found] == [
        ("south", 2, 0), ("north", 0, 10),
    ]  # fmt: skip
    assert (found[0].differs, found[1].agrees) == ("few", (0.4, 1))


def test_what_was_not_asked_is_left_out():
    test = np.array([each == "test" for each in SPLIT])[:, None]
    before, after = (np.where(test, each, np.nan) for each in (BEFORE, AFTER))
    reference = reference_of(DATA, "trusted", TRUTH)
    found = review_effect(contrast_of(before, after), Facts(DATA, TOLD, REVIEWED, reference))
    assert [each.samples for each in found.told] == [1, 1, 1, 1]
    assert np.isnan([[each.turned, *each.agrees, *each.loss] for each in found.told]).all()
    assert (found.tested, found.turned) == (11, 6)
    assert (found.held_out.samples, found.trained.samples) == (3, 0)
    assert {each.part for each in found.changes} == {"test"}
    assert np.isfinite([each.gain for each in found.by_class]).all()


def test_a_test_sample_that_training_saw_alike_judges_nothing():
    same = [*texts(SIZE)[0]]
    same[15] = same[0]
    data = dataset_of([0] * SIZE, texts=[same], split=SPLIT)
    known = Facts(data, TOLD, REVIEWED, reference_of(data, "trusted", TRUTH))
    found = review_effect(contrast_of(BEFORE, AFTER), known)
    assert found.tested == 10
    assert {each.name: each.samples for each in found.by_action}["corrected"] == 5


def test_enough_samples_are_told_apart_and_all_intervals_hold_together():
    data = dataset_of(
        [0] * 60, texts=texts(60), split=strings(["train"] * 20 + ["test"] * 40),
        slices={"where": strings(["north", "south"] * 30)},
    )  # fmt: skip
    truth, rng = np.arange(60) % 2, np.random.default_rng(1)
    p = rng.uniform(0.2, 0.4, 60)
    before = np.stack([1 - p, p], axis=1)
    better = np.where(truth == 1, 0.4, 0.0) + rng.uniform(0, 0.1, 60)
    after = before + np.stack([-better, better], axis=1)
    known = Facts(data, edits_of(60, {}), edits_of(60, {}), reference_of(data, "trusted", truth))
    found = review_effect(contrast_of(before, after), known)
    north, south = found.by_slice["where"]
    assert (north.name, north.differs, south.differs) == ("north", "worse", "better")
    alone = review_effect(
        contrast_of(before, after),
        Facts(
            dataset_of([0] * 60, texts=texts(60), split=data.split,
                       slices={"all": strings(["x"] * 60)}),
            known.told, known.reviewed, known.reference,
        ),
    ).by_slice["all"][0]  # fmt: skip
    from labelviz.core.effect import two_way

    gain = (-np.log(before[20:, 0]) + np.log(after[20:, 0]))[None, truth[20:] == 0]
    assert (north.low, north.high) == pytest.approx(two_way(gain, 0.975))  # two parts are tried
    assert alone.samples == 40


def test_of_several_labels_each_model_says_all_it_gives_half():
    data = dataset_of([[1, 0]] * 16, ("a", "b"), texts=texts(16), split=SPLIT)
    one, both = np.tile([0.9, 0.1], (16, 1)), np.tile([0.9, 0.8], (16, 1))
    reference = reference_of(data, "trusted", np.array([[1, 1]] * 16))
    facts = Facts(data, edits_of(16, {}), edits_of(16, {}), reference)
    found = review_effect(contrast_of(one, both), facts)
    assert (found.tested, found.turned, found.seeds) == (11, 11, 1)
    back = review_effect(contrast_of(both, one), facts)
    assert back.turned == 11


def test_cross_entropy_of_several_labels_is_the_mean_over_cells():
    q, p = np.array([[1.0, 0.5]]), np.array([[0.8, 0.3]])
    expected = (-log(0.8) - 0.5 * log(0.3) - 0.5 * log(0.7)) / 2
    assert cross_entropy(q, p, multilabel=True).tolist() == pytest.approx([expected])


def test_agreement_takes_a_tie_either_way():
    q = np.array([[0.5, 0.5, 0], [0.2, 0.3, 0.5]])
    said = np.eye(3, dtype=bool)[[1, 1]]
    assert agreement_with(q, said, multilabel=False).tolist() == [True, False]
    cells = np.array([[0.5, 1.0], [0.9, 0.1]])
    assert agreement_with(cells, np.array([[True, True], [True, True]]), multilabel=True).tolist() \
        == [True, False]  # fmt: skip


def test_a_label_is_denied_where_another_class_is_likelier():
    p = np.array([[0.6, 0.4], [0.4, 0.6], [0.4, 0.6]])
    assert denied(np.array([0, 0, MISSING]), p).tolist() == [False, True, False]
    cells = np.array([[0, 1], [MISSING, 1], [1, 1]])
    assert denied(cells, p).tolist() == [True, False, True]


P = st.floats(0.05, 0.95)


@settings(max_examples=30)
@given(st.lists(P, min_size=SIZE, max_size=SIZE), st.lists(P, min_size=SIZE, max_size=SIZE))
def test_turning_the_two_round_turns_every_gain_round(first, second):
    one, other = (np.stack([1 - np.array(p), p], axis=1) for p in (first, second))
    known = Facts(DATA, TOLD, REVIEWED, reference_of(DATA, "trusted", TRUTH))
    there = review_effect(contrast_of(one, other), known)
    back = review_effect(contrast_of(other, one), known)
    assert there.turned == back.turned
    for each, turned in zip(there.parts, back.parts, strict=True):
        assert each.agrees == turned.agrees[::-1]
        assert each.gain == pytest.approx(-turned.gain, nan_ok=True)
        assert (each.low, each.high) == pytest.approx((-turned.high, -turned.low))
    assert (there.held_out.first, there.held_out.second) == (
        back.held_out.second, back.held_out.first,
    )  # fmt: skip
    same = review_effect(contrast_of(one, one), known)
    assert same.turned == 0
    assert {each.gain for each in same.parts if each.samples} == {0}


# Facts truth: two kinds of samples, of which an LLM gets one kind half wrong in one direction.


def world(seed: int, *, size: int = 700):
    """Features, truth and given labels; in the clump, positives are given as negatives."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(size, 3))
    clump = rng.random(size) < 0.4
    truth = (x[:, 0] + 0.3 * rng.normal(size=size) > 0).astype(int)
    label = np.where(clump & (truth == 1) & (rng.random(size) < 0.7), 0, truth)
    features = np.column_stack([x * ~clump[:, None], x * clump[:, None], clump])
    part = strings(np.where(np.arange(size) < size // 2, "train", "test").tolist())
    where = strings(np.where(clump, "clump", "rest").tolist())
    apart = strings(f"g{row}" for row in range(size))  # which need not be looked for in texts
    said = {"texts": texts(size), "split": part, "group": apart}
    data = dataset_of(label, slices={"kind": where}, **said)
    return features, truth, data


def answers(features, labels, seeds: range) -> np.ndarray:
    """(S, N, 2) of models that were trained on resampled training samples."""
    half = len(labels) // 2
    found = []
    for seed in seeds:
        rows = np.random.default_rng(seed).integers(half, size=half)
        p = logistic(features[rows], labels[rows], features)
        found.append(np.stack([1 - p, p], axis=1))
    return np.stack(found)


def logistic(x, y, wanted, ridge: float = 0.1):
    """(W,) probabilities by logistic regression, by Newton's method."""
    x, wanted = (np.column_stack([each, np.ones(len(each))]) for each in (x, wanted))
    w = np.zeros(x.shape[1])
    for _ in range(8):
        p = 1 / (1 + np.exp(-x @ w))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + ridge * np.eye(len(w))
        w -= np.linalg.solve(hessian, x.T @ (p - y) + ridge * w)
    return 1 / (1 + np.exp(-wanted @ w))


def experiment(seed: int, *, seeds: int, helps: bool) -> ReviewEffect:
    """What is said after all samples were reviewed, where the training was told of it or not."""
    features, truth, data = world(seed)
    action = np.where(truth == data.given, KEPT, ACCEPTED)
    reviewed = Edits(action, np.eye(2)[truth])
    labels = truth if helps else data.given
    first = answers(features, data.given, range(seeds))
    second = answers(features, labels, range(100, 100 + seeds))
    known = Facts(data, reviewed, reviewed, reference_of(data, "trusted", truth))
    return review_effect(contrast_of(first, second), known)


def test_where_edits_help_it_says_so_and_where():
    found = [experiment(seed, seeds=6, helps=True) for seed in range(10)]
    clump = [{each.name: each for each in one.by_slice["kind"]}["clump"] for one in found]
    assert {each.differs for each in clump} == {"better"}
    accepted = [{each.name: each for each in one.by_action}["accepted"] for one in found]
    assert {each.differs for each in accepted} == {"better"}
    # Of the rest nobody corrected anything, so that nothing is said of it, but for chance.
    rest = [{each.name: each for each in one.by_slice["kind"]}["rest"] for one in found]
    assert {each.edits for each in rest} == {0}
    assert sum(each.differs != "unknown" for each in rest) <= 1


def test_where_edits_do_nothing_it_says_nothing():
    # Every table may be wrong in 5 % of cases: of 3 x 40, more than 12 would be rarer than 1 in 80.
    found = [experiment(seed, seeds=6, helps=False) for seed in range(40)]
    tables = [t for one in found for t in (one.by_action, one.by_class, one.by_slice["kind"])]
    alarms = sum(any(each.differs in ("better", "worse") for each in one) for one in tables)
    assert alarms <= 12


def test_what_is_learned_by_heart_proves_nothing():
    features, truth, data = world(0)
    reviewed = Edits(np.where(truth == data.given, KEPT, ACCEPTED), np.eye(2)[truth])
    before = answers(features, data.given, range(1))[0]
    after = before.copy()
    train = np.arange(len(truth)) < len(truth) // 2
    after[train] = np.where(np.eye(2)[truth[train]] == 1, 0.99, 0.01)  # it knows all it was told
    known = Facts(data, reviewed, reviewed, reference_of(data, "trusted", truth))
    found = review_effect(contrast_of(before, after), known)
    assert {each.agrees[1] for each in found.told} == {1}
    assert found.turned == 0
    assert {each.differs for each in found.parts} == {"alike"}
