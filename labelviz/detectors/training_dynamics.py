"""Training dynamics: labels that a model was slow to accept, forgot, or never accepted."""

from __future__ import annotations

import numpy as np

from labelviz.core.difficulty import NEVER_LEARNED, DataMap, data_map
from labelviz.core.evidence import Evidence, Finding, NotChecked, TrainingLog
from labelviz.core.intervals import percent

NAME = "training dynamics"
FEWEST_CHECKPOINTS = 2


def training_dynamics(evidence: Evidence) -> Finding | NotChecked:
    """One minus the confidence of the data map: the mean p of the label while it was learned.

    The scorer that Klie et al. 2023, "Annotation Error Detection", doi:10.1162/coli_a_00464, call
    data map confidence. Early checkpoints count as much as late ones, which know the label by
    heart. Where the training had a fake class, labels whose area under the margin stays below its
    threshold are above 0.5 and all others below, within each half by confidence (Pleiss et al.
    2020, arXiv:2001.10528).
    """
    log, given = evidence.log, evidence.dataset.given
    if log is None:
        return NotChecked(NAME, "No training on these labels was logged.")
    if len(log.logits) < FEWEST_CHECKPOINTS:
        return NotChecked(NAME, "The training log has fewer than two checkpoints.")
    found = data_map(given, log.logits)
    score = 1 - found.confidence
    if log.threshold is not None:
        score = np.where(found.margin < log.threshold, 0.5 + score / 2, score / 2)

    def words(row: int) -> str:
        return "" if np.isnan(score[row]) else _words(found, log, row)

    return Finding(
        NAME, np.clip(score, 0, 1), words, supports=lambda row: _supports(found, log, row)
    )


def _supports(found: DataMap, log: TrainingLog, row: int) -> bool:
    """Whether the label came first at half of the checkpoints, or was not below the threshold."""
    if log.threshold is None or np.isnan(log.threshold[row]):
        return bool(found.correctness[row] >= 0.5)
    return bool(found.margin[row] >= log.threshold[row])


def _words(found: DataMap, log: TrainingLog, row: int) -> str:
    said = (
        f"While it was trained, the model gave this label {found.confidence[row]:.2f} on average, "
        f"give or take {found.variability[row]:.2f}, and {_learned(found, row)}"
    )
    if log.threshold is None or np.isnan(log.threshold[row]):
        return f"{said}."
    margin, threshold = found.margin[row], log.threshold[row]
    place = "below" if margin < threshold else "not below"
    return (
        f"{said}; its margin over the next class was {margin:.2f}, {place} the {threshold:.2f} "
        "that 99% of labels known to be wrong stay under."
    )


def _learned(found: DataMap, row: int) -> str:
    times = found.forgettings[row]
    if times == NEVER_LEARNED:
        return "never put it first"
    first = f"put it first at {percent(found.correctness[row])} of the checkpoints"
    if not times:
        return f"{first} without forgetting it"
    return f"{first}, forgetting it {'once' if times == 1 else f'{times:.0f} times'}"
