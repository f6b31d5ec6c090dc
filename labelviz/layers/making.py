"""Making: what a policy makes of labels, layer by layer, and what each of them changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from labelviz.core.arrays import Floats, Integers, highest, strings
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.distributions import (
    GIVEN,
    POLICY,
    Probabilities,
    Targets,
    row_over,
)
from labelviz.errors import TargetsRefused
from labelviz.layers.ground import Ground
from labelviz.layers.layer import Layer, Working
from labelviz.layers.policy import Policy

SHARED = ("duplicates", "balance")  # weights that what people settled has too
SAME = 1e-9  # by how much a number may differ and count as unchanged


@dataclass(frozen=True)
class Changed:
    """What a layer changed.

    Parameters
    ----------
    layer : which.
    samples : whose target or weight it changed.
    moved : half of what it changed in the cells of a sample, as a mean over all samples: of one
        label the mass that went to other classes.
    weight : sum of all weights after it.
    """

    layer: Layer
    samples: int
    moved: float
    weight: float


@dataclass(frozen=True, eq=False)
class Making:
    """What a policy makes of labels: of the given ones, or of any other.

    Parameters
    ----------
    ground : what the layers rest on.
    policy : the layers.
    """

    ground: Ground
    policy: Policy

    def __post_init__(self) -> None:
        several = self.dataset.multilabel
        for each in self.policy.layers:
            if each.kind.labels not in ("either", "several" if several else "one"):
                raise TargetsRefused(
                    f"The layer {each.kind.name!r} is for "
                    + ("one label per sample." if several else "several labels per sample."),
                    remedy="Leave it out.",
                )

    @property
    def dataset(self) -> Dataset:
        """The samples."""
        return self.ground.dataset

    @cached_property
    def targets(self) -> Targets:
        """The targets of the given labels, before any decision.

        A sample without a label gets weight 0 until a reviewer gives it one. So does a sample that
        came with weight 0; other weights stay as they came, times what the layers make of them.
        """
        dataset, made = self.dataset, self._made
        source = POLICY if self.policy.moves else GIVEN
        return Targets(
            values=made.values,
            classes=dataset.classes,
            ids=dataset.ids,
            multilabel=dataset.multilabel,
            weight=made.weight,
            source=strings([source] * len(dataset)),
            policy=str(self.policy),
        )

    @cached_property
    def shared(self) -> Floats:
        """(N,) what duplicates and the balance of classes make of a weight of 1."""
        labels, rows = self.ground.labels, np.arange(len(self.dataset))
        working = Working.of(rows, labels, np.ones(len(rows)))
        layers = (each for each in self.policy.of("weight") if each.kind.name in SHARED)
        return self._through(working, layers).weight

    @cached_property
    def changed(self) -> tuple[Changed, ...]:
        """What each layer changed of the given labels, in their order."""
        steps = zip(self.policy.whole, pairwise(self._all), strict=True)
        return tuple(_change(layer, before, after) for layer, (before, after) in steps)

    @cached_property
    def _all(self) -> tuple[Working, ...]:
        """All labels as they are, and after each layer."""
        found = [self.start(np.arange(len(self.dataset)))]
        for layer in self.policy.whole:
            found.append(layer.kind.apply(found[-1], layer, self.ground))
        return tuple(found)

    @property
    def _made(self) -> Working:
        return self._all[-1]

    def start(self, rows: Integers) -> Working:
        """Some samples as their labels are, with the weights they came with."""
        dataset, hard = self.dataset, self.ground.labels[rows]
        given = dataset.given[rows]
        known = (given != MISSING).any(axis=1) if dataset.multilabel else given != MISSING
        came = np.ones(len(rows)) if dataset.weight is None else dataset.weight[rows]
        return Working.of(rows, hard, known * came, came)

    def _through(self, working: Working, layers: Iterable[Layer]) -> Working:
        for layer in layers:
            working = layer.kind.apply(working, layer, self.ground)
        return working

    def steps(self, row: int) -> tuple[tuple[Layer, Floats, float], ...]:
        """What one sample's target and weight are after each layer, before any decision."""
        working, found = self.start(np.array([row])), []
        for layer in self.policy.whole:
            working = layer.kind.apply(working, layer, self.ground)
            found.append((layer, working.values[0], float(working.weight[0])))
        return tuple(found)

    def label(self, row: int, names: Collection[str], doubt: float = 1.0) -> Floats:
        """(K,) the target of one sample if these classes are its label, as a reviewer says.

        A single label ends strictly on top; of several, each ends above 0.5 and the others below.
        What the base and the posterior make of it stands where it leans that way, and gives way to
        the label where it does not; then it is shaped like any label.

        Parameters
        ----------
        doubt : how much of the softness stays: 1 all of it, 0 none.

        Raises
        ------
        TargetsRefused : a name is not a class.
        """
        hard = row_over(self.dataset.classes, dict.fromkeys(names, 1.0))
        if doubt == 0:
            return hard
        working = Working.of(np.array([row]), hard[None], np.ones(1))
        working = self._through(working, self.policy.of("base", "posterior"))
        working = working.valued(_leaning_to(hard, working.values[0], self.dataset)[None])
        shaped = self._through(working, self.policy.of("shape")).values[0]
        shaped = _leaning_to(hard, shaped, self.dataset)
        return shaped if doubt == 1 else (1 - doubt) * hard + doubt * shaped


def make_targets(
    dataset: Dataset, policy: Policy, probabilities: Probabilities | None = None
) -> Targets:
    """The targets a policy makes of the given labels, before any decision."""
    return Making(Ground(dataset, probabilities), policy).targets


def _leaning_to(hard: Floats, row: Floats, dataset: Dataset) -> Floats:
    """(K,) a row where it leans to a label, the label where it does not."""
    if dataset.multilabel:
        return np.asarray(np.where(np.where(hard == 1, row > 0.5, row < 0.5), row, hard))
    named = hard == 1
    return row if row[named].min(initial=2) > row[~named].max(initial=-1) else hard


def _change(layer: Layer, before: Working, after: Working) -> Changed:
    mass, moved = 0.0, np.abs(after.weight - before.weight) > SAME
    if after.values is not before.values and len(moved):
        apart = np.abs(after.values - before.values)
        if np.isnan(apart).any():  # a cell that was or became unknown
            both = (np.nan_to_num(each.values, nan=0.5) for each in (after, before))
            apart = np.abs(next(both) - next(both))
        moved |= highest(apart) > SAME
        mass = float(apart.sum()) / 2 / len(apart)
    return Changed(layer, int(moved.sum()), mass, float(after.weight.sum()))
