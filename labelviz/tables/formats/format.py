"""What a file of another tool is read with: how it is known, and what becomes of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from labelviz.tables.cells import WERE_TYPED, as_text
from labelviz.tables.columns import Columns
from labelviz.tables.missing import joined_missing
from labelviz.tables.nested import NotNested, nested
from labelviz.tables.table import Content, Note, Quarantined

SKIPPED = "skipped by its annotator"
REJECTED = "rejected by its annotator"
NOT_SEEN = "nobody labelled it"


@dataclass
class Made:
    """What a file of a tool becomes, row by row.

    Parameters
    ----------
    rows : cells by name; a sample has several rows where several people labelled it.
    lines : the line of each row. meant : what the columns mean.
    missing : the lines of the rows whose value is None, by column.
    joined : how many records became a part of the row of another one.
    questions : columns of labels, where there are several of which nothing says which is meant.
    """

    rows: list[dict[str, str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    missing: dict[str, list[int]] = field(default_factory=dict)
    quarantined: list[Quarantined] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    meant: Columns = field(default_factory=Columns)
    joined: int = 0
    questions: tuple[str, ...] = ()

    def add(self, line: int, row: Mapping[str, Any]) -> None:
        """Take a row."""
        self.rows.append({name: as_text(value) for name, value in row.items()})
        self.lines.append(line)
        for name, value in row.items():
            if value is None:
                self.missing.setdefault(name, []).append(line)

    def set_aside(self, line: int, column: str, reason: str, shown: str = "") -> None:
        """Set a row aside."""
        self.quarantined.append(Quarantined(line, column, reason, shown[:200]))


@dataclass(frozen=True)
class Format:
    """A tool's way to write labels.

    Parameters
    ----------
    name : the tool, for the words.
    fits : whether a file with these columns, and this first row, is of this tool.
    read : what its rows become; each row is its line and its cells as values.
    """

    name: str
    fits: Callable[[Collection[str], Mapping[str, Any]], bool]
    read: Callable[[Sequence[tuple[int, dict[str, Any]]]], Made]


def values_of(content: Content) -> list[tuple[int, dict[str, Any]]]:
    """The rows of a table with nested cells as the values that they are."""
    names = [str(name) for name in content.frame.columns]
    cells = content.frame.itertuples(index=False, name=None)
    rows = (dict(zip(names, map(as_value, row), strict=True)) for row in cells)
    return [(int(line), row) for line, row in zip(content.frame.index, rows, strict=True)]


def as_value(cell: str) -> Any:
    """A cell as the list or object that it is, or its text."""
    try:
        return nested(cell)
    except NotNested:
        return cell


def as_content(made: Made, content: Content, tool: str) -> Content:
    """The table of what was made of another one."""
    import pandas as pd

    names = list(dict.fromkeys(name for row in made.rows for name in row))
    columns = {name: [row.get(name, "") for row in made.rows] for name in names}
    index = pd.Index(made.lines, name="line", dtype="int64")
    frame = pd.DataFrame(columns, index=index, dtype="str")
    gone = {name: np.array(lines, np.int64) for name, lines in made.missing.items()}
    left = [Note(text, count) for text, count in made.left_out.items()]
    told = [each for each in content.notes if not each.text.endswith(WERE_TYPED)]
    notes = (Note(f"rows were read as {tool} writes them", len(made.rows)), *told, *left)
    return replace(
        content, frame=frame, notes=notes, joined=made.joined, questions=made.questions,
        quarantined=(*content.quarantined, *made.quarantined),
        missing=joined_missing([content.missing, gone]),
    )  # fmt: skip


def first_text(values: Iterable[Any]) -> str:
    """The first of several values that is a text and not empty."""
    return next((each for each in values if isinstance(each, str) and each.strip()), "")


def unused_name(name: str, taken: Collection[str]) -> str:
    """The name, with an underscore behind it where it is taken."""
    while name in taken:
        name += "_"
    return name
