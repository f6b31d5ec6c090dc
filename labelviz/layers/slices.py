"""Slices: off-label mass by how often labels of the sample's kind are wrong."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Floats, Integers
from labelviz.core.draws import FEWEST_DRAWN
from labelviz.layers.ground import Ground
from labelviz.layers.layer import MOST_OFF, Amount, Layer, LayerKind, OneOf, Word, Working
from labelviz.layers.taking import take_off

SHRINK = 10.0  # samples of the whole that a slice's share is drawn towards the whole's by


def rates(layer: Layer, ground: Ground) -> Floats:
    """(N,) the share of wrong labels in each sample's slice, drawn towards that of all samples."""
    key = ("slices", layer.word("column"), layer.word("by"))
    return ground.once(key, lambda: _rates(layer, ground))


def _rates(layer: Layer, ground: Ground) -> Floats:
    value = ground.column(layer.word("column"))
    rows, wrong, counts = _judged(layer, ground)
    whole = float(np.average(wrong, weights=counts)) if len(rows) else 0.0
    size = int(value.max(initial=0)) + 1
    count = np.bincount(value[rows], weights=counts, minlength=size)
    bad = np.bincount(value[rows], weights=counts * wrong, minlength=size)
    return np.asarray(((bad + SHRINK * whole) / (count + SHRINK))[value])


def _judged(layer: Layer, ground: Ground) -> tuple[Integers, Floats, Floats]:
    """(R,) rows that were judged, 1 where the label is held to be wrong, and how much each counts.

    Nothing by reviews before 30 random samples were reviewed.
    """
    if layer.word("by") == "model":
        rows = np.flatnonzero(ground.dataset.labelled)
        return rows, ground.disagrees[rows].astype(np.float64), np.ones(len(rows))
    said = ground.reviewed.among(ground.dataset.labelled[ground.reviewed.rows])
    other = ground.dataset.given[said.rows] != said.truth
    if ground.dataset.multilabel:
        other = other.any(axis=1)
    return said.rows, other.astype(np.float64), said.counts


def _apply(working: Working, layer: Layer, ground: Ground) -> Working:
    off = np.minimum(layer.number("times") * rates(layer, ground), layer.number("most"))
    return working.valued(
        take_off(working.values, off[working.rows], multilabel=ground.dataset.multilabel)
    )


def _why(layer: Layer, ground: Ground, row: int) -> str:
    value = ground.dataset.slices[layer.word("column")][row]
    share = f"{100 * rates(layer, ground)[row]:.0f} %"
    if layer.word("by") == "model":
        return f"the model contradicts {share} of the labels of {value}"
    return f"by reviews about {share} of the labels of {value} are wrong"


def _waits(layer: Layer, ground: Ground) -> str:
    if layer.word("by") == "model" or len(ground.reviewed):
        return ""
    return (
        "Nothing is softened by slice yet: how often labels of a kind are wrong is known once "
        f"{FEWEST_DRAWN} random samples are reviewed. Until then the model can count them."
    )


KIND = LayerKind(
    "slices", "shape", "By slice: softer where more labels are wrong",
    "Off-label mass is the share of wrong labels among the samples of a kind.", _apply, _why,
    {
        "column": Word("", "a slice column"),
        "times": Amount(1.0, 0.0, 10.0, "what the share of wrong labels is multiplied by"),
        "most": Amount(0.4, 0.0, MOST_OFF, "off-label mass that no slice goes beyond"),
        "by": OneOf(
            {"reviews": "what reviewers changed", "model": "what the model contradicts"},
            "how wrong labels are counted",
        ),
    },
    needs=("reviews", "probabilities"), waits=_waits,
)  # fmt: skip
