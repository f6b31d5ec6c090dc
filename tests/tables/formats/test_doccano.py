from __future__ import annotations

from typing import Any

import pytest

from labelviz.errors import FileRefused
from labelviz.tables.formats.doccano import fits, read
from labelviz.tables.formats.format import NOT_SEEN


@pytest.mark.bad_input("P13")
def test_lists_of_names_as_they_stand():
    rows = [(1, {"id": "1", "text": "a", "label": ["wet"], "Comments": []})]
    made = read(rows)
    assert made.rows == [{"id": "1", "text": "a", "label": '["wet"]', "Comments": "[]"}]
    assert (made.meant.text, made.meant.label, made.meant.id) == ("text", "label", "id")


def test_numbers_and_users_of_old_versions():
    row = {"id": "1", "text": "a", "annotation_approver": None,
           "annotations": [{"label": 2, "user": 1}, {"label": 3, "user": 4}]}  # fmt: skip
    assert fits(row, row)
    made = read([(1, row)])
    assert (made.rows[0]["label"], made.rows[0]["annotator"]) == ("[2,3]", "1, 4")


def test_spans_are_refused():
    with pytest.raises(FileRefused, match="spans of the texts"):
        read([(1, {"id": "1", "text": "a", "label": [[0, 3, "X"]]})])


def test_how_it_is_known():
    assert fits(["id", "text", "label", "Comments"], {"label": []})
    assert fits(["id", "data", "label"], {"label": ["a"]})
    assert not fits(["id", "text", "label"], {"label": "a"})
    assert not fits(["id", "text", "label", "split"], {"label": ["a"]})


@pytest.mark.bad_input("P13", "P17")
def test_files_of_an_archive_are_named_after_who_labelled():
    def row(who: str, *names: str) -> dict[str, Any]:
        return {"id": "1", "text": "a", "label": list(names), "file": f"{who}.jsonl"}

    made = read([(1, row("ann", "wet")), (2, row("bob", "dry")), (3, row("unknown"))])
    assert [each["annotator"] for each in made.rows] == ["ann", "bob"]
    assert [each.reason for each in made.quarantined] == [NOT_SEEN]
    assert made.meant.labelled_by == "annotator"
    assert "annotator" not in read([(1, row("all", "wet"))]).rows[0]
