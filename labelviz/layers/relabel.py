"""Relabel: what should be there instead, where the label is very likely wrong."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Booleans
from labelviz.core.distributions import hard_targets
from labelviz.layers.ground import Ground
from labelviz.layers.layer import Amount, Layer, LayerKind, Working


def _apply(working: Working, layer: Layer, ground: Ground) -> Working:
    """Suggestions count once reviews have made a probability of suspicion; before, it only ranks.

    Raises
    ------
    StepMissing : nothing was flagged.
    """
    wrong, said = ground.wrong, ground.suspicion
    if said is None or not said.calibrated:
        return working
    likely = (wrong >= layer.number("above"))[working.rows] & _unchanged(working, ground)
    better = hard_targets(ground.dataset, said.suggested)[working.rows]
    return working.valued(np.where(likely[:, None], better, working.values))


def _unchanged(working: Working, ground: Ground) -> Booleans:
    """(M,) True where the label is the given one, and not one that a reviewer said."""
    mine = ground.labels[working.rows]
    return np.asarray(((working.hard == mine) | np.isnan(mine)).all(axis=1))


def _why(_: Layer, ground: Ground, row: int) -> str:
    return f"it is wrong with probability {ground.wrong[row]:.2f}"


def _waits(_: Layer, ground: Ground) -> str:
    if ground.suspicion is None or ground.suspicion.calibrated:
        return ""
    return (
        "Nothing is relabelled yet: a suspicion is a probability once 50 random samples are "
        "reviewed and the labels are checked again."
    )


KIND = LayerKind(
    "relabel", "base", "Relabelled where very likely wrong",
    "The detectors' suggestion where a label is wrong with at least this probability.",
    _apply, _why,
    {"above": Amount(0.8, 0.5, 1.0, "probability of a wrong label from which it is replaced")},
    needs=("suspicion",), waits=_waits,
)  # fmt: skip
