from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labelviz.core.settings import TrainSettings
from labelviz.errors import (
    LabelvizError,
)
from labelviz.project.workspace import Workspace
from tests.project.conftest import COLUMNS, Write, everything

FAILING: dict[str, Callable[[Workspace, Path], object]] = {
    "a file that is not there": lambda space, file: space.load(file.parent / "no.csv", COLUMNS),
    "another dataset": lambda space, file: space.load(file, COLUMNS),
    "no such column": lambda space, file: space.load(file, replace(COLUMNS, text="x")),
    "no labels": lambda space, file: space.load(file, replace(COLUMNS, label="text")),
    "a model that is not there": lambda space, file: space.predict(str(file.parent / "model")),
    "no encoder there": lambda space, file: space.opinions.cross_validate(str(file.parent / "m")),
    "no model to fine-tune": lambda space, file: space.opinions.fine_tune_folds(str(file.parent)),
    "an opinion of other samples": lambda space, file: space.opinions.read_file(file),
    "too few labels to calibrate": lambda space, _: space.opinions.calibrate(),
    "no such probabilities": lambda space, _: space.opinions.use("nothing"),
    "no such detector": lambda space, _: space.flag(["nothing"]),
    "no training log": lambda space, file: space.findings.logs.read_file(file),
    "no model to log": lambda space, file: space.findings.logs.train_with_threshold(
        str(file.parent / "m"), "log", TrainSettings()
    ),
    "no such policy": lambda space, _: space.set_policy("nothing"),
    "a file in the way": lambda space, file: space.export(file),
    "no model to train": lambda space, file: space.train(
        str(file.parent / "m"), "run", TrainSettings()
    ),
    "no such runs": lambda space, _: space.compare("a", "b"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILING)
def test_an_action_that_fails_says_what_is_safe_and_that_is_so(
    predicted: Workspace, write: Write, name: str
):
    predicted.flag()
    file = write("id,text,label,source\nx,another,yes,web\ny,and one more,no,app\n", "other.csv")
    before = everything(predicted)
    with pytest.raises(LabelvizError) as refused:
        FAILING[name](predicted, file)
    assert refused.value.safe
    assert refused.value.remedy
    assert everything(predicted) == before


ROOMS = {"folder", "data", "decisions", "opinions", "goals", "runs", "findings", "queues"}


def test_the_hallway_has_few_names_beside_its_rooms(workspace: Workspace):
    names = {name for name in dir(workspace) if not name.startswith("_")}
    assert names >= ROOMS
    assert len(names - ROOMS) <= 15


def test_what_is_at_hand_in_the_hallway_is_what_its_room_does(predicted: Workspace):
    assert predicted.dataset is predicted.data.dataset
    assert predicted.review is predicted.decisions.review
    assert predicted.suspicion is predicted.findings.suspicion
    assert (predicted.path, predicted.name) == (predicted.folder.path, predicted.path.name)
    for room, names in {
        predicted.opinions: ["predict"],
        predicted.findings: ["flag"],
        predicted.decisions: ["decide"],
        predicted.goals: ["set_policy", "targets", "export"],
        predicted.runs: ["train", "compare"],
    }.items():
        assert [getattr(predicted, name) for name in names] == [getattr(room, n) for n in names]
