from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.decisions import Review
from labelviz.core.draws import FEWEST_DRAWN, Draws
from labelviz.core.evidence import control_order
from labelviz.core.reviewed import Reviewed, reviewed_of
from labelviz.core.statuses import Statuses
from tests.conftest import dataset_of, decision_of

SIZE = 200
DATA = dataset_of([0, 1] * (SIZE // 2))
EVERYTHING = np.ones(SIZE, dtype=bool)


def review_of(rows: list[int], verdicts: dict[int, str]) -> tuple[Review, Draws]:
    """Reviewed in this order: a class by row, or nothing for a sample nobody is sure about."""
    events, decided = [], np.zeros(SIZE, dtype=np.int64)
    for at, row in enumerate(rows, 1):
        said = {"label": (verdicts[row],)} if row in verdicts else {}
        verdict = "choose" if said else "unsure"
        events.append(decision_of(str(at), f"s{row}", verdict, on=DATA, sequence=at, **said))
        decided[row] = at
    review = Review(DATA, events)
    return review, Draws.of(Statuses.of(review), decided)


def test_nothing_is_said_before_thirty_random_samples():
    order = control_order(SIZE).tolist()
    review, draws = review_of(order[: FEWEST_DRAWN - 1], dict.fromkeys(range(SIZE), "yes"))
    assert len(reviewed_of(review, draws, EVERYTHING)) == 0
    assert not draws.counts(EVERYTHING).any()
    review, draws = review_of(order[:FEWEST_DRAWN], dict.fromkeys(range(SIZE), "yes"))
    said = reviewed_of(review, draws, EVERYTHING)
    assert said.rows.tolist() == sorted(order[:FEWEST_DRAWN])
    assert said.truth.tolist() == [1] * FEWEST_DRAWN


def test_the_one_that_stands_for_most_counts_as_one_review():
    worst = sorted(set(range(SIZE)) - set(control_order(SIZE)[:60].tolist()))[:40]
    rows = [*worst, *control_order(SIZE)[:60].tolist()]
    _, draws = review_of(rows, dict.fromkeys(range(SIZE), "no"))
    weights, counts = draws.weights(EVERYTHING), draws.counts(EVERYTHING)
    assert counts.max() == 1
    assert counts / counts.sum() == pytest.approx(weights / weights.sum())
    assert counts[worst].max() < counts[rows[50]]


def test_what_nobody_is_sure_about_is_left_out():
    rows = control_order(SIZE)[:40].tolist()
    review, draws = review_of(rows, dict.fromkeys(rows[:-1], "no"))
    assert rows[-1] not in reviewed_of(review, draws, EVERYTHING).rows


def test_a_class_and_a_part_of_them():
    said = Reviewed(np.array([4, 7]), np.array([[1, 0], [0, 0]]), np.array([1.0, 2.0]))
    assert said.of_class(0).truth.tolist() == [1, 0]
    part = said.among(np.array([False, True]))
    assert (part.rows.tolist(), part.truth.tolist(), part.counts.tolist()) == ([7], [[0, 0]], [2.0])


def test_the_share_of_wrong_labels_is_true_on_average_though_the_worst_were_reviewed_first():
    """Four hundred reviews: half of the cards are the worst by a score that knows something."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(400):
        wrong = rng.random(SIZE) < 0.15
        score = wrong * 0.5 + rng.random(SIZE)
        shuffled = rng.permutation(SIZE)  # which sample stands where in the fixed shuffle
        worst = iter(np.argsort(-score).tolist())
        random = iter(shuffled.tolist())
        decided = np.zeros(SIZE, dtype=np.int64)
        for at in range(1, 101):
            row = next(each for each in (worst if at % 2 else random) if not decided[each])
            decided[row] = at
        place = np.empty(SIZE, dtype=np.int64)
        place[shuffled] = control_order(SIZE)  # where this module's shuffle has them
        moved, says = np.zeros(SIZE, dtype=np.int64), np.full(SIZE, -1)
        moved[place] = decided
        says[place] = np.where(decided > 0, wrong, -1)
        counts = Draws(moved, says).counts(EVERYTHING)
        estimate = (counts * (says == 1)).sum() / counts.sum()
        plain = wrong[decided > 0].mean()
        found.append((estimate - wrong.mean(), plain - wrong.mean()))
    error, naive = np.mean(found, axis=0)
    assert abs(error) < 0.01
    assert naive > 0.08
