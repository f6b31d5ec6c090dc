"""Outcome card: what a comparison found and what it rests on, to keep and to show to others."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from labelviz.core.effect import MATTERS, Effect
from labelviz.core.experiment import Arm, Outcome, amount, number
from labelviz.core.files import check_absent, created
from labelviz.core.memorisation import memory_in_words
from labelviz.core.metrics import Collapse
from labelviz.core.reference import Reference
from labelviz.core.visible import in_markdown

VERSION = 1  # of the JSON
NOTHING = "Recommend nothing yet: no model learned anything. It changes once they do."
ONCE = (
    "Recommend nothing yet: one training each says nothing of targets. It changes with an "
    "experiment of 6 seeds or more."
)
TRAIN_ON = (
    "Train on “{name}”: {metric} {difference} ({low} to {high}). It changes if another model, "
    "other settings or other data are used: this was tried with these alone."
)
TRAIN_ON_GIVEN = (
    "Train on “{name}”: {metric} {difference} ({low} to {high}). It changes if trusted labels say "
    "otherwise: the given ones, errors included, judged this; and with another model, other "
    "settings or other data."
)
TRY_FIRST = (
    "Train a model on “{name}” first: to linear heads it is worth {metric} {difference} ({low} to "
    "{high}). It changes once a whole model was trained, which may say otherwise."
)
EQUAL = (
    "Stay with “{first}”: no other set is better by a point or more, and by {metric} all are equal "
    "within a point. "
    "More seeds will not change it; another model, other settings or other data may."
)
WORSE = (
    "Stay with “{first}”: by {metric} no other set is better by as much as matters, and what "
    "differs by as much is worse. It changes with another model, other settings or other data."
)
TRADED = (
    "Stay with “{first}”, unless {metric} is what matters: “{name}” is better by it, {difference} "
    "({low} to {high}), and worse by {other}, {loss}."
)
FEW = (
    "Stay with “{first}” until more is known: {seeds} seeds cannot tell. It changes with {fewest} "
    "or more."
)
NO_INTERVAL = (
    "Stay with “{first}” until more is known: these test samples, {samples} in all, cannot tell. "
    "It changes with more of them, and some of every class."
)
UNKNOWN = (
    "Stay with “{first}” until more is known. It changes if the difference of “{name}” by "
    "{metric}, {difference}, is real: about {times} times as many seeds and test samples would "
    "show that."
)
TOO_SMALL = (
    "Stay with “{first}” until more is known. “{name}” comes nearest by {metric}, with "
    "{difference}: about {times} times as many seeds and test samples would show a difference of "
    "a point, the least that matters."
)


NOT_AHEAD = (
    "Stay with “{first}”: no other set came out ahead. Whether “{name}” is as good by {metric} "
    "cannot be told yet ({difference}; {low} to {high}); more seeds and test samples would tell."
)


CAUTIONS = {
    "given": "The given labels judge, errors included: who repeats these errors looks better.",
    "reviewed": "Reviewed samples judge. If people looked where labels were suspicious, they are "
    "harder than the others; 30 that were drawn at random would tell.",
}


def recommendation(found: Outcome) -> str:
    """What to train on, and when that would change."""
    first, best = found.arms[0].name, found.best
    if found.nothing:
        return NOTHING
    if found.seeds == 1:
        return ONCE
    effects = {arm.name: arm.effects[0] for arm in found.arms[1:]}
    if best is not None:
        words = TRAIN_ON_GIVEN if found.reference.kind == "given" else TRAIN_ON
        words = TRY_FIRST if found.by_heads else words
        return words.format(name=best.name, **_shown(effects[best.name]))
    if found.traded is not None:
        effect, loss = found.traded.effects[:2]
        return TRADED.format(
            first=first, name=found.traded.name, other=loss.metric,
            loss=amount(loss.difference, loss.metric), **_shown(effect),
        )  # fmt: skip
    said = {each.conclusion for each in effects.values()}
    unsure = [name for name, each in effects.items() if each.conclusion == "unknown"]
    nearest = max(unsure or effects, key=lambda name: effects[name].difference)
    effect = effects[nearest]
    if not effect.enough_samples:
        return NO_INTERVAL.format(first=first, samples=f"{len(found.reference):,}")
    if said <= {"equal", "slightly better", "slightly worse"}:
        return EQUAL.format(first=first, metric=effect.metric)
    if effect.shown is None:
        return FEW.format(first=first, seeds=found.seeds, fewest=effect.fewest)
    if "unknown" not in said:
        return WORSE.format(first=first, metric=effect.metric)
    if effect.difference <= 0:
        return NOT_AHEAD.format(first=first, name=nearest, **_shown(effect))
    matters = effect.difference >= MATTERS
    wanted = effect.difference if matters else MATTERS
    times = max(2, math.ceil((effect.shown / wanted) ** 2))
    words = UNKNOWN if matters else TOO_SMALL
    return words.format(first=first, name=nearest, times=f"{times:,}", **_shown(effect))


def _shown(effect: Effect) -> dict[str, str]:
    metric = effect.metric
    return {
        "metric": metric, "difference": amount(effect.difference, metric),
        "low": number(effect.low, metric), "high": number(effect.high, metric),
    }  # fmt: skip


def outcome_json(found: Outcome) -> dict[str, Any]:
    """All of it as JSON values."""
    reference = found.reference
    return {
        "labelviz_outcome": VERSION,
        "name": found.name,
        "recommendation": recommendation(found),
        "verdict": found.verdict(),
        "seeds": {"done": found.seeds, "planned": found.planned},
        "reference": {
            "labels": reference.kind, "samples": len(reference), "tested": reference.tested,
            "left_out": reference.left_out, "sharing_a_record": reference.sharing,
            "drawn_at_random": reference.drawn, "weighted": bool(reference.drawn),
            "cautions": _cautions(reference),
        },
        "sets": [_arm(arm) for arm in found.arms],
        "memory": memory_in_words(found.curves),
        "made": dict(found.made),
    }  # fmt: skip


def _cautions(reference: Reference) -> list[str]:
    """What to hold against a verdict because of the labels that it rests on."""
    caution = "" if reference.drawn else CAUTIONS.get(reference.kind, "")
    return [*filter(None, [caution]), *(f"{line}." for line in reference.gaps())]


def _arm(arm: Arm) -> dict[str, Any]:
    return {
        "name": arm.name,
        "policy": arm.policy,
        "metrics": {
            metric.name: [each[place].value for each in arm.metrics]
            for place, metric in enumerate(arm.metrics[0])
        },
        "calibration": {
            each.form: {"NLL": list(each.nll), "ECE": list(each.ece)} for each in arm.calibration
        },
        "learned_nothing": {str(seed + 1): why.words for seed, why in arm.unlearned.items()},
        "effects": {
            each.metric: {
                "difference": each.difference,
                "interval_95": [each.low, each.high] if each.enough_samples else None,
                "interval_90": list(each.inner) if each.enough_samples else None,
                "p": each.p, "by_seed": list(each.by_seed), "conclusion": each.conclusion,
            }
            for each in arm.effects
        },
    }  # fmt: skip


def outcome_markdown(found: Outcome) -> str:
    """The same in Markdown, what to do first."""
    marked = _marked(found)
    metrics = [metric.name for metric in found.arms[0].metrics[0]]
    values = [
        [arm.name, arm.policy, *(arm.in_words(place) for place in range(len(metrics)))]
        for arm in found.arms
    ]
    forms = [
        [arm.name, each.form, *each.in_words] for arm in found.arms for each in arm.calibration
    ]
    reference = found.reference
    judged = [
        ["labels", reference.kind],
        ["test samples judged", f"{len(reference):,} of {reference.tested:,}"],
        ["left out, since training saw their like", f"{reference.left_out:,}"],
        ["share a record with training all the same", f"{reference.sharing:,}"],
        ["drawn at random for review, and weighed by it", f"{reference.drawn:,}"],
    ]
    made = [[name.replace("_", " "), _flat(value)] for name, value in found.made.items()]
    return "\n\n".join([
        f"# {in_markdown(found.name)}",
        f"**{recommendation(marked)}**",
        "\n".join(f"- {line}" for line in (*marked.verdict(), *memory_in_words(marked.curves))),
        f"## Results, {found.seeds} of {found.planned} seeds",
        _table(["targets", "policy", *metrics], values),
        "## Calibration",
        _table(["targets", "probabilities", "NLL", "ECE"], forms),
        "## Judged by",
        _table(["", ""], judged),
        *(_cautions(reference)),
        "## Made with",
        _table(["", ""], made),
    ]) + "\n"  # fmt: skip


def _marked(found: Outcome) -> Outcome:
    """The same with the names that data gives as Markdown shows them."""
    return replace(
        found,
        arms=tuple(
            replace(
                arm,
                name=in_markdown(arm.name),
                unlearned={
                    seed: Collapse(in_markdown(why.words), why.only and in_markdown(why.only))
                    for seed, why in arm.unlearned.items()
                },
            )
            for arm in found.arms
        ),
        curves=tuple(replace(curve, name=in_markdown(curve.name)) for curve in found.curves),
    )


def _flat(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_flat(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_flat(each) for each in value)
    return str(value)


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header)]
    lines += [[in_markdown(cell, cell=True) for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write_outcome(found: Outcome, file: Path) -> None:
    """Write the card to a new file: JSON where its name ends so, else Markdown.

    Raises
    ------
    ExportRefused : the file exists.
    """
    check_absent(file)
    text = (
        json.dumps(outcome_json(found), ensure_ascii=False, indent=2) + "\n"
        if file.suffix.lower() == ".json"
        else outcome_markdown(found)
    )
    with created(file) as temporary:
        temporary.write_text(text, encoding="utf-8")
