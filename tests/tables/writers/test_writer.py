from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from labelviz.errors import ExportRefused
from labelviz.tables.writers.writer import ExportTable, check_rows, texts_of_cells, values_of_cells

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
