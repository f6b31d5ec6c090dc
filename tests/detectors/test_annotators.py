from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.dataset import MISSING
from labelviz.core.evidence import NotChecked
from labelviz.detectors.annotators import annotators, family_votes, outsiders
from tests.conftest import dataset_of
from tests.detectors.conftest import evidence_of, found, rich


def test_a_family_has_one_vote_and_relatives_of_the_author_have_none():
    data = dataset_of(
        [0, 0, 1],
        annotators={
            "gpt_new": np.array([1, 1, 1]),
            "flan_xl": np.array([1, 0, MISSING]),
            "flan_xxl": np.array([1, 1, MISSING]),
            "qwen": np.array([0, 0, MISSING]),
        },
    )
    assert outsiders(data, "llm_gpt") == ("flan_xl", "flan_xxl", "qwen")
    votes = family_votes(data, outsiders(data, "llm_gpt"))
    assert votes.counts.tolist() == [[1, 1], [1.5, 0.5], [0, 0]]
    finding = found(annotators, evidence_of(data, audited="llm_gpt"))
    assert finding.score[:2] == pytest.approx([1 / 2.5, 0.5 / 2.5])
    assert np.isnan(finding.score[2])
    assert finding.opinion is not None
    assert finding.opinion[:2] == pytest.approx(np.array([[0.5, 0.5], [1.75 / 2.5, 0.75 / 2.5]]))
    assert np.isnan(finding.opinion[2]).all()
    assert finding.words(0) == "2 of 3 annotators of another family say “yes”."
    assert finding.words(2) == ""
    assert not finding.supports(0)
    assert finding.supports(1)


def test_one_other_annotator_is_named():
    data = dataset_of([0, 1], annotators={"qwen": np.array([1, 1])})
    finding = found(annotators, evidence_of(data))
    assert finding.words(0) == "The other annotator, qwen, says “yes”."
    assert finding.score == pytest.approx([1 / 1.5, 0])
    related = dataset_of([0], annotators={"qwen": np.array([1]), "gpt_2": np.array([1])})
    finding = found(annotators, evidence_of(related, audited="gpt"))
    assert finding.words(0) == "The annotator of another family, qwen, says “yes”."


def test_where_they_are_divided_the_contradiction_is_told():
    others = {"a": np.array([0, 1]), "b": np.array([1, 0])}
    finding = found(annotators, evidence_of(dataset_of([0, 1], annotators=others)))
    assert finding.words(0) == "1 of 2 other annotators say “yes”."
    assert finding.words(1) == "1 of 2 other annotators say “no”."
    assert not finding.supports(0)
    assert not finding.supports(1)


def test_of_several_labels_the_most_contradicted_cell_counts():
    data = dataset_of(
        [[1, 0], [0, 0]],
        annotators={"a": np.array([[1, 1], [0, 0]]), "b": np.array([[1, 1], [1, 0]])},
    )
    finding = found(annotators, evidence_of(data, [[0.5, 0.5]] * 2))
    assert finding.score == pytest.approx([2 / 2.5, 1 / 2.5])
    assert finding.opinion is not None
    assert finding.opinion[0] == pytest.approx([2.25 / 2.5, 2.25 / 2.5])
    silent = dataset_of([[1, 0]] * 2, annotators={"a": np.array([[1, 1], [MISSING, MISSING]])})
    opinion = found(annotators, evidence_of(silent, [[0.5, 0.5]] * 2)).opinion
    assert opinion is not None
    assert np.isnan(opinion[1]).all()
    assert finding.words(0) == "2 of 2 other annotators say “no | yes”."


def test_without_others_it_says_why():
    assert annotators(evidence_of(dataset_of([0, 1]))) == NotChecked(
        "annotators", "Nobody else labelled these samples."
    )


def test_relatives_vote_where_there_is_nobody_else():
    labels = {"llm_gpt_2": np.array([1, 1]), "gpt_3": np.array([1, MISSING])}
    finding = found(annotators, evidence_of(dataset_of([0, 1], annotators=labels), audited="gpt"))
    assert finding.score == pytest.approx([1 / 1.5, 0])
    assert finding.words(0) == "2 of 2 annotators of the same family say “yes”."
    assert finding.words(1) == "The annotator of the same family, llm_gpt_2, says “yes”."


@pytest.mark.parametrize("many", [False, True])
def test_order_changes_nothing(largest_change, many: bool):
    assert largest_change(annotators, rich(many=many)) <= 1e-6
