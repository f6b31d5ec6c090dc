"""Hard: the label as it is."""

from __future__ import annotations

from labelviz.layers.ground import Ground
from labelviz.layers.layer import Layer, LayerKind, Working


def _apply(working: Working, _: Layer, __: Ground) -> Working:
    return working.valued(working.hard)


KIND = LayerKind("hard", "base", "The label as it is", "All mass on the given label.", _apply)
