"""Turn a table into a Dataset, and tell exactly what happened to every row."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from labelviz.core.arrays import Floats, Integers, Strings
from labelviz.core.dataset import Dataset
from labelviz.core.distributions import Probabilities, Provenance
from labelviz.errors import (
    ColumnRefused,
    InputRefused,
    MostSetAside,
    ProbabilitiesRefused,
    unharmed,
)
from labelviz.tables.columns import Columns
from labelviz.tables.confidence import read_confidence
from labelviz.tables.given import given_labels, is_pooled, reading_of
from labelviz.tables.ids import (
    blank,
    check_ids,
    id_notes,
    id_problems,
    made_ids,
    text_codes,
)
from labelviz.tables.labels import CellReading, distinct, read_labels, spelling_notes
from labelviz.tables.limits import EXAMPLES
from labelviz.tables.report import Duplicates, ImportReport, Lengths, note
from labelviz.tables.shares import numbers, read_counts, read_shares
from labelviz.tables.splits import split_name
from labelviz.tables.table import (
    AS_ASKED,
    UNLABELLED,
    UNSAVED,
    Note,
    Quarantined,
    Table,
    by_name,
    column,
)
from labelviz.tables.texts import as_they_stand, texts_of

if TYPE_CHECKING:
    import pandas as pd

EXCERPT, REASONS = 80, 5
FEW = 5  # samples of a class below which nothing is said about it: as many as there are folds


OR_PARTIAL = (
    "Check the columns, above all the label and the id. If this is right, have the rest loaded (on "
    "the command line --partial)."
)
EMPTY_OR_PARTIAL = (
    "If an empty cell means that no class applies, say that it means no class at all (on the "
    'command line --none ""). If these samples have no label, have the rest loaded (--partial).'
)


@dataclass
class _Findings:
    """What is gathered on the way: the problem of each line that has one, and the notes."""

    problems: dict[int, Quarantined] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def reject(
        self, lines: Integers, problems: Mapping[int, str | tuple[str, str]], name: str
    ) -> None:
        """Set rows aside, by row number; what was found first about a line stands.

        Parameters
        ----------
        problems : the reason, which rows share, or the reason and what shows it in this row.
        """
        for row, problem in problems.items():
            line = int(lines[row])
            reason, shown = (problem, "") if isinstance(problem, str) else problem
            self.problems.setdefault(line, Quarantined(line, name, reason, shown))


@unharmed()
def load_dataset(
    table: Table, columns: Columns, *, partial: bool = False
) -> tuple[Dataset, pd.DataFrame, Callable[[], ImportReport]]:
    """Build the dataset, the frame of accepted rows with every original column, and the report.

    Rows without a usable id or label are quarantined with their line and reason, never dropped.
    The report is made when it is called for, so that the frame can be written meanwhile.

    Parameters
    ----------
    partial : whether it is right that most rows are set aside.

    Raises
    ------
    MostSetAside : most rows would be set aside, and `partial` does not say that this is right.
    ColumnRefused : a named column does not exist, or there is none for the text or the label.
    LabelsRefused, IdsRefused : no task or no ids without a decision; `choices` says which.
    InputRefused : no row is left.
    """
    _check_columns(table, columns)
    found = _Findings(notes=list(table.notes))
    frame = _storable(table.frame, found)
    if frame.empty:
        raise _nothing_left(table, found)
    texts, text_notes = texts_of(frame, columns)
    found.notes += text_notes
    reading = reading_of(frame, columns)
    given = given_labels(frame, columns, reading)
    found.reject(_lines(frame), given.problems, given.column)
    found.notes += given.notes
    ids = _ids(frame, columns, texts, found)
    kept = ~np.isin(_lines(frame), np.fromiter(found.problems, np.int64, len(found.problems)))
    if not kept.any():
        raise _nothing_left(table, found)
    if not partial and 2 * len(_unasked(table, found)) > _samples(table):
        raise _most_aside(table, found, several=reading.task == "multilabel")
    accepted = frame if kept.all() else frame.loc[kept]
    if columns.id:
        found.notes += id_notes(ids[kept], columns.id)
    soft = None if given.soft is None else given.soft[kept]
    said = _Said(ids[kept], tuple(each[kept] for each in texts), given.values[kept], soft)
    dataset = _dataset(accepted, columns, reading, said, found.notes)
    shown = _as_columns(accepted, columns, dataset)
    made = functools.partial(_report, table, shown, dataset, reading.reason, found)
    return dataset, accepted, made


@unharmed()
def supplied_probabilities(
    accepted: pd.DataFrame, dataset: Dataset, columns: Columns, source: str
) -> Probabilities | None:
    """The ready-made probabilities of the accepted rows; None where no columns hold them.

    Raises
    ------
    LabelsRefused : the columns do not name the classes.
    ProbabilitiesRefused : a row is no distribution.
    """
    if not columns.probabilities:
        return None
    shares = read_shares(
        accepted, columns.probabilities, dataset.classes, multilabel=dataset.multilabel
    )
    bad = np.flatnonzero(np.isnan(shares.values).any(axis=1))
    if len(bad):
        line, reason = int(accepted.index[bad[0]]), shares.problems.get(int(bad[0]), "no number")
        raise ProbabilitiesRefused(
            f"{len(bad)} rows hold no probabilities, the first because: {reason}.",
            where=f"{source}, line {line}, columns {', '.join(columns.probabilities)}",
            remedy="Give every row numbers from 0 to 1, or load without the probabilities.",
        )
    provenance = Provenance(
        relation="unknown",
        source=source,
        dataset=dataset.fingerprint,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return Probabilities(
        shares.values, dataset.classes, dataset.ids, dataset.multilabel, provenance
    )


@dataclass(frozen=True)
class _Said:
    """What the accepted rows say: their ids, texts, labels and soft labels."""

    ids: Strings
    texts: tuple[Strings, ...]
    given: Integers
    soft: Floats | None


def _check_columns(table: Table, columns: Columns) -> None:
    label = columns.label or columns.one_hot or columns.soft or is_pooled(columns)
    needed = {"text": columns.text, "label": label}
    for role, chosen in needed.items():
        if not chosen:
            unsaved = [each.text for each in table.notes if UNSAVED in each.text]
            raise ColumnRefused(
                f"No {role} column was chosen."
                + "".join(f" {text[0].upper()}{text[1:]}." for text in unsaved),
                where=table.name,
                remedy=_which(table, columns, role),
            )
    for name in columns.named():
        column(table.frame, name, table.name)


def _which(table: Table, columns: Columns, role: str) -> str:
    if role == "label" and table.questions:
        return f"The file has several: choose one of {', '.join(table.questions)}."
    names = by_name(table.frame)
    if role == "label" and (columns.votes or len(columns.annotators) > 1):
        return (
            "Have the label taken from the votes (on the command line --majority), or choose one "
            f"of: {names}."
        )
    return f"Choose one of: {names}."


def _storable(frame: pd.DataFrame, found: _Findings) -> pd.DataFrame:
    """The rows without lone surrogates, which are no text and which no file can hold."""
    try:
        return frame.astype("str")
    except UnicodeEncodeError:
        lines = _lines(frame)
    for name in frame.columns:
        bad = [row for row, cell in enumerate(frame[name]) if not _encodes(cell)]
        reason = "holds half of a character (a lone surrogate)"
        found.reject(lines, dict.fromkeys(bad, reason), str(name))
    return frame.drop(index=list(found.problems)).astype("str")


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _lines(frame: pd.DataFrame) -> Integers:
    return np.asarray(frame.index, dtype=np.int64)


def _texts(frame: pd.DataFrame, name: str) -> Strings:
    """A column as an array of text of its own."""
    cells: Strings = frame[name].to_numpy(dtype=object, copy=True)
    cells.setflags(write=False)
    return cells


def _kinds(frame: pd.DataFrame, name: str) -> Strings:
    """A column of few different texts, each of which is held once."""
    codes, kinds = distinct(frame[name])
    cells: Strings = np.array([*kinds, ""], dtype=object)[codes]
    cells.setflags(write=False)
    return cells


def _ids(
    frame: pd.DataFrame, columns: Columns, texts: tuple[Strings, ...], found: _Findings
) -> Strings:
    """Ids of all rows. Rows whose id is no id, or stands for different content, are rejected."""
    if not columns.id:
        return made_ids(texts, frame)
    cells = frame[columns.id]
    if not columns.exact_ids:
        check_ids(cells, columns.id)
    content = frame[[name for name in columns.named() if name != columns.id]]
    lines = _lines(frame)
    found.reject(lines, id_problems(cells, content, lines.tolist()), columns.id)
    return _texts(frame, columns.id)


def _dataset(
    accepted: pd.DataFrame, columns: Columns, reading: CellReading, said: _Said, notes: list[Note]
) -> Dataset:
    annotators = {name: _opinion(accepted, name, reading, notes) for name in columns.annotators}
    confidence = _confidence(accepted, columns, notes) if columns.confidence else None
    split = _split(accepted[columns.split], notes) if columns.split else None
    votes, voters = _votes(accepted, columns, reading, notes)
    return Dataset(
        task=reading.task,
        classes=reading.classes,
        ids=said.ids,
        texts=said.texts,
        given=said.given,
        annotators=annotators,
        confidence=confidence,
        slices={name: _kinds(accepted, name) for name in columns.slices},
        group=_kinds(accepted, columns.group) if columns.group else None,
        split=split,
        soft=said.soft,
        votes=votes,
        voters=voters,
        weight=_weight(accepted[columns.weight], notes) if columns.weight else None,
    )


def _opinion(
    accepted: pd.DataFrame, name: str, reading: CellReading, notes: list[Note]
) -> Integers:
    """Labels of another annotator; what names no known class is MISSING, and noted."""
    labels = read_labels(accepted[name], reading)
    counts = np.bincount(labels.codes, minlength=len(labels.cells))
    unknown = {c: int(n) for c, n in zip(labels.cells, counts, strict=True) if c in labels.unknown}
    text = f"labels in column {name!r} are not among the classes and count as missing"
    notes += note(text, unknown, sum(unknown.values()))
    notes += spelling_notes(labels, reading, name)
    return labels.values


def _votes(
    accepted: pd.DataFrame, columns: Columns, reading: CellReading, notes: list[Note]
) -> tuple[Integers | None, Integers | None]:
    """Votes per class and the number of voters; rows whose cells are no counts have none."""
    if not columns.votes:
        return None, None
    votes, bad = read_counts(accepted, columns.votes, reading.classes)
    name = columns.votes[0]
    text = f"rows hold votes that are no whole numbers in columns {name!r} and on, and have none"
    notes += note(text, accepted[name].iloc[bad[:EXAMPLES]], len(bad))
    if not columns.voters:
        return votes, None
    cells = numbers(accepted[columns.voters])
    whole = np.isfinite(cells) & (cells >= votes.max(axis=1)) & (cells == np.floor(cells))
    wrong = accepted[columns.voters].to_numpy(dtype=object)[~whole]
    text = f"cells in column {columns.voters!r} are no number of voters and count as none"
    notes += note(text, wrong)
    return votes, np.where(whole, cells, 0).astype(np.int64)


def _confidence(accepted: pd.DataFrame, columns: Columns, notes: list[Note]) -> Floats:
    values, found = read_confidence(accepted[columns.confidence], columns.confidence_scale)
    notes += found
    return values


def _weight(cells: pd.Series[str], notes: list[Note]) -> Floats:
    values = numbers(cells)
    usable = np.isfinite(values) & (values >= 0)
    doubtful = cells[~usable]
    text = f"cells in column {cells.name!r} are no number from 0 on and count as weight 1"
    notes += note(text, doubtful[~blank(doubtful)])
    return np.where(usable, values, 1.0)


def _split(cells: pd.Series[str], notes: list[Note]) -> Strings:
    codes, kinds = distinct(cells)
    counts = np.bincount(codes, minlength=len(kinds)).tolist()
    names = [split_name(kind) for kind in kinds]
    by_name = list(zip(kinds, names, counts, strict=True))
    unknown = {kind: n for kind, name, n in by_name if not name and kind.strip()}
    text = f"cells in column {cells.name!r} name no split and belong to none"
    notes += note(text, unknown, sum(unknown.values()))
    read = {f"{kind!r} as {name}": n for kind, name, n in by_name if name and kind != name}
    notes += note(
        f"cells in column {cells.name!r} were read by their usual name", read, sum(read.values())
    )
    result: Strings = np.array([*names, ""], dtype=object)[codes]
    result.setflags(write=False)
    return result


def _as_columns(frame: pd.DataFrame, columns: Columns, dataset: Dataset) -> list[pd.Series[str]]:
    """The texts of the samples, each with the name of its column, or of the first of them."""
    import pandas as pd

    if plain := as_they_stand(frame, columns):
        return [frame[name] for name in plain]
    by_name = zip((columns.text, columns.text_b), dataset.texts, strict=False)
    return [pd.Series(texts, name=name, dtype="str") for name, texts in by_name]


def _report(
    table: Table, texts: list[pd.Series[str]], dataset: Dataset, reason: str, found: _Findings
) -> ImportReport:
    counts = _class_counts(dataset)
    empty = np.flatnonzero(np.logical_or.reduce([blank(column) for column in texts]))
    notes = [*found.notes]
    notes += note("samples have an empty text", dataset.ids[empty[:EXAMPLES]], len(empty))
    duplicates = _duplicates(dataset, text_codes(dataset.texts), notes)
    return ImportReport(
        file=table.name,
        sha256=table.sha256,
        rows_in=table.rows_in,
        accepted=len(dataset),
        blank=table.blank,
        quarantined=_quarantined(table, found),
        notes=tuple(notes),
        task_reason=reason,
        class_counts=counts,
        empty_texts=len(empty),
        duplicates=duplicates,
        lengths=tuple(map(_lengths, texts)),
        too_few=tuple(name for name, count in counts.items() if count < FEW),
        joined=table.joined,
    )


def _quarantined(table: Table, found: _Findings) -> tuple[Quarantined, ...]:
    every = [*table.quarantined, *found.problems.values()]
    return tuple(sorted(every, key=lambda each: each.line))


def _nothing_left(table: Table, found: _Findings) -> InputRefused:
    rows = _quarantined(table, found)
    shown = f": {rows[0].excerpt[:EXCERPT]!r}" if rows[0].excerpt else ""
    return InputRefused(
        f"All {len(rows)} rows were set aside, the first because: {rows[0].reason}{shown}.",
        where=f"{table.name}, line {rows[0].line}",
        remedy="Check the file's columns, above all the label and the id.",
    )


def _samples(table: Table) -> int:
    """The rows of which each is a sample, or would be."""
    asked = sum(each.reason == AS_ASKED for each in table.quarantined)
    return table.rows_in - table.blank - table.joined - asked


def _unasked(table: Table, found: _Findings) -> list[Quarantined]:
    """The rows that nobody asked to set aside."""
    return [each for each in _quarantined(table, found) if each.reason != AS_ASKED]


def _most_aside(table: Table, found: _Findings, *, several: bool) -> MostSetAside:
    rows = _unasked(table, found)
    reasons = Counter((each.reason, each.column) for each in rows).most_common(REASONS)
    counted = "; ".join(
        f"{count:,} rows: {reason}" + (f" (column {column!r})" if column else "")
        for (reason, column), count in reasons
    )
    return MostSetAside(
        f"{len(rows):,} of {_samples(table):,} rows would be set aside. {counted}.",
        where=f"{table.name}, first on line {rows[0].line}",
        remedy=(EMPTY_OR_PARTIAL if several and reasons[0][0][0] == UNLABELLED else OR_PARTIAL),
    )


def _lengths(texts: pd.Series[str]) -> Lengths:
    at = np.quantile(texts.str.len(), [0, 0.25, 0.5, 0.75, 0.95, 1], method="inverted_cdf")
    return Lengths(str(texts.name), *(int(each) for each in at))


def _duplicates(dataset: Dataset, codes: Integers, notes: list[Note]) -> Duplicates:
    """Count samples that say what another one says, and note them with examples.

    Parameters
    ----------
    codes : (N, texts) as `text_codes` gives them.
    """
    import pandas as pd

    first, second = codes[:, 0], codes[:, 1] if dataset.is_pair else np.zeros_like(codes[:, 0])
    size = int(codes.max()) + 1
    either_way = np.minimum(first, second) * size + np.maximum(first, second)
    shared = np.flatnonzero(pd.Series(either_way).duplicated(keep=False))
    labels = _row_codes(dataset.given[shared])
    twins = pd.DataFrame(
        {"either": either_way[shared], "exact": (first * size + second)[shared], "label": labels}
    )
    exact = twins["exact"].duplicated()
    differs = twins.groupby("either")["label"].transform("nunique") > 1
    earlier, swapped = shared[exact], shared[twins["either"].duplicated() & ~exact]
    conflicting = shared[differs]
    for text, rows in (
        ("samples repeat the text of an earlier one", earlier),
        ("pairs repeat an earlier one the other way round", swapped),
        ("samples share their text with one that has another label", conflicting),
    ):
        examples = [" / ".join(t[row] for t in dataset.texts)[:80] for row in rows[: 10 * EXAMPLES]]
        notes += note(text, examples, len(rows))
    return Duplicates(len(earlier), len(swapped), len(conflicting))


def _row_codes(rows: Integers) -> Integers:
    """(N,) numbers; equal rows have equal numbers."""
    return np.unique(rows, axis=0, return_inverse=True)[1].astype(np.int64)


def _class_counts(dataset: Dataset) -> dict[str, int]:
    per_class = (
        (dataset.given == 1).sum(axis=0)
        if dataset.multilabel
        else np.bincount(dataset.given, minlength=dataset.n_classes)
    )
    return {name: int(count) for name, count in zip(dataset.classes, per_class, strict=True)}
