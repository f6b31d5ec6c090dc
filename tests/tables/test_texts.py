from __future__ import annotations

import pandas as pd
import pytest

from labelviz.errors import ColumnRefused
from labelviz.tables.columns import Columns
from labelviz.tables.texts import as_they_stand, attribute, texts_of


def made(cells: dict[str, list[str]], **columns) -> list[list[str]]:
    return [
        list(each) for each in texts_of(pd.DataFrame(cells, dtype="str"), Columns(**columns))[0]
    ]


@pytest.mark.bad_input("P11")
def test_several_columns_are_lines_of_attribute_and_value():
    cells = {
        "left_name": ["Bo", "Al"], "left_zip": ["12", ""],
        "right_name": ["Bo", "Di"], "right_zip": ["12", "3"],
    }  # fmt: skip
    read = made(
        cells, text="left_name", text_with=("left_zip",), text_b="right_name",
        text_b_with=("right_zip",),
    )  # fmt: skip
    assert read == [["name: Bo\nzip: 12", "name: Al"], ["name: Bo\nzip: 12", "name: Di\nzip: 3"]]


@pytest.mark.parametrize(
    ("name", "called"),
    [("left_name", "name"), ("name_2", "name"), ("zip_l", "zip"), ("city", "city"),
     ("ltable_price", "price"), ("left.name", "name"), ("text_a", "text"), ("1", "1")],
)  # fmt: skip
def test_an_attribute_is_called_the_same_on_both_sides(name, called):
    assert attribute(name) == called


@pytest.mark.bad_input("P11")
def test_objects_are_lines_and_conversations_are_turns():
    record = '{"name": "Bo", "zip": 12, "fax": null}'
    assert made({"t": [record, ""]}, text="t") == [["name: Bo\nzip: 12", ""]]
    turns = '[{"role": "user", "content": "hi"}, {"role": "bot", "content": "yes?"}]'
    assert made({"t": [turns]}, text="t") == [["user: hi\nbot: yes?"]]


def test_texts_that_only_look_like_objects_stay_as_they_are():
    cells = ["{not json", "[1] see below", "plain"]
    assert made({"t": cells}, text="t") == [cells]
    assert as_they_stand(pd.DataFrame({"t": ["a"]}, dtype="str"), Columns(text="t")) == ["t"]


@pytest.mark.bad_input("P10")
def test_nested_objects_are_refused_by_name():
    with pytest.raises(ColumnRefused, match="nested objects, not texts") as refused:
        made({"t": ['{"data": {"text": "a"}, "id": 3}']}, text="t")
    assert "“t.data” and “t.id”" in refused.value.remedy
