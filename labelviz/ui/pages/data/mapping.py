"""Which column means what: guessed with a reason or remembered, settled by the person."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from labelviz.errors import Choice
from labelviz.requests import Load
from labelviz.tables.columns import Columns
from labelviz.tables.export import with_label
from labelviz.tables.guess import Guess, guess
from labelviz.tables.remember import remembered
from labelviz.tables.table import Table
from labelviz.ui import state
from labelviz.ui.components import chart, literal, notice
from labelviz.ui.components.form import Form

TASK_NAMES = {
    "": "Find out from the labels",
    "binary": "Binary: two classes",
    "multiclass": "Multiclass: one of several classes",
    "multilabel": "Multi-label: any number of classes",
}
# What every field of `Columns` is called on the screen.
TITLES = {
    "text": "Text",
    "text_b": "Second text of a pair",
    "label": "Label to audit",
    "text_with": "Further columns of the text",
    "text_b_with": "Further columns of the second text",
    "id": "Sample id",
    "task": "Task",
    "classes": "Classes in order",
    "annotators": "Other annotators",
    "labelled_by": "Who labelled: a row for each annotator",
    "confidence": "Stated confidence",
    "confidence_scale": "Lowest and highest confidence",
    "group": "Group",
    "slices": "Slices: where errors may clump",
    "split": "Split",
    "one_hot": "Label in columns of 0 and 1",
    "soft": "Soft label",
    "votes": "Votes per class",
    "voters": "Number of voters",
    "majority": "The label is what most votes or annotators chose",
    "ties": "Where classes share the highest place",
    "weight": "Loss weight, 0 to leave out",
    "probabilities": "Ready-made probabilities",
    "spellings": "Spellings of labels",
    "missing": "Cells that mean no label",
    "none": "Cells that mean no class at all",
    "separator": "Between the names in a cell",
    "exact_ids": "Ids taken as they stand",
}
MAIN = ("text", "text_b", "label", "id")
NOTHING = {
    "text_b": "None: single texts",
    "label": "None: in other columns",
    "id": "None: made from the texts",
    "labelled_by": "Nobody: a row is a sample",
    "confidence": "None",
    "group": "None: found from equal texts",
    "split": "None: made when training",
    "voters": "None: the sum of the votes",
    "weight": "None: 1 each",
}
TIES = {"": "No label: the row is set aside", "first": "The first of these classes"}
MOST_CELLS = 200  # distinct label cells on offer, the most frequent ones
MOST_SHOWN = 4  # columns of one role that are listed by name


def form_of(path: Path, table: Table) -> Form:
    """The form for a file; the same file with other columns has another form."""
    names = "\0".join(map(str, table.frame.columns))
    return Form(f"{path} {hashlib.sha256(names.encode()).hexdigest()[:8]}", Load)


def choose(table: Table, form: Form) -> Columns:
    """The fields, filled with what was remembered or guessed, as the person leaves them."""
    names = [str(name) for name in table.frame.columns]
    made = _proposal(table, form)
    form.start(**_values(made.columns))
    chart.heading("Which column means what")
    _whence(table, made, form)
    columns = _usual(names, made, form)
    _follow(columns.label, names, form)
    more = {name: value for name, value in made.columns.as_json().items() if name not in MAIN}
    more = {name: value for name, value in more.items() if value and name in made.reasons}
    title = "More columns, and how labels are spelled"
    with st.expander(title, key="more columns"):
        columns = _further(columns, names, form)
        columns = _spelled(columns, table, form)
    if more:
        notice.quiet(*(f"{TITLES[name]}: {_short(made, name)}" for name in more))
    return columns


def cells_of(table: Table, columns: Columns) -> dict[str, int]:
    """How often the most frequent label cells occur."""
    if not columns.label:
        return {}
    counts = table.frame[columns.label].value_counts(sort=False)
    order = np.argsort(-counts.to_numpy(np.int64), kind="stable")[:MOST_CELLS]
    return {str(cell): int(count) for cell, count in counts.iloc[order].items()}


def settle(form: Form, spelled: Mapping[str, str]) -> None:
    """Take spellings as a person settled them: cell to class, or to nothing for no label."""
    before: Mapping[str, str] = form.value("spellings") or {}
    gone = [cell for cell, name in spelled.items() if not name.strip() and cell.strip()]
    said = {cell: name for cell, name in spelled.items() if name.strip() and name != cell}
    kept = {cell: name for cell, name in before.items() if cell not in spelled}
    missing = [cell for cell in form.value("missing") or () if cell not in spelled]
    form.put(spellings={**kept, **said}, missing=[*missing, *gone])


def spelling_table(choices: list[Choice], key: str) -> dict[str, str]:
    """A small table in which a person says which class each spelling is; cell to class."""
    proposed = [each.proposed or each.cell for each in choices]
    words = literal.options(dict.fromkeys([*(each.cell for each in choices), *proposed]))
    shown: dict[str, list[Any]] = {
        "In the file": [words[each.cell] for each in choices],
        "Rows": [each.count for each in choices],
        "Read it as": [words[each] for each in proposed],
        "Code points": [each.about for each in choices],
    }
    if not any(shown["Code points"]):
        del shown["Code points"]
    edited = st.data_editor(
        shown,
        disabled=["In the file", "Rows", "Code points"],
        hide_index=True,
        key=key,
        height=min(37 + 35 * len(choices), 400),
    )
    meant = {said: text for text, said in words.items()}
    read = [meant.get(said, said) for said in (str(e or "") for e in edited["Read it as"])]
    return dict(zip((each.cell for each in choices), read, strict=True))


def worded(value: Any) -> str:
    """A value of `Columns` in words."""
    if isinstance(value, Mapping):
        return ", ".join(f"“{cell}” as “{name}”" for cell, name in value.items())
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, str):
        return value
    return ", ".join(each or "(empty)" for each in value)


def _values(columns: Columns) -> dict[str, Any]:
    """First values of the fields, as their widgets hold them."""
    values = {n: list(v) if isinstance(v, tuple) else v for n, v in columns.as_json().items()}
    return {**values, "classes": "\n".join(columns.classes)}


def _proposal(table: Table, form: Form) -> Guess:
    """What is remembered, or a guess where nothing is or the person asked for one."""
    known = remembered(map(str, table.frame.columns), state.home())
    if known and not form.value("guess anew"):
        return Guess(known, {}, remembered=True)
    return _guess(form.name, table.sha256, table)


@st.cache_resource(max_entries=4, show_spinner="The columns are being looked at.")
def _guess(form: str, sha256: str, _table: Table) -> Guess:  # noqa: ARG001 - part of the key
    return guess(_table)


def _whence(table: Table, made: Guess, form: Form) -> None:
    if not made.remembered:
        notice.quiet("Guessed from the names and the cells; nothing is loaded before you say so.")
        return
    words, button = st.columns([5, 1], vertical_alignment="center")
    with words:
        notice.quiet("As in the last file that had these columns.")
    button.button("Guess anew", on_click=_start_anew, args=(table, form), width="stretch")


def _start_anew(table: Table, form: Form) -> None:
    form.put(**_values(_guess(form.name, table.sha256, table).columns))
    form.put(**{"guess anew": True})


def _usual(names: list[str], made: Guess, form: Form) -> Columns:
    """The four columns that matter in most files, each with the reason for the guess."""
    values: dict[str, Any] = {}
    for place, field in zip(st.columns(len(MAIN), gap="medium"), MAIN, strict=True):
        with place:
            values[field] = _single(field, names, form)
            reason = made.reasons.get(field)
            if reason and values[field] == getattr(made.columns, field):
                notice.quiet(f"Guessed: {reason}.")
    return Columns(**values)


def _follow(label: str, names: list[str], form: Form) -> None:
    """Where another label is chosen, it is nothing else; soft labels and weight go with theirs."""
    if form.value("followed") not in (None, label):
        before = Columns(soft=tuple(form.value("soft")), weight=form.value("weight"))
        columns = with_label(before, label, names)
        form.put(soft=list(columns.soft), weight=columns.weight)
        for field in ("annotators", "slices"):
            form.put(**{field: [name for name in form.value(field) or () if name != label]})
    form.put(followed=label)


def _single(field: str, names: list[str], form: Form) -> str:
    if field == "text":
        return form.select(field, TITLES[field], names)
    return form.select(
        field, TITLES[field], ["", *names], format_func=lambda name: name or NOTHING[field]
    )


def _further(columns: Columns, names: list[str], form: Form) -> Columns:
    """Columns that only some files have."""
    left, middle, right = st.columns(3, gap="large")
    values: dict[str, Any] = {}
    with left:
        for field in ("text_with", "text_b_with", "annotators", "slices"):
            values[field] = form.several(field, TITLES[field], names)
        for field in ("labelled_by", "confidence"):
            values[field] = _single(field, names, form)
        values["confidence_scale"] = form.line(
            "confidence_scale", TITLES["confidence_scale"], placeholder="Found out, such as 1-5"
        )
    with middle:
        for field in ("split", "group"):
            values[field] = _single(field, names, form)
        values["votes"] = form.several("votes", TITLES["votes"], names)
        for field in ("voters", "weight"):
            values[field] = _single(field, names, form)
    with right:
        for field in ("soft", "one_hot", "probabilities"):
            values[field] = form.several(field, TITLES[field], names)
        values["majority"] = form.yes("majority", TITLES["majority"])
        values["ties"] = form.select(
            "ties", TITLES["ties"], ["", "first"], format_func=lambda name: TIES[name]
        )
    return replace(columns, **values)


def _spelled(columns: Columns, table: Table, form: Form) -> Columns:
    """How the cells of labels and ids are to be read."""
    cells = cells_of(table, columns)
    left, middle, right = st.columns(3, gap="large")
    values: dict[str, Any] = {}
    with left:
        values["classes"] = form.lines(
            "classes", "Classes in order, one per line", height=104,
            placeholder="Empty: all labels, sorted",
        )  # fmt: skip
    with middle:
        for field in ("missing", "none"):
            said = [each for each in form.value(field) or () if each not in cells]
            values[field] = form.several(
                field, TITLES[field], [*cells, *said], accept_new_options=True,
                format_func=lambda cell: cell or "(empty)",
            )  # fmt: skip
    with right:
        values["separator"] = form.line(
            "separator", TITLES["separator"], placeholder="Found out, such as | or ;"
        )
        values["exact_ids"] = form.yes(
            "exact_ids", "Take ids as they stand, even if a spreadsheet altered them"
        )
    values["spellings"] = dict(form.value("spellings") or {})
    if cells and st.toggle("Say how each label is spelled", key=form.key("spell")):
        choices = [Choice(c, n, values["spellings"].get(c, "")) for c, n in cells.items()]
        edited = spelling_table(choices, form.key("cells"))
        notice.quiet("Empty: the cell means no label.")
        st.button("Use these spellings", on_click=settle, args=(form, edited))
    if values["spellings"]:
        notice.quiet(f"{TITLES['spellings']}: {worded(values['spellings'])}.")
    return replace(columns, **values)


def _short(made: Guess, field: str) -> str:
    """A guess in a few words, with its reason."""
    value = getattr(made.columns, field)
    many = isinstance(value, tuple) and len(value) > MOST_SHOWN
    words = f"{value[0]} … {value[-1]}, {len(value)} columns" if many else worded(value)
    return f"{words} ({made.reasons[field]})."
