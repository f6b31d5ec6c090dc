"""Experiments on the screen: what one costs before it starts, and what may be said after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from labelviz.charts.effects import effects_figure
from labelviz.core.asked import entries
from labelviz.core.comparison import Reference
from labelviz.core.experiment import Arm, Outcome
from labelviz.core.settings import CURRENT, EXPERIMENT_TRAINING, HARD, REVIEWED
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
REFERENCES: dict[Reference, str] = {
    "trusted": "Compared with trusted labels of {samples} test samples.",
    "reviewed": "Compared with what reviewers said of {samples} test samples. If people looked "
    "where labels were suspicious, these samples are harder than the others.",
    "given": "Compared with the given labels of {samples} test samples, errors included: a model "
    "that repeats them looks better here. Give trusted labels to see which one is right.",
}
LEFT_OUT = "{count} test samples were left out, because a training sample says the same."
NOT_ALL = "{done} of {planned} seeds are done with every set; what follows rests on these."
TRAIN_ON = "Train on “{name}”: it is better than “{first}”, and not by chance."
NO_BETTER = "No set is better than “{first}” beyond chance: nothing speaks for another one yet."
UNLEARNED = "“{name}”, seed {seed}: nothing was learned. {why}"
UNLEARNED_NEXT = (
    "A higher learning rate, more epochs or a longer warm-up may help; so may a classifier in "
    "place of an encoder with a new head."
)
QUICK_HELP = (
    "Linear heads on embeddings in place of whole models, with 20 seeds: a hint at which targets "
    "are worth a training. The model named above embeds the texts; without one, what flags rest on."
)
COST = "{count} trainings, one after the other."
COST_KNOWN = "{count} trainings, one after the other: about {time}, as long as “{run}” took."


def start(workspace: Workspace, runs: Sequence[Run], *, busy: bool) -> None:
    """The form that starts an experiment."""
    field = {each.name: each for each in entries(RunExperiment)}
    with st.form("new experiment", border=False, enter_to_submit=False):
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
        left, right = st.columns(2)
        seeds = asked.number("Seeds", field["seeds"], left, step=1, key="seeds of experiment")
        epochs = asked.number(
            "Epochs",
            field["epochs"],
            right,
            step=1.0,
            format="%g",
            value=EXPERIMENT_TRAINING.epochs,
        )
        left, right = st.columns(2)
        begun = left.form_submit_button("Start", type="primary", disabled=busy)
        tried = right.form_submit_button("Try in seconds", disabled=busy, help=QUICK_HELP)
    sets = [*chosen, policy.strip()] if policy.strip() else list(chosen)
    notice.quiet(_cost(len(sets) * int(seeds), float(epochs), runs))
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


def _cost(count: int, epochs: float, runs: Sequence[Run]) -> str:
    """How long the trainings will take, by the latest run that was complete."""
    for run in reversed([each for each in runs if each.complete and each.rows]):
        last = run.rows[-1]
        if last["epoch"] and last.get("seconds"):
            seconds = count * epochs * float(last["seconds"]) / float(last["epoch"])
            return COST_KNOWN.format(
                count=f"{count:,}", time=progress.duration(seconds), run=run.name
            )
    return COST.format(count=f"{count:,}")


def show(workspace: Workspace) -> None:
    """What the experiments of a workspace say, one at a time."""
    names = workspace.experiments.names
    if not names:
        notice.quiet(
            "No experiment yet. It trains a model on two sets of targets or more, each with "
            "several seeds, and says whether one is better, by how much, and how sure that is."
        )
        return
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
        return
    _show(found)


def _outcome(workspace: Workspace, name: str, truth: Path | None) -> Outcome:
    """What it says, read again only if it, the dataset, a decision or the truth has changed."""
    version = (
        str(workspace.path), workspace.dataset.content, workspace.experiments.version(name),
        workspace.decisions.review.sequence, uploads.content(truth),
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


def _show(found: Outcome) -> None:
    first, best = found.arms[0], found.best
    if best is not None:
        chart.heading(TRAIN_ON.format(name=best.name, first=first.name))
    else:
        chart.heading(NO_BETTER.format(first=first.name))
    for arm in found.arms[1:]:
        for line in found.said_of(arm):
            literal.plain(line)
    facts = [REFERENCES[found.reference].format(samples=f"{found.samples:,}")]
    if found.left_out:
        facts.append(LEFT_OUT.format(count=f"{found.left_out:,}"))
    if found.seeds < found.planned:
        facts.append(NOT_ALL.format(done=found.seeds, planned=found.planned))
    notice.quiet(*facts)
    _unlearned(found.arms)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _table(found)
    with right:
        chart.show(
            "Every seed's difference, and the 95 % interval over seeds and samples",
            effects_figure(found), "effects",
        )  # fmt: skip


def _unlearned(arms: Sequence[Arm]) -> None:
    lines = [
        UNLEARNED.format(name=arm.name, seed=seed + 1, why=why)
        for arm in arms
        for seed, why in arm.unlearned.items()
    ]
    if lines:
        notice.warning(" ".join([*lines, UNLEARNED_NEXT]), "unlearned")


def _table(found: Outcome) -> None:
    metrics = found.arms[0].metrics[0]
    columns: dict[str, list[str]] = {"Targets": [arm.name for arm in found.arms]}
    for place, metric in enumerate(metrics):
        columns[metric.name] = [arm.in_words(place) for arm in found.arms]
    st.dataframe(literal.table(columns), hide_index=True, key="outcome")
    notice.quiet("Mean over seeds ± their standard deviation.")
