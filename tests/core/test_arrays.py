from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.arrays import highest, read_only, strings, told_apart


def test_read_only_refuses_writing():
    frozen = read_only([1.0, 2.0])
    with pytest.raises(ValueError, match="read-only"):
        frozen[0] = 9.0


def test_read_only_leaves_the_callers_array_writable_and_apart():
    mine = np.zeros(2)
    frozen = read_only(mine)
    mine[0] = 1.0
    assert frozen.tolist() == [0.0, 0.0]


def test_read_only_view_of_writable_array_is_copied():
    mine = np.zeros(2)
    view = mine.view()
    view.setflags(write=False)
    frozen = read_only(view)
    mine[0] = 1.0
    assert frozen.tolist() == [0.0, 0.0]


def test_read_only_of_a_frozen_array_is_the_same_object():
    frozen = read_only([1, 2])
    assert read_only(frozen) is frozen


def test_read_only_converts_to_the_dtype_asked_for():
    assert read_only([1, 2], np.float64).dtype == np.float64


def test_strings_holds_python_text_and_is_read_only():
    texts = strings(["a", "", "é", "中"])
    assert texts.dtype == object
    assert texts.tolist() == ["a", "", "é", "中"]
    assert not texts.flags.writeable


def test_strings_of_nothing_is_empty():
    assert strings([]).shape == (0,)


@pytest.mark.parametrize("k", [1, 3, 40])
def test_the_highest_of_each_row_is_found_however_many_columns_there_are(k: int):
    rows = np.random.default_rng(k).normal(size=(20, k))
    assert highest(rows).tolist() == rows.max(axis=1).tolist()


def test_texts_are_told_apart_as_they_first_occur():
    codes, values = told_apart(strings(["b", "", "a", "b", "a"]))
    assert codes.tolist() == [0, 1, 2, 0, 2]
    assert values == ["b", "", "a"]
    codes, values = told_apart(strings([]))
    assert (codes.tolist(), codes.dtype, values) == ([], np.int64, [])
