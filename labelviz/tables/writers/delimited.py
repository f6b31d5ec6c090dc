"""CSV: UTF-8, commas, a header, rows that end with CR LF; for spreadsheets or as it is."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import chain, zip_longest
from pathlib import Path

from labelviz.errors import ExportRefused
from labelviz.tables.limits import LONGEST_FIELD
from labelviz.tables.spreadsheet import GUARDED, guarded_columns
from labelviz.tables.writers.writer import (
    ExportTable,
    FileFormat,
    differs,
    texts_of_cells,
    unused_column,
)


def columns_of(sheet: ExportTable) -> dict[str, Sequence[str]]:
    """The columns as they are written; where not exact, none is a formula to a spreadsheet."""
    columns = {name: texts_of_cells(cells) for name, cells in sheet.columns.items()}
    if sheet.exact:
        return columns
    return guarded_columns(columns, unused_column(GUARDED, columns))


def write(path: Path, sheet: ExportTable) -> None:
    """Write a sheet."""
    columns = columns_of(sheet)
    with path.open("w", encoding="utf-8", newline="") as file:
        # What a file begins with may say what kind it is; a quote says that it is text.
        plain = next(iter(columns))[:1].isalnum()
        csv.writer(file, quoting=csv.QUOTE_MINIMAL if plain else csv.QUOTE_ALL).writerow(columns)
        csv.writer(file).writerows(zip(*columns.values(), strict=True))


def check(path: Path, sheet: ExportTable) -> None:
    """Raise ExportRefused unless every cell reads back equal."""
    columns = columns_of(sheet)
    csv.field_size_limit(LONGEST_FIELD)
    expected = chain([tuple(columns)], zip(*columns.values(), strict=True))
    with path.open(encoding="utf-8", newline="") as file:
        pairs = zip_longest(csv.reader(file, strict=True), expected, fillvalue=())
        number = 0
        try:
            for number, (read, wrote) in enumerate(pairs, start=1):
                if tuple(read) != wrote:
                    cells = zip_longest(columns, read, wrote)
                    raise differs(path, number, next(name for name, r, w in cells if r != w))
        except csv.Error as error:
            raise ExportRefused(
                f"Export check failed at row {number + 1}: {error}. No file was published.",
                where=str(path.parent),
                remedy="Check the disk, then export again.",
            ) from error


CSV = FileFormat("CSV, for any program", ".csv", write, check)
