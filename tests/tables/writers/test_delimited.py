from __future__ import annotations

import codecs
import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelviz.tables.columns import Columns
from labelviz.tables.load import load_dataset
from labelviz.tables.read import read_table
from labelviz.tables.writers import excel
from labelviz.tables.writers.delimited import check, columns_of, write
from labelviz.tables.writers.writer import ExportTable


def test_a_formula_gets_its_apostrophe_unless_every_text_is_wanted(tmp_path: Path):
    sheet = ExportTable({"id": ["1"], "text": ["=1+1"], "guarded": ["mine"]}, {}, "id")
    assert columns_of(sheet)["text"] == ["=1+1"]
    safe = replace(sheet, exact=False)
    assert columns_of(safe) == {
        "id": ["1"], "text": ["'=1+1"], "guarded": ["mine"], "labelviz_guarded": ['["text"]'],
    }  # fmt: skip
    write(tmp_path / "t.csv", sheet)
    assert (tmp_path / "t.csv").read_bytes() == b"id,text,guarded\r\n1,=1+1,mine\r\n"


@pytest.mark.bad_input("J10")
def test_programs_meet_no_byte_order_mark_excel_has_its_own_format_and_all_load_alike(
    tmp_path: Path,
):
    sheet = ExportTable({"id": ["1", "2"], "text": ["很好", "坏"], "y": ["a", "b"]}, {}, "id")
    write(tmp_path / "plain.csv", sheet)
    write(tmp_path / "safe.csv", replace(sheet, exact=False))
    plain = (tmp_path / "plain.csv").read_bytes()
    assert (tmp_path / "safe.csv").read_bytes() == plain
    assert plain.startswith(b"id,text")
    (tmp_path / "marked.csv").write_bytes(codecs.BOM_UTF8 + plain)
    excel.write(tmp_path / "t.xlsx", sheet)
    read = [
        load_dataset(read_table(tmp_path / name), Columns("text", "y", id="id"))[0]
        for name in ("plain.csv", "marked.csv", "t.xlsx")
    ]
    assert [each.texts[0].tolist() for each in read] == [["很好", "坏"]] * 3
    assert len({each.fingerprint for each in read}) == 1


LETTERS = st.one_of(st.sampled_from('a,"\r\n; \t'), st.characters(exclude_categories=["Cs"]))


@settings(max_examples=40)
@given(st.integers(1, 3).flatmap(lambda width: st.lists(
    st.lists(st.text(LETTERS, max_size=5), min_size=width, max_size=width), min_size=1, max_size=5
)))  # fmt: skip
def test_rows_are_written_as_the_csv_module_writes_them(
    tmp_path_factory: pytest.TempPathFactory, rows
):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    names = [f"c{number}" for number in range(len(rows[0]))]
    sheet = ExportTable(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)), {}, "c0")
    write(path, sheet)
    wanted = io.StringIO(newline="")
    csv.writer(wanted).writerows([names, *rows])
    assert path.read_bytes().decode() == wanted.getvalue()
    check(path, sheet)


def test_a_header_that_another_kind_of_file_begins_with_is_quoted(tmp_path: Path):
    for number, name in enumerate(("#id", "[{", "\ufeffid", "<html>", " id")):
        write(tmp_path / f"{number}.csv", ExportTable({name: ["1"], "b": ["2"]}, {}, name))
        text = (tmp_path / f"{number}.csv").read_text("utf-8")
        assert text == f'"{name}","b"\n1,2\n'
