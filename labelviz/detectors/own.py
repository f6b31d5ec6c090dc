"""A detector of one's own: a plain function of arrays, from Python or named in `labelviz.toml`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from labelviz.core.arrays import Floats, Integers, Strings
from labelviz.core.evidence import Detector, Evidence, Finding, NotChecked
from labelviz.errors import StepMissing

# Of the texts, one or two times (N,); the given labels, (N,) class numbers or (N, K) cells, -1
# where missing; and the probabilities in use, (N, K). Returns (N,) scores in [0, 1], high =
# suspicious, NaN where it has nothing to say.
Function = Callable[[tuple[Strings, ...], Integers, Floats], Any]
PLACE = 'Write name = "package.module:function", of a package that is installed.'
WORTH_SAYING = 0.5  # A lower score is no reason to be told


def detector(name: str, function: Function) -> Detector:
    """A detector whose scores are those of a function.

    A function that fails, or whose scores are none, is told as not checked; the others run on.
    """

    def detect(evidence: Evidence) -> Finding | NotChecked:
        dataset = evidence.dataset
        try:
            score = np.asarray(
                function(dataset.texts, dataset.given, evidence.in_use.values), dtype=np.float64
            )
        except (Exception, SystemExit) as error:
            return NotChecked(name, f"It failed with {type(error).__name__}: {error}")
        known = score[~np.isnan(score)]
        if score.shape != (len(dataset),) or ((known < 0) | (known > 1)).any():
            return NotChecked(name, "It has to give one score from 0 to 1 for every sample.")
        return scored(name, score)(evidence)

    return detect


def scored(name: str, score: Floats) -> Callable[[Evidence], Finding]:
    """A detector that says what a function said before, (N,) as it gave them."""

    def words(row: int) -> str:
        return (
            f"“{name}” doubts the label by {score[row]:.2f}." if score[row] >= WORTH_SAYING else ""
        )

    return lambda _: Finding(name, score, words)


def detectors(functions: Mapping[str, Function]) -> dict[str, Detector]:
    """Detectors of functions, by name."""
    return {name: detector(name, function) for name, function in functions.items()}


def from_settings(places: Mapping[str, str]) -> dict[str, Function]:
    """The functions that stand at these places, by name.

    Parameters
    ----------
    places : such as "package.module:function", importable where labelviz runs.

    Raises
    ------
    StepMissing : one is not there.
    """
    if not isinstance(places, Mapping):
        raise StepMissing(
            "The detectors in the settings are no table.",
            where="[detectors] in labelviz.toml",
            remedy=PLACE,
        )
    return {name: _at(name, str(place)) for name, place in places.items()}


def _at(name: str, place: str) -> Function:
    module, _, function = place.partition(":")
    try:
        found: Function = getattr(importlib.import_module(module), function)
    except (Exception, SystemExit) as error:
        raise _not_there(name, place, str(error)) from error
    if not callable(found):
        raise _not_there(name, place, "it is no function")
    return found


def _not_there(name: str, place: str, why: str) -> StepMissing:
    return StepMissing(
        f"The detector {name!r} cannot be found: {why}.",
        where=f"{place!r} under [detectors] in labelviz.toml",
        remedy=PLACE,
    )
