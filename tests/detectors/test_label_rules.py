from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.evidence import NotChecked
from labelviz.detectors.label_rules import Rule, label_rules, learned_rules
from tests.conftest import dataset_of
from tests.detectors.conftest import evidence_of, found, rich

ABC = ("a", "b", "c")
CELLS = np.array([[1, 1, 0]] * 99 + [[1, 0, 0]] + [[0, 0, 1]] * 59 + [[0, 1, 1]] + [[0, 0, 0]] * 40)


def test_rules_by_hand():
    """Of 100 with a 99 carry b; of 60 with c one carries b, though half of all do."""
    assert learned_rules(CELLS) == [
        Rule(0, 1, together=True, confidence=0.99),
        Rule(1, 0, together=True, confidence=0.99),
        Rule(1, 2, together=False, confidence=0.99),
        Rule(2, 1, together=False, confidence=pytest.approx(59 / 60)),
    ]


def test_broken_rules_are_named():
    data = dataset_of(CELLS, ABC)
    finding = found(label_rules, evidence_of(data, np.full(CELLS.shape, 0.5)))
    broken = np.flatnonzero(finding.score > 0)
    assert broken.tolist() == [99, 159]
    assert finding.score[broken] == pytest.approx([0.99, 0.99])
    assert finding.words(99) == "99% of the samples with “a” also carry “b”."
    assert finding.words(0) == ""


@pytest.mark.parametrize("labels", [[0, 1], [[0, 1], [1, 0]]])
def test_where_there_are_no_rules_it_says_so(labels):
    assert isinstance(label_rules(evidence_of(dataset_of(labels))), NotChecked)


def test_order_changes_nothing(largest_change):
    data = dataset_of(CELLS, ABC)
    assert largest_change(label_rules, evidence_of(data, np.full(CELLS.shape, 0.5))) <= 1e-6
    assert isinstance(label_rules(rich(many=True)), NotChecked)
