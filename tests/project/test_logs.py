from __future__ import annotations

from pathlib import Path

import pytest

from labelviz.core.settings import TrainSettings
from labelviz.errors import (
    RunRefused,
)
from labelviz.models.scratch import new_classifier
from labelviz.project.workspace import Workspace
from labelviz.tables.columns import Columns


def test_a_log_with_a_fake_class_is_kept_and_no_model(tmp_path: Path, write):
    rows = [f"{n},film number {n * 37},{'yes' if n % 2 else 'no'}" for n in range(40)]
    space = Workspace.create(tmp_path / "logged")
    space.load(write("\n".join(["id,text,label", *rows])), Columns("text", "label", id="id"))
    texts = space.dataset.texts[0].tolist()
    model = new_classifier(tmp_path / "tiny", texts, ("no", "yes"), vocab_size=300, hidden=32)
    space.opinions.cross_validate(k=2)
    settings = TrainSettings(epochs=1, evaluations_per_epoch=2)
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
