from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest

from labelviz.errors import ExportRefused
from labelviz.tables.writers.excel import check, write
from labelviz.tables.writers.writer import ExportTable
from tests.conftest import assert_message


def test_another_reader_finds_texts_and_numbers_and_no_formula(tmp_path: Path):
    texts = ["=1+1", "007", "#N/A", "a\tb\nc", "<&>", ""]
    columns = {"id": list("abcdef"), "text": texts, "weight": np.array([0.1, 1, 2, 3, 4, np.nan])}
    write(tmp_path / "t.xlsx", ExportTable(columns, {}, "id"))
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0]] == ["id", "text", "weight"]
    assert [row[1].value for row in rows[1:]] == [*texts[:-1], None]
    assert [row[2].value for row in rows[1:]] == [0.1, 1, 2, 3, 4, None]
    assert {row[1].data_type for row in rows[1:-1]} <= {"s", "inlineStr"}


def test_what_xml_does_not_keep_is_written_as_its_number(tmp_path: Path):
    sheet = ExportTable({"id": ["a"], "text": ["\r\x01\uffff _x0041_"]}, {}, "id")
    write(tmp_path / "t.xlsx", sheet)
    raw = openpyxl.load_workbook(tmp_path / "t.xlsx").active.cell(2, 2).value
    assert raw == "_x000D__x0001__xFFFF_ _x005F_x0041_"
    check(tmp_path / "t.xlsx", sheet)


@pytest.mark.bad_input("J08")
@pytest.mark.parametrize("text", ["x" * 32_768, "🙂" * 16_384])
def test_texts_that_a_cell_does_not_hold_are_refused_with_a_list(tmp_path: Path, text: str):
    columns = {"id": ["a", "b", "c"], "text": ["", text, "short"], "other": [text, "", ""]}
    with pytest.raises(ExportRefused) as refused:
        write(tmp_path / "t.xlsx", ExportTable(columns, {}, "id"))
    assert_message(refused.value, "32,767 characters; 2 of these", remedy="CSV or Parquet")
    assert "row 3, column text" in str(refused.value)
    assert "row 2, column other" in str(refused.value)
    assert not (tmp_path / "t.xlsx").exists()
    sheet = ExportTable({"id": ["a"], "text": [text[:-1]]}, {}, "id")
    write(tmp_path / "t.xlsx", sheet)
    check(tmp_path / "t.xlsx", sheet)


@pytest.mark.bad_input("J09")
def test_more_rows_than_a_sheet_has_are_refused(tmp_path: Path):
    sheet = ExportTable({"id": ["a"] * 1_048_576}, {}, "id")
    with pytest.raises(ExportRefused, match="this export has 1,048,577 and 1") as refused:
        write(tmp_path / "t.xlsx", sheet)
    assert_message(refused.value, "1,048,577", remedy="CSV or Parquet")
    assert not (tmp_path / "t.xlsx").exists()


def test_more_columns_than_a_sheet_has_are_refused(tmp_path: Path):
    columns = {str(at): ["x"] for at in range(16_385)}
    with pytest.raises(ExportRefused, match=r"1,048,576 rows and 16,384 columns; .* 2 and 16,385"):
        write(tmp_path / "t.xlsx", ExportTable(columns, {}, "0"))
