"""Answers of an LLM batch: the files, how they join the rows, and what they would become."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from labelviz.errors import LabelvizError
from labelviz.requests import Load
from labelviz.tables.apart import Join, read_apart
from labelviz.tables.columns import Columns
from labelviz.tables.labels import distinct
from labelviz.tables.names import listed
from labelviz.tables.read import FORMATS
from labelviz.tables.table import Table
from labelviz.ui import served
from labelviz.ui.components import chart, literal, message, notice, on_server, uploads
from labelviz.ui.components.form import Form

JOINED = "table with answers"
KINDS = sorted({*FORMATS, ".txt"})
MOST_LABELS = 50  # labels that are listed with their rows, the most frequent ones


@dataclass(frozen=True)
class Answers:
    """Results of an LLM batch that a person gave, and under which key they say the class."""

    files: tuple[Path, ...] = ()
    key: str = ""


def choose(path: Path) -> Answers:
    """Any number of files of results, for the rows of this file."""
    form = Form(f"answers {path}", Load)
    files: list[Path] = []
    with st.expander("Answers of an LLM batch", key=f"answers to {path}"):
        notice.quiet(
            "Results as they came, of an OpenAI, Anthropic or Gemini batch, or chat completions: "
            "they are joined to the rows by the ids that the requests had."
        )
        while (file := _one(path, len(files))) is not None:
            files.append(file)
        key = form.line(
            "answer_key", "Key of the class in JSON answers", placeholder="Found out, such as label"
        )
    return Answers(tuple(files), key.strip() if files else "")


def joined(path: Path, table: Table, answers: Answers, columns: Columns) -> Table | None:
    """The rows with a column of labels for each model or run; None where they do not join.

    Joined once as long as nothing changes: before and after the columns are chosen.

    Parameters
    ----------
    path : the file that `table` was read from.
    columns : the id, the classes and the task, where somebody said them.
    """
    if not answers.files:
        return table
    files = (path, *answers.files)
    changed = tuple(file.stat().st_mtime_ns for file in files if file.exists())
    said = Columns(id=columns.id, classes=columns.classes, task=columns.task)
    join = Join(answers.files, answers.key, said)
    asked = (path, table.options, join, changed)
    known: dict[Any, Table] = st.session_state.get(JOINED, {})
    if asked not in known:
        try:
            with st.spinner("The answers are being joined."):
                made = read_apart(path, table.options, uploads.own_folder, join)
        except LabelvizError as error:
            for file in files:
                error.where = error.where.replace(f"{file.parent}/", "")
            message.show(error)
            return None
        known = {**dict(list(known.items())[-1:]), asked: made}
        st.session_state[JOINED] = known
    return known[asked]


def forget() -> None:
    """Let go of the table that the answers were joined to."""
    st.session_state.pop(JOINED, None)


def preview(before: Table, table: Table) -> None:
    """What the answers become: labels with their rows, and what is set aside with its reason."""
    chart.heading(f"The answers label {len(table.frame):,} of {len(before.frame):,} rows")
    left, right = st.columns(2, gap="large")
    with left:
        for name in (table.meant.label, *table.meant.annotators):
            _labels(table, name)
    with right:
        known = set(before.quarantined)
        aside = Counter(each.reason for each in table.quarantined if each not in known)
        if aside:
            shown: dict[str, list[Any]] = {
                "Set aside, because": list(aside),
                "Rows": list(aside.values()),
            }
            st.dataframe(literal.table(shown), hide_index=True, key="answers set aside")
        notes = table.notes[len(before.notes) :]
        notice.quiet(*(f"{each.count:,} {each.text}." for each in notes))


def _labels(table: Table, name: str) -> None:
    """How many rows one model or run gave each label."""
    codes, cells = distinct(table.frame[name])
    counts: Counter[str] = Counter()
    for cell, count in zip(cells, np.bincount(codes, minlength=len(cells)).tolist(), strict=True):
        for label in listed(cell) or [cell]:
            counts[label] += count
    most = counts.most_common(MOST_LABELS)
    shown: dict[str, list[Any]] = {
        f"Answers of {name}": [label or "(none)" for label, _ in most],
        "Rows": [count for _, count in most],
    }
    st.dataframe(literal.table(shown), hide_index=True, key=f"labels of {name}")


def _one(path: Path, number: int) -> Path | None:
    """A field for one file of results, by upload or by its path on the server."""
    label = "Results of the batch" if number == 0 else "Results of another batch, model or run"
    names = [kind.removeprefix(".") for kind in KINDS]
    key = f"answers {number} to {path}"
    upload = uploads.field(label, key, type=names)
    if upload is not None or not served.folders():
        return upload
    return on_server.file("Or the path of such a file on the server", KINDS, key=f"path {key}")
