"""Ids: text that tells samples apart, kept exactly, or made from the texts."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from labelviz.core.arrays import Booleans, Integers, Strings
from labelviz.errors import Choice, IdsRefused
from labelviz.tables.report import note
from labelviz.tables.table import Note

if TYPE_CHECKING:
    import pandas as pd

LONGEST_ID = 1_000
NUMBER = r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"
SHOWN = 80
DATE = (
    r"(?:[0-9]{1,2}-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-[0-9]{2})"
)
SPACE = re.compile(r"\s")
ALTERED = r"[+-]?[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]+|[+-]?[0-9]+\.0+"


def check_ids(ids: pd.Series[str], column: str) -> None:
    """Raise IdsRefused where ids look altered by a spreadsheet or a float column.

    Where all ids are numbers, `1.23E+17` and `123.0` are what these make of long and of plain ids;
    the digits that are gone cannot be had back. `3-Jan` is what was `3-1`.
    """
    dates = list(ids[ids.str.fullmatch(DATE)])
    if dates:
        raise _altered(dates, column, "a spreadsheet, which reads 3-1 as a date")
    if len(ids) and not re.fullmatch(NUMBER, ids.iloc[0].strip() or "0"):
        return
    altered = list(ids[ids.str.fullmatch(ALTERED)])
    if altered and (ids.str.fullmatch(NUMBER) | blank(ids)).all():
        raise _altered(altered, column, "a spreadsheet or a float column")


def _altered(ids: Sequence[str], column: str, by: str) -> IdsRefused:
    first = list(dict.fromkeys(ids))[:3]
    return IdsRefused(
        f"{len(ids)} ids look altered by {by}: {', '.join(first)}.",
        where=f"column {column!r}",
        remedy="Export the file anew with ids as text, or take them as they stand "
        "(on the command line --exact-ids).",
        choices=[Choice(each, ids.count(each)) for each in first],
    )


def id_problems(
    ids: pd.Series[str], content: pd.DataFrame, lines: Sequence[int]
) -> dict[int, tuple[str, str]]:
    """Why rows cannot be told apart, and what shows it, by row number.

    A row whose id is empty or too long; all rows of an id that stands for different content; and
    all but the first row of an id whose rows agree in every column that is used.

    Parameters
    ----------
    content : the columns that are used, one row per id.
    lines : the line of each row, for the words.
    """
    problems = dict.fromkeys(np.flatnonzero(blank(ids)).tolist(), ("no id", ""))
    for row in np.flatnonzero(ids.str.len() > LONGEST_ID).tolist():
        reason = f"id is longer than {LONGEST_ID:,} characters"
        problems[row] = (reason, str(ids.iloc[row])[:SHOWN])
    repeated = _repeated(ids)
    rows_of: dict[str, list[int]] = {}
    for row in repeated.tolist():
        if row not in problems:
            rows_of.setdefault(str(ids.iloc[row]), []).append(row)
    if not rows_of:
        return problems
    used = content.iloc[repeated].itertuples(index=False, name=None)
    cells = dict(zip(repeated.tolist(), used, strict=True))
    for sample, rows in rows_of.items():
        same = len({cells[row] for row in rows}) == 1
        for row in rows[1:] if same else rows:
            problems[row] = (
                ("repeats an earlier row: same id and content", f"line {lines[rows[0]]}")
                if same
                else ("its id stands for different content in other rows", sample[:SHOWN])
            )
    return problems


def made_ids(texts: Sequence[Strings], whole: pd.DataFrame) -> Strings:
    """Ids from the texts, the same in every import; rows with equal texts are numbered.

    The number follows from the rest of the row, so that the order of rows and columns in the file
    changes no id.

    Parameters
    ----------
    texts : one or two arrays of text. whole : the rows with all their columns.
    """
    joined = texts[0] if len(texts) == 1 else ["\0".join(pair) for pair in zip(*texts, strict=True)]
    ids = np.empty(len(whole), dtype=object)
    ids[:] = [
        hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16] for text in joined
    ]
    repeated = _repeated(ids)
    cells = whole.iloc[repeated][sorted(whole.columns)].itertuples(index=False, name=None)
    order = sorted(zip(cells, repeated.tolist(), strict=True))
    seen: dict[str, int] = {}
    for _, row in order:
        name = ids[row]
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            ids[row] = f"{name}-{seen[name]}"
    ids.setflags(write=False)
    return ids


def id_notes(ids: Strings, column: str) -> list[Note]:
    """Ids that are kept apart although a person, or another program, may read them as one.

    Parameters
    ----------
    ids : those of the rows that are accepted, each once.
    """
    together = "\0".join(ids)
    spaced = [each for each in ids if each != each.strip()] if SPACE.search(together) else []
    known = set(ids) if spaced else set()
    notes = note(
        f"ids in column {column!r} have outer spaces and were kept so",
        map(repr, spaced),
    )
    trimmed = [each for each in spaced if each.strip() in known]
    notes += note("of them equal another id when trimmed, and stay apart", map(repr, trimmed))
    plain = together.isascii() and together == together.lower()
    alike = [] if plain else _alike(ids)
    notes += note(
        f"ids in column {column!r} differ only by case or Unicode form, and stay apart", alike
    )
    altered = [each for each in ids if re.fullmatch(ALTERED, each)] if "+" in together else []
    return notes + note(f"ids in column {column!r} look altered by a spreadsheet", altered)


def _alike(ids: Strings) -> list[str]:
    """The ids that another one equals after case folding and Unicode normalisation."""
    folded = np.empty(len(ids), dtype=object)
    folded[:] = [_folded(each) for each in ids]
    return list(ids[_repeated(folded)])


def _repeated(texts: pd.Series[str] | Strings) -> Integers:
    """The rows whose text another row has too."""
    import pandas as pd

    return np.flatnonzero(pd.Series(texts).duplicated(keep=False)).astype(np.int64)


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text).casefold()


def text_codes(columns: Sequence[Strings]) -> Integers:
    """(rows, columns) numbers: equal ones for texts that are equal in Unicode normal form NFC."""
    import pandas as pd

    whole = [
        text if text.isascii() else unicodedata.normalize("NFC", text)
        for column in columns
        for text in column
    ]
    codes, keys = pd.factorize(np.fromiter(map(hash, whole), np.int64, len(whole)))
    first = np.full(len(keys), len(whole))
    np.minimum.at(first, codes, np.arange(len(whole)))
    later = np.flatnonzero(first[codes] != np.arange(len(whole))).tolist()
    if any(whole[row] != whole[first[codes[row]]] for row in later):
        codes = pd.factorize(np.array(whole, dtype=object))[0]
    return codes.reshape(len(columns), -1).T.astype(np.int64)


def blank(texts: pd.Series[str]) -> Booleans:
    """(N,) True where a text is empty or holds only spaces."""
    return np.asarray(texts.str.isspace() | (texts == ""), dtype=np.bool_)
