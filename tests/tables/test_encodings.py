from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.errors import ChoiceNeeded, FileRefused
from labelviz.tables.encodings import as_utf8
from tests.conftest import assert_message

ROWS = "id,text\n1,hello\n2,你好，世界\n"
SAMPLES = {
    "gb18030": "这家咖啡店很好，我们都很喜欢\n服务太差了",
    "big5": "這家餐廳的服務太差了",
    "shift_jis": "この店はとても良いです",
    "euc_kr": "이 식당은 정말 좋습니다",
    "cp1252": "le café est très bon, naïve – “quoted”",
}


def asked(data: bytes) -> ChoiceNeeded:
    with pytest.raises(ChoiceNeeded) as found:
        as_utf8(data, "data.csv")
    assert found.value.option == "encoding"
    return found.value


@pytest.mark.bad_input("A04", "A05")
@pytest.mark.parametrize("count", [1, 2])
def test_byte_order_marks_are_removed_and_told(count: int):
    found = as_utf8(codecs.BOM_UTF8 * count + "a,\ufeffb\n".encode(), "data.csv")
    assert found.data.decode() == "a,\ufeffb\n"
    assert [(note.count, "removed" in note.text) for note in found.notes] == [(count, True)]


@pytest.mark.bad_input("A06")
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_mark_says_what_the_text_is(encoding: str):
    found = as_utf8(("\ufeff" + ROWS).encode(encoding), "data.csv")
    assert (found.data.decode(), found.encoding) == (ROWS, encoding)


@pytest.mark.bad_input("A07")
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_asked_for(encoding: str):
    data = "id,text\n1,hello\n2,world\n".encode(encoding)
    error = asked(data)
    assert_message(error, "looks like UTF-16 without a marker", "data.csv", remedy="choose")
    assert [each.value for each in error.ways] == [encoding]
    assert error.ways[0].preview == ("id,text", "1,hello", "2,world")
    assert as_utf8(data, "data.csv", encoding).data == b"id,text\n1,hello\n2,world\n"


@pytest.mark.bad_input("A15")
@pytest.mark.parametrize("data", [bytes(100), bytes(range(8)) * 100, b"\0\n" * 3 + bytes(9)])
def test_binary_data_is_refused(data: bytes):
    with pytest.raises(FileRefused) as found:
        as_utf8(data, "data.csv")
    assert_message(found.value, "binary data", "data.csv", remedy="UTF-8")


@pytest.mark.bad_input("A08", "A10")
@pytest.mark.parametrize("encoding", SAMPLES)
def test_text_in_another_encoding_is_asked_for_with_previews(encoding: str):
    data = f"id,text\n1,{SAMPLES[encoding]}\n".encode(encoding)
    error = asked(data)
    first = next(at for at, byte in enumerate(data) if byte > 127)
    assert_message(error, "not UTF-8 text", f"data.csv, line 2, byte {first}", remedy="preview")
    previews = {each.value: each.preview for each in error.ways}
    assert previews[encoding][0] == f"1,{SAMPLES[encoding]}".split("\n")[0]
    assert [each.value for each in error.ways][-1] == "utf-8"
    assert "latin-1" not in previews
    assert as_utf8(data, "data.csv", encoding).data.decode() == f"id,text\n1,{SAMPLES[encoding]}\n"


@pytest.mark.bad_input("A08")
def test_chinese_in_gb18030_is_offered_first():
    assert asked(SAMPLES["gb18030"].encode("gb18030")).ways[0].value == "gb18030"


@pytest.mark.bad_input("A09")
def test_utf_8_that_is_also_gb18030_is_utf_8():
    data = ("你好世界" * 10).encode()
    data.decode("gb18030")
    assert as_utf8(data, "data.csv").encoding == "utf-8"


@pytest.mark.bad_input("A11", "A12")
def test_a_few_bad_bytes_among_good_ones_stay_where_they_are():
    data = ROWS.encode() * 20 + b"3,\xff\n"
    found = as_utf8(data, "data.csv")
    assert (found.data, found.encoding) == (data, "utf-8")


@pytest.mark.bad_input("A11")
def test_bytes_that_another_encoding_cannot_read_become_invalid_utf_8():
    data = as_utf8("好".encode("gb18030") + b"\xff\n", "data.csv", "gb18030").data
    assert data.startswith("好".encode())
    with pytest.raises(UnicodeDecodeError):
        data.decode()


def test_utf_8_may_be_asked_for():
    assert as_utf8(b"caf\xe9\n", "data.csv", "utf-8").data == b"caf\xe9\n"


def test_an_encoding_that_does_not_exist_or_does_not_fit():
    with pytest.raises(FileRefused) as found:
        as_utf8(b"a", "data.csv", "klingon")
    assert_message(found.value, "no text encoding 'klingon'", "data.csv", remedy="gb18030")
    with pytest.raises(FileRefused) as found:
        as_utf8(b"abc", "data.csv", "utf-16-le")
    assert_message(found.value, "is not utf-16-le text", "byte", remedy="another encoding")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_what_was_encoded_is_decoded(text: str):
    for encoding in ("gb18030", "utf-16-le", "utf-8"):
        data = text.encode(encoding)
        if not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE)):
            assert as_utf8(data, "f", encoding).data.decode() == text
