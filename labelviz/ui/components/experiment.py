"""Experiments on the screen: what one costs before it starts, and what may be said after it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from labelviz.charts.effects import effects_figure
from labelviz.charts.memory import losses_figure, memory_figure
from labelviz.core.asked import entries
from labelviz.core.experiment import TO_CHANGE, Outcome
from labelviz.core.memorisation import memory_in_words
from labelviz.core.outcome_card import outcome_json, outcome_markdown, recommendation
from labelviz.core.reference import Reference, TruthKind
from labelviz.core.settings import (
    CROSS_ENTROPY,
    CURRENT,
    ELR,
    EXPERIMENT_TRAINING,
    FORWARD,
    HARD,
    LOSSES,
    REVIEWED,
    SELC,
    WITH,
)
from labelviz.errors import LabelvizError
from labelviz.project.workspace import Workspace
from labelviz.requests import ReadExperiment, RunExperiment, TryTargets
from labelviz.tables.apart import read_apart
from labelviz.tables.options import ReadOptions
from labelviz.ui.components import (
    asked,
    chart,
    literal,
    message,
    notice,
    on_server,
    progress,
    uploads,
)

if TYPE_CHECKING:
    from labelviz.models.runs import Run

SETS = {
    HARD: "Given labels, hard",
    REVIEWED: "Reviewed, without softening",
    CURRENT: "Targets: policy and decisions",
}
LOSS_WORDS = {
    CROSS_ENTROPY: "Plain: cross-entropy against the targets",
    SELC: "SELC: targets move towards what the model says, from the second epoch on",
    ELR: "ELR: what the model said early is held on to",
    FORWARD: "Forward: counts on how often each class is given for another",
}
LOSS_HELP = (
    "An experiment beside softer targets, and no default: on real errors of LLMs such losses "
    "often gain nothing. Samples that people decided have the plain loss under each."
)
REFERENCES: dict[TruthKind, str] = {
    "trusted": "Compared with trusted labels of {samples} test samples.",
    "reviewed": "Compared with what reviewers said of {samples} test samples. If people looked "
    "where labels were suspicious, these samples are harder than the others: with 30 that were "
    "drawn at random each can be weighed by how it was drawn.",
    "given": "Compared with the given labels of {samples} test samples, errors included: a model "
    "that repeats them looks better here. Give trusted labels to see which one is right.",
}
WEIGHED = (
    "Compared with what reviewers said of {samples} test samples. {drawn} of them were drawn at "
    "random, so that each sample counts for as many test samples as it stands for: the numbers are "
    "of all test samples, not of the suspicious ones."
)
LEFT_OUT = (
    "{count} test samples were left out, because a training sample says the same or shares a "
    "record."
)
SHARING = (
    "{count} of these samples share a record with a training sample; without them too few would be "
    "left. On records that no training saw, all models may be worse."
)
NOT_ALL = "{done} of {planned} seeds are done with every set; what follows rests on these."
TRAIN_ON = "Train on “{name}”: it is better than “{first}”, and not by chance."
TRY_FIRST = "Train a model on “{name}” first: to linear heads it is better than “{first}”."
NO_BETTER = (
    "No set is better than “{first}” beyond chance and by as much as matters: nothing speaks for "
    "another one yet."
)
TRADED = "“{name}” is better than “{first}” by {metric}, and worse by {other}."
MEMORY = "Wrong labels that the models repeat; circles where memory begins"
LOSS_CURVES = "Loss without its floor: where validation rises, a model learns by heart"
NOT_WATCHED = (
    "Which wrong labels a model repeats is not told: fewer than 10 labels of training samples are "
    "confirmed or suspected to be wrong. Flag labels, or review some, before an experiment."
)
ABOUT_CALIBRATION = (
    "Smoothing changes how sure a model says it is, and one number, a temperature, mends that for "
    "free: only what is left at one temperature is worth a training. It is fitted on the half of "
    "the test samples that it does not judge."
)
ONE_EACH = "One training each: two models, told apart on the test samples"
QUICK_HELP = (
    "Linear heads on embeddings in place of whole models, with 20 seeds: a hint at which targets "
    "are worth a training. The model named above embeds the texts; without one, what flags rest "
    "on. How far to trust it: heads tell what labels say of these vectors, so reviews and left out "
    "labels more than softness, which a whole model feels otherwise."
)
COST = "{count} trainings, one after the other."
COST_KNOWN = "{count} trainings, one after the other: about {time}, as long as “{run}” took."
COST_OF_ONE = "A run of so many epochs takes about {time}, as long as “{run}” took."
COST_ON_CPU = (
    "A run of so many epochs takes about {time} on the CPU of this server, as long as “{run}” took."
)
COST_UNKNOWN = (
    "How long a run takes is known after the first. Where the server has no GPU its CPU trains, "
    "which may take hours: a tenth of an epoch is a first run that tells."
)


def start(workspace: Workspace, runs: Sequence[Run], *, busy: bool) -> None:
    """The form that starts an experiment."""
    field = {each.name: each for each in entries(RunExperiment)}
    with st.container(key="new experiment"):
        model = on_server.model(
            "Model of the experiment: a folder or a hub id", workspace.path,
            placeholder="xlm-roberta-base", key="model of experiment",
        )  # fmt: skip
        name = st.text_input(
            "Name of the experiment",
            value=f"experiment-{len(workspace.experiments.names) + 1}",
            help="The name and settings of one that stopped resume it.",
        )
        kept = [f"@{name}" for name in workspace.sets.names]
        words = SETS | literal.options(kept)
        chosen = st.multiselect(
            "Sets of targets; the others are compared with the first",
            list(words), default=[HARD, CURRENT], format_func=words.__getitem__,
        )  # fmt: skip
        policy = st.text_input(
            "And a policy, with decisions on top", placeholder="smooth:off=0.2", key="policy to try"
        )
        losses = st.multiselect(
            "And the first set again, with a loss that holds against wrong labels",
            [each for each in LOSSES if each != CROSS_ENTROPY], format_func=LOSS_WORDS.__getitem__,
            help=LOSS_HELP, key="losses to try",
        )  # fmt: skip
        left, right = st.columns(2)
        seeds = asked.number("Seeds", field["seeds"], left, step=1, key="seeds of experiment")
        epochs = asked.number(
            "Epochs",
            field["epochs"],
            right,
            step=1.0,
            format="%g",
            value=EXPERIMENT_TRAINING.epochs,
            key="epochs of experiment",
        )
        left, right = st.columns(2)
        begun = left.button("Start", type="primary", disabled=busy)
        tried = right.button("Try in seconds", disabled=busy, help=QUICK_HELP)
    sets = [*chosen, policy.strip()] if policy.strip() else list(chosen)
    sets += [f"{sets[0]}{WITH}{each}" for each in losses if sets]
    notice.quiet(_cost(len(sets) * int(seeds), float(epochs), runs, model or ""))
    if tried:
        quick = TryTargets(name=name.strip(), encoder=model or None, sets=tuple(sets))
        progress.start(workspace.path, quick)
    if not begun:
        return
    if not model:
        notice.warning("Name a model: a folder in Hugging Face format, or a hub id.", "model")
        return
    settings = replace(EXPERIMENT_TRAINING, epochs=epochs)
    request = RunExperiment(
        model=model, name=name.strip(), sets=tuple(sets), seeds=int(seeds), settings=settings
    )
    progress.start(workspace.path, request)


def _cost(count: int, epochs: float, runs: Sequence[Run], model: str) -> str:
    """How long the trainings will take, by the latest run of this model that was complete."""
    timed = _timed(runs, model)
    if timed is None:
        return COST.format(count=f"{count:,}")
    run, each = timed
    took = progress.duration(count * epochs * each)
    return COST_KNOWN.format(count=f"{count:,}", time=took, run=run.name)


def cost_of_one(epochs: float, runs: Sequence[Run], model: str) -> str:
    """How long a single run will take, and on what, by the latest one of this model."""
    timed = _timed(runs, model)
    if timed is None:
        return COST_UNKNOWN
    run, each = timed
    words = COST_ON_CPU if run.record.get("device") == "cpu" else COST_OF_ONE
    return words.format(time=progress.duration(epochs * each), run=run.name)


def _timed(runs: Sequence[Run], model: str) -> tuple[Run, float] | None:
    """The latest complete run that says how long it took, and the seconds of one epoch.

    Parameters
    ----------
    model : what is to be trained, of which a run has to be; empty while nobody said.
    """
    name = "/".join(Path(model).parts[-2:])
    of_model = [each for each in runs if not model or each.record.get("model") == name]
    for run in reversed([each for each in of_model if each.complete and each.rows]):
        last = run.rows[-1]
        if last["epoch"] and last.get("seconds"):
            return run, float(last["seconds"]) / float(last["epoch"])
    return None


def show(workspace: Workspace) -> tuple[Outcome, Path | None] | None:
    """What the experiments of a workspace say, one at a time; returns it with the file of trusted
    labels that judges it."""
    names = workspace.experiments.names
    if not names:
        notice.quiet(
            "No experiment yet. It trains a model on two sets of targets or more, each with "
            "several seeds, and says whether one is better, by how much, and how sure that is."
        )
        return None
    left, right = st.columns([1, 2], gap="large")
    words = literal.options(names).__getitem__
    name = left.selectbox(
        "Experiment", names, index=len(names) - 1, format_func=words, key="experiment"
    )
    with right:
        truth = uploads.field(
            "Trusted labels: a CSV with columns id and label",
            f"truth of experiments of {workspace.path}",
            type=["csv"],
            help="Without them, what reviewers said of test samples is the reference; where they "
            "said nothing, the given labels.",
        )
    try:
        found = _outcome(workspace, name, truth)
    except LabelvizError as error:
        message.show(error)
        return None
    show_outcome(found, "experiment")
    return found, truth


def _outcome(workspace: Workspace, name: str, truth: Path | None) -> Outcome:
    """What it says, read again only if it or what judges it has changed."""
    version = (
        str(workspace.path), workspace.experiments.version(name),
        workspace.experiments.references.version, uploads.content(truth),
    )  # fmt: skip
    return _cached(workspace, name, truth, version)


@st.cache_resource(max_entries=16, show_spinner="The experiment is being read.")
def _cached(
    _workspace: Workspace,
    name: str,
    _truth: Path | None,
    version: object,  # noqa: ARG001 - part of the key
) -> Outcome:
    table = read_apart(_truth, ReadOptions(), uploads.own_folder) if _truth else None
    return ReadExperiment(name=name, truth=_truth).run(_workspace, table=table)


def show_outcome(found: Outcome, key: str) -> None:
    """What an experiment, or two trainings side by side, say: in words, then in numbers.

    Parameters
    ----------
    key : tells its elements from those of another outcome on the page.
    """
    chart.heading(_headline(found))
    lines = found.verdict()
    if found.nothing:
        notice.warning(lines[1], f"unlearned {key}")
    else:
        if collapsed := found.collapsed():
            notice.warning(" ".join([*collapsed, TO_CHANGE]), f"unlearned {key}")
        for line in lines[len(collapsed) :]:
            literal.plain(line)
    notice.quiet(*facts(found.reference), *_done(found))
    left, right = st.columns([3, 2], gap="large")
    with left:
        _table(found, key)
    with right:
        if not found.nothing:
            chart.show(_effects_title(found), effects_figure(found), f"effects {key}")
        _card(found, key)
    _memory(found, key)


def _memory(found: Outcome, key: str) -> None:
    """How each set was learned, and when wrong labels were learned by heart."""
    lines = memory_in_words(found.curves)
    for line in lines:
        literal.plain(line)
    left, right = st.columns(2, gap="large")
    with left:
        if lines:
            chart.show(MEMORY, memory_figure(found.curves), f"memory {key}")
        elif found.curves:
            notice.quiet(NOT_WATCHED)
    with right:
        if any(np.isfinite(curve.validation).any() for curve in found.curves):
            chart.show(LOSS_CURVES, losses_figure(found.curves), f"losses {key}")


def _card(found: Outcome, key: str) -> None:
    """What it found and rests on, to keep."""
    notice.quiet(recommendation(found))
    left, right = st.columns(2)
    left.download_button(
        "Comparison card (Markdown)", outcome_markdown(found), "comparison.md", "text/markdown",
        key=f"card {key}", on_click="ignore",
    )  # fmt: skip
    right.download_button(
        "Comparison card (JSON)", json.dumps(outcome_json(found), ensure_ascii=False, indent=2),
        "comparison.json", "application/json", key=f"card as json {key}", on_click="ignore",
    )  # fmt: skip


def _headline(found: Outcome) -> str:
    if found.nothing:
        return found.nothing
    if found.seeds == 1:
        return ONE_EACH
    first, best = found.arms[0], found.best
    if best is not None:
        words = TRY_FIRST if found.by_heads else TRAIN_ON
        return words.format(name=best.name, first=first.name)
    if found.traded is not None:
        metric, other = (each.metric for each in found.traded.effects[:2])
        return TRADED.format(name=found.traded.name, first=first.name, metric=metric, other=other)
    return NO_BETTER.format(first=first.name)


def _effects_title(found: Outcome) -> str:
    if found.seeds == 1:
        return "The difference, and its 95 % interval over the test samples alone"
    return "Every seed's difference, and the 95 % interval over seeds and samples"


def facts(reference: Reference) -> list[str]:
    """What numbers rest on that it judges."""
    words = WEIGHED if reference.drawn else REFERENCES[reference.kind]
    lines = [words.format(samples=f"{len(reference):,}", drawn=reference.drawn)]
    lines += [f"{line}." for line in reference.gaps()]
    if reference.left_out:
        lines.append(LEFT_OUT.format(count=f"{reference.left_out:,}"))
    if reference.sharing:
        lines.append(SHARING.format(count=f"{reference.sharing:,}"))
    return lines


def _done(found: Outcome) -> list[str]:
    """That seeds are missing, if they are."""
    if found.seeds == found.planned:
        return []
    return [NOT_ALL.format(done=found.seeds, planned=found.planned)]


def _table(found: Outcome, key: str) -> None:
    metrics = found.arms[0].metrics[0]
    columns: dict[str, list[str]] = {"Targets": [arm.name for arm in found.arms]}
    for place, metric in enumerate(metrics):
        columns[metric.name] = [arm.in_words(place) for arm in found.arms]
    st.dataframe(literal.table(columns), hide_index=True, key=f"outcome {key}")
    rows = [(arm.name, each.form, *each.in_words) for arm in found.arms for each in arm.calibration]
    names, forms, nll, ece = zip(*rows, strict=True)
    calibration = {
        "Targets": list(names), "Probabilities": list(forms), "NLL": list(nll), "ECE": list(ece),
    }  # fmt: skip
    st.dataframe(literal.table(calibration), hide_index=True, key=f"calibration {key}")
    if found.seeds > 1:
        notice.quiet("Mean over seeds ± their standard deviation.", ABOUT_CALIBRATION)
    else:
        notice.quiet(ABOUT_CALIBRATION)
