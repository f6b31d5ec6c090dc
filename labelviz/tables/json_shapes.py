"""Rows inside one JSON object: under a key, by split, or as pandas and `datasets` write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from labelviz.errors import FileRefused, in_words
from labelviz.tables import hints
from labelviz.tables.splits import split_name

WHOLE = re.compile(r"-?[0-9]+")
WRAPPERS = ("data", "rows", "records", "examples", "items", "results", "samples", "instances")
SPLIT, ID = "split", "id"
DEEPEST = 3  # objects around the object that holds the rows

Rows = list[dict[str, Any]]


def rows_in(whole: Mapping[str, Any], where: str) -> tuple[Rows, str] | None:
    """The rows that an object holds, and in words how; None where it is a row itself.

    Raises
    ------
    FileRefused : it holds several tables, or its keys may be rows as well as columns.
    """
    if not any(isinstance(each, list | dict) for each in whole.values()):
        return None
    for shape in (_split_shape, _by_split, _wrapped, _columns_of_lists, _deeper):
        found = shape(whole, where)
        if found is not None:
            return found
    return _of_objects(whole, where)


def _split_shape(whole: Mapping[str, Any], where: str) -> tuple[Rows, str] | None:
    """`{"columns": [...], "data": [[...]]}` of pandas."""
    names, data = whole.get("columns"), whole.get("data")
    if not isinstance(names, list) or not isinstance(data, list) or not _all(data, list):
        return None
    if any(len(row) != len(names) for row in data):
        raise FileRefused(
            "Rows have another number of cells than there are columns.",
            where=where,
            remedy="Check that the export which wrote this file finished.",
        )
    rows = [dict(zip(map(str, names), row, strict=True)) for row in data]
    return rows, "rows were read from columns and data, as pandas writes them"


def _by_split(whole: Mapping[str, Any], _: str) -> tuple[Rows, str] | None:
    """`{"train": [{...}], "test": [{...}]}`."""
    if not all(split_name(key) and _all(rows, dict) for key, rows in whole.items()):
        return None
    rows = [{**row, SPLIT: row.get(SPLIT, key)} for key, rows in whole.items() for row in rows]
    return rows, "rows were read from a list for each split"


def _wrapped(whole: Mapping[str, Any], where: str) -> tuple[Rows, str] | None:
    """`{"data": [{...}]}`, whatever the key and what else is said."""
    lists = {key: rows for key, rows in whole.items() if rows and _all(rows, dict)}
    named = [key for key in WRAPPERS if key in lists]
    if not lists or (not named and any(isinstance(each, dict) for each in whole.values())):
        return None
    if len(lists) > 1 and not named:
        raise FileRefused(
            f"The file is one JSON object with several lists of rows: {in_words(lists)}.",
            where=where,
            remedy="Save the list that holds the samples as a file of its own.",
        )
    key = named[0] if named else next(iter(lists))
    rows = lists[key]
    if all({"row_idx", "row"} <= row.keys() and isinstance(row["row"], dict) for row in rows):
        rows = [row["row"] for row in rows]
    return rows, f"rows were read from the list under {key!r} of one JSON object"


def _columns_of_lists(whole: Mapping[str, Any], _: str) -> tuple[Rows, str] | None:
    """`{"text": [...], "label": [...]}`."""
    if not all(isinstance(cells, list) for cells in whole.values()):
        return None
    if len(whole) < 2 or len({len(cells) for cells in whole.values()}) > 1:
        return None
    cells = zip(*whole.values(), strict=True)
    return [dict(zip(whole, row, strict=True)) for row in cells], "rows were read from columns"


def _deeper(whole: Mapping[str, Any], _: str) -> tuple[Rows, str] | None:
    """`{"payload": {"samples": [{...}]}}`: the one list of rows inside objects."""
    inside = {key: each for key, each in whole.items() if isinstance(each, dict)}
    found = [each for key, inner in inside.items() for each in _lists(key, inner, DEEPEST)]
    if len(found) != 1:
        return None
    path, rows = found[0]
    return rows, f"rows were read from the list under {path!r} of one JSON object"


def _lists(path: str, value: Mapping[str, Any], depth: int) -> Iterator[tuple[str, Rows]]:
    for key, each in value.items():
        inner = f"{path}.{key}"
        if each and _all(each, dict):
            yield inner, each
        elif isinstance(each, dict) and depth:
            yield from _lists(inner, each, depth - 1)


def _of_objects(whole: Mapping[str, Any], where: str) -> tuple[Rows, str] | None:
    """`{"text": {"0": ..., "1": ...}, "label": {...}}`, or the other way round."""
    if not _all(list(whole.values()), dict):
        return None
    inner = list(next(iter(whole.values())))
    if not inner or any(each.keys() != set(inner) for each in whole.values()):
        return None
    numbered = (_numbered(whole), _numbered(inner))
    if numbered == (False, True) or (not any(numbered) and len(inner) > len(whole)):
        rows = [{column: cells[row] for column, cells in whole.items()} for row in inner]
        return rows, "rows were read from objects by column, as pandas writes them"
    if numbered == (True, False):
        return list(whole.values()), "rows were read from objects by row, as pandas writes them"
    if len(whole) == 1:
        return None
    if _are_columns(inner) and not _are_columns(whole):
        free = ID if ID not in inner else f"{ID}_"
        rows = [{free: key, **row} for key, row in whole.items()]
        return rows, "rows were read from objects by id"
    raise FileRefused(
        "The file is one JSON object of objects; its keys may name rows as well as columns.",
        where=where,
        remedy="Write it as a list of objects: to_json(orient='records').",
    )


def _are_columns(keys: Iterable[str]) -> bool:
    """Whether keys are what columns of texts and labels are called."""
    names = set(map(hints.key_of, keys))
    return bool(names & {*hints.TEXTS}) and bool(names & {*hints.LABELS})


def _numbered(keys: Mapping[str, Any] | list[str]) -> bool:
    return all(WHOLE.fullmatch(key) for key in keys)


def _all(values: Any, kind: type) -> bool:
    return isinstance(values, list) and all(isinstance(each, kind) for each in values)
