"""Parquet: texts, and numbers as float64, which keeps every bit of a target."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.tables.writers.writer import ArrowTexts, Cells, ExportTable, FileFormat, differs

if TYPE_CHECKING:
    import pyarrow as pa

STEP, BUFFER = 1 << 16, 1 << 20  # rows that are read back at once, and bytes of the file


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
    import pyarrow as pa

    try:
        _check_columns(path, table, published or path)
    except (OSError, pa.ArrowException) as error:
        raise differs(published or path, 1, table.column_names[0]) from error


def _check_columns(path: Path, table: pa.Table, published: Path) -> None:
    import pyarrow.parquet as pq

    shares = _shares(table)
    with ThreadPoolExecutor(len(shares)) as threads:
        if all(threads.map(partial(_reads_back, path, table), shares)):
            return
    file = pq.ParquetFile(path)
    for name in table.column_names:
        column = file.read(columns=[name])
        if name in column.column_names and column[name].equals(table[name]):
            continue
        read = column[name].to_pylist() if name in column.column_names else []
        mine = table[name].to_pylist()
        row = 1 if mine == read else _first_difference(mine, read) + 2
        raise differs(published, row, name)
    raise differs(published, 1, table.column_names[0])


def _shares(table: pa.Table) -> list[list[str]]:
    """The names of the columns in shares of about as many bytes, one for each of two threads."""
    shares: list[list[str]] = [[], []]
    sizes = [0, 0]
    for name in sorted(table.column_names, key=lambda name: -table[name].nbytes):
        least = sizes.index(min(sizes))
        shares[least].append(name)
        sizes[least] += table[name].nbytes
    return shares


def _reads_back(path: Path, table: pa.Table, names: list[str]) -> bool:
    """Whether columns of a file are those of a table; of both a small part is looked at at a time.

    So no second table is held, and the memory of one part serves the next.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, pre_buffer=False, buffer_size=BUFFER) as file:
        if not file.schema_arrow.equals(table.schema, check_metadata=True):
            return False
        mine, at = table.select(names), 0
        for batch in file.iter_batches(STEP, columns=names, use_threads=False):
            part = mine.slice(at, len(batch))
            if not pa.Table.from_batches([batch]).select(names).equals(part):
                return False
            at += len(batch)
        return bool(at == len(table) == file.metadata.num_rows)


def _first_difference(mine: list[Any], read: list[Any]) -> int:
    pairs = enumerate(zip(mine, read, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(mine), len(read)))


def _table(sheet: ExportTable) -> pa.Table:
    import pyarrow as pa

    return pa.table(arrow_columns(sheet.columns))


PARQUET = FileFormat("Parquet", ".parquet", write, check)
