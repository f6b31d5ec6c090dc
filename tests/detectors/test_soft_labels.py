from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelviz.core.evidence import NotChecked
from labelviz.core.metrics import average_precision
from labelviz.detectors.flag import NAMES, flag
from labelviz.detectors.soft_labels import NAME, WHY_NOT, soft_labels
from tests.conftest import dataset_of, probabilities_of
from tests.detectors.conftest import evidence_of, found

Q = np.array([[0.9, 0.1], [0.9, 0.1], [0.5, 0.5], [0.1, 0.9], [np.nan, np.nan]])
P = [[0.8, 0.2], [0.2, 0.8], [0.5, 0.5], [0.3, 0.7], [0.5, 0.5]]
DATA = dataset_of([0, 0, 0, 1, 1], soft=Q)


def test_a_label_is_doubted_as_far_as_it_claims_what_the_model_denies():
    finding = found(soft_labels, evidence_of(DATA, P))
    assert finding.score[1] == pytest.approx(1 - (0.9 * 0.2 + 0.1 * 0.8))
    assert finding.score[0] == pytest.approx(1 - (0.9 * 0.8 + 0.1 * 0.2))
    assert 0.48 < finding.score[2] < 0.49  # it fits, however undecided both are
    assert np.isnan(finding.score[4])
    assert finding.words(1) == (
        "The soft label gives “no” 0.90 and the model 0.20; the model gives “yes” 0.80."
    )
    assert finding.words(0) == finding.words(2) == ""


def test_a_label_that_is_far_surer_than_the_model_is_told():
    data = dataset_of([0], soft=np.array([[1.0, 0.0]]))
    finding = found(soft_labels, evidence_of(data, [[0.45, 0.55]]))
    assert finding.words(0) == (
        "The soft label gives “no” 1.00 and the model 0.45; the model gives “yes” 0.55. "
        "The label is far surer than the model."
    )
    less = dataset_of([0], soft=np.array([[0.55, 0.45]]))
    finding = found(soft_labels, evidence_of(less, [[0.0, 1.0]]))
    assert finding.words(0).endswith("yes” 1.00. The label is far less sure than the model.")


def test_of_several_labels_the_worst_cell_counts():
    soft = np.array([[0.9, 0.1], [0.9, np.nan]])
    data = dataset_of([[1, 0], [1, 0]], ("a", "b"), soft=soft)
    finding = found(soft_labels, evidence_of(data, [[0.9, 0.8], [0.2, 0.9]]))
    assert finding.score == pytest.approx([0.74, 0.74])
    assert "“b” 0.10 against 0.80" in finding.words(0)


def test_a_cell_that_fits_is_not_doubted_whatever_is_not_known_beside_it():
    soft = np.array([[0.6, np.nan], [0.6, 0.5]])
    data = dataset_of([[1, 0], [1, 0]], ("a", "b"), soft=soft)
    finding = found(soft_labels, evidence_of(data, [[0.45, 0.5]] * 2))
    assert (finding.score < 0.5).all()


def test_a_label_whose_top_class_is_the_model_s_is_not_flagged_and_keeps_its_order():
    soft = np.array([[0.5, 0.4, 0.1], [0.4, 0.3, 0.3], [0.5, 0.5, 0.0]])
    data = dataset_of([0, 0, 0], ("a", "b", "c"), soft=soft)
    finding = found(soft_labels, evidence_of(data, [[0.9, 0.05, 0.05]] * 2 + [[0.05, 0.9, 0.05]]))
    assert (finding.score < 0.5).all()
    assert finding.score[1] > finding.score[0]


def test_the_sentence_speaks_of_the_label_s_top_class_and_of_the_one_that_is_suggested():
    data = dataset_of([0, 1], ("a", "b", "c"), soft=np.array([[0.8, 0.0, 0.2], [0.2, 0.5, 0.3]]))
    finding = found(soft_labels, evidence_of(data, [[0.3, 0.25, 0.45], [0.3, 0.3, 0.4]]))
    assert "gives “a” 0.80" in finding.words(0)
    assert "the model gives “c” 0.45" in finding.words(0)


def test_words_that_clump_are_named_where_there_are_any():
    rng = np.random.default_rng(0)
    n = 3000
    there = rng.random(n) < 0.15
    texts = [
        f"{'museum' if each else 'old'} place {k}" if k % 20 else f"rare{k}"
        for k, each in enumerate(there)
    ]
    true = rng.beta(0.5, 0.5, n)
    q, p = rng.binomial(5, true) / 5, np.clip(true + rng.normal(0, 0.2, n), 0.02, 0.98)
    q = np.where(rng.random(n) < np.where(there, 0.6, 0.02), 1 - q, q)
    soft, opinion = (np.stack([1 - each, each], axis=1) for each in (q, p))
    data = dataset_of((q > 0.5).astype(int), texts=[texts], soft=soft)
    finding = found(soft_labels, evidence_of(data, opinion))
    flagged = np.flatnonzero(finding.score >= 0.5)
    said = [finding.words(row) for row in flagged]
    assert sum("less often: “museum" in each for each in said) > 100
    assert not any(": ." in each for each in said)


def test_soft_labels_are_judged_by_no_detector_of_hard_ones():
    found_ = flag(evidence_of(DATA, P))
    assert found_.detectors == (NAME,)
    unchecked = {each.detector: each.why for each in found_.not_checked}
    assert set(unchecked) == set(NAMES) - {NAME}
    assert set(unchecked.values()) == {WHY_NOT}
    assert found_.flagged.tolist() == [False, True, False, False, False]
    assert found_.suggested[1] == 1


def test_hard_labels_are_judged_as_ever_and_a_label_that_was_named_too():
    for evidence in (evidence_of(dataset_of([0, 1])), replace(evidence_of(DATA, P), audited="llm")):
        assert isinstance(soft_labels(evidence), NotChecked)


def test_a_model_that_was_told_the_labels_says_nothing_of_them():
    evidence = evidence_of(DATA, P)
    opinion = evidence.in_use
    told = replace(opinion, provenance=replace(opinion.provenance, relation="in-sample"))
    honest = {evidence.name: told, "other": probabilities_of(DATA, P)}
    said = soft_labels(replace(evidence, probabilities=honest))
    assert isinstance(said, NotChecked)
    assert "was told these labels" in said.why


def test_swapped_soft_labels_are_found_better_than_by_their_top_class():
    rng = np.random.default_rng(0)
    n = 2_000
    true = np.clip(rng.beta(0.7, 0.7, n), 0.02, 0.98)
    q = rng.binomial(5, true) / 5
    p = np.clip(true + rng.normal(0, 0.2, n), 0.02, 0.98)
    wrong = (rng.random(n) < 0.1) & (q != 0.5)
    q = np.where(wrong, 1 - q, q)
    soft = np.stack([1 - q, q], axis=1)
    data = dataset_of((q > 0.5).astype(int), soft=soft)
    finding = found(soft_labels, evidence_of(data, np.stack([1 - p, p], axis=1)))
    hard = np.where(q > 0.5, 1 - p, p)
    assert average_precision(finding.score, wrong) > 1.2 * average_precision(hard, wrong)
