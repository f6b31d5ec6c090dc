"""Targets: what will the model be trained on?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from labelviz.charts.borders import MOST_BORDERS, borders_figure
from labelviz.core.asked import entry
from labelviz.core.borders import NEAR, Border
from labelviz.core.distributions import Targets
from labelviz.core.files import size, zipped
from labelviz.core.queue import Queue
from labelviz.errors import LabelvizError, TargetsRefused
from labelviz.layers.policy import Policy, parse_policy
from labelviz.models.elsewhere import ENCODER
from labelviz.project.target_sets import LONGEST_SET_NAME
from labelviz.project.workspace import Workspace
from labelviz.requests import Export, MinePairs, SetPolicy
from labelviz.requests.targets import WHOLE, WITH_TRAINING, ExportToTrain, training_beside
from labelviz.tables.writers.known import DEFAULT_FORMAT, WRITERS
from labelviz.ui import rights, state
from labelviz.ui.components import (
    asked,
    chart,
    exporting,
    layers,
    literal,
    message,
    notice,
    numbers,
    on_server,
    preview,
    progress,
    tour,
)
from labelviz.ui.components.numbers import Number
from labelviz.ui.components.queue_bar import SHOW_WORDS

POLICY = "policy"  # its name in the URL
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
    busy = progress.show(workspace.path, (MinePairs.command,))
    top, now = st.container(), _in_use(workspace)
    left, right = st.columns([2, 5], gap="large")
    with left:
        policy = _choose(workspace)
    with right:
        try:
            then = workspace.goals.moment(policy)
            preview.show(workspace, then.targets if isinstance(now, LabelvizError) else now, then)
        except LabelvizError as error:
            message.show(error)
    with top:
        if not isinstance(now, LabelvizError):
            _figures(now)
        elif str(policy) != str(workspace.goals.policy):  # else the preview says so
            message.show(now)
    st.subheader("Export")
    _export(workspace)
    _hard(workspace, busy=busy)


def _in_use(workspace: Workspace) -> Targets | LabelvizError:
    """The targets by the policy in use; why there are none where it needs what is gone."""
    try:
        return workspace.targets()
    except LabelvizError as error:
        return error


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
    """The policy on the screen, which stands in the URL; only a button saves it."""
    saved = workspace.goals.policy
    chart.heading("Layers, from the label to the target")
    top = st.container()
    turn = f"turn of {workspace.path}"
    begins = _begins(workspace, saved, turn)
    number = st.session_state.get(turn, 0)
    policy = layers.edit(begins, workspace.dataset, f"{number} of {workspace.path}")
    unchanged, fixed = str(policy) == str(saved), not rights.may("change")
    state.put_in_url(POLICY, str(policy))
    with top:
        st.code(literal.lines(str(policy)), language=None, wrap_lines=True)
        if st.button("Use this policy", type="primary", disabled=unchanged or fixed):
            SetPolicy(policy=str(policy)).run(workspace)
            st.rerun()
        if unchanged:
            notice.quiet("This policy is in use.")
        if unchanged and not fixed:
            _keep(workspace)
    return policy


def _begins(workspace: Workspace, saved: Policy, turn: str) -> Policy:
    """What the layers begin with: what was picked, what the URL names, or the policy in use."""
    picked, names = f"begin of {workspace.path}", [f"@{name}" for name in workspace.sets.names]
    if names:
        st.selectbox(
            "Begin with kept targets", ["", *names], key=picked,
            format_func=literal.options(["", *names]).__getitem__,
            on_change=_anew, args=(workspace, picked, turn),
        )  # fmt: skip
    begun = st.session_state.setdefault(f"begun, {turn}", st.query_params.get(POLICY, ""))
    try:
        return parse_policy(begun) if begun else saved
    except TargetsRefused:  # a link that somebody wrote by hand
        return saved


def _anew(workspace: Workspace, picked: str, turn: str) -> None:
    """Let the layers begin anew, with what was picked."""
    name = st.session_state[picked]
    if name:
        st.session_state[turn] = st.session_state.get(turn, 0) + 1
        st.session_state[f"begun, {turn}"] = str(workspace.sets.policy(name))


def _keep(workspace: Workspace) -> None:
    """Keep the targets in use under a name."""
    with st.form(f"keep of {workspace.path}", border=False, clear_on_submit=True):
        name = st.text_input(
            "Keep these targets as", help=entry(SetPolicy, "keep").about.help,
            max_chars=LONGEST_SET_NAME,
        )  # fmt: skip
        if st.form_submit_button("Keep") and name.strip():
            kept = workspace.sets.keep(name.strip())
            notice.quiet(f"Kept as @{kept.name}, version {kept.version}.")


def _export(workspace: Workspace) -> None:
    notice.quiet(
        "A new file, or folder, with every original column, the targets in full precision, and who "
        "or what decided them, by the policy in use and all decisions so far. It is read back and "
        "compared before it counts as written."
    )
    asked_for = _what_to_export(workspace)
    busy = exporting.show(workspace.path)
    if st.button("Write an export file", disabled=busy or asked_for is None) and asked_for:
        exporting.start(workspace, asked_for)
    exports = workspace.goals.exports
    if not exports:
        notice.quiet("Nothing was exported yet.")
        return
    tour.show_end()
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
    _facts(path, exports[path])


def _hard(workspace: Workspace, *, busy: bool) -> None:
    """Where the samples lie that a model learns most from, and how to get more of them."""
    if workspace.opinions.current is not None:
        st.subheader("Where does the model waver?")
        _borders(workspace)
    dataset = workspace.dataset
    if not dataset.is_pair or dataset.task != "binary":
        return
    progress.start_button(
        "Find new pairs worth a label", workspace.path,
        MinePairs(file=workspace.goals.new_export("new-pairs", ".csv")),
        disabled=busy, help="Near records that no pair compares yet, the most telling first, as a "
        "CSV file among the exports: for an LLM or a person to label.",
    )  # fmt: skip


def _borders(workspace: Workspace) -> None:
    """The borders of the classes, as doors to their samples."""
    found = workspace.findings.borders()
    if not found:
        notice.quiet("About no sample: it is decided about all of them.")
        return
    queue = chart.show_doors(_borders_finding(found[0]), borders_figure(found), "borders")
    notice.quiet(
        f"Two classes are as good as level where one is ahead by {NEAR} at most. A label on a "
        "border is worth most to a model, and two people may well differ about it. Click a bar to "
        "review its samples."
    )
    if len(found) > MOST_BORDERS:
        notice.quiet(f"The first {MOST_BORDERS} of {len(found):,} borders.")
    if queue is not None:
        state.go("review", queue)


def _borders_finding(border: Border) -> str:
    if not border.second:
        return f"Most often over “{border.first}”: over {border.near:,} samples."
    return (
        f"Most often between “{border.first}” and “{border.second}”: over {border.near:,} samples."
    )


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


def _facts(path: Path, record: dict[str, Any]) -> None:
    """How large an export is, and what the manifest says about it."""
    facts = {"File": path.name, "Size": f"{size(path):,} bytes"}
    facts |= (
        {
            "SHA-256": record["sha256"],
            "Rows": f"{record['rows']:,}",
            "Columns": str(len(record["columns"])),
            "Policy": record["policy"],
            "Written for": "programs" if record.get("exact", True) else "spreadsheets",
            "Probabilities": record["probabilities"] or "none",
            "Last decision": f"number {record['last_decision']:,}",
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
