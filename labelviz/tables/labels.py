"""Labels: settle once how the cells of a file spell them, then read whole columns at a time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from labelviz.core.arrays import Integers
from labelviz.core.dataset import MISSING
from labelviz.core.settings import TASKS, Task
from labelviz.errors import LabelsRefused
from labelviz.tables.columns import Columns, by_class, class_names
from labelviz.tables.names import (
    SEPARATOR,
    SEPARATORS,
    Names,
    NameShape,
    by_place,
    joined_names,
    listed,
    separator_of,
    shape_of,
    switched_names,
)
from labelviz.tables.report import note
from labelviz.tables.shares import names_of_shares
from labelviz.tables.spellings import check_spellings
from labelviz.tables.table import UNLABELLED, Note

if TYPE_CHECKING:
    import pandas as pd

# What an LLM says in place of a label.
UNDECIDED = re.compile(
    r"(?:i |we |it )?(?:am |is )?(?:can ?not|can't|could not|unable to|do not know|don't know|"
    r"not sure|unclear|uncertain|undecided|undetermined|not applicable|impossible to|"
    r"no (?:label|answer|class|decision))\b.*|无法.*",
    re.I | re.S,
)
INTEGER = re.compile(r"-?[0-9]{1,18}")
LONGEST_NAME = 1_000
NO_LABEL = frozenset((
    "na", "n/a", "nan", "null", "none", "nil", "missing", "unknown", "?", "-", "abstain",
    "abstained", "abstention", "skip", "skipped", "unsure", "not sure", "don't know", "no label",
    "unlabeled", "unlabelled", "not labeled", "not labelled", "cannot tell", "can't tell", "未知",
    "不确定", "未标注", "无", "n.a.", "#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#null!",
    "#num!",
))  # fmt: skip
# What stands beside class numbers where nobody chose: -1 of Snorkel and datasets, -100 of torch,
# and what surveys write for "do not know" and "no answer", such as 99 or -9.
CODES = re.compile(r"-1|-100|-?9+|-?8+|-?7+|-?9+[78]")
AS_ASKED = "as asked"
OFTEN = 0.5  # share of the rows of several names, above which repeats are no slips
ON, OFF = ("1", "1.0", "true", "yes"), ("0", "0.0", "false", "no")


@dataclass(frozen=True)
class CellReading:
    """How the label cells of a file become labels.

    Parameters
    ----------
    reason : why this task, in words.
    separator : between the names of a multi-label cell.
    spellings, missing, none : as in `Columns`.
    shape : what the cells are.
    """

    task: Task
    classes: tuple[str, ...]
    reason: str = ""
    separator: str = SEPARATOR
    spellings: Mapping[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    none: frozenset[str] = frozenset()
    shape: NameShape = field(default_factory=NameShape)

    def names(self, cell: str) -> Names | None:
        """The names in a cell as classes are spelled; None where it holds no label."""
        whole = self.task != "multilabel" and cell in self.classes
        if not whole and (self.task == "multilabel" or self.shape.lists):
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
        if len(names) != 1:
            return None
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
    return CellReading(task, classes).label(text)


def read_labels(column: pd.Series[str], reading: CellReading) -> Labels:
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
            problems[number] = UNLABELLED
        elif not all(name in index for name in names):
            problems[number] = "unknown label"
            unknown.add(cell)
        elif reading.task != "multilabel" and len(names) != 1:
            problems[number] = "several labels" if names else UNLABELLED
        elif reading.task == "multilabel":
            values[number] = 0
            values[number, [index[name] for name in names]] = 1
        else:
            values[number] = index[names[0]]
    taken = values[codes] if len(cells) else values
    return Labels(taken, cells, codes, tuple(problems), frozenset(unknown))


def read_one_hot(frame: pd.DataFrame, columns: tuple[str, ...], reading: CellReading) -> Labels:
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
    kinds = ("", UNLABELLED, wrong)
    codes = np.where(known, 0, np.where(said, 2, 1))
    return Labels(values, kinds, codes, kinds)


def settle_labels(frame: pd.DataFrame, columns: Columns) -> CellReading:
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


def _as_spelled(frame: pd.DataFrame, columns: Columns) -> tuple[CellReading, Counter[str]]:
    """How cells become names before the classes are known, and how often each name occurs."""
    codes, cells = distinct(frame[columns.label])
    counts = dict(zip(cells, np.bincount(codes, minlength=len(cells)).tolist(), strict=True))
    missing, none = frozenset(columns.missing), frozenset(columns.none)
    said = {
        cell: n
        for cell, n in counts.items()
        if cell.strip() and cell not in missing | none and cell not in columns.spellings
    }
    whole = columns.classes if columns.task in ("binary", "multiclass") else ()
    shape = shape_of([cell for cell in said if cell not in whole], columns.label)
    _check_places(said, shape, columns)
    separator, why = _several(said, shape, columns)
    task, reason = _task(said, separator, columns, why)
    reading = CellReading(
        task, columns.classes, reason, separator, columns.spellings, missing, none, shape
    )
    found: Counter[str] = Counter()
    for cell, count in counts.items():
        for name in reading.names(cell) or ():
            found[name] += count
    if reading.task == "multilabel" and not columns.task:
        _check_repeats(counts, reading, columns)
    for cell in said if reading.task == "multilabel" else ():
        for name in switched_names(cell):
            found[columns.spellings.get(name, name)] += 0
    return reading, found


def _check_repeats(counts: Mapping[str, int], reading: CellReading, columns: Columns) -> None:
    """Raise LabelsRefused where cells name a class twice, as votes of several people do."""
    several = {cell: names for cell in counts if len(names := reading.names(cell) or ()) > 1}
    same = set(columns.spellings.values())
    twice = [c for c, names in several.items() if any(names.count(n) > 1 for n in {*names} - same)]
    rows = sum(counts[cell] for cell in twice)
    if rows <= OFTEN * sum(counts[cell] for cell in several):
        return
    raise LabelsRefused(
        f"Cells of column {columns.label!r} name a class more than once, in {rows} rows: they seem "
        "to hold a vote of each of several people.",
        where=f"column {columns.label!r}, first {twice[0][:80]}",
        remedy="Write a column for each person and choose all of them as annotators, with "
        "--majority; or, if the cells are tags, choose the task (--task multilabel).",
    )


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


def names_in(cell: str, reading: CellReading) -> Names | None:
    """The names of a cell: those of a list or an object, or names with separators between them."""
    if cell in reading.none:
        return ()
    spelled = reading.spellings.get(cell, cell)
    if cell in reading.missing or not spelled.strip():
        return None
    if reading.shape.places:
        return by_place(spelled, reading.classes)
    found = listed(spelled, bare=reading.shape.bare, known=reading.classes)
    if found is None:
        mark = reading.separator
        parts = [part.strip() for part in spelled.split(mark)] if mark else [spelled]
        found = tuple(part for part in parts if part)
        if not found:
            return None
    kept = [n for n in found if n not in reading.missing and n not in reading.none]
    return tuple(reading.spellings.get(name, name) for name in kept)


def spelling_notes(labels: Labels, reading: CellReading, name: str) -> list[Note]:
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


def doubtful_notes(labels: Labels, reading: CellReading) -> list[Note]:
    """What was taken as it stands although it may mean something else."""
    counts = np.bincount(labels.codes, minlength=len(labels.cells))
    by_cell = dict(zip(labels.cells, counts.tolist(), strict=True))
    blank = {
        cell: n for cell, n in by_cell.items() if _may_be_none(cell, reading.classes)
        and cell in reading.classes
    }  # fmt: skip
    flags = " ".join(f"--missing {cell!r}" for cell in sorted(blank))
    notes = note(
        "labels may mean that there is none; they count as a class unless you list them as cells "
        f"that mean no label (on the command line {flags})",
        sorted(blank),
        sum(blank.values()),
    )
    empty = {
        cell: n
        for cell, n in by_cell.items()
        if cell not in reading.none and n and reading.names(cell) == ()
    }
    missing = " ".join(f"--missing '{cell}'" for cell in sorted(empty))
    if reading.task == "multilabel":
        text = (
            "cells were read as no class at all; if they mean that nobody labelled the sample, "
            f"list them as cells that mean no label (on the command line {missing})"
        )
        notes += note(text, sorted(empty), sum(empty.values()))
        return [*notes, *_undivided(reading.classes), *_one_each(by_cell, reading)]
    several = joined_names(reading.classes)
    joined = {
        cell: n
        for cell, n in by_cell.items()
        if cell in reading.classes and cell not in blank
        and (any(m in cell for m in SEPARATORS) or cell in several)
    }  # fmt: skip
    text = (
        "labels hold a separator and were taken as one name; say what stands between the names to "
        "split them (on the command line --separator)"
    )
    return notes + note(text, sorted(joined), sum(joined.values()))


def _undivided(classes: Sequence[str]) -> list[Note]:
    """That classes seem to be several names, with another mark between them than the others."""
    known = set(classes)
    found = [
        name for name in classes
        if any({part.strip() for part in name.split(mark)} <= known - {name} for mark in SEPARATORS
               if mark in name)
    ]  # fmt: skip
    text = (
        "classes seem to be several names with another mark between them than elsewhere, and were "
        "taken as one name each; write all cells with the same mark if they are not"
    )
    return note(text, found)


def _one_each(by_cell: Mapping[str, int], reading: CellReading) -> list[Note]:
    """That lists may hold a single label each, where nobody asked for several."""
    said = {cell: names for cell in by_cell if (names := reading.names(cell)) is not None}
    if reading.reason == AS_ASKED or not reading.shape.lists or not said:
        return []
    if any(len(names) != 1 for names in said.values()):
        return []
    text = (
        "cells are lists or objects that name exactly one class each; if every sample has one "
        "class, choose the task multiclass (on the command line --task multiclass)"
    )
    return note(text, list(said), sum(by_cell[cell] for cell in said))


def _may_be_none(cell: str, classes: tuple[str, ...]) -> bool:
    """Whether a class may stand for no label: NA, none, or -1 or 99 beside small numbers."""
    if not INTEGER.fullmatch(cell.strip()):
        plain = cell.strip()
        return plain.lower() in NO_LABEL or UNDECIDED.fullmatch(plain) is not None
    if not all(INTEGER.fullmatch(name.strip()) for name in classes):
        return False
    codes = {int(name) for name in classes if CODES.fullmatch(name.strip())}
    rest = {int(name) for name in classes} - codes
    number = int(cell)
    if number not in codes or not rest or min(rest) < 0:
        return False
    while number - 1 in codes:
        number -= 1
    steps = max(rest) - min(rest) + 1 == len(rest)
    return number < 0 or (steps and number > max(rest) + 1)


def _switches(column: pd.Series[str]) -> Integers:
    """(N,) 0, 1, or MISSING where a cell is neither."""
    codes, cells = distinct(column)
    values = [
        1 if cell.strip().lower() in ON else 0 if cell.strip().lower() in OFF else MISSING
        for cell in cells
    ]
    return np.array([*values, MISSING], dtype=np.int64)[codes]


def _by_columns(frame: pd.DataFrame, columns: Columns) -> CellReading:
    """The reading of labels that stand in columns per class."""
    group = columns.one_hot or columns.soft or columns.votes
    named = columns.classes
    if len(group) == 1 and columns.soft and not columns.one_hot and not named:
        named = in_order(names_of_shares(frame[group[0]]))
    if len(group) == 1 and columns.soft and not columns.one_hot and not named:
        raise LabelsRefused(
            f"Column {group[0]!r} holds lists of numbers, and nothing says which number belongs to "
            "which class.",
            where=f"column {group[0]!r}",
            remedy="Name the classes in the order of the lists (on the command line --class A "
            "--class B).",
        )
    classes = named or in_order(class_names(group).values())
    if columns.task in TASKS:
        return CellReading(columns.task, classes, "as asked")
    if columns.one_hot:
        ones = np.stack([_switches(frame[name]) for name in group], axis=1)
        known = (ones != MISSING).all(axis=1)
        several = int(((ones == 1).sum(axis=1) != 1)[known].sum())
        if several:
            reason = f"{several} rows have no 1 or several in the columns {', '.join(group)}"
            return CellReading("multilabel", classes, reason)
    if columns.voters and not columns.soft:
        return CellReading("multilabel", classes, "votes of a known number of people, one by one")
    task: Task = "binary" if len(classes) == 2 else "multiclass"
    return CellReading(task, classes, f"{len(classes)} classes, one column each")


def _check_places(counts: Mapping[str, int], shape: NameShape, columns: Columns) -> None:
    """Raise LabelsRefused where lists of 0 and 1 do not say which place is which class."""
    if not shape.places or len(columns.classes) == shape.places:
        return
    first = next(iter(counts))
    named = f", and {len(columns.classes)} classes are named" if columns.classes else ""
    raise LabelsRefused(
        f"Cells of column {columns.label!r} are lists of {shape.places} numbers of 0 and 1{named}. "
        "Nothing says which place stands for which class.",
        where=f"column {columns.label!r}, first {first}",
        remedy=f"Name the {shape.places} classes in the order of the lists (on the command line "
        "--class A --class B).",
    )


def _several(counts: Mapping[str, int], shape: NameShape, columns: Columns) -> tuple[str, str]:
    """The separator between names and why cells hold several; both empty where they do not."""
    if columns.separator:
        return columns.separator, f"labels are to be split at {columns.separator}"
    if shape.places:
        return "", "labels are lists of 0 and 1, a place for each class"
    if shape.single and columns.task != "multilabel":
        return "", ""
    if shape.lists:
        return "", "labels are lists of names"
    known = {*columns.classes, *columns.spellings, *columns.missing, *columns.none}
    mark = separator_of(counts.keys() - set(columns.classes), known)
    if mark and columns.task not in ("", "multilabel"):
        return "", ""
    joined = "blanks" if mark.isspace() and mark != "\n" else mark
    return mark or SEPARATOR, f"labels hold several names joined by {joined}" if mark else ""


def _task(
    said: Mapping[str, int], separator: str, columns: Columns, several: str
) -> tuple[Task, str]:
    """The task and why; for a single label the reason stays open until the classes are known."""
    asked = columns.task
    if asked not in TASKS:
        return ("multilabel", several) if several else ("multiclass", "")
    if asked != "multilabel" and several:
        held = _with_several(said, separator, columns)
        if held:
            raise LabelsRefused(
                f"The task is to be {asked}, but {several}, in {sum(held.values())} rows: "
                f"{', '.join(map(repr, sorted(held)[:3]))}.",
                where=f"column {columns.label!r}",
                remedy="Choose the task multi-label, or say which cells mean no label (on the "
                "command line --task multilabel, or --missing for each).",
            )
    return asked, AS_ASKED


def _with_several(said: Mapping[str, int], separator: str, columns: Columns) -> dict[str, int]:
    """The cells that hold several names, where one was asked for, and how often."""
    shape = shape_of(list(said), columns.label)
    reading = CellReading("multilabel", columns.classes, separator=separator, shape=shape)
    return {cell: n for cell, n in said.items() if len(reading.names(cell) or ()) > 1}


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
