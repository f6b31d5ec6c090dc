"""Bootstrap: part of the model's opinion beside the label (Reed et al. 2015, arXiv:1412.6596)."""

from __future__ import annotations

from labelviz.layers.ground import Ground
from labelviz.layers.layer import Amount, Layer, LayerKind, Working


def _apply(working: Working, layer: Layer, ground: Ground) -> Working:
    beta = layer.number("label")
    return working.valued(beta * working.values + (1 - beta) * ground.opinion[working.rows])


KIND = LayerKind(
    "bootstrap", "posterior", "Label and model together",
    "The label with part of the model's opinion mixed in.", _apply,
    settings={"label": Amount(0.95, 0.0, 1.0, "the label's part; the model has the rest")},
    needs=("probabilities",),
)  # fmt: skip
