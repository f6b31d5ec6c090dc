from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.arrays import strings
from labelviz.errors import IdsRefused
from labelviz.tables.ids import (
    blank,
    check_ids,
    id_notes,
    id_problems,
    made_ids,
    text_codes,
)


def cells(texts: list[str]) -> pd.Series[str]:
    return pd.Series(texts, dtype="str")


def notes(ids: list[str]) -> dict[str, int]:
    return {each.text: each.count for each in id_notes(strings(ids), "i")}


@pytest.mark.bad_input("C06", "A21")
@pytest.mark.parametrize("ids", [["1.23E+17", "5"], ["123.0", "124.0"], ["1e5", "", "7"]])
def test_numbers_a_spreadsheet_has_altered_are_asked_about(ids):
    with pytest.raises(IdsRefused, match="look altered by a spreadsheet") as refused:
        check_ids(cells(ids), "i")
    assert "--exact-ids" in refused.value.remedy
    assert refused.value.choices


@pytest.mark.bad_input("C06", "A21")
@pytest.mark.parametrize("ids", [["1-Mar", "2-Mar"], ["s1", "3-Jan"], ["7", "Mar-01"]])
def test_ids_that_became_dates_are_asked_about(ids):
    with pytest.raises(IdsRefused, match="which reads 3-1 as a date") as refused:
        check_ids(cells(ids), "i")
    assert "--exact-ids" in refused.value.remedy


@pytest.mark.bad_input("C06", "C07")
@pytest.mark.parametrize(
    "ids",
    [
        ["1-March", "Mars-01"],
        ["1.5", "2.5"],
        ["12345678901234567890"],
        ["x", "1.23E+17"],
        ["1.23E+17", "x"],
        [],
    ],
)
def test_other_ids_are_text_and_nobody_is_asked(ids):
    check_ids(cells(ids), "i")


@pytest.mark.bad_input("C08")
def test_outer_spaces_are_kept_and_noted():
    assert notes(["7", " 7", "8\u00a0", "9"]) == {
        "ids in column 'i' have outer spaces and were kept so": 2,
        "of them equal another id when trimmed, and stay apart": 1,
    }


@pytest.mark.bad_input("C09")
def test_ids_that_only_case_or_unicode_form_tells_apart():
    text = "ids in column 'i' differ only by case or Unicode form, and stay apart"
    assert notes(["a", "A", "b"]) == {text: 2}
    assert notes(["é", "e\u0301", "b"]) == {text: 2}
    assert notes(["A", "b", "c"]) == notes(["1", "2"]) == {}


@pytest.mark.bad_input("C10")
def test_odd_ids_are_text_up_to_a_cap():
    odd = ["../x", "a\nb", '"', "=1+1", "x" * 1_000, "x" * 1_001, "y" * 100_000]
    content = pd.DataFrame({"t": odd})
    assert id_problems(cells(odd), content, range(7)) == {
        5: ("id is longer than 1,000 characters", "x" * 80),
        6: ("id is longer than 1,000 characters", "y" * 80),
    }


def problems_by_hand(ids: list[str], content: list[str]) -> dict[int, tuple[str, str]]:
    found = {}
    for row, each in enumerate(ids):
        if each.strip() == "":
            found[row] = ("no id", "")
            continue
        twins = [other for other, name in enumerate(ids) if name == each]
        if len(twins) == 1:
            continue
        if len({content[other] for other in twins}) > 1:
            found[row] = ("its id stands for different content in other rows", each)
        elif row != twins[0]:
            found[row] = ("repeats an earlier row: same id and content", f"line {twins[0] + 2}")
    return found


IDS = st.lists(st.sampled_from(["", " ", "1", "2", "x", "é"]), min_size=1, max_size=10)


@pytest.mark.bad_input("C02", "C03", "C04")
@given(IDS, st.data())
def test_problems_are_those_found_row_by_row(ids, data):
    content = data.draw(st.lists(st.sampled_from("ab"), min_size=len(ids), max_size=len(ids)))
    found = id_problems(cells(ids), pd.DataFrame({"t": content}), range(2, len(ids) + 2))
    assert found == problems_by_hand(ids, content)


@pytest.mark.bad_input("C01")
def test_made_ids_are_the_same_in_every_import_and_every_version():
    frame = pd.DataFrame({"t": ["a", "b", "a"], "l": ["y", "x", "x"]})
    assert made_ids([strings(frame["t"])], frame).tolist() == [
        "ca978112ca1bbdca-2",
        "3e23e8160039594a",
        "ca978112ca1bbdca",
    ]
    pair = made_ids([strings(["a"]), strings(["b"])], frame.iloc[:1])
    assert pair.tolist() == ["59b271ae1bbcb1d3"]


ROWS = st.lists(st.tuples(*[st.sampled_from("ab")] * 3), min_size=1, max_size=8)


@given(ROWS, st.randoms())
def test_the_order_of_rows_and_columns_changes_no_made_id(rows, chance):
    frame = pd.DataFrame(rows, columns=["t", "l", "m"], dtype=object)
    shuffled = frame.iloc[chance.sample(range(len(rows)), len(rows))][["m", "t", "l"]]
    first = made_ids([strings(frame["t"])], frame)
    second = made_ids([strings(shuffled["t"])], shuffled)
    one = sorted(zip(frame[["t", "l", "m"]].itertuples(index=False, name=None), first, strict=True))
    two = sorted(
        zip(shuffled[["t", "l", "m"]].itertuples(index=False, name=None), second, strict=True)
    )
    assert one == two
    assert len(set(first)) == len(rows)


TEXTS = st.text(max_size=2) | st.sampled_from(["é", "e\u0301", "中", "\u2126"])


@pytest.mark.bad_input("E13")
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8))
def test_texts_are_told_apart_in_one_normal_form_and_stay_as_they_are(pairs):
    columns = [strings([pair[side] for pair in pairs]) for side in (0, 1)]
    codes = text_codes(columns)
    assert codes.shape == (len(pairs), 2)
    found = zip(codes.T.reshape(-1).tolist(), [*columns[0], *columns[1]], strict=True)
    by_code = {(code, unicodedata.normalize("NFC", text)) for code, text in found}
    assert len(by_code) == len({code for code, _ in by_code}) == len({text for _, text in by_code})
    assert [(x, y) for x, y in zip(*columns, strict=True)] == pairs


class Clash(str):
    def __hash__(self) -> int:
        return 7


def test_texts_whose_hashes_clash_are_still_told_apart():
    texts = np.array([Clash("a"), Clash("b"), Clash("a")], dtype=object)
    assert text_codes([texts]).tolist() == [[0], [1], [0]]


def test_blank_is_empty_or_only_what_python_calls_space():
    texts = ["", " ", "\u3000\n", "a", "\u200b"]
    assert blank(cells(texts)).tolist() == [True, True, True, False, False]
    every = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    assert blank(cells(every)).tolist() == [each.isspace() for each in every]
