from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from markdown_it import MarkdownIt

from labelviz.core.settings import TrainSettings
from labelviz.core.visible import one_line
from labelviz.layers.making import make_targets
from labelviz.layers.policy import parse_policy
from labelviz.models.card import model_card, write_model
from labelviz.models.loading import load_classifier
from labelviz.models.samples import TrainingData
from labelviz.models.train import train
from tests.conftest import dataset_of

DATASET = dataset_of([row % 2 for row in range(40)], texts=[[f"text {row}" for row in range(40)]])


@pytest.fixture(scope="module")
def run(tiny, tmp_path_factory):
    """A short run."""
    targets = make_targets(DATASET, parse_policy("smooth:off=0.2"))
    out = tmp_path_factory.mktemp("runs") / "short"
    return train(TrainingData(DATASET, targets), tiny, out, TrainSettings(epochs=1, seed=3))


def test_the_card_says_what_the_model_was_trained_on(run):
    card = (run.model / "README.md").read_text(encoding="utf-8")
    for words in ("# `short`", "`no`, `yes`", "`smooth:off=0.2`", DATASET.fingerprint, "seed 3",
                  "28 train, 6 validation, 6 test", "Use and limits"):  # fmt: skip
        assert words in card


def test_the_card_names_the_model_and_not_its_place(run, tiny):
    card = (run.model / "README.md").read_text(encoding="utf-8")
    assert f"`{tiny.parent.name}/tiny`" in card
    assert str(tiny.parent) not in card


@pytest.mark.bad_input("D08", "E07", "E08")
def test_no_name_of_a_class_is_markup_in_the_card(run):
    names = ("<script>alert(1)</script>", "![x](https://example.com/pixel.png)", "`a` | **b**\n# c")
    record = {**run.record, "classes": names, "head": names[0], "model": names[1]}
    card = model_card(replace(run, record=record), DATASET)
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(card)
    parts = [part for token in tokens for part in token.children or ()]
    assert not {each.type for each in (*tokens, *parts)} & {"html_block", "html_inline", "image"}
    literal = [each.content for each in parts if each.type == "code_inline"]
    assert [each in literal for each in map(one_line, names)] == [True] * 3
    assert sum(token.type == "heading_open" for token in tokens) == 4


def test_the_metrics_are_those_of_the_best_step(run):
    row = next(row for row in run.rows if row["step"] == run.best_step)
    assert f"| NLL | {row['validation_nll']:.4f} | lower |" in model_card(run, DATASET)
    assert f"| accuracy | {row['validation_accuracy']:.4f} | higher |" in model_card(run, DATASET)


def test_no_complete_validation_label(run):
    bare = replace(DATASET, given=np.full(40, -1))
    assert "No validation sample" in model_card(run, bare)


def test_the_origin_lies_beside_the_weights(run):
    origin = json.loads((run.model / "labelviz.json").read_text(encoding="utf-8"))
    assert origin["dataset"] == DATASET.fingerprint
    assert origin["classes"] == ["no", "yes"]
    assert origin["policy"] == "smooth:off=0.2"
    assert origin["step"] == run.best_step
    assert (origin["max_tokens"], origin["tokenizer_max_tokens"]) == (32, 32)


def test_a_chat_template_of_somebody_else_is_not_passed_on(run, tiny, tmp_path):
    classifier = load_classifier(tiny)
    classifier.tokenizer.chat_template = "{{ messages }}"
    copied = replace(run, path=Path(shutil.copytree(run.path, tmp_path / "run")))
    write_model(copied, DATASET, classifier)
    written = {file.name: file.read_bytes() for file in (tmp_path / "run" / "model").iterdir()}
    assert b"messages" not in b"".join(written.values())
    assert not [name for name in written if name.endswith(".jinja")]
