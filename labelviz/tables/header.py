"""The names of columns: whether the first row holds them, and what they are called here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set

from labelviz.errors import ChoiceNeeded, ColumnRefused, FileRefused, Way, in_words
from labelviz.tables.encodings import visibly
from labelviz.tables.exported import exports
from labelviz.tables.limits import EXAMPLES, NAME_LENGTH
from labelviz.tables.table import Note

NUMBER = re.compile(r"\s*[-+]?[0-9]+(?:[.,][0-9]+)*(?:[eE][-+]?[0-9]+)?\s*")
# Words that name a column and are hardly ever a cell of it.
KNOWN = frozenset({
    "id", "text", "label", "labels", "class", "category", "split", "source", "group", "title",
    "sentence", "content", "question", "premise", "hypothesis", "gold", "noisy", "unnamed: 0",
})  # fmt: skip
IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+", re.IGNORECASE)
MOSTLY = 0.9
FEW_VALUES = 0.5
ENOUGH_ROWS = 4
ENOUGH_BELOW = 3


def looks_like_data(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a first row resembles the rows below it, and nothing in it resembles a name.

    What stands in a row below too, as `book_table` does, is a cell and no name.

    Parameters
    ----------
    rows : some rows below it, those with as many fields as the first.
    """
    rows = [row for row in rows if list(row) != list(first)]  # tables put together repeat names
    if not rows:
        return False
    like_data = False
    for place, cell in enumerate(first):
        below = [row[place] for row in rows]
        numeric = sum(NUMBER.fullmatch(each) is not None for each in below) >= MOSTLY * len(below)
        number = NUMBER.fullmatch(cell) is not None
        named = cell.strip().lower() in KNOWN or IDENTIFIER.fullmatch(cell.strip())
        if (named and cell not in below) or (numeric and not number):
            return False
        repeats = len(rows) >= ENOUGH_ROWS and len(set(below)) <= FEW_VALUES * len(rows)
        like_data |= (number and numeric) or (repeats and bool(cell.strip()) and cell in below)
    return like_data


def check_title(first: int, below: Sequence[int], line: int, where: str) -> None:
    """Refuse a first row of one cell above rows that nearly all have more: it names no columns.

    Parameters
    ----------
    first, below : the number of cells up to the last one that is filled, of the first row and of
        rows below that are not blank.

    Raises
    ------
    FileRefused : it may be a title.
    """
    longer = [count for count in below if count > first]
    if first > 1 or len(below) < ENOUGH_BELOW or len(longer) < MOSTLY * len(below):
        return
    raise FileRefused(
        f"Row {line} has one cell, the rows below have {max(longer)}: it may be a title above the "
        "names of the columns.",
        where=where,
        remedy=f"Have it set aside (on the command line --skip-line {line}), or say that it names "
        "the columns (on the command line --header).",
    )


def cells_filled(cells: Sequence[str]) -> int:
    """The number of cells up to the last one that is not blank."""
    return max((at for at, cell in enumerate(cells, start=1) if cell.strip()), default=0)


def looks_like_units(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a first row of cells says kg or % where numbers stand below."""
    if len(rows) <= ENOUGH_ROWS:
        return False
    for cell, *below in zip(*rows, strict=True):
        numeric = all(NUMBER.fullmatch(each) for each in below)
        if numeric and cell.strip() and not NUMBER.fullmatch(cell):
            return True
    return False


def ask_for_header(first: Sequence[str], rows: Sequence[Sequence[str]], where: str) -> ChoiceNeeded:
    """The question whether the first row is data."""
    preview = tuple(visibly(" ¦ ".join(row)) for row in (first, *rows[:2]))
    made = visibly(" ¦ ".join(made_names(len(first))))
    return ChoiceNeeded(
        "The first row looks like data, not like names of columns.",
        where=where,
        option="header",
        ways=[Way("no", (made, *preview)), Way("yes", preview)],
    )


def made_names(count: int) -> list[str]:
    """Names for columns that have none."""
    return [f"column {number}" for number in range(1, count + 1)]


def column_names(
    header: Sequence[str], where: str, *, rename: bool = False
) -> tuple[list[str], list[Note]]:
    """The names by which labelviz knows the columns of a header, and what was changed.

    A name that is empty, longer than 200 characters or broken into lines is replaced by a number;
    in an export of labelviz, where names are those of columns and classes, only an empty one.

    Raises
    ------
    ChoiceNeeded : a name appears twice and `rename` is not set.
    ColumnRefused : there is no name at all.
    """
    if not any(name.strip() for name in header):
        raise ColumnRefused(
            "The first line names no columns.",
            where=where,
            remedy="Start the file with a line of column names, or say that it has no header.",
        )
    notes = []
    ours = bool(exports(header))
    names = [name if _usable(name) or ours else "" for name in header]
    made, taken = [at for at, name in enumerate(names) if not name], set(names)
    for at in made:
        names[at] = _free(f"column {at + 1}", taken)
        taken.add(names[at])
    if made:
        changed = tuple(f"{header[at][:40]!r} is {names[at]!r}" for at in made[:EXAMPLES])
        text = "columns without a usable name (empty, long or broken into lines) were numbered"
        notes.append(Note(text, len(made), changed))
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        numbered = _numbered(names)
        if not rename:
            raise ChoiceNeeded(
                f"Columns appear twice: {in_words(twice)}.",
                where=where,
                remedy="Give every column its own name, or let labelviz number them as below.",
                option="names",
                ways=[Way("rename", (visibly(" ¦ ".join(numbered)),))],
            )
        changed = tuple(
            f"{old!r} is {new!r}" for old, new in zip(names, numbered, strict=True) if old != new
        )
        notes.append(
            Note("columns with a repeated name were numbered", len(changed), changed[:EXAMPLES])
        )
        names = numbered
    return names, notes + _near_notes(names)


def _usable(name: str) -> bool:
    return bool(name.strip()) and len(name) <= NAME_LENGTH and name.splitlines() == [name]


def _free(name: str, taken: Set[str]) -> str:
    while name in taken:
        name += "'"
    return name


def _numbered(names: Sequence[str]) -> list[str]:
    """The first of equal names as it is, later ones with a number that makes them unique."""
    known, used = set(names), set[str]()
    result: list[str] = []
    last: dict[str, int] = {}
    for name in names:
        unique, number = name, last.get(name, 1)
        while unique in used or (number > 1 and unique in known):
            number += 1
            unique = f"{name} ({number})"
        last[name] = number
        used.add(unique)
        result.append(unique)
    return result


def _near_notes(names: Sequence[str]) -> list[Note]:
    """Names that only case or spaces tell apart are different names, and easily confused."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault("".join(name.lower().split()), []).append(name)
    groups = [group for group in alike.values() if len(group) > 1]
    if not groups:
        return []
    examples = tuple(" and ".join(map(repr, group)) for group in groups[:EXAMPLES])
    return [Note("columns differ only by case or spaces from another", len(groups), examples)]
