"""Retrain: did it help?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from labelviz.charts.runs import (
    Curves,
    curves_figure,
    learning_curves,
)
from labelviz.core.asked import entries
from labelviz.core.experiment import Outcome
from labelviz.core.groups import untrained
from labelviz.core.settings import CURRENT, HARD, LOSSES, TRAINING, TrainSettings
from labelviz.errors import LabelvizError
from labelviz.project.workspace import Workspace
from labelviz.requests import Compare, Train
from labelviz.tables.apart import read_apart
from labelviz.tables.options import ReadOptions
from labelviz.ui import identity, rights
from labelviz.ui.components import (
    asked,
    chart,
    experiment,
    literal,
    message,
    model_use,
    notice,
    on_server,
    progress,
    review_effect,
    upkeep,
    uploads,
)

if TYPE_CHECKING:
    from labelviz.models.runs import Run

TARGETS = {
    CURRENT: "Targets: policy and decisions",
    HARD: "Given labels, hard, for comparison",
}


def render() -> None:
    """Draw the page."""
    st.header("Did it help?")
    workspace = notice.loaded_workspace()
    if workspace is None:
        return
    busy = progress.show(workspace.path, ("train", "experiment", "flag"))
    review_effect.open_when_made(workspace)
    runs, damaged = _runs(workspace)
    if found := experiment.show(workspace):
        review_effect.of_sets(workspace, *found)
    with st.expander("New experiment", expanded=not workspace.experiments.names):
        experiment.start(workspace, runs, busy=busy)
    st.subheader("Single runs")
    left, right = st.columns([2, 5], gap="large")
    with left:
        _start(workspace, runs, busy=busy)
    with right:
        _list(runs, busy=busy)
        _say_decided_since(workspace, runs)
        for error in damaged:
            message.show(error)
        if not identity.is_shared() and rights.may("change"):
            upkeep.runs(workspace, busy=busy)
    st.subheader("Two runs side by side")
    _comparison(workspace, [run.name for run in runs if run.complete])
    review_effect.next_queue(workspace, busy=busy)


def _runs(workspace: Workspace) -> tuple[list[Run], list[LabelvizError]]:
    runs, damaged = [], []
    for name in workspace.runs.names:
        try:
            runs.append(workspace.runs.open(name))
        except LabelvizError as error:
            damaged.append(error)
    return runs, damaged


# Start


def _start(workspace: Workspace, runs: list[Run], *, busy: bool) -> None:
    chart.heading("New run")
    before = _copied(runs)
    with st.container(key="new run"):
        model = on_server.model(
            "Model: a folder or a hub id", workspace.path,
            placeholder="xlm-roberta-base", key="model to train",
        )  # fmt: skip
        name = st.text_input(
            "Name of the run",
            value=f"run-{len(workspace.runs.names) + 1}",
            help="The name and settings of an interrupted run resume it.",
        )
        targets = st.radio("Train on", list(TARGETS), format_func=lambda each: TARGETS[each])
        left, right = st.columns(2)
        field = {each.name: each for each in entries(TRAINING)}
        epochs = asked.number(
            "Epochs", field["epochs"], left, step=1.0, format="%g", value=float(before.epochs)
        )
        seed = asked.number("Seed", field["seed"], right, step=1, value=before.seed)
        rate = asked.number(
            "Learning rate", field["learning_rate"], left, step=1e-5, format="%.1e",
            value=before.learning_rate,
        )  # fmt: skip
        batch = asked.number(
            "Batch size", field["batch_size"], right, step=1, value=before.batch_size
        )
        loss = st.selectbox(
            "Loss", LOSSES,
            format_func=experiment.LOSS_WORDS.__getitem__, help=experiment.LOSS_HELP,
        )  # fmt: skip
        precision = model_use.precision()
        begun = st.button("Train", type="primary", disabled=busy)
    cost = experiment.cost_of_one(epochs, runs, model or "")
    notice.quiet(cost, f"Policy in use: {workspace.goals.policy}.")
    if cannot := untrained(workspace.dataset):
        tested = ", ".join(f"{name} ({count:,} test samples)" for name, count in cannot.items())
        notice.warning(
            f"No training sample has these classes, so that no model can learn them: {tested}.",
            "untrained",
        )
    if not begun:
        return
    if not model:
        notice.warning("Name a model: a folder in Hugging Face format, or a hub id.", "model")
        return
    settings = replace(
        before, epochs=epochs, seed=seed, learning_rate=rate, batch_size=batch,
        precision=precision,
    )  # fmt: skip
    request = Train(
        model=model, run_name=name.strip(), targets=targets, loss=loss, settings=settings
    )
    progress.start(workspace.path, request)


def _copied(runs: list[Run]) -> TrainSettings:
    """The settings to start from: of an earlier run where one is chosen, all of them."""
    if not runs:
        return TRAINING
    names = ["", *(run.name for run in runs)]
    shown = literal.options(names, lambda name: name or "the defaults")
    chosen = st.selectbox(
        "Copy settings from", names, format_func=shown.__getitem__, key="copy settings from"
    )
    return next((run.settings for run in runs if run.name == chosen), TRAINING)


# List


def _list(runs: list[Run], *, busy: bool) -> None:
    chart.heading("Runs")
    if not runs:
        notice.quiet(
            "Nothing was trained yet. A fair test takes two runs that differ in one thing: one on "
            "the given labels, one on your targets, with the same model, seed and settings."
        )
        return
    best = [learning_curves(run.rows).best for run in runs]
    st.dataframe(
        literal.table(
            {
                "Run": [run.name for run in runs],
                "Status": [_status(run, busy=busy) for run in runs],
                "Policy": [run.policy for run in runs],
                "Seed": [run.settings.seed for run in runs],
                "Epochs": [run.settings.epochs for run in runs],
                "Learning rate": [run.settings.learning_rate for run in runs],
                "Best validation NLL": [point[1] if point else None for point in best],
                "At epoch": [point[0] if point else None for point in best],
            }
        ),
        column_config={
            "Learning rate": st.column_config.NumberColumn(format="%.0e"),
            "Best validation NLL": st.column_config.NumberColumn(format="%.3f"),
            "At epoch": st.column_config.NumberColumn(format="%.1f"),
        },
        hide_index=True,
        key="runs",
    )


def _say_decided_since(workspace: Workspace, runs: list[Run]) -> None:
    for run in runs:
        count = workspace.runs.decided_since(run)
        if count:
            counted = "1 decision was" if count == 1 else f"{count:,} decisions were"
            notice.quiet(
                f"{counted} made or undone after “{run.name}” took its targets. The "
                "run has none of them; a new run takes them in."
            )


def _status(run: Run, *, busy: bool) -> str:
    if run.complete:
        return "complete"
    return "running" if busy else "stopped"


# Compare


def _comparison(workspace: Workspace, names: list[str]) -> None:
    if len(names) < 2:
        notice.quiet("Not compared: this needs two complete runs.")
        return
    left, middle, right = st.columns(3, gap="large")
    words = literal.options(names).__getitem__
    first = left.selectbox("Run A", names, index=len(names) - 2, format_func=words, key="run a")
    second = middle.selectbox("Run B", names, index=len(names) - 1, format_func=words, key="run b")
    with right:
        truth = uploads.field(
            "Trusted labels: a CSV with columns id and label",
            f"truth of {workspace.path}",
            type=["csv"],
            help="Without them, what reviewers said of test samples is the reference; where they "
            "said nothing, the given labels.",
        )
    if first == second:
        notice.quiet("Not compared: A and B are the same run.")
        return
    try:
        found = _compared(workspace, (first, second), truth)
    except LabelvizError as error:
        message.show(error)
        return
    experiment.show_outcome(found, "runs")
    _curves(workspace, (first, second))
    review_effect.of_runs(workspace, (first, second), truth)


def _compared(workspace: Workspace, runs: tuple[str, str], truth: Path | None) -> Outcome:
    """What they say, computed again only if a run or what judges them has changed."""
    changed = tuple(str(workspace.runs.version(run)) for run in runs)
    version = (
        str(workspace.path), changed, workspace.runs.references.version, uploads.content(truth),
    )  # fmt: skip
    return _cached_comparison(workspace, runs, truth, version)


@st.cache_resource(max_entries=16, show_spinner="The runs are being compared.")
def _cached_comparison(
    _workspace: Workspace,
    runs: tuple[str, str],
    _truth: Path | None,
    version: object,  # noqa: ARG001 - part of the key
) -> Outcome:
    first, second = runs
    request = Compare(run_a=first, run_b=second, truth=_truth)
    table = read_apart(_truth, ReadOptions(), uploads.own_folder) if _truth else None
    return request.run(_workspace, table=table)


def _curves(workspace: Workspace, names: tuple[str, str]) -> None:
    curves = [learning_curves(workspace.runs.open(name).rows) for name in names]
    top = max(each.top for each in curves)
    for place, letter, name, each in zip(
        st.columns(2, gap="large"), "AB", names, curves, strict=True
    ):
        with place:
            chart.show(_curves_finding(letter, name, each), curves_figure(each, top), letter)


def _curves_finding(letter: str, name: str, curves: Curves) -> str:
    if curves.best is None:
        return f"{letter}, “{name}”: nothing was measured on the validation samples."
    epoch, loss = curves.best
    if curves.rise > 0.01:
        return (
            f"{letter}, “{name}”: overfits after epoch {epoch:g} – validation NLL {loss:.3f} at "
            f"best, {curves.rise:.3f} higher at the end."
        )
    return f"{letter}, “{name}”: best validation NLL {loss:.3f} at epoch {epoch:g}, no overfitting."
