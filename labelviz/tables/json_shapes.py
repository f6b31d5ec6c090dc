"""Rows inside one JSON object: under a key, by split, or as pandas and `datasets` write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from labelviz.errors import FileRefused, in_words
from labelviz.tables import hints
from labelviz.tables.splits import split_name

WHOLE = re.compile(r"-?[0-9]+")
WRAPPERS = ("data", "rows", "records", "examples", "items", "results", "samples", "instances")
SPLIT, ID, TEXT, LABEL = "split", "id", "text", "label"
FEWEST_TEXTS = 4  # keys of an object that may be texts
LONG_KEY = 8  # characters without a blank, as in Chinese, that are hardly the name of a column
DEEPEST = 3  # objects around the object that holds the rows

Rows = list[dict[str, Any]]


def rows_in(whole: Mapping[str, Any], where: str) -> tuple[Rows, str] | None:
    """The rows that an object holds, and in words how; None where it is a row itself.

    Raises
    ------
    FileRefused : it holds several tables, or its keys may be rows as well as columns.
    """
    if not any(isinstance(each, list | dict) for each in whole.values()):
        return _by_text(whole)
    for shape in (_split_shape, _by_split, _wrapped, _columns_of_lists, _by_class, _deeper):
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
    lists = {key: rows for key, rows in whole.items() if isinstance(rows, list)}
    if not lists or any(isinstance(each, dict) for each in whole.values()):
        return None
    if not all(split_name(key) and _all(rows, dict) for key, rows in lists.items()):
        return None
    rows = [{**row, SPLIT: row.get(SPLIT, key)} for key, rows in lists.items() for row in rows]
    return rows, "rows were read from a list for each split"


def _wrapped(whole: Mapping[str, Any], where: str) -> tuple[Rows, str] | None:
    """`{"data": [{...}]}`, whatever the key and what else is said.

    Raises
    ------
    FileRefused : another list holds rows of the same kind, which would be lost.
    """
    lists = {key: rows for key, rows in whole.items() if rows and _all(rows, dict)}
    named = [key for key in WRAPPERS if key in lists]
    if not lists or (not named and any(isinstance(each, dict) for each in whole.values())):
        return None
    key = named[0] if named else next(iter(lists))
    rows = lists[key]
    others = [each for each in lists if each != key]
    if others and (not named or any(_alike(lists[each], rows) for each in others)):
        raise FileRefused(
            f"The file is one JSON object with several lists of rows: {in_words(lists)}.",
            where=where,
            remedy="Save the list that holds the samples as a file of its own, or all of them as "
            "one list.",
        )
    if all({"row_idx", "row"} <= row.keys() and isinstance(row["row"], dict) for row in rows):
        rows = _with_names([row["row"] for row in rows], whole.get("features"))
        others = [each for each in others if each != "features"]
    said = f"rows were read from the list under {key!r} of one JSON object"
    left = "".join(f", {len(lists[each])} under {each!r} were left out" for each in others)
    return rows, said + left


def _with_names(rows: Rows, features: Any) -> Rows:
    """Rows with the names of classes in place of their numbers, as a dataset's features say."""
    kinds = {
        each.get("name"): each["type"]["names"]
        for each in (features if _all(features, dict) else ())
        if isinstance(each.get("type"), dict) and isinstance(each["type"].get("names"), list)
    }

    def named(column: str, value: Any) -> Any:
        names = kinds.get(column, ())
        number = isinstance(value, int) and not isinstance(value, bool)
        return names[value] if number and 0 <= value < len(names) else value

    return [{name: named(name, value) for name, value in row.items()} for row in rows]


def _repeats(cells: Sequence[str]) -> bool:
    return len(set(cells)) < len(cells)


def _alike(some: Rows, others: Rows) -> bool:
    """Whether rows have mostly the columns that others have."""
    mine = {key for row in some for key in row}
    theirs = {key for row in others for key in row}
    return 2 * len(mine & theirs) > len(mine | theirs)


def _columns_of_lists(whole: Mapping[str, Any], _: str) -> tuple[Rows, str] | None:
    """`{"text": [...], "label": [...]}`."""
    if not all(isinstance(cells, list) for cells in whole.values()):
        return None
    if len(whole) < 2 or len({len(cells) for cells in whole.values()}) > 1:
        return None
    if _by_class(whole, "") is not None and not any(map(_repeats, whole.values())):
        return None
    cells = zip(*whole.values(), strict=True)
    return [dict(zip(whole, row, strict=True)) for row in cells], "rows were read from columns"


def _by_text(whole: Mapping[str, Any]) -> tuple[Rows, str] | None:
    """`{"a text": "Positive", ...}`: a label for each text."""
    labels = list(whole.values())
    if len(whole) < FEWEST_TEXTS or 2 * len(set(labels)) > len(labels) or _names_column(whole):
        return None
    if any(not isinstance(each, str | int) for each in labels) or not all(map(_is_text, whole)):
        return None
    rows = [{TEXT: text, LABEL: label} for text, label in whole.items()]
    return rows, "rows were read from labels by text"


def _is_text(key: str) -> bool:
    return " " in key.strip() or len(key) >= LONG_KEY


def _by_class(whole: Mapping[str, Any], _: str) -> tuple[Rows, str] | None:
    """`{"Positive": ["a text", ...], "Negative": [...]}`: the texts of each class."""
    lists = {key: each for key, each in whole.items() if isinstance(each, list)}
    if len(lists) < 2 or len(lists) < len(whole) or _names_column(whole):
        return None
    if all(map(split_name, whole)):
        return None
    if not all(each and _all(each, str) for each in lists.values()):
        return None
    rows = [{TEXT: text, LABEL: key} for key, texts in lists.items() for text in texts]
    return rows, "rows were read from a list of texts for each label"


def _deeper(whole: Mapping[str, Any], where: str) -> tuple[Rows, str] | None:
    """`{"payload": {"samples": [{...}]}}`: the one list of rows inside objects."""
    inside = {key: each for key, each in whole.items() if isinstance(each, dict)}
    if len(inside) == 1 and all(
        isinstance(each, dict | str | int | float) for each in whole.values()
    ):
        key, inner = next(iter(inside.items()))
        split = _by_split(inner, where) if inner else None
        if split is not None:
            return split[0], f"rows were read from a list for each split under {key!r}"
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


def _names_column(keys: Iterable[str]) -> bool:
    """Whether a key is what a column is called."""
    known = {*hints.TEXTS, *hints.LABELS, *hints.IDS, *hints.SPLITS, *hints.SLICES}
    named = set(map(hints.key_of, keys))
    return bool(named & known) or any(named >= set(pair) for pair in hints.PAIRS)


def _numbered(keys: Mapping[str, Any] | list[str]) -> bool:
    return all(WHOLE.fullmatch(key) for key in keys)


def _all(values: Any, kind: type) -> bool:
    return isinstance(values, list) and all(isinstance(each, kind) for each in values)
