"""Rates: how many labels are wrong, overall and in parts, by samples that were drawn at random."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from labelviz.core.arrays import Booleans, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.draws import FEWEST_DRAWN, Counted, Draws
from labelviz.core.noise import NoiseMatrix, counted

# Random samples of a class, or of a value of a slice, below which nothing is said of it.
FEWEST_IN_PART: Final = 10


@dataclass(frozen=True)
class Rate:
    """The wrong labels among some samples.

    Parameters
    ----------
    of : which samples: a class, or a value of a slice.
    counted : how many are wrong.
    """

    of: str
    counted: Counted


@dataclass(frozen=True, eq=False)
class ErrorRates:
    """How many labels are wrong.

    Parameters
    ----------
    overall : of all samples.
    by_class : by given label, in class order; of several labels, of the samples that carry it.
    by_slice : by slice column, its values, the surest clump first.
    noise : given against true labels of the samples that were drawn.
    """

    overall: Counted
    by_class: tuple[Rate, ...]
    by_slice: dict[str, tuple[Rate, ...]]
    noise: NoiseMatrix


def rates(dataset: Dataset, draws: Draws, truth: Integers) -> ErrorRates | None:
    """What samples drawn at random say; None where fewer than 30 were.

    A class, or a value of a slice, is left out where fewer than 10 of its samples were drawn. Every
    interval holds by itself; of twenty parts one may be missed.

    Parameters
    ----------
    truth : what reviewers say the labels of the draws are, shaped like `Dataset.given`; MISSING for
        nothing.
    """
    labelled, given = dataset.labelled, dataset.given
    overall = draws.within(labelled)
    if overall.drawn < FEWEST_DRAWN:
        return None
    carries = given.T == 1 if dataset.multilabel else given == np.arange(dataset.n_classes)[:, None]
    by_class = _parts(draws, zip(dataset.classes, carries & labelled, strict=True))
    by_slice = {}
    for name, values in dataset.slices.items():
        among = dict.fromkeys(values[draws.rows].tolist())
        parts = _parts(draws, ((value, (values == value) & labelled) for value in among))
        by_slice[name] = tuple(sorted(parts, key=lambda each: -each.counted.shares[0]))
    known = (truth != MISSING) & (given[draws.rows] != MISSING)
    settled = known.all(axis=1) if dataset.multilabel else known
    noise = counted(dataset, draws.rows[settled], truth[settled])
    return ErrorRates(overall, by_class, by_slice, noise)


def _parts(draws: Draws, parts: Iterable[tuple[str, Booleans]]) -> tuple[Rate, ...]:
    """The rates of the parts that enough were drawn of."""
    return tuple(
        Rate(of, draws.within(inside))
        for of, inside in parts
        if inside[draws.rows].sum() >= FEWEST_IN_PART
    )
