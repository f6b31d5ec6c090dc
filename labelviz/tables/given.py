"""The given label of every row: of a column, columns of 0 and 1, a soft label, or votes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import MISSING
from labelviz.tables.columns import Columns
from labelviz.tables.labels import (
    CellReading,
    Labels,
    doubtful_notes,
    read_labels,
    read_one_hot,
    settle_labels,
    spelling_notes,
)
from labelviz.tables.limits import EXAMPLES
from labelviz.tables.report import note
from labelviz.tables.shares import Shares, numbers, read_counts, read_shares
from labelviz.tables.table import UNLABELLED, Note

if TYPE_CHECKING:
    import pandas as pd

TIED = "two classes or more share the highest place, so it has no label"
FIRST = "first"
EQUAL = 1e-9  # how much two shares may differ and still be equal
POOLED = "label"


@dataclass(frozen=True)
class Given:
    """What the rows are labelled.

    Parameters
    ----------
    values : (N,) class indices, or (N, K) of 0 and 1; MISSING where there is no label.
    soft : (N, K) soft labels, where columns hold them.
    problems : why rows have no label, and what shows it, by row number.
    column : the column that the label is from.
    """

    values: Integers
    soft: Floats | None
    problems: dict[int, tuple[str, str]]
    column: str
    notes: tuple[Note, ...] = ()


def reading_of(frame: pd.DataFrame, columns: Columns) -> CellReading:
    """How the labels are read, wherever they stand.

    Raises
    ------
    LabelsRefused : a decision is needed first; its `choices` say which.
    """
    if not columns.votes and is_pooled(columns):
        import pandas as pd

        pooled = pd.concat([frame[name] for name in columns.annotators], ignore_index=True)
        return settle_labels(pd.DataFrame({POOLED: pooled}), replace(columns, label=POOLED))
    return settle_labels(frame, columns)


def is_pooled(columns: Columns) -> bool:
    """Whether the label is what most votes or annotators chose."""
    named = columns.label or columns.one_hot or columns.soft
    return columns.majority and not named and bool(columns.votes or columns.annotators)


def given_labels(frame: pd.DataFrame, columns: Columns, reading: CellReading) -> Given:
    """Given labels, and soft ones where there are any."""
    multilabel = reading.task == "multilabel"
    shares = Shares.none(len(frame), len(reading.classes))
    if columns.soft:
        shares = read_shares(frame, columns.soft, reading.classes, multilabel=multilabel)
    soft = shares.values if columns.soft else None
    first = columns.ties == FIRST
    if columns.label or columns.one_hot:
        made = _as_written(frame, columns, reading)
    else:
        pooled = is_pooled(columns)
        says = _votes(frame, columns, reading) if pooled else shares.values
        source = [*columns.votes, *columns.annotators] if pooled else columns.soft
        values = hardened(says, multilabel=multilabel, first=first)
        made = Given(values, soft, _why_none(values, says, shares), source[0], _ties(says, first))
    if not columns.soft:
        return made
    notes = (*made.notes, *_soft_notes(shares, made.values, multilabel=multilabel))
    return replace(made, soft=soft, notes=notes)


def hardened(shares: Floats, *, multilabel: bool, first: bool) -> Integers:
    """The label that shares lean to: the class with the largest, or every class from 0.5.

    Parameters
    ----------
    first : whether the first of equal classes is meant; none is where not.
    """
    unknown = np.isnan(shares)
    if not shares.shape[1]:
        return np.full(len(shares), MISSING, dtype=np.int64)
    if multilabel:
        return np.where(unknown, MISSING, shares >= 0.5).astype(np.int64)
    missing = unknown.any(axis=1) | (~first & tied(shares))
    return np.where(missing, MISSING, np.where(unknown, -1, shares).argmax(axis=1)).astype(np.int64)


def tied(shares: Floats) -> Booleans:
    """(N,) whether several classes share the highest place."""
    highest = np.where(np.isnan(shares), -1, shares).max(axis=1, keepdims=True, initial=-1)
    return np.asarray((shares >= highest - EQUAL).sum(axis=1) > 1)


def _as_written(frame: pd.DataFrame, columns: Columns, reading: CellReading) -> Given:
    if columns.label:
        labels = read_labels(frame[columns.label], reading)
        notes = [*spelling_notes(labels, reading, columns.label), *doubtful_notes(labels, reading)]
    else:
        labels, notes = read_one_hot(frame, columns.one_hot, reading), []
    column = columns.label or columns.one_hot[0]
    return Given(labels.values, None, _label_problems(labels), column, tuple(notes))


def _label_problems(labels: Labels) -> dict[int, tuple[str, str]]:
    missing = labels.values == MISSING
    rows = np.flatnonzero(missing.any(axis=1) if missing.ndim == 2 else missing)
    codes = labels.codes[rows].tolist()
    shown = [cell[:80] if cell in labels.unknown else "" for cell in labels.cells]
    return {
        row: (labels.problems[code], shown[code])
        for row, code in zip(rows.tolist(), codes, strict=True)
    }


def _votes(frame: pd.DataFrame, columns: Columns, reading: CellReading) -> Floats:
    """(N, K) share of the votes of each class; NaN where nobody voted."""
    multilabel = reading.task == "multilabel"
    if columns.votes:
        counts, _ = read_counts(frame, columns.votes, reading.classes)
        asked = numbers(frame[columns.voters]) if columns.voters else counts.sum(axis=1)
    else:
        counts = np.zeros((len(frame), len(reading.classes)), np.int64)
        asked = np.zeros(len(frame))
        for name in columns.annotators:
            values = read_labels(frame[name], reading).values
            said = (values != MISSING).all(axis=1) if multilabel else values != MISSING
            asked = asked + said
            counts[said] += values[said] if multilabel else np.eye(counts.shape[1], dtype=np.int64)[values[said]]  # fmt: skip  # noqa: E501
    shares = counts / np.where(asked > 0, asked, 1)[:, None]
    return np.where((asked > 0)[:, None], shares, np.nan)


def _why_none(values: Integers, says: Floats, shares: Shares) -> dict[int, tuple[str, str]]:
    missing = (values == MISSING).any(axis=1) if values.ndim == 2 else values == MISSING
    undecided = tied(says)
    problems = {}
    for row in np.flatnonzero(missing).tolist():
        if row in shares.problems:
            problems[row] = ("its soft label cannot be used", shares.problems[row])
        elif undecided[row] and not np.isnan(says[row]).any():
            problems[row] = (TIED, str(says[row].round(6).tolist()))
        else:
            problems[row] = (UNLABELLED, "")
    return problems


def _ties(says: Floats, first: bool) -> tuple[Note, ...]:
    rows = np.flatnonzero(tied(says) & ~np.isnan(says).any(axis=1))
    shown = [str(says[row].round(6).tolist()) for row in rows[:EXAMPLES]]
    text = (
        "rows give several classes the highest share; the first of these classes is their label"
        if first
        else "rows give several classes the highest share and have no label; to keep them, take "
        "the first of these classes (on the command line --ties first)"
    )
    return tuple(note(text, shown, len(rows)))


def _soft_notes(shares: Shares, given: Integers, *, multilabel: bool) -> list[Note]:
    scaled = shares.scaled.tolist()
    notes = note(
        "soft labels missed the sum 1 by rounding and were scaled",
        [str(shares.values[row].round(6).tolist()) for row in scaled[:EXAMPLES]],
        len(scaled),
    )
    notes += note(
        "soft labels cannot be used and count as missing",
        list(shares.problems.values())[:EXAMPLES],
        len(shares.problems),
    )
    leans = hardened(shares.values, multilabel=multilabel, first=False)
    differs = (leans != given) & (leans != MISSING) & (given != MISSING)
    rows = np.flatnonzero(differs.any(axis=1) if multilabel else differs)
    examples = [str(shares.values[row].round(6).tolist()) for row in rows[:EXAMPLES]]
    return notes + note("soft labels lean to another class than the label", examples, len(rows))
