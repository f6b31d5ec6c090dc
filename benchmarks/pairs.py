"""Pairs of products that an LLM labelled, as models are measured on them."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

PAIRS = "entity-matching/abt-buy_llm.csv"
CLASSES = ("0", "1")


def pairs(file: Path, rows: int, *, last: bool = False) -> Any:
    """A random sample of the pairs, as a dataset; or the last in that order, others."""
    from labelviz.core.arrays import strings
    from labelviz.core.dataset import Dataset

    csv.field_size_limit(10**9)
    with file.open(encoding="utf-8", newline="") as opened:
        table = list(csv.DictReader(opened))
    order = np.random.default_rng(0).permutation(len(table))
    chosen = order[::-1][:rows] if last else order[:rows]
    return Dataset(
        task="binary",
        classes=CLASSES,
        ids=strings(str(number) for number in range(len(chosen))),
        texts=tuple(strings(table[k][name] for k in chosen) for name in ("text_a", "text_b")),
        given=np.array([int(table[k]["gold"]) for k in chosen], dtype=np.int64),
    )


def balanced(dataset: Any, rows: int) -> Any:
    """As many matches as others, in turn."""
    each = [np.flatnonzero(dataset.given == label)[: rows // 2] for label in range(len(CLASSES))]
    return dataset.take(np.stack(each, axis=1).ravel())


def with_parts(dataset: Any) -> Any:
    """A fifth held out, a tenth to choose the best weights by, and the rest to train on."""
    from labelviz.core.arrays import strings

    places = np.arange(len(dataset)) // len(CLASSES)
    parts = np.where(places % 5 == 0, "test", np.where(places % 10 == 1, "validation", "train"))
    return replace(dataset, split=strings(parts))
