"""How far the review is: what flags were worth, what is left, how long it takes, who agrees."""

from __future__ import annotations

import numpy as np
import streamlit as st

from labelviz.core.audit import Share, audit, seconds_per_decision
from labelviz.core.decisions import STATUSES, Status
from labelviz.core.queue import Queue
from labelviz.core.statuses import CODES
from labelviz.ui import state
from labelviz.ui.components import history, notice, numbers
from labelviz.ui.components.numbers import Number
from labelviz.workspace import Workspace

NEXT = 100
TIMED = 100
NOTHING = "Nobody has reviewed anything yet."
COUNTED: dict[Status, str] = {**history.STATUS_WORDS, "disputed": "to settle"}
"""Flagged samples are counted with the disputed ones."""
WHY = (
    "One card in ten is drawn at random. Those samples, and no others, tell how many errors are "
    "left where nothing was flagged; the intervals hold the true share in 95 of 100 cases."
)


def show(workspace: Workspace) -> None:
    """Show what the reviews so far say."""
    st.subheader("How far is the review?")
    statuses = workspace.statuses
    if statuses.count("unreviewed") == len(statuses.status):
        notice.quiet(NOTHING)
        return
    numbers.show([*_counts(workspace), *_found(workspace)])
    notice.quiet(WHY)
    _people(workspace)


def share_in_words(share: Share) -> str:
    """A share with its interval."""
    if share.value is None:
        return "–"
    low, high = share.bounds
    return f"{share.value:.0%} ({low:.0%} to {high:.0%})"


def _counts(workspace: Workspace) -> list[Number]:
    statuses = workspace.statuses
    counts = {status: statuses.count(status) for status in STATUSES}
    reviewed = len(statuses.status) - counts["unreviewed"]
    listed = ", ".join(
        f"{count:,} {COUNTED[status]}"
        for status, count in counts.items()
        if count and status != "unreviewed"
    )
    return [Number("Reviewed", f"{reviewed:,}", listed)]


def _found(workspace: Workspace) -> list[Number]:
    statuses, suspicion = workspace.statuses, workspace.suspicion
    flagged = None if suspicion is None else suspicion.flagged
    found = audit(statuses, suspicion)
    waiting = statuses.status == CODES["unreviewed"]
    flags_left = 0 if flagged is None else int((waiting & flagged).sum())
    ahead = min(NEXT, flags_left)
    expected = found.expected_errors(ahead, min(NEXT, int(waiting.sum())) - ahead)
    recent = workspace.review.recent(state.reviewer(), TIMED)
    seconds = seconds_per_decision(each.decided_at for each in reversed(recent))
    return [
        Number(
            "Flags that were right",
            share_in_words(found.flagged),
            f"of {found.flagged.of:,} decided; {flags_left:,} wait",
        ),
        Number(
            "Wrong among the unflagged",
            share_in_words(found.residual),
            f"by {found.residual.of:,} random controls",
        ),
        Number(
            "Errors in the next 100 cards",
            "–" if expected is None else f"{expected:.0f}",
            "at the rates so far",
        ),
        Number("Your time per decision", "–" if seconds is None else f"{seconds:.0f} s", "median"),
    ]


def _people(workspace: Workspace) -> None:
    found = workspace.agreement()
    if not found.shared:
        return
    cells = "labels" if workspace.dataset.multilabel else "samples"
    shown = [Number("Decided by two or more", f"{found.shared:,}", cells)]
    if not np.isnan(found.alpha):
        shown.append(
            Number("Agreement", f"{found.alpha:.2f}", "Krippendorff's alpha; 1 is perfect")
        )
    if len(found.pairs) == 1 and not np.isnan(found.pairs[0].kappa):
        kappa = found.pairs[0].kappa
        shown.append(Number("Agreement", f"{kappa:.2f}", "Cohen's kappa; 1 is perfect"))
    numbers.show(shown)
    unsettled = workspace.statuses.count("disputed")
    if unsettled and st.button(f"Settle {unsettled:,} samples"):
        state.go("review", Queue(show="disputed"))
