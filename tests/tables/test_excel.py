from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.errors import ChoiceNeeded, ColumnRefused, FileRefused
from labelviz.requests.load import Load
from labelviz.tables import excel, table
from labelviz.tables.excel import kind, read_workbook
from labelviz.tables.options import ReadOptions
from labelviz.tables.table import Content
from tests.conftest import assert_message

ROWS = [["id", "text", "label"], ["007", "good film", "yes"], ["2", "bad film", "no"]]
BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet/>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><worksheet/>'


def book(*sheets: list[list[Any]], change: Callable[[Any], None] | None = None) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for number, rows in enumerate(sheets, start=1):
        sheet = made.create_sheet(f"S{number}")
        for row in rows:
            sheet.append(row)
    if change:
        change(made.worksheets[0])
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def with_member(data: bytes, name: str, content: bytes | str) -> bytes:
    """The archive with a member added or replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", 8) as new:
        for each in old.namelist():
            if each != name:
                new.writestr(each, old.read(each))
        new.writestr(name, content)
    return buffer.getvalue()


def read(data: bytes, **options: Any) -> Content:
    return read_workbook(data, "f.xlsx", ReadOptions(**options))


def refused(data: bytes, **options: Any) -> FileRefused:
    with pytest.raises(FileRefused) as found:
        read(data, **options)
    return found.value


def test_cells_are_text_and_rows_carry_the_numbers_of_the_sheet():
    found = read(book([*ROWS, [], ["3", "dull", "no"]]))
    assert found.frame.to_numpy().tolist() == [*ROWS[1:], ["3", "dull", "no"]]
    assert found.frame.columns.tolist() == ROWS[0]
    assert found.frame.index.tolist() == [2, 3, 5]
    assert (found.blank, found.quarantined, found.notes) == (1, (), ())
    assert (found.options.sheet, found.options.header) == ("S1", "yes")


@pytest.mark.bad_input("E18", "C06", "C07")
def test_numbers_and_dates_become_text_and_that_is_told():
    rows = [["id", "n", "ok", "at"], ["1234567890123456789", 5.0, True, datetime(2024, 5, 6)]]
    found = read(book([*rows, [7, 0.1, False, None]]))
    assert found.frame.to_numpy().tolist() == [
        ["1234567890123456789", "5", "true", "2024-05-06T00:00:00"], ["7", "0.1", "false", ""],
    ]  # fmt: skip
    assert any("'at' were a date" in note.text for note in found.notes)


@pytest.mark.bad_input("A21")
def test_numbers_that_a_spreadsheet_may_have_rounded_are_told():
    notes = read(book([["id", "x"], [1.23e17, "a"], [5, "b"]])).notes
    damage = next(note for note in notes if "over 15 digits" in note.text)
    assert (damage.count, damage.examples) == (1, ("1.23e+17",))


@pytest.mark.bad_input("A18")
def test_several_sheets_are_asked_for():
    data = book([["other"], ["x"]], ROWS)
    with pytest.raises(ChoiceNeeded) as found:
        read(data)
    assert_message(found.value, "has 2 sheets", "f.xlsx", remedy="choose the one")
    assert found.value.option == "sheet"
    assert [(each.value, each.preview[0]) for each in found.value.ways] == [
        ("S1", "other"), ("S2", "id ¦ text ¦ label"),
    ]  # fmt: skip
    assert len(read(data, sheet="S2").frame) == 2
    assert_message(refused(data, sheet="S3"), "no sheet 'S3'", "f.xlsx", remedy="'S1', 'S2'")


@pytest.mark.bad_input("A19")
def test_formulas_give_their_saved_value_or_set_the_row_aside():
    data = book([["id", "n"], ["a", "=1+1"], ["b", "=2+2"], ["c", "3"]])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>1+1</f><v" in sheet
    saved = sheet.replace("<f>1+1</f><v />", "<f>1+1</f><v>2</v>").replace(
        "<f>1+1</f><v></v>", "<f>1+1</f><v>2</v>"
    )
    assert saved != sheet
    found = read(with_member(data, "xl/worksheets/sheet1.xml", saved))
    assert found.frame.to_numpy().tolist() == [["a", "2"], ["c", "3"]]
    assert [(each.line, each.reason) for each in found.quarantined] == [
        (3, "formula in B3 has no saved value")
    ]
    note = next(note for note in found.notes if "formulas" in note.text)
    assert (note.count, note.examples) == (1, ("B2",))


@pytest.mark.bad_input("A19")
def test_a_column_of_formulas_that_were_never_computed_is_empty():
    found = read(book([["id", "n"], ["a", "=1+1"], ["b", "=2+2"], ["c", "=3+3"]]))
    assert found.frame.to_numpy().tolist() == [["a", ""], ["b", ""], ["c", ""]]
    text = "cells of column B are formulas that have no saved value, and are empty"
    assert [each.count for each in found.notes if each.text == text] == [3]


def test_a_title_row_is_named_and_can_be_set_aside():
    rows = [["My survey"], ["id", "text", "label"], *([str(n), f"t{n}", "yes"] for n in range(4))]
    assert "Row 1 has one cell, the rows below have 3" in refused(book(rows)).what
    found = read(book(rows), skip=(1, 4))
    assert list(found.frame["id"]) == ["0", "2", "3"]
    assert [(each.line, each.reason) for each in found.quarantined] == [
        (1, "set aside as asked"), (4, "set aside as asked"),
    ]  # fmt: skip
    assert found.blank == 0


@pytest.mark.bad_input("A20")
def test_merged_hidden_and_filtered_are_told_and_read():
    def change(sheet: Any) -> None:
        sheet.merge_cells("B2:B3")
        sheet.row_dimensions[3].hidden = True
        sheet.auto_filter.ref = "A1:C3"

    found = read(book(ROWS, change=change))
    told = {note.text.split()[0]: (note.count, note.examples) for note in found.notes}
    assert told == {"stretches": (1, ("B2:B3",)), "rows": (1, ("3",)), "filter": (1, ("filter",))}
    assert found.frame.to_numpy().tolist() == [
        ["007", "good film", "yes"],
        ["2", "good film", "no"],
    ]


@pytest.mark.bad_input("A20")
def test_labels_merged_downwards_are_those_of_each_row_and_nothing_else_is_filled():
    rows = [["text", "label", "note"], *([f"text {n}", "ab"[n // 2 % 2], ""] for n in range(6))]

    def change(sheet: Any) -> None:
        for stretch in ("B2:B3", "B6:B7", "A4:B4"):
            sheet.merge_cells(stretch)

    found = read(book(rows, change=change))
    assert list(found.frame["label"]) == ["a", "a", "", "b", "a", "a"]
    told = {note.text.partition(";")[0]: note.examples for note in found.notes}
    assert told["stretches of cells are merged downwards"] == ("B2:B3", "B6:B7")
    assert told["stretches of cells are merged"] == ("A4:B4",)


@pytest.mark.bad_input("A16")
@pytest.mark.parametrize(
    ("limit", "value"), [("MOST_EXPANDED", 1000), ("RATIO_COUNTS_FROM", 1000), ("MOST_MEMBERS", 3)]
)
def test_an_archive_that_would_expand_too_far(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int
):
    monkeypatch.setattr(excel, limit, value)
    data = with_member(book(ROWS), "xl/media/zeros.bin", bytes(2_000_000))
    assert_message(refused(data), "Stopped: the workbook would expand to", "f.xlsx", remedy="CSV")


@pytest.mark.bad_input("A16")
def test_an_archive_in_the_archive():
    data = with_member(book(ROWS), "xl/embeddings/more.xlsx", b"PK")
    assert_message(refused(data), "holds another archive", "f.xlsx", remedy="CSV")


@pytest.mark.bad_input("A17")
@pytest.mark.parametrize("xml", [BOMB, OUTSIDE, BOMB.encode("utf-16")])
@pytest.mark.parametrize("member", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_entities_are_refused(xml: str | bytes, member: str):
    error = refused(with_member(book(ROWS), member, xml))
    assert_message(error, "Unsafe XML in the workbook", "f.xlsx", remedy="Do not trust")


@pytest.mark.bad_input("A22", "A13")
def test_what_is_no_plain_workbook_is_named():
    locked = b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le")
    assert kind(locked) == "an Excel workbook with a password"
    assert kind(b"\xd0\xcf\x11\xe0" + bytes(50)) == "an old Excel workbook"
    assert kind(b"PK\x03\x04" + bytes(50)) == "a damaged ZIP archive or Excel workbook"
    assert (
        kind(with_member(book(ROWS), "xl/vbaProject.bin", b"x")) == "an Excel workbook with macros"
    )
    assert kind(book(ROWS)) == "an Excel workbook"
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("a.csv", "id\n1\n")
    assert kind(empty.getvalue()).startswith("a ZIP archive")


@pytest.mark.parametrize("member", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_a_damaged_workbook_is_refused(member: str):
    for content in (b"<worksheet><sheetData><row", b"nothing", b""):
        assert_message(refused(with_member(book(ROWS), member, content)), "damaged", "f.xlsx")


@pytest.mark.bad_input("B03", "B04")
def test_a_row_beyond_the_header_is_set_aside_and_a_short_one_is_filled():
    found = read(book([["id", "text"], ["1", "x", "y"], ["2"]]))
    assert [(each.line, each.reason) for each in found.quarantined] == [(2, "3 cells, expected 2")]
    assert found.frame.to_numpy().tolist() == [["2", ""]]


@pytest.mark.bad_input("B11")
def test_a_sheet_without_names():
    data = book([["1", "good", "yes"], ["2", "bad", "no"], ["3", "fine", "no"]])
    with pytest.raises(ChoiceNeeded) as found:
        read(data)
    assert found.value.option == "header"
    table = read(data, header="no")
    assert table.frame.columns.tolist() == ["column 1", "column 2", "column 3"]
    assert len(table.frame) == 3


@pytest.mark.bad_input("A03")
def test_an_empty_sheet():
    assert_message(refused(book([])), "contains no data", "f.xlsx", remedy="another sheet")


VALUES = st.none() | st.sampled_from(["", "a", " b ", "好", "=x"[1:]]) | st.integers(-9, 10**12)


@given(st.lists(st.lists(VALUES, max_size=4), max_size=8))
def test_every_row_is_accepted_or_blank_or_set_aside(rows: list[list[Any]]):
    found = read(book([["id", "text", "label"], *rows]))
    filled = [number for number, row in enumerate(rows, 1) if any(v not in (None, "") for v in row)]
    last = max(filled, default=0)
    assert len(found.frame) + found.blank + len(found.quarantined) == last


def test_nothing_of_the_workbook_is_opened_beside_its_sheet(tmp_path: Path):
    data = with_member(book(ROWS), "xl/externalLinks/externalLink1.xml", "<externalLink/>")
    assert len(read(data).frame) == 2


def test_a_sheet_that_is_wider_than_what_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(table, "MOST_COLUMNS", 3)
    with pytest.raises(FileRefused) as found:
        read_workbook(book([*ROWS, ["1", "2", "3", "4"]]), "f.xlsx", ReadOptions())
    assert_message(found.value, "4 columns; at most 3", "row 4", "", "Leave out the columns")


def test_a_label_of_formulas_without_values_is_the_named_cause(tmp_path: Path):
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["text", "label"])
    for n in range(4):
        sheet.append([f"text number {n} here", f'=IF({n}>1,"a","b")'])
    book.save(tmp_path / "f.xlsx")
    file = tmp_path / "f.xlsx"
    with Load(file=file).opened(tmp_path / "w") as project, pytest.raises(ColumnRefused) as found:
        Load(file=file).run(project)
    assert "column B are formulas that have no saved value" in found.value.what
