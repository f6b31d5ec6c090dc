from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelviz.core.dataset import MISSING
from labelviz.core.distributions import Provenance
from labelviz.core.evidence import Evidence, NotChecked
from labelviz.detectors.model_opinion import model_opinion
from tests.conftest import dataset_of, probabilities_of
from tests.detectors.conftest import evidence_of, found, rich


def opinion(evidence):
    return model_opinion(evidence, "opinion")


def test_one_minus_the_probability_of_the_label():
    data = dataset_of([0, 1, MISSING])
    finding = found(opinion, evidence_of(data, [[0.8, 0.2], [0.7, 0.3], [0.5, 0.5]]))
    assert finding.score[:2] == pytest.approx([0.2, 0.7])
    assert np.isnan(finding.score[2])
    assert finding.words(0) == "The model gives the given label “no” 0.80."
    assert finding.words(1) == "The model gives “no” 0.70 and the given label “yes” 0.30."
    assert finding.supports(0)
    assert not finding.supports(1)


def test_of_several_labels_the_least_likely_cell_counts():
    data = dataset_of([[1, 0], [0, 1]])
    finding = found(opinion, evidence_of(data, [[0.1, 0.4], [0.2, 0.9]]))
    assert finding.score == pytest.approx([0.9, 0.2])
    assert finding.words(0) == "The model contradicts these cells: “no” 0.10."
    assert not finding.supports(0)
    assert finding.words(1) == ""


def test_a_class_counts_from_its_threshold_on_and_the_words_say_so():
    data = dataset_of([1, 0])
    given = probabilities_of(data, [[0.4, 0.6], [0.3, 0.7]])
    cuts = np.array([0.5, 0.75])
    said = opinion(Evidence(data, "opinion", {"opinion": given}, thresholds=cuts))
    assert not isinstance(said, NotChecked)
    assert said.score == pytest.approx([2 / 3, 7 / 16])
    assert said.words(0) == "The model gives “yes” 0.60 (counts from 0.75)."
    assert not said.supports(0)
    assert said.supports(1)
    plain = opinion(Evidence(data, "opinion", {"opinion": given}))
    assert not isinstance(plain, NotChecked)
    assert plain.score == pytest.approx([0.4, 0.7])
    both = {"opinion": given, "other": given}
    other = model_opinion(Evidence(data, "opinion", both, thresholds=cuts), "other")
    assert not isinstance(other, NotChecked)
    assert other.score == pytest.approx([0.4, 0.7])
    assert "counts" not in other.words(0)


def test_a_cell_counts_from_its_threshold_on():
    data = dataset_of([[0, 0]], ("x", "y"))
    given = probabilities_of(data, [[0.4, 0.4]])
    cuts = np.array([0.3, 0.5])
    said = opinion(Evidence(data, "opinion", {"opinion": given}, thresholds=cuts))
    assert not isinstance(said, NotChecked)
    assert said.words(0) == "The model contradicts these cells: “x” 0.40 (counts from 0.30)."


def test_a_model_that_was_told_the_labels_is_passed_over():
    data = dataset_of([0, 1])
    evidence = evidence_of(data)
    told = replace(
        probabilities_of(data, [[0.5, 0.5]] * 2), provenance=Provenance("in-sample", "m")
    )
    both = replace(evidence, probabilities={**evidence.probabilities, "told": told})
    assert model_opinion(both, "told") == NotChecked(
        "model told", "“told” comes from a model that was told these labels."
    )
    leaking = replace(told, provenance=Provenance("leaking", "m"))
    split = replace(evidence, probabilities={**evidence.probabilities, "split": leaking})
    assert model_opinion(split, "split") == NotChecked(
        "model split", "The folds of “split” split groups that belong together."
    )


@pytest.mark.parametrize("many", [False, True])
def test_order_changes_nothing(largest_change, many: bool):
    assert largest_change(opinion, rich(many=many)) <= 1e-6
