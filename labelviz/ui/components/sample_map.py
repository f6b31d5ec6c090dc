"""The map of the samples: like beside like, coloured, with a lasso that is a queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from labelviz.charts.layout import (
    MOST_MARKS,
    Amounts,
    Groups,
    Window,
    area_drawn,
    cells,
    groups_of_labels,
    groups_of_values,
    layout_figure,
    marks,
)
from labelviz.core.area import Area
from labelviz.core.decisions import STATUSES
from labelviz.core.layout import Layout
from labelviz.core.queue import Queue
from labelviz.core.statuses import CODES
from labelviz.project.workspace import Workspace
from labelviz.requests import LayOut
from labelviz.ui import state
from labelviz.ui.components import chart, literal, message, notice, progress
from labelviz.ui.components.history import STATUS_WORDS

TITLE = "Map of the samples"
NOT_LAID_OUT = "The samples are not laid out yet. On a map, like samples lie beside each other."
NO_EMBEDDINGS = (
    "The samples are not laid out: so many need an encoder's embeddings. Run “labelviz map” with "
    "this workspace and --encoder."
)
ALIKE = "Samples that are alike lie beside each other: all {count:,} of them."
CLOSER = "Samples that are alike lie beside each other: {seen:,} of {count:,} are in view."
TOGETHER = (
    "Where many lie close together, one mark stands for all of them, in the colour of the most. "
    "Look closer to see them apart."
)
HOW = (
    "Compared by {source}. Near means alike; how far apart the others lie says little. Drag a box, "
    "or choose the lasso, to see what is inside."
)
INSIDE = "{count:,} samples inside: {flagged:,} flagged, {reviewed:,} reviewed."
GIVEN, PREDICTED, SUSPICION, STATUS = "Given label", "Predicted label", "Suspicion", "Status"


def show(workspace: Workspace, *, busy: bool) -> None:
    """Draw the map, or offer to make it."""
    embeddings = workspace.findings.embeddings
    if embeddings.layout is not None:
        _map(workspace)
        return
    chart.heading(TITLE)
    possible = embeddings.at_hand
    with notice.missing(NOT_LAID_OUT if possible else NO_EMBEDDINGS, "map"):
        if possible:
            progress.start_button("Make the map", workspace.path, LayOut(), disabled=busy)


@st.fragment(key="sample map")
@message.shows_errors
def _map(workspace: Workspace) -> None:
    """A fragment: a look closer draws nothing else of the page again."""
    layout = workspace.findings.embeddings.layout
    if layout is None:
        return
    window, area = _window(workspace), _area(workspace, layout)
    in_view = cells(layout, window)
    seen = len(in_view.rows)
    words = CLOSER if window != Window() else ALIKE
    finding = words.format(seen=seen, count=len(layout.x))
    chart.heading(finding)
    with st.container(horizontal=True, vertical_alignment="bottom", key="sample map bar"):
        colours = _colours(workspace)
        shown = literal.options(colours)
        by = st.selectbox(
            "Colour by", colours, format_func=shown.__getitem__, width=260, key="map colours"
        )
        if window != Window():
            st.button("Show all", key="map all", on_click=_look, args=(workspace, Window()))
    colouring = _colouring(workspace, by)
    found = marks(in_view, colouring)
    figure = layout_figure(workspace.dataset, found, colouring, window, area)
    with st.container(key="in the map"):
        chart.canvas(
            finding, figure, f"sample map of {workspace.path} {window}",
            lambda selection: _draw(workspace, layout, selection),
        )  # fmt: skip
    if area is not None:
        _inside(workspace, layout, area)
    said = [HOW.format(source=layout.source)]
    notice.quiet(*([TOGETHER] if seen > MOST_MARKS else []), *said)


def _inside(workspace: Workspace, layout: Layout, area: Area) -> None:
    """How many samples are inside, and what can be done with them."""
    inside = layout.inside(area)
    suspicion, status = workspace.suspicion, workspace.decisions.statuses.status
    flagged = 0 if suspicion is None else int((inside & suspicion.flagged).sum())
    reviewed = int((inside & (status != CODES["unreviewed"])).sum())
    rows = np.flatnonzero(inside)
    with st.container(horizontal=True, vertical_alignment="center", key="in the area"):
        if st.button("Review these", key="map review", type="primary", disabled=not len(rows)):
            state.go("review", Queue(show="all", area=area.as_text))
        if len(rows) > 1:
            closer = (workspace, Window.around(layout, rows))
            st.button("Look closer", key="map closer", on_click=_look, args=closer)
        words = INSIDE.format(count=len(rows), flagged=flagged, reviewed=reviewed)
        st.text(words, width="content")


def _colours(workspace: Workspace) -> list[str]:
    """What the samples can be coloured by."""
    found = [GIVEN]
    if workspace.opinions.current is not None:
        found.append(PREDICTED)
    if workspace.suspicion is not None:
        found.append(SUSPICION)
    names = [each for each in workspace.dataset.slices if each not in (*found, STATUS)]
    return [*found, STATUS, *names]


def _colouring(workspace: Workspace, by: str) -> Groups | Amounts:
    dataset, suspicion = workspace.dataset, workspace.suspicion
    if by == PREDICTED and (opinion := workspace.findings.opinion) is not None:
        return groups_of_labels(dataset, opinion.labels)
    if by == SUSPICION and suspicion is not None:
        return Amounts(SUSPICION, suspicion.score)
    if by == STATUS:
        words = [STATUS_WORDS[each] for each in STATUSES]
        return groups_of_values(workspace.decisions.statuses.status, words)
    if by in dataset.slices:
        return groups_of_values(*dataset.values_of_slices[by])
    return groups_of_labels(dataset, dataset.given)


def _draw(workspace: Workspace, layout: Layout, selection: Mapping[str, Any]) -> None:
    """Keep what was drawn; that nothing is selected any more is no new area."""
    area = area_drawn(selection, layout)
    if area is not None:
        st.session_state[f"area of {workspace.path}"] = area.as_text


def _area(workspace: Workspace, layout: Layout) -> Area | None:
    """What was drawn last; None where that was on another layout."""
    area = Area.read(st.session_state.get(f"area of {workspace.path}") or "")
    return area if area is not None and area.mark == layout.mark else None


def _look(workspace: Workspace, window: Window) -> None:
    st.session_state[f"window of {workspace.path}"] = window
    st.session_state[f"area of {workspace.path}"] = None


def _window(workspace: Workspace) -> Window:
    window: Window = st.session_state.get(f"window of {workspace.path}") or Window()
    return window
