from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from labelviz.errors import ExportRefused
from labelviz.tables.export import export
from labelviz.tables.read import read_table
from labelviz.tables.writers.known import WRITERS
from labelviz.tables.writers.label_studio import check, configuration, write, written_here
from labelviz.tables.writers.writer import ExportTable
from tests.tables.writers.conftest import make_sheet


def tasks_of(sheet: ExportTable, folder: Path) -> list[dict]:
    write(folder / "t.json", sheet)
    check(folder / "t.json", sheet)
    return json.loads((folder / "t.json").read_text("utf-8"))


def test_a_task_has_every_column_and_the_label_as_a_prediction(tmp_path: Path):
    values = np.array([[0.7, 0.3], [0.0, 1.0]])
    sheet = make_sheet(["loud kettle", "=f"], values=values, label=["x", "y"])
    first, second = tasks_of(sheet, tmp_path)
    assert first["data"] | {"labelviz_columns": None} == {
        "id": "s0", "text": "loud kettle", "label": "x", "hard_label": "no", "target_no": 0.7,
        "target_a|b": 0.3, "weight": 0.0, "status": "unreviewed", "source": "given",
        "policy": "hard", "reviewer": "", "decided_at": "", "note": "",
        "labelviz_id": "s0", "labelviz_columns": None,
    }  # fmt: skip
    assert first["data"]["labelviz_columns"] == list(sheet.columns)
    (prediction,) = first["predictions"]
    assert (prediction["model_version"], prediction["score"]) == ("labelviz", 0.7)
    (region,) = prediction["result"]
    assert region == {
        "id": "labelviz-1", "from_name": "labelviz_label", "to_name": "text", "type": "choices",
        "value": {"choices": ["no"]},
    }  # fmt: skip
    assert second["predictions"][0]["result"][0]["value"] == {"choices": ["a|b"]}


def test_several_labels_none_and_unknown_ones(tmp_path: Path):
    values = np.array([[1.0, 0.75], [0.0, 0.25], [np.nan, 0.5]])
    tasks = tasks_of(make_sheet(["a", "b", "c"], values=values, task="multilabel"), tmp_path)
    both, none, unknown = (task["predictions"] for task in tasks)
    assert both[0]["result"][0]["value"] == {"choices": ["no", "a|b"]}
    assert both[0]["score"] == 0.75
    assert (none[0]["result"], none[0]["score"]) == ([], None)
    assert unknown == []
    assert tasks[2]["data"]["target_no"] is None


def test_the_configuration_names_texts_and_classes_as_they_are():
    sheet = make_sheet(["a", "b"], classes=("no", ' <"a&b">\n'))
    view = ElementTree.fromstring(configuration(sheet))  # noqa: S314 - our own
    assert [each.attrib for each in view.iter("Text")] == [{"name": "text", "value": "$text"}]
    assert [each.attrib["value"] for each in view.iter("Choice")] == list(sheet.classes)
    assert next(view.iter("Choices")).attrib == {
        "name": "label", "toName": "text", "choice": "single",
    }  # fmt: skip
    with pytest.raises(ExportRefused, match="character that the configuration") as refused:
        configuration(make_sheet(["a", "b"], classes=("no", "a\x1b")))
    assert refused.value.where == r"'a\x1b'"


def test_a_text_whose_column_no_configuration_can_name_is_given_another_key(tmp_path: Path):
    sheet = make_sheet(["a", "b"])
    columns = {
        "my text" if name == "text" else name: cells for name, cells in sheet.columns.items()
    }
    sheet = ExportTable(columns, sheet.added, sheet.id, sheet.texts, sheet.about)
    assert '<Text name="text" value="$labelviz_text"/>' in configuration(sheet)
    first = tasks_of(sheet, tmp_path)[0]["data"]
    assert (first["my text"], first["labelviz_text"]) == ("a", "a")
    assert "labelviz_text" not in read_table(tmp_path / "t.json").frame


def test_columns_of_these_names_are_told_from_ours(tmp_path: Path):
    more = {"labelviz_columns": ["p", "q"], "labelviz_id": ["7", "8"], "labelviz_text": ["u", "v"]}
    sheet = make_sheet(["a", "b"], **more)
    path = export(tmp_path / "t.json", sheet, WRITERS["label-studio"]).path
    frame = read_table(path).frame
    assert list(frame.columns) == list(sheet.columns)
    assert {name: frame[name].tolist() for name in more} == more
    assert written_here(json.loads(path.read_text())[1]["data"]).id == "s1"
    assert written_here({"text": "a", "labelviz_columns": ["text"]}) is None


def test_what_people_answered_there_becomes_labels_beside_what_we_wrote(tmp_path: Path):
    sheet = make_sheet(["a kettle", "a pan"], label=["x", "y"])
    tasks = tasks_of(sheet, tmp_path)
    region = tasks[0]["predictions"][0]["result"][0]
    for number, task in enumerate(tasks):
        shuffled = dict(sorted(task["data"].items(), key=lambda item: len(item[0])))
        task |= {"id": 900 + number, "data": shuffled, "predictions": [number]}
        task["annotations"] = [
            {"completed_by": who, "result": [{**region, "value": {"choices": [label]}}]}
            for who, label in ((1, "no"), (2, "a|b"))
        ]
    (tmp_path / "done.json").write_text(json.dumps(tasks))
    table = read_table(tmp_path / "done.json")
    assert list(table.frame.columns) == [
        *sheet.columns, "labelviz_id", "annotator", "labelviz_label",
    ]  # fmt: skip
    assert table.frame["labelviz_label"].tolist() == ["no", "a|b"] * 2
    assert table.frame["label"].tolist() == ["x", "x", "y", "y"]
    meant = table.meant
    assert (meant.id, meant.label, meant.labelled_by) == (
        "labelviz_id", "labelviz_label", "annotator",
    )  # fmt: skip
