"""Thin: easy samples weigh less, or some of them are left out.

keep = least + (1 - least) * hardness. A sample whose label is likely wrong looks hard as well, and
gets the least, so that errors are not what a model sees most of.
"""

from __future__ import annotations

import hashlib

import numpy as np

from labelviz.core.arrays import Floats, Strings
from labelviz.layers.ground import HARD_BY, Ground
from labelviz.layers.layer import Amount, Layer, LayerKind, OneOf, Working


def keep(layer: Layer, ground: Ground) -> Floats:
    """(N,) part of each sample that stays, from the least to 1."""
    hard = ground.hardness(layer.word("by"))
    hard = hard.max(axis=1) if hard.ndim == 2 else hard
    least = layer.number("keep")
    if ground.suspicion is None:
        wrong = np.nan_to_num(1 - _lowest(ground.of_given()))
    else:
        wrong = ground.wrong
    likely = wrong >= layer.number("gate")
    return np.where(likely, least, least + (1 - least) * hard)


def _lowest(p: Floats) -> Floats:
    return np.asarray(p.min(axis=1) if p.ndim == 2 else p)


def lot(ids: Strings) -> Floats:
    """(N,) a number from 0 to 1 for each sample, by its id alone."""

    def number(sample: str) -> int:
        return int.from_bytes(hashlib.sha256(sample.encode()).digest()[:6], "big")

    return np.fromiter((number(str(each)) for each in ids), np.float64, len(ids)) / 2**48


def _apply(working: Working, layer: Layer, ground: Ground) -> Working:
    part = keep(layer, ground)[working.rows]
    if layer.word("how") == "weights":
        return working.weighed(part)
    drawn = ground.once("lot", lambda: lot(ground.dataset.ids))[working.rows]
    return working.weighed((drawn < part).astype(np.float64))


def _why(layer: Layer, ground: Ground, row: int) -> str:
    return f"{100 * keep(layer, ground)[row]:.0f} % of such samples stay"


KIND = LayerKind(
    "thin", "weight", "Easy samples thinned",
    "Easy samples weigh less, or a share of them is left out; likely errors gain nothing.",
    _apply, _why,
    {
        "keep": Amount(0.25, 0.0, 1.0, "what stays of the easiest samples"),
        "gate": Amount(0.3, 0.0, 1.0, "suspicion from which a hard sample counts as an easy one"),
        "how": OneOf(
            {"weights": "they weigh less", "leave-out": "some are left out, the same every time"},
            "how they are thinned",
        ),
        "by": OneOf(HARD_BY, "what a sample is hard by"),
    },
    needs=("probabilities", "suspicion", "training log"),
)  # fmt: skip
