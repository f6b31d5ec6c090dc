from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labelviz.core.settings import TrainSettings
from labelviz.requests import Compare, LogTraining, MeasureAgreement, Request, Train
from tests.requests.conftest import Asked, report

SETTINGS = TrainSettings(epochs=0.5)


@pytest.mark.parametrize(
    ("request_", "method", "given"),
    [
        (
            Train(model="m", run_name="r", targets="hard", settings=SETTINGS),
            "runs.train",
            ("m", "r", SETTINGS, "hard", report),
        ),
        (
            LogTraining(model="m", log_name="l", settings=SETTINGS),
            "findings.logs.train_with_threshold",
            ("m", "l", SETTINGS, report),
        ),
        (Compare(run_a="a", run_b="b", truth=Path("t")), "runs.compare", ("a", "b", Path("t"))),
        (MeasureAgreement(), "decisions.agreement", ()),
    ],
)
def test_a_request_reaches_the_workspace_whole(
    asked: Asked, request_: Request, method: str, given: tuple[Any, ...]
):
    assert asked(request_, method) == given
