"""Excel: one sheet of texts, none of which is a formula, and numbers with all their digits.

A workbook is a ZIP archive of XML (ECMA-376). It is written here and not with openpyxl, which cuts
long texts silently, takes a text that begins with = for a formula, and stamps the time of day.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import numpy as np

from labelviz.errors import ExportRefused, in_words
from labelviz.tables import excel
from labelviz.tables.options import ReadOptions
from labelviz.tables.writers.writer import ExportTable, FileFormat, check_rows, values_of_cells

SHEET: Final = "targets"
# What a sheet holds, its header included, and a cell; Excel counts a character beyond the first
# 65,536 of Unicode as two.
MOST_ROWS, MOST_COLUMNS, MOST_CHARACTERS = 1_048_576, 16_384, 32_767
ELSE = "Export as CSV or Parquet, which hold it."
# What XML does not keep, and what would be read as one of these.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
# When each part was made, so that the same targets are the same bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS: Final = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPE}.worksheet+xml"/>'
    "</Types>",
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    f'<sheet name="{SHEET}" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    "</Relationships>",
}
PART = "xl/worksheets/sheet1.xml"


def write(path: Path, sheet: ExportTable) -> None:
    """Write a sheet; a column says which empty cells are missing, where any is.

    Raises
    ------
    ExportRefused : it has more rows, columns or characters in a cell than a workbook holds.
    """
    sheet = sheet.marked()
    _check_size(sheet, path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in PARTS.items():
            archive.writestr(_part(name), HEAD + content)
        with archive.open(_part(PART), "w", force_zip64=True) as file:
            for piece in _xml(sheet):
                file.write(piece.encode())


def check(path: Path, sheet: ExportTable) -> None:
    """Raise ExportRefused unless every cell reads back equal."""
    sheet = sheet.marked()
    read = excel.read_workbook(path.read_bytes(), str(path), ReadOptions(header="yes"))
    columns: dict[str, Any] = {str(name): read.frame[name].tolist() for name in read.frame.columns}
    for name, cells in sheet.columns.items():
        if name in columns and isinstance(cells, np.ndarray):
            columns[name] = [float(text) if text else None for text in columns[name]]
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    check_rows(path, sheet, rows)


def _check_size(sheet: ExportTable, path: Path) -> None:
    rows, width = len(sheet) + 1, len(sheet.columns)
    if rows > MOST_ROWS or width > MOST_COLUMNS:
        raise ExportRefused(
            f"An Excel sheet holds {MOST_ROWS:,} rows and {MOST_COLUMNS:,} columns; this export "
            f"has {rows:,} and {width:,}.",
            where=str(path.parent),
            remedy=ELSE,
        )
    too_long = [
        f"row {row}, column {name}"
        for name, cells in sheet.columns.items()
        for row, cell in enumerate([name, *values_of_cells(cells)], start=1)
        if isinstance(cell, str) and len(cell) * 2 > MOST_CHARACTERS
        and len(cell.encode("utf-16-le")) // 2 > MOST_CHARACTERS
    ]  # fmt: skip
    if too_long:
        raise ExportRefused(
            f"A cell of Excel holds {MOST_CHARACTERS:,} characters; "
            f"{len(too_long):,} of these texts have more.",
            where=f"{path.parent}: {in_words(too_long)}",
            remedy=ELSE,
        )


def _part(name: str) -> zipfile.ZipInfo:
    part = zipfile.ZipInfo(name, EPOCH)
    part.compress_type = zipfile.ZIP_DEFLATED
    return part


def _xml(sheet: ExportTable) -> Iterator[str]:
    yield f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>'
    yield _row(list(sheet.columns))
    columns = [values_of_cells(cells) for cells in sheet.columns.values()]
    for row in zip(*columns, strict=True):
        yield _row(row)
    yield "</sheetData></worksheet>"


def _row(values: Any) -> str:
    return f"<row>{''.join(map(_cell, values))}</row>"


def _cell(value: str | float | None) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, float):
        return f"<c><v>{value!r}</v></c>"
    text = escape(UNSAFE.sub(lambda mark: f"_x{ord(mark[0]):04X}_", value))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


EXCEL = FileFormat("Excel", ".xlsx", write, check)
