from __future__ import annotations

import json
from pathlib import Path

import pytest

from labelviz.core.queue import Queue
from labelviz.errors import ExportRefused, RequestRefused, StepMissing
from labelviz.printing import tell
from labelviz.project.workspace import Workspace
from labelviz.requests import (
    CompareTargets,
    Export,
    ExportToTrain,
    Load,
    LookThrough,
    SetPolicy,
)
from labelviz.requests.targets import ENDINGS, FORMATS
from labelviz.tables.writers.known import WRITERS
from tests.conftest import assert_message


def test_a_policy_is_set(workspace: Workspace):
    targets = SetPolicy(policy="smooth:off=0.1 + people:disputed=pooled").run(workspace)
    assert targets.policy == "smooth:off=0.1 + people:doubt=0,disputed=pooled"
    assert str(workspace.goals.policy) == targets.policy
    SetPolicy(policy="hard").run(workspace)
    assert str(workspace.goals.policy) == "hard"


def test_targets_are_kept_under_a_name_and_taken_up_again(workspace: Workspace, capsys):
    asked = SetPolicy(policy="smooth:off=0.1", keep="mild")
    tell(asked, asked.run(workspace), workspace)
    assert capsys.readouterr().out.endswith("kept as mild, version 1\n")
    SetPolicy(policy="hard").run(workspace)
    assert SetPolicy(keep="plain").run(workspace).policy == "hard"
    assert SetPolicy(policy="@mild").run(workspace).policy == "smooth:off=0.1"
    assert SetPolicy(policy="@plain@1").run(workspace).policy == "hard"
    assert SetPolicy().run(workspace).policy == "hard"


def test_one_sample_is_looked_through(workspace: Workspace, capsys):
    asked = LookThrough(sample="3", policy="smooth:off=0.2")
    tell(asked, asked.run(workspace), workspace)
    assert capsys.readouterr().out == "given yes 1.00 -> smooth 0.80\n"
    for wrong in ({"sample": "nobody"}, {"sample": "3", "policy": "soft"}):
        with pytest.raises(RequestRefused):
            LookThrough(**wrong).run(workspace)


def test_two_sets_are_compared_and_written(workspace: Workspace, tmp_path: Path, capsys):
    asked = CompareTargets(first="smooth:off=0.2", out=tmp_path / "d.csv")
    tell(asked, asked.run(workspace), workspace)
    said = capsys.readouterr().out
    assert said.startswith("6 of 6 targets differ, on average by 0.200; 0 weights\n0 stand for")
    assert "  3  yes 0.80   no 0.20, weight 1.00 -> yes 1.00, weight 1.00\n" in said
    rows = (tmp_path / "d.csv").read_text("utf-8-sig").splitlines()
    assert len(rows) == 7
    assert rows[0].split(",")[:3] == ["id", "distance", "first_no"]
    with pytest.raises(ExportRefused):
        asked.run(workspace)


@pytest.mark.parametrize("policy", ["soft", "smooth:off=2", "smooth:of=0.1"])
def test_a_policy_that_is_none_is_refused_before_anything_begins(policy: str):
    with pytest.raises(RequestRefused) as refused:
        SetPolicy(policy=policy)
    assert refused.value.field == "policy"
    assert_message(refused.value, "", "policy", "Nothing was begun.")
    assert refused.value.remedy


def test_targets_are_exported_to_a_file_that_is_named_or_to_the_next_one(
    workspace: Workspace, tmp_path: Path
):
    assert Export(file=tmp_path / "t.csv").run(workspace).path == tmp_path / "t.csv"
    assert Export().run(workspace).path == workspace.path / "exports/targets-001.csv"


@pytest.mark.parametrize(
    ("file", "form"), [("t.csv", "parquet"), ("t.xlsx", "csv"), ("t.json", ""), ("t.jsonl", "csv")]
)
def test_a_name_that_means_another_format_is_refused(file: str, form: str):
    with pytest.raises(RequestRefused) as refused:
        Export(file=Path(file), format=form)
    assert refused.value.field == "format"
    assert refused.value.remedy


def test_the_words_for_formats_are_those_that_can_be_written():
    assert list(FORMATS) == list(WRITERS)
    for word, writer in WRITERS.items():
        if writer.suffix:
            assert word in ENDINGS[writer.suffix]


def test_a_queue_is_exported_in_its_order_with_what_the_detectors_say(
    predicted: Workspace, tmp_path: Path
):
    with pytest.raises(StepMissing, match="Nothing was flagged yet"):
        Export(suspicion=True).run(predicted)
    suspicion = predicted.flag()
    order = [str(predicted.dataset.ids[row]) for row in suspicion.worst_first()]
    done = Export(
        file=tmp_path / "t.jsonl", queue=Queue(show="all", sort="worst"), suspicion=True,
        provenance=False,
    ).run(predicted)  # fmt: skip
    rows = [json.loads(line) for line in done.path.read_text().splitlines()]
    assert [row["id"] for row in rows] == order
    assert [row["suspicion"] for row in rows] == sorted(suspicion.score, reverse=True)
    rank = predicted.dataset.rows
    for row in rows:
        place = rank[row["id"]]
        assert row["reasons"] == suspicion.reasons[place]
        assert row["suggested"] == predicted.dataset.classes[suspicion.suggested[place]]
    assert list(rows[0])[-8:] == [
        "hard_label", "target_no", "target_yes", "weight", "status",
        "suspicion", "suggested", "reasons",
    ]  # fmt: skip
    flagged = Export(file=tmp_path / "f.csv", queue=Queue(show="flagged")).run(predicted)
    assert flagged.record["rows"] == suspicion.flagged.sum()


@pytest.mark.parametrize(
    ("form", "file", "beside"),
    [("datasets", "t", []), ("label-studio", "t.json", ["t.xml"]),
     ("argilla", "t.jsonl", ["t.settings.json"])],
)  # fmt: skip
def test_what_is_written_for_others_loads_back_with_its_targets(
    workspace: Workspace, tmp_path: Path, form: str, file: str, beside: list[str]
):
    workspace.set_policy("smooth:off=0.1")
    done = Export(file=tmp_path / file, format=form).run(workspace)
    assert done.record["beside"] == beside
    assert all((tmp_path / name).is_file() for name in beside)
    other = Workspace.create(tmp_path / "again")
    Load(file=done.path).run(other)
    assert other.dataset.soft is not None
    assert other.dataset.soft.tolist() == workspace.targets().values.tolist()
    assert other.dataset.ids.tolist() == workspace.dataset.ids.tolist()
    assert other.dataset.texts[0].tolist() == workspace.dataset.texts[0].tolist()
    first, second = (
        Export(file=tmp_path / name / file, format=form).run(other).record["sha256"]
        for name in "ab"
    )
    assert first == second


@pytest.mark.parametrize(
    "policy",
    [
        "smooth:off=0.1",
        "bootstrap:label=0.937 + dynamic:max=0.31,min=0.017,by=margin + thin:keep=0.3,by=margin",
        'votes:model=0.7 + asymmetric:off=0.123,"yes"=0.0456 + spread + balance:power=0.37',
        "transition + teacher:part=0.3,temperature=1.7 + slices:column=source,by=model",
    ],
)
def test_an_export_without_provenance_loads_back_with_its_targets(
    predicted: Workspace, tmp_path: Path, policy: str
):
    predicted.set_policy(policy)
    for file in ("t.csv", "t.parquet", "t.xlsx", "t.jsonl"):
        done = Export(file=tmp_path / file, provenance=False).run(predicted)
        other = Workspace.create(tmp_path / f"again-{file}")
        Load(file=done.path).run(other)
        assert other.dataset.soft is not None
        assert other.dataset.soft.tolist() == predicted.targets().values.tolist()
        assert other.dataset.ids.tolist() == predicted.dataset.ids.tolist()
        assert other.targets().weight.tolist() == predicted.targets().weight.tolist()


def test_a_folder_that_trains_elsewhere_lies_beside_the_targets(
    workspace: Workspace, tmp_path: Path
):
    asked = ExportToTrain(file=tmp_path / "t.csv", model="some/encoder")
    (tmp_path / "t-training").mkdir()
    with pytest.raises(ExportRefused, match="t-training exists already"):
        asked.run(workspace)
    assert not (tmp_path / "t.csv").exists()
    (tmp_path / "t-training").rmdir()
    done = asked.run(workspace)
    assert done.folder == tmp_path / "t-training"
    assert {each.name for each in done.folder.iterdir()} == {
        "train.py", "settings.json", "samples.jsonl", "requirements.txt", "README.md",
    }  # fmt: skip
    lines = (done.folder / "samples.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == workspace.dataset.ids.tolist()
    assert json.loads((done.folder / "settings.json").read_text())["model"] == "some/encoder"
