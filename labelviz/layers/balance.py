"""Balance: rare classes weigh more, frequent ones less, and all samples together as before."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.dataset import MISSING
from labelviz.layers.ground import Ground
from labelviz.layers.layer import Amount, Layer, LayerKind, Working


def weights(layer: Layer, ground: Ground) -> Floats:
    """(K,) weight of a class: its number of samples to the power of -power; mean 1 over samples."""
    given = ground.dataset.given
    if ground.dataset.multilabel:
        count = (given == 1).sum(axis=0)
    else:
        count = np.bincount(given[given != MISSING], minlength=ground.dataset.n_classes)
    raw = np.maximum(count, 1).astype(np.float64) ** -layer.number("power")
    return np.asarray(raw * count.sum() / max(float(raw @ count), 1e-300))


def _apply(working: Working, layer: Layer, ground: Ground) -> Working:
    """Of several labels a sample has the mean weight of those it carries, and 1 without any."""
    carried = np.nan_to_num(working.hard)
    if not ground.dataset.multilabel:
        carried = (working.hard == 1).astype(np.float64)
    total = carried.sum(axis=1)
    mean = carried @ weights(layer, ground) / np.where(total > 0, total, 1)
    return working.weighed(np.where(total > 0, mean, 1.0))


KIND = LayerKind(
    "balance", "weight", "Classes balanced",
    "Rare classes weigh more, so that each has as much say as the others.", _apply,
    settings={"power": Amount(1.0, 0.0, 1.0, "1: all alike; 0: as they are")},
)  # fmt: skip
