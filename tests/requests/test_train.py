from __future__ import annotations

import csv
from math import nan
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labelviz.core.arrays import strings
from labelviz.core.review_effect import Change
from labelviz.core.settings import TrainSettings
from labelviz.errors import ExportRefused
from labelviz.requests import Compare, LogTraining, MeasureAgreement, MeasureReviews, Request, Train
from labelviz.requests.train import write_changes
from tests.conftest import dataset_of
from tests.requests.conftest import Asked, report

SETTINGS = TrainSettings(epochs=0.5)


@pytest.mark.parametrize(
    ("request_", "method", "given"),
    [
        (
            Train(
                model="m", run_name="r", targets="hard", processes=2, loss="elr", settings=SETTINGS
            ),
            "runs.train",
            ("m", "r", SETTINGS, "hard", report, 2, "elr"),
        ),
        (
            LogTraining(model="m", log_name="l", settings=SETTINGS),
            "findings.logs.train_with_threshold",
            ("m", "l", SETTINGS, report),
        ),
        (Compare(run_a="a", run_b="b", truth=Path("t")), "runs.compare", ("a", "b", Path("t"))),
        (
            MeasureReviews(run_a="a", run_b="b", truth=Path("t")),
            "runs.review_effect",
            ("a", "b", Path("t")),
        ),
        (
            MeasureReviews(run_a="a", run_b="b", experiment="e"),
            "experiments.review_effect",
            ("e", ("a", "b"), None),
        ),
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


def test_what_became_of_reviewed_samples_is_a_file(tmp_path: Path):
    data = dataset_of([0, 1, 0], split=strings(["train", "validation", "test"]))
    changes = (
        Change(0, "accepted", "train", True, (("no",), ("yes",)), (2.0, 0.5), (False, True)),
        Change(2, "excluded", "test", False, ((), ("no", "yes")), (nan, nan), (True, False)),
    )
    write_changes(tmp_path / "changes.csv", SimpleNamespace(changes=changes), data)
    with (tmp_path / "changes.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert first == {
        "id": "s0", "review": "accepted", "split": "train", "told": "yes",
        "answer_before": "no", "loss_before": "2.0", "denied_before": "no",
        "answer_after": "yes", "loss_after": "0.5", "denied_after": "yes",
    }  # fmt: skip
    assert (second["answer_before"], second["answer_after"]) == ("", "no|yes")
    assert (second["loss_before"], second["loss_after"]) == ("", "")
    with pytest.raises(ExportRefused, match="exists already"):
        write_changes(tmp_path / "changes.csv", SimpleNamespace(changes=changes), data)
