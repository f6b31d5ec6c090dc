"""A cell that is missing is not one that is empty, from one file to the next."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelviz.core.dataset import Dataset
from labelviz.project.workspace import Workspace
from labelviz.tables import apart
from labelviz.tables.apart import read_apart
from labelviz.tables.columns import Columns
from labelviz.tables.options import ReadOptions
from labelviz.tables.read import read_table
from labelviz.tables.table import Table
from labelviz.tables.writers.known import WRITERS

ROWS = [
    {"id": "1", "text": "a kettle", "label": "yes", "note": None, "who": ""},
    {"id": "2", "text": "a pan", "label": "no", "note": "", "who": None},
    {"id": "3", "text": None, "label": "yes", "who": "ann"},
    {"id": "4", "text": "a pot", "label": "no", "note": "kept", "who": None, "rest": ""},
]
GONE = {"text": [3], "note": [1, 3], "who": [2, 4], "rest": [1, 2, 3]}
COLUMNS = Columns("text", "label", id="id")


def gone(table: Table) -> dict[str, list[int]]:
    return {name: lines.tolist() for name, lines in table.missing.items()}


def lines_of(rows: list[dict[str, object]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def source(write) -> Path:
    return write(lines_of(ROWS), "rows.jsonl")


def nulls(workspace: Workspace) -> dict[str, list[int]]:
    original = workspace.data.original
    return {name: [at + 1 for at, one in enumerate(original[name].isna()) if one] for name in GONE}


def loaded(folder: Path, file: Path, columns: Columns = COLUMNS) -> Workspace:
    workspace = Workspace.create(folder)
    workspace.load(file, columns)
    return workspace


@pytest.mark.bad_input("J12", "A32")
def test_null_and_absent_are_missing_in_json(source: Path, write):
    table = read_table(source)
    assert gone(table) == GONE
    assert table.frame["note"].tolist() == ["", "", "", "kept"]
    array = write(json.dumps(ROWS), "rows.json")
    assert gone(read_table(array)) == GONE


@pytest.mark.bad_input("J12")
def test_null_is_missing_in_parquet(tmp_path: Path):
    columns = {
        "text": pa.array(["", None, "x"]),
        "kind": pa.array(["a", None, "a"]).dictionary_encode(),
        "n": pa.array([1, None, 2]),
        "p": pa.array([None, float("nan"), 0.5]),
        "tags": pa.array([["x"], None, []]),
        "none": pa.nulls(3),
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet")
    assert gone(table) == {
        "text": [2], "kind": [2], "n": [2], "p": [1], "tags": [2], "none": [1, 2, 3],
    }  # fmt: skip
    assert table.frame["p"].tolist() == ["", "nan", "0.5"]


@pytest.mark.bad_input("J12")
def test_a_class_that_is_null_is_missing_and_minus_one_is_no_label(tmp_path: Path):
    table = pa.table({"label": pa.array([1, None, -1])})
    features = {"label": {"names": ["no", "yes"], "_type": "ClassLabel"}}
    said = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    pq.write_table(table.replace_schema_metadata(said), tmp_path / "t.parquet")
    found = read_table(tmp_path / "t.parquet")
    assert (found.frame["label"].tolist(), gone(found)) == (["yes", "", ""], {"label": [2]})


def test_what_an_object_does_not_hold_is_missing(write):
    held = [{"data": {"text": "a b", "n": ""}}, {"data": {"text": None}}, {"data": {"n": "x"}}]
    assert gone(read_table(write(lines_of(held), "t.jsonl"))) == {
        "data.text": [2, 3],
        "data.n": [2],
    }


def test_columns_that_a_part_of_a_folder_lacks_are_missing_there(tmp_path: Path):
    (tmp_path / "train.jsonl").write_text(lines_of([{"t": "a", "n": None}, {"t": None, "n": ""}]))
    (tmp_path / "test.jsonl").write_text(lines_of([{"t": "b"}]))
    table = read_table(tmp_path)
    rows = dict(table.frame.iterrows())
    said = {(rows[line]["split"], name) for name, lines in gone(table).items() for line in lines}
    assert said == {("train", "n"), ("train", "t"), ("test", "n")}


def test_a_table_read_apart_misses_the_same(source: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(apart, "SMALL", 0)
    found = read_apart(source, ReadOptions(), lambda: tmp_path)
    assert gone(found) == GONE
    assert found.frame.to_dict("split") == read_table(source).frame.to_dict("split")


@pytest.mark.bad_input("J12")
def test_a_workspace_keeps_what_is_missing_and_a_row_set_aside_shifts_nothing(
    write, tmp_path: Path
):
    rows = [{"id": "", "text": "none", "label": "yes", "note": ""}, *ROWS]
    workspace = loaded(tmp_path / "space", write(lines_of(rows), "rows.jsonl"))
    assert workspace.dataset.ids.tolist() == ["1", "2", "3", "4"]
    assert workspace.dataset.texts[0].tolist() == ["a kettle", "a pan", "", "a pot"]
    assert nulls(workspace) == GONE
    assert workspace.data.column("note").tolist() == ["", "", "", "kept"]


def test_a_dataset_is_the_same_whether_cells_are_missing_or_empty(write, tmp_path: Path):
    empty = [{name: row.get(name) or "" for name in ("id", "text", "label")} for row in ROWS]
    files = (write(lines_of(ROWS), "a.jsonl"), write(lines_of(empty), "b.jsonl"))
    one, two = (loaded(tmp_path / file.stem, file).dataset for file in files)
    assert isinstance(one, Dataset)
    assert one.content == two.content


@pytest.mark.bad_input("J12", "J15")
@pytest.mark.parametrize("name", WRITERS)
def test_what_is_missing_is_missing_again_after_two_exports(
    source: Path, tmp_path: Path, name: str
):
    workspace = loaded(tmp_path / "first", source)
    for turn in ("second", "third"):
        path = workspace.export(tmp_path / f"{turn}{WRITERS[name].suffix}", format=name).path
        workspace = loaded(tmp_path / f"from {turn}", path)
        assert nulls(workspace) == GONE
        assert workspace.data.original["who"].tolist()[0] == ""


@pytest.mark.bad_input("J12")
def test_a_column_of_a_csv_says_what_is_missing(source: Path, tmp_path: Path):
    workspace = loaded(tmp_path / "space", source)
    path = workspace.export(tmp_path / "t.csv").path
    with path.open(encoding="utf-8", newline="") as file:
        said = {row["id"]: row["missing"] for row in csv.DictReader(file)}
    assert said == {
        "1": '["note", "rest"]', "2": '["who", "rest"]', "3": '["text", "note", "rest"]',
        "4": '["who"]',
    }  # fmt: skip
    table = read_table(path)
    assert gone(table) == {name: [line + 1 for line in lines] for name, lines in GONE.items()}
    assert "missing" not in table.frame.columns
    note = "cells are missing and not empty, as the export says of them"
    assert [each.count for each in table.notes if each.text == note] == [8]
    changed = path.read_text("utf-8").replace("3,,yes", "3,a cup,yes", 1)
    path.write_text(changed, "utf-8")
    filled = loaded(tmp_path / "filled", path)
    assert filled.data.original["text"].tolist() == ["a kettle", "a pan", "a cup", "a pot"]
    assert nulls(filled) == {**GONE, "text": []}


@pytest.mark.bad_input("J12")
def test_a_column_that_was_taken_out_of_an_export_leaves_the_others_missing(
    source: Path, tmp_path: Path
):
    path = loaded(tmp_path / "space", source).export(tmp_path / "t.csv").path
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.drop(columns="note").rename(columns={"rest": "other"}).to_csv(path, index=False)
    table = read_table(path)
    lines = {name: [line + 1 for line in GONE[name]] for name in ("text", "who")}
    assert gone(table) == lines
    assert "missing" not in table.frame.columns


@pytest.mark.bad_input("J12", "B14")
@pytest.mark.parametrize("cell", ["", "yes", '["note"]', '["nowhere"]'])
def test_a_column_called_missing_of_the_file_itself_stays(write, tmp_path: Path, cell: str):
    rows = [{**row, "missing": cell} for row in ROWS]
    workspace = loaded(tmp_path / "space", write(lines_of(rows), "rows.jsonl"))
    table = read_table(workspace.export(tmp_path / "t.csv").path)
    assert table.frame["missing"].tolist() == [cell] * 4
    assert "labelviz_missing" not in table.frame.columns
    assert set(gone(table)) == set(GONE)


@pytest.mark.parametrize("cells", [["old", ""], ['["gone"]', ""], ['["text"]', "3"]])
def test_a_column_that_was_added_behind_an_export_and_says_something_else_stays(
    source: Path, tmp_path: Path, cells: list[str]
):
    path = loaded(tmp_path / "space", source).export(tmp_path / "t.parquet").path
    frame = pd.read_parquet(path)
    frame["missing"] = [*cells, *cells]
    frame.to_csv(tmp_path / "t.csv", index=False)
    table = read_table(tmp_path / "t.csv")
    assert table.frame["missing"].tolist() == [*cells, *cells]
    assert gone(table) == {}


def test_a_table_without_missing_cells_holds_nothing_about_them(write):
    assert read_table(write("id,text,label\n1,,yes\n2,x,no\n")).missing == {}
