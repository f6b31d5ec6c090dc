"""Training dynamics: labels that a model was slow to accept, or never did."""

from __future__ import annotations

import numpy as np

from labelviz.core.difficulty import data_map
from labelviz.core.evidence import Evidence, Finding, NotChecked

NAME = "training dynamics"
FEWEST_CHECKPOINTS = 2


def training_dynamics(evidence: Evidence) -> Finding | NotChecked:
    """One minus the confidence of the data map: the mean p of the label while it was learned.

    The scorer that Klie et al. 2023, "Annotation Error Detection", doi:10.1162/coli_a_00464, call
    data map confidence. Early checkpoints count as much as late ones, which know the label by
    heart.
    """
    log, given = evidence.log, evidence.dataset.given
    if log is None:
        return NotChecked(NAME, "No training on these labels was logged.")
    if len(log.logits) < FEWEST_CHECKPOINTS:
        return NotChecked(NAME, "The training log has fewer than two checkpoints.")
    found = data_map(given, log.logits)

    def words(row: int) -> str:
        if np.isnan(found.confidence[row]):
            return ""
        return (
            f"While it was trained, the model gave this label {found.confidence[row]:.2f} on "
            f"average and put it first at {found.correctness[row]:.0%} of the checkpoints."
        )

    return Finding(NAME, np.clip(1 - found.confidence, 0, 1), words)
