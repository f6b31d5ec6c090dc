from __future__ import annotations

from pathlib import Path

import numpy as np

from labelviz.tables.writers.json_lines import check, write
from labelviz.tables.writers.writer import ExportTable


def test_a_line_is_an_object_with_numbers_and_null(tmp_path: Path):
    columns = {"id": ["1", "2"], "text": ["中\n", '"'], "weight": np.array([0.1, np.nan])}
    sheet = ExportTable(columns, {}, "id")
    write(tmp_path / "t.jsonl", sheet)
    assert (tmp_path / "t.jsonl").read_text("utf-8") == (
        '{"id": "1", "text": "中\\n", "weight": 0.1}\n{"id": "2", "text": "\\"", "weight": null}\n'
    )
    check(tmp_path / "t.jsonl", sheet)
