"""The probabilities there are: where they come from, what they are worth, and which are in use."""

from __future__ import annotations

import streamlit as st

from labelviz.charts.reliability import reliability_figure
from labelviz.core.asked import entry
from labelviz.core.calibration import Reliability, reliability
from labelviz.core.distributions import Provenance, SampleRelation
from labelviz.project.workspace import Workspace
from labelviz.requests import Calibrate, Flag
from labelviz.ui import rights
from labelviz.ui.components import (
    chart,
    checked,
    literal,
    notice,
    on_server,
    progress,
    provenance,
    uploads,
)
from labelviz.ui.components.provenance import short

MOST_CURVES = 4  # other probabilities whose reliability is drawn beside that of those in use
VERDICTS = {"clear": "no sign of it", "doubtful": "perhaps", "alarm": "probably"}
RELATIONS: dict[SampleRelation, str] = {
    "out-of-fold": "no",
    "in-sample": "yes",
    "leaking": "others of the group",
    "unknown": "not known",
}
SEEN = "Saw these labels?"
ONLY = "Each one chosen is run, and no other. Together they find more than any of them alone."
LOG = (
    "CSV or Parquet with id, epoch and a column of logits per class, or the JSON lines of Dataset "
    "Cartography: how a model learned each of these labels shows which it could not learn."
)


def show(workspace: Workspace, *, busy: bool) -> None:
    """Show all probabilities, and let the person choose those to use."""
    names = workspace.opinions.names
    current = workspace.opinions.current
    if not names:
        chart.heading("There are no probabilities yet")
        notice.quiet(
            "To find wrong labels, a model has to say how likely each class is for each sample. "
            "Cross-validation needs nothing but this file."
        )
        return
    chart.heading("Which probabilities are in use")
    chosen = st.selectbox(
        "Probabilities in use",
        names,
        index=names.index(current) if current else None,
        format_func=literal.options(names).__getitem__,
        label_visibility="collapsed",
        key=f"in use: {current}",
        disabled=not rights.may("change"),
    )
    if chosen is not None and chosen != current:
        rights.check("change", workspace)
        workspace.opinions.use(chosen)
        st.rerun()
    curves = {name: _curve(workspace, name) for name in names}
    _table(workspace, curves)
    if current is not None:
        _current(workspace, current, curves, busy=busy)


def _curve(workspace: Workspace, name: str) -> Reliability:
    dataset = workspace.dataset
    return _reliability(f"{workspace.path} {name} {dataset.content}", workspace, name)


@st.cache_resource(max_entries=64, show_spinner=False)
def _reliability(key: str, _workspace: Workspace, name: str) -> Reliability:  # noqa: ARG001
    return reliability(_workspace.dataset.given, _workspace.opinions.probabilities(name).values)


def _table(workspace: Workspace, curves: dict[str, Reliability]) -> None:
    rows = {name: workspace.opinions.probabilities(name).provenance for name in curves}
    st.dataframe(
        literal.table(
            {
                "Name": list(rows),
                "Kind": [short(row) for row in rows.values()],
                "Agrees with the labels": [curve.overall[1] for curve in curves.values()],
                SEEN: [_verdict(row) for row in rows.values()],
                "From": [row.source for row in rows.values()],
                "Made (UTC)": [row.created[:16].replace("T", " ") for row in rows.values()],
            }
        ),
        column_config={
            "Agrees with the labels": st.column_config.NumberColumn(format="percent"),
        },
        hide_index=True,
        key="probabilities",
    )


def _verdict(row: Provenance) -> str:
    """Whether the model was trained on these labels, as far as is known."""
    return VERDICTS[row.alarm.verdict] if row.alarm else RELATIONS[row.relation]


def _current(
    workspace: Workspace, current: str, curves: dict[str, Reliability], *, busy: bool
) -> None:
    found = workspace.opinions.probabilities(current).provenance
    provenance.show(found)
    if found.notes:
        notice.quiet(*found.notes)
    _flag(workspace, current, busy=busy)
    with st.expander("Is the model as sure as it is right?", key="calibration"):
        _calibration(workspace, current, curves, busy=busy)


def _flag(workspace: Workspace, current: str, *, busy: bool) -> None:
    suspicion = workspace.suspicion
    old = workspace.findings.old_thresholds
    fresh = suspicion is not None and suspicion.probabilities == current and not old
    with st.expander("Which detectors, and what they may use", key="detectors"):
        request = _asked(workspace)
    progress.start_button(
        "Find wrong labels",
        workspace.path,
        request,
        type="secondary" if fresh else "primary",
        disabled=busy,
    )
    if fresh and suspicion is not None:
        flagged = int(suspicion.flagged.sum())
        notice.quiet(f"Checked with these probabilities: {flagged:,} labels are flagged.")
    elif old:
        notice.quiet(checked.OTHER_THRESHOLDS)


def _asked(workspace: Workspace) -> Flag | None:
    """What is to be looked for, and with what; None while that is not settled."""
    left, right = st.columns(2, gap="large")
    with left:
        detectors = st.multiselect(
            "Detectors",
            workspace.findings.detectors,
            format_func=literal.options(workspace.findings.detectors).__getitem__,
            placeholder="All that can run",
            help=ONLY,
            key="detectors asked",
        )
        encoder = on_server.model(
            "Encoder for the nearest neighbours", workspace.path,
            placeholder="None: texts are compared by words",
            help=entry(Flag, "encoder").about.help, key="encoder of neighbours",
        )  # fmt: skip
    with right:
        log = uploads.field(
            "Log of a training elsewhere", f"training log of {workspace.path}", help=LOG
        )
    if encoder is None:
        return None
    return Flag(detectors=tuple(detectors), encoder=encoder, training_log=log)


def _calibration(
    workspace: Workspace, current: str, curves: dict[str, Reliability], *, busy: bool
) -> None:
    others = [name for name in curves if name != current][-MOST_CURVES:]
    figure = reliability_figure(current, curves[current], {name: curves[name] for name in others})
    chart.show(_finding(curves[current]), figure, "reliability")
    notice.quiet(
        "Measured against the given labels, wrong ones included. Below the dotted line a model is "
        "too sure, above it not sure enough. Whiskers: 95% intervals."
    )
    if workspace.opinions.probabilities(current).provenance.told:
        notice.quiet("Not to be calibrated: it is always right about what it was told.")
        return
    progress.start_button(
        "Calibrate them",
        workspace.path,
        Calibrate(),
        disabled=busy,
        help="One temperature for each fold, fitted on the labels of the other folds. The top "
        "class of every sample stays; the calibrated ones stand beside these and come into use.",
    )


def _finding(curve: Reliability) -> str:
    sure, agree = curve.overall
    error = f"calibration error {curve.error:.3f}"
    if abs(sure - agree) < 0.01:
        return f"It says {sure:.2f} and agrees with {agree:.2f} of the labels ({error})."
    how = "too sure" if sure > agree else "not sure enough"
    return f"It says {sure:.2f} on average and agrees with {agree:.2f}: {how} ({error})."
