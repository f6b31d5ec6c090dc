"""How far the review is: what flags were worth, what is left, how long it takes, who agrees."""

from __future__ import annotations

import numpy as np
import streamlit as st

from labelviz.core.audit import found, on_flags, seconds_per_decision
from labelviz.core.decisions import STATUSES, Status
from labelviz.core.draws import FEWEST_DRAWN
from labelviz.core.queue import Queue
from labelviz.core.statuses import CODES
from labelviz.project.workspace import Workspace
from labelviz.ui import state
from labelviz.ui.components import history, notice, numbers, random_samples
from labelviz.ui.components.numbers import Number

LATEST = 50  # decisions of a reviewer that say how reviewing goes now
NOTHING = "Nobody has reviewed anything yet."
# Flagged samples are counted with the disputed ones.
COUNTED: dict[Status, str] = {**history.STATUS_WORDS, "disputed": "to settle"}
WHY = (
    "One card in ten is drawn at random. Those samples, and no others, tell how many wrong labels "
    "are left. The interval holds at every card, however you look and whenever you stop: it misses "
    "the true number in at most 5 of 100 reviews. The counts are what reviewing gave so far."
)


def show(workspace: Workspace) -> None:
    """Show what the reviews so far say."""
    st.subheader("How far is the review?")
    statuses = workspace.decisions.statuses
    if statuses.count("unreviewed") == len(statuses.status):
        notice.quiet(NOTHING)
        return
    numbers.show([*_counts(workspace), *_found(workspace)])
    notice.quiet(WHY)
    _people(workspace)


def _counts(workspace: Workspace) -> list[Number]:
    statuses = workspace.decisions.statuses
    counts = {status: statuses.count(status) for status in STATUSES}
    reviewed = len(statuses.status) - counts["unreviewed"]
    listed = ", ".join(
        f"{count:,} {COUNTED[status]}"
        for status, count in counts.items()
        if count and status != "unreviewed"
    )
    return [Number("Reviewed", f"{reviewed:,}", listed)]


def _found(workspace: Workspace) -> list[Number]:
    statuses, suspicion = workspace.decisions.statuses, workspace.suspicion
    flags = on_flags(statuses, suspicion)
    waiting = statuses.status == CODES["unreviewed"]
    flags_left = 0 if suspicion is None else int((waiting & suspicion.flagged).sum())
    recent = workspace.review.recent(state.reviewer(), LATEST)
    seconds = seconds_per_decision(each.decided_at for each in reversed(recent))
    rows = workspace.dataset.rows
    mine = found(statuses.wrong[[rows[each.sample] for each in recent if each.sample in rows]])
    return [
        Number(
            "Wrong among the flagged",
            f"{flags.wrong:,} of {flags.of:,}" if flags.of else "–",
            f"that were reviewed; {flags_left:,} wait",
        ),
        _left(workspace),
        Number(
            "Wrong among your latest",
            f"{mine.wrong:,} of {mine.of:,}" if mine.of else "–",
            f"at most {LATEST} decisions",
        ),
        Number("Your time per decision", "–" if seconds is None else f"{seconds:.0f} s", "median"),
    ]


def _left(workspace: Workspace) -> Number:
    """The wrong labels that nobody found yet."""
    rates = workspace.findings.error_rates()
    if rates is None:
        return Number("Wrong labels left", "–", f"known after {FEWEST_DRAWN} random samples")
    return Number(
        "Wrong labels left",
        random_samples.range_in_words(*rates.overall.left),
        f"among {rates.overall.waiting:,} that nobody reviewed, with 95% confidence",
    )


def _people(workspace: Workspace) -> None:
    found = workspace.decisions.agreement()
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
    me = state.reviewer()
    member = workspace.decisions.store.roles.now.of(me)
    unsettled = int(workspace.decisions.statuses.to_settle(me, member).sum())
    if unsettled and st.button(f"Settle {unsettled:,} samples"):
        state.go("review", Queue(show="disputed"))
