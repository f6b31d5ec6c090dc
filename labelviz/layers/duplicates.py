"""Duplicates: samples that say nearly the same weigh together as one."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Integers
from labelviz.layers.ground import Ground
from labelviz.layers.layer import Amount, Layer, LayerKind, Working


def copies(ground: Ground) -> Integers:
    """(N,) how many samples say nearly the same, the sample itself among them."""

    def count() -> Integers:
        cluster = ground.clusters
        return np.bincount(cluster, minlength=1)[cluster]

    return ground.once("copies", count)


def _apply(working: Working, layer: Layer, ground: Ground) -> Working:
    count = copies(ground)[working.rows].astype(np.float64)
    return working.weighed(count ** -layer.number("power"))


def _why(_: Layer, ground: Ground, row: int) -> str:
    return f"{copies(ground)[row]} samples say nearly the same"


KIND = LayerKind(
    "duplicates", "weight", "Duplicates share one weight",
    "Samples that say nearly the same weigh together as one.", _apply, _why,
    {"power": Amount(1.0, 0.0, 1.0, "1: together as one; 0: each in full")},
)  # fmt: skip
