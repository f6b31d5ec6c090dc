from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labelviz.core.arrays import strings
from labelviz.core.settings import TrainSettings
from labelviz.requests import Compare, LogTraining, MeasureAgreement, Request, Train
from tests.conftest import dataset_of
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


@pytest.mark.bad_input("K09")
def test_a_class_that_no_training_sample_has_is_said():
    split = strings(["train", "test", "train", "test"])
    lacking: Any = SimpleNamespace(dataset=dataset_of([0, 1, 0, 1], ("dry", "wet"), split=split))
    said = Train(model="m", run_name="r").warnings(lacking)
    assert said == ["no training sample has class wet (2 test samples have it)"]
