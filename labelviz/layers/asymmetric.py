"""Asymmetric: off-label mass by class, and of several labels by whether the class applies."""

from __future__ import annotations

from labelviz.layers.ground import Ground
from labelviz.layers.layer import MOST_OFF, Amount, Layer, LayerKind, Working
from labelviz.layers.taking import leaning, of_class, take_off


def _apply(working: Working, layer: Layer, ground: Ground) -> Working:
    taken = layer.per_class(ground.dataset.classes, layer.number("off"))
    if ground.dataset.multilabel:
        low = layer.number("absent")
        return working.valued(low + (1 - taken - low) * working.values)
    lean = leaning(working, multilabel=False)
    return working.valued(take_off(working.values, of_class(taken, lean), multilabel=False))


def _why(layer: Layer, ground: Ground, row: int) -> str:
    names = ground.dataset.label_names(ground.dataset.given, row)
    own = [f"{name} {layer.classes[name]:g}" for name in names if name in layer.classes]
    return ", ".join(own)


KIND = LayerKind(
    "asymmetric", "shape", "Asymmetric: by class",
    "Off-label mass for each class; of several labels, other mass for those that do not apply.",
    _apply, _why,
    {
        "off": Amount(0.1, 0.0, MOST_OFF, "mass taken from a class that is not named"),
        "absent": Amount(
            0.02, 0.0, MOST_OFF, "of several labels, what a class gets that does not apply"
        ),
    },
    by_class=Amount(0.1, 0.0, MOST_OFF, "mass taken from this class"),
)  # fmt: skip
