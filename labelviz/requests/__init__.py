"""All that can be asked of a project: frozen values that the command line, the page, jobs and
Python build alike."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from labelviz.core.asked import filled
from labelviz.errors import RequestRefused, in_words
from labelviz.requests.experiment import ReadExperiment, RunExperiment, TryTargets
from labelviz.requests.flag import Flag
from labelviz.requests.lay_out import LayOut
from labelviz.requests.load import Load
from labelviz.requests.measure import MeasureErrors
from labelviz.requests.mine import MinePairs, ShowBorders
from labelviz.requests.predict import (
    Calibrate,
    CrossValidate,
    FineTuneFolds,
    Predict,
    PredictFromFile,
)
from labelviz.requests.request import Request
from labelviz.requests.review import Decide, ShowQueue, ShowSimilar, TakeBack, UseProbabilities
from labelviz.requests.store import (
    Assign,
    BackUp,
    CheckStore,
    CopyStore,
    GiveRoles,
    Migrate,
    Restore,
    TakeOver,
)
from labelviz.requests.targets import (
    CompareTargets,
    Export,
    ExportToTrain,
    LookThrough,
    SetPolicy,
    SetThresholds,
)
from labelviz.requests.train import Compare, LogTraining, MeasureAgreement, MeasureReviews, Train
from labelviz.requests.upkeep import Delete, Duplicate, Rename

__all__ = [
    "ALL",
    "KINDS",
    "Assign",
    "BackUp",
    "Calibrate",
    "CheckStore",
    "Compare",
    "CompareTargets",
    "CopyStore",
    "CrossValidate",
    "Decide",
    "Delete",
    "Duplicate",
    "Export",
    "ExportToTrain",
    "FineTuneFolds",
    "Flag",
    "GiveRoles",
    "LayOut",
    "Load",
    "LogTraining",
    "LookThrough",
    "MeasureAgreement",
    "MeasureErrors",
    "MeasureReviews",
    "Migrate",
    "MinePairs",
    "Predict",
    "PredictFromFile",
    "ReadExperiment",
    "Rename",
    "Request",
    "Restore",
    "RunExperiment",
    "SetPolicy",
    "SetThresholds",
    "ShowBorders",
    "ShowQueue",
    "ShowSimilar",
    "TakeBack",
    "TakeOver",
    "Train",
    "TryTargets",
    "UseProbabilities",
    "from_json",
]

ALL: tuple[type[Request], ...] = (
    Load, Predict, PredictFromFile, CrossValidate, FineTuneFolds, Calibrate, UseProbabilities,
    Flag, LayOut, ShowQueue, ShowSimilar, Decide, TakeBack,
    SetPolicy, LookThrough, CompareTargets, SetThresholds, Export, ExportToTrain, MinePairs,
    ShowBorders, Train, LogTraining, Compare, MeasureReviews, RunExperiment, TryTargets,
    ReadExperiment, MeasureErrors, MeasureAgreement, Rename, Duplicate, Delete,
    CheckStore, BackUp, Restore, Migrate, CopyStore, TakeOver, Assign, GiveRoles,
)  # fmt: skip
# All requests by the name of their kind.
KINDS: Mapping[str, type[Request]] = MappingProxyType({each.kind: each for each in ALL})


def from_json(value: Mapping[str, Any]) -> Request:
    """The request that `as_json` wrote.

    Raises
    ------
    RequestRefused : there is no such kind in this version, or a field does not fit it.
    """
    kind: Any = value.get("kind", "")
    if kind not in KINDS:
        raise RequestRefused(
            f"There is no request {in_words([kind])}.",
            field="kind",
            remedy=f"Ask for one of {in_words(KINDS, len(KINDS))}.",
        )
    return filled(KINDS[kind], value.get("fields", {}))
