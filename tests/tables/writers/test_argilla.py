from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from labelviz.tables.export import export
from labelviz.tables.read import read_table
from labelviz.tables.writers.argilla import added_to, check, settings, write
from labelviz.tables.writers.known import WRITERS
from labelviz.tables.writers.writer import ExportTable
from tests.tables.writers.conftest import make_sheet


def records_of(sheet: ExportTable, folder: Path) -> list[dict]:
    write(folder / "t.jsonl", sheet)
    check(folder / "t.jsonl", sheet)
    return [json.loads(line) for line in (folder / "t.jsonl").read_text("utf-8").splitlines()]


def test_a_record_is_its_row_with_the_label_as_a_suggestion(tmp_path: Path):
    sheet = make_sheet(["loud kettle", "b"], values=np.array([[0.7, 0.3], [0.0, 1.0]]))
    first, second = records_of(sheet, tmp_path)
    assert list(first)[: len(sheet.columns)] == list(sheet.columns)
    assert list(first.items())[len(sheet.columns) :] == [
        ("label.suggestion", "no"), ("label.suggestion.score", 0.7),
        ("label.suggestion.agent", "labelviz"),
    ]  # fmt: skip
    assert (second["label.suggestion"], second["label.suggestion.score"]) == ("a|b", 1.0)


def test_several_labels_have_a_score_each_and_none_is_no_suggestion(tmp_path: Path):
    values = np.array([[1.0, 0.75], [0.0, 0.25], [np.nan, 0.5]])
    sheet = make_sheet(["a", "b", "c"], values=values, task="multilabel")
    both, none, unknown = records_of(sheet, tmp_path)
    assert both["label.suggestion"] == ["no", "a|b"]
    assert both["label.suggestion.score"] == [1.0, 0.75]
    assert none["label.suggestion"] is None
    assert unknown["label.suggestion"] is None
    (question,) = json.loads(settings(sheet))["questions"]
    assert question["settings"]["type"] == "multi_label_selection"


def test_the_settings_say_which_key_is_what():
    said = json.loads(settings(make_sheet(["a", "b"], classes=("No!", "a|b"))))
    assert [each["name"] for each in said["fields"]] == ["text"]
    (question,) = said["questions"]
    assert question["settings"]["type"] == "label_selection"
    assert [each["value"] for each in question["settings"]["options"]] == ["No!", "a|b"]
    assert [(each["name"], each["title"]) for each in said["metadata"]] == [
        ("target_0", "target_No!"), ("target_1", "target_a|b"),
    ]  # fmt: skip
    assert said["mapping"] == {
        "id": ["id"], "text": ["text"], "target_No!": ["target_0"], "target_a|b": ["target_1"],
        "label.suggestion": ["label.suggestion.value"],
        "label.suggestion.score": ["label.suggestion.score"],
        "label.suggestion.agent": ["label.suggestion.agent"],
    }  # fmt: skip


def test_one_column_may_be_the_id_and_the_text(tmp_path: Path):
    sheet = make_sheet(["a", "b"])
    same = ExportTable(sheet.columns, sheet.added, "text", sheet.texts, sheet.about)
    assert json.loads(settings(same))["mapping"]["text"] == ["id", "text"]


def test_what_was_added_is_taken_off_again_and_nothing_else(tmp_path: Path):
    more = {"label.suggestion": ["p", "q"], "labelviz_label.x": ["u", "v"]}
    sheet = make_sheet(["a", "b"], **more)
    path = export(tmp_path / "t.jsonl", sheet, WRITERS["argilla"]).path
    frame = read_table(path).frame
    assert list(frame.columns) == list(sheet.columns)
    assert {name: frame[name].tolist() for name in more} == more
    names = ["x.text", "x.suggestion.agent", "y"]
    assert added_to(names, {"x.suggestion.agent": "labelviz"}) == names[:2]
    assert added_to(names, {"x.suggestion.agent": "gpt"}) == []


def test_texts_of_several_columns_are_a_key_of_their_own(tmp_path: Path):
    sheet = make_sheet(["a", "b"])
    made = ExportTable(sheet.columns, sheet.added, "id", (["name: a", "name: b"],), sheet.about)
    assert [each["label.text"] for each in records_of(made, tmp_path)] == ["name: a", "name: b"]
    assert json.loads(settings(made))["mapping"]["label.text"] == ["text"]
    assert "label.text" not in read_table(tmp_path / "t.jsonl").frame
