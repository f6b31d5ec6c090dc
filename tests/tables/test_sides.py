from __future__ import annotations

import pytest

from labelviz.tables.sides import Sides, sides_of

LONG = {"text1", "text2", "l_note", "r_note"}


def found(*names: str) -> Sides | None:
    return sides_of(names, lambda n: not n.startswith("n_"), lambda n: n in LONG)


@pytest.mark.bad_input("P11")
@pytest.mark.parametrize(
    ("names", "first", "second"),
    [
        (["left_a", "left_name", "right_a", "right_name", "x"],
         ("left_name", "left_a"), ("right_name", "right_a")),
        (["name_left", "name_right"], ("name_left",), ("name_right",)),
        (["ltable_id", "rtable_id", "ltable_v", "rtable_v"], ("ltable_v",), ("rtable_v",)),
        (["Left.Name", "Right.Name"], ("Left.Name",), ("Right.Name",)),
        (["name_l", "name_r", "zip_l", "zip_r"], ("name_l", "zip_l"), ("name_r", "zip_r")),
        (["title_x", "title_y"], ("title_x",), ("title_y",)),
        (["text1", "text2"], ("text1",), ("text2",)),
    ],
)  # fmt: skip
def test_columns_of_two_records(names, first, second):
    assert found(*names) == Sides(first, second)


@pytest.mark.parametrize(
    "names",
    [
        ["llm_1", "llm_2", "text"],
        ["label_1", "label_2", "text"],
        ["left_id", "right_id"],
        ["address1", "address2", "name"],
        ["line_1", "line_2", "name", "city", "note", "phone", "mail"],
        ["left_name", "name"],
        [],
    ],
)
def test_columns_that_are_no_sides(names):
    assert found(*names) is None
