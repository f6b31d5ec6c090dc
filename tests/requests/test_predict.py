from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labelviz.core.settings import FoldTraining, ModelUse
from labelviz.project.opinions import Opinions
from labelviz.project.workspace import Workspace
from labelviz.requests import (
    Calibrate,
    CrossValidate,
    FineTuneFolds,
    Predict,
    PredictFromFile,
    Request,
)
from labelviz.tables.options import Reading
from tests.conftest import OPINION
from tests.requests.conftest import Asked, report

USE, HOW = ModelUse("float32", 64), FoldTraining(2)


@pytest.mark.parametrize(
    ("request_", "method", "given"),
    [
        (Predict(model="m", use=USE), "opinions.predict", ("m", report, USE, False, ())),
        (
            CrossValidate(encoder="e", folds=3, seed=7, use=USE),
            "opinions.cross_validate",
            ("e", 3, 7, report, USE, False),
        ),
        (
            CrossValidate(after_review=True),
            "opinions.cross_validate",
            (None, 5, 0, report, ModelUse(), True),
        ),
        (FineTuneFolds(model="m", how=HOW), "opinions.fine_tune_folds", ("m", HOW, report, False)),
        (
            FineTuneFolds(model="m", how=HOW, after_review=True),
            "opinions.fine_tune_folds",
            ("m", HOW, report, True),
        ),
        (
            PredictFromFile(file=Path("f"), reading=Reading("log"), out_of_fold=True),
            "opinions.read_file",
            (Path("f"), Reading("log"), True),
        ),
        (Calibrate(), "opinions.calibrate", ()),
    ],
)
def test_a_request_reaches_the_workspace_whole(
    asked: Asked, request_: Request, method: str, given: tuple[Any, ...]
):
    assert asked(request_, method) == given


def test_calibrated_ones_are_made_of_the_new_ones(
    workspace: Workspace, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Opinions, "calibrate", lambda _, name: f"{name}, calibrated")
    file = write(OPINION, "opinion.csv")
    assert PredictFromFile(file=file).run(workspace) == "opinion"
    done = PredictFromFile(file=file, calibrate=True).run(workspace)
    assert done == "opinion-2, calibrated"
