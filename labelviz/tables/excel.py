"""Read one sheet of an Excel workbook; its archive and its XML are checked before anything else."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from xml.parsers import expat

import numpy as np

from labelviz.errors import ChoiceNeeded, FileRefused, Way
from labelviz.tables.cells import as_text, encodable, typed_notes
from labelviz.tables.encodings import visibly
from labelviz.tables.header import (
    ask_for_header,
    check_title,
    column_names,
    looks_like_data,
    made_names,
)
from labelviz.tables.limits import (
    EXAMPLES,
    MOST_CELLS,
    MOST_EXPANDED,
    MOST_MEMBERS,
    MOST_RATIO,
    RATIO_COUNTS_FROM,
)
from labelviz.tables.options import ReadOptions
from labelviz.tables.table import (
    AS_ASKED,
    UNSAVED,
    Content,
    Note,
    Quarantined,
    check_width,
    few,
    frame_of,
)

WORKBOOK = "an Excel workbook"
CHUNK = 1 << 16
EXACT = 10**15  # A spreadsheet keeps 15 digits of a number; of longer ones the rest may be lost
ARCHIVES = (".zip", ".gz", ".xlsx", ".xlsm", ".7z", ".rar", ".bz2", ".xz")
PREVIEW_ROWS = 3
SAMPLE_ROWS = 200
LETTERS = re.compile(r"[^A-Z]")  # what of the place of a cell is not the letters of its column
# How a workbook writes a character that XML does not keep, such as a carriage return (ECMA-376,
# ST_Xstring).
ESCAPED = re.compile("_x((?![Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")
NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass
class _Marks:
    """What a sheet carries beside values, by the numbers of its rows."""

    formulas: list[str] = field(default_factory=list)
    unsaved: dict[int, list[str]] = field(default_factory=dict)
    hidden: list[int] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    filtered: bool = False


def kind(data: bytes) -> str:
    """What a ZIP archive or an old Office file is, in words."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        locked = "EncryptedPackage".encode("utf-16-le") in data
        return "an Excel workbook with a password" if locked else "an old Excel workbook"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, RuntimeError):
        return "a damaged ZIP archive or Excel workbook"
    if "xl/workbook.xml" not in names:
        return "a ZIP archive or an Excel workbook of another kind"
    return "an Excel workbook with macros" if "xl/vbaProject.bin" in names else WORKBOOK


def read_workbook(data: bytes, where: str, options: ReadOptions) -> Content:
    """The rows of one sheet; formulas are never computed, their last saved value is used.

    Raises
    ------
    ChoiceNeeded : there are several sheets, the first row looks like data, or names repeat.
    FileRefused : damaged, would expand beyond the caps, declares entities, or has no such sheet.
    """
    import openpyxl

    _check_archive(data, where)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = _sheet(book, where, options)
        marks = _marks(data, sheet._worksheet_path)
        rows = list(_rows(sheet, where))
        book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, SyntaxError, OSError) as error:
        raise FileRefused(
            "The workbook is damaged.", where=where, remedy="Open it in Excel and save it anew."
        ) from error
    if not any(values for _, values in rows):
        raise FileRefused(
            f"Sheet {sheet.title!r} contains no data.", where=where, remedy="Choose another sheet."
        )
    return _content(
        rows, marks, f"{where}, sheet {sheet.title}", replace(options, sheet=sheet.title)
    )


def _check_archive(data: bytes, where: str) -> None:
    """Refuse an archive that would expand too far, hides another, or declares XML entities."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        expanded = sum(member.file_size for member in members)
        ratio = expanded > max(MOST_RATIO * len(data), RATIO_COUNTS_FROM)
        if expanded > MOST_EXPANDED or ratio or len(members) > MOST_MEMBERS:
            raise FileRefused(
                f"Stopped: the workbook would expand to {expanded / 1e6:,.0f} MB "
                f"in {len(members)} parts.",
                where=where,
                remedy="Save the sheet as CSV in UTF-8 and load that.",
            )
        for member in members:
            if member.filename.lower().endswith(ARCHIVES):
                raise FileRefused(
                    f"The workbook holds another archive: {member.filename[:80]!r}.",
                    where=where,
                    remedy="Save the sheet as CSV in UTF-8 and load that.",
                )
            if member.filename.lower().endswith((".xml", ".rels", ".vml")):
                _check_xml(archive, member, where)


def _check_xml(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str) -> None:
    """Refuse a member with a document type, the only place where entities are declared.

    The parser stops at the root element, before which a document type has to stand.
    """
    parser = expat.ParserCreate()
    seen: list[str] = []
    parser.StartDoctypeDeclHandler = lambda *_: seen.append("doctype")
    parser.StartElementHandler = lambda *_: seen.append("root")
    try:
        with archive.open(member) as file:
            while not seen and (chunk := file.read(CHUNK)):
                parser.Parse(chunk, False)
    except (expat.ExpatError, zipfile.BadZipFile, RuntimeError, OSError) as e:
        raise FileRefused(
            f"The workbook is damaged at {member.filename[:80]!r}.",
            where=where,
            remedy="Open it in Excel and save it anew.",
        ) from e
    if "doctype" in seen:
        raise FileRefused(
            f"Unsafe XML in the workbook: {member.filename[:80]!r} declares a document type.",
            where=where,
            remedy="Do not trust this file. Ask its sender for CSV in UTF-8.",
        )


def _sheet(book: Any, where: str, options: ReadOptions) -> Any:
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if options.sheet in sheets:
        return sheets[options.sheet]
    if len(sheets) == 1 and not options.sheet:
        return next(iter(sheets.values()))
    if options.sheet or not sheets:
        raise FileRefused(
            f"There is no sheet {options.sheet!r}.",
            where=where,
            remedy=f"Choose one of: {', '.join(map(repr, sheets))}.",
        )
    raise ChoiceNeeded(
        f"The workbook has {len(sheets)} sheets.",
        where=where,
        option="sheet",
        ways=[Way(name, _preview(sheet)) for name, sheet in sheets.items()],
    )


def _preview(sheet: Any) -> tuple[str, ...]:
    rows = sheet.iter_rows(max_row=PREVIEW_ROWS, values_only=True)
    return tuple(visibly(" ¦ ".join(map(as_text, row))) for row in rows)


def _rows(sheet: Any, where: str) -> Iterator[tuple[int, list[Any]]]:
    """Number and values of each row; values end with the last cell that is not empty."""
    sheet.reset_dimensions()
    cells = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        values = [_exact(value) for value in row]
        while values and values[-1] is None:
            values.pop()
        check_width(len(values), f"{where}, row {number}")
        cells += len(values)
        if cells > MOST_CELLS:
            raise FileRefused(
                f"The sheet has over {MOST_CELLS:,} cells.", where=where, remedy="Split it."
            )
        yield number, values


def _exact(value: Any) -> Any:
    """A spreadsheet has one kind of number, of which a whole one is no decimal; and it writes
    characters that XML does not keep as their number."""
    if isinstance(value, str):
        return ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        return int(value)
    return value


def _marks(data: bytes, member: str) -> _Marks:
    """Formulas, hidden rows, merged cells and filters of a sheet, read from its XML in one pass."""
    from xml.etree.ElementTree import iterparse

    marks = _Marks()
    row = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(member.lstrip("/")) as file:
        for event, element in iterparse(file, events=("start", "end")):  # noqa: S314 - as above
            tag = element.tag.removeprefix(NAMESPACE)
            if event == "start":
                if tag == "row":
                    row = int(element.get("r", row + 1))
                    if element.get("hidden") in ("1", "true"):
                        marks.hidden.append(row)
                continue
            if tag == "c":
                _mark_formula(marks, row, element)
            elif tag == "mergeCell":
                marks.merged.append(element.get("ref", ""))
            elif tag == "autoFilter":
                marks.filtered = True
            elif tag == "row":
                element.clear()
    return marks


def _mark_formula(marks: _Marks, row: int, cell: Any) -> None:
    if cell.find(f"{NAMESPACE}f") is None:
        return
    place = cell.get("r", f"row {row}")
    marks.formulas.append(place)
    saved = cell.find(f"{NAMESPACE}v")
    if saved is None or not saved.text:
        marks.unsaved.setdefault(row, []).append(place)


def _content(
    rows: list[tuple[int, list[Any]]], marks: _Marks, where: str, options: ReadOptions
) -> Content:
    while rows and not rows[-1][1]:
        rows.pop()
    asked = [(n, values) for n, values in rows if n in options.skip and values]
    rows = [(n, [] if n in options.skip else values) for n, values in rows]
    if not any(values for _, values in rows):
        raise FileRefused(
            "All rows of the sheet were set aside as asked.", where=where, remedy="Skip fewer rows."
        )
    at = next(place for place, (_, values) in enumerate(rows) if values)
    if not options.header:
        below = [len(values) for _, values in rows[at + 1 :][:SAMPLE_ROWS] if values]
        check_title(len(rows[at][1]), below, rows[at][0], f"{where}, row {rows[at][0]}")
    marks, never_saved = _without_formulas(marks, len(rows) - at)
    names, notes, headed = _header(rows[at:], where, options)
    quarantined = [_aside(number, AS_ASKED, values) for number, values in asked]
    notes += _fill_down(rows[at + headed :], marks)
    blank, numbers, good = at - len([n for n, _ in asked if n < rows[at][0]]), [], []
    for number, values in rows[at + headed :]:
        reason = _reason(number, values, len(names), marks)
        if not values:
            blank += number not in options.skip
        elif reason:
            quarantined.append(_aside(number, reason, values))
        else:
            numbers.append(number)
            good.append([*values, *[None] * (len(names) - len(values))])
    columns = [list(column) for column in zip(*good, strict=True)] or [[] for _ in names]
    by_name = list(zip(names, columns, strict=True))
    notes += few([note for name, column in by_name for note in typed_notes(name, column)])
    notes += few([note for name, column in by_name for note in _damage_notes(name, column)])
    notes += [*_mark_notes(marks), *never_saved]
    used = replace(options, header="yes" if headed else "no")
    return Content(_frame(columns, numbers, names), blank, tuple(quarantined), tuple(notes), used)


def _aside(number: int, reason: str, values: list[Any]) -> Quarantined:
    excerpt = " ¦ ".join(map(as_text, values))[:200].encode("utf-8", "backslashreplace")
    return Quarantined(number, "", reason, excerpt.decode())


def _without_formulas(marks: _Marks, rows: int) -> tuple[_Marks, list[Note]]:
    """The marks without columns of formulas that were never computed, whose cells are empty."""
    letters = Counter(LETTERS.sub("", p) for places in marks.unsaved.values() for p in places)
    whole = {letter for letter, count in letters.items() if count > rows / 2}
    unsaved = {
        row: kept
        for row, places in marks.unsaved.items()
        if (kept := [place for place in places if LETTERS.sub("", place) not in whole])
    }
    text = f"cells of column {{}} are formulas {UNSAVED}, and are empty"
    notes = [Note(text.format(letter), letters[letter]) for letter in sorted(whole)]
    never = {place for places in marks.unsaved.values() for place in places}
    saved = [place for place in marks.formulas if place not in never]
    return replace(marks, unsaved=unsaved, formulas=saved), notes


def _fill_down(rows: list[tuple[int, list[Any]]], marks: _Marks) -> list[Note]:
    """Give the rows of cells that are merged downwards the value that the first of them holds.

    Changes the rows, and takes what was filled from the marks. What is merged across columns, or
    reaches into the header, stays as it is.
    """
    from openpyxl.utils.cell import range_boundaries

    by_number = dict(rows)
    stretches = sorted((range_boundaries(each), each) for each in marks.merged if ":" in each)
    filled, ends = [], dict[int, int]()
    for (left, top, right, bottom), place in stretches:
        if left != right or top not in by_number or top <= ends.get(left, 0):
            continue
        ends[left] = bottom
        filled.append(place)
        first = by_number[top]
        value = first[left - 1] if left <= len(first) else None
        for values in (by_number[n] for n in range(top + 1, bottom + 1) if n in by_number):
            if values and value is not None:
                values += [None] * (left - len(values))
                values[left - 1] = value
    marks.merged = [each for each in marks.merged if each not in set(filled)]
    text = "stretches of cells are merged downwards; each of their rows got the value"
    return [Note(text, len(filled), tuple(filled[:EXAMPLES]))] if filled else []


def _frame(columns: list[list[Any]], numbers: list[int], names: list[str]) -> Any:
    import pyarrow as pa

    arrays = [pa.array(list(map(as_text, column)), pa.large_string()) for column in columns]
    table = pa.table(arrays, names=[str(at) for at in range(len(names))])
    return frame_of(table, np.array(numbers, np.int64), names)


def _header(
    rows: list[tuple[int, list[Any]]], where: str, options: ReadOptions
) -> tuple[list[str], list[Note], bool]:
    first = list(map(as_text, rows[0][1]))
    place = f"{where}, row {rows[0][0]}"
    sample = [list(map(as_text, values)) for _, values in rows[1:SAMPLE_ROWS]]
    sample = [values for values in sample if len(values) == len(first)]
    if not options.header and looks_like_data(first, sample):
        raise ask_for_header(first, sample, place)
    if options.header == "no":
        return made_names(max(len(values) for _, values in rows)), [], False
    return *column_names(first, place, rename=options.names == "rename"), True


def _reason(number: int, values: list[Any], expected: int, marks: _Marks) -> str:
    """Why a row is set aside, if it is."""
    if len(values) > expected:
        return f"{len(values)} cells, expected {expected}"
    if number in marks.unsaved:
        return f"formula in {marks.unsaved[number][0]} has no saved value"
    if not all(encodable(value) and "\0" not in value for value in map(as_text, values)):
        return "holds half a character (a lone surrogate) or a NUL character"
    return ""


def _mark_notes(marks: _Marks) -> Iterator[Note]:
    for text, found in (
        ("cells were formulas; their last saved value was used", marks.formulas),
        ("stretches of cells are merged; only their first cell was read", marks.merged),
        ("rows are hidden on the sheet; they were read too", list(map(str, marks.hidden))),
        ("filter is set on the sheet; all rows were read", ["filter"] if marks.filtered else []),
    ):
        if found:
            yield Note(text, len(found), tuple(found[:EXAMPLES]))


def _damage_notes(name: str, values: list[Any]) -> Iterator[Note]:
    """Cells that a spreadsheet may have altered before labelviz saw them."""
    long = [
        value
        for value in values
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= EXACT
    ]
    if long:
        text = f"numbers in column {name!r} have over 15 digits, of which a spreadsheet keeps 15"
        yield Note(text, len(long), tuple(as_text(value) for value in long[:EXAMPLES]))
