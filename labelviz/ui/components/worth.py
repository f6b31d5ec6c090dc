"""What flags and detectors are worth, by trusted labels or by reviewed random samples."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from labelviz.core.draws import FEWEST_DRAWN
from labelviz.core.yardstick import FEWEST_WRONG, SUSPICION, Measure, Yardstick
from labelviz.errors import LabelvizError
from labelviz.project.workspace import Workspace
from labelviz.tables.apart import read_apart
from labelviz.tables.options import ReadOptions
from labelviz.ui.components import literal, message, notice, numbers, uploads
from labelviz.ui.components.numbers import Number

NOTHING = (
    f"Not known yet: this takes {FEWEST_DRAWN} reviewed random samples, or a file of trusted "
    "labels. Which detector earns its place on these data shows here then."
)
TOGETHER = "All together"


def show(workspace: Workspace, *, measured: bool) -> None:
    """Show it, with a place for a file of trusted labels.

    Parameters
    ----------
    measured : whether enough random samples were reviewed.
    """
    st.subheader("What are the flags worth?")
    truth = uploads.field(
        "Trusted labels: a CSV with columns id and label",
        f"yardstick of {workspace.path}",
        type=["csv"],
        help="Without them, random samples that were reviewed are the yardstick.",
    )
    if truth is None and not measured:
        notice.quiet(NOTHING)
        return
    try:
        found = _measured(workspace, truth)
    except LabelvizError as error:
        message.show(error)
        return
    if found is None:
        notice.quiet(NOTHING)
        return
    numbers.show(
        [
            Number("Known labels", f"{found.known:,}", f"{found.wrong:,} of them wrong"),
            Number(
                "Flags that are wrong labels",
                in_words(found.precision),
                f"{found.hits:,} of {found.flagged:,}",
            ),
            Number(
                "Wrong labels that are flagged",
                in_words(found.recall),
                f"{found.hits:,} of {found.wrong:,}",
            ),
        ]
    )
    _order(found)


def in_words(found: Measure) -> str:
    """A share with its interval; a dash where there was nothing to measure."""
    if found.value != found.value:  # it is no number
        return "–"
    return f"{found.value:.0%} ({found.low:.0%} to {found.high:.0%})"


def _order(found: Yardstick) -> None:
    """The detectors by how well they rank, the best first."""
    if not found.order:
        notice.quiet(f"Detectors are compared once {FEWEST_WRONG} known labels are wrong.")
        return
    notice.quiet(
        f"Average precision: 1 where all wrong labels come first, about "
        f"{found.wrong / found.known:.2f} by chance. The intervals, with 95% confidence, are what "
        "other samples of this size could have said."
    )
    rows = {TOGETHER if name == SUSPICION else name: each for name, each in found.order.items()}
    st.dataframe(
        literal.table(
            {
                "Detector": list(rows),
                "Average precision": [f"{each.value:.2f}" for each in rows.values()],
                "Interval": [f"{each.low:.2f} to {each.high:.2f}" for each in rows.values()],
            }
        ),
        hide_index=True,
        width="stretch",
        key="worth",
    )


def _measured(workspace: Workspace, truth: Path | None) -> Yardstick | None:
    """The yardstick, computed again only if flags, reviews or the file have changed."""
    suspicion = workspace.suspicion
    if suspicion is None:
        return None
    sequence = 0 if truth else workspace.decisions.review.sequence
    version = (str(workspace.path), suspicion.fingerprint, sequence, uploads.content(truth))
    return _cached(workspace, truth, version)


@st.cache_resource(max_entries=16, show_spinner="The detectors are being compared.")
def _cached(
    _workspace: Workspace,
    _truth: Path | None,
    version: object,  # noqa: ARG001 - part of the key
) -> Yardstick | None:
    table = read_apart(_truth, ReadOptions(), uploads.own_folder) if _truth else None
    return _workspace.findings.yardstick(table)
