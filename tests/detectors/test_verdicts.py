from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info, threadpool_limits

from labelviz.core.arrays import strings
from labelviz.core.evidence import Evidence, Finding, Verdicts
from labelviz.core.metrics import average_precision
from labelviz.detectors import verdicts as verdicts_module
from labelviz.detectors.fusion import fuse
from labelviz.detectors.model_opinion import model_opinion
from labelviz.detectors.verdicts import _believed, _laplace, _without_own, learn, on_verdicts
from tests.conftest import dataset_of
from tests.detectors.conftest import evidence_of, found, renamed, rich, shuffled

NOBODY = np.zeros(400, dtype=bool)


def clumped(seed: int = 0, n: int = 400) -> tuple[Evidence, np.ndarray]:
    """Errors in one slice only, of which the model knows nothing."""
    rng = np.random.default_rng(seed)
    given = rng.integers(0, 2, n)
    place = np.array(["mall", "park", "hotel", "school"])[rng.integers(0, 4, n)]
    wrong = (place == "mall") & (rng.random(n) < 0.6)
    p = np.clip(np.where(given == 1, 0.7, 0.3) + rng.normal(0, 0.1, n), 0.01, 0.99)
    texts = [[f"{row} {row * 7919}" for row in range(n)]]
    data = dataset_of(given, texts=texts, slices={"place": strings(place)})
    return evidence_of(data, np.column_stack([1 - p, p])), wrong


def some(wrong: np.ndarray, count: int, seed: int = 1) -> Verdicts:
    """Verdicts about so many samples drawn at random."""
    rows = np.random.default_rng(seed).choice(len(wrong), count, replace=False)
    settled = np.full(len(wrong), np.nan)
    settled[rows] = wrong[rows]
    drawn = np.zeros(len(wrong), dtype=bool)
    drawn[rows] = True
    return Verdicts(settled, drawn)


def findings(evidence: Evidence) -> list[Finding]:
    return [found(lambda each: model_opinion(each, "opinion"), evidence)]


def test_the_weights_are_those_of_scikit_learn():
    """The same posterior odds as its classifier with the same fixed kernel."""
    rng = np.random.default_rng(0)
    x, wrong = rng.normal(size=(30, 2)), (rng.random(30) < 0.4).astype(float)
    kernel = RBF(1.0)
    theirs = GaussianProcessClassifier(kernel, optimizer=None).fit(x, wrong)
    weight, likelihood = _laplace(kernel(x), np.zeros(30), wrong)
    new = rng.normal(size=(5, 2))
    expected, _ = theirs.base_estimator_.latent_mean_and_variance(new)
    assert kernel(new, x) @ weight == pytest.approx(expected, abs=1e-3)
    assert likelihood == pytest.approx(theirs.log_marginal_likelihood_value_, abs=1e-3)


def test_a_clump_that_reviewers_met_is_found_in_the_rest():
    evidence, wrong = clumped()
    verdicts = some(wrong, 60)
    before = fuse(evidence, findings(evidence)).error
    after = fuse(replace(evidence, verdicts=verdicts), findings(evidence))
    rest = ~verdicts.settled
    assert average_precision(after.error[rest], wrong[rest]) > 0.5
    assert average_precision(before[rest], wrong[rest]) < 0.3
    mall = np.flatnonzero((evidence.dataset.slices["place"] == "mall") & rest)[0]
    assert after.parts["reviews"][mall] > 0


def test_of_too_many_verdicts_some_are_learned_from_and_each_once(
    monkeypatch: pytest.MonkeyPatch,
):
    evidence, wrong = clumped(n=60)
    verdicts = some(wrong, 12)
    told = findings(evidence)
    doubt = 4 * told[0].score - 2

    def without(*left_out: int) -> list[float]:
        settled = verdicts.wrong.copy()
        settled[list(left_out)] = np.nan
        return learn(evidence, Verdicts(settled, NOBODY[:60]), doubt, told).doubt.tolist()

    every = [without(int(row)) for row in np.flatnonzero(verdicts.settled)]
    whole = without()
    monkeypatch.setattr(verdicts_module, "MOST", 11)
    assert without() in every
    assert without() != whole


def test_a_verdict_has_the_doubt_that_the_others_give_it():
    """Against leaving each verdict out and fitting anew, with the same likeness."""
    rng = np.random.default_rng(0)
    x, mean = rng.normal(size=(40, 3)), rng.normal(size=40) - 1
    wrong = (rng.random(40) < 0.3).astype(float)
    kernel = 2 * RBF(1.0)(x) + 1.0
    latent = kernel @ _laplace(kernel, mean, wrong)[0]
    ours = _without_own(kernel, mean, wrong, latent)
    for left_out in range(40):
        others = np.delete(np.arange(40), left_out)
        weight, _ = _laplace(kernel[np.ix_(others, others)], mean[others], wrong[others])
        assert ours[left_out] == pytest.approx(kernel[left_out, others] @ weight, abs=0.1)
    assert np.abs(ours - latent).max() > 1


@pytest.mark.parametrize(("worth", "low", "high"), [(2.0, 0.9, 1.0), (0.0, 0.0, 0.2), (-2.0, 0, 0)])
def test_verdicts_are_believed_as_far_as_they_foretell_each_other(worth, low, high):
    """What is added tells twice as much as it claims, nothing, or the opposite."""
    rng = np.random.default_rng(0)
    mean, own = rng.normal(size=2000), rng.normal(size=2000)
    wrong = (rng.random(2000) < 1 / (1 + np.exp(1 - mean - worth * own))).astype(float)
    shift, share = _believed(mean, wrong, own)
    assert low <= share <= high
    assert shift == pytest.approx(-1, abs=0.4)


def test_a_few_verdicts_need_more_than_chance_to_be_doubted():
    """What is left out moves against its own verdict: so it tells the opposite of what it knows."""
    wrong = np.array([1.0, 0.0] * 5)
    _, share = _believed(np.zeros(10), wrong, 0.4 - 0.8 * wrong)
    assert share > 0.4
    _, share = _believed(np.zeros(400), np.tile(wrong, 40), np.tile(0.4 - 0.8 * wrong, 40))
    assert share == 0


def test_the_share_is_that_of_logistic_regression():
    rng = np.random.default_rng(1)
    own = rng.normal(size=5000)
    wrong = (rng.random(5000) < 1 / (1 + np.exp(1 - 0.5 * own))).astype(float)
    model = LogisticRegression(C=np.inf, tol=1e-10).fit(own[:, None], wrong)
    shift, share = _believed(np.zeros(5000), wrong, own)
    assert share == pytest.approx(model.coef_[0, 0], abs=1e-2)
    assert shift == pytest.approx(model.intercept_[0], abs=1e-2)


def test_where_verdicts_tell_nothing_of_each_other_the_order_stays(monkeypatch):
    evidence, wrong = clumped()
    told, doubt = findings(evidence), np.linspace(-2, 2, 400)
    verdicts = some(wrong, 60)
    usual = learn(evidence, verdicts, doubt, told)
    beyond = np.sum(list(usual.parts.values()), axis=0)
    rest = ~verdicts.settled
    assert usual.doubt[rest] == pytest.approx((doubt + beyond)[rest])
    assert np.ptp(beyond) > 1
    monkeypatch.setattr(verdicts_module, "_believed", lambda *_: (0.5, 0.0))
    unmoved = learn(evidence, verdicts, doubt, told)
    assert unmoved.doubt == pytest.approx(doubt + 0.5)
    assert {name: np.ptp(part) for name, part in unmoved.parts.items()} == dict.fromkeys(
        usual.parts, 0
    )


def test_no_verdict_judges_itself():
    """What scores say of reviewed samples holds of them, and of those that nobody reviewed."""
    reviewed, found_wrong, low, missed = [], [], [], []
    for seed in range(8):
        evidence, wrong = unseen(seed)
        verdicts = some(wrong, 100, seed)
        score = fuse(replace(evidence, verdicts=verdicts), findings(evidence)).error
        reviewed += score[verdicts.settled].tolist()
        found_wrong += wrong[verdicts.settled].tolist()
        low.append(wrong[verdicts.settled & (score < 0.5)].mean())
        missed.append(wrong[~verdicts.settled & (score < 0.5)].mean())
    assert np.mean(low) == pytest.approx(np.mean(missed), abs=0.05)
    high = np.array(reviewed) > 0.4
    assert high.sum() > 50
    assert np.array(reviewed)[high].mean() == pytest.approx(
        np.array(found_wrong)[high].mean(), abs=0.1
    )


def unseen(seed: int) -> tuple[Evidence, np.ndarray]:
    """Errors in clumps of records, a third of each clump, of which the model knows nothing."""
    rng = np.random.default_rng(seed)
    n = 600
    given, record = rng.integers(0, 2, n), rng.integers(0, 60, n)
    wrong = (record < 30) & (rng.random(n) < 0.5)
    p = np.clip(np.where(given == 1, 0.7, 0.3) + rng.normal(0, 0.1, n), 0.01, 0.99)
    places = strings(f"place {each}" for each in record)
    texts = [[f"{row} {row * 7919}" for row in range(n)]]
    data = dataset_of(given, texts=texts, slices={"place": places})
    return evidence_of(data, np.column_stack([1 - p, p])), wrong


def test_few_verdicts_change_nothing():
    evidence, wrong = clumped()
    fused = fuse(replace(evidence, verdicts=some(wrong, 9)), findings(evidence))
    assert fused.error.tolist() == fuse(evidence, findings(evidence)).error.tolist()
    assert "reviews" not in fused.parts


@pytest.mark.parametrize("all_are", [0.0, 1.0])
def test_verdicts_that_all_agree_move_everything_one_way(all_are: float):
    evidence, wrong = clumped()
    settled = some(wrong, 40).wrong.copy()
    settled[~np.isnan(settled)] = all_are
    error = fuse(replace(evidence, verdicts=Verdicts(settled, NOBODY)), findings(evidence)).error
    before = fuse(evidence, findings(evidence)).error
    assert np.isfinite(error).all()
    assert (error.mean() > before.mean()) == bool(all_are)


def test_random_controls_calibrate():
    _, wrong = clumped()
    doubt = np.where(wrong, 3.0, 1.0)  # in the right order, and much too sure
    p = on_verdicts(some(wrong, 200), doubt)
    assert p is not None
    assert p.mean() == pytest.approx(wrong.mean(), abs=0.05)
    assert on_verdicts(some(wrong, 49), doubt) is None
    assert on_verdicts(Verdicts(some(wrong, 200).wrong, NOBODY), doubt) is None
    nothing = np.zeros(400, dtype=bool)
    assert on_verdicts(some(nothing, 200), doubt) is None


def test_the_fusion_says_when_its_score_is_a_probability():
    evidence, wrong = clumped()
    assert fuse(replace(evidence, verdicts=some(wrong, 60)), findings(evidence)).calibrated
    chosen = Verdicts(some(wrong, 60).wrong, NOBODY)
    assert not fuse(replace(evidence, verdicts=chosen), findings(evidence)).calibrated


@pytest.mark.parametrize("many", [False, True])
def test_order_changes_nothing_and_a_seed_repeats(many: bool):
    evidence = rich(n=80, many=many)
    settled = np.full(80, np.nan)
    settled[:40] = np.arange(40) % 3 == 0

    def doubts(given: Evidence, wrong: np.ndarray) -> np.ndarray:
        verdicts = Verdicts(wrong, np.zeros(80, dtype=bool))
        doubt = np.nan_to_num(findings(given)[0].score)
        return learn(given, verdicts, doubt, findings(given)).doubt

    first = doubts(evidence, settled)
    assert doubts(evidence, settled).tolist() == first.tolist()
    order = np.random.default_rng(3).permutation(80)
    moved = doubts(shuffled(evidence, order), settled[order])
    assert moved == pytest.approx(first[order], abs=1e-3)
    assert doubts(renamed(evidence, np.array([2, 0, 1])), settled) == pytest.approx(first, abs=1e-3)


def test_verdicts_are_learned_in_one_thread(monkeypatch: pytest.MonkeyPatch):
    """Two that wait for one another made a refit last minutes on a busy machine."""
    evidence, wrong = clumped()
    threads: set[int] = set()

    def watched(*arguments: np.ndarray) -> tuple[np.ndarray, float]:
        threads.update(each["num_threads"] for each in threadpool_info())
        return _laplace(*arguments)

    monkeypatch.setattr(verdicts_module, "_laplace", watched)
    with threadpool_limits(2):
        fuse(replace(evidence, verdicts=some(wrong, 60)), findings(evidence))
        after = {each["num_threads"] for each in threadpool_info()}
    assert threads == {1}
    assert after == {2}
