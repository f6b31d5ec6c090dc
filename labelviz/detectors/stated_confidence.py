"""Stated confidence: labels of which their author was less sure than usual."""

from __future__ import annotations

import numpy as np

from labelviz.core.evidence import Evidence, Finding, NotChecked
from labelviz.core.intervals import percent

NAME = "stated confidence"


def stated_confidence(evidence: Evidence) -> Finding | NotChecked:
    """The share of labels that were stated with more confidence; ties count half.

    What an LLM says of its confidence is poorly calibrated, so only its order is used. What it is
    worth is learned from the other detectors and, once there are some, from verdicts.
    """
    confidence = evidence.dataset.confidence
    if confidence is None:
        return NotChecked(NAME, "No column of stated confidence was named.")
    known = ~np.isnan(confidence) & evidence.dataset.labelled
    values, place, count = np.unique(confidence[known], return_inverse=True, return_counts=True)
    if len(values) < 2:
        return NotChecked(NAME, "Every label was stated with the same confidence.")
    above = count.sum() - np.cumsum(count)
    surer = np.full(len(confidence), np.nan)
    surer[known] = above[place] / count.sum()
    score = np.full(len(confidence), np.nan)
    score[known] = (above + count / 2)[place] / count.sum()

    def words(row: int) -> str:
        if not score[row] > 0.5:
            return ""
        return (
            f"It was stated with confidence {_exactly(confidence[row])}, "
            f"and {percent(surer[row])} of the labels with more."
        )

    return Finding(NAME, score, words)


def _exactly(confidence: float) -> str:
    """With two decimals, or more where two would make it another's."""
    return f"{confidence:.2f}" if round(confidence, 2) == confidence else f"{confidence:.6g}"
