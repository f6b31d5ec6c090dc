from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from labelviz.core.dataset import MISSING
from labelviz.core.evidence import Evidence, Finding, Verdicts
from labelviz.core.metrics import average_precision
from labelviz.detectors import fusion
from labelviz.detectors.annotators import annotators
from labelviz.detectors.fusion import fuse
from labelviz.detectors.model_opinion import model_opinion
from labelviz.detectors.slices import slices
from labelviz.detectors.stated_confidence import stated_confidence
from tests.conftest import dataset_of, probabilities_of
from tests.detectors.conftest import evidence_of, found, renamed, rich, shuffled


def model(evidence: Evidence) -> Finding:
    return found(lambda each: model_opinion(each, "opinion"), evidence)


def noisy(rng, truth, rate, k):
    """The truth with some labels moved to the next class."""
    return np.where(rng.random(len(truth)) < rate, (truth + 1) % k, truth)


def test_one_opinion_alone_is_taken_as_it_is():
    data = dataset_of([0, 1, MISSING])
    evidence = evidence_of(data, [[0.8, 0.2], [0.7, 0.3], [0.5, 0.5]])
    fused = fuse(evidence, [model(evidence)])
    assert fused.error[:2] == pytest.approx([0.2, 0.7])
    assert np.isnan(fused.error[2])
    assert fused.rival[:2].tolist() == [1, 0]
    assert fused.parts["model"][1] > 0 > fused.parts["model"][0]


def test_a_weak_source_does_not_drag_a_strong_one_down():
    """The mean of ranks would; weights from the data do not."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 2000)
    given = noisy(rng, truth, 0.1, 2)
    data = dataset_of(given)

    def opinion(strength):
        odds = strength * (truth - 0.5) + rng.normal(size=2000)
        p = 1 / (1 + np.exp(-odds))
        return probabilities_of(data, np.column_stack([1 - p, p]))

    sources = {"strong": opinion(4.0), "weak": opinion(0.2)}
    evidence = Evidence(data, "strong", sources)
    strong, weak = (
        found(lambda each, n=name: model_opinion(each, n), evidence) for name in sources
    )
    wrong = given != truth
    alone = average_precision(strong.score, wrong)
    ranks = strong.score.argsort().argsort() + weak.score.argsort().argsort()
    fused = average_precision(fuse(evidence, [strong, weak]).error, wrong)
    assert average_precision(ranks.astype(float), wrong) < 0.8 * alone
    assert fused > 0.99 * alone


@pytest.mark.parametrize(("second", "heard"), [(3.0, True), (0.2, False)])
def test_a_source_is_heard_that_says_at_least_half_as_much_as_the_best(second: float, heard: bool):
    """Of labels of which one in ten is of the second class, so that their shares alone say much."""
    rng = np.random.default_rng(0)
    truth = (rng.random(2000) < 0.1).astype(int)
    given = noisy(rng, truth, 0.05, 2)
    data = dataset_of(given)
    sources = {}
    for name, strength in (("first", 3.0), ("second", second)):
        p = 1 / (1 + np.exp(-(strength * (truth - 0.5) + rng.normal(size=2000) - 1)))
        sources[name] = probabilities_of(data, np.column_stack([1 - p, p]))
    evidence = Evidence(data, "first", sources)
    findings = [found(lambda each, n=name: model_opinion(each, n), evidence) for name in sources]
    fused = fuse(evidence, findings)
    assert len(fused.parts) == 1 + heard
    alone = max(average_precision(each.score, given != truth) for each in findings)
    assert (average_precision(fused.error, given != truth) > 1.02 * alone) == heard


def test_the_worth_of_marks_is_that_of_a_penalised_logistic_regression():
    """Against scikit-learn, which takes a probable error as two samples with weights."""
    evidence, wrong = crowd()
    rng = np.random.default_rng(3)
    scores = [
        np.where(wrong, 0.5 + by, 0.5 - by) + rng.normal(0, 0.1, len(wrong)) for by in (0.1, 0.02)
    ]
    scores = [np.clip(each, 0, 1) for each in scores]
    marks = [Finding(str(n), each, lambda _: "", granted=0.0) for n, each in enumerate(scores)]
    doubt = np.where(wrong, 1.0, -2.0)
    x = np.column_stack([each - each.mean() for each in scores])
    p = 1 / (1 + np.exp(-doubt))
    theirs = LogisticRegression(C=1 / (2 * fusion.RIDGE), tol=1e-8).fit(
        np.vstack([x, x]), np.repeat([1, 0], len(x)), np.append(p, 1 - p)
    )
    ours = fusion._worth(fusion._Cells(evidence.dataset), doubt, marks)
    assert ours == pytest.approx(theirs.coef_[0], abs=1e-3)
    assert ours.min() > 0.01


def crowd(seed: int = 0, n: int = 1500):
    """Labels whose errors the model repeats in one clump, and three unlike annotators."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, n)
    clump = rng.random(n) < 0.2
    given = noisy(rng, truth, np.where(clump, 0.4, 0.03), 2)
    p = np.clip(np.where(clump, 0.5, np.where(truth == 1, 0.9, 0.1)) + rng.normal(0, 0.1, n), 0, 1)
    others = {
        "alpha": noisy(rng, truth, 0.05, 2),
        "beta": noisy(rng, truth, 0.10, 2),
        "gamma": noisy(rng, truth, 0.45, 2),
    }
    others["alpha"][: n // 3] = MISSING
    data = dataset_of(given, annotators=others)
    return evidence_of(data, np.column_stack([1 - p, p]), audited="label"), given != truth


def test_with_other_annotators_it_beats_model_and_votes():
    evidence, wrong = crowd()
    findings = [model(evidence), found(annotators, evidence)]
    ap = [average_precision(np.nan_to_num(each.score), wrong) for each in findings]
    fused = fuse(evidence, findings)
    assert average_precision(fused.error, wrong) > max(ap) + 0.1
    assert set(fused.parts) == {"model", "annotators"}


def test_a_family_counts_as_the_root_of_its_members_and_relatives_for_half():
    names = ("gpt_1", "gpt_2", "gpt_3", "gpt_4", "qwen")
    assert fusion._shares(names, "other") == [0.5, 0.5, 0.5, 0.5, 1.0]
    assert fusion._shares(names, "llm_gpt") == [0.25, 0.25, 0.25, 0.25, 1.0]


def test_a_mark_counts_as_much_as_others_agree_with_it():
    """One that tells gets more weight than one that is random, and gains more than that loses."""
    evidence, wrong = crowd()
    rng = np.random.default_rng(1)
    telling = np.where(wrong, 0.5, 0.9) + rng.normal(0, 0.1, len(wrong))
    gain, weight = [], []
    for confidence in (telling, rng.random(len(wrong))):
        stated = replace(evidence.dataset, confidence=confidence)
        given = replace(evidence, dataset=stated)
        base, mark = model(given), found(stated_confidence, given)
        alone = average_precision(fuse(given, [base]).error, wrong)
        fused = fuse(given, [base, mark])
        gain.append(average_precision(fused.error, wrong) - alone)
        weight.append(np.ptp(fused.parts["stated confidence"]))
    assert weight[0] > 1.5 * weight[1]
    assert gain[0] > 0.1
    assert gain[0] > -3 * gain[1]


def test_slices_are_shown_and_have_no_weight():
    """They repeat the model before reviews, and what is learned from verdicts after."""
    evidence, wrong = crowd()
    base, shown = model(evidence), found(slices, evidence)
    settled = np.where(np.arange(len(wrong)) < 60, wrong, np.nan)
    reviewed = replace(evidence, verdicts=Verdicts(settled, np.zeros(len(wrong), dtype=bool)))
    for given in (evidence, reviewed):
        with_slices = fuse(given, [base, shown])
        assert with_slices.error.tolist() == fuse(given, [base]).error.tolist()
        assert "slices" not in with_slices.parts


@pytest.mark.parametrize(("granted", "worth"), [(0.0, 0.0), (2.5, 2.5)])
def test_a_mark_without_proof_is_worth_what_it_is_granted(granted: float, worth: float):
    evidence, wrong = crowd()
    score = np.random.default_rng(2).random(len(wrong))
    mark = Finding("mine", score, lambda _: "", granted=granted)
    alone = Finding("mine", score, lambda _: "", granted=0.0)
    base = model(evidence)
    parts = [np.ptp(fuse(evidence, [base, each]).parts["mine"]) for each in (mark, alone)]
    assert parts[0] - parts[1] == pytest.approx(worth * np.ptp(score), abs=1e-6)


def test_the_fusion_asks_what_a_finding_is_and_not_what_it_is_called():
    evidence, _ = crowd()
    findings = [model(evidence), found(annotators, evidence), found(slices, evidence)]
    renamed_ones = [replace(each, detector=f"other {each.detector}") for each in findings]
    first, second = fuse(evidence, findings), fuse(evidence, renamed_ones)
    assert first.error.tolist() == second.error.tolist()
    assert [f"other {name}" for name in first.parts] == list(second.parts)


@pytest.mark.parametrize("many", [False, True])
def test_order_changes_nothing_and_a_seed_repeats(many: bool):
    evidence = rich(n=200, many=many)

    def errors(given: Evidence):
        findings = [model(given), found(annotators, given), found(stated_confidence, given)]
        return fuse(given, findings).error

    first = errors(evidence)
    assert errors(evidence).tolist() == first.tolist()
    order = np.random.default_rng(3).permutation(200)
    assert errors(shuffled(evidence, order)) == pytest.approx(first[order], abs=1e-3)
    assert errors(renamed(evidence, np.array([2, 0, 1]))) == pytest.approx(first, abs=1e-3)


def test_a_label_stands_against_its_strongest_rival():
    data = dataset_of([0, 0], ("a", "b", "c"))
    evidence = evidence_of(data, [[0.4, 0.35, 0.25], [0.2, 0.3, 0.5]])
    fused = fuse(evidence, [model(evidence)])
    assert fused.error == pytest.approx([0.35 / 0.75, 0.5 / 0.7])
    assert fused.rival.tolist() == [1, 2]


def test_of_several_labels_the_most_doubtful_cell_counts():
    data = dataset_of([[1, 0], [0, 1]])
    evidence = evidence_of(data, [[0.9, 0.2], [0.1, 0.4]])
    fused = fuse(evidence, [model(evidence)])
    assert fused.error == pytest.approx([0.2, 0.6])
    assert fused.rival == pytest.approx(np.array([[0.1, 0.2], [0.1, 0.6]]))


def test_of_many_cells_one_is_doubtful_by_chance():
    data = dataset_of([[1, 0, 0, 0], [0, 1, 0, 0]] * 30, tuple("abcd"))
    p = np.where(data.given == 1, 0.9, 0.1)
    p[0, 0], p[1, 1] = 0.4, 0.1  # odds of 1.5 and of 9, of which four are due to chance
    fused = fuse(evidence_of(data, p), [model(evidence_of(data, p)), flat(data)])
    assert fused.error[0] < 0.5 < fused.error[1]
    assert fused.error[1] == pytest.approx(9 / 4 / (1 + 9 / 4), abs=0.05)


def flat(data) -> Finding:
    """A mark that says the same of every sample."""
    return Finding("flat", np.full(len(data), 0.5), lambda _: "", granted=0.0)


def test_where_labels_tell_nothing_of_two_sources_they_weigh_the_same():
    data = dataset_of([0, 1, 0])
    even = [[0.5, 0.5]] * 2
    opinions = [np.array([*even, last]) for last in ([0.8, 0.2], [0.4, 0.6])]
    findings = [
        Finding(name, np.zeros(3), lambda _: "", opinion, role="opinion")
        for name, opinion in zip("ab", opinions, strict=True)
    ]
    pooled, parts = fusion._pooled(fusion._Cells(data), np.arange(2), findings)
    odds = (np.log(0.8 / 0.2) + np.log(0.4 / 0.6)) / 2
    assert np.exp(pooled[2, 0]) == pytest.approx(1 / (1 + np.exp(-odds)), rel=1e-3)
    assert set(parts) == {"a", "b"}
