"""Taking: how mass is taken from a label, by every layer of shape alike."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Booleans, Floats, highest
from labelviz.layers.layer import Layer, Working


def take_off(values: Floats, off: Floats, *, multilabel: bool) -> Floats:
    """Take off-label mass from rows, and spread it evenly over the other classes.

    Of one-hot rows the label keeps 1 - off. Of soft ones it is what torch's `label_smoothing` of
    off * K / (K - 1) does to them: the order of the classes stays.

    Parameters
    ----------
    values : (M, K) rows, or cells with NaN where unknown.
    off : mass in [0, 0.5), broadcastable to (M,), or for multi-label to (M, K). A multi-label cell
        of 0 or 1 becomes off or 1 - off by itself.
    """
    if multilabel:
        cell_off = off if off.ndim == 2 else off[:, None]
        return np.asarray(values * (1 - cell_off) + (1 - values) * cell_off)
    k = values.shape[1]
    row_off = np.broadcast_to(off, len(values))[:, None]
    return np.asarray(values * (1 - row_off) + (1 - values) * row_off / (k - 1))


def leaning(working: Working, *, multilabel: bool) -> Booleans:
    """(M, K) True for what the targets so far lean to.

    Of one label the class on top, none where two are; of several each cell above 0.5.
    """
    values = working.values
    if multilabel:
        return np.asarray(values > 0.5)
    top = values == highest(values)[:, None]
    alone = top @ np.ones(values.shape[1]) == 1
    return np.asarray(top & alone[:, None])


def of_class(per_class: Floats, lean: Booleans) -> Floats:
    """(M,) the number of the class that each row leans to; 0 where it leans to none."""
    return np.asarray(lean @ per_class)


def most_off(layer: Layer, name: str, classes: tuple[str, ...]) -> Floats:
    """(K,) a mass for each class: its own where the layer names it."""
    return layer.per_class(classes, layer.number(name))
