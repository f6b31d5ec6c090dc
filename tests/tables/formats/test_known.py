from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from labelviz.errors import FileRefused
from labelviz.tables.columns import Columns
from labelviz.tables.options import ReadOptions
from labelviz.tables.read import read_table

Write = Callable[..., Path]
TASK = {"id": 1, "data": {"text": "rain"}, "annotations": [
    {"result": [{"type": "choices", "value": {"choices": ["wet"]}, "from_name": "sky"}]},
]}  # fmt: skip


def test_a_tool_is_known_by_keys_and_can_be_overruled(write: Write):
    path = write(json.dumps([TASK]), "some.json")
    table = read_table(path)
    assert list(table.frame.columns) == ["id", "text", "annotator", "sky"]
    plain = read_table(path, ReadOptions(format="plain"))
    assert list(plain.frame.columns) == ["id", "data", "annotations", "data.text"]
    assert plain.meant == Columns()


def test_a_first_row_that_nobody_labelled_does_not_hide_the_tool(write: Write):
    told = {"class-name": "wet", "type": "groundtruth/text-classification"}
    rows = [{"source": "fog"}, {"source": "rain", "sky": 1, "sky-metadata": told}]
    table = read_table(write("\n".join(map(json.dumps, rows)), "out.manifest"))
    assert (table.meant.label, len(table.frame), len(table.quarantined)) == ("sky", 1, 1)


def test_a_refusal_names_the_file(write: Write):
    spans = {**TASK, "annotations": [{"result": [{"type": "labels", "value": {"start": 1}}]}]}
    path = write(json.dumps([spans]), "spans.json")
    with pytest.raises(FileRefused, match="parts of texts") as refused:
        read_table(path)
    assert str(path) in refused.value.where


@pytest.mark.parametrize(
    "content",
    ["text,label\na,b\n", "id,text,answer\n1,a,b\n", "data,label\nx,y\n", "HITId,text\n1,a\n"],
)
def test_ordinary_tables_are_of_no_tool(write: Write, content: str):
    table = read_table(write(content))
    assert table.meant == Columns()
    assert ",".join(table.frame.columns) == content.partition("\n")[0]
