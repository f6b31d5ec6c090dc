"""The import report: what became of every row, what was changed, and what is worth knowing."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from labelviz.project.workspace import Workspace
from labelviz.tables.report import ImportReport, quarantine_file
from labelviz.ui.components import chart, literal, notice, numbers
from labelviz.ui.components.numbers import Number
from labelviz.ui.pages.data.mapping import TITLES, worded
from labelviz.ui.pages.data.source import how_read

FIRST_LINES = 5


def show(workspace: Workspace) -> None:
    """Show the report of the file that was loaded."""
    report = workspace.data.report
    _figures(workspace, report)
    left, right = st.columns(2, gap="large")
    with left:
        _class_counts(report)
        _lengths(report)
    with right:
        _set_aside(report)
        _notes(report)
        _downloads(workspace, report)
    with st.expander("How the file was read, and which column meant what", key="how it was read"):
        notice.quiet(how_read(workspace.data.options))
        _columns(workspace)
        notice.quiet(f"SHA-256 of {report.file}: {report.sha256}")


def _figures(workspace: Workspace, report: ImportReport) -> None:
    twice = report.duplicates
    said_twice = (
        f"{twice.swapped:,} the other way round" if workspace.dataset.is_pair else "samples"
    )
    numbers.show(
        [
            Number("Rows in the file", f"{report.rows_in:,}", report.file),
            Number("= accepted", f"{report.accepted:,}", "now samples"),
            *(
                [Number("+ joined", f"{report.joined:,}", "to a sample of another row")]
                if report.joined
                else []
            ),
            Number("+ set aside", f"{len(report.quarantined):,}", "kept in quarantine.csv"),
            Number("+ blank", f"{report.blank:,}", "lines passed over"),
            Number("Task", workspace.dataset.task, report.task_reason),
            Number("Repeat an earlier text", f"{twice.exact + twice.swapped:,}", said_twice),
            Number("Same text, other label", f"{twice.conflicting:,}", "samples"),
            Number("Empty texts", f"{report.empty_texts:,}", "samples"),
        ]
    )


def _class_counts(report: ImportReport) -> None:
    total = max(report.accepted, 1)
    counts = list(report.class_counts.values())
    few = set(report.too_few)
    chart.heading(_class_finding(report))
    shown: dict[str, list[Any]] = {
        "Class": list(report.class_counts),
        "Samples": counts,
        "Share of samples": [count / total for count in counts],
    }
    if few:
        shown["Note"] = ["too few to judge" if n in few else "" for n in report.class_counts]
    st.dataframe(
        literal.table(shown),
        column_config={
            "Samples": st.column_config.NumberColumn(format="localized"),
            "Share of samples": st.column_config.NumberColumn(format="percent"),
        },
        hide_index=True,
        key="class counts",
    )


def _class_finding(report: ImportReport) -> str:
    if report.too_few:
        return f"{len(report.too_few)} classes have too few samples to judge them"
    return f"Samples of {len(report.class_counts)} classes"


def _lengths(report: ImportReport) -> None:
    if not report.lengths:
        return
    chart.heading("How long the texts are, in characters")
    each = report.lengths
    st.dataframe(
        literal.table(
            {
                "Column": [one.column for one in each],
                "Shortest": [one.shortest for one in each],
                "25%": [one.p25 for one in each],
                "Median": [one.median for one in each],
                "75%": [one.p75 for one in each],
                "95%": [one.p95 for one in each],
                "Longest": [one.longest for one in each],
            }
        ),
        hide_index=True,
        key="lengths",
    )


def _set_aside(report: ImportReport) -> None:
    if not report.quarantined:
        chart.heading("No row was set aside")
        return
    chart.heading("Rows that were set aside, and why")
    reasons = report.quarantine_reasons()
    st.dataframe(
        literal.table(
            {
                "Reason": list(reasons),
                "Rows": [len(rows) for rows in reasons.values()],
                "Column": [rows[0].column for rows in reasons.values()],
                "First lines": [
                    ", ".join(str(row.line) for row in rows[:FIRST_LINES])
                    + (" …" if len(rows) > FIRST_LINES else "")
                    for rows in reasons.values()
                ],
            }
        ),
        column_config={"Rows": st.column_config.NumberColumn(format="localized")},
        hide_index=True,
        key="reasons",
    )


def _notes(report: ImportReport) -> None:
    if not report.notes:
        chart.heading("Nothing was changed")
        return
    chart.heading("Accepted, and worth knowing")
    st.dataframe(
        literal.table(
            {
                "Count": [note.count for note in report.notes],
                "Note": [note.text for note in report.notes],
                "Examples": ["; ".join(note.examples) for note in report.notes],
            }
        ),
        column_config={"Count": st.column_config.NumberColumn(format="localized")},
        hide_index=True,
        key="notes",
    )


def _downloads(workspace: Workspace, report: ImportReport) -> None:
    first, second, _ = st.columns([1, 1, 1])
    first.download_button(
        "Download quarantine.csv",
        lambda: quarantine_file(report),
        file_name=workspace.data.quarantine.name,
        mime="text/csv",
        on_click="ignore",
        disabled=not report.quarantined,
        width="stretch",
    )
    second.download_button(
        "Download the report",
        lambda: json.dumps(report.as_json(), ensure_ascii=False, indent=2),
        file_name=f"{workspace.name}-import-report.json",
        mime="application/json",
        on_click="ignore",
        width="stretch",
    )


def _columns(workspace: Workspace) -> None:
    columns = workspace.data.columns
    used = {TITLES[field]: worded(getattr(columns, field)) for field in TITLES}
    used = {title: words for title, words in used.items() if words}
    used.setdefault(TITLES["id"], "made from the texts")
    st.dataframe(
        literal.table({"Meaning": list(used), "Column": list(used.values())}),
        hide_index=True,
        key="mapping",
    )
