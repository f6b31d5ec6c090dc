"""Contradictions: samples that say the same and are labelled differently."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.copies import same_samples
from labelviz.core.evidence import Evidence, Finding, NotChecked

NAME = "contradictions"
UNGRANTED = 0.0  # they say that one of several labels is wrong, and not which


def contradictions(evidence: Evidence) -> Finding | NotChecked:
    """The share of a sample's copies whose label differs, drawn towards 0 by half a copy.

    Copies are samples with the same text or nearly so; of pairs both texts, either way round, so
    that a = b and b != a contradict each other too. Samples without a copy have nothing to say.
    """
    dataset = evidence.dataset
    cluster = same_samples(dataset)
    labelled = dataset.labelled
    size = np.bincount(cluster[labelled], minlength=int(cluster.max(initial=-1)) + 1)[cluster]
    if not (labelled & (size > 1)).any():
        return NotChecked(NAME, "No two samples say the same.")
    _, label = np.unique(dataset.given.reshape(len(dataset), -1), axis=0, return_inverse=True)
    key = cluster * (label.max(initial=0) + 1) + label
    _, place = np.unique(key, return_inverse=True)
    same = np.bincount(place[labelled], minlength=int(place.max(initial=0)) + 1)[place]
    others = size - 1
    score: Floats = np.where(
        labelled & (others > 0), (size - same) / np.maximum(others + 0.5, 1), np.nan
    )

    def words(row: int) -> str:
        if np.isnan(score[row]) or size[row] == same[row]:
            return ""
        return (
            f"{size[row] - same[row]} of {others[row]} samples that say nearly the same "
            "are labelled otherwise."
        )

    return Finding(NAME, score, words, granted=UNGRANTED)
