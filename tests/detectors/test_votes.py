from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.dataset import MISSING
from labelviz.core.metrics import average_precision
from labelviz.detectors.votes import voted


def two(p_wrong: np.ndarray) -> np.ndarray:
    """An opinion on labels that are all 0."""
    return np.column_stack([1 - p_wrong, p_wrong])


def test_by_hand():
    # Mean doubt .1, so the model is believed by half: .05 / .1. One annotator contradicts the
    # second label, where the doubt is .2, so its mean worth is .2 and believed is .2 as well.
    opinion, given = two(np.array([0.0, 0.2])), np.array([0, 0])
    found = voted(opinion, given, np.array([[0, 1]]), [1.0])
    weight = 0.2**2 / (0.2**2 + 0.8**2)
    second = 1 - (1 - 0.5 * 0.2) * (1 - weight)
    assert found.model == pytest.approx([0.0, 0.1])
    assert found.error[1] == pytest.approx(second)
    assert found.mass[1, 1] == pytest.approx(0.5 * 0.2 + weight)
    assert found.error[0] < 1e-6


def test_who_agrees_makes_a_label_less_suspicious():
    doubt = np.full(40, 0.2)
    votes = np.zeros((1, 40), dtype=np.int64)
    votes[0, :10], votes[0, 30:] = 1, MISSING
    found = voted(two(doubt), np.zeros(40, dtype=np.int64), votes, [1.0])
    contradicted, agreed, silent = found.error[0], found.error[15], found.error[35]
    assert contradicted > silent > agreed
    assert silent == pytest.approx(found.model[35])
    # The model is believed by a quarter, .05 / .2; by hand as above the contradicted labels are
    # wrong by 1 - .95 * (1 - 1 / 17), and of all that the annotator met it caught so much:
    wrong = 1 - 0.95 * (1 - 1 / 17)
    caught = 10 * wrong / (10 * wrong + 20 * 0.05)
    odds = np.log(0.05 / 0.95) + 0.75 * np.log(1 - caught)
    assert agreed == pytest.approx(1 / (1 + np.exp(-odds)))


def test_agreement_tells_nothing_beside_a_model_that_knows():
    votes = np.zeros((1, 40), dtype=np.int64)
    votes[0, :10], votes[0, 30:] = 1, MISSING

    def told(doubt: float) -> float:
        """Log odds by which agreement lowers the error, over the evidence that it is."""
        error = voted(two(np.full(40, doubt)), np.zeros(40, dtype=np.int64), votes, [1.0]).error
        weight = doubt**2 / (doubt**2 + (1 - doubt) ** 2)
        alone = error[35]
        wrong = 1 - (1 - alone) * (1 - weight)
        caught = 10 * wrong / (10 * wrong + 20 * alone)
        lower = np.log(error[15] / (1 - error[15])) - np.log(alone / (1 - alone))
        return float(lower / np.log(1 - caught))

    assert told(0.05) == pytest.approx(0, abs=1e-6)
    assert told(0.5) == pytest.approx(0.9)  # believed by a tenth


def test_without_a_label_nothing_is_said_and_nothing_else_changes():
    opinion, votes = two(np.array([0.1, 0.3, 0.4])), np.array([[0, 1, 1]])
    found = voted(opinion, np.array([0, 0, MISSING]), votes, [1.0])
    without = voted(opinion[:2], np.array([0, 0]), votes[:, :2], [1.0])
    assert np.isnan(found.error[2])
    assert found.error[:2] == pytest.approx(without.error)


def test_the_rival_is_the_class_that_is_voted_for():
    opinion = np.tile([0.6, 0.3, 0.1], (20, 1))
    votes = np.tile([2], (3, 20)).reshape(3, 20)
    found = voted(opinion, np.zeros(20, dtype=np.int64), votes, [1.0] * 3)
    assert found.mass.argmax(axis=1).tolist() == [2] * 20


def world(seed: int, knows: float, right: tuple[float, ...], n: int = 4000):
    """5 % wrong labels; a model that knows so much; annotators whose contradictions are right in
    this share of cases, and each of which finds half of the errors."""
    rng = np.random.default_rng(seed)
    wrong = rng.random(n) < 0.05
    doubt = 1 / (1 + np.exp(-(knows * (2 * wrong - 1) + rng.normal(0, 1.2, n) - 1.2)))
    votes = []
    for share in right:
        false = 0.5 * wrong.sum() * (1 - share) / share / (~wrong).sum()
        votes.append(rng.random(n) < np.where(wrong, 0.5, false))
    return wrong, two(doubt), np.array(votes, dtype=np.int64)


@pytest.mark.parametrize("knows", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("right", [(0.9, 0.9, 0.9), (0.05, 0.3), (0.7, 0.05)])
def test_it_is_near_its_best_part_whoever_knows(knows: float, right: tuple[float, ...]):
    ours, best = [], []
    for seed in range(4):
        wrong, opinion, votes = world(seed, knows, right)
        given = np.zeros(len(wrong), dtype=np.int64)
        error = voted(opinion, given, votes, [1.0] * len(votes)).error
        ours.append(average_precision(error, wrong))
        counted = votes.mean(axis=0)
        best.append(max(average_precision(opinion[:, 1], wrong), average_precision(counted, wrong)))
    assert np.mean(ours) > 0.9 * np.mean(best)


def test_who_contradicts_nothing_is_passed_over_and_the_next_one_is_not():
    opinion, given = two(np.array([0.1, 0.4, 0.1, 0.3])), np.zeros(4, dtype=np.int64)
    agrees, contradicts = np.zeros(4, dtype=np.int64), np.array([0, 1, 0, 1])
    first = voted(opinion, given, np.array([agrees, contradicts]), [1.0, 1.0])
    last = voted(opinion, given, np.array([contradicts, agrees]), [1.0, 1.0])
    assert first.error == pytest.approx(last.error)
    assert first.error[1] > voted(opinion, given, agrees[None], [1.0]).error[1]
