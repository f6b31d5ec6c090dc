"""Data: what is in this file, is it read correctly, what was left out and why?"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import streamlit as st

from labelviz.core.dataset import TASKS
from labelviz.errors import LabelvizError, WorkspaceRefused
from labelviz.tables.columns import Columns
from labelviz.tables.guess import propose
from labelviz.tables.read import read_table
from labelviz.tables.report import ImportReport
from labelviz.tables.table import Table
from labelviz.ui import state
from labelviz.ui.components import chart, message, notice, numbers, progress, provenance, uploads
from labelviz.ui.components.numbers import Number
from labelviz.ui.components.provenance import SHORT
from labelviz.workspace import Workspace

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PREVIEW_ROWS = 5
TASK_NAMES = {
    "": "Find out from the labels",
    "binary": "Binary: two classes",
    "multiclass": "Multiclass: one of several classes",
    "multilabel": "Multi-label: any number of classes",
}
MODEL, FOLDS, FILE = "From a model", "By cross-validation", "From a CSV file"


def render() -> None:
    """Draw the page."""
    st.header("What is in this file, and is it read correctly?")
    name = state.workspace_name()
    workspace = state.workspace() if name else None
    if workspace is None or not workspace.loaded:
        _load_form()
        return
    busy = progress.show(workspace.path, ("predict", "flag"))
    _report(workspace)
    st.subheader("Probabilities")
    _probabilities(workspace, busy=busy)
    st.subheader("Another file")
    if st.toggle("Load a file into a new workspace", key=f"load another than {workspace.name}"):
        _load_form()


# Load


def _load_form() -> None:
    path = _file()
    if path is None:
        notice.quiet(
            "A CSV file in UTF-8 with one row per sample: a text or a pair of texts, and the "
            "label to audit. The file is copied unchanged, and nothing leaves this machine."
        )
        return
    try:
        table = _table(path, path.stat().st_mtime_ns if path.exists() else 0)
    except LabelvizError as error:
        message.show(error)
        return
    _preview(table)
    columns = _mapping(table)
    name = st.text_input(
        "Name of the new workspace",
        value=re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip(".-_") or "workspace",
        help="Letters, digits, dots, hyphens and underscores.",
        key=f"name for {path}",
    )
    if st.button("Load", type="primary"):
        try:
            with st.spinner("The file is being read and checked."):
                _load(path, name, columns)
        except LabelvizError as error:
            message.show(error)
        else:
            st.rerun()


def _file() -> Path | None:
    """The file to load, on this machine's disk."""
    left, right = st.columns(2, gap="large")
    upload = left.file_uploader("Upload a CSV file", type=["csv", "txt"])
    typed = right.text_input(
        "Or type the path of a file on the server", placeholder="data/poi_pairs/poi_pairs.csv"
    )
    if upload is not None:
        return uploads.keep(upload, uploads.own_folder())
    return Path(typed.strip()) if typed.strip() else None


@st.cache_resource(max_entries=2, show_spinner="The file is being read.")
def _table(path: Path, changed: int) -> Table:  # noqa: ARG001 - part of the key
    """The file's rows, read once as long as it does not change."""
    return read_table(path)


def _preview(table: Table) -> None:
    chart.heading(f"The first rows of {len(table.frame):,}, as they stand in the file")
    rows = table.frame.head(PREVIEW_ROWS)
    st.dataframe(
        {str(name): rows[name].tolist() for name in rows.columns}, hide_index=True, key="preview"
    )


def _mapping(table: Table) -> Columns:
    """Which column means what: guessed or remembered, settled by the person."""
    names = [str(name) for name in table.frame.columns]
    guessed = propose(table, state.home()).columns
    chart.heading("Which column means what")
    left, middle, right = st.columns(3, gap="large")
    with left:
        text = _one("Text", names, guessed.text)
        text_b = _optional("Second text of a pair", names, guessed.text_b, "None: single texts")
        label = _optional("Label to audit", names, guessed.label, "In other columns")
    with middle:
        sample = _optional("Sample id", names, guessed.id, "None: made from the texts")
        task = st.selectbox("Task", ["", *TASKS], format_func=lambda task: TASK_NAMES[task])
        split = _optional("Split", names, guessed.split, "None: made when training")
        group = _optional("Group", names, guessed.group, "None: found from equal texts")
    with right:
        annotators = st.multiselect("Other annotators", names, default=guessed.annotators)
        confidence = _optional("Stated confidence", names, guessed.confidence, "None")
        slices = st.multiselect("Slices: where errors may clump", names, default=guessed.slices)
        classes = st.text_area(
            "Classes in order, one per line",
            height=68,
            placeholder="Empty: all labels, sorted",
            help="For a binary task the second class is the positive one.",
        )
    return replace(
        guessed,
        text=text,
        text_b=text_b,
        label=label,
        id=sample,
        task=task,
        classes=tuple(line.strip() for line in classes.splitlines() if line.strip()),
        annotators=tuple(annotators),
        confidence=confidence,
        group=group,
        slices=tuple(slices),
        split=split,
    )


def _one(label: str, names: list[str], guessed: str) -> str:
    return st.selectbox(label, names, index=names.index(guessed) if guessed else 0)


def _optional(label: str, names: list[str], guessed: str, none: str) -> str:
    options = ["", *names]
    return st.selectbox(
        label, options, index=options.index(guessed), format_func=lambda name: name or none
    )


def _load(path: Path, name: str, columns: Columns) -> None:
    """Load the file into the workspace of this name and look at it."""
    if not NAME.fullmatch(name):
        raise WorkspaceRefused(
            "This is no name for a workspace.",
            where=name,
            remedy="Use letters, digits, dots, hyphens and underscores.",
        )
    folder = state.home() / name
    workspace = Workspace.create(folder)
    try:
        workspace.load(path, columns)
    except LabelvizError:
        workspace.discard_if_empty()
        raise
    state.choose_workspace(name)


# Report


def _report(workspace: Workspace) -> None:
    report = workspace.import_report
    numbers.show(
        [
            Number("Rows in the file", f"{report.rows_in:,}", report.file),
            Number("Accepted", f"{report.accepted:,}", "now samples"),
            Number("Set aside", f"{len(report.quarantined):,}", "kept in quarantine.csv"),
            Number("Blank lines", f"{report.blank:,}", "passed over"),
            Number("Task", workspace.dataset.task, report.task_reason),
        ]
    )
    left, right = st.columns(2, gap="large")
    with left:
        chart.heading("Samples per class")
        _class_counts(report)
    with right:
        _set_aside(workspace, report)
        _notes(report)
        chart.heading("Which column meant what")
        _columns(workspace.columns)


def _class_counts(report: ImportReport) -> None:
    total = max(report.accepted, 1)
    counts = list(report.class_counts.values())
    st.dataframe(
        {
            "Class": list(report.class_counts),
            "Samples": counts,
            "Share of samples": [count / total for count in counts],
        },
        column_config={
            "Samples": st.column_config.NumberColumn(format="localized"),
            "Share of samples": st.column_config.NumberColumn(format="percent"),
        },
        hide_index=True,
        key="class counts",
    )


def _columns(columns: Columns) -> None:
    meaning = {
        "Text": columns.text,
        "Second text of a pair": columns.text_b,
        "Label to audit": columns.label,
        "Sample id": columns.id or "made from the texts",
        "Other annotators": ", ".join(columns.annotators),
        "Stated confidence": columns.confidence,
        "Slices": ", ".join(columns.slices),
        "Group": columns.group,
        "Split": columns.split,
    }
    used = {role: name for role, name in meaning.items() if name}
    st.dataframe(
        {"Meaning": list(used), "Column": list(used.values())}, hide_index=True, key="mapping"
    )


def _set_aside(workspace: Workspace, report: ImportReport) -> None:
    if not report.quarantined:
        chart.heading("No row was set aside")
        return
    chart.heading("Rows that were set aside, and why")
    reasons = report.quarantine_reasons()
    st.dataframe(
        {
            "Reason": list(reasons),
            "Rows": [len(rows) for rows in reasons.values()],
            "First line": [rows[0].line for rows in reasons.values()],
        },
        hide_index=True,
        key="reasons",
    )
    file = workspace.path / "quarantine.csv"
    st.download_button(
        "Download quarantine.csv",
        file.read_bytes,
        file_name=file.name,
        mime="text/csv",
        on_click="ignore",
    )


def _notes(report: ImportReport) -> None:
    if not report.notes:
        return
    chart.heading("Accepted, and worth knowing")
    st.dataframe(
        {
            "Samples": [note.count for note in report.notes],
            "Note": [note.text for note in report.notes],
            "Examples": ["; ".join(note.examples) for note in report.notes],
        },
        hide_index=True,
        key="notes",
    )


# Probabilities


def _probabilities(workspace: Workspace, *, busy: bool) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        _known_probabilities(workspace, busy=busy)
    with right:
        _new_probabilities(workspace, busy=busy)


def _known_probabilities(workspace: Workspace, *, busy: bool) -> None:
    names = workspace.probability_names
    if not names:
        chart.heading("There are no probabilities yet")
        notice.quiet(
            "To find wrong labels, a model has to say how likely each class is for each sample. "
            "Cross-validation needs nothing but this file."
        )
        return
    current = workspace.current_probabilities
    chart.heading("Which probabilities are in use")
    chosen = st.selectbox(
        "Probabilities in use",
        names,
        index=names.index(current) if current else None,
        label_visibility="collapsed",
        key=f"in use: {current}",
    )
    if chosen is not None and chosen != current:
        workspace.use_probabilities(chosen)
        st.rerun()
    rows = [workspace.probabilities(name).provenance for name in names]
    st.dataframe(
        {
            "Name": list(names),
            "Kind": [SHORT[row.relation] for row in rows],
            "From": [row.source for row in rows],
            "Made (UTC)": [row.created[:16].replace("T", " ") for row in rows],
        },
        hide_index=True,
        key="probabilities",
    )
    if current is not None:
        found = workspace.probabilities(current).provenance
        provenance.show(found)
        for note in found.notes:
            notice.quiet(note)
        _flag(workspace, current, busy=busy)


def _flag(workspace: Workspace, current: str, *, busy: bool) -> None:
    suspicion = workspace.suspicion
    checked = suspicion is not None and suspicion.probabilities == current
    progress.start_button(
        "Find wrong labels",
        workspace.path,
        ["flag", str(workspace.path)],
        type="secondary" if checked else "primary",
        disabled=busy,
    )
    if checked and suspicion is not None:
        flagged = int(suspicion.flagged.sum())
        notice.quiet(f"Checked with these probabilities: {flagged:,} labels are likely wrong.")


def _new_probabilities(workspace: Workspace, *, busy: bool) -> None:
    chart.heading("New probabilities")
    way = st.segmented_control(
        "Where from",
        [FOLDS, MODEL, FILE],
        default=FOLDS,
        required=True,
        label_visibility="collapsed",
        key="way",
    )
    command: list[str] | None
    if way == MODEL:
        command = _from_model()
    elif way == FILE:
        command = _from_file(workspace)
    else:
        command = _from_folds()
    progress.start_button(
        "Get probabilities",
        workspace.path,
        ["predict", str(workspace.path), *(command or [])],
        type="secondary" if workspace.probability_names else "primary",
        disabled=busy or command is None,
    )


def _from_folds() -> list[str]:
    notice.quiet(
        "Every sample is scored by a small model that was trained without it. Samples that share "
        "a text or a group stay together."
    )
    folds = st.number_input("Folds", min_value=2, max_value=20, value=5)
    encoder = st.text_input(
        "Encoder: a folder or a hub id",
        placeholder="Empty: word and character counts (TF-IDF)",
        help="A transformer whose frozen embeddings replace TF-IDF: slower, usually better.",
    )
    chosen = [f"--model={encoder.strip()}"] if encoder.strip() else []
    return ["--cross-validate", f"--folds={folds}", *chosen]


def _from_model() -> list[str] | None:
    notice.quiet(
        "A classifier with these classes, as a folder in Hugging Face format or a hub id. If it "
        "was trained on these samples, its probabilities repeat the errors in them."
    )
    model = st.text_input("Model: a folder or a hub id").strip()
    return [f"--model={model}"] if model else None


def _from_file(workspace: Workspace) -> list[str] | None:
    notice.quiet("A CSV file with a column named id and one column per class.")
    upload = st.file_uploader("CSV file of probabilities", type=["csv"])
    if upload is None:
        return None
    return [f"--from={uploads.keep(upload, workspace.path / 'uploads')}"]
