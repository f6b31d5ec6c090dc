from __future__ import annotations

import json

import pytest

from labelviz.tables.columns import Columns
from labelviz.tables.remember import FILE, MOST, remember, remembered

MAPPING = Columns("t", "l", spellings={"Yes": "yes"}, missing=("NA",), slices=("s",))


def test_a_mapping_is_offered_for_the_same_columns_in_any_order(tmp_path):
    assert remembered(["t", "l", "s"], tmp_path) is None
    remember(["t", "l", "s"], MAPPING, tmp_path)
    assert remembered(["s", "l", "t"], tmp_path) == MAPPING
    assert remembered(["t", "l"], tmp_path) is None
    assert remembered(["t", "l", "s", "x"], tmp_path) is None


def test_the_latest_mapping_is_the_one(tmp_path):
    remember(["t", "l", "s"], MAPPING, tmp_path)
    remember(["t", "l", "s"], Columns("t", "s"), tmp_path)
    assert remembered(["t", "l", "s"], tmp_path) == Columns("t", "s")


def test_the_oldest_goes_first(tmp_path):
    for number in range(MOST + 1):
        remember([f"c{number}"], Columns(f"c{number}"), tmp_path)
    assert remembered(["c0"], tmp_path) is None
    assert remembered(["c1"], tmp_path) == Columns("c1")


@pytest.mark.parametrize(
    "content",
    [
        "", "{", "[]", "{}", '{"labelviz_columns": 3}', '{"labelviz_columns": [3]}',
        '{"labelviz_columns": [{"names": ["t"], "columns": {"text": 3}}]}',
        '{"labelviz_columns": [{"names": ["t"], "columns": {"text": "gone"}}]}',
        '{"labelviz_columns": [{"names": ["t"], "columns": {"slices": [["t"]]}}]}',
        '{"labelviz_columns": [{"names": ["t"], "columns": {"task": "dream"}}]}',
    ],
)  # fmt: skip
def test_a_damaged_file_offers_nothing_and_stops_nobody(tmp_path, content):
    (tmp_path / FILE).write_text(content)
    assert remembered(["t"], tmp_path) is None
    remember(["t"], Columns("t"), tmp_path)
    assert remembered(["t"], tmp_path) == Columns("t")


def test_a_folder_that_takes_no_file_keeps_nothing(tmp_path):
    nowhere = tmp_path / "file"
    nowhere.write_text("not a folder")
    remember(["t"], Columns("t"), nowhere)
    assert remembered(["t"], nowhere) is None


def test_what_is_kept_is_plain_json(tmp_path):
    remember(["t", "l"], Columns("t", "l"), tmp_path)
    kept = json.loads((tmp_path / FILE).read_text("utf-8"))["labelviz_columns"]
    assert kept[0]["names"] == ["l", "t"]
    assert kept[0]["columns"]["text"] == "t"


REMEMBER = """
import sys
from pathlib import Path
from labelviz.tables.columns import Columns
from labelviz.tables.remember import remember

begin()
for number in range(10):
    name = f"{sys.argv[2]}-{number}"
    remember([name], Columns(name), Path(sys.argv[1]))
"""


def test_workspaces_that_are_loaded_at_once_are_all_remembered(tmp_path, at_once):
    at_once(REMEMBER, [(str(tmp_path), f"p{n}") for n in range(4)])
    names = [f"p{n}-{number}" for n in range(4) for number in range(10)]
    assert [name for name in names if remembered([name], tmp_path) is None] == []
