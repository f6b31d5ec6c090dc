from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.errors import FileRefused
from labelviz.tables.json_lines import read_json_table
from labelviz.tables.json_shapes import rows_in
from labelviz.tables.options import ReadOptions

ROWS = [
    {"text": "rain", "label": "wet"},
    {"text": "sun", "label": "dry"},
    {"text": "fog", "label": "wet"},
]


@pytest.mark.bad_input("P12")
@pytest.mark.parametrize("orient", ["columns", "index", "split", "table", "records"])
@pytest.mark.parametrize("indent", [None, 2])
def test_what_pandas_writes(orient, indent):
    frame = pd.DataFrame(ROWS)
    data = frame.to_json(orient=orient, indent=indent).encode()
    content = read_json_table(data, "f.json", ReadOptions())
    assert content.frame[["text", "label"]].to_dict("records") == ROWS


@pytest.mark.bad_input("P12")
@pytest.mark.parametrize(
    ("whole", "rows"),
    [
        ({"data": ROWS}, ROWS),
        ({"total": 3, "answers": ROWS}, ROWS),
        ({"rows": [{"row_idx": n, "row": each} for n, each in enumerate(ROWS)]}, ROWS),
        ({"text": ["a", "b"], "label": ["x", "y"]},
         [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]),
        ({"data": ROWS, "kinds": [{"name": "wet"}, {"name": "dry"}]}, ROWS),
        ({"version": "1", "train": ROWS[:1], "dev": ROWS[1:2]},
         [{**ROWS[0], "split": "train"}, {**ROWS[1], "split": "dev"}]),
        ({"data": {"train": ROWS[:1], "dev": ROWS[1:2]}},
         [{**ROWS[0], "split": "train"}, {**ROWS[1], "split": "dev"}]),
        ({"wet": ["rain", "fog"], "dry": ["sun"]},
         [{"text": "rain", "label": "wet"}, {"text": "fog", "label": "wet"},
          {"text": "sun", "label": "dry"}]),
        ({"satz": ["rain", "sun"], "urteil": ["wet", "wet"]},
         [{"satz": "rain", "urteil": "wet"}, {"satz": "sun", "urteil": "wet"}]),
        ({"left": ["rain", "sun"], "right": ["fog", "sea"]},
         [{"left": "rain", "right": "fog"}, {"left": "sun", "right": "sea"}]),
        ({f"rain of day {n}": n % 2 for n in range(4)},
         [{"text": f"rain of day {n}", "label": n % 2} for n in range(4)]),
        ({"train": ROWS[:1], "dev": ROWS[1:2]},
         [{**ROWS[0], "split": "train"}, {**ROWS[1], "split": "dev"}]),
        ({"text": {"u": "a", "v": "b", "w": "c"}, "label": {"u": "x", "v": "y", "w": "x"}},
         [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}, {"text": "c", "label": "x"}]),
    ],
)  # fmt: skip
def test_rows_inside_one_object(whole, rows):
    found = rows_in(whole, "f.json")
    assert found is not None
    assert found[0] == rows


@pytest.mark.parametrize(
    "row",
    [
        {"text": "a", "label": "x"},
        {"id": 3, "data": {"text": "a"}, "annotations": [{"id": 1}]},
        {"text": "a", "label": ["x", "y"]},
        {"custom_id": "a", "response": {"body": {}}, "error": None},
    ],
)
def test_one_object_that_is_a_row(row):
    assert rows_in(row, "f.json") is None


def test_what_may_be_several_tables_is_refused():
    with pytest.raises(FileRefused, match="several lists of rows: “people” and “places”"):
        rows_in({"people": ROWS, "places": ROWS}, "f.json")
    with pytest.raises(FileRefused, match="may name rows as well as columns"):
        rows_in({"1": {"2": "a"}, "3": {"2": "b"}}, "f.json")


def test_an_object_without_rows_is_called_what_it_is():
    with pytest.raises(FileRefused, match="one JSON object, and holds no list of rows"):
        read_json_table(b'{\n "text": "a",\n "label": "x"\n}', "f.json", ReadOptions())


@given(st.lists(st.fixed_dictionaries({"a": st.text(max_size=4), "b": st.text(max_size=4)}), min_size=2, max_size=6))  # fmt: skip  # noqa: E501
def test_every_shape_says_the_same(rows):
    by_column = {key: {str(n): row[key] for n, row in enumerate(rows)} for key in ("a", "b")}
    lists = {key: [row[key] for row in rows] for key in ("a", "b")}
    split = {
        "columns": ["a", "b"],
        "index": list(range(len(rows))),
        "data": [[r["a"], r["b"]] for r in rows],
    }
    for whole in (by_column, lists, split, {"data": rows}):
        found = rows_in(json.loads(json.dumps(whole)), "f.json")
        assert found is not None
        assert found[0] == rows


@pytest.mark.bad_input("P12")
def test_the_one_list_of_rows_inside_objects():
    rows = [{"text": "a", "label": "x"}]
    whole = {"version": 1, "payload": {"samples": rows, "size": 1}}
    assert rows_in(whole, "f") == (
        rows, "rows were read from the list under 'payload.samples' of one JSON object",
    )  # fmt: skip
    assert rows_in({"a": {"x": rows}, "b": {"y": rows}}, "f") is None


@pytest.mark.bad_input("P12")
def test_rows_by_an_id_of_their_own():
    found = rows_in({"s1": {"text": "a", "label": "x"}, "s2": {"text": "b", "label": "y"}}, "f")
    assert found == (
        [{"id": "s1", "text": "a", "label": "x"}, {"id": "s2", "text": "b", "label": "y"}],
        "rows were read from objects by id",
    )


@pytest.mark.parametrize(
    "whole",
    [
        {"data": ROWS[:2], "test": ROWS[2:]},
        {"items": ROWS[:2], "flagged": [{**ROWS[2], "why": "rude"}]},
        {"examples": ROWS[:1], "samples": ROWS},
    ],
)
def test_rows_of_another_list_are_not_left_behind(whole):
    with pytest.raises(FileRefused, match="several lists of rows") as refused:
        rows_in(whole, "f.json")
    assert "as one list" in refused.value.remedy


def test_the_names_of_classes_stand_for_their_numbers():
    kinds = [
        {"feature_idx": 0, "name": "text", "type": {"dtype": "string", "_type": "Value"}},
        {
            "feature_idx": 1,
            "name": "label",
            "type": {"names": ["dry", "wet"], "_type": "ClassLabel"},
        },
    ]
    rows = [
        {"row_idx": at, "row": {"text": f"t{at}", "label": label}}
        for at, label in enumerate([1, 0, -1, True, 7])
    ]
    found = rows_in({"features": kinds, "rows": rows}, "f.json")
    assert found is not None
    assert [row["label"] for row in found[0]] == ["wet", "dry", -1, True, 7]
    assert "left out" not in found[1]


def test_what_is_left_out_is_told():
    found = rows_in({"data": ROWS, "kinds": [{"name": "wet"}, {"name": "dry"}]}, "f.json")
    assert found is not None
    assert found[1].endswith(", 2 under 'kinds' were left out")


@pytest.mark.parametrize(
    "row",
    [
        {"text": "rain", "label": "wet", "source": "web", "note": "web"},
        {"day one": "a", "day two": "a", "day three": "a"},
        {f"rain of day {n}": f"another {n}" for n in range(9)},
    ],
)
def test_one_row_is_no_table_of_labels_by_text(row):
    assert rows_in(row, "f.json") is None
