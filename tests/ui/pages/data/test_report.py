from __future__ import annotations

import pytest

from labelviz.project.workspace import Workspace
from labelviz.tables.columns import Columns
from tests.ui.conftest import words
from tests.ui.pages.data.conftest import table

PAIRS = """id,a,b,label
1,one,two,yes
2,two,one,no
3,one,two,yes
4,,three,no
5,five,six,
6,seven,eight,no

"""


@pytest.fixture
def pairs(write, tmp_path):
    space = Workspace.create(tmp_path / "pairs")
    space.load(write(PAIRS, "pairs.csv"), Columns(text="a", text_b="b", label="label", id="id"))
    return space


def test_rows_add_up_and_everything_is_counted(open_page, pairs):
    said = words(open_page("data", pairs.path))
    report = pairs.data.report
    assert (report.rows_in, report.accepted, len(report.quarantined), report.blank) == (7, 5, 1, 1)
    for name in ("= accepted", "+ set aside", "+ blank", "Same text, other label", "Empty texts"):
        assert name in said
    assert "1 the other way round" in said
    assert report.sha256 in said


def test_reasons_come_with_their_lines_and_columns(open_page, pairs):
    reasons = table(open_page("data", pairs.path), "Reason")
    assert reasons.to_dict("records") == [
        {"Reason": "no label", "Rows": 1, "Column": "label", "First lines": "6"}
    ]


def test_class_counts_and_lengths_are_shown(open_page, pairs):
    page = open_page("data", pairs.path)
    counts = table(page, "Class")
    assert dict(zip(counts["Class"], counts["Samples"], strict=True)) == {"no": 3, "yes": 2}
    assert counts["Note"].tolist() == ["too few to judge"] * 2
    lengths = table(page, "Longest")
    assert lengths["Column"].tolist() == ["a", "b"]
    assert lengths["Longest"].tolist() == [5, 5]
    assert lengths["Shortest"].tolist() == [0, 3]


def test_the_mapping_and_what_was_not_touched_are_shown(open_page, workspace):
    page = open_page("data", workspace.path)
    mapping = table(page, "Meaning")
    assert dict(zip(mapping["Meaning"], mapping["Column"], strict=True)) == {
        "Text": "text",
        "Label to audit": "label",
        "Sample id": "id",
        "Slices: where errors may clump": "source",
    }
    said = words(page)
    assert "No row was set aside" in said
    assert "Read as: utf-8 text" in said
