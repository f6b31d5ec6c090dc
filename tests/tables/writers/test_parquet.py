from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelviz.errors import ExportRefused
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
