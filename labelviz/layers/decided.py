"""Decided: targets with what people decided on top of what a policy makes of labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from labelviz.core.agreement import pooled
from labelviz.core.arrays import Floats
from labelviz.core.decisions import Decision, Review
from labelviz.core.distributions import POOLED, REVIEWER, Targets, row_over
from labelviz.layers.making import Making
from labelviz.layers.policy import SOFT


@dataclass(frozen=True, eq=False)
class Settled:
    """What people made of one sample: its (K,) target, its weight, and who had the last word."""

    row: Floats
    weight: float
    source: str


def with_decisions(making: Making, review: Review) -> Targets:
    """The targets with reviewers before labels and models.

    What a reviewer kept or chose is hard, or softened as the policy's layer `people` has it. A
    reviewer's own target row stands as it was set. Excluded samples get weight 0. Unsure, flagged
    and disputed samples stay with the policy. The weight of what people settled is that of the
    layers, but those of doubt and ease leave it alone.
    """
    targets = making.targets
    values, weight, source = targets.values.copy(), targets.weight.copy(), targets.source.copy()
    for sample in review.samples:
        found = settled(making, review, sample)
        if found is not None:
            row = making.dataset.rows[sample]
            values[row], weight[row], source[row] = found.row, found.weight, found.source
    return replace(targets, values=values, weight=weight, source=source)


def settled(making: Making, review: Review, sample: str) -> Settled | None:
    """What people made of one sample; None where it stays with the policy."""
    row, decision = making.dataset.rows[sample], review.agreed(sample)
    if decision is None:
        pools = making.policy.people.word("disputed") == "pooled"
        return _pooled(making, row, review.decisions(sample)) if pools else None
    if decision.verdict in ("unsure", "flag"):
        return None
    weight = 0.0 if decision.verdict == "exclude" else _weight_in_use(making, row)
    return Settled(_answer(making, row, decision), weight, REVIEWER)


def _pooled(making: Making, row: int, decisions: Sequence[Decision]) -> Settled | None:
    """What all people together make of a sample they dispute; None where nobody answered.

    Every voice counts alike: the target is the mean of the answers, and the weight the share of
    the voices that did not exclude the sample. Who is unsure, or flags it, has no voice.
    """
    answers = [
        _answer(making, row, each)
        for each in decisions
        if each.label is not None or each.target is not None
    ]
    voices = len(answers) + sum(each.verdict == "exclude" for each in decisions)
    if not voices:
        return None
    together = pooled(answers) if answers else making.targets.values[row]
    return Settled(together, _weight_in_use(making, row) * len(answers) / voices, POOLED)


def _weight_in_use(making: Making, row: int) -> float:
    """What a sample weighs once people want it in: as it came, or 1 where it came as left out.

    Layers that make likely errors and easy samples weigh less have no say: people looked.
    """
    came = 1.0 if making.dataset.weight is None else float(making.dataset.weight[row])
    return (came or 1.0) * float(making.shared[row])


def _answer(making: Making, row: int, decision: Decision) -> Floats:
    """(K,) the target that one decision gives a sample."""
    people, dataset = making.policy.people, making.dataset
    policy_row: Floats = making.targets.values[row]
    if decision.target is not None:
        set_row, lean = row_over(dataset.classes, decision.target), people.number("lean")
        known = np.where(np.isnan(policy_row), set_row, policy_row)
        return (1 - lean) * set_row + lean * known if lean else set_row
    if decision.label is None:
        return policy_row
    kept = decision.verdict == "keep" and making.policy.has(SOFT)
    return making.label(row, decision.label, 1.0 if kept else people.number("doubt"))
