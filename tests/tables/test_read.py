from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.errors import ChoiceNeeded, ColumnRefused, FileRefused
from labelviz.tables import compressed, read
from labelviz.tables.options import ReadOptions
from labelviz.tables.read import read_table
from labelviz.tables.table import Note, Table
from tests.conftest import assert_message

Write = Callable[..., Path]
CELLS = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
        st.sampled_from(',"\r\n；\ufeff'),
    ),
    max_size=8,
)


def cells(path: Path, **options: Any) -> list[list[str]]:
    return read_table(path, ReadOptions(**options)).frame.to_numpy().tolist()


def refused(path: Path) -> FileRefused:
    with pytest.raises(FileRefused) as found:
        read_table(path)
    return found.value


def asked(path: Path, **options: Any) -> ChoiceNeeded:
    with pytest.raises(ChoiceNeeded) as found:
        read_table(path, ReadOptions(**options))
    return found.value


def note(table: Table, words: str) -> Note:
    return next(each for each in table.notes if words in each.text)


@pytest.mark.bad_input("N08")
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
        error, "has columns “id” and “text” and no rows", "data.csv", remedy="Check that the export"
    )


@pytest.mark.bad_input("A13", "A14", "A15", "A22")
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04" + bytes(50), "a damaged ZIP archive or Excel workbook"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "a PNG picture"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "a JPEG picture"),
        (b"%PDF-1.7\n%", "a PDF document"),
        (b"PAR1" + bytes(50), "a Parquet file"),
        (b"\x1f\x8b\x08" + bytes(50), "gzip"),
        (b"\xd0\xcf\x11\xe0" + bytes(50), "an old Excel workbook"),
        (b"SQLite format 3\0" + bytes(50), "a SQLite database"),
        (b"\n <!DOCTYPE html>\n<html>, </html>", "a web page"),
        (b"\xef\xbb\xbf<html><body>Log in</body></html>", "a web page"),
        (b"\x7fELF" + bytes(50), "a program"),
        (b"MZ\x90\0" + bytes(50), "a program"),
        (b"Rar!" + bytes(50), "a RAR archive"),
        (b'{"id": 1}\n', "JSON"),
    ],
)
def test_a_file_that_is_something_else(write: Write, content: bytes, kind: str):
    error = refused(write(content))
    assert_message(error, f"data.csv is named .csv but its content is {kind}", "data.csv")
    assert "Save the table" in error.remedy or "the name of its kind" in error.remedy


@pytest.mark.bad_input("A13")
@pytest.mark.parametrize("name", ["data.parquet", "data.xlsx", "data.jsonl", "data.csv.gz"])
def test_text_under_another_name_is_refused(write: Write, name: str):
    assert "but its content is text" in refused(write("id,x\n1,2\n", name)).what


@pytest.mark.bad_input("A15")
def test_binary_data_is_refused(write: Write):
    assert_message(refused(write(bytes(100))), "binary data", "data.csv", remedy="UTF-8")


def test_a_name_that_promises_nothing_is_read_by_its_content(write: Write):
    assert cells(write("id,x\n1,2\n", "data.txt")) == [["1", "2"]]
    assert cells(write('{"id": "1", "x": "2"}\n', "data.txt")) == [["1", "2"]]


@pytest.mark.bad_input("A05")
def test_two_marks_at_the_start_are_removed_and_told(write: Write):
    table = read_table(write(b"\xef\xbb\xbf" * 2 + b"id,x\n1,2\n"))
    assert table.frame.columns.tolist() == ["id", "x"]
    assert note(table, "byte-order marks were removed").count == 2


@pytest.mark.bad_input("A06")
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_with_a_mark_is_read_and_told(write: Write, encoding: str):
    text = "id,text\n1,你好\n"
    data = text.encode(encoding) if encoding == "utf-16" else ("\ufeff" + text).encode(encoding)
    table = read_table(write(data))
    assert table.frame.to_numpy().tolist() == [["1", "你好"]]
    assert table.options.encoding.startswith("utf-16-")
    assert note(table, "were read as utf-16").count == 1


@pytest.mark.bad_input("A07")
def test_utf_16_without_a_mark_is_asked_for(write: Write):
    path = write("id,text\n1,hello\n".encode("utf-16-le"))
    error = asked(path)
    assert (error.option, error.ways[0].value) == ("encoding", "utf-16-le")
    assert cells(path, encoding="utf-16-le") == [["1", "hello"]]


@pytest.mark.bad_input("A08", "A10")
@pytest.mark.parametrize("encoding", ["gb18030", "big5"])
def test_another_encoding_is_asked_for_and_then_read(write: Write, encoding: str):
    path = write(b"id,text\n1,hello\n2," + "你好".encode(encoding) + b"\n")
    error = asked(path)
    assert_message(error, "not UTF-8 text", f"{path}, line 3, byte 18", "Nothing", "preview")
    assert encoding in [each.value for each in error.ways]
    table = read_table(path, ReadOptions(encoding=encoding))
    assert table.frame["text"].tolist() == ["hello", "你好"]
    assert table.options.encoding == encoding
    assert note(table, f"were read as {encoding}").count == 2


@pytest.mark.bad_input("A11", "A12")
def test_rows_with_a_few_bad_bytes_are_set_aside_with_their_lines(write: Write):
    good = "".join(f"{number},你好世界\n" for number in range(20)).encode()
    table = read_table(write(b"id,text\n" + good + b"20,\xff\xfe\n21,caf\xe9\n" + good))
    assert [(each.line, each.reason) for each in table.quarantined] == [
        (22, "has bytes that are not utf-8"), (23, "has bytes that are not utf-8"),
    ]  # fmt: skip
    assert table.quarantined[1].excerpt == "21,caf\\xe9"
    assert (len(table.frame), table.rows_in) == (40, 42)
    assert note(table, "another encoding").examples == ("line 22", "line 23")


@pytest.mark.bad_input("A14")
def test_a_gzip_file_is_read_within_bounds_and_told(write: Write):
    content = gzip.compress(b"id,x\n1,2\n")
    table = read_table(write(content, "data.csv.gz"))
    assert table.frame.to_numpy().tolist() == [["1", "2"]]
    assert table.sha256 == hashlib.sha256(content).hexdigest()
    assert note(table, "decompressed").count == 1
    wrong = refused(write(gzip.compress(b"id,x\n1,2\n"), "data.jsonl.gz"))
    assert "but its content is" in wrong.what
    assert "damaged" in refused(write(gzip.compress(b"PAR1" + bytes(9)), "data.gz")).what


@pytest.mark.bad_input("A16")
def test_a_gzip_bomb_is_stopped(write: Write, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compressed, "RATIO_COUNTS_FROM", 1_000_000)
    bomb = gzip.compress(b"a,b\n" + b"0" * 5_000_000)
    error = refused(write(bomb, "data.csv.gz"))
    assert_message(error, "Stopped: data.csv.gz would expand to over 1 MB.", "data.csv.gz")


@pytest.mark.bad_input("A14")
def test_a_gzip_file_that_is_cut_off_or_damaged(write: Write):
    whole = gzip.compress(b"id,x\n1,2\n" * 100)
    assert "is cut off" in refused(write(whole[:-9], "data.csv.gz")).what
    assert "more than one file" in refused(write(whole * 2, "data.csv.gz")).what
    assert "is damaged" in refused(write(whole[:-8] + bytes(8), "data.csv.gz")).what


@pytest.mark.bad_input("B01")
def test_another_delimiter_is_told_and_kept(write: Write):
    table = read_table(write("id;text\n1;a, b\n"))
    assert table.frame.to_numpy().tolist() == [["1", "a, b"]]
    assert table.options.delimiter == ";"
    assert note(table, "was split at ';'").count == 1


@pytest.mark.bad_input("B06")
def test_a_lone_carriage_return_as_text_is_kept(write: Write):
    path = write('a,b\n1,x\ry\n2\r,z,w\n3,"p\rq"\n')
    assert asked(path).option == "newline"
    table = read_table(path, ReadOptions(newline="lf"))
    assert table.frame.to_numpy().tolist() == [["1", "x\ry"], ["3", "p\rq"]]
    assert [(each.line, each.excerpt) for each in table.quarantined] == [(3, "2\r,z,w")]


@pytest.mark.bad_input("B11")
def test_a_file_without_header_is_asked_for_and_then_read(write: Write):
    path = write("1,good film,yes\n2,bad film,no\n3,dull,no\n")
    assert asked(path).option == "header"
    table = read_table(path, ReadOptions(header="no"))
    assert table.frame.columns.tolist() == ["column 1", "column 2", "column 3"]
    assert table.frame.index.tolist() == [1, 2, 3]
    assert read_table(path, ReadOptions(header="yes")).frame.columns.tolist()[1] == "good film"


@pytest.mark.bad_input("B12")
def test_a_repeated_column_is_asked_for_and_then_numbered(write: Write):
    path = write("id,text,id\n1,2,3\n")
    assert_message(asked(path), "Columns appear twice: “id”.", "line 1", remedy="its own name")
    table = read_table(path, ReadOptions(names="rename"))
    assert table.frame.columns.tolist() == ["id", "text", "id (2)"]
    assert table.frame.to_numpy().tolist() == [["1", "2", "3"]]


@pytest.mark.bad_input("B13")
def test_a_header_that_names_nothing(write: Write):
    with pytest.raises(ColumnRefused) as found:
        read_table(write(",,\n1,2,3\n"))
    assert_message(found.value, "names no columns", "line 1", remedy="column names")


@pytest.mark.bad_input("B13", "B15")
def test_unusable_names_are_numbered_and_a_saved_index_is_a_column(write: Write):
    table = read_table(write('"",Unnamed: 0,"a\nb",😀\n1,2,3,4\n'))
    assert table.frame.columns.tolist() == ["column 1", "Unnamed: 0", "column 3", "😀"]
    assert note(table, "were numbered").count == 2


@pytest.mark.bad_input("B14")
def test_columns_may_be_called_as_labelviz_calls_things(write: Write):
    names = ["line", "index", "id", "label", "text:0", "__index__", "p:0", "version"]
    table = read_table(write(",".join(names) + "\n" + ",".join("abcdefgh") + "\n"))
    assert table.frame.columns.tolist() == names
    assert table.frame["line"].tolist() == ["a"]


@pytest.mark.bad_input("B17")
def test_five_thousand_columns(write: Write):
    names = [f"c{number}" for number in range(5_000)]
    table = read_table(write(",".join(names) + "\n" + ",".join("x" * 5_000) + "\n"))
    assert table.frame.shape == (1, 5_000)


@pytest.mark.bad_input("B18")
def test_a_file_that_needs_more_memory_than_is_free(write: Write, monkeypatch: Any):
    monkeypatch.setattr(read, "free_memory", lambda: 10)
    error = refused(write("id,x\n1,2\n"))
    assert_message(
        error, "needs about 0.0 GB of memory, 0.0 GB are free", "data.csv", remedy="part"
    )


@pytest.mark.bad_input("B19")
def test_comments_above_the_header_are_asked_for(write: Write):
    path = write("# made by, someone\n\n# today\nid,x\n1,2\n#3,4\n")
    error = asked(path)
    assert (error.option, [each.value for each in error.ways]) == ("comment", ["#", "none"])
    assert "id,x" in error.ways[0].preview
    table = read_table(path, ReadOptions(comment="#"))
    assert table.frame.to_numpy().tolist() == [["1", "2"]]
    assert [each.line for each in table.quarantined] == [1, 3, 6]
    assert (table.blank, table.rows_in) == (1, 5)
    assert "comments and nothing else" in refused_with(write("# a\n# b\n"), comment="#").what


def refused_with(path: Path, **options: Any) -> FileRefused:
    with pytest.raises(FileRefused) as found:
        read_table(path, ReadOptions(**options))
    return found.value


@pytest.mark.bad_input("B19")
def test_rows_that_may_be_no_samples_are_told_and_can_be_set_aside(write: Write):
    rows = "".join(f"r{number},{number}\n" for number in range(6))
    path = write(f"id,weight\n,kg\n{rows}#r,7\nTotal,22\n")
    table = read_table(path)
    assert len(table.frame) == 9
    assert note(table, "may hold totals").examples == ("line 10",)
    assert note(table, "start with #").examples == ("line 9",)
    table = read_table(path, ReadOptions(skip=(2, 10)))
    assert [(each.line, each.reason) for each in table.quarantined] == [
        (2, "set aside as asked"), (10, "set aside as asked"),
    ]  # fmt: skip
    assert (len(table.frame), table.rows_in) == (7, 9)


@pytest.mark.bad_input("B19")
def test_a_row_of_units_is_told(write: Write):
    rows = "".join(f"r{number},{number}\n" for number in range(6))
    assert note(read_table(write(f"id,weight\n,kg\n{rows}")), "may hold units").count == 1


@pytest.mark.bad_input("B20")
def test_numbers_with_commas_stay_as_they_are(write: Write):
    assert cells(write('id,p\na,"0,5"\nb,"1.000,5"\nc,"1,000"\n')) == [
        ["a", "0,5"], ["b", "1.000,5"], ["c", "1,000"],
    ]  # fmt: skip


@pytest.mark.bad_input("C07", "C08")
def test_ids_stay_as_they_are(write: Write):
    ids = ["1234567890123456789", "007", " 7", "1.0", "1E+05", "\u00a07"]
    rows = "".join(f"{each},x\n" for each in ids)
    assert [row[0] for row in cells(write("id,x\n" + rows))] == ids


def test_the_options_that_were_used_read_the_same_again(write: Write):
    path = write("\ufeffid;x\r\n1;2\r\n".encode("utf-16-le"))
    first = read_table(path)
    again = read_table(path, first.options)
    assert first.frame.equals(again.frame)
    assert again.options == first.options


@pytest.mark.parametrize(
    "name", ["data.csv", "data.tsv", "data.jsonl", "data.json", "data.parquet"]
)
def test_every_format_yields_the_same_texts(tmp_path: Path, name: str):
    import pandas as pd

    rows = pd.DataFrame({"id": ["007", "8"], "text": ["a\nb", '好 "x", y'], "label": ["no", "yes"]})
    path = tmp_path / name
    if name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pandas(rows), path)
    elif "json" in name:
        rows.to_json(path, orient="records", lines=name.endswith("l"), force_ascii=False)
    else:
        rows.to_csv(path, index=False, sep="\t" if name.endswith("tsv") else ",")
    table = read_table(path)
    assert table.frame.to_dict("list") == rows.to_dict("list")
    assert table.frame.index.name == "line"
    assert all(isinstance(cell, str) for row in table.frame.to_numpy() for cell in row)


@pytest.mark.bad_input("A33")
def test_a_file_that_changes_while_it_is_read(write: Write, monkeypatch: pytest.MonkeyPatch):
    whole = Path.read_bytes

    def growing(path: Path) -> bytes:
        data = whole(path)
        path.write_bytes(data + b"3,4\n")
        return data

    path = write("id,x\n1,2\n")
    monkeypatch.setattr(Path, "read_bytes", growing)
    assert_message(
        refused(path), "data.csv changed while it was read.", "data.csv", remedy="nobody"
    )


def test_a_datasets_folder_is_read(tmp_path: Path):
    folder = tmp_path / "set"
    (folder / "data").mkdir(parents=True)
    pq.write_table(pa.table({"id": ["1"], "text": ["a"]}), folder / "data" / "train.parquet")
    table = read_table(folder)
    assert (table.name, table.frame.to_numpy().tolist()) == ("set", [["1", "a"]])
    assert len(table.sha256) == 64


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


def test_a_text_that_is_wider_than_what_is_read(write):
    path = write(",".join(f"c{n}" for n in range(10_001)) + "\n" + ",".join("x" * 10_001) + "\n")
    with pytest.raises(FileRefused, match="10,001 columns; at most 10,000"):
        read_table(path)


@pytest.mark.parametrize("name", ["x" * 300, "y/" * 3_000, "loop", "a\0b"])
def test_a_path_that_names_no_file(tmp_path: Path, name: str):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(FileRefused, match="There is no file"):
        read_table(tmp_path / name)


@pytest.mark.parametrize("path", ["/", "/proc", "/dev/zero", "/proc/kmsg", "/proc/self/environ"])
def test_what_is_no_file_of_rows_is_not_waited_for(path: str):
    with pytest.raises(FileRefused, match=r"not a regular file|is empty|There is no"):
        read_table(Path(path))


def test_a_title_above_the_names_of_columns_is_no_header(write):
    rows = "".join(f"text {n},{'ab'[n % 2]},{n}\n" for n in range(8))
    file = write(f"Export of 2024,,\ntext,label,id\n{rows}", "t.csv")
    with pytest.raises(FileRefused, match="may be a title"):
        read_table(file)
    assert list(read_table(file, ReadOptions(skip=(1,))).frame.columns) == ["text", "label", "id"]
    assert len(read_table(file, ReadOptions(header="yes")).frame) == 9


@pytest.mark.bad_input("P21")
def test_a_quoted_cell_that_swallowed_lines_with_tabs_is_asked_about(write: Write):
    path = write('label\ttext\n0\t"Why not?\n1\tYes\n0\tHe asked"\n', "train.tsv")
    with pytest.raises(ChoiceNeeded, match="holds line breaks and tabs") as found:
        read_table(path)
    assert found.value.option == "quote"
    table = read_table(path, ReadOptions(quote="none"))
    assert list(table.frame["text"]) == ['"Why not?', "Yes", 'He asked"']
    quoted = write('label\ttext\n0\t"Why\nnot?"\n', "quoted.tsv")
    assert list(read_table(quoted).frame["text"]) == ["Why\nnot?"]
