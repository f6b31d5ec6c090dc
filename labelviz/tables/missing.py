"""Cells that are missing: empty texts in a frame, and the lines that say which are not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from labelviz.core.arrays import Integers

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# The lines of the rows that have no cell, by column; a column where none is missing is not there.
Missing = Mapping[str, Integers]


def missing_of(columns: pa.Table, lines: Integers, names: Sequence[str]) -> Missing:
    """The lines on which columns of large strings are null."""
    numbers = np.asarray(lines, np.int64)
    return {
        name: numbers[column.is_null().to_numpy()]
        for name, column in zip(names, columns.columns, strict=True)
        if column.null_count
    }


def with_nulls(frame: pd.DataFrame, missing: Missing) -> list[pa.Array | pa.ChunkedArray]:
    """The columns of a table's frame as large strings, null where a row has no cell.

    A cell that was filled since it was read is there.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    columns: list[pa.Array | pa.ChunkedArray] = []
    for at, name in enumerate(frame.columns):
        cells = pa.array(frame.iloc[:, at], pa.large_string())
        if name in missing:
            gone = pa.array(np.isin(frame.index.to_numpy(), missing[name]))
            absent = pc.and_(gone, pc.equal(cells, ""))
            cells = pc.if_else(absent, pa.scalar(None, pa.large_string()), cells)
        columns.append(cells)
    return columns


def joined_missing(parts: Sequence[Missing]) -> Missing:
    """What is missing in one or another of several tables of the same lines."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {
        name: np.unique(np.concatenate([part[name] for part in parts if name in part]))
        for name in names
    }
