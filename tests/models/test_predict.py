from __future__ import annotations

import json
import multiprocessing
import os
import signal
import tracemalloc
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelviz.core.arrays import strings
from labelviz.core.precision import Drift
from labelviz.core.settings import ModelUse
from labelviz.errors import ModelRefused
from labelviz.models import precision as choosing
from labelviz.models import predict as predicting
from labelviz.models.batches import Tokens
from labelviz.models.cache import Plan
from labelviz.models.loading import load_classifier
from labelviz.models.precision import VARIABLE
from labelviz.models.predict import evaluation_mode, predict, to_probabilities
from labelviz.models.scratch import new_classifier
from tests.conftest import assert_message, dataset_of
from tests.models.conftest import SMALL, TEXTS

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


def test_rows_come_in_the_order_of_the_dataset(tiny, rounding):
    dataset = dataset_of([0, 1, 0, 1, 0, 1], texts=[SOME])
    result = predict(dataset, tiny)
    np.testing.assert_allclose(result.values, one_by_one(tiny, SOME), atol=rounding)
    np.testing.assert_allclose(result.values.sum(axis=1), 1, atol=1e-12)
    assert result.ids.tolist() == dataset.ids.tolist()
    assert len({tuple(row) for row in result.values}) == len(SOME)


def test_the_sides_of_a_pair_are_not_the_same(tiny, rounding):
    left, right = SOME[:3], SOME[3:]
    there = predict(dataset_of([0, 1, 0], texts=[left, right]), str(tiny))
    back = predict(dataset_of([0, 1, 0], texts=[right, left]), str(tiny))
    np.testing.assert_allclose(there.values, one_by_one(tiny, left, right), atol=rounding)
    assert np.abs(there.values - back.values).max() > 1e-6


@pytest.mark.bad_input("G12")
def test_columns_follow_the_class_names_of_the_dataset(tiny, precision):
    own = predict(dataset_of([0, 1], texts=[SOME[:2]]), tiny)
    swapped = predict(dataset_of([0, 1], ("yes", "no"), texts=[SOME[:2]]), tiny)
    assert swapped.classes == ("yes", "no")
    np.testing.assert_array_equal(swapped.values, own.values[:, ::-1])


def test_multilabel_cells_are_independent(tags, precision):
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


def test_a_model_that_was_trained_here_is_known_by_any_of_its_names(folder, monkeypatch):
    dataset = dataset_of([0, 1])
    (folder / "labelviz.json").write_text(json.dumps({"dataset": dataset.fingerprint}))
    monkeypatch.setenv("HOME", str(folder.parent))
    assert predict(dataset, f"~/{folder.name}").provenance.relation == "in-sample"


def test_progress_counts_samples(tiny):
    calls = []
    predict(dataset_of([0, 1, 0], texts=[SOME[:3]]), tiny, lambda *call: calls.append(call))
    assert calls[-1] == (3, 3, "samples")


def varied(n=40):
    """Texts of many lengths, every fifth of them shown before."""
    return [f"film {row - row % 5 and row} " + "good bad " * (row % 7) for row in range(n)]


def test_identical_samples_are_computed_once(tiny, monkeypatch, precision):
    computed = batches_of(monkeypatch)
    values = predict(dataset_of([0] * 6, texts=[["a", "b", "a", "a", "b", "c"]]), tiny).values
    assert sum(computed) == 3
    assert values[0].tolist() == values[2].tolist() == values[3].tolist()
    assert len({tuple(row) for row in values}) == 3


def batches_of(monkeypatch):
    """The sizes of all batches that are computed for good from now on."""
    sizes, add = [], Plan.add

    def counted(self, keys, logits):
        sizes.append(len(keys))
        add(self, keys, logits)

    monkeypatch.setattr(Plan, "add", counted)
    return sizes


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(predicting, "token_budget", lambda _: 64)
    monkeypatch.setattr(predicting, "STRETCH", 16)


def test_what_a_stopped_run_did_is_neither_tokenised_nor_handed_out_again(monkeypatch):
    monkeypatch.setattr(predicting, "STRETCH", 3)
    asked = []

    def tokens(inputs):
        asked.append(inputs.tolist())
        return Tokens(inputs, None, np.arange(len(inputs) + 1), 0)  # of one token each

    missing = np.arange(10, 18)
    work = SimpleNamespace(
        tokens=tokens, budget=8, inputs=SimpleNamespace(rows=np.arange(20)),
        dataset=SimpleNamespace(texts=(strings(f"text {n}" for n in range(20)),)),
    )  # fmt: skip
    left = list(predicting._stretches(work, missing, 3))
    assert [each.inputs.tolist() for each in left] == [[13, 14, 15], [16, 17]]
    assert [each.done for each in left] == [0, 0]
    assert left[0].texts[0].tolist() == ["text 13", "text 14", "text 15"]
    assert [each.done for each in predicting._stretches(work, missing, 4)] == [1, 0]
    assert list(predicting._stretches(work, missing, 8)) == []
    assert asked == []
    batches = list(predicting._batches(work, missing, 3))
    assert np.concatenate([each.inputs for each in batches]).tolist() == [13, 14, 15, 16, 17]
    assert asked == [[13, 14, 15], [16, 17]]


@pytest.mark.usefixtures("small_batches")
def test_a_second_run_computes_only_what_is_new(tiny, tmp_path, monkeypatch, precision):
    computed = batches_of(monkeypatch)
    texts = varied()
    first = predict(dataset_of([0] * 40, texts=[texts]), tiny, cache=tmp_path)
    assert sum(computed) == len(set(texts))
    computed.clear()
    calls = []
    again = predict(
        dataset_of([0] * 40, texts=[texts]), tiny, lambda *c: calls.append(c), cache=tmp_path
    )
    assert computed == []
    assert calls == [(40, 40, "samples")]
    np.testing.assert_array_equal(again.values, first.values)
    more = predict(
        dataset_of([0] * 43, texts=[["new", *texts, "newer", "new"]]), tiny, cache=tmp_path
    )
    assert sum(computed) == 2
    np.testing.assert_array_equal(more.values[1:41], first.values)


def test_what_changes_an_output_is_not_taken_from_the_cache(
    folder, edit, tmp_path, monkeypatch, precision
):
    computed = batches_of(monkeypatch)
    dataset = dataset_of([0, 1], texts=[["good", "bad"]])
    own = predict(dataset, folder, cache=tmp_path).values
    edit(folder / "config.json", id2label={"0": "yes", "1": "no"}, label2id={"yes": 0, "no": 1})
    renamed = predict(dataset, folder, cache=tmp_path).values
    np.testing.assert_array_equal(renamed, own[:, ::-1])  # names move columns, and compute nothing
    assert len(computed) == 1
    edit(folder / "config.json", layer_norm_eps=0.5)
    assert np.abs(predict(dataset, folder, cache=tmp_path).values - renamed).max() > 0
    assert len(computed) == 2


@pytest.mark.usefixtures("small_batches")
@given(st.permutations(range(12)))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_neither_the_order_of_rows_nor_of_classes_changes_a_bit(tiny, precision, order):
    texts = varied(12)
    own = predict(dataset_of([0] * 12, texts=[texts]), tiny).values
    moved = dataset_of([0] * 12, ("yes", "no"), texts=[[texts[row] for row in order]])
    np.testing.assert_array_equal(predict(moved, tiny).values[:, ::-1], own[list(order)])


@given(st.integers(1, 400), st.integers(1, 20))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_batches_change_a_probability_by_rounding_only(tiny, rounding, budget, stretch):
    texts = varied(12)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predicting, "token_budget", lambda _: budget)
        patch.setattr(predicting, "STRETCH", stretch)
        values = predict(dataset_of([0] * 12, texts=[texts]), tiny).values
    np.testing.assert_allclose(values, one_by_one(tiny, texts), atol=rounding)


def killed(dataset, folder, cache, batch, torn):
    """Predict in a process that is killed with -9 after some batches, or in the middle of one."""

    def child():
        add, added = Plan.add, []

        def deadly(self, keys, logits):
            if len(added) == batch:
                if torn:
                    add(self, keys, logits)
                    os.truncate(self.path, self.path.stat().st_size - torn)
                os.kill(os.getpid(), signal.SIGKILL)
            added.append(1)
            add(self, keys, logits)

        Plan.add = deadly
        predict(dataset, folder, cache=cache)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.usefixtures("small_batches")
@pytest.mark.bad_input("H19", "H20")
def test_a_prediction_that_was_killed_gives_the_same_bits(tiny, tmp_path, monkeypatch, precision):
    dataset = dataset_of([0] * 40, texts=[varied()])
    computed = batches_of(monkeypatch)
    whole = predict(dataset, tiny, cache=tmp_path / "whole").values
    batches = len(computed)
    assert batches > 6
    for number, moments in enumerate(
        [[(0, 0)], [(1, 0)], [(batches - 1, 5)], [(2, 9), (2, 0), (1, 1)]]
    ):
        cache = tmp_path / str(number)
        for batch, torn in moments:
            killed(dataset, tiny, cache, batch, torn)
        computed.clear()
        resumed = predict(dataset, tiny, cache=cache).values
        assert resumed.tobytes() == whole.tobytes()
        assert len(computed) == batches - sum(batch for batch, _ in moments)


@pytest.mark.usefixtures("small_batches")
def test_a_stopped_prediction_is_used_for_more_rows_too(tiny, tmp_path, monkeypatch, rounding):
    class Stop(Exception):
        """Somebody cancelled."""

    def cancel(done, *_):
        if done > 20:
            raise Stop

    texts = varied()
    with pytest.raises(Stop):
        predict(dataset_of([0] * 40, texts=[texts]), tiny, cancel, tmp_path)
    computed = batches_of(monkeypatch)
    more = [*texts, "a new one"]
    values = predict(dataset_of([0] * 41, texts=[more]), tiny, cache=tmp_path).values
    assert 0 < sum(computed) < 25
    np.testing.assert_allclose(values, one_by_one(tiny, more), atol=rounding)


DATASET = dataset_of([0] * 12, texts=[varied(12)])
HARMLESS, HARMFUL = Drift(64, 0.3, 0, 0.001), Drift(64, 0.0002, 1, 0.0)


def hardware(monkeypatch, does):
    """A machine that multiplies bfloat16, and nobody who chose a precision."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(choosing, "fastest", lambda _: "bfloat16")
    compared = []

    def drift(*_, **__):
        compared.append(does)
        return does

    monkeypatch.setattr(predicting, "drift", drift)
    return compared


def low(dataset, folder, **more):
    return predict(dataset, folder, use=ModelUse("bfloat16"), **more)


def exact(dataset, folder, **more):
    return predict(dataset, folder, use=ModelUse("float32"), **more)


def test_a_large_change_that_changes_nothing_is_harmless(tiny, tmp_path, monkeypatch):
    hardware(monkeypatch, HARMLESS)
    found = predict(DATASET, tiny, cache=tmp_path)
    assert found.provenance.computed.precision == "bfloat16"
    assert found.provenance.computed.drift == HARMLESS
    assert found.provenance.notes[0] == "Computed in bfloat16, which this processor multiplies."
    assert found.provenance.notes[1] == HARMLESS.sentence
    assert found.values.tobytes() == low(DATASET, tiny).values.tobytes()
    assert np.abs(found.values - exact(DATASET, tiny).values).max() > 0
    again = predict(DATASET, tiny, cache=tmp_path)
    assert again.provenance.computed == found.provenance.computed


def test_a_small_change_that_flips_a_class_gives_way_to_float32(tiny, tmp_path, monkeypatch):
    compared = hardware(monkeypatch, HARMFUL)
    found = predict(DATASET, tiny, cache=tmp_path)
    assert found.provenance.computed.precision == "float32"
    assert found.provenance.computed.drift == HARMFUL
    assert "in bfloat16 the model says something else" in found.provenance.notes[0]
    assert found.values.tobytes() == exact(DATASET, tiny).values.tobytes()
    assert predict(DATASET, tiny, cache=tmp_path).provenance.computed == found.provenance.computed
    assert len(compared) == 1  # it is known by now


def test_what_a_person_chose_stands_and_its_harm_is_told(tiny, tmp_path, monkeypatch):
    hardware(monkeypatch, HARMFUL)
    asked = low(DATASET, tiny, cache=tmp_path).provenance
    assert asked.computed.precision == "bfloat16"
    assert asked.notes[:2] == ("Computed in bfloat16, as asked for.", HARMFUL.sentence)
    monkeypatch.setenv(VARIABLE, "bfloat16")
    said = predict(DATASET, tiny).provenance
    assert said.computed.precision == "bfloat16"
    assert said.notes[0] == "Computed in bfloat16, as LABELVIZ_PRECISION says."
    monkeypatch.delenv(VARIABLE)
    left_to_labelviz = predict(DATASET, tiny, cache=tmp_path).provenance
    assert left_to_labelviz.computed.precision == "float32"  # what was forced is not taken


def test_a_few_new_samples_are_not_compared_again(tiny, tmp_path, monkeypatch):
    compared = hardware(monkeypatch, HARMLESS)
    texts = [f"film {row}" for row in range(predicting.CHECKED)]
    predict(dataset_of([0] * len(texts), texts=[texts]), tiny, cache=tmp_path)
    texts += ["one more"]
    predict(dataset_of([0] * len(texts), texts=[texts]), tiny, cache=tmp_path)
    assert len(compared) == 1
    texts += [f"another {row}" for row in range(predicting.CHECKED)]
    predict(dataset_of([0] * len(texts), texts=[texts]), tiny, cache=tmp_path)
    assert len(compared) == 2


def test_the_comparison_is_a_real_one(tiny, monkeypatch):
    found = low(DATASET, tiny)
    gaps = np.abs(found.values - exact(DATASET, tiny).values)
    said = found.provenance.computed.drift
    assert said.samples == len(set(varied(12)))
    assert said.largest == pytest.approx(gaps.max(), abs=1e-9)
    assert 0 < said.largest < 0.02


def test_without_such_hardware_it_is_float32(tiny, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(choosing, "fastest", lambda _: "float32")
    found = predict(dataset_of([0, 1]), tiny).provenance
    assert (found.computed.precision, found.computed.drift) == ("float32", None)
    assert found.notes[0].startswith("Computed in float32, because this processor does not")


def longest(monkeypatch, *arguments, **more):
    """The number of tokens of the longest sample that a prediction computes, and its provenance."""
    seen, collate = [], predicting.collate

    def watched(tokens, rows, device):
        seen.append(tokens.lengths[rows].max())
        return collate(tokens, rows, device)

    monkeypatch.setattr(predicting, "collate", watched)
    return predict(*arguments, **more).provenance.computed, max(seen)


LONG = dataset_of([0, 1], texts=[["bad film " * 400, "good"]])


@pytest.fixture
def roomy(tmp_path):
    """A model with more positions than labelviz uses unless told otherwise."""
    start = replace(SMALL, max_tokens=700)
    return new_classifier(tmp_path / "roomy", TEXTS, ("no", "yes"), start)


def test_a_model_of_somebody_else_is_used_up_to_its_limit_or_512_tokens(
    tiny, roomy, tmp_path, monkeypatch
):
    computed, most = longest(monkeypatch, LONG, tiny)
    assert (computed.max_tokens, most) == (32, 32)
    assert "all that the model reads" in computed.cut
    computed, most = longest(monkeypatch, LONG, roomy)
    assert (computed.max_tokens, most) == (512, 512)
    assert "unless told otherwise" in computed.cut
    computed, most = longest(monkeypatch, LONG, roomy, use=ModelUse(max_tokens=600))
    assert (computed.max_tokens, most) == (600, 600)
    assert "as asked for" in computed.cut
    computed, most = longest(monkeypatch, LONG, roomy, use=ModelUse(max_tokens=9999))
    assert most == computed.max_tokens == 700


def test_what_was_cut_elsewhere_is_not_taken_from_the_cache(roomy, tmp_path):
    first, other, again = (
        predict(LONG, roomy, cache=tmp_path / "cache", use=ModelUse(max_tokens=most)).values
        for most in (20, 40, 20)
    )
    assert first.tobytes() == again.tobytes()
    assert np.abs(first[0] - other[0]).max() > 0
    np.testing.assert_allclose(first[1], other[1], atol=0.02)


def short_of_memory(monkeypatch, most, error):
    """A machine that computes only so many samples at once."""
    sizes, forward = [], predicting._forward

    def limited(classifier, tokens, rows):
        if len(rows) > most:
            raise error
        sizes.append(len(rows))
        return forward(classifier, tokens, rows)

    monkeypatch.setattr(predicting, "_forward", limited)
    return sizes


@pytest.mark.bad_input("G19")
@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."),
    ],
)
def test_short_memory_halves_the_batch(tiny, monkeypatch, error, rounding):
    sizes = short_of_memory(monkeypatch, 2, error)
    values = predict(dataset_of([0] * 12, texts=[varied(12)]), tiny).values
    assert max(sizes) <= 2
    np.testing.assert_allclose(values, one_by_one(tiny, varied(12)), atol=rounding)


@pytest.mark.bad_input("G19")
@pytest.mark.usefixtures("small_batches")
def test_no_memory_for_one_sample_stops_and_keeps_what_was_finished(
    tiny, tmp_path, monkeypatch, precision
):
    dataset, calls = dataset_of([0] * 40, texts=[varied()]), []

    def report(done, *_):
        calls.append(done)
        if len(calls) == 4:
            short_of_memory(monkeypatch, 0, MemoryError())

    with monkeypatch.context(), pytest.raises(ModelRefused) as refused:
        predict(dataset, tiny, report, tmp_path)
    assert_message(
        refused.value, "one sample of", "tiny", "kept before this stays", "smaller model"
    )
    monkeypatch.undo()
    monkeypatch.setattr(predicting, "token_budget", lambda _: 64)
    monkeypatch.setattr(predicting, "STRETCH", 16)
    computed = batches_of(monkeypatch)
    predict(dataset, tiny, cache=tmp_path)
    assert sum(computed) < len(set(varied()))


def test_another_error_is_not_taken_for_short_memory(tiny, monkeypatch):
    short_of_memory(monkeypatch, 0, RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="shapes"):
        predict(dataset_of([0, 1]), tiny)


def test_memory_does_not_grow_with_the_tokens_of_all_samples(tiny, monkeypatch):
    """Four times the samples; what grows is some numbers per sample, not its tokens."""
    outputs = load_classifier(tiny).classes
    monkeypatch.setattr(predicting, "STRETCH", 256)
    monkeypatch.setattr(
        predicting, "_forward", lambda _, __, rows: np.zeros((len(rows), len(outputs)), np.float32)
    )
    peaks = []
    for n in (1000, 4000):
        dataset = dataset_of([0] * n, texts=[[f"{row} good bad film " * 3 for row in range(n)]])
        tracemalloc.start()
        predict(dataset, tiny)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (peaks[1] - peaks[0]) / 3000 < 400  # bytes per sample: hashes, indices and results


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
