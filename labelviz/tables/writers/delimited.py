"""CSV: UTF-8, commas, a header, rows that end with CR LF; for spreadsheets or as it is.

No byte order mark: programs that train take it for a part of the first column's name. Excel, which
takes UTF-8 without one for the encoding of the country, has a format of its own.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from labelviz.errors import ExportRefused
from labelviz.tables.limits import LONGEST_FIELD
from labelviz.tables.spreadsheet import GUARDED, guarded_columns
from labelviz.tables.writers.writer import (
    ArrowTexts,
    ExportTable,
    FileFormat,
    differs,
    texts_of_cells,
    unused_column,
)

if TYPE_CHECKING:
    import pyarrow as pa

STEP: Final = 1 << 16  # rows that are written at once
BLOCK: Final = 1 << 24  # bytes that are read back at once


def columns_of(sheet: ExportTable) -> dict[str, Sequence[str]]:
    """The columns as they are written; where not exact, none is a formula to a spreadsheet.

    What is missing is empty, and one more column says so.
    """
    columns = {name: texts_of_cells(cells) for name, cells in sheet.marked().columns.items()}
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
    held = [ArrowTexts.of(cells).filled for cells in columns.values()]
    with path.open("ab") as file:
        for start in range(0, len(sheet), STEP):
            file.write(_rows([array.slice(start, STEP).combine_chunks() for array in held]))


def _rows(columns: Sequence[pa.Array]) -> memoryview:
    """Rows as `csv.writer` writes them: quoted where there is a comma, a quote or a line break."""
    import pyarrow as pa
    import pyarrow.compute as pc

    odd = '[",\r\n]' if len(columns) > 1 else '[",\r\n]|^$'
    comma, end, nothing = (pa.scalar(text, pa.large_string()) for text in (",", "\r\n", ""))
    joined = pc.binary_join_element_wise(*[_quoted(each, odd) for each in columns], comma)
    lines = pc.binary_join_element_wise(joined, end, nothing)
    _, offsets, texts = lines.buffers()
    first, last = np.frombuffer(offsets, np.int64)[[lines.offset, lines.offset + len(lines)]]
    return memoryview(texts)[first:last]


def _quoted(cells: pa.Array, odd: str) -> pa.Array:
    """The cells, in quotes those that match; quotes inside are doubled."""
    import pyarrow as pa
    import pyarrow.compute as pc

    marked = pc.match_substring_regex(cells, odd)
    if not pc.any(marked).as_py():
        return cells
    doubled = pc.replace_substring(cells.filter(marked), '"', '""')
    quote, nothing = (pa.scalar(text, pa.large_string()) for text in ('"', ""))
    quoted = pc.binary_join_element_wise(quote, doubled, quote, nothing)
    return pc.replace_with_mask(cells, marked, quoted)


def check(path: Path, sheet: ExportTable) -> None:
    """Raise ExportRefused unless every cell reads back equal."""
    columns = columns_of(sheet)
    if not _reads_back(path, columns):
        _check_rows(path, columns)


def _reads_back(path: Path, columns: Mapping[str, Sequence[str]]) -> bool:
    """Whether Arrow reads the very cells; where it does not, a slower reader says why."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    kinds = dict.fromkeys(columns, pa.large_string())
    convert = arrow_csv.ConvertOptions(column_types=kinds, strings_can_be_null=False)
    parse = arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
    wrote = {name: ArrowTexts.of(cells).filled for name, cells in columns.items()}
    at = 0
    try:
        options = arrow_csv.ReadOptions(block_size=BLOCK)
        with arrow_csv.open_csv(path, options, parse, convert) as reader:
            if reader.schema.names != list(columns):
                return False
            for batch in reader:
                for name, cells in wrote.items():
                    part = cells.slice(at, len(batch))
                    if not pa.chunked_array([batch[name]]).equals(part):
                        return False
                at += len(batch)
    except pa.ArrowException:
        return False
    return all(len(cells) == at for cells in wrote.values())


def _check_rows(path: Path, columns: Mapping[str, Sequence[str]]) -> None:
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
