from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelviz.errors import ExportRefused
from labelviz.tables.writers import parquet
from labelviz.tables.writers.parquet import check, check_table, write
from labelviz.tables.writers.writer import ExportTable


def test_numbers_are_float64_and_unknown_ones_null(tmp_path: Path):
    columns = {"id": ["1", "2"], "weight": np.array([1 / 3, np.nan])}
    write(tmp_path / "t.parquet", ExportTable(columns, {}, "id"))
    table = pq.read_table(tmp_path / "t.parquet")
    assert table.schema.field("weight").type == pa.float64()
    assert table.column("weight").to_pylist() == [1 / 3, None]
    frame = pd.read_parquet(tmp_path / "t.parquet")
    assert frame["id"].tolist() == ["1", "2"]
    check(tmp_path / "t.parquet", ExportTable(columns, {}, "id"))


def test_where_a_table_differs_is_named(tmp_path: Path):
    columns = {"id": ["1", "2"], "weight": np.array([0.5, 0.25])}
    path = tmp_path / "t.parquet"
    write(path, ExportTable(columns, {}, "id"))
    other = {**columns, "weight": np.array([0.5, np.nextafter(0.25, 1)])}
    with pytest.raises(ExportRefused, match="row 3, column 'weight'"):
        check(path, ExportTable(other, {}, "id"))
    with pytest.raises(ExportRefused, match="row 2, column 'more'"):
        check(path, ExportTable({**columns, "more": ["", ""]}, {}, "id"))
    with pytest.raises(ExportRefused, match="row 1, column 'id'"):
        check_table(path, pa.table({"id": ["1", "2"], "weight": [0.5, 0.25]}))


def test_every_part_of_a_file_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parquet, "STEP", 2)
    wide = {"a": list("uvwxy"), "a.b": ["long enough"] * 5, "p": np.arange(5.0)}
    path = tmp_path / "t.parquet"
    write(path, ExportTable(wide, {}, "a"))
    check(path, ExportTable(wide, {}, "a"))
    for name, cells in wide.items():
        for row in range(5):
            other = cells.copy()
            other[row] = -1.0 if name == "p" else "else"
            with pytest.raises(ExportRefused, match=f"row {row + 2}, column '{name}'"):
                check(path, ExportTable({**wide, name: other}, {}, "a"))
    with pytest.raises(ExportRefused, match="row 6, column 'a'"):
        check(path, ExportTable({n: cells[:4] for n, cells in wide.items()}, {}, "a"))
    with pytest.raises(ExportRefused, match="row 7, column 'a'"):
        check(path, ExportTable({n: [*cells, cells[0]] if n != "p" else np.arange(6.0)
                                 for n, cells in wide.items()}, {}, "a"))  # fmt: skip


def test_a_damaged_file_is_not_taken_for_the_table(tmp_path: Path):
    columns = {"id": [str(n) for n in range(2000)], "weight": np.linspace(0, 1, 2000)}
    path = tmp_path / "t.parquet"
    write(path, ExportTable(columns, {}, "id"))
    content = bytearray(path.read_bytes())
    content[200] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(ExportRefused, match="Export check failed"):
        check(path, ExportTable(columns, {}, "id"))
