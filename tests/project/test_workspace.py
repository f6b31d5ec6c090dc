from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labelviz.core.queue import Queue
from labelviz.core.settings import TrainSettings
from labelviz.errors import (
    LabelvizError,
    RunRefused,
)
from labelviz.project.workspace import Workspace
from tests.conftest import decision_of
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


ROOMS = {
    "folder", "data", "decisions", "opinions", "goals", "sets", "runs", "experiments", "findings",
    "queues",
}  # fmt: skip


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


@pytest.fixture
def old(tmp_path: Path) -> Workspace:
    """A workspace as labelviz made it before it had rooms: loaded, flagged, reviewed, trained."""
    with zipfile.ZipFile(Path(__file__).with_name("films_0_1.zip")) as kept:
        kept.extractall(tmp_path)
    return Workspace(tmp_path / "films")


def test_a_workspace_from_before_the_rooms_has_lost_nothing(old: Workspace):
    assert (len(old.dataset), old.dataset.classes, old.data.columns.label) == (
        40, ("no", "yes"), "label",
    )  # fmt: skip
    assert [old.review.status(old.dataset.rows[f"s{n}"]) for n in (1, 2, 3, 6)] == [
        "kept", "softened", "unreviewed", "corrected",
    ]  # fmt: skip
    assert str(old.goals.policy) == "smooth:off=0.1 + people:doubt=1"  # as it meant then
    assert old.opinions.names == ("cross-validation", "tiny")
    assert old.opinions.current == "cross-validation"
    assert old.queues.saved == {"films": Queue(text="film")}
    assert old.decisions.store.assignments.of("ann") == ("s8", "s9")
    assert [path.name for path in old.goals.exports] == ["targets-001.csv"]
    assert old.targets().values[[1, 2, 6]].tolist() == [[0.1, 0.9], [0.7, 0.3], [0.9, 0.1]]
    run = old.runs.open(old.runs.names[0])
    assert (run.path.name, run.complete, len(run.steps)) == ("first", True, 3)
    assert run.probabilities().aligned(old.dataset).values.shape == (40, 2)
    assert old.findings.embeddings.similar(6, 3) is not None


def test_a_workspace_from_before_the_rooms_goes_on(old: Workspace):
    assert old.suspicion is not None
    assert old.flag().score.shape == (40,)
    old.decide(decision_of("e", "s17", label=("no",), on=old.dataset, reviewer="ann"))
    assert old.decisions.undo("ann") is not None
    assert Workspace(old.path).decisions.redo("ann") is not None
    shutil.copytree(old.path / "runs" / "first", old.path / "runs" / "second")
    with pytest.raises(RunRefused, match="no training sample says alike"):  # all films are alike
        old.compare("first", "second")
