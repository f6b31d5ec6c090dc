from __future__ import annotations

import pytest

from labelviz.tables.splits import split_name


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("Train", "train"), ("train.10k", "train"), ("dev_matched", "validation"),
        ("test2017", "test"), ("holdout", ""), ("", ""), ("pretest", ""), ("3", ""),
        ("eval", "validation"),
        ("训练集", "train"), ("テスト", "test"),
    ],
)  # fmt: skip
def test_a_split_is_named_by_its_first_word(cell, name):
    assert split_name(cell) == name
