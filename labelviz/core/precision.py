"""Precision: what a network computed in, why, and what bfloat16 did to what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.settings import Precision

# The share of pairs of samples whose order bfloat16 may change before float32 takes over.
MOST_REORDERED = 0.01
ALIKE = 64  # probabilities of so many columns are compared at once, which bounds the memory


@dataclass(frozen=True)
class Drift:
    """What bfloat16 did to what a model says of some samples.

    Parameters
    ----------
    samples : how many were compared.
    largest : the largest change of a probability; None where one is no number in bfloat16.
    flips : samples, or for multi-label cells, whose predicted class changed.
    reordered : of all pairs of samples that a class tells apart, the share in another order, or in
        none; this is what changes the order in which labels are looked at.
    """

    samples: int
    largest: float | None
    flips: int
    reordered: float

    @property
    def harmless(self) -> bool:
        """Whether every predicted class is the same and at most one pair in 100 changes order."""
        return self.flips == 0 and self.reordered <= MOST_REORDERED

    @property
    def sentence(self) -> str:
        """What changed."""
        changed = (
            f"Compared with float32 on {self.samples} samples, {self.flips} predicted classes "
            f"change, {self.reordered:.2%} of all pairs of samples change their order, and "
        )
        if self.largest is None:
            return f"{changed}some probabilities are no numbers in bfloat16."
        return f"{changed}the largest change of a number is {self.largest:.1g}."


def drift(exact: Floats, low: Floats, *, multilabel: bool) -> Drift:
    """Compare (N, K) numbers in float32 and in bfloat16; what is no number changed all it could."""
    lost = ~np.isfinite(low)
    known = bool((np.isfinite(exact) & ~lost).all())
    largest = float(np.abs(exact - low).max(initial=0)) if known else None
    if multilabel:
        changed = ((exact >= 0.5) != (low >= 0.5)) | lost
    else:
        changed = (exact.argmax(axis=1) != low.argmax(axis=1)) | lost.any(axis=1)
    return Drift(len(exact), largest, int(changed.sum()), _reordered(exact, low))


def _reordered(exact: Floats, low: Floats) -> float:
    """Of the pairs of rows that differ in a column, the share in another order, or in none."""
    first, second = np.triu_indices(len(exact), k=1)
    told = moved = 0
    for start in range(0, exact.shape[1], ALIKE):
        columns = slice(start, start + ALIKE)
        before = np.sign(exact[first, columns] - exact[second, columns])
        after = np.sign(low[first, columns] - low[second, columns])
        told += int(np.count_nonzero(before))
        moved += int(np.count_nonzero((before != 0) & (before != after)))
    return moved / told if told else 0.0


@dataclass(frozen=True)
class Computed:
    """How a network came to its numbers.

    Parameters
    ----------
    precision : of its matrix products; all else is float32.
    why : the reason for it, one sentence.
    max_tokens : longer samples were cut to so many.
    cut : why there, one sentence.
    drift : what bfloat16 did, if it was compared; also where float32 was taken because of it.
    place : where, one sentence; empty for the machine that asked.
    """

    precision: Precision
    why: str
    max_tokens: int
    cut: str
    drift: Drift | None = None
    place: str = ""

    @classmethod
    def from_json(cls, about: Mapping[str, Any]) -> Computed:
        """The value that `dataclasses.asdict` took apart."""
        found = about["drift"]
        return cls(**{**about, "drift": Drift(**found) if found else None})

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it for a person to read."""
        compared = (self.drift.sentence,) if self.drift else ()
        return (self.why, *compared, self.cut, *((self.place,) if self.place else ()))
