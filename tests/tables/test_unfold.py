from __future__ import annotations

import pandas as pd
import pytest

from labelviz.tables.unfold import unfold


def unfolded(**cells: list[str]) -> dict[str, list[str]]:
    frame, _, _ = unfold(pd.DataFrame(cells, dtype="str"))
    return {name: list(frame[name]) for name in frame.columns if name not in cells}


@pytest.mark.bad_input("P10")
def test_what_is_inside_objects_gets_columns_of_its_own():
    made = unfolded(data=['{"text": "a", "n": {"m": 1.5}}', "", '{"text": null, "tags": ["x"]}'])
    assert made == {
        "data.text": ["a", "", ""],
        "data.n.m": ["1.5", "", ""],
        "data.tags": ["", "", '["x"]'],
    }


@pytest.mark.parametrize(
    "cells",
    [
        ["plain", '{"a": 1.5}'],
        ['["a"]', '["b"]'],
        ['{"choices": ["a"]}', '{"choices": []}'],
        ['{"a": 1, "b": 0}', '{"a": 0, "b": 1}'],
        ["", " "],
        ["{broken", "{x"],
    ],
)
def test_labels_lists_and_texts_stay_whole(cells):
    assert unfolded(column=cells) == {}


def test_a_column_of_that_name_is_not_replaced():
    frame = pd.DataFrame({"data": ['{"text": "inside"}'], "data.text": ["outside"]}, dtype="str")
    made, notes, _ = unfold(frame)
    assert list(made["data.text"]) == ["outside"]
    assert notes == []


def test_too_many_keys_are_left_inside():
    rows = [f'{{"k{n}": 0.5}}' for n in range(300)]
    assert unfolded(bag=rows) == {}
