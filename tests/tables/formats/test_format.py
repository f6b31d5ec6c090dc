from __future__ import annotations

import pandas as pd
import pytest

from labelviz.tables.formats.format import (
    Made,
    as_content,
    as_value,
    first_text,
    unused_name,
    values_of,
)
from labelviz.tables.options import ReadOptions
from labelviz.tables.table import Content, Note

CONTENT = Content(
    pd.DataFrame(
        {"a": ['{"b": [1]}'], "c": ["x"]}, index=pd.Index([4], name="line"), dtype="str"
    ),
    0, (), (Note("cells of column 'a' were an object in the file and are text now", 1),),
    ReadOptions(),
)  # fmt: skip


def test_cells_become_values_with_their_lines():
    assert values_of(CONTENT) == [(4, {"a": {"b": [1]}, "c": "x"})]
    assert as_value("[not a list") == "[not a list"


def test_a_table_is_made_of_rows_with_their_lines_and_what_was_left_out():
    made = Made()
    made.add(4, {"text": "t", "label": ["x", "y"], "score": 0.5})
    made.add(4, {"text": "t", "who": None})
    made.set_aside(5, "label", "skipped", "u")
    made.left_out["spans were left out"] += 2
    content = as_content(made, CONTENT, "a tool")
    assert content.frame.to_dict("list") == {
        "text": ["t", "t"], "label": ['["x","y"]', ""], "score": ["0.5", ""], "who": ["", ""],
    }  # fmt: skip
    assert list(content.frame.index) == [4, 4]
    assert [(each.text, each.count) for each in content.notes] == [
        ("rows were read as a tool writes them", 2),
        ("spans were left out", 2),
    ]
    assert [each.reason for each in content.quarantined] == ["skipped"]


@pytest.mark.parametrize(("name", "taken", "free"), [("id", (), "id"), ("id", ("id",), "id_")])
def test_a_name_that_is_free(name, taken, free):
    assert unused_name(name, taken) == free


def test_the_first_text():
    assert first_text([3, "", "a", "b"]) == "a"
    assert first_text([]) == ""
