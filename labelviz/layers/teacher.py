"""Teacher: the model's opinion at a temperature, in part (Hinton et al. 2015, arXiv:1503.02531)."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.calibration import temperature, tempered
from labelviz.layers.ground import Ground
from labelviz.layers.layer import Amount, Layer, LayerKind, Working

FEWEST = 50  # reviewed labels, as they count, below which the temperature is 1


def taught(layer: Layer, ground: Ground) -> tuple[float, Floats]:
    """The temperature, and the (N, K) opinion at it.

    A temperature of 0 stands for the one that reviewed labels are likeliest at.
    """
    said = layer.number("temperature")
    return ground.once(("teacher", said), lambda: _taught(said, ground))


def _taught(t: float, ground: Ground) -> tuple[float, Floats]:
    values, said = ground.opinion, ground.reviewed
    if t == 0:
        enough = said.counts.sum() >= FEWEST
        t = temperature(said.truth, values[said.rows], said.counts) if enough else 1.0
    if t == 1:
        return t, values
    return t, tempered(values, np.full(len(values), t), multilabel=ground.dataset.multilabel)


def _apply(working: Working, layer: Layer, ground: Ground) -> Working:
    part = layer.number("part")
    _, opinion = taught(layer, ground)
    return working.valued((1 - part) * working.values + part * opinion[working.rows])


def _why(layer: Layer, ground: Ground, _: int) -> str:
    return f"at temperature {taught(layer, ground)[0]:g}"


KIND = LayerKind(
    "teacher", "posterior", "A model as teacher",
    "The model's opinion, made softer or surer by a temperature, in part.", _apply, _why,
    {
        "part": Amount(0.5, 0.0, 1.0, "the model's part; the label has the rest"),
        "temperature": Amount(
            0.0, 0.0, 20.0, "above 1 softer, below surer; 0: what fits reviewed labels best"
        ),
    },
    needs=("probabilities", "reviews"),
)  # fmt: skip
