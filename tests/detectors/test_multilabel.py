from __future__ import annotations

import numpy as np
import pytest
from cleanlab.multilabel_classification import get_label_quality_scores

from labelviz.detectors.confident_learning import names_of
from labelviz.detectors.multilabel import (
    any_error,
    cell_errors,
    expected_errors,
    moving_average,
    softmin,
)

QUALITY = np.array([[0.1, 0.2, 0.3]])


def test_the_golden_vectors():
    assert moving_average(QUALITY, 0.5) == pytest.approx([0.175])
    assert moving_average(QUALITY) == pytest.approx([0.124])
    assert softmin(QUALITY) == pytest.approx([0.142479], abs=1e-6)


def test_the_moving_average_is_cleanlabs_score():
    rng = np.random.default_rng(0)
    given, p = rng.integers(0, 2, (30, 4)), rng.random((30, 4))
    ours = moving_average(np.where(given == 1, p, 1 - p))
    assert ours == pytest.approx(get_label_quality_scores(names_of(given), p))


def test_errors_of_cells_by_hand():
    """Class 0: two cells in four reach the other side's mean, 0.6 and 0.5; class 1: none."""
    given = np.array([[1, 0], [1, 0], [0, 0], [0, 1]])
    p = np.array([[0.8, 0.1], [0.4, 0.2], [0.9, 0.2], [0.1, 0.7]])
    rate = np.array([(2 + 1) / 6, (0 + 1) / 6])
    doubt = np.where(given == 1, 1 - p, p)
    odds = doubt / (1 - doubt) * rate / (1 - rate)
    errors = cell_errors(given, p)
    assert errors == pytest.approx(odds / (1 + odds))
    assert any_error(errors)[2] == pytest.approx(1 - (1 - errors[2, 0]) * (1 - errors[2, 1]))
    assert expected_errors(errors)[2] == pytest.approx(errors[2].sum())


def test_a_class_that_is_never_wrong_raises_no_suspicion():
    """Many merely uncertain cells of a clean class weigh less than one contradicted cell."""
    rng = np.random.default_rng(0)
    given = rng.integers(0, 2, (400, 6))
    p = np.where(given == 1, 0.7, 0.3)
    p[:40, 0] = 1 - p[:40, 0]
    p[200] = np.where(given[200] == 1, 0.6, 0.4)
    total = any_error(cell_errors(given, p))
    assert (total[:40] > total[200]).all()
