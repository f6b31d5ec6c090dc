"""Dynamic: off-label mass by how hard the sample is.

off = min + (max - min) * hardness ** power. Hardness ignores the label, except by data map and
area under the margin, and is not wrongness.
"""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.layers.ground import HARD_BY, Ground
from labelviz.layers.layer import MOST_OFF, Amount, Layer, LayerKind, OneOf, Working
from labelviz.layers.taking import leaning, most_off, of_class, take_off


def _apply(working: Working, layer: Layer, ground: Ground) -> Working:
    multilabel = ground.dataset.multilabel
    hard = ground.hardness(layer.word("by"))[working.rows] ** layer.number("power")
    lean = leaning(working, multilabel=multilabel)
    most = most_off(layer, "max", ground.dataset.classes)
    if multilabel:
        most = np.where(lean, most, layer.number("max"))
        hard = hard if hard.ndim == 2 else hard[:, None]
    else:
        most = of_class(most, lean)
    least = np.minimum(layer.number("min"), most)
    off: Floats = least + (most - least) * hard
    return working.valued(take_off(working.values, off, multilabel=multilabel))


def _why(layer: Layer, ground: Ground, row: int) -> str:
    by = layer.word("by")
    hard = float(np.max(ground.hardness(by)[row]))
    how = "hard" if hard >= 0.5 else "easy"
    if by == "margin":
        return f"{how}: margin {1 - hard:.2f}"
    return f"{how}: {hard:.2f} by {by}"


KIND = LayerKind(
    "dynamic", "shape", "Dynamic: softer where the model hesitates",
    "Off-label mass from `min` for the easiest sample to `max` for the hardest.", _apply, _why,
    {
        "max": Amount(0.2, 0.0, MOST_OFF, "off-label mass of the hardest sample"),
        "min": Amount(0.0, 0.0, MOST_OFF, "off-label mass of the easiest sample"),
        "power": Amount(1.0, 0.1, 10.0, "above 1 spares the medium-hard samples"),
        "by": OneOf(HARD_BY, "what a sample is hard by"),
    },
    by_class=Amount(0.2, 0.0, MOST_OFF, "off-label mass of the hardest sample of this class"),
    needs=("probabilities", "training log"),
)  # fmt: skip
