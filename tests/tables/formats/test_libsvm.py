from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from labelviz.errors import FileRefused
from labelviz.tables.formats.libsvm import check_numbers
from labelviz.tables.read import read_table


def test_numbers_by_place_are_refused(write: Callable[..., Path]):
    path = write("1 1:0.5 3:2\n-1 2:1e-3 # x\n", "train.txt")
    with pytest.raises(FileRefused, match="numbers without texts") as refused:
        read_table(path)
    assert str(path) in refused.value.where


@pytest.mark.parametrize("data", [b"", b"1 at 3:30 we met\n", b"id,label\n1,2\n"])
def test_other_lines_are_not(data: bytes):
    check_numbers(data, "f")
