"""The names in label cells: what shape the cells have, and what stands between the names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labelviz.errors import LabelsRefused, in_words
from labelviz.tables.nested import (
    INSIDE,
    NotNested,
    flat_names,
    held,
    is_nested,
    nested,
    unquoted,
    was_cut,
)

Names = tuple[str, ...]
SEPARATOR = "|"
LISTS = ","  # stands for the separator of lists, whose names need none
SEPARATORS = (SEPARATOR, ";", ",", "#", "\n", "；", "，", "、")
DIGITS = " "  # separates numbers alone
# What may stand between names, and is said where it seems to.
JOINTS = ("/", "+", "&", " and ", " & ")
RECURRING = 0.5  # share of the names between separators that have to occur in another cell too
NUMBERS = re.compile(r"\s*\d{1,4}(?: \d{1,4})*\s*")
MOST_CELLS = 20_000  # distinct cells that are looked at to find the separator


@dataclass(frozen=True)
class NameShape:
    """What the cells of a label column are.

    Parameters
    ----------
    lists : whether some are lists or objects of names. bare : whether those need no quotes.
    places : how many numbers of 0 and 1 every list has, where a place stands for a class; else 0.
    single : whether all of them are objects that say one name: `{"id": 3, "name": "wet"}`.
    """

    lists: bool = False
    bare: bool = False
    places: int = 0
    single: bool = False


def shape_of(cells: Sequence[str], column: str) -> NameShape:
    """What the cells of a label column are, blank ones left out.

    Raises
    ------
    LabelsRefused : cells hold objects that name no classes, lists of shares, or were cut.
    """
    inner = [cell for cell in cells if is_nested(cell)]
    bare = bool(inner) and len(inner) == len(cells)
    values = {}
    for cell in inner:
        if was_cut(cell):
            raise _refused_cut(cell, column)
        try:
            values[cell] = nested(cell) if bare or not unquoted(cell) else None
        except NotNested:
            continue
    values = {cell: value for cell, value in values.items() if value is not None}
    for cell, value in values.items():
        if _listed(value) is None:
            raise _refused_object(cell, value, column)
    single = bare and all(_is_one(value) for value in values.values())
    return NameShape(bool(values), bare, _places(list(values.values())), single)


def listed(cell: str, *, bare: bool = False, known: Collection[str] = ()) -> Names | None:
    """The names of a list, a set or an object of switches; None where the cell is something else.

    Parameters
    ----------
    bare : whether texts without quotes make a list.
    known : names that stay as they are; others lose the blanks at their ends.
    """
    if not is_nested(cell):
        return None
    try:
        return None if not bare and unquoted(cell) else _listed(nested(cell), known)
    except NotNested:
        return None


def by_place(cell: str, classes: Sequence[str]) -> Names | None:
    """The classes whose places in a list of 0 and 1 hold a 1; None where it is no such list."""
    try:
        value = nested(cell)
    except NotNested:
        return None
    if _places([value]) != len(classes):
        return None
    return tuple(name for name, on in zip(classes, value, strict=True) if on)


def separator_of(cells: Iterable[str], known: Collection[str] = ()) -> str:
    """The mark between the several names of multi-label cells; empty where there are none.

    A mark separates if nothing is empty on either side of it wherever it stands, half of the names
    (one of them for `|`) stand in other cells too, and some of them stand alone or in another
    place: `C#` beside `C` is a name, and so is `Paris, France`. Several words that stand in one
    cell alone, always behind a mark, are a remark: `yes, it matches`. A single cell that is divided
    is evidence only where all of its names stand elsewhere too: `Food, drink` beside `Food` is a
    name.

    Parameters
    ----------
    known : names that somebody named, as if each stood in a cell of its own.
    """
    all_of_them = sorted(set(cells))
    some = all_of_them[:: max(1, len(all_of_them) // MOST_CELLS)]
    if some and all(listed(cell) is not None for cell in some):
        return LISTS
    with_mark = {mark: [cell for cell in some if mark in cell] for mark in SEPARATORS}
    likely = [m for m, each in with_mark.items() if each and _splits(each, {*some, *known}, m)]
    if not likely and all(NUMBERS.fullmatch(cell) for cell in some):
        spaced = [cell for cell in some if DIGITS in cell.strip()]
        return DIGITS if spaced and _splits(spaced, {*some, *known}, DIGITS) else ""
    return max(likely, key=lambda mark: len(with_mark[mark]), default="")


def joined_names(cells: Collection[str]) -> list[str]:
    """Cells that seem to hold several names with a mark between them that is none of the usual."""
    found = []
    for mark in JOINTS:
        with_mark = [cell for cell in cells if mark in cell]
        if with_mark and _splits(with_mark, {*cells}, mark):
            found += with_mark
    return found


def switched_names(cell: str) -> Names:
    """All names of an object of switches, those that are off too; none of another cell."""
    value = held(cell) if cell.lstrip()[:1] == "{" else None
    return tuple(value) if isinstance(value, dict) and _switched(value) is not None else ()


def _splits(whole: list[str], cells: set[str], mark: str) -> bool:
    """Whether this mark separates names."""
    ends = all(cell.rstrip().endswith(mark) for cell in cells)
    divided = {cell: _divided(cell, mark, ends=ends) for cell in cells}
    if not all(all(divided[cell]) for cell in whole):
        return False
    where = Counter(name for parts in divided.values() for name in set(parts))
    first = {parts[0] for parts in divided.values()}
    later = {name for cell in whole for name in divided[cell][1:]}
    names = {name for cell in whole for name in divided[cell]}
    recurring = sum(where[name] > 1 for name in names)
    needed = 1 if mark == SEPARATOR else RECURRING * len(names)
    if mark != SEPARATOR and len(whole) == 1:
        needed = len(names)
    if mark != SEPARATOR and _remarks(divided, where, first):
        return False
    return bool(first & later or names & cells) and recurring >= needed


def _remarks(divided: Mapping[str, list[str]], where: Counter[str], first: set[str]) -> bool:
    """Whether all that stands behind a mark is a remark, `yes, it matches`: words of one cell."""
    tails = {part for parts in divided.values() for part in parts[1:]}
    return bool(tails) and all(
        " " in each and where[each] == 1 and each not in first for each in tails
    )


def _divided(cell: str, mark: str, *, ends: bool) -> list[str]:
    """What stands between the marks; where every cell ends with one, nothing stands behind it."""
    return [part.strip() for part in (cell.rstrip()[:-1] if ends else cell).split(mark)]


def _listed(value: Any, known: Collection[str] = ()) -> Names | None:
    """The names in a decoded cell; None where it names no classes."""
    switches = _switched(value)
    if switches is not None or value == {}:  # PostgreSQL writes no name of several as {}
        return switches or ()
    try:
        found = list(flat_names(value))
    except NotNested:
        return None
    if any(isinstance(each, float) and not each.is_integer() for each in found):
        return None
    names = (each if each in known else _text(each) for each in found if each is not None)
    return tuple(names)


def _is_one(value: Any) -> bool:
    """Whether a value is an object that says one name."""
    if not isinstance(value, dict) or _switched(value) is not None:
        return False
    said = next((value[key] for key in INSIDE if key in value), None)
    return isinstance(said, str | int)


def _switched(value: Any) -> Names | None:
    """The names whose numbers are 1, of an object of 0 and 1 by name; None where it is none."""
    if not isinstance(value, dict) or not value:
        return None
    if not all(isinstance(each, bool | int | float) and each in (0, 1) for each in value.values()):
        return None
    return tuple(name for name, on in value.items() if on)


def _places(values: Sequence[Any]) -> int:
    """The length of lists of 0 and 1, where all have the same and it is more than 1; else 0."""
    lengths = {len(each) if isinstance(each, list) else 0 for each in values}
    places = lengths.pop() if len(lengths) == 1 else 0
    switches = all(
        isinstance(item, bool | int | float) and item in (0, 1) for each in values for item in each
    )
    return places if places > 1 and switches else 0


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.strip() if isinstance(value, str) else str(value)


def _refused_cut(cell: str, column: str) -> LabelsRefused:
    return LabelsRefused(
        "Values were left out when this file was written.",
        where=_place(column, cell),
        remedy="Write the file again, as JSON Lines or Parquet.",
    )


def _refused_object(cell: str, value: Any, column: str) -> LabelsRefused:
    if isinstance(value, Mapping) and value and all(map(_is_number, value.values())):
        if max(value.values()) > 1:
            return LabelsRefused(
                f"Cells of column {column!r} count votes by the name of the class.",
                where=_place(column, cell),
                remedy="Have the label taken from them (on the command line --majority, with "
                f"{' '.join(f'--votes {column}.{name}' for name in value)}).",
            )
        return LabelsRefused(
            f"Cells of column {column!r} hold numbers by the name of the class.",
            where=_place(column, cell),
            remedy="They are a soft label: choose the column as such (on the command line --soft).",
        )
    if isinstance(value, list) and value and all(map(_is_number, value)):
        return LabelsRefused(
            f"Cells of column {column!r} hold lists of numbers.",
            where=_place(column, cell),
            remedy="If they are a soft label, choose the column as such and name the classes in "
            "their order (on the command line --soft, --class A --class B).",
        )
    keys = list(value) if isinstance(value, Mapping) else []
    inside = f" Inside are {in_words(f'{column}.{key}' for key in keys)}." if keys else ""
    return LabelsRefused(
        f"Cells of column {column!r} are nested objects, which name no class.",
        where=_place(column, cell),
        remedy=f"Choose a column of labels.{inside}",
    )


def _place(column: str, cell: str) -> str:
    return f"column {column!r}, first {cell[:80]}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
