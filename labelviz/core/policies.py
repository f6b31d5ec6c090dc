"""Policies: recipes that turn labels, evidence and decisions into Targets.

A recipe is written `name` or `name:parameter=value,parameter=value`, for example `smooth:off=0.1`.
Off-label mass is what the target takes away from the label: binary 0.1 gives 0.1/0.9. It equals
epsilon * (K - 1) / K of the smoothing factor in torch and transformers (Szegedy et al. 2016,
arXiv:1512.00567), so binary 0.1 is their 0.2.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np

from labelviz.core.agreement import pooled
from labelviz.core.arrays import Floats, strings
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.decisions import Decision, Review
from labelviz.core.difficulty import difficulty
from labelviz.core.distributions import (
    GIVEN,
    POLICY,
    POOLED,
    REVIEWER,
    Probabilities,
    Targets,
    hard_targets,
    row_over,
)
from labelviz.errors import StepMissing, TargetsRefused

SOFT = "given"


@dataclass(frozen=True)
class Parameter:
    """A number a recipe takes: its default, its inclusive range, and what it means."""

    default: float
    low: float
    high: float
    help: str


@dataclass(frozen=True)
class Recipe:
    """A policy that can be chosen."""

    help: str
    parameters: Mapping[str, Parameter]
    off_label_mass: Callable[[Mapping[str, float], Dataset, Probabilities | None], Floats]
    """(parameters, dataset, probabilities) -> mass broadcastable to (N,) or (N, K)."""
    needs_probabilities: bool = False


def _none(_: Mapping[str, float], __: Dataset, ___: Probabilities | None) -> Floats:
    return np.zeros(1)


def _uniform(parameters: Mapping[str, float], _: Dataset, __: Probabilities | None) -> Floats:
    return np.array([parameters["off"]])


def _by_difficulty(
    parameters: Mapping[str, float], _: Dataset, probabilities: Probabilities | None
) -> Floats:
    if probabilities is None:
        raise StepMissing(
            "Smoothing by difficulty needs a model's probabilities.",
            remedy="Get probabilities first: on the Data page, or with `labelviz predict`.",
        )
    mass: Floats = parameters["max"] * difficulty(probabilities) ** parameters["power"]
    return mass


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "hard": Recipe("The label as it is: all mass on one class.", {}, _none),
        "smooth": Recipe(
            "The same off-label mass for every sample.",
            {
                "off": Parameter(
                    0.1, 0.0, 0.45, "mass taken from the label (multi-label: each cell)"
                )
            },
            _uniform,
        ),
        "dynamic": Recipe(
            "Off-label mass from 0 for the easiest sample to `max` for the hardest.",
            {
                "max": Parameter(0.2, 0.0, 0.45, "off-label mass of the hardest sample"),
                "power": Parameter(1.0, 0.1, 10.0, "above 1 spares the medium-hard samples"),
            },
            _by_difficulty,
            needs_probabilities=True,
        ),
        SOFT: Recipe(
            "The soft label that came with the data; the label where none did.", {}, _none
        ),
    }
)


@dataclass(frozen=True)
class Policy:
    """A recipe with its parameters filled in."""

    name: str
    parameters: Mapping[str, float]

    def __str__(self) -> str:
        settings = ",".join(
            f"{key}={np.format_float_positional(value, trim='-')}"
            for key, value in self.parameters.items()
        )
        return f"{self.name}:{settings}" if settings else self.name


def parse_policy(text: str) -> Policy:
    """Read `name:parameter=value,...`; parameters that are not named get their defaults.

    Raises
    ------
    TargetsRefused : no such recipe or parameter, or a value out of range.
    """
    name, _, settings = text.strip().partition(":")
    if name not in RECIPES:
        raise TargetsRefused(
            f"There is no policy {name!r}.", remedy=f"Choose one of {', '.join(RECIPES)}."
        )
    parameters = {key: each.default for key, each in RECIPES[name].parameters.items()}
    for setting in filter(None, settings.split(",")):
        key, _, value = (part.strip() for part in setting.partition("="))
        parameters[key] = _parameter(name, key, value)
    return Policy(name, MappingProxyType(parameters))


def _parameter(policy: str, key: str, value: str) -> float:
    known = RECIPES[policy].parameters
    if key not in known:
        raise TargetsRefused(
            f"Policy {policy!r} has no parameter {key!r}.",
            remedy=f"Its parameters: {', '.join(known) or 'none'}.",
        )
    limits = known[key]
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not limits.low <= number <= limits.high:
        raise TargetsRefused(
            f"{key}={value} is not between {limits.low:g} and {limits.high:g}.",
            where=f"policy {policy!r}",
            remedy=f"Give a number from {limits.low:g} to {limits.high:g}.",
        )
    return number


@dataclass(frozen=True, eq=False)
class Shape:
    """What a policy makes of the labels of a dataset: of the given ones, or of any other.

    Parameters
    ----------
    dataset : N samples over K classes.
    policy : the recipe.
    off : mass taken from a label, (1,) for all alike, (N,) by sample, or (N, K) by cell.
    """

    dataset: Dataset
    policy: Policy
    off: Floats

    @classmethod
    def of(
        cls, dataset: Dataset, policy: Policy, probabilities: Probabilities | None = None
    ) -> Shape:
        """The shape that a policy gives to labels.

        Parameters
        ----------
        probabilities : a model's opinion, aligned to the dataset; needed by some policies.

        Raises
        ------
        StepMissing : the policy needs probabilities and there are none.
        """
        off = RECIPES[policy.name].off_label_mass(policy.parameters, dataset, probabilities)
        return cls(dataset, policy, off)

    @cached_property
    def targets(self) -> Targets:
        """The targets of the given labels, before any decision.

        A sample without a label gets weight 0 until a reviewer gives it one. So does a sample that
        came with weight 0; other weights stay as they came.
        """
        dataset = self.dataset
        present = dataset.given != MISSING
        known = present.any(axis=1) if dataset.multilabel else present
        values = shape_labels(hard_targets(dataset), self.off, multilabel=dataset.multilabel)
        if self._came is not None:
            values = np.where(np.isnan(self._came), values, self._came)
            known = known | ~np.isnan(self._came).all(axis=1)
        source = GIVEN if self.policy.name in ("hard", SOFT) else POLICY
        return Targets(
            values=values,
            classes=dataset.classes,
            ids=dataset.ids,
            multilabel=dataset.multilabel,
            weight=known * (1.0 if dataset.weight is None else dataset.weight),
            source=strings([source] * len(dataset)),
            policy=str(self.policy),
        )

    def label(self, row: int, names: Collection[str]) -> Floats:
        """(K,) the target of one sample if these classes are its label, as a reviewer says.

        A single label ends strictly on top; of several, each ends above 0.5 and the others below. A
        soft label that came with the data stands where it leans that way already, and gives way to
        the label where it does not.

        Raises
        ------
        TargetsRefused : a name is not a class.
        """
        dataset = self.dataset
        hard = row_over(dataset.classes, dict.fromkeys(names, 1.0))
        off = np.broadcast_to(self.off, (len(dataset), *self.off.shape[1:]))[[row]]
        shaped: Floats = shape_labels(hard[None], off, multilabel=dataset.multilabel)[0]
        if self._came is None:
            return shaped
        came = self._came[row]
        if dataset.multilabel:
            return np.asarray(np.where(np.where(hard == 1, came > 0.5, came < 0.5), came, shaped))
        named = hard == 1
        return came if came[named].min() > came[~named].max() else shaped

    @property
    def _came(self) -> Floats | None:
        """(N, K) the soft labels that this policy takes as they came, NaN where none did."""
        return self.dataset.soft if self.policy.name == SOFT else None


def make_targets(
    dataset: Dataset, policy: Policy, probabilities: Probabilities | None = None
) -> Targets:
    """The targets a policy makes of the given labels, before any decision; see `Shape.of`."""
    return Shape.of(dataset, policy, probabilities).targets


@dataclass(frozen=True, eq=False)
class Settled:
    """What people made of one sample: its (K,) target, its weight, and who had the last word."""

    row: Floats
    weight: float
    source: str


def with_decisions(shape: Shape, review: Review, *, pool: bool = False) -> Targets:
    """The targets with reviewers before the policy.

    A reviewer who keeps, accepts or chooses a class settles the label, and the policy shapes it
    like any other. A reviewer's own target row stands as it was set. Excluded samples get weight 0.
    Unsure, flagged and disputed samples stay with the policy.

    Parameters
    ----------
    pool : make the mean of all answers the target of a disputed sample.
    """
    targets, rows = shape.targets, shape.dataset.rows
    values, weight, source = targets.values.copy(), targets.weight.copy(), targets.source.copy()
    for sample in review.samples:
        found = settled(shape, review, sample, pool=pool)
        if found is not None:
            row = rows[sample]
            values[row], weight[row], source[row] = found.row, found.weight, found.source
    return replace(targets, values=values, weight=weight, source=source)


def settled(shape: Shape, review: Review, sample: str, *, pool: bool = False) -> Settled | None:
    """What people made of one sample; None where it stays with the policy."""
    row, decision = shape.dataset.rows[sample], review.agreed(sample)
    if decision is None:
        return _pooled(shape, row, review.decisions(sample)) if pool else None
    if decision.verdict in ("unsure", "flag"):
        return None
    weight = 0.0 if decision.verdict == "exclude" else _weight_in_use(shape, row)
    return Settled(_answer(shape, row, decision), weight, REVIEWER)


def _pooled(shape: Shape, row: int, decisions: Sequence[Decision]) -> Settled | None:
    """What all people together make of a sample they dispute; None where nobody answered.

    Every voice counts alike: the target is the mean of the answers, and the weight the share of
    the voices that did not exclude the sample. Who is unsure, or flags it, has no voice.
    """
    answers = [
        _answer(shape, row, each)
        for each in decisions
        if each.label is not None or each.target is not None
    ]
    voices = len(answers) + sum(each.verdict == "exclude" for each in decisions)
    if not voices:
        return None
    together = pooled(answers) if answers else shape.targets.values[row]
    return Settled(together, _weight_in_use(shape, row) * len(answers) / voices, POOLED)


def _weight_in_use(shape: Shape, row: int) -> float:
    """What a sample weighs once people want it in: as it came, or 1 where it came as left out."""
    came = 1.0 if shape.dataset.weight is None else float(shape.dataset.weight[row])
    return came or 1.0


def _answer(shape: Shape, row: int, decision: Decision) -> Floats:
    """(K,) the target that one decision gives a sample."""
    if decision.target is not None:
        return row_over(shape.dataset.classes, decision.target)
    if decision.label is not None:
        return shape.label(row, decision.label)
    policy_row: Floats = shape.targets.values[row]
    return policy_row


def shape_labels(hard: Floats, off: Floats, *, multilabel: bool) -> Floats:
    """Take off-label mass from one-hot rows and spread it evenly over the other classes.

    Parameters
    ----------
    hard : (N, K) one-hot rows, or cells of 0, 1 and NaN.
    off : mass in [0, 0.5), broadcastable to (N,), or for multi-label to (N, K). A multi-label cell
        becomes off or 1 - off by itself.
    """
    if multilabel:
        cell_off = off if off.ndim == 2 else off[:, None]
        return np.asarray(hard * (1 - cell_off) + (1 - hard) * cell_off)
    k = hard.shape[1]
    row_off = np.broadcast_to(off, len(hard))[:, None]
    return np.asarray(hard * (1 - row_off) + (1 - hard) * row_off / (k - 1))
