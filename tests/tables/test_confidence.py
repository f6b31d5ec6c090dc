from __future__ import annotations

import pandas as pd
import pytest

from labelviz.errors import InputRefused
from labelviz.tables.confidence import is_confidence, read_confidence


def read(cells: list[str], scale: str = "") -> tuple[list[float], list[str]]:
    values, notes = read_confidence(pd.Series(cells, name="sure", dtype=object), scale)
    return [round(float(each), 6) for each in values], [each.text for each in notes]


@pytest.mark.bad_input("P09", "B20")
@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["0.25", "1", "0"], [0.25, 1, 0]),
        (["25%", "100 %", "7％"], [0.25, 1, 0.07]),
        (["0,25", "0,5"], [0.25, 0.5]),
        (["4/5", "1/5", "8/10"], [0.8, 0.2, 0.8]),
        (["25", "99", "40.5"], [0.25, 0.99, 0.405]),
        (["1", "3", "5"], [0, 0.5, 1]),
        (["0", "5", "10"], [0, 0.5, 1]),
        (["1", "4", "7"], [0, 0.5, 1]),
        (["1", "2", "3"], [0, 0.5, 1]),
    ],
)
def test_confidence_is_read_as_the_scale_it_is_written_in(cells, values):
    assert read(cells)[0] == values


def test_a_scale_that_is_not_0_to_1_is_said():
    assert read(["1", "5", "3"])[1] == [
        "cells in column 'sure' were read as confidence on a scale from 1, the lowest, to 5"
    ]
    assert read(["0.2", "30%"])[1] == []


@pytest.mark.bad_input("P09")
@pytest.mark.parametrize("cells", [["1", "4"], ["0", "8"], ["0.5", "3.5"], ["0.9", "95"]])
def test_a_scale_that_nothing_says_is_asked(cells):
    with pytest.raises(InputRefused, match="on a scale that nothing says") as refused:
        read(cells)
    assert "--confidence-scale 1-5" in refused.value.remedy


def test_a_scale_that_somebody_said():
    assert read(["1", "4"], "1-5")[0] == [0, 0.75]
    assert read(["2", "4"], "0 to 8")[0] == [0.25, 0.5]
    assert str(read(["9", "-1"], "1-5")[0]) == "[nan, nan]"
    for none in ("5-1", "high", "3"):
        with pytest.raises(InputRefused, match="is no scale"):
            read(["1"], none)


def test_what_is_no_confidence_is_unknown():
    values, notes = read(["high", "-2.5", "1e999", ""])
    assert str(values) == "[nan, nan, nan, nan]"
    assert notes == ["cells in column 'sure' are no confidence and count as unknown"]
    few = [*["0.5"] * 20, *[f"0.{n}" for n in range(10, 30)], "1.5"]
    assert str(read(few)[0][-1]) == "nan"


def test_cells_that_may_state_confidence():
    assert is_confidence(["60%", "0,61"])
    assert is_confidence(["1", "5"])
    assert not is_confidence(["high"])
    assert not is_confidence(["-1", "0.5"])
    assert not is_confidence(["2011"])
    assert not is_confidence([])
