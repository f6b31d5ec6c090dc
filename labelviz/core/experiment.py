"""Experiment: several sets of targets, the same model and seeds, and what may be said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.comparison import Reference
from labelviz.core.effect import MATTERS, Conclusion, Effect, corrected, of_f1, of_means
from labelviz.core.metrics import FLOOR, Metric, evaluate, unlearned

F1_NAMES = {"binary": "F1 (positive)"}
NATS = ("NLL",)  # metrics in nats; the others are shares, shown in points of 100
SENTENCES: Mapping[Conclusion, str] = MappingProxyType({
    "better": "“{name}” is better than “{first}” by {metric}: {difference} ({low} to {high}; "
    "{seeds} seeds, n = {samples}).",
    "worse": "“{name}” is worse than “{first}” by {metric}: {difference} ({low} to {high}; "
    "{seeds} seeds, n = {samples}).",
    "slightly better": "“{name}” is better than “{first}” by {metric}, but by less than matters: "
    "{difference} ({low} to {high}; {seeds} seeds, n = {samples}).",
    "slightly worse": "“{name}” is worse than “{first}” by {metric}, but by less than matters: "
    "{difference} ({low} to {high}; {seeds} seeds, n = {samples}).",
    "equal": "“{name}” and “{first}” are equal by {metric}, within {matters} ({seeds} seeds, "
    "n = {samples}).",
    "unknown": "Whether “{name}” is better than “{first}” by {metric} cannot be told: {difference} "
    "({low} to {high}; {seeds} seeds, n = {samples}).",
})  # fmt: skip
WOULD_SHOW = "{seeds} seeds on these samples would have shown a difference of about {shown}."
TOO_FEW = "Fewer than 6 seeds cannot tell a difference from chance."


@dataclass(frozen=True)
class Arm:
    """What came of one set of targets.

    Parameters
    ----------
    name : of the set.
    policy : its recipe.
    metrics : of every seed, the same metrics in the same order.
    unlearned : why nothing was learned, by seed that learned nothing.
    effects : what it changed against the first set, by metric; none for the first.
    """

    name: str
    policy: str
    metrics: tuple[tuple[Metric, ...], ...]
    unlearned: Mapping[int, str]
    effects: tuple[Effect, ...] = ()

    def spread(self, place: int) -> tuple[float, float]:
        """Mean and standard deviation of a metric over the seeds; NaN of one seed."""
        values = [each[place].value for each in self.metrics]
        deviation = float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")
        return float(np.mean(values)), deviation

    def in_words(self, place: int) -> str:
        """A metric over the seeds: mean ± standard deviation, or the number of one seed."""
        mean, deviation = self.spread(place)
        return f"{mean:.3f} ± {deviation:.3f}" if len(self.metrics) > 1 else f"{mean:.3f}"


@dataclass(frozen=True)
class Outcome:
    """What an experiment says.

    Parameters
    ----------
    name : of the experiment.
    arms : the sets of targets, the one that the others are compared with first.
    seeds : how many were trained with every set.
    planned : how many there are to be.
    reference : trusted labels from a file, what reviewers said, or the given labels.
    samples : test samples with a label to compare with.
    left_out : test samples that say what a training sample says.
    """

    name: str
    arms: tuple[Arm, ...]
    seeds: int
    planned: int
    reference: Reference
    samples: int
    left_out: int

    def said_of(self, arm: Arm) -> list[str]:
        """What may be said of a set against the first, a sentence or two for each metric."""
        lines = []
        for effect in arm.effects:
            metric = effect.metric
            facts = {
                "name": arm.name, "first": self.arms[0].name, "metric": metric,
                "difference": amount(effect.difference, metric),
                "low": number(effect.low, metric), "high": number(effect.high, metric),
                "matters": amount(MATTERS, metric).lstrip("+"),
                "seeds": self.seeds, "samples": f"{self.samples:,}",
            }  # fmt: skip
            line = SENTENCES[effect.conclusion].format_map(facts)
            if effect.conclusion == "unknown":
                shown = effect.shown
                line += " " + (
                    TOO_FEW
                    if shown is None
                    else WOULD_SHOW.format(
                        seeds=self.seeds, shown=amount(shown, effect.metric).lstrip("+")
                    )
                )
            lines.append(line)
        return lines

    @property
    def best(self) -> Arm | None:
        """The set to train on: the one that is better than the first by most; None where none is.

        By F1, and not where it is worse by accuracy.
        """
        better = [
            arm for arm in self.arms[1:]
            if arm.effects[0].conclusion == "better" and arm.effects[1].conclusion != "worse"
        ]  # fmt: skip
        return max(better, key=lambda arm: arm.effects[0].difference, default=None)


def amount(value: float, metric: str) -> str:
    """A difference with its unit: points of 100 for shares, nats for a loss."""
    return f"{number(value, metric)} nats" if metric in NATS else f"{number(value, metric)} points"


def number(value: float, metric: str) -> str:
    """A difference with its sign, in the unit of `amount`."""
    return f"{value:+.3f}" if metric in NATS else f"{100 * value:+.1f}"


def effects_of(
    first: Floats, second: Floats, labels: Integers, units: Integers, task: str
) -> tuple[Effect, ...]:
    """What a set of targets changed: F1, accuracy and NLL, above 0 where the second is better.

    Parameters
    ----------
    first, second : (S, N, K) probabilities by seed, the seeds in the same order.
    labels : (N,) class indices, or of several labels (N, K) of 0 and 1.
    units : (N,) which samples share a text or a record.
    """
    k = first.shape[2]
    if task == "multilabel":
        actual, hits = labels == 1, (first >= 0.5, second >= 0.5)
        right = [(each == actual).all(axis=2) for each in hits]
        likely = [np.where(actual, each, 1 - each) for each in (first, second)]
        loss = [-np.log(np.maximum(each, FLOOR)).mean(axis=2) for each in likely]
    else:
        one_hot = np.eye(k, dtype=bool)
        actual, said = one_hot[labels], [each.argmax(axis=2) for each in (first, second)]
        hits = (one_hot[said[0]], one_hot[said[1]])
        right = [each == labels for each in said]
        rows = np.arange(len(labels))
        loss = [-np.log(np.maximum(each[:, rows, labels], FLOOR)) for each in (first, second)]
    if task == "binary":
        actual, hits = actual[:, 1:], (hits[0][:, :, 1:], hits[1][:, :, 1:])
    return (
        of_f1(F1_NAMES.get(task, "macro F1"), hits, actual, units),
        of_means("accuracy", right[1].astype(float) - right[0], units),
        of_means("NLL", loss[0] - loss[1], units),
    )


def arms_of(
    sets: Mapping[str, str],
    probabilities: Mapping[str, Floats],
    truth: tuple[Integers, Integers],
    *,
    classes: Sequence[str],
    task: str,
) -> tuple[Arm, ...]:
    """The arms of an experiment, with p corrected for the number of sets (Holm 1979).

    Parameters
    ----------
    sets : policy by name, the set that the others are compared with first.
    probabilities : by name (S, N, K) of the test samples.
    truth : their labels, and which of them share a text or a record.
    """
    labels, units = truth
    first, *others = sets
    made = {
        each: effects_of(probabilities[first], probabilities[each], labels, units, task)
        for each in others
    }
    by_metric = [corrected(effects) for effects in zip(*made.values(), strict=True)]
    effects = dict(zip(others, zip(*by_metric, strict=True), strict=True))
    return tuple(
        Arm(
            each,
            policy,
            tuple(evaluate(p, labels, task=task) for p in probabilities[each]),
            {
                seed: why
                for seed, p in enumerate(probabilities[each])
                if (why := unlearned(p, labels, classes, task))
            },
            tuple(effects.get(each, ())),
        )
        for each, policy in sets.items()
    )


def seen(texts: Sequence[object], part: Sequence[str]) -> Booleans:
    """(N,) which test samples say what a sample says that is not in the test part.

    Parameters
    ----------
    texts : (N,) a number or key that samples share which say the same.
    part : (N,) train, validation, test or empty.
    """
    named = list(zip(texts, part, strict=True))
    elsewhere = {key for key, name in named if name in ("train", "validation")}
    return np.array([name == "test" and key in elsewhere for key, name in named])
