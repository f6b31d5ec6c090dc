"""Transition: how likely each class is, once it is known which class is given for which.

q[j] is in proportion to p[j] T[j, y]. T is what reviews say, drawn towards the confident joint of
labels and model; by slice where reviews that count as 50 lie in it. p of a model that learned the
given labels is what is given and not what is true, so it is solved for what is true first.
"""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import MISSING
from labelviz.core.transitions import (
    by_model_and_reviews,
    from_reviews,
    posterior,
    true_opinion,
)
from labelviz.layers.ground import Ground
from labelviz.layers.layer import Layer, LayerKind, OneOf, Word, Working

FEWEST_IN_SLICE = 50  # reviews, as they count, below which a slice has no matrix of its own


def matrices(layer: Layer, ground: Ground) -> dict[tuple[int, int], Floats]:
    """T by (value of the slice column, class): value -1 for all samples, class -1 for one label."""
    return ground.once(("transition", str(layer)), lambda: dict(_matrices(layer, ground)))


def _matrices(layer: Layer, ground: Ground) -> list[tuple[tuple[int, int], Floats]]:
    dataset, p = ground.dataset, ground.opinion
    said, per = ground.reviewed, layer.word("per")
    values = ground.column(per)[said.rows] if per else np.full(len(said), -1)
    tasks = range(dataset.n_classes) if dataset.multilabel else (-1,)
    every = by_model_and_reviews(dataset.given, p, said)
    found: list[tuple[tuple[int, int], Floats]] = []
    for k in tasks:
        given = dataset.given if k < 0 else dataset.given[:, k]
        mine, whole = said if k < 0 else said.of_class(k), every if k < 0 else every[k]
        found.append(((-1, k), whole))
        for value in np.unique(values[values >= 0]):
            part = mine.among((values == value) & (given[mine.rows] != MISSING))
            if part.counts.sum() >= FEWEST_IN_SLICE:
                t = from_reviews(given[part.rows], part.truth, part.counts, whole)
                found.append(((int(value), k), t))
    return found


def _apply(working: Working, layer: Layer, ground: Ground) -> Working:
    found, per = matrices(layer, ground), layer.word("per")
    value = ground.column(per)[working.rows] if per else np.full(len(working.rows), -1)
    p = ground.opinion[working.rows]
    result = working.values.copy()
    for k in range(ground.dataset.n_classes) if ground.dataset.multilabel else (-1,):
        label, opinion = _binary(working, p, k)
        for each in np.unique(value):
            t = found.get((int(each), k), found[-1, k])
            mine = (value == each) & (label != MISSING)
            q = _posterior(opinion[mine], t, label[mine], layer)
            if k < 0:
                result[mine] = q
            else:
                result[mine, k] = q[:, 1]
    return working.valued(result)


def _binary(working: Working, p: Floats, k: int) -> tuple[Integers, Floats]:
    """(M,) labels and (M, 2 or K) opinions: of all classes, or of one against the rest."""
    if k < 0:
        hard = working.hard
        known = hard.max(axis=1) == 1
        return np.where(known, hard.argmax(axis=1), MISSING), p
    cell = working.hard[:, k]
    label = np.where(np.isnan(cell), MISSING, np.nan_to_num(cell) > 0.5).astype(np.int64)
    return label, np.stack([1 - p[:, k], p[:, k]], axis=1)


def _posterior(p: Floats, t: Floats, label: Integers, layer: Layer) -> Floats:
    opinion = true_opinion(p, t) if layer.word("model") == "given" else p
    return posterior(opinion, t, label)


def _why(layer: Layer, ground: Ground, _: int) -> str:
    matrices(layer, ground)
    count = len(ground.reviewed)
    return f"by {count:,} reviewed labels and the model" if count else "by the model alone"


KIND = LayerKind(
    "transition", "posterior", "What the given label makes likely",
    "Which class is true, by how often each is given for another, and the model's opinion.",
    _apply, _why,
    {
        "model": OneOf(
            {"given": "it learned the given labels", "true": "it learned reviewed labels"},
            "what the model's probabilities are of",
        ),
        "per": Word("", "a slice column, to count each of its values by itself"),
    },
    needs=("probabilities", "reviews"),
)  # fmt: skip
