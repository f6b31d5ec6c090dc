from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from labelviz.errors import ChoiceNeeded, FileRefused, LabelvizError
from labelviz.tables import delimited
from labelviz.tables.delimited import Piece, parse, settle_text, without_bare_returns
from labelviz.tables.options import ReadOptions
from tests.conftest import assert_message

NAMES = ("a", "b")
SHREDS = st.sampled_from(
    [b"a", b"1", b" ", b"#", b",", b",", b'"', b'"', b'""', b"\n", b"\n", b"\r\n", b"\r", b"\0",
     "长".encode(), b"\xff", b"\xef\xbb\xbf", b"x,y\n", b'"x","y"\r\n', b'"a\nb",c\n']
)  # fmt: skip
DAMAGED = st.lists(SHREDS, max_size=30).map(b"".join)


def read(data: bytes, block: int, *, careful: bool = False, **options: str) -> object:
    """What parsing yields with blocks of so many bytes: its parts, or its error."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BLOCK", block)
        if careful:
            patch.setattr(delimited, "_clean_block", lambda *_: None)
        try:
            filled = ReadOptions(**{"delimiter": ",", **options})
            piece = parse(settle_text(data, filled, "f.csv"), NAMES)
        except LabelvizError as error:
            return type(error), str(error)
    return parts(piece)


def parts(piece: Piece) -> tuple[object, ...]:
    rows = [list(row) for row in zip(*(c.to_pylist() for c in piece.table.columns), strict=True)]
    return rows, piece.lines.tolist(), piece.blank, piece.quarantined


def by_csv(data: bytes, start: int = 1) -> tuple[object, ...]:
    """The same by the csv module alone, for text in UTF-8 with LF or CRLF."""
    rows, lines, blank, line = [], [], 0, start
    reader = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
    for row in reader:
        if row:
            rows.append(row)
            lines.append(line)
        else:
            blank += 1
        line = reader.line_num + start
    return rows, lines, blank, ()


@given(DAMAGED, st.sampled_from([7, 16, 64, 1 << 20]))
@example(b'a,"b\nc"\n\xef\xbb\xbf', 8)
@example(b"a,b\r", 64)
@example(b"a,b\n\xef\xbb\xbfc,d\n", 4)
def test_fast_and_careful_give_the_same_in_blocks_of_any_size(data: bytes, block: int):
    assert read(data, block) == read(data, 1 << 20, careful=True)


@given(DAMAGED, st.sampled_from(["cr", "none", "backslash", "#"]))
def test_fast_and_careful_agree_under_every_option(data: bytes, chosen: str):
    option = {"cr": "newline", "none": "quote", "backslash": "escape", "#": "comment"}[chosen]
    options = {option: chosen}
    assert read(data, 16, **options) == read(data, 1 << 20, careful=True, **options)


CELLS = st.text(st.sampled_from('ab,"\n \r\n;长\t'), max_size=6)


@given(
    st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=12), st.sampled_from([8, 1 << 20])
)
def test_what_the_csv_module_writes_is_read_as_the_csv_module_reads_it(
    rows: Sequence[Sequence[str]], block: int
):
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    data = buffer.getvalue().encode()
    assert read(data, block) == by_csv(data)


@given(DAMAGED)
def test_every_record_is_a_row_or_blank_or_set_aside(data: bytes):
    found = read(data, 16)
    text = settle_text(data, ReadOptions(delimiter=","), "f.csv")
    if isinstance(found, tuple) and len(found) == 4:
        rows, lines, blank, quarantined = found
        assert len(rows) + blank + len(quarantined) == len(list(text.records()))
        assert len({*lines, *(each.line for each in quarantined)}) == len(rows) + len(quarantined)
    else:
        with pytest.raises(LabelvizError):
            list(text.records())


def test_a_clean_file_takes_the_fast_way_and_a_bad_row_only_its_block():
    text = settle_text(b"a,b\n" * 50, ReadOptions(), "f.csv")
    assert delimited._clean_block(text, 0, 1) is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BLOCK", 40)
        walked = []
        careful = delimited._careful
        patch.setattr(delimited, "_careful", lambda *args: walked.append(args[1]) or careful(*args))
        piece = parse(
            settle_text(b"a,b\n" * 25 + b"c\n" + b"d,e\n" * 25, ReadOptions(), "f"), NAMES
        )
    assert walked == [80]
    assert (piece.table.num_rows, [each.line for each in piece.quarantined]) == (50, [26])


@pytest.mark.bad_input("B01")
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(mark: str):
    data = f"id{mark}text\n1{mark}a, b\n2{mark}c; d\n".encode()
    if mark in ",;":
        data = data.replace(b", " if mark == "," else b"; ", b" ")
    assert settle_text(data, ReadOptions(), "f.csv").options.delimiter == mark


@pytest.mark.bad_input("B02")
@pytest.mark.parametrize(
    ("data", "offered"),
    [
        (b"a,b;c\n1,x;y\n2,z;w\n", [",", ";"]),
        (b"text\nhello, world\nno\n", ["\t", ","]),
        (b"a|b;c\n1;2|3|4\n1\n", ["|", ";"]),
    ],
)
def test_a_delimiter_that_is_not_clear_is_asked_for(data: bytes, offered: list[str]):
    with pytest.raises(ChoiceNeeded) as found:
        settle_text(data, ReadOptions(), "f.csv")
    assert_message(found.value, "split in several ways", "f.csv", remedy="choose the one")
    assert found.value.option == "delimiter"
    assert sorted(each.value for each in found.value.ways) == sorted(offered)
    assert all(each.preview for each in found.value.ways)


def test_a_column_alone_needs_no_delimiter():
    assert settle_text(b'text\n"a, b"\nc\n', ReadOptions(), "f.csv").options.delimiter == ","


def test_a_file_that_two_delimiters_split_unevenly_is_split_at_the_even_one():
    data = b"id;a,b\n" + b"1;x, y, z\n2;x\n" * 5
    assert settle_text(data, ReadOptions(), "f.csv").options.delimiter == ";"


@pytest.mark.bad_input("B06")
def test_a_lone_carriage_return_is_asked_for_and_then_read_either_way():
    data = b"a,b\n1,x\r2,y\nz\n"
    with pytest.raises(ChoiceNeeded) as found:
        parse(settle_text(data, ReadOptions(), "f.csv"), NAMES)
    assert_message(found.value, "carriage return stands alone", "f.csv, line 2")
    assert [each.value for each in found.value.ways] == ["cr", "lf"]
    assert found.value.ways[0].preview == ("1,x", "2,y")
    assert found.value.ways[1].preview == ("1,x␍2,y",)
    rows = read(data, 99, newline="cr")[0]
    assert rows == [["a", "b"], ["1", "x"], ["2", "y"]]
    replaced, mark = without_bare_returns(data)
    assert (replaced.count(b"\r"), mark) == (0, "\ue000")


@pytest.mark.bad_input("B07")
def test_a_quote_that_swallows_a_thousand_lines_never_closes():
    data = b'a,b\n1,"open\n' + b"2,x\n" * 1200 + b'3,"\n'
    with pytest.raises(FileRefused) as found:
        parse(settle_text(data, ReadOptions(), "f.csv"), ("a", "b", "c"), 4, 2)
    assert_message(found.value, "A quote opened on line 2 never closes.", "line 2")


@pytest.mark.bad_input("B10")
@pytest.mark.parametrize(
    ("row", "column"),
    [
        (b"xyz,%s,b", 2),
        (b'"x, y","%s",b', 2),
        (b'%s,"b"', 1),
        (b'aaaaaaaa,"bb,\nbbb",cccccccc,"d ""%s"" d",e', 4),
        ("é,é,é,é,é,é,é,é,é,%s".encode(), 10),
    ],
)
def test_a_cell_over_the_limit_is_named_with_its_line_and_column(row, column, monkeypatch):
    """Wherever its row is cut to find it."""
    for limit in range(8, 20):
        monkeypatch.setattr(delimited, "LONGEST_FIELD", limit)
        data = b"a,b\n" + row % (b"x" * limit * 3) + b"\n1,2\n"
        with pytest.raises(FileRefused) as found:
            parse(settle_text(data, ReadOptions(delimiter=","), "f.csv"), NAMES, 4, 2)
        assert_message(
            found.value, f"more than {limit} characters", f"f.csv, line 2, column {column}",
            "", "Shorten it",
        )  # fmt: skip
    csv.field_size_limit(131_072)


def test_a_long_text_in_good_quotes_is_a_text():
    data = b'1,"' + b"line\n" * 1200 + b'"\n'
    assert read(data, 1 << 20)[0] == [["1", "line\n" * 1200]]


@pytest.mark.bad_input("B08")
def test_backslash_quotes_are_asked_for_and_then_read():
    data = b'a,b\n1,"say \\"hi\\", now"\n'
    with pytest.raises(ChoiceNeeded) as found:
        parse(settle_text(data, ReadOptions(), "f.csv"), NAMES)
    assert found.value.option == "escape"
    assert found.value.ways[0].preview == ("a ¦ b", '1 ¦ say "hi", now')
    assert read(data, 99, escape="backslash")[0][1] == ["1", 'say "hi", now']


@pytest.mark.bad_input("B08")
def test_another_quote_and_none():
    assert read(b"'a, b',c\n", 99, quote="'")[0] == [["a, b", "c"]]
    assert read(b'5" pipe,"c\n', 99, quote="none")[0] == [['5" pipe', '"c']]


def test_a_quote_inside_a_field_is_text():
    assert read(b'5" pipe,c\nd,"e"\n', 99)[0] == [['5" pipe', "c"], ["d", "e"]]


@pytest.mark.bad_input("B19")
def test_comment_lines_are_set_aside_where_asked():
    _, lines, blank, quarantined = read(b"a,b\n# made by, x\n#\nc,d\n", 99, comment="#")
    assert (lines, blank) == ([1, 4], 0)
    assert [(each.line, each.reason) for each in quarantined] == [
        (2, "comment line"), (3, "comment line"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "options",
    [
        ReadOptions(delimiter=";;"),
        ReadOptions(delimiter="、"),
        ReadOptions(delimiter='"', quote='"'),
        ReadOptions(quote="\n"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(options: ReadOptions):
    with pytest.raises(FileRefused) as found:
        settle_text(b"a,b\n", options, "f.csv")
    assert_message(found.value, "cannot be read with", "f.csv", remedy="one ASCII character")


@pytest.mark.bad_input("P21")
def test_quotes_of_tables_with_tabs_may_be_text():
    data = b'a\tb\n1\t"he said\n2\t"so" he said\n'
    with pytest.raises(ChoiceNeeded, match="A quote stands where none can") as found:
        parse(settle_text(data, ReadOptions(), "f.tsv"), NAMES)
    assert found.value.option == "quote"
    assert [way.value for way in found.value.ways] == ["none", '"']
    assert read(data, 99, quote="none", delimiter="\t")[0][1:] == [
        ["1", '"he said'],
        ["2", '"so" he said'],
    ]
