"""Trusted labels: of some samples, by id, from a file of two columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from labelviz.core.arrays import Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.errors import LabelsRefused, in_words, unharmed
from labelviz.tables.labels import parse_label
from labelviz.tables.read import read_table
from labelviz.tables.table import Table, column

if TYPE_CHECKING:
    import pandas as pd

MOST_LOOKED_AT = 1_000  # ids of no sample in which a zero that was lost is looked for


@dataclass(frozen=True, eq=False)
class Truth:
    """What a file of trusted labels says.

    Parameters
    ----------
    labels : shaped like `Dataset.given`; MISSING where the file names none.
    strangers : how many of its ids are no samples.
    stranger : one of them; empty where there is none.
    meant : the sample that this one may be, had it not lost a zero; empty where none may.
    """

    labels: Integers
    strangers: int = 0
    stranger: str = ""
    meant: str = ""


@unharmed()
def read_truth(source: Path | Table, dataset: Dataset) -> Truth:
    """Trusted labels from a CSV with columns `id` and `label`, or its table.

    Ids that the dataset does not know are passed over, and counted.

    Raises
    ------
    ColumnRefused : the file has no column `id` or `label`.
    LabelsRefused : a label is not among the classes, or no id is known.
    """
    table = source if isinstance(source, Table) else read_table(source)
    place = table.name if isinstance(source, Table) else str(source)
    labels = column(table.frame, "label", table.name)
    ids = column(table.frame, "id", table.name)
    known = ids.isin(dataset.ids.tolist())
    said = table.frame.loc[known & (labels.str.strip() != ""), ["id", "label"]]
    found = _labels(said.drop_duplicates(), dataset, place)
    others = ids[~known].drop_duplicates()
    lost = _lost_zeros(others.iloc[:MOST_LOOKED_AT].tolist(), dataset)
    stranger = next(iter(lost), str(others.iloc[0]) if len(others) else "")
    if said.empty:
        hint = f" Did {lost[stranger]!r} lose its zero?" if lost else ""
        raise LabelsRefused(
            "None of the ids is a labelled sample of this dataset.",
            where=f"{place}, first {str(ids.iloc[0])[:80] if len(ids) else ''}",
            remedy=f"Give a CSV with columns id and label, with the dataset's ids.{hint}",
        )
    return Truth(found, len(others), stranger, lost.get(stranger, ""))


def _labels(said: pd.DataFrame, dataset: Dataset, place: str) -> Integers:
    """What rows say of samples, each row of an id and a label; shaped like `Dataset.given`."""
    truth = np.full(dataset.given.shape, MISSING, dtype=np.int64)
    for line, sample, cell in zip(said.index, said["id"], said["label"], strict=True):
        row = dataset.rows[sample]
        label = parse_label(cell, dataset.classes, dataset.task)
        if label is None:
            raise LabelsRefused(
                f"{cell!r} is not among the classes {in_words(dataset.classes)}.",
                where=f"{place}, line {line}, column 'label'",
                remedy="Write the labels as the dataset does.",
            )
        if (truth[row] != MISSING).any() and (truth[row] != label).any():
            raise LabelsRefused(
                f"Sample {sample!r} has two different trusted labels.",
                where=f"{place}, line {line}",
                remedy="Leave one of them in the file.",
            )
        truth[row] = label
    return truth


def _lost_zeros(ids: Sequence[str], dataset: Dataset) -> dict[str, str]:
    """The sample that each id would be if a spreadsheet had not taken zeros before or after it."""
    short = {sample.lstrip("0"): sample for sample in dataset.ids if sample.startswith("0")}
    plain = {each: each.removesuffix(".0") for each in ids if each not in dataset.rows}
    found = {each: short.get(name, name) for each, name in plain.items()}
    return {each: sample for each, sample in found.items() if sample in dataset.rows}
