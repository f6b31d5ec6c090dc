"""Read a CSV file exactly: every cell as text, every row accounted for."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from labelviz.errors import ColumnRefused, FileRefused
from labelviz.tables.table import Quarantined, Table

LONGEST_FIELD = 10_000_000
MOST_NULS = 0.1
"""Share of NUL bytes above which a file is no UTF-8 text; ASCII in UTF-16 has a half."""
SIGNATURES = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\x1f\x8b": "a gzip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"SQLite format 3": "a SQLite database",
}


def read_csv(path: Path) -> Table:
    """Read a comma-separated UTF-8 file (a byte-order mark is fine) without touching any cell.

    Raises
    ------
    FileRefused : not a regular readable file, empty, not text, or a quote that never closes.
    ColumnRefused : no header, or a column name that appears twice.
    """
    import pandas as pd

    data = _bytes(path)
    text = _decode(data, path)
    if not text.strip():
        raise FileRefused(
            f"{path.name} contains no data.", where=str(path), remedy="Choose another file."
        )
    records = _records(text, path)
    _, header = next(records)
    _check_header(header, path)
    lines: list[int] = []
    rows: list[list[str]] = []
    blank = 0
    quarantined: list[Quarantined] = []
    for line, record in records:
        if not record:
            blank += 1
        elif len(record) != len(header):
            reason = f"{len(record)} fields, expected {len(header)}"
            quarantined.append(Quarantined(line, "", reason, ",".join(record)[:200]))
        elif any("\0" in field for field in record):
            quarantined.append(Quarantined(line, "", "holds a NUL character"))
        else:
            lines.append(line)
            rows.append(record)
    if not rows and not quarantined:
        raise FileRefused(
            f"{path.name} has columns {header} and no rows.",
            where=str(path),
            remedy="Check that the export which wrote this file finished.",
        )
    frame = pd.DataFrame(rows, columns=header, index=pd.Index(lines, name="line"), dtype=object)
    digest = hashlib.sha256(data).hexdigest()
    return Table(path.name, digest, frame, blank, tuple(quarantined))


def _bytes(path: Path) -> bytes:
    if not path.exists():
        raise FileRefused(
            f"There is no file {path.name}.", where=str(path), remedy="Check the path."
        )
    if not path.is_file():
        raise FileRefused(
            f"{path.name} is not a regular file.", where=str(path), remedy="Choose a CSV file."
        )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileRefused(
            f"Cannot read {path.name}: {error.strerror}.",
            where=str(path),
            remedy="Check that you may read it.",
        ) from error
    if not data:
        raise FileRefused(
            f"{path.name} is empty (0 bytes).", where=str(path), remedy="Choose another file."
        )
    return data


def _decode(data: bytes, path: Path) -> str:
    data = data.removeprefix(codecs.BOM_UTF8)
    kind = next((kind for mark, kind in SIGNATURES.items() if data.startswith(mark)), None)
    if kind is None and data.lstrip()[:15].lower().startswith((b"<!doctype", b"<html")):
        kind = "a web page"
    if kind is None and data.count(b"\0") > len(data) * MOST_NULS:
        kind = "binary data, or text that is not UTF-8"
    if kind is not None:
        raise FileRefused(
            f"{path.name} is not a CSV file; its content is {kind}.",
            where=str(path),
            remedy="Save the table as comma-separated UTF-8 text.",
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileRefused(
            f"{path.name} is not UTF-8 text.",
            where=f"{path}, line {line}, byte {error.start}",
            remedy="Save it as UTF-8.",
        ) from error


def _records(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (first physical line, fields); a blank line has no fields."""
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for record in reader:
            yield line, record
            line = reader.line_num + 1
    except csv.Error as error:
        closes = "unexpected end of data" in str(error)
        raise FileRefused(
            f"A quote opened on line {line} never closes." if closes else f"Bad CSV: {error}.",
            where=f"{path}, line {line}",
            remedy="Quote fields that hold commas, quotes or line breaks; double inner quotes.",
        ) from error


def _check_header(header: list[str], path: Path) -> None:
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        raise ColumnRefused(
            f"Columns appear twice: {', '.join(map(repr, twice))}.",
            where=f"{path}, line 1",
            remedy="Give every column its own name.",
        )
    if not any(name.strip() for name in header):
        raise ColumnRefused(
            "The first line names no columns.",
            where=f"{path}, line 1",
            remedy="Start the file with a line of column names.",
        )
