"""Targets: what will the model be trained on?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from labelviz.charts.histograms import target_figure, target_histogram
from labelviz.charts.samples import TargetRow, target_rows
from labelviz.core.asked import entry
from labelviz.core.distributions import Targets
from labelviz.core.files import zipped
from labelviz.core.queue import Queue
from labelviz.errors import LabelvizError
from labelviz.layers.cautions import rests_on_model
from labelviz.layers.policy import Policy
from labelviz.models.elsewhere import ENCODER
from labelviz.project.workspace import Workspace
from labelviz.requests import Export, SetPolicy
from labelviz.requests.targets import WHOLE, WITH_TRAINING, ExportToTrain, training_beside
from labelviz.tables.writers.known import DEFAULT_FORMAT, WRITERS
from labelviz.ui.components import (
    asked,
    chart,
    layers,
    literal,
    message,
    notice,
    numbers,
    on_server,
    provenance,
)
from labelviz.ui.components.numbers import Number
from labelviz.ui.components.queue_bar import SHOW_WORDS

EXAMPLES = 10
ALL_SAMPLES = "All samples"
SAVED = "Saved:"
# Kinds of files that browsers know; others are bytes to keep.
MIME = {".csv": "text/csv", ".json": "application/json", ".xml": "application/xml"}
BYTES = "application/octet-stream"


def render() -> None:
    """Draw the page."""
    st.header("What will the model be trained on?")
    workspace = notice.loaded_workspace()
    if workspace is None:
        return
    now = workspace.targets()
    _figures(now)
    left, right = st.columns([2, 5], gap="large")
    with left:
        policy = _choose(workspace)
    with right:
        try:
            _preview(workspace, now, workspace.targets(policy))
        except LabelvizError as error:
            message.show(error)
    st.subheader("Export")
    _export(workspace)


def _figures(targets: Targets) -> None:
    excluded = int((targets.weight == 0).sum())
    counts = {name: int((targets.source == name).sum()) for name in ("given", "policy")}
    numbers.show(
        [
            Number("Policy in use", targets.policy),
            Number("From the given label", f"{counts['given']:,}", "as it is"),
            Number("From the policy", f"{counts['policy']:,}", "label, softened"),
            Number("From reviewers", f"{int(targets.by_people.sum()):,}", "decided by people"),
            Number("Excluded", f"{excluded:,}", "left out of training"),
        ]
    )


def _choose(workspace: Workspace) -> Policy:
    """The policy on the screen; only the button saves it."""
    saved = workspace.goals.policy
    chart.heading("Layers, from the label to the target")
    policy = layers.edit(saved, workspace.dataset, f"of {workspace.path}")
    st.code(literal.lines(str(policy)), language=None, wrap_lines=True)
    if rests_on_model(policy) and workspace.opinions.current:
        found = workspace.opinions.probabilities().provenance
        if found.in_doubt:
            provenance.show(found)
    unchanged = str(policy) == str(saved)
    if st.button("Use this policy", type="primary", disabled=unchanged):
        SetPolicy(policy=str(policy)).run(workspace)
        st.rerun()
    if unchanged:
        notice.quiet("This policy is in use.")
    return policy


def _preview(workspace: Workspace, now: Targets, then: Targets) -> None:
    dataset = workspace.dataset
    histogram = target_histogram(dataset, now, then)
    changed = int((~_same_rows(now, then) | (now.weight != then.weight)).sum())
    finding = (
        "This is what the model will be trained on."
        if not changed
        else f"This policy changes the target of {changed:,} of {len(dataset):,} samples."
    )
    chart.show(finding, target_figure(histogram, cells=dataset.multilabel), "before and after")
    notice.quiet("Samples that stand for the others, from the softest target to the hardest.")
    st.dataframe(
        literal.table(_table(target_rows(dataset, then, EXAMPLES))),
        column_config={"Text": st.column_config.TextColumn(width="medium")},
        hide_index=True,
        key="examples",
    )


def _same_rows(now: Targets, then: Targets) -> np.ndarray[Any, np.dtype[np.bool_]]:
    close = np.isclose(now.values, then.values, rtol=0, atol=1e-9, equal_nan=True)
    return np.asarray(close.all(axis=1))


def _table(rows: list[TargetRow]) -> dict[str, list[str]]:
    return {
        "Sample": [row.sample for row in rows],
        "Text": [row.text for row in rows],
        "Given label": [row.given for row in rows],
        "Target": [row.target for row in rows],
        "From": [row.source for row in rows],
    }


def _export(workspace: Workspace) -> None:
    notice.quiet(
        "A new file, or folder, with every original column, the targets in full precision, and who "
        "or what decided them, by the policy in use and all decisions so far. It is read back and "
        "compared before it counts as written."
    )
    asked_for = _what_to_export(workspace)
    if st.button("Write an export file", disabled=asked_for is None) and asked_for:
        with st.spinner("The file is being written and checked."):
            asked_for.run(workspace)
    exports = workspace.goals.exports
    if not exports:
        notice.quiet("Nothing was exported yet.")
        return
    newest = next(iter(exports)).name
    path = st.selectbox(
        "Export file, newest first", exports, key=f"export of {newest}",
        format_func=literal.options(exports, lambda path: path.name).__getitem__,
    )  # fmt: skip
    folder = path.is_dir()
    st.download_button(
        "Download the file", (lambda: zipped(path)) if folder else path.read_bytes,
        file_name=f"{path.name}.zip" if folder else path.name,
        mime="application/zip" if folder else MIME.get(path.suffix, BYTES),
        on_click="ignore",
    )  # fmt: skip
    _offer_beside(path, exports[path])
    _facts(exports[path])


def _offer_beside(path: Path, record: dict[str, Any]) -> None:
    """What was written beside an export: what another tool needs, and the training folder."""
    for name in record.get("beside", ()):
        other = path.with_name(Path(name).name)
        if other.is_file():
            st.download_button(
                "Download the settings of the project", other.read_bytes(), file_name=other.name,
                mime=MIME.get(other.suffix, BYTES), on_click="ignore",
            )  # fmt: skip
    beside = training_beside(path)
    if beside.is_dir():
        st.download_button(
            "Download the training folder", lambda: zipped(beside), file_name=f"{beside.name}.zip",
            mime="application/zip", on_click="ignore",
        )  # fmt: skip


def _what_to_export(workspace: Workspace) -> Export | None:
    """The request on the screen; None where it names a model that is not open to this visitor."""
    left, right = st.columns(2)
    formats = [*WRITERS]
    with left:
        kind = st.selectbox(
            "Format", formats, format_func=lambda each: WRITERS[each].title,
            help=entry(Export, "format").about.help,
        )  # fmt: skip
    saved = workspace.queues.saved
    queues = {ALL_SAMPLES: WHOLE}
    queues |= {words: Queue(show=show) for show, words in SHOW_WORDS.items() if show != "all"}
    queues |= {f"{SAVED} {name}": queue for name, queue in saved.items()}
    with right:
        which = st.selectbox(
            "Samples", queues, format_func=literal.options(queues, str).__getitem__,
            help="All of them, those of one status, or those of a queue that somebody saved on the "
            "Review page.",
        )  # fmt: skip
    provenance = asked.yes("Who or what decided each target", entry(Export, "provenance"))
    suspicion = workspace.suspicion is not None and asked.yes(
        "What the detectors say", entry(Export, "suspicion")
    )
    training = st.checkbox("A folder that trains elsewhere", help=WITH_TRAINING["with-training"])
    model = _model_to_train(workspace) if training else ""
    exact = kind == DEFAULT_FORMAT and asked.yes(
        "Every text exactly as it is, for programs", entry(Export, "exact")
    )
    chosen: dict[str, Any] = {
        "format": kind, "exact": exact, "provenance": provenance, "suspicion": suspicion,
        "queue": queues[which],
    }  # fmt: skip
    if model is None:
        return None
    return ExportToTrain(**chosen, model=model) if training else Export(**chosen)


def _model_to_train(workspace: Workspace) -> str | None:
    """The model that is trained elsewhere; None where the one that is named is not open here."""
    return on_server.model(
        "Model that is trained there", workspace.path, key=f"model elsewhere of {workspace.path}",
        placeholder=ENCODER, help=entry(ExportToTrain, "model").about.help,
    )  # fmt: skip


def _facts(record: dict[str, Any]) -> None:
    """What the manifest says about an export."""
    facts = (
        {
            "Rows": f"{record['rows']:,}",
            "Columns": str(len(record["columns"])),
            "Policy": record["policy"],
            "Written for": "programs" if record.get("exact", True) else "spreadsheets",
            "Probabilities": record["probabilities"] or "none",
            "Last decision": f"number {record['last_decision']:,}",
            "SHA-256 of the file": record["sha256"],
            "SHA-256 of the source": record["source_sha256"],
        }
        if record
        else {"Manifest": "says nothing about this file"}
    )
    st.dataframe(
        literal.table({"Fact": list(facts), "Value": list(facts.values())}),
        hide_index=True,
        key="facts",
    )
