"""Turn a table into a Dataset, and tell exactly what happened to every row."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.core.arrays import Floats, Integers, Strings, strings
from labelviz.core.dataset import MISSING, TASKS, Dataset, Task
from labelviz.core.files import replaced
from labelviz.errors import InputRefused, LabelsRefused
from labelviz.tables.table import Note, Quarantined, Table, column

if TYPE_CHECKING:
    import pandas as pd

SEPARATOR = "|"
SPLIT_NAMES = {
    "train": "train", "training": "train",
    "validation": "validation", "valid": "validation", "val": "validation", "dev": "validation",
    "test": "test", "": "",
}  # fmt: skip
EXAMPLES = 3
INTEGER = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True)
class Columns:
    """Which column of a file means what.

    Parameters
    ----------
    text, text_b : the text, and the second text of a pair.
    label : the label to audit.
    id : sample ids; made from the texts where empty.
    task : binary, multiclass or multilabel; found out where empty.
    classes : class names in order; the distinct labels, sorted, where empty.
    annotators : other label columns. confidence : stated confidence of the label.
    group : samples that belong together. slices : columns to look for clumps in.
    split : train, validation or test.
    """

    text: str
    label: str
    text_b: str = ""
    id: str = ""
    task: str = ""
    classes: tuple[str, ...] = ()
    annotators: tuple[str, ...] = ()
    confidence: str = ""
    group: str = ""
    slices: tuple[str, ...] = ()
    split: str = ""


@dataclass(frozen=True)
class ImportReport:
    """What became of every row: rows_in = accepted + len(quarantined) + blank."""

    file: str
    sha256: str
    rows_in: int
    accepted: int
    blank: int
    quarantined: tuple[Quarantined, ...]
    notes: tuple[Note, ...]
    task_reason: str
    class_counts: dict[str, int] = field(default_factory=dict)

    def quarantine_reasons(self) -> dict[str, list[Quarantined]]:
        """Quarantined rows by reason, most frequent first."""
        by_reason: dict[str, list[Quarantined]] = {}
        for each in self.quarantined:
            by_reason.setdefault(each.reason, []).append(each)
        return dict(sorted(by_reason.items(), key=lambda item: -len(item[1])))

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> ImportReport:
        """The report that `as_json` wrote."""
        return cls(
            **{
                **value,
                "quarantined": tuple(Quarantined(**each) for each in value["quarantined"]),
                "notes": tuple(
                    Note(each["text"], each["count"], tuple(each["examples"]))
                    for each in value["notes"]
                ),
            }
        )


def load_dataset(table: Table, columns: Columns) -> tuple[Dataset, pd.DataFrame, ImportReport]:
    """Build the dataset, the frame of accepted rows with every original column, and the report.

    Rows without a usable id or label are quarantined with their line and reason, never dropped.

    Raises
    ------
    ColumnRefused : a named column does not exist.
    LabelsRefused : the labels make no task.
    InputRefused : no row is left.
    """
    frame = table.frame
    for name in _named_columns(columns):
        column(frame, name, table.name)
    task, task_reason = _task(frame[columns.label], columns)
    classes = columns.classes or _classes(frame[columns.label], multilabel=task == "multilabel")
    rejected = _rejected_labels(frame, columns.label, classes, task)
    ids = _ids(frame, columns, rejected)
    quarantined = sorted([*table.quarantined, *rejected.values()], key=lambda each: each.line)
    accepted = frame.loc[[line not in rejected for line in frame.index]]
    if accepted.empty:
        raise InputRefused(
            f"All {len(quarantined)} rows were set aside, the first because: "
            f"{quarantined[0].reason}.",
            where=f"{table.name}, line {quarantined[0].line}",
            remedy="Check the file's columns, above all the label and the id.",
        )
    notes = list(table.notes)
    dataset = Dataset(
        task=task,
        classes=classes,
        ids=strings(ids[line] for line in accepted.index),
        texts=tuple(strings(accepted[name]) for name in (columns.text, columns.text_b) if name),
        given=_labels(accepted[columns.label], classes, task, notes=None),
        annotators={n: _labels(accepted[n], classes, task, notes) for n in columns.annotators},
        confidence=_confidence(accepted[columns.confidence], notes) if columns.confidence else None,
        slices={name: strings(accepted[name]) for name in columns.slices},
        group=strings(accepted[columns.group]) if columns.group else None,
        split=_split(accepted[columns.split], notes) if columns.split else None,
    )
    _note_texts(dataset, notes)
    report = ImportReport(
        file=table.name,
        sha256=table.sha256,
        rows_in=table.rows_in,
        accepted=len(dataset),
        blank=table.blank,
        quarantined=tuple(quarantined),
        notes=tuple(notes),
        task_reason=task_reason,
        class_counts=_class_counts(dataset),
    )
    return dataset, accepted, report


def write_quarantine(path: Path, report: ImportReport) -> None:
    """Write the quarantined rows as CSV: line, column, reason, excerpt."""
    with replaced(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "column", "reason", "excerpt"])
        writer.writerows((q.line, q.column, q.reason, q.excerpt) for q in report.quarantined)


def parse_label(text: str, classes: tuple[str, ...], task: Task) -> Integers | None:
    """A cell as a label: a class index, or (K,) of 0 and 1; None if it names no known class."""
    if task == "multilabel":
        names = _names(text)
        if not names or not set(names) <= set(classes):
            return None
        return np.array([int(name in names) for name in classes], dtype=np.int64)
    return np.int64(classes.index(text)) if text in classes else None  # type: ignore[return-value]


def _named_columns(columns: Columns) -> list[str]:
    single = [columns.text, columns.text_b, columns.label, columns.id, columns.confidence]
    single += [columns.group, columns.split]
    return [name for name in (*single, *columns.annotators, *columns.slices) if name]


def _names(cell: str) -> list[str]:
    return [name for name in (part.strip() for part in cell.split(SEPARATOR)) if name]


def _task(labels: pd.Series[str], columns: Columns) -> tuple[Task, str]:
    if columns.task:
        if columns.task not in TASKS:
            raise LabelsRefused(
                f"There is no task {columns.task!r}.", remedy=f"Choose one of {', '.join(TASKS)}."
            )
        return columns.task, "as asked"
    distinct = {label for label in labels if label.strip()}
    if any(SEPARATOR in label for label in distinct - set(columns.classes)):
        return "multilabel", f"labels hold several names joined by {SEPARATOR}"
    if columns.classes:
        task: Task = "binary" if len(columns.classes) == 2 else "multiclass"
        return task, f"{len(columns.classes)} classes were named"
    if len(distinct) == 2:
        return "binary", f"the label column holds two values: {', '.join(sorted(distinct))}"
    return "multiclass", f"the label column holds {len(distinct)} values"


def _classes(labels: pd.Series[str], *, multilabel: bool) -> tuple[str, ...]:
    names = {name for cell in set(labels) for name in (_names(cell) if multilabel else [cell])}
    names = {name for name in names if name.strip()}
    numeric = all(INTEGER.fullmatch(name) for name in names)
    return tuple(sorted(names, key=(lambda name: (int(name), name)) if numeric else None))


def _rejected_labels(
    frame: pd.DataFrame, label: str, classes: tuple[str, ...], task: Task
) -> dict[int, Quarantined]:
    """Quarantine by line for rows whose label is missing or not among the classes."""
    known = {cell: parse_label(cell, classes, task) is not None for cell in set(frame[label])}
    return {
        line: Quarantined(
            line, label, f"unknown label {cell[:80]!r}" if cell.strip() else "no label"
        )
        for line, cell in zip(frame.index, frame[label], strict=True)
        if not known[cell]
    }


def _ids(frame: pd.DataFrame, columns: Columns, rejected: dict[int, Quarantined]) -> dict[int, str]:
    """Id by line. Rows whose id is empty or stands for different content join `rejected`."""
    texts = [frame[name] for name in (columns.text, columns.text_b) if name]
    contents = dict(zip(frame.index, zip(*texts, strict=True), strict=True))
    if not columns.id:
        return _made_ids(contents)
    ids: dict[int, str] = dict(zip(frame.index, frame[columns.id], strict=True))
    lines_of: dict[str, list[int]] = {}
    for line, sample in ids.items():
        if not sample.strip():
            rejected.setdefault(line, Quarantined(line, columns.id, "no id"))
        else:
            lines_of.setdefault(sample, []).append(line)
    labels = frame[columns.label].to_dict()
    for sample, lines in lines_of.items():
        if len(lines) == 1:
            continue
        same = len({(contents[line], labels[line]) for line in lines}) == 1
        for line in lines[1:] if same else lines:
            reason = (
                f"repeats line {lines[0]}: same id, text and label"
                if same
                else f"id {sample[:80]!r} appears {len(lines)} times with different content"
            )
            rejected.setdefault(line, Quarantined(line, columns.id, reason))
    return ids


def _made_ids(contents: dict[int, tuple[str, ...]]) -> dict[int, str]:
    """Ids from the texts, the same in every import; repeats are numbered."""
    seen: Counter[str] = Counter()
    ids = {}
    for line, texts in contents.items():
        name = hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        seen[name] += 1
        ids[line] = name if seen[name] == 1 else f"{name}-{seen[name]}"
    return ids


def _labels(
    cells: pd.Series[str], classes: tuple[str, ...], task: Task, notes: list[Note] | None
) -> Integers:
    """Labels of a column; what names no known class is MISSING, and noted unless empty."""
    missing = np.full(len(classes), MISSING) if task == "multilabel" else np.int64(MISSING)
    parsed = {cell: parse_label(cell, classes, task) for cell in set(cells)}
    unknown = Counter(cell for cell in cells if parsed[cell] is None and cell.strip())
    if unknown and notes is not None:
        text = f"labels in column {cells.name!r} are not among the classes and count as missing"
        notes.append(Note(text, unknown.total(), tuple(list(unknown)[:EXAMPLES])))
    chosen = [missing if (label := parsed[cell]) is None else label for cell in cells]
    return np.array(chosen, dtype=np.int64)


def _confidence(cells: pd.Series[str], notes: list[Note]) -> Floats:
    def number(cell: str) -> float:
        try:
            value = float(cell)
        except ValueError:
            return float("nan")
        return value if 0 <= value <= 1 else float("nan")

    values = np.array([number(cell) for cell in cells])
    bad = [c for c, value in zip(cells, values, strict=True) if np.isnan(value) and c.strip()]
    if bad:
        text = f"cells in column {cells.name!r} are no number from 0 to 1 and count as unknown"
        notes.append(Note(text, len(bad), tuple(dict.fromkeys(bad))[:EXAMPLES]))
    return values


def _split(cells: pd.Series[str], notes: list[Note]) -> Strings:
    unknown = [cell for cell in cells if cell.strip().lower() not in SPLIT_NAMES]
    if unknown:
        text = f"cells in column {cells.name!r} name no split and belong to none"
        notes.append(Note(text, len(unknown), tuple(dict.fromkeys(unknown))[:EXAMPLES]))
    return strings(SPLIT_NAMES.get(cell.strip().lower(), "") for cell in cells)


def _note_texts(dataset: Dataset, notes: list[Note]) -> None:
    samples = list(zip(*dataset.texts, strict=True))
    empty = [
        sample
        for sample, texts in zip(dataset.ids, samples, strict=True)
        if not all(text.strip() for text in texts)
    ]
    if empty:
        notes.append(Note("samples have an empty text", len(empty), tuple(empty[:EXAMPLES])))
    counts = Counter(samples)
    repeated = [texts for texts in counts if counts[texts] > 1]
    if repeated:
        extra = sum(counts[texts] - 1 for texts in repeated)
        examples = tuple(" / ".join(texts)[:80] for texts in repeated[:EXAMPLES])
        notes.append(Note("samples repeat the text of an earlier one", extra, examples))


def _class_counts(dataset: Dataset) -> dict[str, int]:
    per_class = (
        (dataset.given == 1).sum(axis=0)
        if dataset.multilabel
        else np.bincount(dataset.given, minlength=dataset.n_classes)
    )
    return {name: int(count) for name, count in zip(dataset.classes, per_class, strict=True)}
