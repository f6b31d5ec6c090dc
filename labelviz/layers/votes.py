"""Votes: what everybody who was asked says together, as the mean of a Dirichlet distribution.

The given label is a vote, every family of annotators has one, and the model counts as `model`
votes, so that a sample with few voters stays near what the model expects.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.families import families
from labelviz.layers.ground import Ground
from labelviz.layers.layer import Amount, Layer, LayerKind, Working


def counted(dataset: Dataset, rows: Any = slice(None)) -> tuple[Floats, Floats]:
    """(M, K) votes for each class, and (M, K) how many were asked about it.

    Versions of one model have one vote together, shared by what they say.
    """
    k = dataset.n_classes
    given = _shares(dataset.given[rows], k, multilabel=dataset.multilabel)
    votes, asked = np.nan_to_num(given), (~np.isnan(given)).astype(np.float64)
    for members in families(tuple(dataset.annotators)):
        said = np.stack(
            [_shares(dataset.annotators[name][rows], k, multilabel=dataset.multilabel)
             for name in members]
        )  # fmt: skip
        there = ~np.isnan(said)
        count = there.sum(axis=0)
        votes += np.where(there, said, 0).sum(axis=0) / np.maximum(count, 1)
        asked += count > 0
    if dataset.votes is not None:
        people = dataset.votes[rows]
        voters = people.sum(axis=1) if dataset.voters is None else dataset.voters[rows]
        votes, asked = votes + people, asked + voters[:, None]
    return votes, asked


def _shares(labels: Integers, k: int, *, multilabel: bool) -> Floats:
    """(M, K) 1 for what a label says, 0 for what it does not, NaN where there is none."""
    if multilabel:
        return np.where(labels == MISSING, np.nan, labels)
    one = (labels[:, None] == np.arange(k)).astype(np.float64)
    return np.where((labels == MISSING)[:, None], np.nan, one)


def _apply(working: Working, layer: Layer, ground: Ground) -> Working:
    votes, asked = counted(ground.dataset, working.rows)
    working, kappa = working.told(np.asarray((asked > 0).any(axis=1))), layer.number("model")
    if kappa:
        votes, asked = votes + kappa * ground.opinion[working.rows], asked + kappa
    known = asked > 0
    return working.valued(np.where(known, votes / np.where(known, asked, 1), working.hard))


def _why(layer: Layer, ground: Ground, row: int) -> str:
    _, asked = counted(ground.dataset, np.array([row]))
    return f"votes: {asked.max():g}, and the model as {layer.number('model'):g}"


KIND = LayerKind(
    "votes", "base", "Everybody's votes",
    "The given label, one vote for each family of annotators, people's votes, and the model.",
    _apply, _why,
    {"model": Amount(1.0, 0.0, 100.0, "how many votes the model's opinion counts as; 0: none")},
    needs=("probabilities",),
)  # fmt: skip
