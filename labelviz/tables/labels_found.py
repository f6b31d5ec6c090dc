"""How the labels of a table are read, found out by another process where they are very many."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labelviz.core.files import read_json
from labelviz.core.settings import Task
from labelviz.tables.apart import doing_apart, have_done, place_apart, put_table, table_in
from labelviz.tables.columns import Columns
from labelviz.tables.given import is_pooled, reading_of
from labelviz.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd

FOUND = "labels.json"
FIRST = 12  # classes that are named
# Rows that are looked at in a moment whatever they hold, and distinct cells of any number of rows.
FEW_ROWS, FEW_CELLS = 100_000, 20_000


@dataclass(frozen=True)
class LabelsFound:
    """How labels are read.

    Parameters
    ----------
    reason : what the task is taken from.
    count : how many classes there are. first : the first of them.
    """

    task: Task
    reason: str
    count: int
    first: tuple[str, ...]


def find_labels(table: Table, columns: Columns, folder: Callable[[], Path]) -> LabelsFound:
    """How the labels of a table are read, as `reading_of` finds it out.

    Parameters
    ----------
    folder : makes the one where the other process finds the table.

    Raises
    ------
    LabelsRefused : a decision is needed first; its `choices` say which.
    FileRefused : it took too much memory or time.
    """
    if _are_few(table.frame, columns):
        return _found(table, columns)
    with place_apart(folder) as place:
        put_table(table, place)
        have_done(__name__, {"columns": columns.as_json()}, place, Path(table.name))
        found = read_json(place / FOUND)
    return LabelsFound(**{**found, "first": tuple(found["first"])})


def main(place: Path) -> None:
    """Find it out, and leave it in the same folder."""
    with doing_apart(place) as asked:
        found = _found(table_in(place), Columns.from_json(asked["columns"]))
        (place / FOUND).write_text(json.dumps(asdict(found)))


def _found(table: Table, columns: Columns) -> LabelsFound:
    reading = reading_of(table.frame, columns)
    return LabelsFound(
        reading.task, reading.reason, len(reading.classes), tuple(reading.classes[:FIRST])
    )


def _are_few(frame: pd.DataFrame, columns: Columns) -> bool:
    if len(frame) <= FEW_ROWS:
        return True
    names = columns.annotators if is_pooled(columns) else (columns.label,)
    return all(frame[name].nunique() <= FEW_CELLS for name in names if name in frame.columns)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
