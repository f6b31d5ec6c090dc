"""Smooth: the same off-label mass for every sample (Szegedy et al. 2016, arXiv:1512.00567).

Off-label mass is what the target takes away from the label: binary 0.1 gives 0.1/0.9. It equals
epsilon * (K - 1) / K of the smoothing factor in torch and transformers, so binary 0.1 is their 0.2.
"""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.layers.ground import Ground
from labelviz.layers.layer import MOST_OFF, Amount, Layer, LayerKind, OneOf, Working
from labelviz.layers.taking import take_off


def _apply(working: Working, layer: Layer, ground: Ground) -> Working:
    off, multilabel = layer.number("off"), ground.dataset.multilabel
    if multilabel and layer.word("mass") == "kept":
        return working.valued(_mass_kept(working, off))
    return working.valued(take_off(working.values, np.array([off]), multilabel=multilabel))


def _mass_kept(working: Working, off: float) -> Floats:
    """Cells whose sum stays what it was: each gets an even share of what all of them lose."""
    values = working.values
    k = values.shape[1]
    epsilon = off * k / max(k - 1, 1)
    mean = np.nanmean(values, axis=1, keepdims=True) if k else values
    return np.asarray(values * (1 - epsilon) + epsilon * mean)


KIND = LayerKind(
    "smooth", "shape", "Smooth: the same for every sample",
    "The same off-label mass for every sample.", _apply,
    settings={
        "off": Amount(0.1, 0.0, MOST_OFF, "mass taken from the label (multi-label: each cell)"),
        "mass": OneOf(
            {"free": "each cell by itself", "kept": "the sum of a sample's cells stays"},
            "of several labels, whether their sum stays",
        ),
    },
)  # fmt: skip
