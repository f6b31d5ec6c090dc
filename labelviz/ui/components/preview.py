"""What a policy makes of a dataset: all samples, their parts, one of them, or against kept ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from labelviz.charts.histograms import target_figure, target_histogram
from labelviz.charts.samples import TargetRow, largest, target_row
from labelviz.charts.target_views import (
    entropy,
    entropy_figure,
    entropy_histogram,
    lost_by_class,
    lost_by_slice,
    parts_figure,
    triangle_figure,
)
from labelviz.charts.tradeoffs import tradeoff_figure
from labelviz.core.arrays import Integers
from labelviz.core.dataset import Dataset
from labelviz.core.distributions import Targets
from labelviz.core.metrics import f1
from labelviz.core.target_changes import TargetChanges
from labelviz.core.thresholds import tradeoff
from labelviz.errors import LabelvizError
from labelviz.layers.cautions import cautions, nothing_new
from labelviz.layers.known import KINDS
from labelviz.layers.look import chain
from labelviz.layers.policy import PEOPLE
from labelviz.project.goals import Moment
from labelviz.project.workspace import Workspace
from labelviz.requests import SetThresholds
from labelviz.ui import rights, state
from labelviz.ui.components import chart, literal, look_through, message, notice

ALL, PARTS, ONE, SETS = "All samples", "Classes and slices", "One sample", "Against kept targets"
CUTS = "Thresholds"
VIEWS = (ALL, PARTS, ONE, SETS, CUTS)
VIEW, SAMPLE = "view", "sample"  # their names in the URL
EXAMPLES = 8  # of the softest, and of the hardest
MOST_COMPARED = 50
TITLES = {name: kind.title for name, kind in KINDS.items()}


@dataclass(frozen=True, eq=False)
class Shown:
    """What stands on the page.

    Parameters
    ----------
    now : the targets in use.
    then : what holds by the policy on the screen.
    """

    workspace: Workspace
    now: Targets
    then: Moment

    @property
    def dataset(self) -> Dataset:
        """The samples."""
        return self.then.review.dataset


def show(workspace: Workspace, now: Targets, then: Moment) -> None:
    """Draw the view that is chosen."""
    shown = Shown(workspace, now, then)
    flagged = None if workspace.suspicion is None else workspace.suspicion.flagged
    for number, sentence in enumerate(cautions(then.making, then.targets, flagged)):
        notice.warning(sentence, f"caution-{number}")
    asked = st.query_params.get(VIEW)
    views = [each for each in VIEWS if each != CUTS or shown.dataset.task != "multiclass"]
    view = st.segmented_control(
        "View", views, default=asked if asked in views else ALL, key=f"view of {workspace.path}",
        label_visibility="collapsed", required=True,
    )  # fmt: skip
    state.put_in_url(VIEW, view or ALL)
    {ALL: _all, PARTS: _parts, ONE: _one, SETS: _sets, CUTS: _cuts}[view or ALL](shown)


def _all(shown: Shown) -> None:
    now, then, dataset = shown.now, shown.then.targets, shown.dataset
    changes = TargetChanges(now, then)
    changed = int(changes.changed.sum())
    finding = (
        "This is what the model will be trained on."
        if not changed
        else f"This policy changes the target of {changed:,} of {len(dataset):,} samples."
    )
    histogram = target_histogram(dataset, now, then)
    chart.show(finding, target_figure(histogram, cells=dataset.multilabel), "before and after")
    sides = entropy(now), entropy(then)
    before, after = (float(np.nanmean(each)) for each in sides)
    chart.show(
        f"Mean entropy of the targets: {before:.3f} in use, {after:.3f} with this policy.",
        entropy_figure(entropy_histogram(*sides)), "entropy before and after",
    )  # fmt: skip
    chart.heading("What each layer changed")
    layers = _layers(shown.then)
    right = {name: st.column_config.TextColumn(alignment="right") for name in list(layers)[1:]}
    st.dataframe(literal.table(layers), column_config=right, hide_index=True, key="layers")
    if said := nothing_new(shown.then.making):
        notice.quiet(said)


def _layers(moment: Moment) -> dict[str, list[str]]:
    made = moment.making.targets
    by_people = TargetChanges(made, moment.targets)
    rows = []
    for each in moment.making.changed:
        samples, moved, weight = each.samples, each.moved, each.weight
        if each.layer.kind.name == PEOPLE:
            samples, moved = int(by_people.changed.sum()), float(by_people.distance.mean())
        rows.append((each.layer.kind.title, f"{samples:,}", f"{moved:.3f}", f"{weight:,.1f}"))
    names = ("Layer", "Samples changed", "Mass moved, on average", "Sum of the weights after")
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _parts(shown: Shown) -> None:
    now, then, dataset = shown.now, shown.then.targets, shown.dataset
    figure = parts_figure(lost_by_class(dataset, now, then))
    queue = chart.show_doors("What labels of each class lose, on average", figure, "by class")
    if dataset.slices:
        names = literal.options(dataset.slices)
        column = st.selectbox("Slices by", dataset.slices, format_func=names.__getitem__)
        figure = parts_figure(lost_by_slice(dataset, now, then, column))
        queue = (
            chart.show_doors("What labels of each slice lose, on average", figure, "by slice")
            or queue
        )
    if dataset.n_classes == 3 and not dataset.multilabel:
        chart.show(
            "Every target between the three classes", triangle_figure(dataset, then), "three"
        )
    if queue is not None:
        state.go("review", queue)


def _one(shown: Shown) -> None:
    dataset, then = shown.dataset, shown.then.targets
    order = _softest_first(then)
    asked = st.query_params.get(SAMPLE)
    first = asked if asked in dataset.rows else str(dataset.ids[order[0]]) if len(order) else ""
    said = st.text_input("Sample", first, key=f"look of {shown.workspace.path}")
    sample = (said or "").strip()
    if sample not in dataset.rows:
        notice.quiet("There is no such sample.")
    else:
        state.put_in_url(SAMPLE, sample)
        row = dataset.rows[sample]
        for text in dataset.texts:
            literal.plain(str(text[row]))
        look_through.show(chain(shown.then.making, shown.then.review, sample), dataset, TITLES)
    for title, rows in (
        ("The softest", order[:EXAMPLES]), ("The hardest", order[::-1][:EXAMPLES]),
    ):  # fmt: skip
        chart.heading(title)
        found = [target_row(dataset, then, int(row)) for row in rows]
        st.dataframe(literal.table(_table(found)), hide_index=True, key=title)


def _softest_first(targets: Targets) -> Integers:
    """Rows that are trained on, the most undecided targets first; ties in dataset order."""
    undecided = entropy(targets)
    order = np.argsort(-np.nan_to_num(undecided, nan=-1.0), kind="stable")
    rows: Integers = order[~np.isnan(undecided[order])]
    return rows


def _table(rows: list[TargetRow]) -> dict[str, list[str]]:
    return {
        "Sample": [row.sample for row in rows],
        "Given label": [row.given for row in rows],
        "Target": [row.target for row in rows],
        "From": [row.source for row in rows],
        "Text": [row.text for row in rows],
    }


def _sets(shown: Shown) -> None:
    sets = shown.workspace.sets
    versions = [
        f"@{name}@{each.version}" for name, kept in sets.kept.items() for each in reversed(kept)
    ]
    if not versions:
        notice.quiet("No targets were kept under a name yet.")
        return
    names = literal.options(versions)
    first = st.selectbox("Kept targets", versions, format_func=names.__getitem__)
    found = sets.find(first)
    if found is not None:
        notice.quiet(
            f"{found.policy}; kept {found.kept_at}, after decision {found.last_decision:,}."
        )
    changes = TargetChanges(sets.targets(first), shown.then.targets)
    chart.heading(
        f"{int(changes.changed.sum()):,} of {len(shown.dataset):,} samples differ, "
        f"{int(changes.turned.sum()):,} of them in the label they stand for."
    )
    rows = changes.farthest(MOST_COMPARED)
    st.dataframe(
        literal.table(
            {
                "Sample": [str(shown.dataset.ids[row]) for row in rows],
                "Then": [_said(changes.first, row) for row in rows],
                "On the screen": [_said(changes.second, row) for row in rows],
                "Distance": [f"{changes.distance[row]:.3f}" for row in rows],
            }
        ),
        hide_index=True,
        key="compared",
    )


def _said(targets: Targets, row: int) -> str:
    return f"{largest(targets.classes, targets.values[row])}, weight {targets.weight[row]:.2f}"


def _cuts(shown: Shown) -> None:
    """A curve for each class, with a slider for where it is cut."""
    dataset, cuts = shown.dataset, shown.workspace.goals.cuts
    try:
        found = cuts.choose()
        known = cuts.known()
    except LabelvizError as error:
        message.show(error)
        return
    notice.quiet(
        "From which probability on a class counts as there: in the hard label of an export, and "
        "when models are compared, and for what the model says when wrong labels are looked for. "
        "Chosen on reviewed samples that are no test samples, as they stand for all others, and "
        "judged on the half it was not chosen on. It means the same under any policy.",
        "On most data that was measured wrong labels are found better with thresholds, on some "
        "worse. See what is flagged with them and without.",
    )
    in_use = cuts.in_use
    names = literal.options(found.classes)
    name = st.selectbox("Class", found.classes, format_func=names.__getitem__)
    k = found.classes.index(name)
    now = 0.5 if in_use is None else float(in_use[dataset.classes.index(name)])
    value = st.slider(
        "Threshold", 0.0, 1.0, now, 0.01, format="%.2f", key=f"cut {name} of {shown.workspace.path}"
    )
    p, there = known.p[:, k], known.truth[:, k] == 1
    finding = (
        f"From {value:.2f} on F1 is {f1(p >= value, there, known.weights):.3f}; from the best, "
        f"{found.values[k]:.2f}, it is {found.judged[k]:.3f} on samples it was not chosen on."
    )
    figure = tradeoff_figure(tradeoff(p, there, known.weights), value)
    chart.show(finding, figure, "tradeoff")
    kept = {} if in_use is None else dict(zip(dataset.classes, in_use.tolist(), strict=True))
    fixed = not rights.may("change")
    with st.container(horizontal=True):
        if st.button("Use this threshold", type="primary", disabled=fixed or value == now):
            cuts.use({**kept, name: value})
            st.rerun()
        if st.button("Use the best of every class", disabled=fixed):
            SetThresholds().run(shown.workspace)
            st.rerun()
        if st.button("One half for every class", disabled=fixed or in_use is None):
            SetThresholds(even=True).run(shown.workspace)
            st.rerun()
