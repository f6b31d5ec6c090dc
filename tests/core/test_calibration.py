from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labelviz.core.alarm import Alarm
from labelviz.core.calibration import calibrated, reliability, temperature, tempered
from labelviz.core.distributions import Provenance
from labelviz.errors import ProbabilitiesRefused
from tests.conftest import assert_message, dataset_of, probabilities_of


def too_sure(n=4_000, factor=3.0, seed=0):
    """Labels drawn from a softmax, and what a model says that is `factor` times too sure."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 3))
    true = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    labels = (true.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    hot = np.exp(factor * z)
    return labels, hot / hot.sum(axis=1, keepdims=True)


def test_reliability_by_hand():
    p = np.array([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.45, 0.55]])
    found = reliability(np.array([0, 0, 1, 1]), p, bins=10)
    assert found.count.tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 0, 3]
    assert found.sure[[5, 9]].tolist() == pytest.approx([0.55, 0.9])
    assert found.agree[[5, 9]].tolist() == pytest.approx([1.0, 2 / 3])
    assert found.error == pytest.approx((0.45 + 3 * (0.9 - 2 / 3)) / 4)
    assert found.overall == pytest.approx((3.25 / 4, 3 / 4))
    assert np.isnan(found.sure[0])


def test_missing_labels_are_no_claims():
    p = np.array([[0.9, 0.1], [0.8, 0.2]])
    assert reliability(np.array([-1, 0]), p).count.sum() == 1


def test_every_known_cell_is_a_claim_of_a_multilabel_dataset():
    p = np.array([[0.9, 0.2], [0.6, 0.4]])
    found = reliability(np.array([[1, 0], [0, -1]]), p, bins=10)
    assert found.count.tolist() == [0] * 6 + [1, 0, 1, 1]
    assert found.agree[[6, 8, 9]].tolist() == [0.0, 1.0, 1.0]


def test_the_temperature_that_made_a_model_too_sure_is_found():
    labels, p = too_sure()
    assert temperature(labels, p) == pytest.approx(3.0, abs=0.25)


def test_the_temperature_agrees_with_an_independent_search():
    from scipy.optimize import minimize_scalar

    labels, p = too_sure(500)

    def loss(t):
        z = np.log(p) / t
        z -= np.log(np.exp(z).sum(axis=1, keepdims=True))
        return -z[np.arange(len(z)), labels].mean()

    best = minimize_scalar(loss, bounds=(0.1, 10), method="bounded").x
    assert temperature(labels, p) == pytest.approx(best, abs=2e-3)


def test_a_sample_that_counts_twice_is_two_samples_to_a_temperature():
    labels, p = too_sure(300)
    weights = np.random.default_rng(1).integers(1, 4, len(p))
    often = np.repeat(np.arange(len(p)), weights)
    assert temperature(labels, p, weights.astype(float)) == temperature(labels[often], p[often])
    cells = (labels[:, None] == np.arange(3)).astype(np.int64)
    cells[::5, 1] = -1
    repeated = temperature(cells[often], p[often])
    assert temperature(cells, p, weights.astype(float)) == pytest.approx(repeated, abs=1e-3)
    assert repeated != temperature(cells, p)


def test_a_multilabel_temperature_is_that_of_its_cells():
    labels, p = too_sure(500)
    cells = (labels[:, None] == np.arange(3)).astype(np.int64)
    two = np.stack([1 - p.ravel(), p.ravel()], axis=1)
    assert temperature(cells, p) == temperature(cells.ravel(), two)


def test_a_model_that_is_never_wrong_stays_within_bounds():
    p = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert temperature(np.array([0, 1]), p) == pytest.approx(0.05)
    assert temperature(np.array([1, 0]), p) == pytest.approx(20)


@drawn(arrays(np.float64, (6, 3), elements=st.floats(0.001, 1)), st.floats(0.1, 10), st.booleans())
def test_a_temperature_keeps_the_order_of_classes(values, t, multilabel):
    p = values if multilabel else values / values.sum(axis=1, keepdims=True)
    after = tempered(p, np.full(len(p), t), multilabel=multilabel)
    assert (after >= 0).all()
    assert (after <= 1).all()
    if not multilabel:
        assert after.sum(axis=1) == pytest.approx(np.ones(len(p)))
    larger = p[:, :, None] > p[:, None, :] + 1e-9
    assert (after[:, :, None] >= after[:, None, :])[larger].all()


def test_a_temperature_of_one_changes_nothing():
    p = np.array([[0.2, 0.8], [0.5, 0.5]])
    for multilabel in (False, True):
        assert tempered(p, np.ones(2), multilabel=multilabel) == pytest.approx(p)


def test_calibration_is_fitted_outside_each_fold_and_mends_the_error():
    labels, p = too_sure(600)
    dataset = dataset_of(labels, ("a", "b", "c"))
    fold = np.arange(600) % 3
    before = probabilities_of(dataset, p, folds=fold)
    after = calibrated(dataset, before)
    assert (after.values.argmax(axis=1) == p.argmax(axis=1)).all()
    assert reliability(labels, after.values).error < reliability(labels, p).error / 2
    t = temperature(labels[fold != 1], p[fold != 1])
    expected = tempered(p[fold == 1], np.full(200, t), multilabel=False)
    assert (after.values[fold == 1] == expected).all()
    assert "temperatures from" in after.provenance.notes[-1]


def test_no_label_decides_about_its_own_probabilities():
    labels, p = too_sure(300)
    fold = np.arange(300) % 3
    changed = labels.copy()
    changed[fold == 0] = (changed[fold == 0] + 1) % 3
    first, second = (
        calibrated(data, probabilities_of(data, p, folds=fold)).values
        for data in (dataset_of(each, ("a", "b", "c")) for each in (labels, changed))
    )
    assert (first[fold == 0] == second[fold == 0]).all()
    assert (first[fold == 1] != second[fold == 1]).any()


def test_what_is_known_of_the_origin_stays_and_folds_are_made_where_there_are_none():
    labels, p = too_sure(100)
    dataset = dataset_of(labels, ("a", "b", "c"))
    alarm = Alarm("doubtful", 0.3, 1.0, 0.95, 100)
    origin = Provenance("unknown", "file.csv", alarm=alarm, notes=("scaled",))
    after = calibrated(dataset, probabilities_of(dataset, p, provenance=origin))
    assert after.provenance.alarm == alarm
    assert (after.provenance.relation, after.provenance.notes[0]) == ("unknown", "scaled")
    assert after.provenance.notes[-1].endswith("outside its fold of 5")


def test_too_few_labels_are_refused():
    dataset = dataset_of([0, 1] * 20)
    with pytest.raises(ProbabilitiesRefused, match="at least 50"):
        calibrated(dataset, probabilities_of(dataset, [[0.5, 0.5]] * 40))


@pytest.mark.bad_input("F17")
@pytest.mark.parametrize(
    ("relation", "alarm"), [("in-sample", None), ("unknown", Alarm("alarm", 0.3, 1.0, 0.95, 100))]
)
def test_a_model_that_was_told_the_labels_is_not_calibrated_on_them(relation, alarm):
    labels, p = too_sure(100)
    dataset = dataset_of(labels, ("a", "b", "c"))
    origin = Provenance(relation, "file.csv", alarm=alarm)
    with pytest.raises(ProbabilitiesRefused) as refused:
        calibrated(dataset, probabilities_of(dataset, p, provenance=origin))
    assert_message(
        refused.value, "trained on these labels", "file.csv", "", "Cross-validate, and calibrate"
    )
    assert refused.value.remedy == "Cross-validate, and calibrate that."
