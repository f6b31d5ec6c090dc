from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from labelviz.core.arrays import strings
from labelviz.core.metrics import average_precision
from labelviz.detectors import clumps
from labelviz.detectors.clumps import FOLDS, LEAST, RIDGE, Judged, Wording, judge

TOPICS = ("harbour", "museum", "bakery", "station", "garden")
FILLING = ("old", "new", "near the river", "with a view", "closed on monday", "since 1900")


def worded(*texts: Iterable[str]) -> Wording:
    """The words of texts whose ids are their numbers."""
    sides = tuple(strings(each) for each in texts)
    return Wording(sides, strings(str(n) for n in range(len(sides[0]))))


def alone(q: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Odds of a few labels, of which nothing is learned."""
    wording = worded(str(n) for n in range(len(q)))
    (found,), _ = judge(q[None], p[None], wording)
    assert found.clump == pytest.approx(np.zeros(len(q)), abs=1e-12)
    return found.odds


def made(
    seed: int, n: int = 4000, *, clumped: bool = True, hard: str = ""
) -> tuple[Wording, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Texts on five topics, soft labels of five votes, opinions, which labels are swapped, topics.

    A tenth is swapped, four fifths of that on one topic or anywhere. On a hard topic people part.
    """
    rng = np.random.default_rng(seed)
    topic = rng.integers(len(TOPICS), size=n)
    texts = [
        f"a {TOPICS[t]} {FILLING[rng.integers(len(FILLING))]} {FILLING[rng.integers(len(FILLING))]}"
        for t in topic
    ]
    true = np.clip(rng.beta(0.5, 0.5, n), 0.02, 0.98)
    part = topic == TOPICS.index(hard) if hard else np.zeros(n, dtype=bool)
    true[part] = rng.beta(8, 8, int(part.sum()))
    q = rng.binomial(5, true) / 5
    p = np.clip(true + rng.normal(0, 0.25, n), 0.02, 0.98)
    weight = np.where(topic == 1, 16.0, 1.0) if clumped else np.ones(n)
    wrong = np.zeros(n, dtype=bool)
    wrong[rng.choice(n, n // 10, replace=False, p=weight / weight.sum())] = True
    q = np.where(wrong, 1 - q, q)
    texts = [f"{text} number {at}" for at, text in enumerate(texts)]
    both = [np.stack([1 - each, each], axis=1) for each in (q, p)]
    return worded(texts), both[0], both[1], wrong & (q != 0.5), topic


def found(wording: Wording, q: np.ndarray, p: np.ndarray) -> Judged:
    (one,), _ = judge(q[None], p[None], wording)
    return one


def test_a_label_agrees_as_likely_as_one_class_drawn_from_each_is_the_same():
    q, p = np.array([[0.7, 0.3], [1, 0]]), np.array([[0.8, 0.2], [0.5, 0.5]])
    assert alone(q, p) == pytest.approx([np.log(0.38 / 0.62), 0])
    q, p = np.array([[0.5, 0.5, 0]]), np.array([[0.6, 0.2, 0.2]])
    assert alone(q, p) == pytest.approx([np.log((0.5 * 0.4 + 0.5 * 0.8) / 2 / 0.4)])


def test_of_a_hard_label_and_two_classes_it_is_the_log_odds_of_the_model():
    p = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert alone(np.array([[1.0, 0], [1, 0]]), p) == pytest.approx([-np.log(9), np.log(4)])


def alone_of(q: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Log odds of binary labels by the opinion alone."""
    return np.log((q * (1 - p) + (1 - q) * p) / (q * p + (1 - q) * (1 - p)))


@given(st.integers(2, 6), st.integers(0, 10_000))
@settings(deadline=None, max_examples=30)
def test_the_order_of_classes_changes_nothing(k: int, seed: int):
    rng = np.random.default_rng(seed)
    q, p = rng.dirichlet(np.ones(k), (2, 12))
    order = rng.permutation(k)
    assert alone(q[:, order], p[:, order]) == pytest.approx(alone(q, p))


def test_the_order_of_samples_changes_nothing():
    wording, q, p, _, _ = made(0, 1200)
    order = np.random.default_rng(1).permutation(1200)
    ids = strings(str(n) for n in order)
    turned = Wording((strings(wording._texts(order)),), ids)
    there, here = found(turned, q[order], p[order]), found(wording, q, p)
    assert np.abs(here.clump).max() > 0.1
    assert there.odds == pytest.approx(here.odds[order], abs=1e-3)
    assert there.clump == pytest.approx(here.clump[order], abs=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_errors_in_a_clump_are_found_better(seed: int):
    wording, q, p, wrong, topic = made(seed)
    one = found(wording, q, p)
    with_words = average_precision(one.odds, wrong)
    without = average_precision(one.odds - one.clump, wrong)
    assert with_words > 1.1 * without
    assert one.clump[topic == 1].mean() > 1
    assert one.clump[topic != 1].mean() < 0


@pytest.mark.parametrize("seed", range(3))
def test_without_clumps_words_harm_nothing(seed: int):
    wording, q, p, wrong, _ = made(seed, clumped=False)
    one = found(wording, q, p)
    with_words = average_precision(one.odds, wrong)
    assert with_words > 0.97 * average_precision(one.odds - one.clump, wrong)


@pytest.mark.parametrize("seed", range(3))
def test_a_hard_topic_is_no_wrong_one(seed: int):
    wording, q, p, wrong, topic = made(seed, clumped=False, hard="garden")
    one = found(wording, q, p)
    apart = one.clump[topic == 4].mean() - one.clump[topic != 4].mean()
    assert abs(apart) < 0.4
    with_words = average_precision(one.odds, wrong)
    assert with_words > 0.97 * average_precision(one.odds - one.clump, wrong)


def test_what_words_foretell_is_zero_on_average_and_the_strongest_are_named():
    wording, q, p, _, topic = made(5)
    (one,), weights = judge(q[None], p[None], wording)
    assert one.clump.mean() == pytest.approx(0, abs=1e-9)
    row = int(np.flatnonzero(topic == 1)[0])
    named = wording.strongest(row, weights[:, 0])
    assert "museum" in named[0]
    assert all("museum" in each for each in named)


@pytest.mark.parametrize("clumped", [True, False])
def test_so_many_are_wrong_as_the_odds_say(clumped: bool):
    chances, errors = [], []
    for seed in range(3):
        wording, q, p, wrong, _ = made(seed, clumped=clumped)
        known = (q != 0.5).any(axis=1)
        chances.append(1 / (1 + np.exp(-found(wording, q, p).odds[known])))
        errors.append(wrong[known])
    chance, wrong = np.concatenate(chances), np.concatenate(errors)
    assert chance.mean() == pytest.approx(wrong.mean(), abs=0.03)
    for low, high in ((0, 0.3), (0.3, 0.7), (0.7, 0.9), (0.9, 1.01)):
        there = (chance >= low) & (chance < high)
        assert there.sum() > 50
        assert wrong[there].mean() == pytest.approx(chance[there].mean(), abs=0.12)


def test_words_foretell_as_a_dense_ridge_regression_of_the_other_folds_does():
    wording, q, _, _, _ = made(2, 700)
    y = q[:, :1]
    told, weights = wording.foretell(y)
    presence = wording._words.transform(wording._joined).toarray()
    assert set(np.unique(presence)) == {0, 1}
    for fold in range(FOLDS):
        mine = wording.fold == fold
        dense = Ridge(RIDGE).fit(presence[~mine], y[~mine, 0])
        assert told[mine, 0] == pytest.approx(dense.predict(presence[mine]), abs=1e-4)
        assert weights[fold, 0] == pytest.approx(dense.coef_, abs=1e-4)


@pytest.mark.filterwarnings("error")
def test_an_opinion_that_is_surely_wrong_on_a_rare_easy_topic_breaks_nothing():
    rng = np.random.default_rng(0)
    n = 6000
    easy = rng.random(n) < 0.02
    q = np.where(easy, 1.0, rng.binomial(5, rng.beta(8, 8, n)) / 5)
    p = np.where(easy, 0.9999, rng.random(n))
    p[np.flatnonzero(easy)[:2]] = 0.0
    texts = [f"{'easy' if each else 'hard'} text {k}" for k, each in enumerate(easy)]
    one = found(worded(texts), *(np.stack([1 - each, each], axis=1) for each in (q, p)))
    assert np.isfinite(one.odds).all()


@pytest.mark.parametrize("power", [0.1, 3])
def test_opinions_that_are_too_faint_or_too_loud_are_made_as_sure_as_they_may_be(power: float):
    wording, q, p, wrong, _ = made(0)
    raised = p**power / (p**power).sum(axis=1, keepdims=True)
    ap = [average_precision(found(wording, q, each).odds, wrong) for each in (p, raised)]
    assert ap[1] > 0.93 * ap[0]


def test_where_labels_are_hard_a_hard_topic_is_known_by_the_opinion():
    rng = np.random.default_rng(0)
    wording, _, p, _, topic = made(0, clumped=False, hard="garden")
    true = np.where(topic == 4, rng.beta(8, 8, len(p)), rng.beta(0.3, 0.3, len(p)))
    opinion = np.clip(true + rng.normal(0, 0.05, len(p)), 0.02, 0.98)
    q = (rng.random(len(p)) < true).astype(float)
    wrong = rng.random(len(p)) < 0.1
    q = np.where(wrong, 1 - q, q)
    one = found(wording, *(np.stack([1 - each, each], axis=1) for each in (q, opinion)))
    assert average_precision(one.odds, wrong) > 0.97 * average_precision(
        alone_of(q, opinion), wrong
    )


def test_who_is_learned_from_hangs_on_no_order(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clumps, "LEARNED_FROM", 100)
    texts, ids = strings(["same"] * 300), strings(f"s{n}" for n in range(300))
    order = np.random.default_rng(0).permutation(300)
    here = Wording((texts, ids), ids)
    there = Wording((texts, ids[order]), ids[order])
    assert len(here.learned) == 100
    assert ids[here.learned].tolist() == ids[order][there.learned].tolist()
    assert len(set(here.fold.tolist())) == FOLDS


def test_of_scripts_without_spaces_characters_and_pairs_of_them_are_words():
    texts = [f"我们 {n}" for n in range(LEAST)] + ["เรา"] * LEAST
    names = worded(texts)._words.get_feature_names_out().tolist()
    assert set(names) == {"เ", "เ ร", "ร", "ร า", "า", "我", "我 们", "们"}


def test_words_of_both_sides_count_and_equal_texts_share_a_fold():
    wording = worded(["left"] * LEAST, ["right"] * LEAST)
    assert set(wording._words.get_feature_names_out()) == {"left", "right", "left right"}
    assert len(set(wording.fold.tolist())) == 1


def test_texts_that_share_no_word_foretell_nothing():
    rng = np.random.default_rng(0)
    q, p = rng.dirichlet([1, 1], (2, 600))
    wording = worded(f"w{n} \ud800" for n in range(600))
    one = found(wording, q, p)
    assert one.clump == pytest.approx(np.zeros(600), abs=1e-12)
    assert np.isfinite(one.odds).all()
    assert wording.strongest(0, np.zeros((FOLDS, 0))) == []


def test_cells_without_a_label_teach_nothing_and_are_left_alone():
    wording, q, p, _, topic = made(3)
    gone = topic == 0
    several = np.stack([np.where(gone[:, None], np.nan, q), q])
    first, second = judge(several, np.stack([p, p]), wording)[0]
    assert not first.odds[gone].any()
    assert second.odds == pytest.approx(found(wording, q, p).odds)
    assert first.clump[topic == 1].mean() > 1
