"""What a training is given, and which of its samples are trained and judged on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers, Strings
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.distributions import Targets, labels_of
from labelviz.core.groups import SPLITS, splits
from labelviz.core.settings import CROSS_ENTROPY
from labelviz.errors import RunRefused

LEAST = 1e-12  # of what is divided by, or whose logarithm is taken
USUAL, MOST_WATCHED = 500, 1_000  # training samples that every evaluation judges


@dataclass(frozen=True, eq=False)
class TrainingData:
    """What a model is trained on.

    Parameters
    ----------
    targets : of all samples of the dataset, in its order.
    suspects : row numbers of samples whose labels are known or likely to be wrong. Those of them
        that are trained on are judged at every evaluation, beside some of the others, so that one
        can see when they are learnt by heart. None: nobody watches.
    decided : sequence of the latest decision when the targets were made; None where they take in
        no decisions.
    undecided : digest of the targets as they were before any decision; empty where nobody noted it.
    loss, noise : what is made less, and for a loss that asks how often each class is given for
        another; see `robust.Loss`.
    """

    dataset: Dataset
    targets: Targets
    suspects: Integers | None = None
    decided: int | None = None
    undecided: str = ""
    loss: str = CROSS_ENTROPY
    noise: Floats | None = None


@dataclass(frozen=True, eq=False)
class Samples:
    """Which samples are trained and judged on, and against what.

    Parameters
    ----------
    multilabel : whether cells are independent.
    part : (N,) train, validation, test or empty text.
    train : row numbers of the training samples, those of weight 0 included.
    targets, weight : (N, K) and (N,), as in `Targets`.
    given : the given labels, shaped as in `Dataset`.
    selection : the labels that choose the best step, MISSING outside the validation part.
    by_people : (N,) True where a person decided the target.
    suspects : row numbers of samples that are watched, those outside the train part included; None
        where nobody watches.
    """

    multilabel: bool
    part: Strings
    train: Integers
    targets: Floats
    weight: Floats
    given: Integers
    selection: Integers
    by_people: Booleans
    suspects: Integers | None = None

    @cached_property
    def usual(self) -> Integers:
        """Up to 500 training samples, drawn at random: the same for all targets and seeds."""
        return np.sort(np.random.default_rng(0).permutation(self.train)[:USUAL])

    def judged(self, *, everywhere: bool) -> Integers:
        """Row numbers that every evaluation judges."""
        validation = np.flatnonzero(self.part == "validation")
        if not everywhere and self.suspects is None:
            return validation
        watched = np.intersect1d(self.train, [] if self.suspects is None else self.suspects)
        if len(watched) > MOST_WATCHED:
            watched = np.random.default_rng(0).permutation(watched)[:MOST_WATCHED]
        return np.unique(np.concatenate([validation, self.usual, watched])).astype(np.int64)

    @property
    def sizes(self) -> dict[str, int]:
        """Number of samples in each part."""
        return {name: int((self.part == name).sum()) for name in SPLITS}

    def weight_of(self, rows: Integers) -> float:
        """Summed weight of some samples, or for multi-label of their known cells."""
        cells = (~np.isnan(self.targets[rows])).sum(axis=1) if self.multilabel else 1
        return float((self.weight[rows] * cells).sum())

    def scores(self, p: Floats, *, whole: bool = True) -> dict[str, Any]:
        """NLL in nats and accuracy per part against the given labels, KL against the targets, and
        the selection loss.

        KL is the loss without its floor, the entropy of the targets, which softening raises: so
        targets can be compared. Of the train part, where not all was judged, the usual samples
        count alone, since those that are watched are not like the others. Multi-label: means over
        known cells. None for a part without labels.
        """
        result: dict[str, Any] = {}
        judged = np.isfinite(p).all(axis=1)
        usual = np.isin(np.arange(len(p)), self.train if whole else self.usual)
        for name in SPLITS:
            rows = (self.part == name) & judged & (usual | (name != "train"))
            labels = _masked(self.given, rows)
            result[f"{name}_nll"], result[f"{name}_accuracy"] = scores(p, labels)
            if name != "test":
                result[f"{name}_kl"] = self._kl(p, rows)
        return result | {"selection_nll": scores(p, self.selection)[0]}

    def _kl(self, p: Floats, rows: Booleans) -> float | None:
        """Mean KL(target || p) in nats over some samples, weighted as in training."""
        known = rows & (self.weight > 0)
        if not known.any():
            return None
        q, said = self.targets[known], p[known]
        apart = _divergence(q, said)
        if self.multilabel:
            apart = np.nanmean(apart + _divergence(1 - q, 1 - said), axis=1)
        else:
            apart = apart.sum(axis=1)
        return float(np.average(apart, weights=self.weight[known]))


def samples_of(data: TrainingData) -> Samples:
    """Which samples of a training are trained and judged on.

    Raises
    ------
    RunRefused : they do not belong together, or there is nothing to train or to validate on.
    """
    dataset, targets = data.dataset, data.targets
    same = len(targets.ids) == len(dataset) and bool((targets.ids == dataset.ids).all())
    if not same or targets.classes != dataset.classes or targets.multilabel != dataset.multilabel:
        raise RunRefused(
            "The targets are not those of this dataset.",
            where=f"targets of policy {targets.policy!r}",
            remedy="Make the targets again.",
        )
    part = splits(dataset)
    weight = np.where(np.isnan(targets.values).all(axis=1), 0.0, targets.weight)
    hard = labels_of(targets.values, multilabel=targets.multilabel)
    by_people = targets.by_people
    labels = np.where(by_people[:, None] if dataset.multilabel else by_people, hard, dataset.given)
    selection = _masked(labels, (part == "validation") & (targets.weight > 0))
    train = np.flatnonzero(part == "train")
    _check(bool((weight[train] > 0).any()), "train", "no sample with a weight above 0")
    _check(bool((selection != MISSING).any()), "validation", "no labelled sample")
    return Samples(
        multilabel=dataset.multilabel,
        part=part,
        train=train,
        targets=targets.values,
        weight=weight,
        given=dataset.given,
        selection=selection,
        by_people=by_people,
        suspects=data.suspects,
    )


def _check(enough: bool, part: str, found: str) -> None:
    if not enough:
        raise RunRefused(
            f"The {part} part has {found}.",
            where="split of the dataset",
            remedy=f"Give some labelled samples the split {part!r}, or leave the split column out: "
            "then 70 % train, 15 % validate and 15 % test.",
        )


def _masked(labels: Integers, keep: Booleans) -> Integers:
    """The labels of some samples, MISSING for all others."""
    masked: Integers = np.where(keep if labels.ndim == 1 else keep[:, None], labels, MISSING)
    return masked


def scores(p: Floats, labels: Integers) -> tuple[float | None, float | None]:
    """Mean -log p and accuracy over the labels that are there, or None and None."""
    known = labels != MISSING
    if not known.any():
        return None, None
    if labels.ndim == 2:
        right = np.where(labels == 1, p, 1 - p)[known]
        hits = right >= 0.5
    else:
        right = p[known, labels[known]]
        hits = p[known].argmax(axis=1) == labels[known]
    return float(-np.log(np.maximum(right, LEAST)).mean()), float(hits.mean())


def _divergence(q: Floats, p: Floats) -> Floats:
    """q log(q / p) in nats, cell by cell; 0 where q is."""
    from scipy.special import xlogy

    return np.asarray(xlogy(q, q) - q * np.log(np.clip(p, LEAST, 1)))


def digest_of(targets: Targets) -> str:
    """What tells targets from others: 16 hex digits of values, weights and where they come from."""
    digest = hashlib.sha256()
    for array in (targets.values, targets.weight):
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(json.dumps(list(targets.source)).encode())
    return digest.hexdigest()[:16]
