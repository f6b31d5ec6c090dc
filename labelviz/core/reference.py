"""Reference: the labels that models are judged by, on which samples, and how these were drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.copies import same_records, same_samples
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.groups import sharing_evidence, splits
from labelviz.errors import RunRefused

TruthKind = Literal["trusted", "reviewed", "given"]
# Test samples that share no record with training below which the others are not left out.
FEWEST_APART = 100
GAPS = "{judged} of {tested} test samples have a {kind} label; {missing} have none"
GAPS_OF_DRAWN = (
    "{judged} of {tested} test samples have a reviewed label that counts; {missing} have none, or "
    "were reviewed since the last random one and count after the next"
)


@dataclass(frozen=True, eq=False)
class Reference:
    """What models are judged by.

    Parameters
    ----------
    kind : trusted labels from a file, what reviewers said, or the given labels.
    rows : (M,) row numbers of the test samples that are judged.
    labels : (M,) class indices, or of several labels (M, K) of 0 and 1.
    units : (M,) numbers from 0 that those share which share a text or a record.
    weights : (M,) how many test samples each stands for, 1 on average.
    tested : how many test samples there are.
    left_out : how many were left out because training saw their like.
    sharing : how many share a record with a training sample, and are judged all the same.
    drawn : how many were drawn at random for review, where the weights rest on these; else 0.
    strangers : how many ids of the trusted labels are no samples.
    stranger : one of them.
    meant : the sample that this one may be, had it not lost a zero; empty where none may.
    """

    kind: TruthKind
    rows: Integers
    labels: Integers
    units: Integers
    weights: Floats
    tested: int
    left_out: int = 0
    sharing: int = 0
    drawn: int = 0
    strangers: int = 0
    stranger: str = ""
    meant: str = ""

    def __len__(self) -> int:
        return len(self.rows)

    def gaps(self) -> list[str]:
        """What the labels to compare with leave open, a line each."""
        lines = []
        missing = self.tested - self.left_out - len(self)
        if missing:
            words = GAPS_OF_DRAWN if self.drawn else GAPS
            lines.append(
                words.format(
                    judged=f"{len(self):,}",
                    tested=f"{self.tested:,}",
                    kind=self.kind,
                    missing=f"{missing:,}",
                )
            )
        if self.strangers:
            lost = f" (did {self.meant} lose its zero?)" if self.meant else ""
            lines.append(
                f"{self.strangers:,} ids of the file are no samples, e.g. {self.stranger}{lost}"
            )
        return lines


def reference_of(
    dataset: Dataset, kind: TruthKind, labels: Integers, weights: Floats | None = None
) -> Reference:
    """The test samples that have a label and that no training sample says alike.

    Those that share a record, or a group, with a training sample are left out too, unless fewer
    than 100 would remain.

    Parameters
    ----------
    labels : shaped like `Dataset.given`; MISSING where nothing is known.
    weights : (N,) how many test samples each stands for; the same for all where None.

    Raises
    ------
    RunRefused : none is left.
    """
    test = splits(dataset) == "test"
    known = test & has_label(labels)
    if weights is not None:
        known &= weights > 0
    used, shared = held_out(dataset, known)
    if not used.any():
        raise RunRefused(
            f"No test sample that no training sample says alike has a {kind} label.",
            where="test part of the dataset",
            remedy="Give trusted labels of test samples, or a split column with test samples.",
        )
    rows = np.flatnonzero(used)
    even = np.ones(len(rows)) if weights is None else weights[rows]
    return Reference(
        kind, rows, labels[rows], sharing_evidence(dataset, rows), even / even.mean(),
        tested=int(test.sum()), left_out=int((known & ~used).sum()),
        sharing=int((used & shared).sum()),
    )  # fmt: skip


def held_out(dataset: Dataset, among: Booleans) -> tuple[Booleans, Booleans]:
    """(N,) the test samples of some that no training saw alike, and (N,) those that share a record.

    Samples that share a record, or a group, with one that training saw are not among the first,
    unless fewer than 100 would remain.
    """
    part = splits(dataset)
    unlike = among & (part == "test") & ~seen(list(same_samples(dataset)), part)
    shared = shares_record(dataset)
    apart = unlike & ~shared
    return (apart if int(apart.sum()) >= FEWEST_APART else unlike), shared


def seen(keys: Sequence[object], part: Iterable[str]) -> Booleans:
    """(N,) which test samples have the key of a sample that training or its stopping saw.

    Parameters
    ----------
    keys : (N,) a number or key that samples share which say the same.
    part : (N,) train, validation, test or empty.
    """
    named = list(zip(keys, part, strict=True))
    elsewhere = {key for key, name in named if name in ("train", "validation")}
    return np.array([name == "test" and key in elsewhere for key, name in named], dtype=bool)


def shares_record(dataset: Dataset) -> Booleans:
    """(N,) which test samples share a record, or their group, with one that training saw."""
    part = splits(dataset)
    found = np.zeros(len(dataset), dtype=bool)
    if dataset.group is not None:
        names = [group or f"\0{row}" for row, group in enumerate(dataset.group)]
        found |= seen(names, part)
    if dataset.is_pair:
        records = same_records(dataset)
        known = np.isin(part, ("train", "validation"))
        found |= (part == "test") & np.isin(records, records[known]).any(axis=1)
    return found


def has_label(labels: Integers) -> Booleans:
    """(N,) which samples have a label; of several labels, which have all cells."""
    present = labels != MISSING
    return np.asarray(present.all(axis=1) if labels.ndim == 2 else present)
