from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from labelviz.core.files import sha256
from labelviz.errors import (
    ExportRefused,
    StepMissing,
    TargetsRefused,
)
from labelviz.layers import decided
from labelviz.layers.policy import parse_policy
from labelviz.project import goals as module
from labelviz.project.workspace import Workspace
from labelviz.requests import Decide
from labelviz.tables.columns import Columns
from labelviz.tables.guess import guess
from labelviz.tables.read import read_table
from tests.conftest import REVIEWS
from tests.project.conftest import Write, decide, rows_of


def test_a_policy_is_kept(workspace: Workspace):
    made = workspace.set_policy("smooth:off=0.1234567")
    assert made.values[0].tolist() == [0.1234567, 0.8765433]
    assert str(Workspace(workspace.path).goals.policy) == "smooth:off=0.1234567"
    assert Workspace(workspace.path).targets().values.tolist() == made.values.tolist()


def test_a_policy_that_cannot_be_used_is_not_kept(workspace: Workspace):
    with pytest.raises(StepMissing, match="needs a model's probabilities"):
        workspace.set_policy("dynamic")
    with pytest.raises(TargetsRefused):
        workspace.set_policy("smooth:off=2")
    assert str(workspace.goals.policy) == "hard"


def test_targets_follow_policy_probabilities_and_decisions(predicted: Workspace):
    predicted.set_policy("dynamic:max=0.2")
    values = predicted.targets().values
    assert values[3] == pytest.approx([0.2, 0.8])
    assert values[0] == pytest.approx([0, 1])
    decide(predicted, "1", "4", "choose", label=("no",))
    assert predicted.targets().values[3].tolist() == [1, 0]
    assert predicted.goals.making().targets.values[3] == pytest.approx([0.2, 0.8])
    assert predicted.targets(parse_policy("hard")).values[3].tolist() == [1, 0]


def test_the_row_on_the_card_is_the_row_of_the_targets(predicted: Workspace):
    predicted.set_policy("smooth:off=0.1")
    decide(predicted, "1", "2", "choose", label=("yes",))
    decide(predicted, "2", "3", "soften", target={"no": 0.7, "yes": 0.3})
    decide(predicted, "3", "4", "exclude")
    decide(predicted, "4", "5", "keep", label=("yes",))
    decide(predicted, "5", "5", "choose", label=("no",), reviewer="bob")
    targets = predicted.targets()
    for row in range(6):
        assert predicted.goals.target_row(row).tolist() == targets.values[row].tolist()
    assert targets.source.tolist() == [
        "policy", "reviewer", "reviewer", "reviewer", "policy", "policy",
    ]  # fmt: skip


def test_an_export_has_every_original_column_and_the_target(predicted: Workspace, tmp_path: Path):
    predicted.set_policy("smooth:off=0.1")
    saved = decide(predicted, "1", "2", "choose", label=("yes",), note="a, b")
    done = predicted.export(tmp_path / "out" / "targets.csv")
    rows = rows_of(done.path)
    assert [row["id"] for row in rows] == ["007", "2", "3", "4", "5", "6"]
    assert rows[1] == {
        "id": "2", "text": "bad film", "label": "no", "source": "web", "hard_label": "yes",
        "target_no": "0.0", "target_yes": "1.0", "weight": "1.0", "status": "corrected",
        "labelviz_source": "reviewer", "policy": "smooth:off=0.1", "reviewer": "ann",
        "decided_at": saved.decided_at, "note": "a, b",
    }  # fmt: skip
    entry = json.loads(done.manifest.read_text())["labelviz_exports"]["targets.csv"]
    assert entry == done.record
    assert entry["sha256"] == sha256(done.path)
    assert entry["source_sha256"] == predicted.data.report.sha256
    assert entry["dataset"] == predicted.dataset.fingerprint
    assert (entry["rows"], entry["last_decision"], entry["probabilities"]) == (6, 1, "opinion")
    assert entry["statuses"] == {"unreviewed": 5, "corrected": 1}
    assert entry["sources"] == {"policy": 5, "reviewer": 1}


def test_a_class_that_no_sample_has_any_more_comes_back_from_a_plain_export(
    workspace: Workspace, tmp_path: Path
):
    for row, sample in enumerate(workspace.dataset.ids):
        decide(workspace, str(row), sample, "choose", label=("no",))
    path = workspace.export(tmp_path / "targets.csv").path
    space = Workspace.create(tmp_path / "again")
    space.load(path, guess(read_table(path)).columns)
    assert space.dataset.classes == ("no", "yes")
    assert space.targets().values.tolist() == [[1, 0]] * 6


@pytest.mark.bad_input("J15")
def test_an_export_loads_again_with_its_hard_label(workspace: Workspace, tmp_path: Path):
    done = workspace.export(tmp_path / "targets.csv")
    again = Workspace.create(tmp_path / "again")
    again.load(done.path, Columns("text", "hard_label", id="id", slices=("source",)))
    assert again.dataset.fingerprint == workspace.dataset.fingerprint


@pytest.mark.bad_input("J01", "J03", "J11")
@pytest.mark.parametrize("at", ["with_decisions", "settled"])
def test_an_export_is_of_one_moment_whoever_decides_meanwhile(
    predicted: Workspace, monkeypatch: pytest.MonkeyPatch, at: str
):
    predicted.set_policy("smooth:off=0.1")
    decide(predicted, "1", "2", "exclude")
    other, made = Workspace(predicted.path), getattr(decided, at)

    def meanwhile(*said, **more):
        found = made(*said, **more)
        if len(other.decisions.store.events()) == 1:
            decide(other, "2", "2", "choose", label=("yes",))
            decide(other, "3", "6", "exclude", reviewer="bob")
            other.set_policy("hard")
        return found

    monkeypatch.setattr(decided, at, meanwhile)
    monkeypatch.setattr(module, at, meanwhile, raising=False)
    done = predicted.export()
    rows = rows_of(done.path)
    assert len(other.decisions.store.events()) == 3
    for column, counted in (("status", "statuses"), ("labelviz_source", "sources")):
        assert Counter(row[column] for row in rows) == done.record[counted]
    assert done.record["statuses"] == {"unreviewed": 5, "excluded": 1}
    assert done.record["last_decision"] == 1
    assert {row["policy"] for row in rows} == {done.record["policy"]} == {"smooth:off=0.1"}
    assert [row["target_no"] for row in rows] == ["0.1", "0.9", "0.1", "0.1", "0.1", "0.9"]
    after = predicted.export()
    assert after.record["statuses"] == {"unreviewed": 4, "corrected": 1, "excluded": 1}


@pytest.mark.parametrize("name", ["a", "a|b"])
def test_an_export_of_several_labels_loads_back_with_its_classes_and_samples_without_any(
    tmp_path: Path, write: Write, name: str
):
    cells = (f'["{name}"]', '["c"]', f'["{name}", "c"]', "[]")
    quoted = [cell.replace('"', '""') for cell in cells]
    rows = "".join(f'{n},text {n},"{quoted[n % 4]}"\n' for n in range(8))
    space = Workspace.create(tmp_path / "one")
    space.load(write(f"id,text,label\n{rows}"), Columns("text", "label", id="id"))
    decide(space, "1", "3", "choose", label=("c",))
    decide(space, "2", "4", "exclude")
    path = space.export(tmp_path / "out.csv").path
    again = Workspace.create(tmp_path / "two")
    soft = (f"target_{name}", "target_c")
    report = again.load(path, Columns("text", "hard_label", id="id", soft=soft, weight="weight"))
    assert (report.accepted, report.quarantined) == (8, ())
    assert again.dataset.classes == (name, "c")
    assert again.dataset.given.tolist() == [
        [1, 0], [0, 1], [1, 1], [0, 1], [1, 0], [0, 1], [1, 1], [0, 0],
    ]  # fmt: skip
    assert again.targets().values.tolist() == space.targets().values.tolist()
    assert again.targets().weight.tolist() == [1, 1, 1, 1, 0, 1, 1, 1]


def test_exports_get_a_free_name_and_never_overwrite(workspace: Workspace):
    names = [workspace.export().path.name for _ in range(3)]
    assert names == ["targets-001.csv", "targets-002.csv", "targets-003.csv"]
    (workspace.path / "exports" / names[0]).unlink()
    assert workspace.export().path.name == names[0]
    with pytest.raises(ExportRefused, match="exists already"):
        workspace.export(workspace.path / "exports" / names[1])


def test_reviewing_goes_on_where_the_policy_in_use_needs_what_is_gone(predicted: Workspace, write):
    predicted.set_policy("dynamic:max=0.2")
    row = predicted.dataset.rows["3"]
    assert 0 < predicted.goals.target_row(row)[0] < 1
    newer = write(REVIEWS.replace("bad film", "worse film"), "newer.csv")
    predicted.load(newer, Columns("text", "label", id="id", slices=("source",)), replace=True)
    with pytest.raises(StepMissing):
        predicted.targets()
    assert predicted.goals.target_row(row).tolist() == [0, 1]
    Decide(verdict="keep", reviewer="ann", samples=("3",)).run(predicted)
    with pytest.raises(StepMissing):
        Decide(verdict="policy", reviewer="ann", samples=("4",)).run(predicted)
