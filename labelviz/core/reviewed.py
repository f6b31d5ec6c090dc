"""Reviewed: what people settled, and how much each of it tells about all samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import MISSING
from labelviz.core.decisions import Review
from labelviz.core.draws import Draws
from labelviz.core.statuses import true_labels


@dataclass(frozen=True, eq=False)
class Reviewed:
    """True labels that stand for those of all samples.

    Parameters
    ----------
    rows : (R,) row numbers.
    truth : (R,) class indices, or of several labels (R, K) cells of 0 and 1.
    counts : (R,) how much each counts, above 0 and up to 1, see `Draws.counts`.
    """

    rows: Integers
    truth: Integers
    counts: Floats

    def of_class(self, k: int) -> Reviewed:
        """Of several labels one."""
        return Reviewed(self.rows, self.truth[:, k], self.counts)

    def among(self, mine: Booleans) -> Reviewed:
        """Those of them, (R,) True for which are meant."""
        return Reviewed(self.rows[mine], self.truth[mine], self.counts[mine])

    def __len__(self) -> int:
        return len(self.rows)


def reviewed_of(review: Review, draws: Draws, inside: Booleans) -> Reviewed:
    """What stands for some samples; nothing before 30 of them were drawn at random and reviewed.

    Parameters
    ----------
    inside : (N,) True for these samples; must not depend on any verdict.
    """
    counts = draws.counts(inside)
    rows = np.flatnonzero(counts > 0)
    truth = true_labels(review, rows)
    known = truth != MISSING
    settled = known.all(axis=1) if truth.ndim == 2 else known
    return Reviewed(rows[settled], truth[settled], counts[rows[settled]])
