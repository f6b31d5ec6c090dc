"""Spread: off-label mass goes to the classes that are like the label, and not evenly to all."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.dataset import MISSING
from labelviz.layers.ground import Ground
from labelviz.layers.layer import Amount, Layer, LayerKind, OneOf, Word, Working
from labelviz.layers.taking import leaning


def likeness(layer: Layer, ground: Ground) -> Floats:
    """(K, K) how the mass taken from the class of a row is shared; rows sum to 1, diagonal 0.

    By the model: what it gives to other classes among the samples of a class, drawn towards even
    shares as if by one sample. By names: in proportion to exp(-d / tau), d the steps between two
    names in the tree that a separator makes of them.
    """

    def shares() -> Floats:
        by_model = layer.word("by") == "model"
        like = _by_model(ground) if by_model else _by_name(layer, ground.dataset.classes)
        np.fill_diagonal(like, 0)
        return np.asarray(like / like.sum(axis=1, keepdims=True))

    return ground.once(("spread", str(layer)), shares)


def _by_model(ground: Ground) -> Floats:
    dataset, p = ground.dataset, ground.opinion
    k = dataset.n_classes
    known = dataset.given != MISSING
    sums = np.stack([p[known & (dataset.given == c)].sum(axis=0) for c in range(k)])
    return np.asarray(sums + 1 / k)


def _by_name(layer: Layer, classes: tuple[str, ...]) -> Floats:
    paths = [name.split(layer.word("separator") or "\0") for name in classes]

    def steps(one: list[str], other: list[str]) -> int:
        shared = 0
        for a, b in zip(one, other, strict=False):
            if a != b:
                break
            shared += 1
        return len(one) + len(other) - 2 * shared

    far = np.array([[steps(one, other) for other in paths] for one in paths], dtype=np.float64)
    return np.asarray(np.exp(-far / layer.number("tau")))


def _apply(working: Working, layer: Layer, ground: Ground) -> Working:
    lean = leaning(working, multilabel=False)
    there = lean.any(axis=1)
    label = lean.argmax(axis=1)
    rows = np.arange(len(label))
    own = working.values[rows, label]
    moved = (1 - own)[:, None] * likeness(layer, ground)[label]
    moved[rows, label] = own
    kept = moved.max(axis=1) <= own  # a label stays on top
    return working.valued(np.where((there & kept)[:, None], moved, working.values))


KIND = LayerKind(
    "spread", "shape", "Off-label mass by likeness",
    "What the label lost goes to the classes that are like it, and not evenly to all.", _apply,
    settings={
        "by": OneOf(
            {"model": "classes the model takes for one another",
             "names": "classes whose names share their first parts"},
            "what makes classes alike",
        ),
        "separator": Word("/", "what divides the parts of a class's name"),
        "tau": Amount(1.0, 0.1, 10.0, "steps between names over which likeness falls by a third"),
    },
    needs=("probabilities",), labels="one",
)  # fmt: skip
