"""Parquet: texts, and numbers as float64, which keeps every bit of a target."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.tables.writers.writer import ArrowTexts, Cells, ExportTable, FileFormat, differs

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_columns(columns: Mapping[str, Cells]) -> dict[str, Any]:
    """Each column as Arrow has it; NaN is null."""
    import pyarrow as pa

    return {
        name: pa.array(cells, pa.float64(), mask=np.isnan(cells))
        if isinstance(cells, np.ndarray)
        else ArrowTexts.of(cells).array
        for name, cells in columns.items()
    }


def write(path: Path, sheet: ExportTable) -> None:
    """Write a sheet."""
    write_table(path, _table(sheet))


def check(path: Path, sheet: ExportTable) -> None:
    """Raise ExportRefused unless every value reads back equal."""
    check_table(path, _table(sheet))


def write_table(path: Path, table: pa.Table) -> None:
    """Write an Arrow table; the same table always becomes the same bytes."""
    import pyarrow.parquet as pq

    pq.write_table(table, path)


def check_table(path: Path, table: pa.Table, published: Path | None = None) -> None:
    """Raise ExportRefused unless an Arrow table reads back equal.

    Parameters
    ----------
    published : the folder that the file is a part of, if it is not the whole export.
    """
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    for name in table.column_names:  # one at a time, so that never two tables are held
        column = file.read(columns=[name])
        if name in column.column_names and column[name].equals(table[name]):
            continue
        read = column[name].to_pylist() if name in column.column_names else []
        mine = table[name].to_pylist()
        row = 1 if mine == read else _first_difference(mine, read) + 2
        raise differs(published or path, row, name)
    if not file.schema_arrow.equals(table.schema, check_metadata=True):
        raise differs(published or path, 1, table.column_names[0])


def _first_difference(mine: list[Any], read: list[Any]) -> int:
    pairs = enumerate(zip(mine, read, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(mine), len(read)))


def _table(sheet: ExportTable) -> pa.Table:
    import pyarrow as pa

    return pa.table(arrow_columns(sheet.columns))


PARQUET = FileFormat("Parquet", ".parquet", write, check)
