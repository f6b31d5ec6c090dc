"""The soft-target editor: one bar per class, or, of many classes, the top one and how sure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelviz.charts.palette import class_colour
from labelviz.core.arrays import Floats
from labelviz.core.dataset import Dataset
from labelviz.core.soft_targets import MOST_BARS, read_certainty
from labelviz.core.visible import visible

PRESETS = (("Sure", 0.95), ("Likely", 0.80), ("Lean", 0.65), ("Toss-up", 0.50))
WORDS = {
    "bar": "{class}: share as a bar",
    "number": "{class}: share as a number",
    "top": "Top class",
    "topBar": "Top class: share as a bar",
    "topNumber": "Top class: share as a number",
    "runnerUp": "Runner-up",
    "runnerUpBar": "Runner-up: share as a bar",
    "runnerUpNumber": "Runner-up: share as a number",
    "nobody": "no runner-up",
    "ruleOut": "Find a class to rule out",
    "only": "Only these two",
    "rest": "Each of the rest:",
    "save": "Save bars",
    "untouched": "Nothing is set yet: choose a class, or set the bars.",
    "edited": "Not saved yet",
    "saving": "Chosen",
    "sum": "Sum",
}
LONGEST_NAME = 200
# Keys of classes: the digits, then the letters that mean nothing else here or to Streamlit.
CLASS_KEYS = "1234567890ABDGILMOPTUVX"


@dataclass(frozen=True, eq=False)
class Bars:
    """What the editor shows.

    Parameters
    ----------
    row : (K,) the target it starts from; NaN where a cell is unknown.
    given : class numbers of the given label, to be underlined; none while they are hidden.
    starts : rows that a press puts on the bars, by what the button says.
    likely : (K,) class numbers, likeliest first.
    unsaved : whether a reviewer set the row and has not saved it.
    """

    row: Floats
    given: tuple[int, ...]
    starts: Mapping[str, Floats]
    likely: tuple[int, ...]
    unsaved: bool = False


def sendable(bars: Bars, dataset: Dataset) -> dict[str, Any]:
    """What the browser is told, in JSON."""
    certainty = not dataset.multilabel and dataset.n_classes > MOST_BARS
    said = read_certainty(bars.row) if certainty else None
    return {
        "form": "certainty" if certainty else "bars",
        "multilabel": dataset.multilabel,
        "classes": [
            {"name": visible(name)[:LONGEST_NAME], "colour": class_colour(k)}
            for k, name in enumerate(dataset.classes)
        ],
        "keys": class_keys(dataset),
        "row": _numbers(bars.row),
        "unsaved": bars.unsaved,
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


def class_keys(dataset: Dataset) -> list[str]:
    """The keys of the first classes: 0 and 1 of a binary task, else digits and letters."""
    return ["0", "1"] if dataset.task == "binary" else list(CLASS_KEYS[: dataset.n_classes])


def _numbers(row: Floats) -> list[float | None]:
    """Numbers as JSON knows them; unknown cells are null."""
    return [None if np.isnan(value) else round(float(value), 9) for value in row]
