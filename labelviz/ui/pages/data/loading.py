"""What stands in the way of loading, the name of the workspace, and Load."""

from __future__ import annotations

import re
from dataclasses import replace

import streamlit as st

from labelviz.core.settings import TASKS
from labelviz.errors import (
    ClassesGone,
    DatasetDiffers,
    IdsRefused,
    InputRefused,
    LabelsRefused,
    LabelvizError,
    MostSetAside,
    WorkspaceRefused,
)
from labelviz.requests import Load
from labelviz.requests.apart import load_apart
from labelviz.tables.columns import Columns
from labelviz.tables.given import is_pooled
from labelviz.tables.labels import in_order, label_names
from labelviz.tables.labels_found import LabelsFound, find_labels
from labelviz.tables.table import Table
from labelviz.ui import rights, state
from labelviz.ui.components import chart, literal, message, notice, uploads
from labelviz.ui.components.form import Form
from labelviz.ui.pages.data import answers, mapping, source

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
LABELS = "labels that were looked at"
FOUND = {"binary": "Binary", "multiclass": "Multiclass", "multilabel": "Multi-label"}


def show() -> None:
    """Choose a file, say how it is read and what its columns mean, and load it."""
    path = source.choose()
    if path is None:
        notice.quiet(
            "CSV or other delimited text in any encoding, JSON Lines, JSON, Parquet, an Excel "
            "sheet, a folder that the datasets library saved, or what Label Studio, Argilla, "
            "Prodigy and other tools export: one row per sample, a text or a pair of texts, and "
            "the label to audit. The file is copied unchanged, and nothing leaves this machine."
        )
        return
    rows = source.table_of(path)
    if rows is None:
        return
    said = answers.choose(path)
    table = answers.joined(path, rows, said, Columns())
    if table is None:
        return
    form = mapping.form_of(path, table)
    columns = mapping.choose(table, form)
    if said.files:
        columns = replace(columns, task=form.value("task") or "")
        table = answers.joined(path, rows, said, columns)
        if table is None:
            return
        answers.preview(rows, table)
    columns, settled = _task(table, columns, form)
    request = Load(
        file=path, answers=said.files, answer_key=said.key, columns=columns, options=table.options
    )
    _load(request, table, form, settled=settled)


def _task(table: Table, columns: Columns, form: Form) -> tuple[Columns, bool]:
    """The task with its reason; where labels need a decision first, the table that takes it.

    Returns
    -------
    The columns with the task, and whether nothing is left to decide.
    """
    left, right = st.columns([1, 3], gap="medium")
    with left:
        task = form.select(
            "task", mapping.TITLES["task"], ["", *TASKS],
            format_func=lambda name: mapping.TASK_NAMES[name],
        )  # fmt: skip
    columns = replace(columns, task=task)
    if not (columns.label or columns.one_hot or columns.soft or is_pooled(columns)):
        return columns, True
    found = _found(table, columns)
    if isinstance(found, LabelvizError):
        refused(found, table, columns, form)
        return columns, False
    with right:
        chart.heading(_read_as(found))
        notice.quiet(f"{FOUND[found.task]}: {found.reason}.")
    return columns, True


def _found(table: Table, columns: Columns) -> LabelsFound | LabelvizError:
    """How the labels are read, or why they are not; found out once as long as nothing changes."""
    asked = repr((table.sha256, table.options, table.beside, columns))
    known: dict[str, LabelsFound | LabelvizError] = st.session_state.get(LABELS, {})
    if asked not in known:
        try:
            with st.spinner("The labels are being looked at."):
                known = {asked: find_labels(table, columns, uploads.own_folder)}
        except LabelvizError as error:
            known = {asked: error}
        st.session_state[LABELS] = known
    return known[asked]


def _read_as(found: LabelsFound) -> str:
    more = found.count - len(found.first)
    shown = ", ".join(found.first) + (f" and {more} more" if more > 0 else "")
    return f"{found.count} classes: {shown}"


def refused(error: LabelvizError, table: Table, columns: Columns, form: Form) -> None:
    """An error in its place, with the widgets that settle it where there is something to settle."""
    if isinstance(error, LabelsRefused) and error.choices:
        _settle_labels(error, table, columns, form)
    elif isinstance(error, IdsRefused) and error.choices:
        message.show(error)
        left, right = st.columns(2)
        left.button("Take the ids as they stand", on_click=form.put, kwargs={"exact_ids": True})
        right.button("Make ids from the texts", on_click=form.put, kwargs={"id": ""})
    elif isinstance(error, ClassesGone) and error.choices:
        message.show(error)
        before = {each.cell: each.proposed for each in error.choices}
        st.button("Read these classes as before", on_click=mapping.settle, args=(form, before))
    elif isinstance(error, MostSetAside):
        message.show(error)
        st.button(
            "Let the rest be loaded", on_click=form.put, kwargs={"partial": True},
        )  # fmt: skip
    else:
        message.show(error)


def _settle_labels(error: InputRefused, table: Table, columns: Columns, form: Form) -> None:
    what = error.what.partition(". ")[0].partition("; ")[0].removesuffix(".") + "."
    with st.container(border=True, key="settle"):
        literal.block(f'<strong role="alert">{literal.escaped(what)}</strong>')
        notice.quiet(f"{error.where}. Say which class each is; empty means no label.")
        seen = hash(tuple((each.cell, each.proposed) for each in error.choices))
        edited = mapping.spelling_table(list(error.choices), f"{form.key('settle')} {seen}")
        left, right, _ = st.columns([1, 1.4, 2])
        left.button(
            "Use these classes", type="primary", on_click=mapping.settle, args=(form, edited),
            width="stretch",
        )  # fmt: skip
        right.button(
            "Take every spelling as a class of its own", on_click=_as_they_stand,
            args=(table, columns, form), width="stretch",
        )  # fmt: skip


def _as_they_stand(table: Table, columns: Columns, form: Form) -> None:
    """Name all classes as the file spells them."""
    names = label_names(table.frame, replace(columns, classes=()))
    form.put(classes="\n".join(in_order(names)))


def _load(request: Load, table: Table, form: Form, *, settled: bool) -> None:
    """The name of the workspace, and Load; what it would change in one that exists is said first.

    The dataset is replaced by nothing but the request whose changes were shown.
    """
    file = request.file
    form.start(name=re.sub(r"[^A-Za-z0-9._-]+", "-", file.stem).strip(".-_") or "workspace")
    left, _ = st.columns([1, 3], gap="medium", vertical_alignment="bottom")
    with left:
        name = form.line(
            "name", "Name of the new workspace",
            help="Letters, digits, dots, hyphens and underscores.",
        )  # fmt: skip
    request = replace(request, partial=bool(form.value("partial")))
    shown = repr((name, table.sha256, request))
    agreed = form.value("agreed") == shown
    form.put(agreed="")
    if st.button("Load", type="primary", disabled=not settled) or (agreed and settled):
        try:
            with st.spinner("The file is being read and checked."):
                _into(name, replace(request, replace=agreed), table)
        except DatasetDiffers as error:
            message.show(error)
            st.button("Replace the dataset", on_click=form.put, kwargs={"agreed": shown})
        except LabelvizError as error:
            error.where = error.where.replace(f"{file.parent}/", "")
            refused(error, table, request.columns, form)
        else:
            source.forget()
            answers.forget()
            st.rerun()


def _into(name: str, request: Load, table: Table) -> None:
    """Load the file into the workspace of this name and look at it."""
    if not NAME.fullmatch(name):
        raise WorkspaceRefused(
            "This is no name for a workspace.",
            where=name,
            remedy="Use letters, digits, dots, hyphens and underscores.",
        )
    with request.opened(state.home() / name) as project:
        if project.data.loaded:
            rights.check("change", project)
        load_apart(request, project, table, uploads.own_folder)
    state.choose_workspace(name)
