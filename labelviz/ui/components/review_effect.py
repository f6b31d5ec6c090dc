"""Review effect on the screen: what reviews changed, where they paid, and what to review next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st

from labelviz import jobs
from labelviz.core.experiment import Outcome
from labelviz.core.queue import Queue
from labelviz.core.review_effect import ReviewEffect
from labelviz.core.review_effect_words import (
    DID,
    about_tables,
    changes_table,
    did_it_change,
    parts_table,
    told_table,
    what_is_doubtful,
    where_it_paid,
)
from labelviz.core.statuses import CODES
from labelviz.errors import LabelvizError
from labelviz.project.workspace import Workspace
from labelviz.requests import MeasureReviews
from labelviz.tables.apart import read_apart
from labelviz.tables.options import ReadOptions
from labelviz.ui import refit, rights, state
from labelviz.ui.components import chart, experiment, literal, message, notice, on_server, uploads

OPENING = "queue that is being made"
MOST_LISTED = 200
NEXT = "Make the next queue"
ABOUT_NEXT = (
    "A model repeats what it was told, so that no run can say which of the labels that it was "
    "trained on are wrong. The next queue asks models that learned the labels after review and did "
    "not see the sample they judge; how the latest run learned each label counts too."
)
NEXT_HELP = (
    "Cross-validates on the labels after review, looks for wrong labels again, and opens Review on "
    "what comes first. These probabilities are in use from then on; those before count beside them."
)
ENCODER_HELP = (
    "A folder or a hub id. Models learn the labels after review from its embeddings, else from the "
    "words of the texts (TF-IDF), whatever the probabilities in use rest on: they may know less "
    "than those. Fold by fold, `labelviz predict --cross-validate --fine-tune --after-review` "
    "trains it."
)
NOTHING_REVIEWED = "Nobody has reviewed anything yet: there is no effect to measure."
LISTED = "Reviewed samples, the greatest gain in loss first"
NOT_LISTED = "{shown} of {count} are listed; `labelviz effect --out FILE` writes them all."


def of_runs(workspace: Workspace, runs: tuple[str, str], truth: Path | None) -> None:
    """What the reviews between two complete runs changed."""
    version = tuple(str(workspace.runs.version(run)) for run in runs)
    _show(workspace, MeasureReviews(run_a=runs[0], run_b=runs[1], truth=truth), version)


def of_sets(workspace: Workspace, outcome: Outcome, truth: Path | None) -> None:
    """What the reviews between the first set of targets of an experiment and another changed."""
    first, *others = [arm.name for arm in outcome.arms]
    words = literal.options(others).__getitem__
    second = others[0]
    if len(others) > 1:
        second = st.selectbox(
            "Reviews in", others, format_func=words, key="set with reviews", width=300
        )
    version = workspace.experiments.version(outcome.name)
    request = MeasureReviews(run_a=first, run_b=second, experiment=outcome.name, truth=truth)
    _show(workspace, request, version)


def _show(workspace: Workspace, request: MeasureReviews, version: object) -> None:
    key = "sets" if request.experiment else "runs"
    chart.heading("What the reviews changed")
    if not workspace.review.samples:
        notice.quiet(NOTHING_REVIEWED)
        return
    try:
        found = _measured(workspace, request, version)
    except LabelvizError as error:
        message.show(error)
        return
    _say(did_it_change(found))
    left, right = st.columns(2, gap="large")
    with left:
        chart.heading("Told in training")
        _table(told_table(found.told), f"told {key}")
    with right:
        chart.heading("Reviewed, and seen by no training")
        _table(parts_table(found.by_action, "Reviewers", DID), f"by action {key}")
    chart.heading("Where it paid")
    _say(where_it_paid(found))
    left, right = st.columns(2, gap="large")
    with left:
        _table(parts_table(found.by_class, "Class"), f"by class {key}")
    with right:
        for column, parts in found.by_slice.items():
            _table(parts_table(parts, column), f"by {column} {key}")
    notice.quiet(*experiment.facts(found.reference), about_tables(found))
    _samples(workspace, found, key)
    chart.heading("What is doubtful now")
    _say(what_is_doubtful(found))


def _say(lines: list[str]) -> None:
    for line in lines:
        literal.plain(line)


def _table(columns: dict[str, list[str]], key: str) -> None:
    if any(columns.values()):
        st.dataframe(literal.table(columns), hide_index=True, key=f"review effect {key}")


def _samples(workspace: Workspace, found: ReviewEffect, key: str) -> None:
    """Every reviewed sample, behind a click."""
    with st.expander(LISTED, key=f"reviewed samples {key}"):
        shown, ids = found.changes[:MOST_LISTED], workspace.dataset.ids
        _table(changes_table(shown, lambda row: str(ids[row])), f"samples {key}")
        if len(shown) < len(found.changes):
            count = f"{len(found.changes):,}"
            notice.quiet(NOT_LISTED.format(shown=f"{len(shown):,}", count=count))


def next_queue(workspace: Workspace, *, busy: bool) -> None:
    """The button that makes the next queue, and leads to it, once anything was reviewed."""
    if not workspace.review.samples:
        return
    st.subheader("What is next")
    notice.quiet(ABOUT_NEXT)
    encoder = on_server.model(
        "Encoder for the next queue", workspace.path,
        placeholder="None: texts are words, by TF-IDF",
        help=ENCODER_HELP, key="encoder of next queue",
    )  # fmt: skip
    unknown = encoder is None
    if st.button(NEXT, type="primary", disabled=busy or unknown, help=NEXT_HELP, key="next queue"):
        rights.check("change", workspace)
        again = replace(refit.request(workspace), encoder=encoder or "", after_review=True)
        st.session_state[OPENING] = jobs.start(workspace.path, again).name
        st.rerun()


def open_when_made(workspace: Workspace) -> None:
    """Lead to Review once the queue that this visitor asked for is made."""
    name, job = st.session_state.get(OPENING), jobs.latest(workspace.path)
    if name is None or job is None or job.state == "running":
        return
    del st.session_state[OPENING]
    if job.name == name and job.state == "done":
        state.go("review", _what_comes_first(workspace))


def _what_comes_first(workspace: Workspace) -> Queue:
    """Flagged labels, or where none is that nobody reviewed, the most suspicious."""
    found, statuses = workspace.suspicion, workspace.decisions.statuses
    waits = statuses.status == CODES["unreviewed"]
    flagged = found is not None and bool((found.flagged & waits).any())
    return Queue(show="flagged" if flagged else "unreviewed")


def _measured(workspace: Workspace, request: MeasureReviews, version: object) -> ReviewEffect:
    """What it says, measured again only if a training, a decision or what judges has changed."""
    known = (
        str(workspace.path), replace(request, truth=None), version,
        workspace.runs.references.version, uploads.content(request.truth),
    )  # fmt: skip
    return _cached(workspace, request, known)


@st.cache_resource(max_entries=16, show_spinner="What the reviews changed is being measured.")
def _cached(
    _workspace: Workspace,
    _request: MeasureReviews,
    version: object,  # noqa: ARG001 - the key
) -> ReviewEffect:
    truth = _request.truth
    table = read_apart(truth, ReadOptions(), uploads.own_folder) if truth else None
    return _request.run(_workspace, table=table)
