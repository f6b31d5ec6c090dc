"""The names of splits: train, validation and test, however a file calls them."""

from __future__ import annotations

import re

SPLIT_NAMES = {
    "train": "train", "training": "train",
    "validation": "validation", "valid": "validation", "val": "validation", "dev": "validation",
    "eval": "validation", "evaluation": "validation", "test": "test",
    "训练": "train", "验证": "validation", "测试": "test",
    "学習": "train", "検証": "validation", "テスト": "test",
}  # fmt: skip


def split_name(cell: str) -> str:
    """The split that a cell names by its first word, `dev_matched` or `train2017`; else empty."""
    words = re.findall("[a-z]+|训练|验证|测试|学習|検証|テスト", cell.lower())
    return SPLIT_NAMES.get(words[0], "") if words else ""
