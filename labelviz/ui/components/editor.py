"""The soft-target editor: one bar per class, or, of many classes, the top one and how sure.

Its JavaScript and style stand beside this file. Nothing is fetched from anywhere, and data is drawn
as plain text only. What the browser sends is checked here before it means anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from labelviz.charts.palette import class_colour
from labelviz.core.arrays import Floats
from labelviz.core.dataset import Dataset
from labelviz.core.soft_targets import MOST_BARS, read_certainty, read_row
from labelviz.core.visible import visible
from labelviz.errors import TargetsRefused

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

KEY = "editor"
PRESETS = (("Sure", 0.95), ("Likely", 0.80), ("Lean", 0.65), ("Toss-up", 0.50))
WORDS = {
    "top": "Top class",
    "runnerUp": "Runner-up",
    "nobody": "no runner-up",
    "ruleOut": "Find a class to rule out",
    "only": "Only these two",
    "rest": "Each of the rest:",
    "save": "Save bars",
    "edited": "Not saved yet",
    "saving": "Chosen",
    "sum": "Sum",
}
LONGEST_NAME = 200
DIGITS = 9


@dataclass(frozen=True, eq=False)
class Bars:
    """What the editor shows.

    Parameters
    ----------
    sample : id of the sample.
    operation : id of the decision that this card may lead to.
    row : (K,) the target it starts from; NaN where a cell is unknown.
    given : class numbers of the given label, to be underlined; none while they are hidden.
    starts : rows that a press puts on the bars, by what the button says.
    likely : (K,) class numbers, likeliest first.
    """

    sample: str
    operation: str
    row: Floats
    given: tuple[int, ...]
    starts: Mapping[str, Floats]
    likely: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Setting:
    """What a person did on the bars.

    Parameters
    ----------
    sample, operation : of the card it was done on.
    chosen : class number, where one was simply chosen.
    row : (K,) where a target was set.
    """

    sample: str
    operation: str
    chosen: int | None = None
    row: Floats | None = None


@dataclass(frozen=True)
class Acts:
    """What follows what a person did: the callbacks of the editor."""

    decide: Callable[[Setting], None]
    draft: Callable[[Setting], None]
    move: Callable[[str, int], None]
    refuse: Callable[[TargetsRefused], None]


def show(bars: Bars, dataset: Dataset, acts: Acts) -> None:
    """Show the bars of one sample, and call back what a person does with them."""

    def decided() -> None:
        _read("decide", dataset, acts.decide, acts.refuse)

    def drafted() -> None:
        _read("draft", dataset, acts.draft, acts.refuse)

    def moved() -> None:
        sent = _sent("move")
        if sent is not None and sent.get("step") in (-1, 1):
            acts.move(str(sent.get("sample")), int(sent["step"]))

    _component()(
        key=KEY,
        data=sendable(bars, dataset),
        on_decide_change=decided,
        on_draft_change=drafted,
        on_move_change=moved,
    )


def sendable(bars: Bars, dataset: Dataset) -> dict[str, Any]:
    """What the browser is told, in JSON."""
    certainty = not dataset.multilabel and dataset.n_classes > MOST_BARS
    said = read_certainty(bars.row) if certainty else None
    return {
        "sample": bars.sample,
        "operation": bars.operation,
        "form": "certainty" if certainty else "bars",
        "multilabel": dataset.multilabel,
        "classes": [
            {"name": visible(name)[:LONGEST_NAME], "colour": class_colour(k)}
            for k, name in enumerate(dataset.classes)
        ],
        "keys": digits(dataset),
        "row": _numbers(bars.row),
        "said": {
            "top": said.top if said else 0,
            "share": said.share if said else 0,
            "runnerUp": said.runner_up if said else None,
            "runnerShare": said.runner_share if said else 0,
            "ruledOut": sorted(said.ruled_out) if said else [],
        },
        "given": list(bars.given),
        "starts": [{"name": name, "row": _numbers(row)} for name, row in bars.starts.items()],
        "presets": [{"name": name, "share": share} for name, share in PRESETS],
        "likely": list(bars.likely) if certainty else [],
        "words": WORDS,
    }


def digits(dataset: Dataset) -> list[str]:
    """The keys of the first classes: 0 and 1 of a binary task, else 1 to 9."""
    if dataset.task == "binary":
        return ["0", "1"]
    return [str(k + 1) for k in range(min(DIGITS, dataset.n_classes))]


def read_setting(sent: object, dataset: Dataset) -> Setting:
    """What the browser sent, if it can be a decision on this dataset.

    Raises
    ------
    TargetsRefused : it cannot.
    """
    if not isinstance(sent, Mapping) or str(sent.get("sample")) not in dataset.rows:
        raise TargetsRefused(
            "The page sent no decision on a sample of this dataset.",
            safe="Nothing was saved; earlier decisions are safe.",
            remedy="Reload the page.",
        )
    sample, operation = str(sent["sample"]), str(sent.get("operation", ""))
    chosen, row = sent.get("chosen"), sent.get("row")
    if isinstance(row, list):
        values = read_row(row, dataset.n_classes, multilabel=dataset.multilabel)
        return Setting(sample, operation, row=values)
    if isinstance(chosen, int) and 0 <= chosen < dataset.n_classes:
        return Setting(sample, operation, chosen=chosen)
    raise TargetsRefused(
        "The page sent no class of this dataset.",
        where=f"sample {sample!r}",
        safe="Nothing was saved; earlier decisions are safe.",
        remedy="Reload the page.",
    )


def _read(
    event: str,
    dataset: Dataset,
    act: Callable[[Setting], None],
    refuse: Callable[[TargetsRefused], None],
) -> None:
    sent = _sent(event)
    if sent is None:
        return
    try:
        setting = read_setting(sent, dataset)
    except TargetsRefused as error:
        refuse(error)
        return
    act(setting)


def _sent(event: str) -> dict[str, Any] | None:
    value = st.session_state[KEY].get(event)
    return value if isinstance(value, dict) else None


def _numbers(row: Floats) -> list[float | None]:
    """Numbers as JSON knows them; unknown cells are null."""
    return [None if np.isnan(value) else round(float(value), 9) for value in row]


@cache
def _component() -> ComponentRenderer:
    """Registered on first use, for the whole process."""
    here = Path(__file__)
    return st.components.v2.component(
        "labelviz.editor",
        js=here.with_suffix(".js").read_text("utf-8"),
        css=here.with_suffix(".css").read_text("utf-8"),
    )
