"""Confidence: off-label mass by how sure the author of the label said to be."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.errors import TargetsRefused
from labelviz.layers.ground import Ground, rank_share
from labelviz.layers.layer import MOST_OFF, Amount, Layer, LayerKind, OneOf, Working
from labelviz.layers.taking import take_off


def doubt(layer: Layer, ground: Ground) -> Floats:
    """(N,) from 0 for the surest label to 1 for the most doubtful; 0 where nothing was stated.

    Raises
    ------
    TargetsRefused : no confidence came with the labels.
    """
    stated = ground.dataset.confidence
    if stated is None:
        raise TargetsRefused(
            "No column says how sure the labels are.",
            where="layer 'confidence'",
            remedy="Name one when loading (`--confidence`), or leave the layer out.",
        )
    known = np.asarray(stated, dtype=np.float64)
    if layer.word("as") == "said":
        return np.nan_to_num(1 - known)
    return ground.once("confidence", lambda: np.nan_to_num(rank_share(-known)))


def _apply(working: Working, layer: Layer, ground: Ground) -> Working:
    off = layer.number("max") * doubt(layer, ground)[working.rows]
    return working.valued(take_off(working.values, off, multilabel=ground.dataset.multilabel))


def _why(_: Layer, ground: Ground, row: int) -> str:
    stated = ground.dataset.confidence
    known = stated is not None and not np.isnan(stated[row])
    return f"stated with confidence {stated[row]:.2f}" if known else "no confidence was stated"  # type: ignore[index]


KIND = LayerKind(
    "confidence", "shape", "By stated confidence",
    "Off-label mass from 0 for the label stated with most confidence to `max` for the least.",
    _apply, _why,
    {
        "max": Amount(0.2, 0.0, MOST_OFF, "off-label mass of the most doubtful label"),
        "as": OneOf(
            {"rank": "only their order counts", "said": "one minus the confidence, as it was said"},
            "how far the numbers are believed; what LLMs say is poorly calibrated",
        ),
    },
)  # fmt: skip
