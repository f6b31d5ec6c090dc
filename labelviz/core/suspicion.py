"""Suspicion: which labels are likely wrong, what they should be, and why."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers, Strings, read_only
from labelviz.core.dataset import Dataset
from labelviz.errors import StepMissing


@dataclass(frozen=True, eq=False)
class Suspicion:
    """One verdict of the detectors per sample.

    Parameters
    ----------
    score : (N,) in [0, 1], high = look first.
    flagged : (N,) True where the label is likely wrong.
    suggested : the likely label, shaped like `Dataset.given`; equal to it for want of a better.
    reasons : (N,) sentences for a person, empty text where there is nothing to say.
    detectors : names of the detectors that ran.
    dataset : fingerprint of the dataset that was judged.
    probabilities : name of the probabilities that were used.
    """

    score: Floats
    flagged: Booleans
    suggested: Integers
    reasons: Strings
    detectors: tuple[str, ...]
    dataset: str
    probabilities: str

    def __post_init__(self) -> None:
        for name in ("score", "flagged", "suggested", "reasons"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        if not ((self.score >= 0) & (self.score <= 1)).all():
            raise ValueError("suspicion must lie in [0, 1]")

    def check_belongs_to(self, dataset: Dataset) -> None:
        """Raise StepMissing if these verdicts are about another version of the dataset."""
        if self.dataset != dataset.fingerprint:
            raise StepMissing(
                "The flags were made for another version of the dataset.",
                remedy="Run `labelviz flag` again.",
            )

    def worst_first(self) -> Integers:
        """(N,) row numbers by descending suspicion; ties in dataset order."""
        return np.argsort(-self.score, kind="stable")

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits that change with any score, flag or suggestion."""
        digest = hashlib.sha256(self.dataset.encode())
        for values in (self.score, self.flagged, self.suggested):
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()[:16]

    @property
    def threshold(self) -> float | None:
        """The lowest suspicion among flagged samples, or None when nothing is flagged."""
        return float(self.score[self.flagged].min()) if self.flagged.any() else None
