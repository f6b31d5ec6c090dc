"""What was looked at to find wrong labels, and what could not be."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from labelviz.core.asked import entry
from labelviz.core.settings import FlagLine
from labelviz.core.suspicion import Suspicion
from labelviz.project.workspace import Workspace
from labelviz.requests import Flag
from labelviz.reviewing import VERDICTS_PER_REFIT
from labelviz.ui import refit
from labelviz.ui.components import asked, literal, notice, progress
from labelviz.ui.components.progress import duration

TITLE = "What was checked"
OTHER_THRESHOLDS = "The flags were made with other thresholds than those in use now."
LEARN = "Learn from the reviews now"
LIKELIER = FlagLine().threshold
REFUSED = (
    "The flags were made by another version of labelviz, or are damaged. Check the labels again: "
    "that makes new flags. What reviewers decided is kept."
)


def counted(suspicion: Suspicion) -> str:
    """How many detectors ran, in words."""
    ran = len(suspicion.detectors)
    return "one detector" if ran == 1 else f"{ran} detectors"


def show(suspicion: Suspicion) -> None:
    """List the detectors that ran with their time, then those that could not, and why."""
    left = len(suspicion.not_checked)
    title = f"{TITLE}: {counted(suspicion)}; {left} could not run"
    with st.expander(title if left else TITLE, expanded=False):
        for name in suspicion.detectors:
            took = suspicion.seconds.get(name)
            words = name if took is None else f"{name}, {duration(took)}"
            literal.block(f"<div>{literal.escaped(words)}</div>")
        for each in suspicion.not_checked:
            words = f"Not checked: {each.detector}. {each.why}"
            literal.block(f'<div class="lv-quiet">{literal.escaped(words)}</div>')
        for issue in suspicion.issues:
            words = f"Whatever the labels: {len(issue.rows):,} {issue.kind}."
            literal.block(f"<div>{literal.escaped(words)}</div>")


def find(sentence: str, workspace: Workspace, *, busy: bool) -> None:
    """Say why the labels are to be checked, with the button that does it."""
    with notice.missing(sentence, "flags"):
        progress.start_button(
            "Find wrong labels",
            workspace.path,
            Flag(),
            type="primary",
            disabled=busy,
        )


def line_in_words(suspicion: Suspicion) -> str:
    """What it takes to be flagged."""
    if suspicion.line.threshold != LIKELIER:
        return ""
    if suspicion.calibrated:
        return "Flagged is what is more likely wrong than right."
    return "Flagged is a label that another class is likelier than, by all that was checked."


def move_line(workspace: Workspace, suspicion: Suspicion, *, busy: bool) -> None:
    """Offer to flag from another suspicion on, or no more than so many."""
    with st.expander("Move the line"):
        left, right = st.columns(2)
        threshold = asked.number(
            "Flag from a suspicion of", entry(suspicion.line, "threshold"), left,
            step=0.05, format="%.2f", key="flag line",
        )  # fmt: skip
        at_most = asked.number(
            "At most so many labels", entry(suspicion.line, "at_most"), right,
            step=100, key="flag at most", placeholder="no limit",
        )  # fmt: skip
        line = FlagLine(threshold=threshold, at_most=at_most)
        again = replace(refit.request(workspace), line=line)
        same = line == suspicion.line
        progress.start_button("Flag anew", workspace.path, again, disabled=busy or same)


def kind_of_score(suspicion: Suspicion) -> str:
    """What a suspicion means as a number."""
    if suspicion.calibrated:
        return "A suspicion is the probability that the label is wrong, by reviewed random samples."
    return (
        "A suspicion is a relative score: it ranks. It becomes a probability once 50 samples "
        "drawn at random are reviewed."
    )


def news(new: int) -> str:
    """How many verdicts the suspicion does not know of; empty where there are none."""
    if not new:
        return ""
    newer = "1 review is newer" if new == 1 else f"{new:,} reviews are newer"
    return f"{newer} than the flags, which learn by themselves after every {VERDICTS_PER_REFIT}."
