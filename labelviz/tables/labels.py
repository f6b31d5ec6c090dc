"""Labels: settle once how the cells of a file spell them, then read whole columns at a time."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from labelviz.core.arrays import Integers
from labelviz.core.dataset import MISSING
from labelviz.core.settings import TASKS, Task
from labelviz.errors import LabelsRefused
from labelviz.tables.columns import Columns, by_class, class_names
from labelviz.tables.report import note
from labelviz.tables.spellings import check_spellings
from labelviz.tables.table import Note

if TYPE_CHECKING:
    import pandas as pd

SEPARATOR = "|"
JSON_SEPARATOR = ","
SEPARATORS = (SEPARATOR, ";", ",", "#")
INTEGER = re.compile(r"-?[0-9]{1,18}")
RECURRING = 0.5
"""Share of the names between separators that have to occur in another cell too."""
MOST_CELLS = 20_000
"""Distinct cells that are looked at to find the separator."""
LONGEST_NAME = 1_000
NO_LABEL = ("na", "n/a", "nan", "null", "none", "nil", "missing", "unknown", "?", "-")
ON, OFF = ("1", "1.0", "true", "yes"), ("0", "0.0", "false", "no")

Names = tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """How the label cells of a file become labels.

    Parameters
    ----------
    reason : why this task, in words.
    separator : between the names of a multi-label cell.
    spellings, missing, none : as in `Columns`.
    """

    task: Task
    classes: tuple[str, ...]
    reason: str = ""
    separator: str = SEPARATOR
    spellings: Mapping[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    none: frozenset[str] = frozenset()

    def names(self, cell: str) -> Names | None:
        """The names in a cell as classes are spelled; None where it holds no label."""
        if self.task == "multilabel":
            return names_in(cell, self)
        spelled = self.spellings.get(cell, cell)
        return None if cell in self.missing or not spelled.strip() else (spelled,)

    def label(self, cell: str) -> Integers | None:
        """A cell as a class index, or (K,) of 0 and 1; None if it names no known class."""
        names = self.names(cell)
        if names is None or not set(names) <= set(self.classes):
            return None
        if self.task == "multilabel":
            return np.array([int(name in names) for name in self.classes], dtype=np.int64)
        return np.int64(self.classes.index(names[0]))  # type: ignore[return-value]


@dataclass(frozen=True)
class Labels:
    """A column read: what each row says, and which distinct cells say nothing known.

    Parameters
    ----------
    values : (N,) class indices, or (N, K) of 0 and 1; MISSING where there is no known label.
    cells : the distinct cells. codes : (N,) which of them each row has.
    problems : what is wrong with each distinct cell, empty where nothing is.
    unknown : the cells that name something, but no class.
    """

    values: Integers
    cells: tuple[str, ...]
    codes: Integers
    problems: tuple[str, ...]
    unknown: frozenset[str] = frozenset()


def parse_label(text: str, classes: tuple[str, ...], task: Task) -> Integers | None:
    """A cell as a label: a class index, or (K,) of 0 and 1; None if it names no known class."""
    return Reading(task, classes).label(text)


def read_labels(column: pd.Series[str], reading: Reading) -> Labels:
    """Read a column of label cells; each distinct cell is looked at once."""
    codes, cells = distinct(column)
    k = len(reading.classes)
    shape = (len(cells), k) if reading.task == "multilabel" else (len(cells),)
    values = np.full(shape, MISSING, dtype=np.int64)
    problems = [""] * len(cells)
    unknown = set()
    index = {name: number for number, name in enumerate(reading.classes)}
    for number, cell in enumerate(cells):
        names = reading.names(cell)
        if names is None:
            problems[number] = "no label"
        elif not all(name in index for name in names):
            problems[number] = f"unknown label {cell[:80]!r}"
            unknown.add(cell)
        elif reading.task == "multilabel":
            values[number] = 0
            values[number, [index[name] for name in names]] = 1
        else:
            values[number] = index[names[0]]
    taken = values[codes] if len(cells) else values
    return Labels(taken, cells, codes, tuple(problems), frozenset(unknown))


def read_one_hot(frame: pd.DataFrame, columns: tuple[str, ...], reading: Reading) -> Labels:
    """Read one column of 0 and 1 per class; a single label needs exactly one 1."""
    ordered = by_class(columns, reading.classes)
    cells = np.stack([_switches(frame[name]) for name in ordered], axis=1)
    known = (cells != MISSING).all(axis=1)
    if reading.task == "multilabel":
        values = np.where(known[:, None], cells, MISSING)
    else:
        known &= (cells == 1).sum(axis=1) == 1
        values = np.where(known, cells.argmax(axis=1), MISSING)
    said = (cells != MISSING).any(axis=1)
    wrong = "not exactly one 1" if reading.task != "multilabel" else "not all 0 or 1"
    kinds = ("", "no label", wrong)
    codes = np.where(known, 0, np.where(said, 2, 1))
    return Labels(values, kinds, codes, kinds)


def settle(frame: pd.DataFrame, columns: Columns) -> Reading:
    """Find out the task, the classes and how cells are spelled, as far as nobody said so.

    Classes are in the order they were named, else sorted: as integers where all are integers, else
    by their characters. The order of rows and columns in the file changes nothing.

    Raises
    ------
    LabelsRefused : a decision is needed first; its `choices` say which.
    """
    if not columns.label:
        return _by_columns(frame, columns)
    reading, found = _as_spelled(frame, columns)
    check_spellings(found, columns, reading.task, len(frame))
    classes = columns.classes or in_order(found)
    if not columns.classes:
        _check_names(classes, columns.label)
    task, reason = reading.task, reading.reason
    if not reason:
        task, reason = _task_of_classes(classes, columns)
    return replace(reading, task=task, classes=classes, reason=reason)


def label_names(frame: pd.DataFrame, columns: Columns) -> dict[str, int]:
    """How often each name occurs in the label column, as the cells are spelled so far."""
    return dict(_as_spelled(frame, columns)[1])


def _as_spelled(frame: pd.DataFrame, columns: Columns) -> tuple[Reading, Counter[str]]:
    """How cells become names before the classes are known, and how often each name occurs."""
    codes, cells = distinct(frame[columns.label])
    counts = dict(zip(cells, np.bincount(codes, minlength=len(cells)).tolist(), strict=True))
    missing, none = frozenset(columns.missing), frozenset(columns.none)
    said = {
        cell: n
        for cell, n in counts.items()
        if cell.strip() and cell not in missing | none and cell not in columns.spellings
    }
    separator, why = _separator(said, columns)
    task, reason = _task({c: n for c, n in said.items() if separator in c}, columns, why)
    reading = Reading(
        task, columns.classes, reason, separator or SEPARATOR, columns.spellings, missing, none
    )
    found: Counter[str] = Counter()
    for cell, count in counts.items():
        for name in reading.names(cell) or ():
            found[name] += count
    return reading, found


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Class names in the order nobody named: integers by size, anything else by its characters."""
    listed = set(names)
    numeric = all(INTEGER.fullmatch(name) for name in listed)
    return tuple(sorted(listed, key=(lambda name: (int(name), name)) if numeric else None))


def distinct(column: pd.Series[str]) -> tuple[Integers, tuple[str, ...]]:
    """(N,) which distinct cell each row has, and those cells."""
    import pandas as pd

    codes, cells = pd.factorize(column, use_na_sentinel=False)
    return codes.astype(np.int64), tuple(str(cell) for cell in cells)


def names_in(cell: str, reading: Reading) -> Names | None:
    """The names of a multi-label cell: a JSON list, or names with separators between them."""
    if cell in reading.none:
        return ()
    spelled = reading.spellings.get(cell, cell)
    if cell in reading.missing or not spelled.strip():
        return None
    listed = json_names(spelled)
    if listed is None:
        parts = [part.strip() for part in spelled.split(reading.separator)]
        listed = tuple(part for part in parts if part)
        if not listed:
            return None
    kept = [n for n in listed if n not in reading.missing and n not in reading.none]
    return tuple(reading.spellings.get(name, name) for name in kept)


def json_names(cell: str) -> Names | None:
    """The names of a JSON list of texts; None where the cell is something else."""
    if not (cell.lstrip().startswith("[") and cell.rstrip().endswith("]")):
        return None
    try:
        listed = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        return None
    return tuple(listed)


def spelling_notes(labels: Labels, reading: Reading, name: str) -> list[Note]:
    """What was read as something other than what stands in the cells of a label column."""
    counts = np.bincount(labels.codes, minlength=len(labels.cells))
    by_cell = dict(zip(labels.cells, counts.tolist(), strict=True))
    spelled = {c: n for c, n in by_cell.items() if c in reading.spellings and n}
    notes = note(
        f"labels in column {name!r} were read by their other spelling",
        [f"{cell!r} as {reading.spellings[cell]!r}" for cell in sorted(spelled)],
        sum(spelled.values()),
    )
    gone = {c: n for c, n in by_cell.items() if c in reading.missing and c.strip() and n}
    notes += note(f"labels in column {name!r} stand for no label", sorted(gone), sum(gone.values()))
    none = {c: n for c, n in by_cell.items() if c in reading.none and n}
    text = f"cells in column {name!r} were read as no class at all"
    return notes + note(text, [cell or "(empty)" for cell in sorted(none)], sum(none.values()))


def doubtful_notes(labels: Labels, reading: Reading) -> list[Note]:
    """What was taken as it stands although it may mean something else."""
    counts = np.bincount(labels.codes, minlength=len(labels.cells))
    by_cell = dict(zip(labels.cells, counts.tolist(), strict=True))
    blank = {
        cell: n for cell, n in by_cell.items() if cell.strip().lower() in NO_LABEL
        and cell in reading.classes
    }  # fmt: skip
    flags = " ".join(f"--missing {cell!r}" for cell in sorted(blank))
    notes = note(
        "labels may mean that there is none; they count as a class unless you list them as cells "
        f"that mean no label (on the command line {flags})",
        sorted(blank),
        sum(blank.values()),
    )
    if reading.task == "multilabel":
        return notes
    joined = {
        cell: n
        for cell, n in by_cell.items()
        if cell in reading.classes and any(mark in cell for mark in SEPARATORS)
    }
    text = (
        "labels hold a separator and were taken as one name; say what stands between the names to "
        "split them (on the command line --separator)"
    )
    return notes + note(text, sorted(joined), sum(joined.values()))


def _switches(column: pd.Series[str]) -> Integers:
    """(N,) 0, 1, or MISSING where a cell is neither."""
    codes, cells = distinct(column)
    values = [
        1 if cell.strip().lower() in ON else 0 if cell.strip().lower() in OFF else MISSING
        for cell in cells
    ]
    return np.array([*values, MISSING], dtype=np.int64)[codes]


def _by_columns(frame: pd.DataFrame, columns: Columns) -> Reading:
    """The reading of labels that stand in columns per class."""
    group = columns.one_hot or columns.soft
    if len(group) == 1 and columns.soft and not columns.one_hot and not columns.classes:
        raise LabelsRefused(
            f"Column {group[0]!r} holds lists of numbers, and nothing says which number belongs to "
            "which class.",
            where=f"column {group[0]!r}",
            remedy="Name the classes in the order of the lists (on the command line --class A "
            "--class B).",
        )
    classes = columns.classes or in_order(class_names(group).values())
    if columns.task in TASKS:
        return Reading(columns.task, classes, "as asked")
    if columns.one_hot:
        ones = np.stack([_switches(frame[name]) for name in group], axis=1)
        known = (ones != MISSING).all(axis=1)
        several = int(((ones == 1).sum(axis=1) != 1)[known].sum())
        if several:
            reason = f"{several} rows have no 1 or several in the columns {', '.join(group)}"
            return Reading("multilabel", classes, reason)
    task: Task = "binary" if len(classes) == 2 else "multiclass"
    return Reading(task, classes, f"{len(classes)} classes, one column each")


def separator_of(cells: Iterable[str]) -> str:
    """The mark between the several names of multi-label cells; empty where there are none."""
    listed = sorted(set(cells))
    listed = listed[:: max(1, len(listed) // MOST_CELLS)]
    if listed and all(json_names(cell) is not None for cell in listed):
        return JSON_SEPARATOR
    held = {mark: [cell for cell in listed if mark in cell] for mark in SEPARATORS}
    likely = [mark for mark in SEPARATORS if held[mark] and _splits(held[mark], listed, mark)]
    return max(likely, key=lambda mark: len(held[mark]), default="")


def _separator(counts: Mapping[str, int], columns: Columns) -> tuple[str, str]:
    """The separator between names and why the cells are multi-label; both empty if they are not."""
    if columns.separator:
        return columns.separator, f"labels are to be split at {columns.separator}"
    mark = separator_of(counts.keys() - set(columns.classes))
    if mark and all(json_names(cell) is not None for cell in counts):
        return mark, "labels are lists of names"
    return mark, f"labels hold several names joined by {mark}" if mark else ""


def _splits(held: list[str], cells: list[str], mark: str) -> bool:
    """Whether this mark separates names: most of them have to occur in other cells too."""
    if mark == SEPARATOR:
        return True
    where = Counter(name for c in cells for name in {part.strip() for part in c.split(mark)})
    names = {part.strip() for cell in held for part in cell.split(mark)} - {""}
    recurring = sum(where[name] > 1 for name in names)
    return bool(names) and recurring >= RECURRING * len(names)


def _task(held: Mapping[str, int], columns: Columns, several: str) -> tuple[Task, str]:
    """The task and why; for a single label the reason stays open until the classes are known."""
    asked = columns.task
    if asked and asked != "multilabel" and several and not columns.classes:
        raise LabelsRefused(
            f"The task is to be {asked}, but {several}, in {sum(held.values())} rows: "
            f"{', '.join(map(repr, sorted(held)[:3]))}.",
            where=f"column {columns.label!r}",
            remedy="Choose the task multi-label, or name the classes as they stand (on the command "
            "line --task multilabel, or --class for each).",
        )
    if asked in TASKS:
        return asked, "as asked"
    return ("multilabel", several) if several else ("multiclass", "")


def _task_of_classes(classes: tuple[str, ...], columns: Columns) -> tuple[Task, str]:
    task: Task = "binary" if len(classes) == 2 else "multiclass"
    if columns.classes:
        return task, f"{len(classes)} classes were named"
    if task == "binary":
        return task, f"the label column holds two values: {', '.join(classes)}"
    return task, f"the label column holds {len(classes)} values"


def _check_names(classes: tuple[str, ...], column: str) -> None:
    long = [name for name in classes if len(name) > LONGEST_NAME]
    if long:
        raise LabelsRefused(
            f"{len(long)} labels are longer than {LONGEST_NAME:,} characters: {long[0][:60]!r} …",
            where=f"column {column!r}",
            remedy="Choose another label column, or list the cells that mean no label (on the "
            "command line --label, --missing).",
        )
