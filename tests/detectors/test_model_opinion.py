from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelviz.core.dataset import MISSING
from labelviz.core.distributions import Provenance
from labelviz.core.evidence import NotChecked
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
