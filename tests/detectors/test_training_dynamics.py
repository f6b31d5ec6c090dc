from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.evidence import NotChecked, TrainingLog
from labelviz.detectors.training_dynamics import training_dynamics
from tests.conftest import dataset_of
from tests.detectors.conftest import evidence_of, found, rich

LOGITS = np.array([[[2, 0, 1.0]], [[1, 1.5, 0]], [[3, 1, 0]]])


def test_the_golden_vector():
    data = dataset_of([0], ("a", "b", "c"))
    finding = found(training_dynamics, evidence_of(data, log=TrainingLog(LOGITS, "run")))
    assert finding.score == pytest.approx([1 - 0.613512], abs=1e-6)
    assert finding.words(0) == (
        "While it was trained, the model gave this label 0.61 on average and put it first at 67% "
        "of the checkpoints."
    )


def test_without_a_log_it_says_so():
    data = dataset_of([0, 1])
    assert isinstance(training_dynamics(evidence_of(data)), NotChecked)
    short = TrainingLog(np.zeros((1, 2, 2)), "run")
    assert isinstance(training_dynamics(evidence_of(data, log=short)), NotChecked)


@pytest.mark.parametrize("many", [False, True])
def test_order_changes_nothing(changes_nothing, many: bool):
    changes_nothing(training_dynamics, rich(many=many))
