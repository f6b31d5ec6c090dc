"""Given: the soft label that came with the data."""

from __future__ import annotations

import numpy as np

from labelviz.layers.ground import Ground
from labelviz.layers.layer import Layer, LayerKind, Working


def _apply(working: Working, _: Layer, ground: Ground) -> Working:
    if ground.dataset.soft is None:
        return working.valued(working.hard)
    came = ground.dataset.soft[working.rows]
    told = working.told(np.asarray(~np.isnan(came).all(axis=1)))
    return told.valued(np.where(np.isnan(came), working.hard, came))


def _why(_: Layer, ground: Ground, row: int) -> str:
    soft = ground.dataset.soft
    came = soft is not None and bool((soft[row] == soft[row]).any())
    return "it came with the data" if came else "no soft label came with it"


KIND = LayerKind(
    "given", "base", "The soft label that came with the data",
    "The label as it is where none came.", _apply, _why,
)  # fmt: skip
