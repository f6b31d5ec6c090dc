"""Cautions: what somebody should know before a model is trained on these targets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from labelviz.core.arrays import Booleans
from labelviz.core.distributions import Targets
from labelviz.layers.duplicates import copies
from labelviz.layers.layer import Layer
from labelviz.layers.making import SAME, Making
from labelviz.layers.policy import Policy

# Layers that take mass from a label by a number of their own.
TAKING = ("smooth", "asymmetric", "dynamic", "slices", "confidence")
# Of which layer which word does without a model.
WITHOUT = {("dynamic", "by"): ("map", "area"), ("thin", "by"): ("map", "area"),
           ("spread", "by"): ("names",), ("slices", "by"): ("reviews",)}  # fmt: skip
EASY = 0.1  # hardness by the margin up to which a sample with copies says nothing new
FEW_LEFT = 0.5  # share of the samples that weights leave, below which it is said


def rests_on_model(policy: Policy) -> bool:
    """Whether any layer looks at a model's probabilities."""
    return any(map(_looks, policy.layers))


def _looks(layer: Layer) -> bool:
    if "probabilities" not in layer.kind.needs:
        return False
    if layer.kind.name == "votes":
        return layer.number("model") > 0
    return not any(
        name == layer.kind.name and layer.word(setting) in words
        for (name, setting), words in WITHOUT.items()
    )


def cautions(making: Making, targets: Targets, flagged: Booleans | None = None) -> tuple[str, ...]:
    """What to think about, a sentence or two each.

    Parameters
    ----------
    targets : what the layers made, with decisions on top.
    flagged : (N,) the labels that detectors call wrong; None where nothing was flagged.
    """
    return (*_cautions(making, targets), *_suspicious(making, targets, flagged), *_weights(targets))


def _cautions(making: Making, targets: Targets) -> Iterator[str]:
    policy, ground = making.policy, making.ground
    known = ground.probabilities
    if known is not None and known.provenance.in_doubt and rests_on_model(policy):
        yield (
            "This rests on probabilities of a model that knows these labels, or seems to: it finds "
            "every label easy and right. Cross-validate, and use that."
        )
    elif known is not None and known.provenance.relation == "unknown" and rests_on_model(policy):
        yield (
            "Nobody said whether the model was told these labels; if it was, it finds every label "
            "easy and right."
        )
    yield from filter(None, (each.kind.waits(each, ground) for each in policy.layers))
    yield from _twice(making)
    yield from _negatives(making, targets)
    yield from _turned(making)


def _twice(making: Making) -> Iterator[str]:
    taking = [each.kind.name for each in making.policy.layers if each.kind.name in TAKING]
    if len(taking) > 1:
        yield f"Labels are softened {len(taking)} times in turn: by {' and by '.join(taking)}."
    values = making.ground.dataset.soft
    soft = values is not None and bool(((values > SAME) & (values < 1 - SAME)).any())
    if taking and making.policy.has("given") and soft:
        yield "Labels that came soft are softened once more."


def _negatives(making: Making, targets: Targets) -> Iterator[str]:
    if not making.dataset.multilabel:
        return
    used = (targets.weight > 0)[:, None]
    given = making.dataset.given
    positives = float(((given == 1) & used).sum())
    mass = float(np.nansum(np.where((given == 0) & used, targets.values, 0)))
    if mass > positives:
        yield (
            f"Classes that do not apply have a mass of {mass:,.0f} together, and only "
            f"{positives:,.0f} do apply: a model would learn to say a little of everything."
        )


def _turned(making: Making) -> Iterator[str]:
    if making.dataset.multilabel or not making.policy.moves:
        return
    values, hard = making.targets.values, making.ground.labels
    own = values[np.arange(len(values)), hard.argmax(axis=1)]
    turned = int((own < values.max(axis=1) - SAME)[making.dataset.labelled].sum())
    if turned:
        yield (
            f"{turned:,} samples get another class on top than their label without a person "
            "having looked."
        )


def _suspicious(making: Making, targets: Targets, flagged: Booleans | None) -> Iterator[str]:
    if flagged is None or making.policy.has("relabel") or making.policy.has("doubt"):
        return
    count = int((flagged & ~targets.by_people & (targets.weight > 0)).sum())
    if count:
        yield (
            f"{count:,} flagged labels are trained on as they are: softening a wrong label does "
            "not correct it."
        )


def _weights(targets: Targets) -> Iterator[str]:
    """Kish's effective sample size."""
    weight = targets.weight[targets.weight > 0]
    if not len(weight):
        yield "Nothing is left to train on: every sample has weight 0."
        return
    left = float(weight.sum() ** 2 / (weight**2).sum())
    if left < FEW_LEFT * len(weight):
        yield (
            f"The weights are so uneven that {len(weight):,} samples tell a model as much as "
            f"{left:,.0f} of equal weight would."
        )


def nothing_new(making: Making) -> str:
    """How many samples say nothing new, and what the layers leave of them, in a sentence.

    Those that say nearly what another one does, and that the model finds easy. Empty where no layer
    thins, or there is no model.
    """
    policy, ground = making.policy, making.ground
    if not (policy.has("thin") or policy.has("duplicates")) or ground.probabilities is None:
        return ""
    hard = ground.hardness("margin")
    hard = hard.max(axis=1) if hard.ndim == 2 else hard
    easy = (copies(ground) > 1) & (hard <= EASY)
    left = float(making.targets.weight[easy].sum())
    return (
        f"{int(easy.sum()):,} samples say nothing new: another says nearly the same, and the model "
        f"finds them easy. Of their weight {left:,.1f} is left."
    )
