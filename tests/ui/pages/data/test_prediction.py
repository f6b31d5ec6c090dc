from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest

from labelviz.core.settings import FINE_TUNING, SCORE_KINDS, FoldTraining, ModelUse
from labelviz.requests import CrossValidate, FineTuneFolds, Predict, PredictFromFile
from labelviz.tables.options import Reading
from labelviz.ui.pages.data.prediction import FILE, FINE_TUNED, HELP, KINDS, MODEL, SCORES
from tests.conftest import OPINION
from tests.ui.conftest import button, kept
from tests.ui.conftest import words as words_of
from tests.ui.pages.data.conftest import field

ENCODER = "Encoder: a folder or a hub id"


def way(page, name):
    return page.segmented_control[0].set_value(name).run()


def test_every_choice_has_words():
    assert set(KINDS) == set(HELP)
    assert set(SCORES) == set(SCORE_KINDS)


def test_cross_validation_is_the_first_offer(open_page, workspace, started):
    page = open_page("data", workspace.path)
    field(page, "number_input", "Folds").set_value(3).run()
    button(page, "Get probabilities").click().run()
    assert started == [CrossValidate(folds=3)]


def test_cross_validation_takes_an_encoder(open_page, workspace, started):
    page = open_page("data", workspace.path)
    page.radio[0].set_value("embeddings").run()
    assert button(page, "Get probabilities").disabled
    field(page, "text_input", ENCODER).set_value(" a/b ").run()
    button(page, "Get probabilities").click().run()
    assert started == [CrossValidate(encoder="a/b")]


def test_an_encoder_can_be_fine_tuned_fold_by_fold(open_page, workspace, started):
    page = open_page("data", workspace.path)
    page.radio[0].set_value(FINE_TUNED).run()
    field(page, "text_input", ENCODER).set_value("a/b").run()
    field(page, "number_input", "Epochs").set_value(1.5).run()
    field(page, "selectbox", "Precision").set_value("bfloat16").run()
    words = "Train all layers, not the upper two thirds alone; slower"
    field(page, "checkbox", words).set_value(True).run()
    field(page, "checkbox", "Keep the models of the folds").set_value(True).run()
    button(page, "Get probabilities").click().run()
    settings = replace(FINE_TUNING, epochs=1.5, frozen=0.0, precision="bfloat16")
    how = FoldTraining(settings=settings, keep_models=True)
    assert started == [FineTuneFolds(model="a/b", how=how)]


def test_what_is_out_of_range_is_refused_beside_its_field_and_starts_nothing(
    open_page, workspace, started
):
    page = open_page("data", workspace.path)
    page.radio[0].set_value(FINE_TUNED).run()
    field(page, "text_input", ENCODER).set_value("a/b").run()
    field(page, "number_input", "Learning rate").set_value(0.0).run()
    assert "The learning rate cannot be 0." in words_of(page)
    assert button(page, "Get probabilities").disabled
    assert started == []


def test_the_precision_and_the_cut_of_a_model_are_chosen(open_page, workspace, started):
    page = way(open_page("data", workspace.path), MODEL)
    field(page, "text_input", "Model: a folder or a hub id").set_value("a/b").run()
    field(page, "selectbox", "Precision").set_value("float32").run()
    field(page, "number_input", "Longest sample, in tokens").set_value(512).run()
    button(page, "Get probabilities").click().run()
    assert started == [Predict(model="a/b", use=ModelUse("float32", 512))]


def test_a_model_has_to_be_named(open_page, workspace, started):
    page = way(open_page("data", workspace.path), MODEL)
    assert button(page, "Get probabilities").disabled
    field(page, "text_input", "Model: a folder or a hub id").set_value("--help").run()
    button(page, "Get probabilities").click().run()
    assert started == [Predict(model="--help")]


def test_a_file_of_probabilities_is_kept_in_the_workspace(open_page, workspace, started):
    page = way(open_page("data", workspace.path), FILE)
    assert button(page, "Get probabilities").disabled
    page.file_uploader[0].upload("my opinion.csv", OPINION.encode(), "text/csv").run()
    button(page, "Get probabilities").click().run()
    path = kept(workspace.path, "my-opinion.csv", OPINION.encode())
    assert started == [PredictFromFile(file=path)]
    assert path.read_text() == OPINION


def test_what_a_file_holds_and_what_may_be_mended_is_said(open_page, workspace, started, write):
    page = way(open_page("data", workspace.path), FILE)
    path = write(OPINION, "opinion.csv")
    field(page, "text_input", "Or its path on the server").set_value(str(path)).run()
    field(page, "selectbox", "Its numbers are").set_value("softmax").run()
    for words in (
        "Scale rows whose sum misses 1 by up to 0.05",
        "Pass over rows that belong to no sample",
        "A class without a column gets 0",
    ):
        field(page, "checkbox", words).set_value(True).run()
    button(page, "Get probabilities").click().run()
    reading = Reading("softmax", rescale=True, leave_out_extra=True, fill_classes=True)
    (request,) = started
    assert request == PredictFromFile(file=request.file, reading=reading)
    assert request.file.is_relative_to(workspace.path / "uploads")
    assert request.file.read_bytes() == path.read_bytes()


@pytest.mark.bad_input("F11")
def test_an_array_needs_its_classes_and_its_rows_named(open_page, workspace, started):
    page = way(open_page("data", workspace.path), FILE)
    array = io.BytesIO()
    np.save(array, np.full((6, 2), 0.5))
    page.file_uploader[0].upload("p.npy", array.getvalue(), "application/octet-stream").run()
    assert button(page, "Get probabilities").disabled
    field(page, "text_input", "Classes of its columns, in order").set_value("no, yes").run()
    assert button(page, "Get probabilities").disabled
    words = "Its rows are the samples in the order of the file"
    field(page, "checkbox", words).set_value(True).run()
    button(page, "Get probabilities").click().run()
    path = kept(workspace.path, "p.npy", array.getvalue())
    reading = Reading(classes=("no", "yes"), rows_in_order=True)
    assert started == [PredictFromFile(file=path, reading=reading)]


@pytest.mark.bad_input("G13")
def test_the_outputs_of_a_model_are_named(open_page, workspace, started):
    page = way(open_page("data", workspace.path), MODEL)
    field(page, "text_input", "Model: a folder or a hub id").set_value("a/b").run()
    field(page, "text_input", "Classes of the outputs, in order").set_value("yes, no").run()
    button(page, "Get probabilities").click().run()
    assert started == [Predict(model="a/b", outputs=("yes", "no"))]
