from __future__ import annotations

import gc
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labelviz.core.settings import TrainSettings
from labelviz.errors import (
    RunRefused,
)
from labelviz.models.runs import begin
from labelviz.models.scratch import Start, new_classifier
from labelviz.project.workspace import Workspace
from labelviz.tables.columns import Columns


def test_a_log_with_a_fake_class_is_kept_and_no_model(tmp_path: Path, write):
    told = ("bad film", "no"), ("good film", "yes")
    rows = [f"{n},{told[n % 2][0]} {n * 37},{told[n % 2][1]}" for n in range(40)]
    space = Workspace.create(tmp_path / "logged")
    space.load(write("\n".join(["id,text,label", *rows])), Columns("text", "label", id="id"))
    texts = space.dataset.texts[0].tolist()
    model = new_classifier(
        tmp_path / "tiny", texts, ("no", "yes"), Start(vocab_size=300, hidden=32)
    )
    space.opinions.cross_validate(k=2)
    settings = TrainSettings(epochs=4, evaluations_per_epoch=2, learning_rate=5e-3, batch_size=8)
    made = space.findings.logs.train_with_threshold(str(model), "margins", settings)
    kept = space.findings.evidence().log
    assert kept.logits == pytest.approx(made.logits)
    assert kept.threshold.tolist() == made.threshold.tolist()
    logs = [each.name for each in (space.path / "training-logs").iterdir()]
    assert [name for name in logs if not name.startswith(".")] == ["margins.npz"]
    assert space.runs.names == ()
    said = space.flag(["training dynamics"]).reasons
    assert all("margin over the next class" in each for each in said)
    with pytest.raises(RunRefused, match="a training log 'margins' already"):
        space.findings.logs.train_with_threshold(str(model), "margins", settings)


def test_the_newest_log_of_this_version_of_the_dataset_counts(tmp_path: Path, write):
    columns = Columns("text", "label", id="id")
    space = Workspace.create(tmp_path / "logged")
    space.load(write("id,text,label\n1,good,yes\n2,bad,no\n"), columns)
    space.opinions.read_file(write("id,no,yes\n1,0.1,0.9\n2,0.8,0.2\n", "opinion.csv"))
    assert space.findings.evidence().log is None
    for number in (1, 2):
        log = f"id,step,no,yes\n1,0,0,{number}\n2,0,-1,{number}\n"
        space.findings.logs.read_file(write(log, "log.csv"))
    assert space.findings.evidence().log.logits[0, 0].tolist() == [0, 2]
    assert (space.path / "training-logs/log-2.npz").is_file()
    space.load(write("id,text,label\n1,good,no\n2,bad,yes\n"), columns, replace=True)
    space.opinions.read_file(write("id,no,yes\n1,0.1,0.9\n2,0.8,0.2\n", "opinion.csv"))
    assert space.findings.evidence().log is None


@pytest.fixture
def trained(tmp_path: Path, write) -> Workspace:
    """A workspace with two samples and a complete run on them, called good."""
    space = Workspace.create(tmp_path / "trained")
    space.load(write("id,text,label\n1,good,yes\n2,bad,no\n"), Columns("text", "label", id="id"))
    space.opinions.read_file(write("id,no,yes\n1,0.1,0.9\n2,0.8,0.2\n", "opinion.csv"))
    dataset = space.dataset
    record = {
        "status": "complete", "settings": TrainSettings(), "dataset": dataset.fingerprint,
        "classes": list(dataset.classes), "multilabel": False, "policy": "hard", "targets": "a",
        "model_hash": "b", "split": "c",
    }  # fmt: skip
    run = begin(space.path / "runs/good", record, dataset.ids)
    np.save(run.path / "evaluations/000003.npy", np.array([[0, 2], [3, 0]], np.float32))
    (run.path / "log.jsonl").write_text('{"step": 3, "epoch": 1.0, "selection_nll": 0.5}\n')
    return space


def newer(space: Workspace, name: str) -> Path:
    """A copy of the run, made later."""
    folder = space.path / "runs" / name
    shutil.copytree(space.path / "runs/good", folder)
    return folder


DAMAGED: dict[str, Callable[[Path], object]] = {
    "no JSON": lambda run: (run / "run.json").write_text("{"),
    "nested": lambda run: (run / "run.json").write_text("[" * 100_000),
    "other settings": lambda run: rewritten(run, settings={"epochs": "many"}),
    "no settings": lambda run: rewritten(run, settings=[1]),
    "no classes": lambda run: rewritten(run, classes=7),
    "a folder": lambda run: ((run / "run.json").unlink(), (run / "run.json").mkdir()),
    "a torn log": lambda run: (run / "log.jsonl").write_text('{"step": 3, "ep'),
    "an odd log": lambda run: (run / "log.jsonl").write_text("[1]\n"),
    "bytes": lambda run: (run / "log.jsonl").write_bytes(b"\xff\n"),
    "no evaluation": lambda run: (run / "evaluations/000003.npy").unlink(),
    "a cut evaluation": lambda run: (run / "evaluations/000003.npy").write_bytes(b"\x93NUMPY"),
    "other ids": lambda run: (run / "ids.json").write_text('["1", "9"]'),
    "no ids": lambda run: (run / "ids.json").write_text("{}"),
    "an odd name": lambda run: run.rename(run.with_name("of my own")),
}


def rewritten(run: Path, **changes: object) -> None:
    record = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**record, **changes}))


@pytest.mark.parametrize("how", DAMAGED)
def test_a_damaged_run_is_named_and_passed_over(trained: Workspace, how: str):
    DAMAGED[how](newer(trained, "bad"))
    gc.collect()  # or what other tests left is finalised where the stack is at its deepest
    assert trained.findings.logs.in_use == "runs/good/run.json"
    assert trained.findings.logs.data_map is not None
    assert trained.findings.evidence().log is not None
    (error,) = trained.findings.logs.damaged
    assert "bad" in str(error) or "of my own" in str(error)
    assert trained.flag().score.shape == (2,)


def test_where_every_run_is_damaged_there_is_no_log(trained: Workspace):
    DAMAGED["no evaluation"](trained.path / "runs/good")
    assert (
        trained.findings.logs.in_use,
        trained.findings.logs.data_map,
        trained.findings.evidence().log,
    ) == (None, None, None)
    assert len(trained.findings.logs.damaged) == 1


def test_a_damaged_log_and_damaged_probabilities_are_named_and_passed_over(trained: Workspace):
    (trained.path / "training-logs").mkdir()
    (trained.path / "training-logs/mine.npz").write_bytes(b"PK nothing")
    trained.opinions.add("later", trained.opinions.probabilities())
    trained.opinions.use("opinion")
    (trained.path / "probabilities/later.parquet").write_bytes(b"PAR1")
    assert trained.findings.logs.in_use == "runs/good/run.json"
    assert trained.opinions.names == ("opinion",)
    assert [Path(each.where).name for each in trained.findings.logs.damaged] == ["mine.npz"]
    assert [Path(each.where).name for each in trained.opinions.damaged] == ["later.parquet"]


def test_a_training_that_learned_nothing_has_no_map_and_says_why(tmp_path: Path, write):
    rows = [f"{n},text {n},{'yes' if n % 2 else 'no'}" for n in range(20)]
    space = Workspace.create(tmp_path / "collapsed")
    space.load(write("\n".join(["id,text,label", *rows])), Columns("text", "label", id="id"))
    log = [f"{n},{step},{step + 1},0" for step in range(2) for n in range(20)]
    space.findings.logs.read_file(write("\n".join(["id,step,no,yes", *log]), "log.csv"))
    assert space.findings.logs.in_use is None
    (error,) = space.findings.logs.damaged
    assert "learned nothing" in str(error)
    assert "It answers only “no”." in str(error)
    known = [f"{n},{step},{-(n % 2)},0" for step in range(2) for n in range(20)]
    space.findings.logs.read_file(write("\n".join(["id,step,no,yes", *known]), "good.csv"))
    assert space.findings.logs.in_use == "training-logs/good.npz"
