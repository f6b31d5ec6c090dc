"""JSON Lines: an object for each sample, with numbers as numbers."""

from __future__ import annotations

import json
from pathlib import Path

from labelviz.tables.writers.writer import ExportTable, FileFormat, check_rows


def write(path: Path, sheet: ExportTable) -> None:
    """Write a sheet; a number that is not known is null."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(
            json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in sheet.rows()
        )


def check(path: Path, sheet: ExportTable) -> None:
    """Raise ExportRefused unless every value reads back equal."""
    with path.open(encoding="utf-8", newline="\n") as file:
        check_rows(path, sheet, [json.loads(line) for line in file])


JSON_LINES = FileFormat("JSON Lines", ".jsonl", write, check)
