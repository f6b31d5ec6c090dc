from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from labelviz.core.arrays import strings
from labelviz.core.groups import split_fingerprint
from labelviz.core.settings import TrainSettings
from labelviz.errors import RunRefused
from labelviz.models.runs import Run, begin, write_record, write_text
from tests.conftest import assert_message, dataset_of

DATASET = dataset_of([0, 1, 1])
RECORD = {
    "status": "running",
    "settings": TrainSettings(epochs=2, learning_rate=1e-3),
    "dataset": DATASET.fingerprint,
    "classes": ["no", "yes"],
    "multilabel": False,
    "policy": "smooth:off=0.1",
    "targets": "aa",
    "model_hash": "bb",
    "split": split_fingerprint(DATASET),
}
ROWS = [
    {"step": 0, "epoch": 0.0, "selection_nll": 0.7},
    {"step": 4, "epoch": 0.5, "selection_nll": 0.4},
    {"step": 8, "epoch": 1.0, "selection_nll": 0.4},
]


@pytest.fixture
def path(tmp_path) -> Path:
    """A run folder with three evaluations."""
    folder = tmp_path / "runs" / "first"
    begin(folder, RECORD, DATASET.ids)
    (folder / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    for row in ROWS:
        logits = np.array([[0, row["step"]], [0, 0], [1, 0]], dtype=np.float32)
        np.save(folder / "evaluations" / f"{row['step']:06d}.npy", logits)
    return folder


def test_what_is_read_is_what_was_written(path):
    run = Run.open(path)
    assert (run.name, run.status, run.complete) == ("first", "running", False)
    assert run.settings == RECORD["settings"]
    assert run.dataset == DATASET.fingerprint
    assert run.classes == ("no", "yes")
    assert run.policy == "smooth:off=0.1"
    assert not run.multilabel
    assert list(run.rows) == ROWS
    assert run.steps == (0, 4, 8)
    assert run.ids.tolist() == ["s0", "s1", "s2"]


def test_the_best_step_is_the_first_of_the_lowest(path):
    assert Run.open(path).best_step == 4


def test_a_run_without_an_evaluation_has_no_best_step(path):
    (path / "log.jsonl").unlink()
    with pytest.raises(RunRefused, match="no evaluation yet"):
        _ = Run.open(path).best_step


def test_logits_and_probabilities_of_a_step(path):
    run = Run.open(path)
    assert run.logits(8).tolist() == [[0, 8], [0, 0], [1, 0]]
    assert run.logits(8).dtype == np.float32
    best = run.probabilities()
    np.testing.assert_allclose(best.values[1], [0.5, 0.5])
    np.testing.assert_allclose(best.values[0, 1], 1 / (1 + np.exp(-4)))
    assert best.aligned(DATASET).classes == DATASET.classes
    assert best.provenance.relation == "in-sample"
    assert run.probabilities(0).values[0].tolist() == [0.5, 0.5]


def test_an_evaluation_that_is_not_there(path):
    with pytest.raises(RunRefused) as caught:
        Run.open(path).logits(5)
    assert_message(caught.value, "no evaluation at step 5", "000005.npy", "", "0, 4, 8")


def test_an_evaluation_that_would_run_code_is_not_opened(path):
    np.save(path / "evaluations" / "000004.npy", np.array([{"a": 1}]), allow_pickle=True)
    with pytest.raises(RunRefused, match="no evaluation at step 4"):
        Run.open(path).logits(4)


@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_a_folder_that_is_no_run(tmp_path, content):
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(RunRefused) as caught:
        Run.open(tmp_path)
    assert_message(caught.value, "no run here", "run.json", "", "labelviz train")


def test_ids_that_cannot_be_read(path):
    (path / "ids.json").unlink()
    with pytest.raises(RunRefused, match=r"ids\.json cannot be read"):
        Run.open(path).probabilities()


def test_the_model_is_there_when_the_run_is_complete(path):
    with pytest.raises(RunRefused, match="not complete"):
        _ = Run.open(path).model
    write_record(path, {**RECORD, "status": "complete"})
    assert Run.open(path).model == path / "model"


def test_a_run_knows_its_dataset(path):
    run = Run.open(path)
    run.check_belongs_to(DATASET)
    with pytest.raises(RunRefused, match="another version"):
        run.check_belongs_to(dataset_of([0, 1, 0]))
    with pytest.raises(
        RunRefused, match="“no” and “yes” are not the dataset's, which are “a” and “b”"
    ):
        run.check_belongs_to(dataset_of([0, 1, 0], ("a", "b")))


def test_beginning_again_finds_the_stopped_run(path):
    assert list(begin(path, RECORD, DATASET.ids).rows) == ROWS


@pytest.mark.bad_input("K04")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dataset", "other"),
        ("classes", ["yes", "no"]),
        ("targets", "other"),
        ("model_hash", "other"),
        ("split", "other"),
        ("loss", "elr"),
        ("settings", TrainSettings(epochs=3, learning_rate=1e-3)),
    ],
)
def test_beginning_again_with_something_else(path, name, value):
    with pytest.raises(RunRefused) as caught:
        begin(path, {**RECORD, name: value}, DATASET.ids)
    assert_message(caught.value, f"another {name}", "first", "unchanged", "new folder")


def test_a_run_that_was_stopped_before_a_setting_existed_goes_on(path):
    record = json.loads((path / "run.json").read_text())
    del record["settings"]["precision"]
    (path / "run.json").write_text(json.dumps(record))
    assert list(begin(path, RECORD, DATASET.ids).rows) == ROWS


def test_beginning_in_a_complete_run(path):
    write_record(path, {**RECORD, "status": "complete"})
    with pytest.raises(RunRefused) as caught:
        begin(path, RECORD, DATASET.ids)
    assert_message(caught.value, "already complete", "first", "", "new folder")


def test_beginning_among_other_files(tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(RunRefused, match="not empty"):
        begin(tmp_path, RECORD, strings([]))
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_is_replaced_in_one_piece(tmp_path):
    file = tmp_path / "a.txt"
    write_text(file, "old")
    write_text(file, "new: é")
    assert file.read_text(encoding="utf-8") == "new: é"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.bad_input("H02")
def test_a_run_that_was_killed_before_its_record_was_written_begins_anew(tmp_path):
    path = tmp_path / "killed"
    (path / "evaluations").mkdir(parents=True)
    (path / "ids.json").write_text("[")
    (path / f".run.json.{'0' * 32}").write_text("{")
    assert begin(path, RECORD, DATASET.ids).ids.tolist() == DATASET.ids.tolist()


def test_a_folder_with_evaluations_and_no_record_is_left_alone(tmp_path):
    (tmp_path / "evaluations").mkdir()
    (tmp_path / "evaluations" / "000004.npy").write_bytes(b"precious")
    with pytest.raises(RunRefused, match="not empty"):
        begin(tmp_path, RECORD, DATASET.ids)


@pytest.mark.parametrize("value", [10**30, 10**400])
@pytest.mark.parametrize("setting", ["epochs", "batch_size", "weight_decay"])
def test_a_run_whose_settings_no_table_holds_is_damaged(path: Path, setting: str, value: int):
    record = json.loads((path / "run.json").read_text())
    record["settings"][setting] = value
    (path / "run.json").write_text(json.dumps(record))
    with pytest.raises(RunRefused, match="out of range"):
        Run.open(path)


@pytest.mark.parametrize("number", ["step", "epoch", "selection_nll"])
@pytest.mark.parametrize("value", [10**400, float("nan"), "1"])
def test_a_log_whose_numbers_no_table_holds_is_damaged(path: Path, number: str, value: object):
    (path / "log.jsonl").write_text(json.dumps(ROWS[0] | {number: value}) + "\n")
    with pytest.raises(RunRefused, match="There is no run here"):
        _ = Run.open(path).rows
