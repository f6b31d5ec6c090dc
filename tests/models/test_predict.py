from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labelviz.errors import ModelRefused
from labelviz.models.loading import load_classifier
from labelviz.models.predict import evaluation_mode, predict, to_probabilities
from tests.conftest import dataset_of

SOME = ["good film", "x " * 40, "", "短片很好", "bad", "a dull, long film"]


def one_by_one(folder, *sides):
    """Softmax probabilities by the plainest route: one sample at a time, no padding."""
    loaded = load_classifier(folder)
    rows = []
    for texts in zip(*sides, strict=True):
        encoded = loaded.tokenizer(*texts, truncation=True, max_length=32, return_tensors="pt")
        encoded = {name: tensor.to(loaded.device) for name, tensor in encoded.items()}
        with torch.inference_mode():
            rows.append(loaded.model(**encoded).logits[0].double().softmax(-1).cpu().numpy())
    return np.array(rows)


def test_rows_come_in_the_order_of_the_dataset(tiny):
    dataset = dataset_of([0, 1, 0, 1, 0, 1], texts=[SOME])
    result = predict(dataset, tiny)
    np.testing.assert_allclose(result.values, one_by_one(tiny, SOME), atol=1e-6)
    np.testing.assert_allclose(result.values.sum(axis=1), 1, atol=1e-12)
    assert result.ids.tolist() == dataset.ids.tolist()
    assert len({tuple(row) for row in result.values}) == len(SOME)


def test_the_sides_of_a_pair_are_not_the_same(tiny):
    left, right = SOME[:3], SOME[3:]
    there = predict(dataset_of([0, 1, 0], texts=[left, right]), str(tiny))
    back = predict(dataset_of([0, 1, 0], texts=[right, left]), str(tiny))
    np.testing.assert_allclose(there.values, one_by_one(tiny, left, right), atol=1e-6)
    assert np.abs(there.values - back.values).max() > 1e-6


@pytest.mark.bad_input("G12")
def test_columns_follow_the_class_names_of_the_dataset(tiny):
    own = predict(dataset_of([0, 1], texts=[SOME[:2]]), tiny)
    swapped = predict(dataset_of([0, 1], ("yes", "no"), texts=[SOME[:2]]), tiny)
    assert swapped.classes == ("yes", "no")
    np.testing.assert_array_equal(swapped.values, own.values[:, ::-1])


def test_multilabel_cells_are_independent(tags):
    dataset = dataset_of([[1, 0, 0], [0, 1, 1]], ("a", "b", "c"), texts=[["good", "bad"]])
    values = predict(dataset, tags).values
    assert np.abs(values.sum(axis=1) - 1).min() > 0.1
    assert ((values > 0) & (values < 1)).all()


def test_other_classes_are_refused(tiny):
    with pytest.raises(ModelRefused, match="not the dataset's"):
        predict(dataset_of([0, 1], ("cat", "dog")), tiny)


def test_where_the_numbers_come_from(folder):
    dataset = dataset_of([0, 1])
    provenance = predict(dataset, folder).provenance
    assert provenance.relation == "unknown"
    assert provenance.source == str(folder)
    assert provenance.model_hash == load_classifier(folder).model_hash
    assert provenance.dataset == dataset.fingerprint
    for fingerprint, relation in ((dataset.fingerprint, "in-sample"), ("0" * 16, "unknown")):
        (folder / "labelviz.json").write_text(json.dumps({"dataset": fingerprint}))
        assert predict(dataset, folder).provenance.relation == relation


def test_progress_counts_samples(tiny):
    calls = []
    predict(dataset_of([0, 1, 0], texts=[SOME[:3]]), tiny, lambda *call: calls.append(call))
    assert calls[-1] == (3, 3, "samples")


def test_an_empty_dataset_has_no_probabilities(tiny):
    assert predict(dataset_of([], texts=[[]]), tiny).values.shape == (0, 2)


def test_evaluation_mode_ends():
    layer = torch.nn.Dropout()
    with evaluation_mode(layer):
        assert not layer.training
    assert layer.training


def test_probabilities_of_known_logits():
    rows = to_probabilities(np.array([[0, np.log(3)], [1000, -1000]]), multilabel=False)
    np.testing.assert_allclose(rows, [[0.25, 0.75], [1, 0]], atol=1e-15)
    cells = to_probabilities(np.array([[0, np.log(3), 1000, -1000]]), multilabel=True)
    np.testing.assert_allclose(cells, [[0.5, 0.75, 1, 0]], atol=1e-15)


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=3, max_size=3), st.booleans())
def test_probabilities_are_probabilities(row, multilabel):
    values = to_probabilities(np.array([row], dtype=np.float32), multilabel=multilabel)
    assert ((values >= 0) & (values <= 1)).all()
    if not multilabel:
        assert values.sum() == pytest.approx(1, abs=1e-12)
