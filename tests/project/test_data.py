from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from labelviz.errors import (
    ColumnRefused,
    StepMissing,
    WorkspaceRefused,
)
from labelviz.project.workspace import Workspace
from labelviz.tables import keep
from tests.conftest import REVIEWS, assert_message
from tests.project.conftest import COLUMNS, Write


def test_a_workspace_without_data_says_which_step_is_missing(tmp_path: Path):
    space = Workspace.create(tmp_path / "project")
    with pytest.raises(StepMissing) as refused:
        space.dataset  # noqa: B018
    assert_message(refused.value, "no dataset yet", "project", remedy="labelviz load")


def test_how_a_file_was_read_is_kept_with_it(tmp_path: Path, write: Write):
    space = Workspace.create(tmp_path / "p")
    space.load(write(REVIEWS.replace(",", ";").encode("utf-16"), "r.csv"), COLUMNS)
    options = json.loads((space.path / "data/1/dataset.json").read_text("utf-8"))["options"]
    assert (options["delimiter"], options["encoding"]) == (";", "utf-16-le")
    assert len(space.dataset) == 6


def test_another_process_reads_the_same_dataset(workspace: Workspace):
    script = (
        "import sys; from labelviz.project.workspace import Workspace; "
        "print(Workspace(sys.argv[1]).dataset.fingerprint)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(workspace.path)], capture_output=True, text=True
    )
    assert done.stdout.strip() == workspace.dataset.fingerprint


def test_the_dataset_is_read_once(workspace: Workspace):
    assert workspace.dataset is workspace.dataset


@pytest.mark.bad_input("H13")
def test_a_reader_whose_dataset_is_replaced_between_two_files_reads_again(
    workspace: Workspace, write: Write, monkeypatch: pytest.MonkeyPatch
):
    other = write("id,text,label,source\n1,x,a,w\n2,y,b,w\n", "other.csv")
    reader, read_json, turns = Workspace(workspace.path), keep.read_json, []

    def replacing(path: Path) -> object:
        about = read_json(path)
        if not turns:
            turns.append(path)
            workspace.load(other, COLUMNS, replace=True)
        return about

    monkeypatch.setattr(keep, "read_json", replacing)
    assert reader.dataset.ids.tolist() == ["1", "2"]
    assert turns


def test_what_is_read_while_the_dataset_is_replaced_is_all_of_the_new_one(
    predicted: Workspace, write: Write, monkeypatch: pytest.MonkeyPatch
):
    table = "id,text,label,source,p_no,p_yes\n1,x,no,w,.9,.1\n2,y,yes,w,.1,.9\n"
    columns = replace(COLUMNS, probabilities=("p_no", "p_yes"))
    other = write(table, "other.csv")
    reader, about, turns = Workspace(predicted.path), keep.read_probabilities, []

    def replacing(path: Path) -> object:
        if not turns:
            turns.append(path)
            predicted.load(other, columns, replace=True)
        return about(path)

    monkeypatch.setattr(keep, "read_probabilities", replacing)
    found = reader.findings.evidence(embed=False)
    assert turns
    assert found.name == "other"
    assert found.dataset.ids.tolist() == found.in_use.ids.tolist() == ["1", "2"]
    assert list(found.probabilities) == ["other"]


@pytest.mark.bad_input("H13", "H14")
@pytest.mark.parametrize("name", ["dataset.json", "dataset.parquet", "original.parquet"])
def test_a_damaged_dataset_is_told(workspace: Workspace, name: str):
    (workspace.path / "data/1" / name).write_bytes(b"damaged")
    opened = Workspace(workspace.path)
    with pytest.raises(WorkspaceRefused, match="missing or damaged"):
        len(opened.dataset) + len(opened.data.original)


def test_how_the_file_was_read_is_kept(workspace: Workspace):
    options = workspace.data.options
    assert (options.encoding, options.delimiter, options.header) == ("utf-8", ",", "yes")


def test_one_column_of_the_file_is_read(workspace: Workspace):
    assert workspace.data.column_names == ("id", "text", "label", "source")
    assert workspace.data.column("source").tolist() == ["web", "web", "app", "app", "app", "web"]
    with pytest.raises(ColumnRefused, match="no column 'nothing'"):
        workspace.data.column("nothing")
