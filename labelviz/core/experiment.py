"""Experiment: several sets of targets, the same model and seeds, and what may be said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from labelviz.core.arrays import Booleans, Floats
from labelviz.core.calibration import FEWEST, tempered_apart
from labelviz.core.effect import MATTERS, Conclusion, Effect, corrected, of_f1, of_means
from labelviz.core.memorisation import Curve
from labelviz.core.metrics import (
    FLOOR,
    Collapse,
    Metric,
    evaluate,
    expected_calibration_error,
    negative_log_likelihood,
    unlearned,
)
from labelviz.core.reference import Reference
from labelviz.core.thresholds import unsmoothed

F1_NAMES = {"binary": "F1 (positive)"}
TEMPERED = "NLL at one temperature"
NATS = ("NLL", TEMPERED)  # metrics in nats; the others are shares, shown in points of 100
RAW, DESMOOTHED, AT_TEMPERATURE = "as answered", "de-smoothed", "at one temperature"
SURELY = 1e-3  # how near to 0 and 1 what was de-smoothed may come: a model says no more than that
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
ONCE: Mapping[Conclusion, str] = MappingProxyType({
    "better": "As trained this once, “{name}” answers better than “{first}” by {metric}: "
    "{difference} ({low} to {high} over samples alone, n = {samples}).",
    "worse": "As trained this once, “{name}” answers worse than “{first}” by {metric}: "
    "{difference} ({low} to {high} over samples alone, n = {samples}).",
    "slightly better": "As trained this once, “{name}” answers better than “{first}” by {metric}, "
    "but by less than matters: {difference} ({low} to {high} over samples alone, n = {samples}).",
    "slightly worse": "As trained this once, “{name}” answers worse than “{first}” by {metric}, "
    "but by less than matters: {difference} ({low} to {high} over samples alone, n = {samples}).",
    "equal": "As trained this once, “{name}” and “{first}” are equal by {metric}, within {matters} "
    "(over samples alone, n = {samples}).",
    "unknown": "As trained this once, “{name}” cannot be told from “{first}” by {metric}: "
    "{difference} ({low} to {high} over samples alone, n = {samples}).",
})  # fmt: skip
WOULD_SHOW = "{seeds} seeds on these samples would have shown a difference of about {shown}."
TOO_FEW = "Of {sets} sets, fewer than {fewest} seeds cannot tell a difference from chance."
NO_INTERVAL = (
    "Whether “{name}” is better than “{first}” by {metric} cannot be told on these test samples "
    "(n = {samples}): they are too few, or of one kind."
)
ONE_SEED = (
    "One training each says which of these models answers better, not whether its targets made it "
    "so: another seed alone may turn that. An experiment with several seeds can tell."
)
BY_HEADS = (
    "Linear heads on embeddings say this, and no model that was trained: a hint at what is worth a "
    "training. What softer targets do to a whole model they tell badly."
)
ALL_ANSWER = "All models answer only “{one}”: nothing was learned."
BOTH_ANSWER = "Both models answer only “{one}”: nothing was learned."
NOTHING_LEARNED = "No model learned anything. {why}"
LEARNED_NOTHING = "“{name}”, seed {seed}: nothing was learned. {why}"
TO_CHANGE = (
    "Change this first, since no number below tells the targets apart: train for more epochs or at "
    "a higher learning rate, start from a classifier in place of an encoder with a new head, or "
    "give more samples of the rarest class."
)


@dataclass(frozen=True, eq=False)
class Answered:
    """What the models of a set of targets answer.

    Parameters
    ----------
    policy : recipe of the set.
    p : (S, M, K) probabilities by seed, of the samples that are judged.
    thresholds : (K,) from which a class counts to these models; as in `evaluate`.
    scale : (K,) and (K,) what the targets make of classes that are not there, and that are there;
        None where they are not soft.
    """

    policy: str
    p: Floats
    thresholds: Floats | None = None
    scale: tuple[Floats, Floats] | None = None


@dataclass(frozen=True)
class Calibrated:
    """How well the answers are calibrated in one form.

    Parameters
    ----------
    form : as answered, de-smoothed, or at one temperature, which was fitted on the half of the
        samples that it does not judge.
    nll, ece : (S,) by seed: nats, and from 0 to 1 over 15 equal-width bins.
    """

    form: str
    nll: tuple[float, ...]
    ece: tuple[float, ...]

    @property
    def in_words(self) -> tuple[str, str]:
        """NLL and ECE over the seeds, as `Arm.in_words`."""
        return _over_seeds(self.nll), _over_seeds(self.ece)


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
    calibration : in every form.
    """

    name: str
    policy: str
    metrics: tuple[tuple[Metric, ...], ...]
    unlearned: Mapping[int, Collapse]
    effects: tuple[Effect, ...] = ()
    calibration: tuple[Calibrated, ...] = ()

    def spread(self, place: int) -> tuple[float, float]:
        """Mean and standard deviation of a metric over the seeds; NaN of one seed."""
        return _spread([each[place].value for each in self.metrics])

    def in_words(self, place: int) -> str:
        """A metric over the seeds: mean ± standard deviation, or the number of one seed."""
        return _over_seeds([each[place].value for each in self.metrics])


@dataclass(frozen=True)
class Outcome:
    """What an experiment, or two trainings side by side, say.

    Parameters
    ----------
    name : of the experiment, or of both trainings.
    arms : the sets of targets, the one that the others are compared with first.
    seeds : how many were trained with every set.
    planned : how many there are to be.
    reference : what they are judged by.
    made : what they rest on, for whoever wants to do it again: fingerprints, targets, seeds,
        settings, versions, hardware; JSON values by name.
    curves : how each set was learned, where that was watched.
    by_heads : whether linear heads were trained in place of whole models.
    """

    name: str
    arms: tuple[Arm, ...]
    seeds: int
    planned: int
    reference: Reference
    made: Mapping[str, Any] = field(default_factory=dict)
    curves: tuple[Curve, ...] = ()
    by_heads: bool = False

    @property
    def nothing(self) -> str:
        """That no model learned anything, and why; empty where one did."""
        found = [arm.unlearned.get(seed) for arm in self.arms for seed in range(self.seeds)]
        collapses = [each for each in found if each is not None]
        if len(collapses) < len(found):
            return ""
        same = {each.only for each in collapses}
        if len(same) == 1 and (one := same.pop()):
            return (BOTH_ANSWER if len(found) == 2 else ALL_ANSWER).format(one=one)
        reasons = dict.fromkeys(each.words for each in collapses)
        return NOTHING_LEARNED.format(why=" ".join(reasons))

    def collapsed(self) -> list[str]:
        """Which models learned nothing, a sentence each; none where no model did."""
        if self.nothing:
            return [self.nothing]
        return [
            LEARNED_NOTHING.format(name=arm.name, seed=seed + 1, why=why.words)
            for arm in self.arms
            for seed, why in arm.unlearned.items()
        ]

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
                "seeds": self.seeds, "samples": f"{len(self.reference):,}",
            }  # fmt: skip
            if not effect.enough_samples:
                lines.append(NO_INTERVAL.format_map(facts))
                continue
            words = ONCE if self.seeds == 1 else SENTENCES
            line = words[effect.conclusion].format_map(facts)
            if effect.conclusion == "unknown" and self.seeds > 1:
                shown = effect.shown
                line += " " + (
                    TOO_FEW.format(sets=effect.compared + 1, fewest=effect.fewest)
                    if shown is None
                    else WOULD_SHOW.format(
                        seeds=self.seeds, shown=amount(shown, effect.metric).lstrip("+")
                    )
                )
            lines.append(line)
        return lines

    def verdict(self) -> list[str]:
        """What may be said, line by line: of models that learned nothing only this."""
        if self.nothing:
            return [self.nothing, TO_CHANGE]
        lines = self.collapsed()
        for arm in self.arms[1:]:
            lines += self.said_of(arm)
        lines += [ONE_SEED] if self.seeds == 1 else []
        return [*lines, BY_HEADS] if self.by_heads else lines

    @property
    def best(self) -> Arm | None:
        """The set to train on: the one that is better than the first by most; None where none is.

        By F1, and not where it is worse by accuracy. One seed speaks for none.
        """
        if self.seeds == 1 or self.nothing:
            return None
        better = [
            arm for arm in self.arms[1:]
            if arm.effects[0].conclusion == "better" and arm.effects[1].conclusion != "worse"
        ]  # fmt: skip
        return max(better, key=lambda arm: arm.effects[0].difference, default=None)

    @property
    def traded(self) -> Arm | None:
        """Where no set is best, the one that is better by F1 by most, and worse by accuracy."""
        if self.seeds == 1 or self.nothing or self.best is not None:
            return None
        better = [arm for arm in self.arms[1:] if arm.effects[0].conclusion == "better"]
        return max(better, key=lambda arm: arm.effects[0].difference, default=None)


def _over_seeds(values: Sequence[float]) -> str:
    """A number over the seeds: mean ± standard deviation, or that of one seed."""
    mean, deviation = _spread(values)
    return f"{mean:.3f} ± {deviation:.3f}" if len(values) > 1 else f"{mean:.3f}"


def _spread(values: Sequence[float]) -> tuple[float, float]:
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")
    return float(np.mean(values)), deviation


def amount(value: float, metric: str) -> str:
    """A difference with its unit: points of 100 for shares, nats for a loss."""
    return f"{number(value, metric)} nats" if metric in NATS else f"{number(value, metric)} points"


def number(value: float, metric: str) -> str:
    """A difference with its sign, in the unit of `amount`."""
    return f"{value:+.3f}" if metric in NATS else f"{100 * value:+.1f}"


def effects_of(
    first: Answered, second: Answered, reference: Reference, task: str
) -> tuple[Effect, ...]:
    """What a set of targets changed: F1, accuracy, NLL and, of 50 samples or more, NLL at one
    temperature; above 0 where the second is better.

    Parameters
    ----------
    first, second : with the seeds in the same order.
    """
    labels, units, weights = reference.labels, reference.units, reference.weights
    k = first.p.shape[2]
    hits = (classes_said(first, task), classes_said(second, task))
    if task == "multilabel":
        actual = labels == 1
        right = [(each == actual).all(axis=2) for each in hits]
    else:
        actual = np.eye(k, dtype=bool)[labels]
        right = [(each & actual).any(axis=2) for each in hits]
    if task == "binary":
        actual, hits = actual[:, 1:], (hits[0][:, :, 1:], hits[1][:, :, 1:])
    effects = [
        of_f1(F1_NAMES.get(task, "macro F1"), hits, actual, units, weights),
        of_means("accuracy", right[1].astype(float) - right[0], units, weights, most=1),
        of_means("NLL", _loss(first.p, reference) - _loss(second.p, reference), units, weights),
    ]
    if len(reference) >= FEWEST:
        cooled = [_loss(_tempered(each.p, reference), reference) for each in (first, second)]
        effects.append(of_means(TEMPERED, cooled[0] - cooled[1], units, weights))
    return tuple(effects)


def classes_said(answers: Answered, task: str) -> Booleans:
    """(S, M, K) whether a class is predicted."""
    p, cut = answers.p, answers.thresholds
    if task == "multilabel":
        return np.asarray(p >= (0.5 if cut is None else cut))
    top = p.argmax(axis=2) if cut is None else (p[:, :, 1] >= cut[1]).astype(np.int64)
    return np.asarray(np.eye(p.shape[2], dtype=bool)[top])


def _loss(p: Floats, reference: Reference) -> Floats:
    """(S, M) -log p of what is right, in nats; of several labels its mean over the cells."""
    labels = reference.labels
    if labels.ndim == 2:
        right = np.where(labels == 1, p, 1 - p)
        return np.asarray(-np.log(np.maximum(right, FLOOR)).mean(axis=2))
    return np.asarray(-np.log(np.maximum(p[:, np.arange(len(labels)), labels], FLOOR)))


def _tempered(p: Floats, reference: Reference) -> Floats:
    labels, units, weights = reference.labels, reference.units, reference.weights
    return np.stack([tempered_apart(each, labels, units, weights) for each in p])


def calibration_of(answers: Answered, reference: Reference) -> tuple[Calibrated, ...]:
    """Calibration as answered; de-smoothed, of soft targets; and, of 50 samples or more, at one
    temperature."""
    several = reference.labels.ndim == 2
    forms = {RAW: answers.p}
    if answers.scale is not None:
        forms[DESMOOTHED] = _desmoothed(answers.p, *answers.scale, multilabel=several)
    if len(reference) >= FEWEST:
        forms[AT_TEMPERATURE] = _tempered(answers.p, reference)
    labels, weights = reference.labels, reference.weights
    if several:
        weights = np.repeat(weights, labels.shape[1])
        forms = {name: _as_cells(p) for name, p in forms.items()}
        labels = labels.ravel()
    return tuple(
        Calibrated(
            form,
            tuple(negative_log_likelihood(each, labels, weights) for each in p),
            tuple(
                expected_calibration_error(
                    each.max(axis=1), each.argmax(axis=1) == labels, weights=weights
                )
                for each in p
            ),
        )
        for form, p in forms.items()
    )


def _as_cells(p: Floats) -> Floats:
    """(S, M K, 2) every cell as two classes of its own."""
    cells = p.reshape(len(p), -1)
    return np.stack([1 - cells, cells], axis=2)


def _desmoothed(p: Floats, low: Floats, high: Floats, *, multilabel: bool) -> Floats:
    """(S, M, K) P(class | x) of models that were trained on targets between two ends."""
    found = np.clip(unsmoothed(p, low, high), SURELY, 1 - SURELY)
    return found if multilabel else found / found.sum(axis=2, keepdims=True)


def arms_of(
    answers: Mapping[str, Answered],
    reference: Reference,
    *,
    classes: Sequence[str],
    task: str,
) -> tuple[Arm, ...]:
    """The arms of an experiment, with p corrected for the number of sets (Holm 1979).

    Parameters
    ----------
    answers : by name, those of the set that the others are compared with first.
    """
    first, *others = answers
    made = {each: effects_of(answers[first], answers[each], reference, task) for each in others}
    by_metric = [corrected(effects) for effects in zip(*made.values(), strict=True)]
    effects = dict(zip(others, zip(*by_metric, strict=True), strict=True))
    labels, weights = reference.labels, reference.weights
    return tuple(
        Arm(
            name,
            each.policy,
            tuple(
                evaluate(p, labels, task=task, thresholds=each.thresholds, weights=weights)
                for p in each.p
            ),
            {
                seed: why
                for seed, p in enumerate(each.p)
                if (why := unlearned(p, labels, classes, task, each.thresholds))
            },
            tuple(effects.get(name, ())),
            calibration_of(each, reference),
        )
        for name, each in answers.items()
    )
