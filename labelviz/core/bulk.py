"""Bulk: one decision on many samples, as one action that is undone in one step."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from labelviz.core.dataset import Dataset
from labelviz.core.decisions import Decision
from labelviz.core.distributions import Targets
from labelviz.core.suspicion import Suspicion

BulkVerdict = Literal["keep", "accept", "choose", "soften", "policy", "exclude"]
BULK_VERDICTS: tuple[BulkVerdict, ...] = get_args(BulkVerdict)


@dataclass(frozen=True)
class Bulk:
    """What is decided on many samples.

    Parameters
    ----------
    verdict : keep the given label, accept the suggestion where there is one, choose a label, set a
        target (soften), freeze what the policy makes now (policy), or exclude.
    label : class names, to choose.
    target : probability by class name, to soften.
    note : free text, on every sample.
    """

    verdict: BulkVerdict
    label: tuple[str, ...] = ()
    target: Mapping[str, float] | None = None
    note: str = ""


@dataclass(frozen=True)
class Known:
    """What bulk decisions rest on."""

    dataset: Dataset
    suspicion: Suspicion | None
    policy: Targets


def bulk_decisions(
    bulk: Bulk, rows: Iterable[int], known: Known, reviewer: str
) -> tuple[Decision, ...]:
    """One decision per sample that it fits, all of one action.

    Samples without a given label are not kept, and those without a better suggestion not accepted.
    """
    action = uuid.uuid4().hex
    made = (_decision(bulk, row, known, reviewer, action) for row in rows)
    return tuple(decision for decision in made if decision is not None)


def alike(decision: Decision, rows: Iterable[int], dataset: Dataset) -> tuple[Decision, ...]:
    """The same decision on copies of its sample, as one action."""
    action = uuid.uuid4().hex
    return tuple(
        replace(
            decision,
            operation=uuid.uuid4().hex,
            sample=str(dataset.ids[row]),
            sample_hash=dataset.sample_hash(row),
            verdict="choose" if decision.label is not None else decision.verdict,
            action=action,
            expected=0,
            blind=False,
            decided_at="",
            sequence=0,
        )
        for row in rows
    )


def _decision(bulk: Bulk, row: int, known: Known, reviewer: str, action: str) -> Decision | None:
    dataset = known.dataset
    plain = Decision(
        operation=uuid.uuid4().hex,
        sample=str(dataset.ids[row]),
        sample_hash=dataset.sample_hash(row),
        verdict="exclude",
        reviewer=reviewer,
        note=bulk.note,
        action=action,
    )
    given = dataset.label_names(dataset.given, row)
    if bulk.verdict == "exclude":
        return plain
    if bulk.verdict == "choose":
        return replace(plain, verdict="choose", label=bulk.label)
    if bulk.verdict == "keep":
        return replace(plain, verdict="keep", label=given) if dataset.labelled[row] else None
    if bulk.verdict == "accept":
        if known.suspicion is None:
            return None
        suggested = dataset.label_names(known.suspicion.suggested, row)
        return None if suggested == given else replace(plain, verdict="accept", label=suggested)
    shares = bulk.target
    if bulk.verdict == "policy":
        shares = dict(zip(dataset.classes, known.policy.values[row].tolist(), strict=True))
    return replace(plain, verdict="soften", target=shares)
