"""Read what others say about the samples: probabilities and trusted labels."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from labelviz.core.arrays import Integers, strings
from labelviz.core.dataset import MISSING, SUM_TOLERANCE, Dataset
from labelviz.core.distributions import Probabilities, Provenance
from labelviz.errors import LabelsRefused, ProbabilitiesRefused
from labelviz.tables.labels import parse_label
from labelviz.tables.read import read_table
from labelviz.tables.table import column

if TYPE_CHECKING:
    import pandas as pd

PREFIXES = ("", "p_", "prob_", "target_")
ROUNDING = 1e-3


def read_probability_file(path: Path, dataset: Dataset) -> Probabilities:
    """Probabilities from a CSV with a column `id` and one column per class.

    A class column is named after the class, or `p_`, `prob_` or `target_` and the class. Rows whose
    sum misses 1 by rounding (up to 0.001) are scaled.

    Raises
    ------
    ProbabilitiesRefused : a class has no column, a cell is no number, or ids do not match.
    """
    frame = read_table(path).frame
    ids = strings(column(frame, "id", path.name))
    values = np.stack([_numbers(_class_column(frame, n, path), path) for n in dataset.classes], 1)
    if not dataset.multilabel:
        miss = np.abs(np.nan_to_num(values, nan=np.inf, posinf=np.inf).sum(axis=1) - 1)
        rounded = (miss > SUM_TOLERANCE) & (miss <= ROUNDING)
        values[rounded] /= values[rounded].sum(axis=1, keepdims=True)
    provenance = Provenance(
        relation="unknown",
        source=path.name,
        dataset=dataset.fingerprint,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return Probabilities(
        values=values,
        classes=dataset.classes,
        ids=ids,
        multilabel=dataset.multilabel,
        provenance=provenance,
    ).aligned(dataset)


def read_truth(path: Path, dataset: Dataset) -> Integers:
    """Trusted labels from a CSV with columns `id` and `label`, shaped like `Dataset.given`.

    Samples that the file does not name are MISSING; ids the dataset does not know are passed over.

    Raises
    ------
    ColumnRefused : the file has no column `id` or `label`.
    LabelsRefused : a label is not among the classes, or no id is known.
    """
    frame = read_table(path).frame
    truth = np.full(dataset.given.shape, MISSING, dtype=np.int64)
    labels = column(frame, "label", path.name)
    ids = column(frame, "id", path.name)
    for line, sample, cell in zip(frame.index, ids, labels, strict=True):
        row = dataset.rows.get(sample)
        if row is None or not cell.strip():
            continue
        label = parse_label(cell, dataset.classes, dataset.task)
        if label is None:
            raise LabelsRefused(
                f"{cell!r} is not among the classes {list(dataset.classes)}.",
                where=f"{path}, line {line}, column 'label'",
                remedy="Write the labels as the dataset does.",
            )
        if (truth[row] != MISSING).any() and (truth[row] != label).any():
            raise LabelsRefused(
                f"Sample {sample!r} has two different trusted labels.",
                where=f"{path}, line {line}",
                remedy="Leave one of them in the file.",
            )
        truth[row] = label
    if (truth == MISSING).all():
        raise LabelsRefused(
            "None of the ids is a labelled sample of this dataset.",
            where=str(path),
            remedy="Give a CSV with columns id and label, with the dataset's ids.",
        )
    return truth


def _class_column(frame: pd.DataFrame, name: str, path: Path) -> pd.Series[str]:
    for prefix in PREFIXES:
        if prefix + name in frame.columns:
            return frame[prefix + name]
    raise ProbabilitiesRefused(
        f"No column holds the probabilities of class {name!r}.",
        where=f"{path}, columns {', '.join(map(str, frame.columns))}",
        remedy=f"Name it {name!r} or 'p_{name}'.",
    )


def _numbers(cells: pd.Series[str], path: Path) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    def number(line: int, cell: str) -> float:
        try:
            return float(cell)
        except ValueError as error:
            raise ProbabilitiesRefused(
                f"{cell[:80]!r} is not a number.",
                where=f"{path}, line {line}, column {cells.name!r}",
                remedy="Give numbers between 0 and 1, with a decimal point.",
            ) from error

    return np.array([number(*each) for each in zip(cells.index, cells, strict=True)], np.float64)
