"""Read any file that labelviz knows: every cell as text, every row accounted for."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from labelviz.errors import ChoiceNeeded, FileRefused, Way, in_words, unharmed
from labelviz.processes import free_memory
from labelviz.tables import columnar, excel
from labelviz.tables.compressed import (
    BZIP2,
    GZIP,
    WAYS,
    XZ,
    ZIP,
    ZSTANDARD,
    compression,
    decompressed,
    is_archive,
    tables_of,
)
from labelviz.tables.delimited import (
    COMMENT,
    EXCERPT,
    PREVIEW_ROWS,
    SAMPLE_BYTES,
    Record,
    Text,
    parse,
    settle_text,
    without_bare_returns,
)
from labelviz.tables.encodings import UTF_8, as_utf8, visibly
from labelviz.tables.export import recognised, unguarded, unmarked
from labelviz.tables.exported import exports
from labelviz.tables.formats.format import as_content
from labelviz.tables.formats.known import LINES, PLAIN, converted
from labelviz.tables.formats.libsvm import check_numbers
from labelviz.tables.header import (
    ask_for_header,
    cells_filled,
    check_title,
    column_names,
    looks_like_data,
    looks_like_units,
    made_names,
)
from labelviz.tables.json_lines import is_json, read_json_table
from labelviz.tables.limits import (
    EXAMPLES,
    MEMORY_PER_BYTE,
)
from labelviz.tables.missing import joined_missing
from labelviz.tables.options import ReadOptions
from labelviz.tables.report import note
from labelviz.tables.table import AS_ASKED, Content, Note, Quarantined, Table, check_width, frame_of
from labelviz.tables.together import together
from labelviz.tables.unfold import unfold

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

TEXT, JSON, PARQUET, EXCEL = "text", "JSON", "a Parquet file", "an Excel workbook"
# What a file's name promises; other names, such as `.txt`, promise nothing.
FORMATS = {
    ".csv": TEXT, ".tsv": TEXT, ".tab": TEXT, ".psv": TEXT,
    ".json": JSON, ".jsonl": JSON, ".ndjson": JSON, ".manifest": JSON,
    ".parquet": PARQUET, ".pq": PARQUET, ".xlsx": EXCEL,
    ".gz": GZIP, ".bz2": BZIP2, ".xz": XZ, ".zst": ZSTANDARD, ".zip": ZIP,
}  # fmt: skip
STRANGERS = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"SQLite format 3": "a SQLite database",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"ARROW1": "an Arrow file outside its folder",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\x93NUMPY": "a NumPy array",
}
UNITS_ROWS = 100
TOTALS = re.compile(r"\s*(grand )?(total|totals|sum|合计|总计|总和)\s*:?\s*", re.IGNORECASE)


@unharmed()
def read_table(path: Path, options: ReadOptions = ReadOptions()) -> Table:  # noqa: B008 - frozen
    """Read CSV or another delimited text, JSON Lines or JSON, Parquet, Excel or a datasets folder.

    What the options leave open is found out and told in `Table.options` and `Table.notes`. No cell
    is changed: ids and labels stay as they are written; values of typed formats become their text.

    Raises
    ------
    ChoiceNeeded : the file can be read in several ways.
    FileRefused : it is no regular readable file, empty, damaged, too large, or something else.
    ColumnRefused : it names no columns.
    """
    content, sha256 = _read(path, options)
    return _table(path, sha256, content)


@unharmed()
def read_cells(path: Path, options: ReadOptions = ReadOptions()) -> Table:  # noqa: B008 - frozen
    """The rows of a file as they stand in it, whatever wrote it.

    Raises
    ------
    InputRefused : as `read_table`.
    """
    content, sha256 = _read(path, options)
    return Table(
        path.name, sha256, content.frame, content.blank, content.quarantined, content.notes,
        content.options, missing=content.missing,
    )  # fmt: skip


def _read(path: Path, options: ReadOptions) -> tuple[Content, str]:
    """What stands in a file, and the SHA-256 of its bytes."""
    if os.path.isdir(path) and columnar.is_dataset_folder(path):
        return columnar.read_folder(path, options), columnar.fingerprint(path)
    if os.path.isdir(path) and (files := columnar.tables_in(path)):
        parts = [(file, _content(file, _bytes(file), options)) for file in files]
        return together(parts, columnar.card_classes(path)), columnar.fingerprint(path)
    _check_file(path)
    data = _bytes(path)
    with ThreadPoolExecutor(1) as beside:
        digest = beside.submit(hashlib.sha256, data)
        whole = _archive if is_archive(data) else _content
        content = whole(path, data, options)
    return content, digest.result().hexdigest()


def _archive(path: Path, data: bytes, options: ReadOptions) -> Content:
    """The tables of an archive under one another."""
    _check_name(path, ZIP)
    tables, others = tables_of(data, path)
    parts = [(member, _content(member, inner, options)) for member, inner in tables]
    content = together(parts, {}) if len(parts) > 1 else parts[0][1]
    notes = [Note("file was decompressed (ZIP)", 1), *note("files in it were left out", others)]
    return replace(content, notes=(*notes, *content.notes))


def _table(path: Path, sha256: str, content: Content) -> Table:
    content, meant = converted(content, str(path))
    frame, quarantined = content.frame, list(content.quarantined)
    if asked := [line for line in content.options.skip if line in frame.index]:
        quarantined += [Quarantined(line, "", AS_ASKED) for line in asked]
        frame = frame.drop(index=asked)
    if frame.empty and not quarantined:
        raise FileRefused(
            f"{path.name} has columns {in_words(frame.columns)} and no rows.",
            where=str(path),
            remedy="Check that the export which wrote this file finished.",
        )
    quarantined.sort(key=lambda each: each.line)
    frame, taken_off = unguarded(frame)
    frame, marked, told = unmarked(frame)
    frame, unfolded, absent = unfold(frame)
    check_width(len(frame.columns), str(path))
    exported = recognised(path, sha256, frame.columns.tolist())
    notes = (*content.notes, *taken_off, *told, *unfolded, *exported)
    return Table(
        path.name, sha256, frame, content.blank, tuple(quarantined), notes, content.options, meant,
        content.joined, (), content.questions, joined_missing([content.missing, marked, absent]),
    )  # fmt: skip


# The file


def _check_file(path: Path) -> None:
    if not os.path.exists(path):
        raise FileRefused(
            f"There is no file {path.name}.", where=str(path), remedy="Check the path."
        )
    if os.path.isdir(path):
        raise FileRefused(
            f"{path.name or path} is not a regular file but a folder, and no CSV, JSON Lines or "
            "Parquet file is in it.",
            where=str(path),
            remedy="Choose a file, or a folder with tables in it.",
        )
    if not os.path.isfile(path):
        raise FileRefused(
            f"{path.name} is not a regular file.",
            where=str(path),
            remedy="Choose a file, or a folder that the datasets library saved.",
        )
    size, free = path.stat().st_size, free_memory()
    if not size:  # files of /proc are, and to read one may wait without an end
        raise _empty(path)
    if size * MEMORY_PER_BYTE > free:
        raise FileRefused(
            f"Loading {path.name} needs about {size * MEMORY_PER_BYTE / 1e9:.1f} GB of memory, "
            f"{free / 1e9:.1f} GB are free.",
            where=str(path),
            remedy="Load it on a larger machine, or a part of it.",
        )


def _bytes(path: Path) -> bytes:
    try:
        before = path.stat()
        data = path.read_bytes()
        after = path.stat()
    except OSError as error:
        raise FileRefused(
            f"Cannot read {path.name}: {error.strerror}.",
            where=str(path),
            remedy="Check that you may read it.",
        ) from error
    if (before.st_mtime_ns, before.st_ino, before.st_size) != (
        after.st_mtime_ns, after.st_ino, len(data),
    ):  # fmt: skip
        raise FileRefused(
            f"{path.name} changed while it was read.",
            where=str(path),
            remedy="Load it again when nobody writes to it.",
        )
    return data


def _empty(path: Path) -> FileRefused:
    return FileRefused(
        f"{path.name} is empty (0 bytes).", where=str(path), remedy="Choose another file."
    )


# Its format


def _content(path: Path, data: bytes, options: ReadOptions) -> Content:
    """The rows, by the format that the content and the file's name agree on."""
    notes: tuple[Note, ...] = ()
    kind = _kind(data)
    if kind in WAYS:
        _check_name(path, kind)
        data, path = decompressed(data, kind, path)
        notes = (Note(f"file was decompressed ({kind})", 1),)
        kind = _kind(data)
    _check_name(path, *((TEXT, JSON) if kind == TEXT else (kind,)))
    if kind in (PARQUET, EXCEL):
        read = columnar.read_parquet if kind == PARQUET else excel.read_workbook
        content = read(data, str(path), options)
        return replace(content, notes=(*notes, *content.notes))
    if kind in WAYS:
        raise FileRefused(
            f"{path.name} is compressed twice.",
            where=str(path),
            remedy="Decompress it yourself and load what comes out.",
        )
    decoded = as_utf8(data, str(path), options.encoding)
    if not decoded.data or decoded.data.isspace():
        raise FileRefused(
            f"{path.name} contains no data.", where=str(path), remedy="Choose another file."
        )
    options = replace(options, encoding=decoded.encoding)
    for tool, fits, read_lines in LINES if options.format != PLAIN else ():
        if fits(decoded.data):
            blank = sum(not line.strip() for line in decoded.data.split(b"\n")[:-1])
            content = as_content(read_lines(decoded.data), Content.empty(options, blank), tool)
            return replace(content, notes=(*notes, *decoded.notes, *content.notes))
    check_numbers(decoded.data, str(path))
    json = is_json(decoded.data)
    _check_name(path, JSON if json else TEXT)
    reader: Callable[[bytes, str, ReadOptions], Content] = read_json_table if json else read_text
    content = reader(decoded.data, str(path), options)
    notes += decoded.notes
    if decoded.encoding != UTF_8:
        notes += (Note(f"rows were read as {decoded.encoding} text", len(content.frame)),)
    return replace(content, notes=(*notes, *content.notes))


def _kind(data: bytes) -> str:
    """What the first bytes say a file is; TEXT where they say nothing."""
    if data.startswith(b"PAR1"):
        return PARQUET
    if how := compression(data):
        return how
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")):
        return excel.kind(data)
    if data[257:262] == b"ustar":
        return "a tar archive, which has to be unpacked first"
    start = data.removeprefix(b"\xef\xbb\xbf")
    for mark, kind in STRANGERS.items():
        if start.startswith(mark) and (mark != b"MZ" or b"\0" in data[:100]):
            return kind
    if start.lstrip()[:15].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        return "a web page or XML"
    return TEXT


def _check_name(path: Path, *kinds: str) -> None:
    """Refuse a content that labelviz does not read, or that the file's name does not promise."""
    promised = FORMATS.get(path.suffix.lower())
    known = kinds[0] in FORMATS.values()
    if known and (not promised or promised in kinds):
        return
    raise FileRefused(
        f"{path.name} is named {path.suffix} but its content is {kinds[0]}."
        if promised
        else f"The content of {path.name} is {kinds[0]}.",
        where=str(path),
        remedy="Check what the file is, then give it the name of its kind."
        if known
        else "Save the table as CSV in UTF-8, JSON Lines, Parquet or an Excel workbook.",
    )


# Delimited text


def read_text(data: bytes, where: str, options: ReadOptions) -> Content:
    """Rows of delimited text in UTF-8.

    Raises
    ------
    ChoiceNeeded : delimiter, escape, line break, header, names or comments are ambiguous.
    FileRefused : a quote never closes. ColumnRefused : the header names no columns.
    """
    mark = ""
    options = _as_exported(data, options, where)
    if options.newline == "lf":
        data, mark = without_bare_returns(data)
    _check_comments(data, options, where)
    text = settle_text(data, options, where)
    notes: list[Note] = []
    if text.options.delimiter != ",":
        notes.append(Note(f"file was split at {text.options.delimiter!r}", 1))
    if text.options.newline == "cr" and not options.newline:
        notes.append(Note("file has carriage returns alone as line breaks", 1))
    above, first = _first_record(text)
    if mark:
        first = replace(first, fields=[field.replace(mark, "\r") for field in first.fields])
    names, name_notes, headed = _header(text, first)
    start, line = (first.end, first.next_line) if headed else (first.start, first.line)
    piece = parse(text, names, start, line)
    if text.options.delimiter == "\t" and not options.quote:
        _check_swallowed(text, piece.table)
    table = _restored(piece.table, mark) if mark else piece.table
    frame = frame_of(table, piece.lines, names)
    aside = [
        Quarantined(
            e.line, "", AS_ASKED if e.line in options.skip else COMMENT, e.fields[0][:EXCERPT]
        )
        for e in above
        if e.fields
    ]
    aside += [replace(e, excerpt=e.excerpt.replace(mark or "\r", "\r")) for e in piece.quarantined]
    notes += [*name_notes, *_row_notes(frame, aside, text.options)]
    blank = piece.blank + sum(not each.fields for each in above)
    used = replace(text.options, header="yes" if headed else "no")
    return Content(frame, blank, tuple(aside), tuple(notes), used)


def _as_exported(data: bytes, options: ReadOptions, where: str) -> ReadOptions:
    """The options, with how labelviz writes a file where the first row is that of an export."""
    if options.delimiter or options.header == "no":
        return options
    told = replace(
        options, delimiter=",", quote=options.quote or '"', escape=options.escape or "double",
        newline=options.newline or "lf", header="yes", comment=options.comment or "none",
    )  # fmt: skip
    first = Text(data, told, where).sample()[:1]
    return told if first and exports(first[0]) else options


def _check_comments(data: bytes, options: ReadOptions, where: str) -> None:
    if options.comment or not data.lstrip().startswith(b"#"):
        return
    lines = [line.decode("utf-8", "replace") for line in data[:SAMPLE_BYTES].splitlines()]
    rows = [line for line in lines if not line.startswith("#")]
    raise ChoiceNeeded(
        "The first line starts with #, like a comment.",
        where=f"{where}, line 1",
        option="comment",
        ways=[
            Way("#", tuple(map(visibly, rows[:PREVIEW_ROWS]))),
            Way("none", tuple(map(visibly, lines[:PREVIEW_ROWS]))),
        ],
    )


def _first_record(text: Text) -> tuple[list[Record], Record]:
    """The first record that is neither blank nor a comment, and those above it."""
    above: list[Record] = []
    for record in text.records():
        skipped = text.is_comment(record.fields) if record.fields else True
        if not skipped and record.line not in text.options.skip:
            return above, record
        above.append(record)
    raise FileRefused(
        "The file holds comments and nothing else.", where=text.where, remedy="Choose another file."
    )


def _header(text: Text, first: Record) -> tuple[list[str], list[Note], bool]:
    """Names of the columns, what to tell about them, and whether the first record holds them."""
    options, where = text.options, f"{text.where}, line {first.line}"
    check_width(len(first.fields), where)
    rows = [row for row in text.sample()[1:] if len(row) == len(first.fields)]
    if not options.header and looks_like_data(first.fields, rows):
        raise ask_for_header(first.fields, rows, where)
    if options.header == "no":
        return made_names(len(first.fields)), [], False
    if not options.header:
        below = [len(row) for row in text.sample()[1:]]
        check_title(cells_filled(first.fields), below, first.line, where)
    rename = options.names == "rename"
    return *column_names(first.fields, where, rename=rename), True


def _check_swallowed(text: Text, table: pa.Table) -> None:
    """Ask what quotes are where a quoted cell holds whole lines with tabs, as a stray quote does.

    Raises
    ------
    ChoiceNeeded : a cell holds a line break and a tab.
    """
    import pyarrow.compute as pc

    for column in table.columns if b'"' in text.data else ():
        held = pc.and_(pc.match_substring(column, "\n"), pc.match_substring(column, "\t"))
        if pc.any(held).as_py():
            raise text.ask_quotes("A quoted cell holds line breaks and tabs.", text.where)


def _restored(table: pa.Table, mark: str) -> pa.Table:
    """The table with carriage returns where they stood."""
    import pyarrow.compute as pc

    columns = [pc.replace_substring(column, mark, "\r") for column in table.columns]
    return table.from_arrays(columns, names=table.column_names)


def _row_notes(
    frame: pd.DataFrame, aside: Sequence[Quarantined], options: ReadOptions
) -> Iterator[Note]:
    """Rows that may be no samples, for a person to look at."""
    broken = [each for each in aside if each.reason.startswith("has bytes")]
    if broken:
        text = "rows have bytes in another encoding; load them from a file of their own"
        lines = tuple(f"line {each.line}" for each in broken[:EXAMPLES])
        yield Note(text, len(broken), lines)
    if frame.empty:
        return
    first = frame.iloc[:, 0]
    marked = first[first.str.startswith("#")] if options.comment != "none" else first[:0]
    if len(marked):
        text = "rows start with # and may be comments; they were kept"
        yield Note(text, len(marked), _examples(marked.index))
    if TOTALS.fullmatch(first.iloc[-1]):
        yield Note("row at the end may hold totals; it was kept", 1, _examples(first.index[-1:]))
    if looks_like_units(frame.head(UNITS_ROWS).to_numpy().tolist()):
        yield Note("row at the top may hold units; it was kept", 1, _examples(first.index[:1]))


def _examples(lines: Iterable[int]) -> tuple[str, ...]:
    return tuple(f"line {line}" for line in islice(lines, EXAMPLES))
