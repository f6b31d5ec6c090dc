from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.errors import FileRefused
from labelviz.tables.json_lines import is_json, read_json_table
from labelviz.tables.options import ReadOptions
from labelviz.tables.table import Content
from tests.conftest import assert_message


def read(data: bytes | str) -> Content:
    return read_json_table(
        data.encode() if isinstance(data, str) else data, "f.jsonl", ReadOptions()
    )


def aside(content: Content) -> list[tuple[int, str]]:
    return [(each.line, each.reason) for each in content.quarantined]


def test_an_object_per_line_is_a_row_with_its_line():
    found = read('{"id": "007", "x": "a\\nb"}\r\n\n{"id": "8", "x": ""}\n')
    assert found.frame.to_numpy().tolist() == [["007", "a\nb"], ["8", ""]]
    assert found.frame.index.tolist() == [1, 3]
    assert (found.blank, found.quarantined, found.notes) == (1, (), ())


@pytest.mark.bad_input("E18", "C07")
def test_values_become_their_text_and_that_is_told():
    found = read('{"id": 1234567890123456789, "p": [0.25, 0.75], "ok": true, "n": null}\n')
    assert found.frame.iloc[0].tolist() == ["1234567890123456789", "[0.25,0.75]", "true", ""]
    assert [(each.text.split("'")[1], each.count) for each in found.notes] == [
        ("id", 1), ("p", 1), ("ok", 1),
    ]  # fmt: skip


@pytest.mark.bad_input("A27")
@pytest.mark.parametrize("indent", [None, 1])
def test_an_array_of_objects_is_read_and_told(indent: int | None):
    rows = [{"id": "a", "x": "1"}, {"id": "b", "x": "2"}]
    found = read(json.dumps(rows, indent=indent))
    assert found.frame.to_dict("records") == rows
    assert found.frame.index.tolist() == [1, 2]
    assert (found.notes[0].count, "array" in found.notes[0].text) == (2, True)


@pytest.mark.bad_input("A27")
@pytest.mark.parametrize(
    ("data", "line"),
    [
        ('{\n "id": 1,\n "x": \n}\n', 1),
        ('[\n{"id": 1},\n{"id": \n]', 3),
        ('[{"id": 1}\n{"id": 2}]', 1),
        ('[{"id": 1}]\n{"id": 2}', 1),
        ('[{"id": 1},', 1),
    ],
)
def test_anything_else_is_refused_with_its_line(data: str, line: int):
    with pytest.raises(FileRefused) as found:
        read(data)
    assert_message(found.value, "complete JSON", f"f.jsonl, line {line}")


@pytest.mark.bad_input("A28")
def test_a_last_line_that_was_half_written():
    found = read('{"id": "1"}\n{"id": "2"}\n{"id": "3')
    assert aside(found) == [(3, "the last line is incomplete")]
    assert len(found.frame) == 2


@pytest.mark.bad_input("A29")
def test_a_key_that_appears_twice():
    found = read('{"id": "1"}\n{"id": "2", "id": "3"}\n{"id": "4", "x": {"a": 1, "a": 2}}\n')
    assert aside(found) == [(2, "key 'id' appears twice"), (3, "key 'a' appears twice")]
    assert aside(read('[{"id": "1"}, {"id": "2", "id": "3"}]')) == [(2, "key 'id' appears twice")]


@pytest.mark.bad_input("A30")
@pytest.mark.parametrize(
    ("number", "text"),
    [("NaN", "nan"), ("Infinity", "inf"), ("-Infinity", "-inf"), ("1e999", "inf")],
)
def test_a_number_that_is_none_is_told(number: str, text: str):
    found = read(f'{{"p": {number}}}\n')
    assert found.frame.iloc[0, 0] == text
    assert "NaN or infinite" in found.notes[0].text


@pytest.mark.bad_input("A31")
def test_too_deep_and_too_long():
    deep, long = "[" * 100_000 + "]" * 100_000, "9" * 5_000
    found = read(f'{{"x": "a"}}\n{{"x": {deep}}}\n{{"x": {long}}}\n')
    assert aside(found) == [(2, "nested too deep"), (3, "a number is too long")]
    assert aside(read(f'[{{"x": "a"}}, {{"x": {long}}}]')) == [(2, "a number is too long")]
    with pytest.raises(FileRefused):
        read(f'[{{"x": {deep}}}]')


@pytest.mark.bad_input("A32")
def test_objects_with_other_keys():
    found = read('{"id": "1", "x": "a"}\n{"id": "2", "y": "b"}\n')
    assert found.frame.columns.tolist() == ["id", "x", "y"]
    assert found.frame.to_numpy().tolist() == [["1", "a", ""], ["2", "", "b"]]
    assert [(each.count, "'x'" in each.text) for each in found.notes] == [(1, True), (1, False)]


@pytest.mark.bad_input("E12", "B09", "A11")
def test_what_no_file_of_ours_can_hold_is_set_aside():
    lines = [
        b'{"x": "ok"}',
        b'{"x": "\\ud800"}',
        b'{"x": "a\\u0000"}',
        b'{"x": "\xff"}',
        b"[1]",
        b"{}",
    ]
    reasons = [reason for _, reason in aside(read(b"\n".join(lines) + b"\n"))]
    assert reasons == [
        "holds half a character (a lone surrogate) or bytes that are not utf-8",
        "holds a NUL character",
        "has bytes that are not utf-8",
        "not a JSON object",
        "an object without keys",
    ]


@pytest.mark.parametrize(
    ("data", "json"),
    [
        (b'{"a": 1}', True), (b" [ {}", True), (b"{}", True), (b"[1]", False),
        (b"{a},b\n", False), (b"id,x\n", False),
    ],
)  # fmt: skip
def test_text_that_starts_like_json(data: bytes, json: bool):
    assert is_json(data) is json


PIECES = st.sampled_from(
    [
        '{"a": "x"}',
        '{"a": 1, "b": [2]}',
        "{",
        '{"a": 1, "a": 2}',
        "",
        " ",
        "null",
        '{"a": NaN}',
        "{}",
    ]
)


@given(st.lists(PIECES, max_size=12), st.booleans())
def test_every_line_is_a_row_or_blank_or_set_aside(lines: list[str], last: bool):
    data = '{"a": "first"}\n' + "\n".join(lines) + ("\n" if last and lines else "")
    found = read(data)
    rows = data.removesuffix("\n").count("\n") + 1 if lines else 1
    assert len(found.frame) + found.blank + len(found.quarantined) == rows
    places = [*found.frame.index, *(each.line for each in found.quarantined)]
    assert len(places) == len(set(places))


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["a", "b", "c"]),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
            min_size=1,
        ),
        min_size=1,
    )
)
def test_lines_and_array_say_the_same(rows: list[dict[str, str]]):
    lines = read("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    array = read(json.dumps(rows))
    assert lines.frame.to_dict("list") == array.frame.to_dict("list")
    for row, got in zip(rows, lines.frame.to_dict("records"), strict=True):
        assert {key: got[key] for key in row} == row


def test_objects_with_ever_new_keys_are_no_table():
    """20,000 lines with a key of their own each would be 400 million cells."""
    lines = "".join(f'{{"id": {n}, "k{n}": 1}}\n' for n in range(20_000))
    with pytest.raises(FileRefused) as found:
        read(lines)
    assert_message(found.value, "20,001 columns; at most 10,000", "f.jsonl", "", "Leave out")
    lines = "".join(f'{{"id": {n}, "k{n % 9_000}": 1}}\n' for n in range(9_000))
    with pytest.raises(FileRefused) as found:
        read(lines)
    words = ("9,000 of them have 9,001 different keys, 2 each", "f.jsonl", "", "value of one key")
    assert_message(found.value, *words)


def test_keys_that_few_objects_have_are_read_where_they_are():
    rows = [
        {"id": str(n), **({"rare": n, "also": None} if n % 50 == 7 else {})} for n in range(200)
    ]
    found = read("".join(json.dumps(row) + "\n" for row in rows))
    assert found.frame.columns.tolist() == ["id", "rare", "also"]
    rare = [str(n) if n % 50 == 7 else "" for n in range(200)]
    assert found.frame["rare"].tolist() == rare
    assert found.frame["also"].tolist() == [""] * 200
    assert [(each.text, each.count) for each in found.notes] == [
        ("rows have no key 'rare', whose cells are missing", 196),
        ("rows have no key 'also', whose cells are missing", 196),
        ("cells of column 'rare' were a whole number in the file and are text now", 4),
    ]


def test_very_many_keys_are_noted_together():
    found = read(json.dumps({f"k{n}": n for n in range(1_000)}) + "\n")
    assert found.frame.shape == (1, 1_000)
    assert len(found.notes) == 31
    assert found.notes[-1].count == 970


@pytest.mark.bad_input("P12")
def test_rows_without_names_of_columns_are_refused():
    assert is_json(b'[["a", "x"]]')
    with pytest.raises(FileRefused, match="nothing names their columns"):
        read_json_table(b'[["a", "x"], ["b", "y"]]', "values.json", ReadOptions())


@pytest.mark.bad_input("E18")
def test_a_key_without_end_or_unreadable_becomes_a_numbered_column():
    long, broken = "k" * 1_000_000, "two\nlines"
    rows = [{"x": "a"}, {"x": "b", long: 1, broken: "c"}]
    found = read("".join(json.dumps(row) + "\n" for row in rows))
    assert list(found.frame.columns) == ["x", "column 2", "column 3"]
    assert found.frame.iloc[1].tolist() == ["b", "1", "c"]
    assert max(len(each.text) + sum(map(len, each.examples)) for each in found.notes) < 500


@pytest.mark.bad_input("E18")
def test_where_no_object_can_be_a_row_it_says_why():
    with pytest.raises(FileRefused) as caught:
        read(f'{{"x": {"9" * 5_000}}}\n{{}}\n')
    assert_message(caught.value, "2 objects can be a row, the first because: a number is", "row 1")
