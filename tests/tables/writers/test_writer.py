from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from labelviz.errors import ExportRefused
from labelviz.tables.writers.writer import (
    ArrowTexts,
    ExportTable,
    check_rows,
    texts_of_cells,
    unused_column,
    values_of_cells,
)

SHEET = ExportTable(
    {"id": ["a", "b", "c"], "target_x": np.array([0.1, np.nan, 1.0])},
    {"target_x": "target_x"}, "id", (["one", "two", "three"],),
    {"task": "multilabel", "classes": ["x"]},
)  # fmt: skip


def test_numbers_are_numbers_and_texts_texts():
    assert list(SHEET.rows()) == [
        {"id": "a", "target_x": 0.1}, {"id": "b", "target_x": None}, {"id": "c", "target_x": 1.0},
    ]  # fmt: skip
    assert texts_of_cells(SHEET.columns["target_x"]) == ["0.1", "", "1.0"]
    assert values_of_cells(["", "x"]) == ["", "x"]
    assert (len(SHEET), SHEET.multilabel, SHEET.classes) == (3, True, ["x"])
    assert SHEET.target_columns == ["target_x"]


def test_some_rows_in_an_order_of_their_own():
    some = SHEET.taken(np.array([2, 0]))
    assert list(some.rows()) == [{"id": "c", "target_x": 1.0}, {"id": "a", "target_x": 0.1}]
    assert some.texts == (["three", "one"],)
    assert len(SHEET.taken(np.array([], dtype=np.int64))) == 0


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda rows: rows[:2], "row 4, column 'id'"),
        (lambda rows: [*rows, rows[0]], "row 5, column 'id'"),
        (lambda rows: [rows[0], {**rows[1], "target_x": 0.0}, rows[2]], "row 3, column 'target_x'"),
        (lambda rows: [{"id": "a"}, *rows[1:]], "row 2, column 'target_x'"),
        (lambda rows: [dict(reversed(rows[0].items())), *rows[1:]], "row 2, column 'id'"),
    ],
)
def test_rows_that_differ_are_named(change, where: str):
    with pytest.raises(ExportRefused, match=where):
        check_rows(Path("t"), SHEET, change(list(SHEET.rows())))
    check_rows(Path("t"), SHEET, list(SHEET.rows()))


def test_texts_that_arrow_holds_are_texts_like_others():
    held = ArrowTexts.of(pd.Series(["a", None, "中"], dtype="str"))
    assert (len(held), list(held), held[2], held[1:]) == (3, ["a", "", "中"], "中", ["", "中"])
    assert held == ["a", "", "中"]
    assert held != ["a", "", "x"]
    assert held != ["a", ""]
    assert ArrowTexts.of(held) is held
    assert hash(held) == hash(ArrowTexts.of(["a", "", "中"]))
    sheet = ExportTable({"id": held}, {}, "id", (["u", "v", "w"],))
    assert list(sheet.taken(np.array([2, 0])).columns["id"]) == ["中", "a"]
    assert [row["id"] for row in sheet.rows()] == ["a", None, "中"]


def test_the_column_of_each_text_is_one_that_holds_it_and_was_not_added():
    columns = {"a": ["x", "y"], "b": ["x", "z"], "note": ["p", "q"]}
    texts = (np.array(["x", "z"], dtype=object), ["p", "q"])
    assert ExportTable(columns, {"note": "note"}, "a", texts).text_columns == ["b", ""]


def test_a_column_that_is_added_gets_a_name_that_no_other_has():
    assert unused_column("x", {"y"}) == "x"
    assert unused_column("x", {"x", "labelviz_x"}) == "labelviz_labelviz_x"


def test_the_classes_of_the_label_come_with_their_shares():
    added = {"hard_label": "hard_label", "target_x": "target_x", "target_y": "target_y"}
    shares = {"target_x": np.array([0.75, np.nan]), "target_y": np.array([0.5, 0.25])}
    about = {"task": "multilabel", "classes": ["x", "y"]}
    columns = {"id": ["1", "2"], "hard_label": ['["x", "y"]', ""], **shares}
    sheet = ExportTable(columns, added, "id", about=about)
    assert list(sheet.chosen()) == [{"x": 0.75, "y": 0.5}, None]
    columns["hard_label"] = ["x", "y"]
    single = ExportTable(columns, added, "id", about={**about, "task": "binary"})
    assert list(single.chosen())[1] == {"y": 0.25}
