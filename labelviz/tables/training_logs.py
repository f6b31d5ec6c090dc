"""Read how a model that somebody else trained judged the samples while it learned them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.evidence import TrainingLog
from labelviz.errors import FileRefused, TrainingLogRefused, in_words, unharmed
from labelviz.tables.read import read_table
from labelviz.tables.table import column

TIMES = ("epoch", "step")
PREFIXES = ("", "logit_")
LINES = (".jsonl", ".ndjson")
EPOCH = re.compile(r"logits_epoch_(\d{1,9})")
SUM_TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class _Rows:
    """R judgements: of which sample, when, the (R, K) logits by class, and where each stands."""

    ids: Sequence[str]
    times: Sequence[int]
    logits: Floats
    places: Sequence[str]


@unharmed()
def read_training_log(path: Path, dataset: Dataset) -> TrainingLog:
    """The logits of a training on the given labels, from a table or from Dataset Cartography.

    A table, CSV or Parquet, has columns `id`, `epoch` or `step`, and one of logits per class, named
    after it or `logit_` and the class. Dataset Cartography (Swayamdipta et al. 2020) writes JSON
    lines, one file per epoch in a folder or all in one: `guid`, `logits_epoch_<n>` and `gold`, the
    position of the given label among the logits, by which the classes are told. Samples that were
    not trained on may be missing; all others need a row at every checkpoint.

    Raises
    ------
    FileRefused, ColumnRefused : the file cannot be read. TrainingLogRefused : it names samples that
        the dataset does not have, lacks a class or a row, or its numbers are no logits.
    """
    lines = os.path.isdir(path) or path.suffix.lower() in LINES
    rows = _from_cartography(path, dataset) if lines else _from_table(path, dataset)
    _check_numbers(rows, dataset, path)
    return TrainingLog(_by_time(rows, dataset, path), path.name)


def _from_table(path: Path, dataset: Dataset) -> _Rows:
    frame = read_table(path).frame
    ids = column(frame, "id", path.name)
    named = [name for name in TIMES if name in frame.columns]
    times = column(frame, named[0] if named else TIMES[0], path.name)
    names = [_class_column(each, list(map(str, frame.columns)), path) for each in dataset.classes]
    places = [f"line {line}" for line in frame.index]
    logits = [_numbers(frame[name].tolist(), places, (path, name)) for name in names]
    counted = _numbers(times.tolist(), places, (path, str(times.name)))
    if not (np.isfinite(counted) & (counted == np.round(counted)) & (counted >= 0)).all():
        raise TrainingLogRefused(
            f"Column {times.name!r} holds something other than whole numbers.",
            where=str(path),
            remedy="Number the checkpoints 0, 1, 2 and so on.",
        )
    return _Rows(ids.tolist(), counted.astype(np.int64).tolist(), np.stack(logits, 1), places)


def _class_column(name: str, found: list[str], path: Path) -> str:
    for prefix in PREFIXES:
        if prefix + name in found:
            return prefix + name
    raise TrainingLogRefused(
        f"No column holds the logits of class {name!r}.",
        where=f"{path}, columns {', '.join(found)}",
        remedy=f"Name it {name!r} or 'logit_{name}'.",
    )


def _numbers(cells: Sequence[str], places: Sequence[str], of: tuple[Path, str]) -> Floats:
    try:
        return np.array(cells, dtype=np.float64)
    except ValueError:
        place, cell = next(
            (place, cell) for place, cell in zip(places, cells, strict=True) if not _is_number(cell)
        )
    raise TrainingLogRefused(
        f"{cell[:80]!r} is not a number.",
        where=f"{of[0]}, {place}, column {of[1]!r}",
        remedy="Write logits with a decimal point.",
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _from_cartography(path: Path, dataset: Dataset) -> _Rows:
    ids: list[str] = []
    times: list[int] = []
    logits: list[list[float]] = []
    golds: list[int] = []
    places: list[str] = []
    for place, record in _records(path):
        found = [(int(match[1]), value) for key, value in record.items()
                 if (match := EPOCH.fullmatch(key))]  # fmt: skip
        sample, gold = record.get("guid"), record.get("gold", MISSING)
        if not found or sample is None or not _is_position(gold, dataset.n_classes):
            raise TrainingLogRefused(
                "A line lacks guid, logits_epoch_<n>, or gold, the position of the given label "
                f"among the {dataset.n_classes} classes.",
                where=f"{path}, {place}",
                remedy="Give what Dataset Cartography writes, or a table with columns id, epoch "
                "and one of logits per class.",
            )
        for time, values in found:
            _check_line(values, dataset, f"{path}, {place}")
            ids.append(str(sample))
            times.append(time)
            logits.append(values)
            golds.append(int(gold))
            places.append(place)
    order = _class_order(ids, golds, dataset, path)
    return _Rows(ids, times, np.array(logits, dtype=np.float64)[:, order], places)


def _records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    files = sorted(path.glob("*.jsonl")) if os.path.isdir(path) else [path]
    if not files:
        raise FileRefused(
            f"{path.name} holds no file that ends in .jsonl.",
            where=str(path),
            remedy="Name the folder training_dynamics of Dataset Cartography, or a table.",
        )
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise FileRefused(
                f"{file.name} is no text that can be read.", where=str(file)
            ) from error
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                yield f"{file.name}, line {number}", _record(line, f"{file}, line {number}")


def _record(line: str, where: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if isinstance(record, dict):
        return record
    raise TrainingLogRefused(
        "A line is no JSON object.", where=where, remedy="Write the file again."
    )


def _is_position(gold: Any, k: int) -> bool:
    return isinstance(gold, int) and not isinstance(gold, bool) and 0 <= gold < k


def _check_line(values: Any, dataset: Dataset, where: str) -> None:
    numbers = isinstance(values, list) and all(
        isinstance(each, int | float) and not isinstance(each, bool) for each in values
    )
    if numbers and len(values) == dataset.n_classes:
        return
    raise TrainingLogRefused(
        f"A line has {len(values)} logits; the dataset has {dataset.n_classes} classes: "
        f"{in_words(dataset.classes)}."
        if numbers
        else "The logits of a line are no list of numbers.",
        where=where,
        remedy="Train on the classes of this dataset.",
    )


def _class_order(ids: list[str], golds: list[int], dataset: Dataset, path: Path) -> Integers:
    """(K,) the position of each class among the logits, by the samples whose gold it is.

    The last class of which no sample is named has the position that is left.
    """
    _check_single(dataset, path)
    _check_known(ids, dataset, path)
    k = dataset.n_classes
    seen = np.zeros((k, k), dtype=np.int64)
    labels = dataset.given[[dataset.rows[sample] for sample in ids]]
    known = labels != MISSING
    np.add.at(seen, (np.array(golds)[known], labels[known]), 1)
    if ((seen > 0).sum(axis=1) > 1).any() or ((seen > 0).sum(axis=0) > 1).any():
        agreeing = seen.max(axis=1).sum() / max(seen.sum(), 1)
        raise TrainingLogRefused(
            f"The golds are not the given labels: at best {agreeing:.1%} agree.",
            where=str(path),
            remedy="Give the log of a training on these labels.",
        )
    positions, classes = np.nonzero(seen)
    order = np.full(k, MISSING)
    order[classes] = positions
    left = np.flatnonzero(order == MISSING)
    if len(left) > 1:
        raise TrainingLogRefused(
            "No sample tells which logits stand for the classes "
            f"{in_words(dataset.classes[each] for each in left)}.",
            where=str(path),
            remedy="Give a table with columns id, epoch and one of logits per class.",
        )
    order[left] = np.setdiff1d(np.arange(k), positions)
    return order


def _check_single(dataset: Dataset, path: Path) -> None:
    if dataset.multilabel:
        raise TrainingLogRefused(
            "Dataset Cartography knows one label per sample; these have several.",
            where=str(path),
            remedy="Give a table with columns id, epoch and one of logits per class.",
        )


def _check_known(ids: Sequence[str], dataset: Dataset, path: Path) -> None:
    unknown = [sample for sample in dict.fromkeys(ids) if sample not in dataset.rows]
    if unknown or not ids:
        raise TrainingLogRefused(
            f"{len(unknown):,} ids of the training log belong to no sample."
            if unknown
            else "The training log has no rows.",
            where=f"{path}, first {', '.join(repr(each[:80]) for each in unknown[:3])}"
            if unknown
            else str(path),
            remedy="Give the log of a training on these samples, with the dataset's ids.",
        )


def _check_numbers(rows: _Rows, dataset: Dataset, path: Path) -> None:
    bad = np.flatnonzero(~np.isfinite(rows.logits).all(axis=1))
    if len(bad):
        raise TrainingLogRefused(
            f"{len(bad):,} rows hold NaN or infinite logits.",
            where=f"{path}, first {rows.places[bad[0]]}, sample {rows.ids[bad[0]][:80]!r}",
            remedy="Leave out checkpoints after a training broke.",
        )
    if dataset.multilabel or not rows.logits.size:
        return
    sums = rows.logits.sum(axis=1)
    if rows.logits.min() >= 0 and (np.abs(sums - 1) <= SUM_TOLERANCE).all():
        raise TrainingLogRefused(
            "These are probabilities: every row sums to 1.",
            where=str(path),
            remedy="Log what the network gives before the softmax, or the logarithms of these.",
        )


def _by_time(rows: _Rows, dataset: Dataset, path: Path) -> Floats:
    """(T, N, K) in the order of time and of the dataset; NaN for samples without a row."""
    _check_known(rows.ids, dataset, path)
    sample = np.array([dataset.rows[each] for each in rows.ids], dtype=np.int64)
    times, when = np.unique(np.array(rows.times, dtype=np.int64), return_inverse=True)
    count = np.zeros((len(times), len(dataset)), dtype=np.int64)
    np.add.at(count, (when, sample), 1)
    trained = (count > 0).any(axis=0)
    odd = np.argwhere((count != 1) & trained)
    if len(odd):
        time, row = odd[0]
        raise TrainingLogRefused(
            f"{len(odd):,} times a sample has no row at a checkpoint, or several.",
            where=f"{path}, first sample {dataset.ids[row][:80]!r} at {times[time]}: "
            f"{count[time, row]} rows",
            remedy="Give one row for each sample and checkpoint.",
        )
    logits = np.full((len(times), len(dataset), dataset.n_classes), np.nan)
    logits[when, sample] = rows.logits
    return logits
