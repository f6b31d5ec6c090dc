"""Doubt: labels that are likely wrong weigh less."""

from __future__ import annotations

import numpy as np

from labelviz.layers.ground import Ground
from labelviz.layers.layer import Amount, Layer, LayerKind, Working


def _apply(working: Working, layer: Layer, ground: Ground) -> Working:
    wrong = ground.wrong[working.rows] >= layer.number("above")
    return working.weighed(np.where(wrong, layer.number("weight"), 1.0))


def _why(_: Layer, ground: Ground, row: int) -> str:
    return f"suspicion {ground.wrong[row]:.2f}"


KIND = LayerKind(
    "doubt", "weight", "Suspicious labels weigh less",
    "A smaller weight for labels above a suspicion; those that people settled keep theirs.",
    _apply, _why,
    {
        "weight": Amount(0.2, 0.0, 1.0, "weight of a suspicious label; 0 leaves it out"),
        "above": Amount(0.5, 0.0, 1.0, "suspicion from which a label weighs less"),
    },
    needs=("suspicion",),
)  # fmt: skip
