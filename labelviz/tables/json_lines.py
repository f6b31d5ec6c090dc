"""Read JSON Lines, and arrays of JSON objects: one object is one row."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.errors import FileRefused
from labelviz.tables.cells import as_text, encodable, typed_notes
from labelviz.tables.header import column_names
from labelviz.tables.json_shapes import rows_in
from labelviz.tables.limits import EXAMPLES, MOST_ABSENT, MOSTLY_ABSENT
from labelviz.tables.missing import missing_of
from labelviz.tables.options import ReadOptions
from labelviz.tables.table import Content, Note, Quarantined, check_width, few, frame_of

if TYPE_CHECKING:
    import pyarrow as pa

EXCERPT = 200
RARE = 0.1  # share of the rows; a key that fewer have is looked up in those alone
SPACE = re.compile(r"[ \t\r\n]*")
MOST_DIGITS = 4_300  # digits of a whole number, the limit of Python itself


class _Unfit(ValueError):
    """An object that is JSON and no row; the message says why."""


@dataclass(frozen=True)
class _Row:
    """One object of the file with its line, or its place in an array; or why it is none."""

    line: int
    value: dict[str, Any]
    reason: str = ""
    excerpt: str = ""


def is_json(data: bytes) -> bool:
    """Whether text starts like an object or an array of objects."""
    start = data[:1000].lstrip()
    if start.startswith(b"["):
        return start[1:].lstrip().startswith((b"{", b"["))
    return re.match(rb'\{\s*("|\})', start) is not None


def read_json_table(data: bytes, where: str, options: ReadOptions) -> Content:
    """Rows of a JSON file: an object per line, or an array of objects.

    Columns are the union of all keys, in order of appearance; null and absent is missing.

    Parameters
    ----------
    data : UTF-8 without byte-order mark; a line with bad bytes is set aside.

    Raises
    ------
    FileRefused : the file is neither.
    """
    import pyarrow as pa

    array = data.lstrip()[:1] == b"["
    if array and data.lstrip()[1:].lstrip()[:1] == b"[":
        raise FileRefused(
            "The rows are lists of cells, and nothing names their columns.",
            where=where,
            remedy="Write objects, one for each row, or CSV with a header.",
        )
    rows, how = _rows(data, where, array=array)
    good = [row for row in rows if not row.reason and row.value]
    blank = sum(not row.reason and not row.value and not row.excerpt for row in rows)
    empty = [row for row in rows if not row.reason and not row.value and row.excerpt]
    bad = [*(row for row in rows if row.reason), *empty]
    keys = Counter(key for row in good for key in row.value)
    notes = [Note(how, len(good))] if how else []
    if bad and not keys:
        raise _no_row(bad, where)
    _check_shape(keys, len(good), where)
    found, named = column_names(list(keys), where) if keys else ([], [])
    names = dict(zip(keys, found, strict=True))
    notes += [*named, *_key_notes(keys, names, len(good))]
    quarantined = [
        Quarantined(row.line, "", row.reason or "an object without keys", row.excerpt)
        for row in sorted(bad, key=lambda row: row.line)
    ]
    columns, typed = _columns([row.value for row in good], keys, names)
    table = pa.table(list(columns.values()), names=[str(number) for number in range(len(columns))])
    lines = np.array([row.line for row in good], np.int64)
    return Content(
        frame_of(table, lines, found), blank, tuple(quarantined), (*notes, *few(typed)), options,
        missing=missing_of(table, lines, found),
    )  # fmt: skip


def _no_row(bad: list[_Row], where: str) -> FileRefused:
    first = min(bad, key=lambda row: row.line)
    return FileRefused(
        f"None of the {len(bad):,} objects can be a row, the first because: "
        f"{first.reason or 'an object without keys'}.",
        where=f"{where}, row {first.line}",
        remedy="Write one object per row, whose values are text, numbers or short lists.",
    )


def _check_shape(keys: Counter[str], rows: int, where: str) -> None:
    """Raise FileRefused if the objects have so many keys, and so few in common, that they make no
    table: its cells could take thousands of times the memory of the file."""
    check_width(len(keys), where)
    absent = rows * len(keys) - keys.total()
    if absent > MOST_ABSENT and absent > MOSTLY_ABSENT * rows * len(keys):
        raise FileRefused(
            f"The objects are no rows of one table: {rows:,} of them have {len(keys):,} different "
            f"keys, {keys.total() / rows:.0f} each on average.",
            where=where,
            remedy="Write what varies from row to row as the value of one key.",
        )


def _columns(
    rows: list[dict[str, Any]], keys: Counter[str], names: dict[str, str]
) -> tuple[dict[str, pa.Array], list[Note]]:
    """Texts by name of a column, null where missing, and notes of what was no text.

    It takes time by what is there, not by what is absent.
    """
    import pyarrow as pa

    rare: dict[str, tuple[list[int], list[Any]]] = {
        key: ([], []) for key, count in keys.items() if count < RARE * len(rows)
    }
    for place, row in enumerate(rows) if rare else ():
        for key in row.keys() & rare.keys():
            rare[key][0].append(place)
            rare[key][1].append(row[key])
    columns: dict[str, pa.Array] = {}
    notes: list[Note] = []
    for key in keys:
        if key in rare:
            places, values = rare[key]
            cells: Any = np.full(len(rows), None, dtype=object)
            cells[places] = [_cell(value) for value in values]
        else:
            values = [row.get(key) for row in rows]
            cells = [_cell(value) for value in values]
        notes += typed_notes(names[key], values)
        columns[names[key]] = pa.array(cells, pa.large_string())
    return columns, notes


def _cell(value: Any) -> str | None:
    return None if value is None else as_text(value)


def _rows(data: bytes, where: str, *, array: bool) -> tuple[list[_Row], str]:
    """All rows, and in words where they were found if not one on each line."""
    if array:
        return list(_array(data, where)), "rows were read from one JSON array"
    whole = _one_object(data)
    found = rows_in(whole, where) if whole else None
    if found is None:
        return list(_lines(data, where)), ""
    rows, how = found
    return [_checked_row(place, row) for place, row in enumerate(rows, start=1)], how


def _one_object(data: bytes) -> dict[str, Any]:
    """What a file says that is one object from its start to its end; nothing for another file."""
    start = data.lstrip()
    line, _, rest = start.partition(b"\n")
    if rest.strip() and _complete(line):
        return {}
    try:
        value = json.loads(data.decode(), object_pairs_hook=_pairs, parse_int=_integer)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _checked_row(place: int, row: dict[str, Any]) -> _Row:
    shown = as_text(row)[:EXCERPT].encode("utf-8", "backslashreplace").decode()
    try:
        return _Row(place, _fit(row), "", shown)
    except _Unfit as error:
        return _Row(place, {}, str(error), shown)


def _lines(data: bytes, where: str) -> Iterator[_Row]:
    """One row per line; a blank line is a row without value and excerpt."""
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    first = next((line for line in lines if line.strip()), b"")
    if not _complete(first):
        line = lines.index(first) + 1
        if _one_object(data):
            raise FileRefused(
                "The file is one JSON object, and holds no list of rows.",
                where=where,
                remedy="Write one object per line, or one array of objects.",
            )
        raise FileRefused(
            f"Line {line} is not a complete JSON object.",
            where=f"{where}, line {line}",
            remedy="Write one object per line, or one array of objects.",
        )
    for number, each in enumerate(lines, start=1):
        if not each.strip():
            yield _Row(number, {})
            continue
        excerpt = each[:EXCERPT].decode("utf-8", "backslashreplace")
        try:
            yield _Row(number, _object(each.decode("utf-8")), "", excerpt)
        except UnicodeDecodeError:
            yield _Row(number, {}, "has bytes that are not utf-8", excerpt)
        except json.JSONDecodeError:
            last = number == len(lines) and not data.endswith(b"\n")
            reason = "the last line is incomplete" if last else "not a complete JSON object"
            yield _Row(number, {}, reason, excerpt)
        except RecursionError:
            yield _Row(number, {}, "nested too deep", excerpt)
        except _Unfit as error:
            yield _Row(number, {}, str(error), excerpt)


def _complete(line: bytes) -> bool:
    """Whether a line is an object, however unfit as a row."""
    try:
        _object(line.decode("utf-8", "replace"))
    except json.JSONDecodeError:
        return False
    except (RecursionError, _Unfit):
        return True
    return True


def _array(data: bytes, where: str) -> Iterator[_Row]:
    """The elements of an array, numbered from 1: several may stand on one line."""
    text = data.decode("utf-8", "surrogateescape")
    at = _skip(text, text.index("[") + 1)
    line, counted, place = 1, 0, 0
    decoder = json.JSONDecoder(parse_int=str)
    while text[at : at + 1] != "]":
        line += text.count("\n", counted, at)
        counted, place = at, place + 1
        try:
            _, end = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            raise _broken_array(line, where) from error
        excerpt = text[at:end]
        shown = excerpt[:EXCERPT].encode("utf-8", "backslashreplace").decode()
        try:
            yield _Row(place, _object(excerpt), "", shown)
        except _Unfit as error:
            yield _Row(place, {}, str(error), shown)
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            raise _broken_array(line, where)
    if text[at + 1 :].strip():
        raise _broken_array(line + text.count("\n", counted, at), where)


def _broken_array(line: int, where: str) -> FileRefused:
    return FileRefused(
        f"The array's element on line {line} is not complete JSON.",
        where=f"{where}, line {line}",
        remedy="Check that the export which wrote this file finished.",
    )


def _skip(text: str, at: int) -> int:
    match = SPACE.match(text, at)
    return match.end() if match else at


def _object(text: str) -> dict[str, Any]:
    """The object of a text.

    Raises
    ------
    JSONDecodeError : it is no JSON. RecursionError : it is nested too deep.
    _Unfit : a key appears twice, a number is too long, or a cell cannot be kept as text.
    """
    value = json.loads(text, object_pairs_hook=_pairs, parse_int=_integer)
    if not isinstance(value, dict):
        raise _Unfit("not a JSON object")
    return _fit(value)


def _fit(value: dict[str, Any]) -> dict[str, Any]:
    """An object whose cells can be kept as text."""
    for key, cell in value.items():
        written = key + as_text(cell)
        if not encodable(written):
            raise _Unfit("holds half a character (a lone surrogate) or bytes that are not utf-8")
        if "\0" in written:
            raise _Unfit("holds a NUL character")
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise _Unfit(f"key {twice[:80]!r} appears twice")
    return value


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise _Unfit("a number is too long")
    return int(digits)


def _key_notes(keys: Counter[str], names: dict[str, str], rows: int) -> list[Note]:
    partial = {key: rows - count for key, count in keys.items() if count < rows}
    return [
        Note(f"rows have no key {names[key]!r}, whose cells are missing", missing)
        for key, missing in list(partial.items())[: 10 * EXAMPLES]
    ]
