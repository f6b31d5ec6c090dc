from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.errors import ColumnRefused, FileRefused
from labelviz.tables.read import read_table
from tests.conftest import assert_message

Write = Callable[..., Path]
CELLS = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
        st.sampled_from(',"\r\n；\ufeff'),
    ),
    max_size=8,
)


def cells(path: Path) -> list[list[str]]:
    return read_table(path).frame.to_numpy().tolist()


def refused(path: Path) -> FileRefused:
    with pytest.raises(FileRefused) as found:
        read_table(path)
    return found.value


def test_every_cell_is_the_text_in_the_file(write: Write):
    table = read_table(write("id,x\n007,1.0\n1e5, NA \n,null\n"))
    assert table.frame.to_numpy().tolist() == [["007", "1.0"], ["1e5", " NA "], ["", "null"]]
    assert table.frame.columns.tolist() == ["id", "x"]
    assert table.frame.index.tolist() == [2, 3, 4]
    assert (table.rows_in, table.blank, table.quarantined) == (3, 0, ())


def test_the_hash_is_of_the_bytes_as_they_are(write: Write):
    content = b"\xef\xbb\xbfa,b\r\n1,2\r\n"
    assert read_table(write(content)).sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.bad_input("A04")
def test_a_byte_order_mark_is_not_part_of_the_first_name(write: Write):
    assert read_table(write(b"\xef\xbb\xbfid,x\n1,2\n")).frame.columns.tolist() == ["id", "x"]


@pytest.mark.bad_input("A05")
def test_a_mark_inside_the_text_stays(write: Write):
    assert cells(write("id,x\n1,\ufeffhello\n")) == [["1", "\ufeffhello"]]


@pytest.mark.bad_input("B05")
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_breaks_in_quotes_are_text_and_lines_are_physical(write: Write, newline: str):
    path = write(f'id,x{newline}1,"a{newline}b"{newline}2,c{newline}')
    table = read_table(path)
    assert table.frame.to_numpy().tolist() == [["1", f"a{newline}b"], ["2", "c"]]
    assert table.frame.index.tolist() == [2, 4]


@pytest.mark.bad_input("B03", "B04")
def test_ragged_rows_are_set_aside_with_line_and_reason(write: Write):
    table = read_table(write('id,x\n1,"a\nb"\n2\n3,c,d\n\n4,e\n'))
    assert [(q.line, q.reason, q.excerpt) for q in table.quarantined] == [
        (4, "1 fields, expected 2", "2"),
        (5, "3 fields, expected 2", "3,c,d"),
    ]
    assert table.frame.to_numpy().tolist() == [["1", "a\nb"], ["4", "e"]]
    assert (table.blank, table.rows_in) == (1, 5)


@pytest.mark.bad_input("B10")
def test_a_field_over_the_usual_limit_is_read(write: Write):
    long = "x" * 200_000
    assert cells(write(f"a,b\n1,{long}\n")) == [["1", long]]


@pytest.mark.bad_input("B08")
def test_doubled_quotes_are_one_and_curly_ones_are_text(write: Write):
    assert cells(write('a,b\n"say ""hi""",“hi”\n')) == [['say "hi"', "“hi”"]]


@pytest.mark.bad_input("B09")
def test_a_row_with_a_nul_is_set_aside_wherever_it_stands(write: Write):
    rows = "".join(f"{number},x\n" for number in range(2000))
    table = read_table(write(f"a,b\n\0,x\n{rows}y\0,x\n"))
    assert [(q.line, q.reason) for q in table.quarantined] == [
        (2, "holds a NUL character"),
        (2003, "holds a NUL character"),
    ]
    assert len(table.frame) == 2000


@pytest.mark.bad_input("A01")
def test_an_empty_file(write: Write):
    error = refused(write(b""))
    assert_message(error, "data.csv is empty (0 bytes).", "data.csv", "Nothing was changed.")


@pytest.mark.bad_input("A03")
@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b"\n\n\n", b"\r\n \r\n", b"\xef\xbb\xbf\n"])
def test_a_file_without_data(write: Write, content: bytes):
    assert_message(refused(write(content)), "contains no data", "data.csv", "Nothing was changed.")


@pytest.mark.bad_input("A02")
@pytest.mark.parametrize("content", ["id,text\n", "id,text", "id,text\n\n\n"])
def test_a_header_without_rows(write: Write, content: str):
    error = refused(write(content))
    assert_message(
        error, "has columns ['id', 'text'] and no rows", "data.csv", remedy="Check that the export"
    )


@pytest.mark.bad_input("A13", "A14", "A15", "A22")
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04" + bytes(50), "a ZIP archive or an Excel workbook"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "a PNG picture"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "a JPEG picture"),
        (b"%PDF-1.7\n%", "a PDF document"),
        (b"PAR1" + bytes(50), "a Parquet file"),
        (b"\x1f\x8b\x08" + bytes(50), "a gzip archive"),
        (b"\xd0\xcf\x11\xe0" + bytes(50), "an old Excel workbook"),
        (b"SQLite format 3\0" + bytes(50), "a SQLite database"),
        (b"\n <!DOCTYPE html>\n<html>, </html>", "a web page"),
        (b"\xef\xbb\xbf<html><body>Log in</body></html>", "a web page"),
        (b"\x7fELF" + bytes(50), "binary data"),
        (bytes(100), "binary data"),
    ],
)
def test_a_file_that_is_something_else(write: Write, content: bytes, kind: str):
    assert_message(
        refused(write(content)),
        f"data.csv is not a CSV file; its content is {kind}",
        "data.csv",
        "Nothing was changed.",
        "comma-separated UTF-8 text",
    )


@pytest.mark.bad_input("A06", "A07")
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_whether_marked_or_not(write: Write, encoding: str):
    error = refused(write("id,text\n1,hello\n".encode(encoding)))
    assert_message(error, "text that is not UTF-8", "data.csv", remedy="UTF-8")


@pytest.mark.bad_input("A08", "A10", "A11", "A12")
@pytest.mark.parametrize("encoding", ["gbk", "big5", "gb18030"])
def test_text_that_is_not_utf_8_is_refused_with_the_place(write: Write, encoding: str):
    content = b"id,text\n1,hello\n2," + "你好".encode(encoding) + b"\n"
    assert_message(
        refused(write(content)),
        "data.csv is not UTF-8 text.",
        "data.csv, line 3, byte 18",
        "Nothing was changed.",
        "Save it as UTF-8.",
    )


@pytest.mark.bad_input("A09")
def test_chinese_utf_8_is_read_as_such(write: Write):
    assert cells(write("id,text\n1,你好，世界\n")) == [["1", "你好，世界"]]


@pytest.mark.bad_input("B07")
def test_a_quote_that_never_closes(write: Write):
    error = refused(write('id,x\n1,ok\n2,"open\n3,c\n4,d\n'))
    assert_message(
        error, "A quote opened on line 3 never closes.", "line 3", remedy="double inner quotes"
    )


@pytest.mark.bad_input("B08")
def test_text_after_a_closing_quote(write: Write):
    assert_message(refused(write('a,b\n"x"y,1\n')), "Bad CSV", "line 2", remedy="Quote fields")


@pytest.mark.bad_input("B12")
def test_a_repeated_column(write: Write):
    with pytest.raises(ColumnRefused) as found:
        read_table(write("id,text,id,text,x\n1,2,3,4,5\n"))
    assert_message(
        found.value,
        "Columns appear twice: 'id', 'text'.",
        "line 1",
        "Nothing was changed.",
        "its own name",
    )


@pytest.mark.bad_input("B13")
def test_a_header_that_names_nothing(write: Write):
    with pytest.raises(ColumnRefused) as found:
        read_table(write("\nid,text\n1,2\n"))
    assert_message(found.value, "names no columns", "line 1", remedy="column names")


@pytest.mark.bad_input("B13", "B15")
def test_one_unnamed_column_and_odd_names_are_kept(write: Write):
    names = read_table(write('"",Unnamed: 0,"a\nb",😀\n1,2,3,4\n')).frame.columns.tolist()
    assert names == ["", "Unnamed: 0", "a\nb", "😀"]


@pytest.mark.bad_input("A33")
def test_a_file_that_is_not_there(tmp_path: Path):
    assert_message(refused(tmp_path / "gone.csv"), "There is no file gone.csv.", "gone.csv")


@pytest.mark.bad_input("A34")
def test_a_folder_and_a_pipe_are_no_files(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        assert_message(refused(path), "is not a regular file", str(path))


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=8))
def test_what_the_csv_module_wrote_reads_back(tmp_path_factory: pytest.TempPathFactory, rows):
    path = tmp_path_factory.mktemp("csv") / "data.csv"
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([["a", "b"], *rows])
    path.write_bytes(buffer.getvalue().encode())
    table = read_table(path)
    assert table.frame.to_numpy().tolist() == rows
    assert table.rows_in == len(rows)


@given(st.lists(st.lists(CELLS, max_size=4), min_size=1, max_size=10).filter(any))
def test_every_record_is_a_row_or_blank_or_set_aside(
    tmp_path_factory: pytest.TempPathFactory, rows
):
    path = tmp_path_factory.mktemp("ragged") / "data.csv"
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([["a", "b"], *rows])
    path.write_bytes(buffer.getvalue().encode())
    table = read_table(path)
    assert table.blank == sum(not row for row in rows)
    assert table.rows_in == len(rows)
    assert len(table.frame) + len(table.quarantined) == sum(map(bool, rows))
    lines = [*table.frame.index, *(each.line for each in table.quarantined)]
    assert len(lines) == len(set(lines))
