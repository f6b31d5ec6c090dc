from __future__ import annotations

import contextlib
import csv
import json
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelviz import workspace as module
from labelviz.core import policies
from labelviz.core.decisions import Decision
from labelviz.core.evidence import control_order
from labelviz.core.files import sha256, write_json
from labelviz.core.policies import parse_policy
from labelviz.core.precision import Computed
from labelviz.core.queue import Queue
from labelviz.core.settings import ModelUse, TrainSettings
from labelviz.detectors import flag as flagging
from labelviz.errors import (
    ColumnRefused,
    Conflict,
    ExportRefused,
    FileRefused,
    FlagsRefused,
    InputRefused,
    LabelsRefused,
    LabelvizError,
    NotSaved,
    ProbabilitiesRefused,
    RequestRefused,
    RunRefused,
    StepMissing,
    TargetsRefused,
    WorkspaceRefused,
)
from labelviz.models.embed import Embedded
from labelviz.models.scratch import new_classifier
from labelviz.processes import locked
from labelviz.tables import keep
from labelviz.tables.columns import Columns
from labelviz.tables.guess import guess
from labelviz.tables.read import read_table
from labelviz.tables.remember import remembered
from labelviz.workspace import Workspace
from tests.conftest import OPINION, REVIEWS, assert_message, decision_of

Write = Callable[..., Path]
COLUMNS = Columns("text", "label", id="id", slices=("source",))


def decide(space: Workspace, operation: str, sample: str, verdict: str, **more) -> Decision:
    return space.decide(decision_of(operation, sample, verdict, on=space.dataset, **more))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# The folder


def test_a_new_folder_becomes_a_workspace(tmp_path: Path):
    space = Workspace.create(tmp_path / "a" / "project")
    assert (space.name, space.loaded, str(space.policy)) == ("project", False, "hard")
    assert Workspace.create(space.path).path == space.path
    assert Workspace(str(space.path)).path == space.path


def test_an_empty_folder_becomes_a_workspace(tmp_path: Path):
    assert Workspace.create(tmp_path).path == tmp_path.resolve()


@pytest.mark.bad_input("M11")
def test_a_folder_of_something_else_is_left_alone(tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(WorkspaceRefused) as refused:
        Workspace.create(tmp_path)
    assert_message(
        refused.value,
        "exists and is not a labelviz workspace",
        str(tmp_path),
        "left as it is",
        "Choose a new folder.",
    )
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_way_is_left_alone(write: Write):
    path = write("mine", "project")
    with pytest.raises(WorkspaceRefused, match="exists and is not"):
        Workspace.create(path)
    with pytest.raises(WorkspaceRefused, match="cannot be changed"):
        Workspace.create(path / "inside")
    assert path.read_text() == "mine"


def test_opening_what_is_no_workspace(tmp_path: Path):
    for path in (tmp_path, tmp_path / "gone"):
        with pytest.raises(WorkspaceRefused) as refused:
            Workspace(path)
        assert_message(
            refused.value, "is not a labelviz workspace", str(path), remedy="labelviz load"
        )


def test_a_workspace_without_data_says_which_step_is_missing(tmp_path: Path):
    space = Workspace.create(tmp_path / "project")
    with pytest.raises(StepMissing) as refused:
        space.dataset  # noqa: B018
    assert_message(refused.value, "no dataset yet", "project", remedy="labelviz load")


def test_only_an_empty_workspace_is_discarded(tmp_path: Path, workspace: Workspace):
    empty = Workspace.create(tmp_path / "empty")
    empty.discard_if_empty()
    assert not empty.path.exists()
    workspace.discard_if_empty()
    assert workspace.loaded


@pytest.mark.parametrize("lock", [".loading.lock", ".workspace.json.lock"])
def test_a_new_workspace_under_somebodys_hands_is_not_discarded(tmp_path: Path, lock: str):
    space = Workspace.create(tmp_path / "new")
    with locked(space.path / lock):
        space.discard_if_empty()
        assert not space.loaded
    space.discard_if_empty()
    assert not space.path.exists()


# Load


@pytest.mark.bad_input("A38")
def test_everything_about_a_load_is_kept(workspace: Workspace, write: Write):
    source = next((workspace.path / "source").iterdir())
    assert source.read_bytes() == REVIEWS.encode()
    assert workspace.import_report.sha256 == sha256(source)
    assert workspace.columns == COLUMNS
    assert workspace.original.columns.tolist() == ["id", "text", "label", "source"]
    assert workspace.original["id"].tolist() == workspace.dataset.ids.tolist()
    again = workspace.load(write(REVIEWS, "copy.csv"), COLUMNS)
    assert again.accepted == 6
    assert len(list((workspace.path / "source").iterdir())) == 1


def test_how_a_file_was_read_is_kept_with_it(tmp_path: Path, write: Write):
    space = Workspace.create(tmp_path / "p")
    space.load(write(REVIEWS.replace(",", ";").encode("utf-16"), "r.csv"), COLUMNS)
    options = json.loads((space.path / "data/1/dataset.json").read_text("utf-8"))["options"]
    assert (options["delimiter"], options["encoding"]) == (";", "utf-16-le")
    assert len(space.dataset) == 6


def test_a_datasets_folder_loads_and_its_files_are_kept(tmp_path: Path):
    folder = tmp_path / "set"
    (folder / "data").mkdir(parents=True)
    for split, texts in (("train", ["a", "b"]), ("test", ["c", "d"])):
        table = pa.table({"text": texts, "label": ["x", "y"]})
        pq.write_table(table, folder / "data" / f"{split}.parquet")
    space = Workspace.create(tmp_path / "p")
    report = space.load(folder, Columns("text", "label", split="split"))
    assert report.rows_in == report.accepted == 4
    assert sorted(space.dataset.split) == ["test", "test", "train", "train"]
    assert len(list((space.path / "source").rglob("*.parquet"))) == 2


def test_another_process_reads_the_same_dataset(workspace: Workspace):
    script = (
        "import sys; from labelviz.workspace import Workspace; "
        "print(Workspace(sys.argv[1]).dataset.fingerprint)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(workspace.path)], capture_output=True, text=True
    )
    assert done.stdout.strip() == workspace.dataset.fingerprint


def test_the_dataset_is_read_once(workspace: Workspace):
    assert workspace.dataset is workspace.dataset


def test_another_dataset_needs_leave_to_replace(workspace: Workspace, write: Write):
    other = write("id,text,label,source\n1,x,a,w\n2,y,b,w\n", "other.csv")
    before = workspace.dataset.fingerprint
    with pytest.raises(WorkspaceRefused) as refused:
        workspace.load(other, COLUMNS)
    assert_message(
        refused.value,
        "holds another dataset",
        str(workspace.path),
        "The dataset and its decisions were left as they are.",
        "--replace",
    )
    assert workspace.dataset.fingerprint == before
    workspace.load(other, COLUMNS, replace=True)
    assert workspace.dataset.classes == ("a", "b")
    assert workspace.original["text"].tolist() == ["x", "y"]
    assert len(list((workspace.path / "source").iterdir())) == 2


@pytest.mark.bad_input("H13")
def test_only_the_dataset_in_use_is_kept(workspace: Workspace, write: Write):
    other = write("id,text,label,source\n1,x,a,w\n2,y,b,w\n", "other.csv")
    reader = Workspace(workspace.path)
    assert len(reader.dataset) == len(reader.original) == 6
    workspace.load(other, COLUMNS, replace=True)
    assert [each.name for each in (workspace.path / "data").iterdir()] == ["2"]
    assert len(reader.dataset) == len(reader.original) == 2
    assert reader.column("text").tolist() == ["x", "y"]
    assert reader.import_report.file == "other.csv"
    assert reader.quarantine.is_file()


@pytest.mark.bad_input("H13")
def test_a_reader_whose_dataset_is_replaced_between_two_files_reads_again(
    workspace: Workspace, write: Write, monkeypatch: pytest.MonkeyPatch
):
    other = write("id,text,label,source\n1,x,a,w\n2,y,b,w\n", "other.csv")
    reader, read_json, turns = Workspace(workspace.path), keep.read_json, []

    def replacing(path: Path) -> object:
        about = read_json(path)
        if not turns:
            turns.append(path)
            workspace.load(other, COLUMNS, replace=True)
        return about

    monkeypatch.setattr(keep, "read_json", replacing)
    assert reader.dataset.ids.tolist() == ["1", "2"]
    assert turns


def test_what_is_read_while_the_dataset_is_replaced_is_all_of_the_new_one(
    predicted: Workspace, write: Write, monkeypatch: pytest.MonkeyPatch
):
    table = "id,text,label,source,p_no,p_yes\n1,x,no,w,.9,.1\n2,y,yes,w,.1,.9\n"
    columns = replace(COLUMNS, probabilities=("p_no", "p_yes"))
    other = write(table, "other.csv")
    reader, about, turns = Workspace(predicted.path), keep.read_probabilities, []

    def replacing(path: Path) -> object:
        if not turns:
            turns.append(path)
            predicted.load(other, columns, replace=True)
        return about(path)

    monkeypatch.setattr(keep, "read_probabilities", replacing)
    found = reader.evidence(embed=False)
    assert turns
    assert found.name == "other"
    assert found.dataset.ids.tolist() == found.in_use.ids.tolist() == ["1", "2"]
    assert list(found.probabilities) == ["other"]


def test_flags_of_a_dataset_that_was_replaced_meanwhile_are_refused_and_not_in_use(
    predicted: Workspace, write: Write, monkeypatch: pytest.MonkeyPatch
):
    other = write("id,text,label,source\n1,x,no,w\n2,y,yes,w\n", "other.csv")
    find = flagging.flag

    def meanwhile(*arguments: object) -> object:
        Workspace(predicted.path).load(other, COLUMNS, replace=True)
        return find(*arguments)

    monkeypatch.setattr(flagging, "flag", meanwhile)
    with pytest.raises(WorkspaceRefused) as refused:
        predicted.flag()
    assert_message(refused.value, "replaced while", "project", "new dataset is", "labelviz flag")
    assert predicted.suspicion is None
    assert not list(predicted.path.glob("suspicion/*"))


def test_a_prediction_is_compared_with_the_dataset_it_was_made_of(
    predicted: Workspace, write: Write
):
    data, old = predicted.dataset, predicted.probabilities()
    unknown = replace(old, provenance=replace(old.provenance, relation="unknown"))
    other = write("id,text,label,source\n1,x,no,w\n2,y,yes,w\n", "other.csv")
    seen = []
    predicted.load(other, COLUMNS, replace=True)
    predicted._cheap_probabilities = lambda sample: seen.append(len(sample))
    predicted.add_probabilities("late", unknown)
    assert seen == []
    predicted.add_probabilities("late", unknown, data)
    assert seen == [len(data)]


@pytest.mark.bad_input("H02", "H13")
def test_two_loads_at_once(workspace: Workspace, write: Write, monkeypatch: pytest.MonkeyPatch):
    other = write("id,text,label,source\n1,x,a,w\n2,y,b,w\n", "other.csv")
    write_about, refused = keep.write_about, []

    def meanwhile(*arguments: object) -> None:
        with pytest.raises(WorkspaceRefused) as error:
            Workspace(workspace.path).load(write(REVIEWS), COLUMNS)
        refused.append(error.value)
        write_about(*arguments)

    monkeypatch.setattr(keep, "write_about", meanwhile)
    workspace.load(other, COLUMNS, replace=True)
    assert_message(refused[0], "Another load", "project", "changed nothing", "Wait until it ends")
    assert len(workspace.dataset) == 2


@pytest.mark.bad_input("H02", "H13")
def test_a_dataset_whose_files_do_not_belong_together_can_be_replaced(
    workspace: Workspace, write: Write
):
    about = workspace.path / "data/1/dataset.json"
    content = json.loads(about.read_text("utf-8"))
    about.write_text(json.dumps({**content, "fingerprint": "another"}), "utf-8")
    again = Workspace(workspace.path)
    with pytest.raises(WorkspaceRefused, match="do not belong together"):
        again.dataset  # noqa: B018
    again.load(write(REVIEWS), COLUMNS, replace=True)
    assert len(again.dataset) == 6


@pytest.mark.bad_input("N01")
def test_a_workspace_of_an_older_labelviz_opens_and_is_written_anew(
    predicted: Workspace, write: Write
):
    """The dataset lay in the workspace's own folder, and what a file says of itself beside it."""
    path, before = predicted.path, predicted.probabilities().values
    for file in (path / "data/1").iterdir():
        file.rename(path / file.name)
    file = path / "probabilities/opinion.parquet"
    (file.with_suffix(".json")).write_text(json.dumps(keep.about_probabilities(file)), "utf-8")
    table = pq.read_table(file)
    pq.write_table(table.replace_schema_metadata(None), file)
    pq.write_table(table.replace_schema_metadata(None), path / "probabilities/half.parquet")
    state = json.loads((path / "workspace.json").read_text("utf-8"))
    old = {name: state[name] for name in ("labelviz", "policy", "probabilities")}
    (path / "workspace.json").write_text(json.dumps(old), "utf-8")

    space = Workspace(path)
    assert space.probability_names == ("opinion",)
    assert space.probabilities().values.tolist() == before.tolist()
    assert (len(space.dataset), len(space.original)) == (6, 6)
    assert space.quarantine == path / "quarantine.csv"
    space.predict_from_file(write(OPINION, "later.csv"))
    assert space.probability_names == ("opinion", "later")
    assert not (path / "probabilities/half.parquet").exists()
    space.load(write(REVIEWS), COLUMNS)
    assert (path / "data/1/dataset.parquet").is_file()
    assert not (path / "dataset.json").exists()
    assert space.probability_names == ("opinion", "later")


def test_what_a_killed_command_left_is_no_workspace_of_somebody_else(tmp_path: Path):
    left = tmp_path / "project" / f".workspace.json.{'0' * 32}"
    left.parent.mkdir()
    left.write_text("{")
    assert not Workspace.create(left.parent).loaded


def test_probabilities_of_a_dataset_that_was_replaced_meanwhile_are_not_used(
    predicted: Workspace, write: Write
):
    old = predicted.probabilities()
    other = write("id,text,label,source\n1,x,no,w\n2,y,yes,w\n", "other.csv")
    predicted.load(other, COLUMNS, replace=True)
    predicted.predict_from_file(write("id,no,yes\n1,0.1,0.9\n2,0.8,0.2\n", "new.csv"))
    predicted.add_probabilities("late", old)
    assert predicted.current_probabilities == "new"
    assert predicted.probability_names == ("new",)


@pytest.mark.bad_input("H03")
@pytest.mark.parametrize("point", ["write_about", "write_probabilities", "write_samples"])
def test_a_load_that_fails_changes_nothing(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch, point: str
):
    """Soft labels, probabilities and policy are published with the dataset, or none of them."""
    space = Workspace.create(tmp_path / "soft")
    columns = Columns("text", "label", soft=("t_no", "t_yes"), probabilities=("p_no", "p_yes"))
    file = write("text,label,t_no,t_yes,p_no,p_yes\nt,no,0.7,0.3,0.8,0.2\nu,yes,0,1,0.1,0.9\n")
    kept = f"{sha256(file)[:16]}.csv"

    def full(*_: object) -> None:
        raise WorkspaceRefused("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(keep, point, full)
        with pytest.raises(WorkspaceRefused, match="full"):
            space.load(file, columns)
    assert not space.loaded
    assert str(space.policy) == "hard"
    files = {each.name for each in space.path.rglob("*") if each.is_file()}
    assert {name for name in files if not name.startswith(".")} <= {"workspace.json", kept}
    space.load(file, columns)
    assert (str(space.policy), space.current_probabilities) == ("given", "data")


@pytest.mark.bad_input("A01", "B16", "D07")
def test_a_load_that_is_refused_changes_nothing(workspace: Workspace, write: Write):
    before = {path: path.read_bytes() for path in workspace.path.rglob("*") if path.is_file()}
    for content, columns, error in (
        (REVIEWS, Columns("body", "label"), ColumnRefused),
        ("", COLUMNS, FileRefused),
        ("id,text,label,source\n1,x,,w\n", COLUMNS, InputRefused),
    ):
        with pytest.raises(error):
            workspace.load(write(content, "bad.csv"), columns, replace=True)
    after = {path: path.read_bytes() for path in workspace.path.rglob("*") if path.is_file()}
    assert after == before


@pytest.mark.bad_input("A33")
def test_a_file_that_changes_while_it_is_read(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
):
    copy = shutil.copyfile

    def growing(source: Path, target: Path) -> None:
        source.write_text(REVIEWS + "7,more,yes,web\n")
        copy(source, target)

    monkeypatch.setattr("labelviz.tables.keep.shutil.copyfile", growing)
    space = Workspace.create(tmp_path / "project")
    with pytest.raises(FileRefused) as refused:
        space.load(write(REVIEWS), COLUMNS)
    assert_message(
        refused.value, "data.csv changed while it was read.", "data.csv", remedy="Load it again"
    )
    assert not space.loaded


def notes_of(space: Workspace) -> dict[str, int]:
    """What the report says about decisions, by its first words."""
    return {
        note.text.partition(" they ")[0].partition(" on ")[0]: note.count
        for note in space.import_report.notes
        if note.text.startswith("samples that were decided") or "keep what" in note.text
    }


@pytest.mark.bad_input("C12")
def test_a_text_that_was_edited_goes_back_to_the_queue_and_the_rest_stays(
    workspace: Workspace, write: Write
):
    decide(workspace, "1", "2", "choose", label=("yes",))
    decide(workspace, "2", "3", "exclude")
    decide(workspace, "3", "6", "keep", label=("no",), final=True, reviewer="judge")
    edited = write(
        REVIEWS.replace("bad film", "bad film!").replace("not for me", "for me"), "e.csv"
    )
    report = workspace.load(edited, COLUMNS, replace=True)
    assert [note.count for note in report.notes[-2:]] == [1, 2]
    assert notes_of(workspace) == {
        "samples keep what was decided": 1, "samples that were decided have other texts now:": 2
    }  # fmt: skip
    statuses = ["unreviewed", "unreviewed", "excluded", "unreviewed", "unreviewed", "unreviewed"]
    for space in (workspace, Workspace(workspace.path)):
        assert [space.review.status(row) for row in range(6)] == statuses
        assert space.statuses.count("unreviewed") == 5
        assert space.targets().weight.tolist() == [1, 1, 0, 1, 1, 1]
        assert space.targets().values[1].tolist() == [1, 0]
        assert set(space.waiting(Queue(show="unreviewed"))) == {"007", "2", "4", "5", "6"}
        assert space.statuses.by("ann").tolist() == [False, False, True, False, False, False]
    assert [each.verdict for each in workspace.store.history("2")] == ["choose"]
    rows = rows_of(workspace.export().path)
    assert [row["status"] for row in rows] == statuses
    assert [row["labelviz_source"] for row in rows] == [
        "given",
        "given",
        "reviewer",
        *["given"] * 3,
    ]
    with pytest.raises(Conflict) as refused:  # from a tab that still shows the text before
        workspace.decide(decision_of("4", "2", "exclude"))
    assert_message(refused.value, "NOT saved", "'2'", "Earlier decisions are safe", "again")
    with pytest.raises(Conflict):
        workspace.decide_all([decision_of("5", "3", "unsure"), decision_of("6", "2", "unsure")])
    with pytest.raises(Conflict):
        workspace.restore("ann", workspace.store.history("2")[0])
    assert len(workspace.store.events()) == 3


@pytest.mark.bad_input("C12")
def test_what_was_said_of_a_text_is_there_again_when_the_text_is(
    workspace: Workspace, write: Write
):
    decide(workspace, "1", "2", "choose", label=("yes",))
    edited = write(REVIEWS.replace("bad film", "fine film"), "edited.csv")
    workspace.load(edited, COLUMNS, replace=True)
    on = workspace.dataset
    workspace.decide(decision_of("2", "2", "exclude", on=on, expected=0))
    with pytest.raises(Conflict, match="changed in another tab"):
        workspace.decide(decision_of("3", "2", "unsure", on=on, expected=0))
    assert workspace.review.status(1) == "excluded"
    report = workspace.load(write(REVIEWS), COLUMNS, replace=True)
    assert workspace.review.status(1) == "corrected"
    assert [(note.count, note.text[:12]) for note in report.notes[-1:]] == [(1, "samples keep")]
    workspace.load(edited, COLUMNS, replace=True)
    assert workspace.review.status(1) == "excluded"
    assert workspace.undo("ann") is not None
    assert workspace.review.status(1) == "unreviewed"


@pytest.mark.bad_input("D17")
def test_a_final_decision_keeps_its_class_too(workspace: Workspace, write: Write):
    decide(workspace, "1", "2", "choose", label=("yes",), final=True)
    renamed = write(REVIEWS.replace(",yes,", ",good,"), "renamed.csv")
    with pytest.raises(WorkspaceRefused, match="this file does not have: yes"):
        workspace.load(renamed, COLUMNS, replace=True)
    assert workspace.dataset.classes == ("no", "yes")


@pytest.mark.bad_input("D17")
def test_a_decision_that_comes_back_by_redo_or_undo_without_its_class_breaks_nothing(
    workspace: Workspace, write: Write
):
    decide(workspace, "1", "2", "choose", label=("yes",))
    decide(workspace, "2", "2", "exclude")
    decide(workspace, "3", "3", "choose", label=("yes",))
    workspace.undo("ann")
    workspace.load(write(REVIEWS.replace(",yes,", ",good,"), "r.csv"), COLUMNS, replace=True)
    workspace.redo("ann")
    assert workspace.review.status(2) == "unreviewed"
    workspace.undo("ann")
    workspace.undo("ann")
    assert [each.label for each in workspace.store.latest(["2"])["2"]] == [("yes",)]
    assert workspace.review.status(1) == "unreviewed"
    assert workspace.targets().weight.tolist() == [1] * 6
    assert len(rows_of(workspace.export().path)) == 6
    again = write(REVIEWS.replace(",yes,", ",good,") + "8,new,no,web\n", "again.csv")
    report = workspace.load(again, COLUMNS, replace=True)
    assert len(workspace.dataset) == 7
    (told,) = [each for each in report.notes if "classes that this file does not" in each.text]
    assert told.examples == ("2",)


@pytest.mark.bad_input("D17", "F19")
@pytest.mark.parametrize(
    "said", [{"label": ("yes",)}, {"target": {"no": 0.25, "yes": 0.75}, "verdict": "soften"}]
)
def test_a_class_that_decisions_use_cannot_be_taken_away(workspace: Workspace, write: Write, said):
    decide(workspace, "1", "2", said.get("verdict", "choose"), **{
        key: value for key, value in said.items() if key != "verdict"
    })  # fmt: skip
    renamed = write(REVIEWS.replace(",yes,", ",good,"), "renamed.csv")
    with pytest.raises(WorkspaceRefused) as refused:
        workspace.load(renamed, COLUMNS, replace=True)
    assert_message(
        refused.value,
        "Decisions name classes that this file does not have: yes.",
        str(workspace.path),
        "left as they are",
        "--class",
    )
    assert workspace.dataset.classes == ("no", "yes")
    workspace.undo("ann")
    workspace.load(renamed, COLUMNS, replace=True)
    assert workspace.dataset.classes == ("good", "no")


@pytest.mark.bad_input("C12")
def test_decisions_on_samples_that_are_gone_are_kept(workspace: Workspace, write: Write):
    decide(workspace, "1", "6", "exclude")
    shorter = write(REVIEWS.replace("6,not for me,no,web\n", ""), "shorter.csv")
    workspace.load(shorter, COLUMNS, replace=True)
    assert workspace.targets().weight.tolist() == [1] * 5
    workspace.load(write(REVIEWS), COLUMNS, replace=True)
    assert workspace.targets().weight.tolist() == [1, 1, 1, 1, 1, 0]


@pytest.mark.bad_input("H13", "H14")
@pytest.mark.parametrize("name", ["dataset.json", "dataset.parquet", "original.parquet"])
def test_a_damaged_dataset_is_told(workspace: Workspace, name: str):
    (workspace.path / "data/1" / name).write_bytes(b"damaged")
    opened = Workspace(workspace.path)
    with pytest.raises(WorkspaceRefused, match="missing or damaged"):
        len(opened.dataset) + len(opened.original)


# Probabilities and flags


def test_how_the_file_was_read_is_kept(workspace: Workspace):
    options = workspace.read_options
    assert (options.encoding, options.delimiter, options.header) == ("utf-8", ",", "yes")


def test_probabilities_from_a_file(predicted: Workspace):
    assert predicted.probability_names == ("opinion",)
    assert predicted.current_probabilities == "opinion"
    opinion = predicted.probabilities()
    assert opinion.values[0].tolist() == [0.05, 0.95]
    assert opinion.provenance.source == "opinion.csv"
    assert predicted.probabilities("opinion") is opinion


def test_probabilities_are_never_overwritten(predicted: Workspace, write: Write):
    more = write(OPINION, "opinion.csv")
    assert predicted.predict_from_file(more) == "opinion-2"
    assert predicted.probability_names == ("opinion", "opinion-2")
    assert predicted.current_probabilities == "opinion-2"
    predicted.use_probabilities("opinion")
    assert Workspace(predicted.path).current_probabilities == "opinion"


def test_a_file_that_is_loaded_again_adds_no_equal_probabilities(tmp_path: Path, write: Write):
    space = Workspace.create(tmp_path / "ready")
    columns = Columns("text", "label", probabilities=("p_no", "p_yes"))
    rows = "text,label,p_no,p_yes\ngood,yes,{},{}\nbad,no,0.8,0.2\n"
    for shares in ((0.1, 0.9), (0.1, 0.9), (0.3, 0.7), (0.1, 0.9)):
        space.load(write(rows.format(*shares), "ready.csv"), columns, replace=True)
        assert space.probabilities().values[0].tolist() == list(shares)
    assert space.probability_names == ("ready", "ready-2")
    assert space.current_probabilities == "ready"


def test_a_damaged_file_of_probabilities_keeps_no_other_from_loading(tmp_path: Path, write: Write):
    space = Workspace.create(tmp_path / "ready")
    columns = Columns("text", "label", probabilities=("p_no", "p_yes"))
    rows = write("text,label,p_no,p_yes\ngood,yes,0.1,0.9\nbad,no,0.8,0.2\n", "ready.csv")
    space.load(rows, columns)
    (space.path / "probabilities/ready.parquet").write_bytes(b"damaged")
    Workspace(space.path).load(rows, columns)
    state = json.loads((space.path / "workspace.json").read_text("utf-8"))
    assert state["probabilities"] == "ready-2"


def hundred(write: Write) -> tuple[Path, Path]:
    """A hundred samples, and an opinion about them that is surer than it is right."""
    labels = ["no" if row % 2 else "yes" for row in range(100)]
    rows = [f"{row},text number {row},{label}" for row, label in enumerate(labels)]
    wrong = {row for row in range(100) if row % 10 < 3}
    sure = ("0.99,0.01", "0.01,0.99")
    opinion = [
        f"{row},{sure[(label == 'yes') != (row in wrong)]}" for row, label in enumerate(labels)
    ]
    data = write("\n".join(["id,text,label", *rows]), "hundred.csv")
    return data, write("\n".join(["id,no,yes", *opinion]), "sure.csv")


def test_calibrated_probabilities_stand_beside_the_others(tmp_path: Path, write: Write):
    data, opinion = hundred(write)
    space = Workspace.create(tmp_path / "hundred")
    space.load(data, Columns("text", "label", id="id"))
    space.predict_from_file(opinion)
    alarm = space.probabilities().provenance.alarm
    assert space.calibrate() == "sure-calibrated"
    assert space.current_probabilities == "sure-calibrated"
    assert space.probability_names == ("sure", "sure-calibrated")
    before, after = (space.probabilities(name) for name in space.probability_names)
    assert (before.values.argmax(axis=1) == after.values.argmax(axis=1)).all()
    assert after.values.max() == pytest.approx(0.7, abs=0.08)
    assert alarm is not None
    assert after.provenance.alarm == alarm


@pytest.mark.bad_input("A37", "M01")
@pytest.mark.parametrize(
    ("file", "name"),
    [("my opinion (1).csv", "my-opinion-1"), ("...csv", "probabilities"), ("长" * 80, "长" * 60)],
)
def test_names_of_probabilities_are_safe_file_names(workspace: Workspace, write, file, name):
    assert workspace.predict_from_file(write(OPINION, file)) == name
    assert workspace.probabilities(name).values.shape == (6, 2)


@pytest.mark.bad_input("F09", "F13")
def test_probabilities_that_are_refused_leave_those_in_use(predicted: Workspace, write: Write):
    for content in ("id,no,yes\n2,0,1\n", OPINION.replace("yes", "maybe")):
        with pytest.raises(ProbabilitiesRefused):
            predicted.predict_from_file(write(content, "other.csv"))
    assert predicted.probability_names == ("opinion",)


def test_probabilities_of_an_unknown_name(predicted: Workspace):
    for ask in (predicted.probabilities, predicted.use_probabilities):
        with pytest.raises(StepMissing, match="no probabilities called 'other'"):
            ask("other")
    assert predicted.current_probabilities == "opinion"


def test_flags_need_probabilities(workspace: Workspace):
    assert workspace.suspicion is None
    with pytest.raises(StepMissing) as refused:
        workspace.flag()
    assert_message(
        refused.value, "no probabilities for this dataset yet", remedy="labelviz predict",
        where=str(workspace.path),
    )  # fmt: skip


def test_flags_are_found_and_kept(predicted: Workspace):
    found = predicted.flag()
    assert predicted.dataset.ids[found.worst_first()[:2]].tolist() == ["3", "6"]
    assert np.flatnonzero(found.flagged).tolist() == [2, 5]
    again = Workspace(predicted.path).suspicion
    assert again is not None
    assert again.score.tolist() == found.score.tolist()
    assert again.reasons.tolist() == found.reasons.tolist()
    assert again.probabilities == "opinion"


def test_flags_of_another_version_count_as_none_until_there_are_new_ones(predicted: Workspace):
    predicted.flag()
    predicted.decide(decision_of("one", "3", label=("yes",)))
    path = predicted.path / "suspicion/opinion.parquet"
    keep.write_columns(path, keep.read_columns(path))  # as it was when it did not say what made it
    assert predicted.suspicion is None
    assert predicted.flags_refused is not None
    with pytest.raises(FlagsRefused):
        predicted.waiting(Queue())
    assert len(predicted.waiting(Queue(show="unreviewed"))) == 5
    predicted.flag()
    assert predicted.suspicion is not None
    assert predicted.flags_refused is None
    assert predicted.statuses.count("kept") == 1


def test_flags_tell_what_was_not_checked_and_keep_it(predicted: Workspace):
    predicted.flag(["model", "annotators"])
    again = Workspace(predicted.path).suspicion
    assert again is not None
    assert again.detectors == ("model",)
    assert [each.detector for each in again.not_checked] == ["annotators"]
    assert set(again.parts) == set(again.scores) == {"model"}


def test_a_model_alone_has_no_rate_and_its_labels_are_shown_as_its_own(predicted: Workspace):
    assert predicted.error_rates() is None
    noise = predicted.predicted_noise()
    assert noise is not None
    assert noise.counts.tolist() == [[1, 1], [1, 3]]


def test_error_rates_are_the_reviewers_once_they_reviewed_enough_at_random(tmp_path, write: Write):
    rows = "".join(f"text {n},{'ab'[n % 2]}\n" for n in range(60))
    space = Workspace.create(tmp_path / "space")
    space.load(write(f"text,label\n{rows}"), Columns("text", "label"))
    drawn = [str(space.dataset.ids[row]) for row in control_order(60)[:31]]
    for number, sample in enumerate(drawn[:29]):
        given = space.dataset.label_names(space.dataset.given, space.dataset.rows[sample])
        decide(space, f"{number}", sample, "keep", label=given)
    assert space.error_rates() is None
    assert (space.drawn.drawn, space.drawn.wrong) == (29, 0)
    decide(space, "29", drawn[30], "keep", label=("a",))  # not the next of the controls
    assert space.error_rates() is None
    given = space.dataset.label_names(space.dataset.given, space.dataset.rows[drawn[29]])[0]
    other = {"a": "b", "b": "a"}[given]
    decide(space, "30", drawn[29], "choose", label=(other,))
    found = space.error_rates()
    assert found is not None
    assert (found.overall.drawn, found.overall.total, found.overall.waiting) == (31, 60, 29)
    assert space.error_rates() is found
    assert found.noise.counts.sum() == 31
    assert found.noise.counts["ab".index(given), "ab".index(other)] >= 1


def test_a_draw_keeps_its_place_when_somebody_changes_their_mind(tmp_path: Path, write: Write):
    rows = "".join(f"text {n},{'ab'[n % 2]}\n" for n in range(60))
    space = Workspace.create(tmp_path / "space")
    space.load(write(f"text,label\n{rows}"), Columns("text", "label"))
    data = space.dataset
    drawn = [str(data.ids[row]) for row in control_order(60)[:20]]
    for number, sample in enumerate(drawn):
        decide(
            space,
            f"{number}",
            sample,
            "keep",
            label=data.label_names(data.given, data.rows[sample]),
        )
    before = space.draws
    for number, sample in enumerate(drawn[:5]):
        decide(space, f"again {number}", sample, "choose", label=("b",))
    after = space.draws
    assert after.rows.tolist() == before.rows.tolist()
    assert after.moments.tolist() == before.moments.tolist()
    assert Workspace(space.path).draws.moments.tolist() == before.moments.tolist()
    changed = [
        each for each in drawn[:5] if data.label_names(data.given, data.rows[each]) == ("a",)
    ]
    assert space.drawn.wrong == len(changed)
    space.undo("ann")
    assert Workspace(space.path).drawn == space.drawn


def in_groups(write: Write) -> Path:
    """Sixty samples with two columns that group them in other ways, and a label to learn."""
    rows = [
        f"{n},{'good' if n % 2 else 'bad'} film number {n},{'yes' if n % 2 else 'no'},"
        f"{n // 2},{n % 30},{'web' if n < 30 else 'app'}"
        for n in range(60)
    ]
    return write("\n".join(["id,text,label,by,other,source", *rows]), "groups.csv")


BY = Columns("text", "label", id="id", group="by")


@pytest.mark.bad_input("C13")
def test_probabilities_know_when_another_group_column_makes_their_folds_leak(
    tmp_path: Path, write: Write
):
    file, space = in_groups(write), Workspace.create(tmp_path / "groups")
    server = Workspace(space.path)
    space.load(file, BY)
    space.cross_validate()
    assert server.probabilities().provenance.relation == "out-of-fold"
    space.load(file, replace(BY, group="other"))
    for each in (space, server, Workspace(space.path)):
        origin = each.probabilities().provenance
        assert origin.relation == "leaking"
        assert "groups span them" in origin.notes[-1]
    space.load(file, replace(BY, group=""))
    assert server.probabilities().provenance.relation == "leaking"
    space.load(file, BY)
    assert server.probabilities().provenance.relation == "out-of-fold"


def test_the_cheap_opinion_is_made_anew_for_other_groups(tmp_path: Path, write: Write):
    file, space = in_groups(write), Workspace.create(tmp_path / "groups")
    lines = [
        "id,no,yes",
        *(f"{n},{0.1 if n % 2 else 0.9},{0.9 if n % 2 else 0.1}" for n in range(60)),
    ]
    opinion = write("\n".join(lines), "opinion.csv")
    for group, count in (("by", 1), ("other", 2), ("by", 2)):
        space.load(file, replace(BY, group=group))
        space.predict_from_file(opinion)
        assert len(list((space.path / "alarm").glob("*.parquet"))) == count


def test_flags_rest_on_the_slices_and_probabilities_do_not(tmp_path: Path, write: Write):
    file, space = in_groups(write), Workspace.create(tmp_path / "slices")
    space.load(file, replace(BY, slices=("source",)))
    space.cross_validate()
    flags = space.flag()
    space.load(file, replace(BY, slices=("by",)))
    assert space.suspicion is None
    assert space.current_probabilities == "cross-validation"
    space.load(file, replace(BY, slices=("source",)))
    assert space.suspicion is not None
    assert space.suspicion.fingerprint == flags.fingerprint


def test_what_reviewers_were_asked_outlives_flags_of_other_slices(
    predicted: Workspace, write: Write
):
    flags = predicted.flag()
    sample = str(predicted.dataset.ids[int(np.flatnonzero(flags.flagged)[0])])
    decide(predicted, "one", sample, "choose", label=("no",))
    reloaded = "\n".join([*REVIEWS.splitlines()[:1], *reversed(REVIEWS.splitlines()[1:])])
    predicted.load(write(reloaded, "again.csv"), replace(COLUMNS, slices=()), replace=True)
    predicted.predict_from_file(write(OPINION, "more.csv"))
    asked = predicted.flag().asked
    assert asked is not None
    assert asked[predicted.dataset.rows[sample]]


def test_a_workspace_from_before_the_content_was_noted_opens_with_its_flags(predicted: Workspace):
    predicted.flag()
    name = predicted._state["suspicion"]
    old = replace(keep.read_suspicion(predicted.path / f"suspicion/{name}.parquet"),
                  dataset=predicted.dataset.fingerprint)  # fmt: skip
    keep.write_suspicion(predicted.path / f"suspicion/{name}.parquet", predicted.dataset.ids, old)
    about = json.loads((predicted.path / "data/1/dataset.json").read_text())
    write_json(
        predicted.path / "data/1/dataset.json", {k: v for k, v in about.items() if k != "content"}
    )
    opened = Workspace(predicted.path)
    assert opened.suspicion is not None
    write_json(predicted.path / "data/1/dataset.json", about)
    assert opened.suspicion is None


def test_similar_samples_are_those_of_the_embeddings_made_last(predicted: Workspace):
    predicted.flag()
    texts = predicted.dataset.texts[0]
    assert predicted.similar(0, 1) is not None
    made = np.eye(len(texts), dtype=np.float32)
    made[4] = made[0]
    path = predicted.path / "embeddings" / f"{predicted.dataset.fingerprint}.npz"
    keep.write_vectors(path, made, "another encoder")
    after = predicted.similar(0, 1)
    assert after is not None
    assert after.same[0] == (4, pytest.approx(1))


def test_verdicts_are_evidence(predicted: Workspace):
    assert predicted.evidence().verdicts is None
    ids = predicted.dataset.ids
    given = [predicted.dataset.label_names(predicted.dataset.given, row)[0] for row in range(4)]
    other = {"yes": "no", "no": "yes"}
    predicted.decide(decision_of("a", ids[0], label=(given[0],)))
    predicted.decide(decision_of("b", ids[1], "choose", label=(other[given[1]],)))
    target = {given[2]: 0.3, other[given[2]]: 0.7}
    predicted.decide(decision_of("c", ids[2], "soften", target=target))
    predicted.decide(decision_of("d", ids[3], "unsure"))
    verdicts = predicted.evidence().verdicts
    assert verdicts is not None
    assert verdicts.wrong[:3].tolist() == [0, 1, 1]
    assert not verdicts.settled[3:].any()


def test_verdicts_are_new_to_the_flags_by_what_stands(predicted: Workspace):
    ids = predicted.dataset.ids

    def decide(operation: str, row: int, verdict: str = "keep", label: str = "yes") -> None:
        predicted.decide(decision_of(operation, str(ids[row]), verdict, label=(label,)))

    assert predicted.new_verdicts == 0  # there are no flags that could know
    decide("a", 0)
    predicted.flag()
    assert (predicted.suspicion.verdicts, predicted.new_verdicts) == (1, 0)
    decide("b", 1)
    decide("c", 2)
    assert predicted.new_verdicts == 2
    predicted.undo("ann")
    assert predicted.new_verdicts == 1
    predicted.decide(decision_of("d", str(ids[3]), "unsure"))
    assert predicted.new_verdicts == 1  # which settles nothing
    predicted.flag()
    assert (predicted.suspicion.verdicts, predicted.new_verdicts) == (2, 0)
    decide("e", 0, "choose", "no")
    assert predicted.new_verdicts == 1  # learned otherwise
    for _ in range(3):
        predicted.undo("ann")
    assert predicted.review.samples == {ids[0]}
    assert predicted.new_verdicts == 1  # what was learned of the second sample stands no more
    predicted.undo("ann")
    assert predicted.new_verdicts == 2
    assert Workspace(predicted.path).new_verdicts == 2
    predicted.flag()
    assert (predicted.suspicion.verdicts, predicted.new_verdicts) == (0, 0)


def test_an_encoders_embeddings_are_kept_for_the_next_time(predicted: Workspace, monkeypatch):
    texts = dict.fromkeys(predicted.dataset.texts[0])
    vectors = np.eye(len(texts))

    computed = Computed("float32", "Computed in float32, as asked for.", 99, "Cut.")

    def embed(asked, model, use):
        assert (list(asked), model, use) == (list(texts), "encoder", ModelUse("float32", 99))
        return Embedded(vectors, "hash", computed)

    monkeypatch.setattr("labelviz.models.embed.embed", embed)
    assert predicted.embedded_by == ""
    first = predicted.evidence("encoder", use=ModelUse("float32", 99)).embeddings
    again = predicted.evidence().embeddings
    assert first is not None
    assert again is not None
    assert again.source == predicted.embedded_by
    assert again.source == "encoder: Computed in float32, as asked for. Cut."
    assert again.vectors.tolist() == vectors.tolist() == first.vectors.tolist()


@pytest.mark.bad_input("C13")
def test_flags_and_probabilities_of_another_dataset_are_stale(predicted: Workspace, write: Write):
    predicted.flag()
    changed = write(REVIEWS.replace("good film", "fine film"), "changed.csv")
    predicted.load(changed, COLUMNS, replace=True)
    assert predicted.suspicion is None
    assert predicted.current_probabilities is None
    assert predicted.probability_names == ()
    with pytest.raises(StepMissing):
        predicted.flag()
    predicted.load(write(REVIEWS), COLUMNS, replace=True)
    assert predicted.suspicion is not None
    assert predicted.current_probabilities == "opinion"


# Targets


def test_a_policy_is_kept(workspace: Workspace):
    made = workspace.set_policy("smooth:off=0.1234567")
    assert made.values[0].tolist() == [0.1234567, 0.8765433]
    assert str(Workspace(workspace.path).policy) == "smooth:off=0.1234567"
    assert Workspace(workspace.path).targets().values.tolist() == made.values.tolist()


def test_a_policy_that_cannot_be_used_is_not_kept(workspace: Workspace):
    with pytest.raises(StepMissing, match="needs a model's probabilities"):
        workspace.set_policy("dynamic")
    with pytest.raises(TargetsRefused):
        workspace.set_policy("smooth:off=2", pool=True)
    assert (str(workspace.policy), workspace.pools_disputes) == ("hard", False)


def test_targets_follow_policy_probabilities_and_decisions(predicted: Workspace):
    predicted.set_policy("dynamic:max=0.2")
    values = predicted.targets().values
    assert values[3] == pytest.approx([0.2, 0.8])
    assert values[0] == pytest.approx([0, 1])
    decide(predicted, "1", "4", "choose", label=("no",))
    assert predicted.targets().values[3] == pytest.approx([0.8, 0.2])
    assert predicted.policy_targets().values[3] == pytest.approx([0.2, 0.8])
    assert predicted.targets(parse_policy("hard")).values[3].tolist() == [1, 0]


def test_the_row_on_the_card_is_the_row_of_the_targets(predicted: Workspace):
    predicted.set_policy("smooth:off=0.1")
    decide(predicted, "1", "2", "choose", label=("yes",))
    decide(predicted, "2", "3", "soften", target={"no": 0.7, "yes": 0.3})
    decide(predicted, "3", "4", "exclude")
    decide(predicted, "4", "5", "keep", label=("yes",))
    decide(predicted, "5", "5", "choose", label=("no",), reviewer="bob")
    targets = predicted.targets()
    for row in range(6):
        assert predicted.target_row(row).tolist() == targets.values[row].tolist()
    assert targets.source.tolist() == [
        "policy", "reviewer", "reviewer", "reviewer", "policy", "policy",
    ]  # fmt: skip


# Decisions


def test_a_decision_is_kept_and_can_be_taken_back_and_forth(workspace: Workspace):
    decide(workspace, "1", "2", "exclude", note="why")
    row = workspace.dataset.rows["2"]
    status = [workspace.review.status(row)]
    for act in (workspace.undo, workspace.redo, workspace.undo):
        assert act("ann") is not None
        status.append(workspace.review.status(row))
    assert status == ["excluded", "unreviewed", "excluded", "unreviewed"]
    events = Workspace(workspace.path).store.events()
    assert [each.verdict for each in events] == ["exclude", "undo", "undo", "undo"]
    assert [each.sample for each in events] == ["2"] * 4


def test_there_is_nothing_to_undo_or_redo_for_a_newcomer(workspace: Workspace):
    decide(workspace, "1", "2", "exclude")
    assert workspace.undo("bob") is None
    assert workspace.redo("ann") is None
    assert len(workspace.store.events()) == 1


@pytest.mark.bad_input("I01", "I09")
def test_two_open_workspaces_see_each_others_decisions(workspace: Workspace):
    other = Workspace(workspace.path)
    decide(workspace, "1", "2", "keep", label=("no",))
    assert other.review.status(1) == "kept"
    decide(other, "2", "2", "choose", label=("yes",), reviewer="bob")
    assert workspace.review.status(1) == "disputed"


@pytest.mark.bad_input("I09")
def test_another_server_hears_of_an_undo_whose_decision_nobody_can_redo_any_more(
    workspace: Workspace,
):
    other = Workspace(workspace.path)
    decide(workspace, "1", "2", "exclude")
    decide(workspace, "2", "3", "exclude")
    assert other.targets().weight.tolist() == [1, 0, 0, 1, 1, 1]
    assert workspace.undo("ann") is not None
    decide(workspace, "3", "4", "exclude")
    assert other.targets().weight.tolist() == [1, 0, 1, 0, 1, 1]
    assert other.statuses.by("ann").tolist() == [False, True, False, True, False, False]
    assert other.review.redoable("ann") is None


@pytest.mark.bad_input("I03", "I07")
def test_undo_in_two_tabs_at_once_takes_back_one_decision(workspace: Workspace):
    other = Workspace(workspace.path)
    for number in ("2", "3"):
        decide(workspace, number, number, "exclude")
    known = (workspace.review.undoable("ann"), other.review.undoable("ann"))
    assert known[0] == known[1]
    threads = [threading.Thread(target=space.undo, args=("ann",)) for space in (workspace, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(workspace.store.events()) == 4
    assert workspace.review.samples <= {"2"}
    assert Workspace(workspace.path).review.samples == workspace.review.samples


@pytest.mark.bad_input("F18", "D17")
@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"target": {"no": 0.45, "yes": 0.5}}, "The shares add to 0.95."),
        ({"target": {"no": 0.5, "maybe": 0.5}}, "No such class: “maybe”."),
        ({"verdict": "choose", "label": ("maybe",)}, "No such class: “maybe”."),
    ],
)
def test_a_decision_that_does_not_fit_is_not_saved(workspace: Workspace, said, what: str):
    with pytest.raises(TargetsRefused) as refused:
        decide(workspace, "1", "2", **{"verdict": "soften", **said})
    assert refused.value.what == what
    assert refused.value.remedy
    assert workspace.store.events() == ()


@pytest.mark.bad_input("H07", "H08")
def test_a_decision_that_cannot_be_written_is_not_saved(workspace: Workspace):
    (workspace.path / "review.db").mkdir()
    with pytest.raises(NotSaved) as refused:
        decide(workspace, "1", "2", "exclude")
    assert_message(
        refused.value, "NOT saved", "review.db", "shown as saved before is safe", "Check the disk"
    )
    with pytest.raises(WorkspaceRefused, match="cannot be read"):
        workspace.review  # noqa: B018


def test_readers_and_writers_share_one_workspace(predicted: Workspace):
    failures: list[BaseException] = []

    def work(reviewer: str) -> None:
        try:
            for number in range(10):
                sample = predicted.dataset.ids[number % 6]
                decide(predicted, f"{reviewer}{number}", sample, "exclude", reviewer=reviewer)
                assert predicted.targets().weight.min() >= 0
                predicted.set_policy("smooth:off=0.1" if number % 2 else "dynamic")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b", "c", "d")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(predicted.store.events()) == 40
    assert predicted.targets().weight.tolist() == [0] * 6


# Export


def test_an_export_has_every_original_column_and_the_target(predicted: Workspace, tmp_path: Path):
    predicted.set_policy("smooth:off=0.1")
    saved = decide(predicted, "1", "2", "choose", label=("yes",), note="a, b")
    done = predicted.export(tmp_path / "out" / "targets.csv")
    rows = rows_of(done.path)
    assert [row["id"] for row in rows] == ["007", "2", "3", "4", "5", "6"]
    assert rows[1] == {
        "id": "2", "text": "bad film", "label": "no", "source": "web", "hard_label": "yes",
        "target_no": "0.1", "target_yes": "0.9", "weight": "1.0", "status": "corrected",
        "labelviz_source": "reviewer", "policy": "smooth:off=0.1", "reviewer": "ann",
        "decided_at": saved.decided_at, "note": "a, b",
    }  # fmt: skip
    entry = json.loads(done.manifest.read_text())["labelviz_exports"]["targets.csv"]
    assert entry == done.record
    assert entry["sha256"] == sha256(done.path)
    assert entry["source_sha256"] == predicted.import_report.sha256
    assert entry["dataset"] == predicted.dataset.fingerprint
    assert (entry["rows"], entry["last_decision"], entry["probabilities"]) == (6, 1, "opinion")
    assert entry["statuses"] == {"unreviewed": 5, "corrected": 1}
    assert entry["sources"] == {"policy": 5, "reviewer": 1}


def test_a_class_that_no_sample_has_any_more_comes_back_from_a_plain_export(
    workspace: Workspace, tmp_path: Path
):
    for row, sample in enumerate(workspace.dataset.ids):
        decide(workspace, str(row), sample, "choose", label=("no",))
    path = workspace.export(tmp_path / "targets.csv").path
    space = Workspace.create(tmp_path / "again")
    space.load(path, guess(read_table(path)).columns)
    assert space.dataset.classes == ("no", "yes")
    assert space.targets().values.tolist() == [[1, 0]] * 6


@pytest.mark.bad_input("J15")
def test_an_export_loads_again_with_its_hard_label(workspace: Workspace, tmp_path: Path):
    done = workspace.export(tmp_path / "targets.csv")
    again = Workspace.create(tmp_path / "again")
    again.load(done.path, Columns("text", "hard_label", id="id", slices=("source",)))
    assert again.dataset.fingerprint == workspace.dataset.fingerprint


@pytest.mark.bad_input("J03", "J11")
@pytest.mark.parametrize("at", ["with_decisions", "settled"])
def test_an_export_is_of_one_moment_whoever_decides_meanwhile(
    predicted: Workspace, monkeypatch: pytest.MonkeyPatch, at: str
):
    predicted.set_policy("smooth:off=0.1")
    decide(predicted, "1", "2", "exclude")
    other, made = Workspace(predicted.path), getattr(policies, at)

    def meanwhile(*said, **more):
        found = made(*said, **more)
        if len(other.store.events()) == 1:
            decide(other, "2", "2", "choose", label=("yes",))
            decide(other, "3", "6", "exclude", reviewer="bob")
            other.set_policy("hard")
        return found

    monkeypatch.setattr(policies, at, meanwhile)
    monkeypatch.setattr(module, at, meanwhile, raising=False)
    done = predicted.export()
    rows = rows_of(done.path)
    assert len(other.store.events()) == 3
    for column, counted in (("status", "statuses"), ("labelviz_source", "sources")):
        assert Counter(row[column] for row in rows) == done.record[counted]
    assert done.record["statuses"] == {"unreviewed": 5, "excluded": 1}
    assert done.record["last_decision"] == 1
    assert {row["policy"] for row in rows} == {done.record["policy"]} == {"smooth:off=0.1"}
    assert [row["target_no"] for row in rows] == ["0.1", "0.9", "0.1", "0.1", "0.1", "0.9"]
    after = predicted.export()
    assert after.record["statuses"] == {"unreviewed": 4, "corrected": 1, "excluded": 1}


@pytest.mark.parametrize("name", ["a", "a|b"])
def test_an_export_of_several_labels_loads_back_with_its_classes_and_samples_without_any(
    tmp_path: Path, write: Write, name: str
):
    cells = (f'["{name}"]', '["c"]', f'["{name}", "c"]', "[]")
    quoted = [cell.replace('"', '""') for cell in cells]
    rows = "".join(f'{n},text {n},"{quoted[n % 4]}"\n' for n in range(8))
    space = Workspace.create(tmp_path / "one")
    space.load(write(f"id,text,label\n{rows}"), Columns("text", "label", id="id"))
    decide(space, "1", "3", "choose", label=("c",))
    decide(space, "2", "4", "exclude")
    path = space.export(tmp_path / "out.csv").path
    again = Workspace.create(tmp_path / "two")
    soft = (f"target_{name}", "target_c")
    report = again.load(path, Columns("text", "hard_label", id="id", soft=soft, weight="weight"))
    assert (report.accepted, report.quarantined) == (8, ())
    assert again.dataset.classes == (name, "c")
    assert again.dataset.given.tolist() == [
        [1, 0], [0, 1], [1, 1], [0, 1], [1, 0], [0, 1], [1, 1], [0, 0],
    ]  # fmt: skip
    assert again.targets().values.tolist() == space.targets().values.tolist()
    assert again.targets().weight.tolist() == [1, 1, 1, 1, 0, 1, 1, 1]


def test_exports_get_a_free_name_and_never_overwrite(workspace: Workspace):
    names = [workspace.export().path.name for _ in range(3)]
    assert names == ["targets-001.csv", "targets-002.csv", "targets-003.csv"]
    (workspace.path / "exports" / names[0]).unlink()
    assert workspace.export().path.name == names[0]
    with pytest.raises(ExportRefused, match="exists already"):
        workspace.export(workspace.path / "exports" / names[1])


# Runs


@pytest.mark.bad_input("M01")
@pytest.mark.parametrize("name", ["../x", "", ".hidden", "a/b", "x" * 101, "a\n", "a\0"])
def test_a_run_is_named_by_a_plain_word(workspace: Workspace, name: str):
    with pytest.raises(RunRefused) as refused:
        workspace._run_folder(name)
    assert_message(refused.value, "is no name for a run", "runs", remedy="Use letters")


def test_runs_have_their_own_folders(workspace: Workspace):
    assert workspace._run_folder("p0-seed_1.2") == workspace.path / "runs" / "p0-seed_1.2"
    assert workspace.run_names == ()


def test_a_run_of_another_split_is_not_compared(
    predicted: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labelviz.models.runs import Run

    record = {"status": "complete", "classes": ["no", "yes"], "settings": {}}
    other = Run(
        predicted.path, {**record, "dataset": predicted.dataset.fingerprint, "split": "x"}, ()
    )
    monkeypatch.setattr(predicted, "run", lambda _: other)
    with pytest.raises(RunRefused, match="another split"):
        predicted.compare("a", "b")


def test_an_unfinished_run_is_not_compared(
    predicted: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labelviz.models.runs import Run

    record = {"status": "running", "dataset": predicted.dataset.fingerprint}
    monkeypatch.setattr(predicted, "run", lambda _: Run(predicted.path, record, ()))
    with pytest.raises(RunRefused, match="not complete"):
        predicted.compare("a", "b")


def test_a_workspace_may_have_any_name(tmp_path: Path) -> None:
    space = Workspace.create(tmp_path / "what? 100 %")
    assert space.store.events() == ()
    assert (space.path / "review.db").is_file()


def test_soft_labels_probabilities_and_the_mapping_are_kept(tmp_path: Path, write):
    content = "text,label,target_no,target_yes,p_no,p_yes\nt,no,0.7,0.3,0.6,0.4\nu,yes,,,0.2,0.8\n"
    columns = Columns(
        "text", "label", soft=("target_no", "target_yes"), probabilities=("p_yes", "p_no")
    )
    space = Workspace.create(tmp_path / "soft")
    space.load(write(content, "soft.csv"), columns)
    again = Workspace(tmp_path / "soft")
    assert again.columns == columns
    assert again.dataset.soft is not None
    assert str(again.dataset.soft.tolist()) == "[[0.7, 0.3], [nan, nan]]"
    assert str(again.policy) == "given"
    assert again.targets().values.tolist() == [[0.7, 0.3], [0.0, 1.0]]
    assert again.current_probabilities == "soft"
    assert again.probabilities().values.tolist() == [[0.6, 0.4], [0.2, 0.8]]
    assert remembered(content.splitlines()[0].split(","), tmp_path) == columns


def test_soft_labels_and_votes_are_loaded_with_more_probabilities_than_are_compared(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
):
    """Those that are compared are a part of the samples, with all that was said about them."""
    monkeypatch.setattr("labelviz.workspace.COMPARED", 80)
    lines = ["text,label,t_no,t_yes,v_no,v_yes,asked,p_no,p_yes"]
    for row in range(100):
        label, low, high = ("no", 0.9, 0.1) if row % 2 else ("yes", 0.2, 0.8)
        lines.append(f"number {row},{label},{low},{high},{row % 2 * 3},2,5,{low},{high}")
    columns = Columns(
        "text", "label", soft=("t_no", "t_yes"), votes=("v_no", "v_yes"), voters="asked",
        probabilities=("p_no", "p_yes"),
    )  # fmt: skip
    space = Workspace.create(tmp_path / "soft")
    space.load(write("\n".join(lines)), columns)
    assert str(space.policy) == "given"
    alarm = space.probabilities().provenance.alarm
    assert alarm is not None
    assert alarm.labels == 80


def test_a_policy_that_was_chosen_outlives_another_load(tmp_path: Path, write):
    space = Workspace.create(tmp_path / "soft")
    columns = Columns("text", "label", soft=("t_no", "t_yes"))
    file = write("text,label,t_no,t_yes\nt,no,0.7,0.3\nu,yes,0,1\n")
    space.load(file, columns)
    space.set_policy("hard")
    space.load(file, columns)
    assert str(space.policy) == "hard"


@pytest.mark.bad_input("F04")
def test_probabilities_that_are_none_load_nothing(tmp_path: Path, write):
    space = Workspace.create(tmp_path / "soft")
    columns = Columns("text", "label", probabilities=("p_no", "p_yes"))
    with pytest.raises(ProbabilitiesRefused):
        space.load(write("text,label,p_no,p_yes\nt,no,0.7,0.9\nu,yes,0,1\n"), columns)
    assert not space.loaded


def test_a_model_predicts_once_and_what_it_said_is_kept(workspace: Workspace, tmp_path: Path):
    texts = workspace.dataset.texts[0].tolist()
    folder = new_classifier(tmp_path / "tiny", texts, ("no", "yes"), vocab_size=300, hidden=32)
    names = [workspace.predict(str(folder)) for _ in range(2)]
    assert names == ["tiny", "tiny-2"]
    first, again = (workspace.probabilities(name) for name in names)
    assert again.values.tobytes() == first.values.tobytes()
    computed = first.provenance.computed
    assert first.provenance.notes == computed.sentences
    assert again.provenance.computed == computed
    kept = list((workspace.path / "cache").glob("*/*.rows"))
    assert len(kept) == 1


def test_a_log_with_a_fake_class_is_kept_and_no_model(tmp_path: Path, write):
    rows = [f"{n},film number {n * 37},{'yes' if n % 2 else 'no'}" for n in range(40)]
    space = Workspace.create(tmp_path / "logged")
    space.load(write("\n".join(["id,text,label", *rows])), Columns("text", "label", id="id"))
    texts = space.dataset.texts[0].tolist()
    model = new_classifier(tmp_path / "tiny", texts, ("no", "yes"), vocab_size=300, hidden=32)
    space.cross_validate(k=2)
    settings = TrainSettings(epochs=1, evaluations_per_epoch=2)
    made = space.log_with_threshold(str(model), "margins", settings)
    kept = space.evidence().log
    assert kept.logits == pytest.approx(made.logits)
    assert kept.threshold.tolist() == made.threshold.tolist()
    logs = [each.name for each in (space.path / "training-logs").iterdir()]
    assert [name for name in logs if not name.startswith(".")] == ["margins.npz"]
    assert space.run_names == ()
    said = space.flag(["training dynamics"]).reasons
    assert all("margin over the next class" in each for each in said)
    with pytest.raises(RunRefused, match="a training log 'margins' already"):
        space.log_with_threshold(str(model), "margins", settings)


def test_the_newest_log_of_this_version_of_the_dataset_counts(tmp_path: Path, write):
    columns = Columns("text", "label", id="id")
    space = Workspace.create(tmp_path / "logged")
    space.load(write("id,text,label\n1,good,yes\n2,bad,no\n"), columns)
    space.predict_from_file(write("id,no,yes\n1,0.1,0.9\n2,0.8,0.2\n", "opinion.csv"))
    assert space.evidence().log is None
    for number in (1, 2):
        log = f"id,step,no,yes\n1,0,0,{number}\n2,0,-1,{number}\n"
        space.read_training_log(write(log, "log.csv"))
    assert space.evidence().log.logits[0, 0].tolist() == [0, 2]
    assert (space.path / "training-logs/log-2.npz").is_file()
    space.load(write("id,text,label\n1,good,no\n2,bad,yes\n"), columns, replace=True)
    space.predict_from_file(write("id,no,yes\n1,0.1,0.9\n2,0.8,0.2\n", "opinion.csv"))
    assert space.evidence().log is None


def test_where_samples_stand_follows_the_decisions(workspace: Workspace):
    dataset = workspace.dataset
    assert workspace.statuses.count("unreviewed") == len(dataset)
    given = dataset.label_names(dataset.given, 1)
    workspace.decide(decision_of("1", "2", "keep", label=given))
    assert workspace.statuses.count("kept") == 1
    assert workspace.statuses.wrong[1] == 0
    workspace.undo("ann")
    assert workspace.statuses.count("kept") == 0


def test_one_column_of_the_file_is_read(workspace: Workspace):
    assert workspace.column_names == ("id", "text", "label", "source")
    assert workspace.column("source").tolist() == ["web", "web", "app", "app", "app", "web"]
    with pytest.raises(ColumnRefused, match="no column 'nothing'"):
        workspace.column("nothing")


def test_a_filter_is_saved_for_everybody_and_forgotten(workspace: Workspace):
    queue = Queue(show="all", text="film", given="yes")
    workspace.save_filter("films", queue)
    assert Workspace(workspace.path).filters == {"films": queue}
    workspace.forget_filter("films")
    assert Workspace(workspace.path).filters == {}
    with pytest.raises(RequestRefused, match="over 100 characters"):
        workspace.save_filter("x" * 101, queue)
    assert Workspace(workspace.path).filters == {}


def test_samples_are_dealt_in_the_order_of_the_queue(predicted: Workspace):
    predicted.flag()
    assert predicted.overlap == 1
    flagged = predicted.waiting(Queue())
    suspicion = predicted.suspicion
    assert suspicion is not None
    assert flagged == tuple(predicted.dataset.ids[suspicion.worst_first()[:2]])
    predicted.assign(flagged, ["ann", "bob"], overlap=1)
    assert predicted.store.assigned("ann") == flagged[:1]
    predicted.decide(decision_of("1", flagged[0]))
    assert predicted.waiting(Queue()) == flagged[1:]
    predicted.assign(flagged, ["ann", "bob"], overlap=2)
    assert predicted.waiting(Queue()) == flagged
    assert Workspace(predicted.path).overlap == 2


def test_more_people_per_sample_than_are_named_are_refused(predicted: Workspace):
    with pytest.raises(NotSaved) as refused:
        predicted.assign(["2"], ["ann"], overlap=2)
    assert "2 people are to see each sample, and 1 are named" in refused.value.what
    assert predicted.overlap == 1


# Several processes

STATE = """
import sys
from labelviz.core.queue import Queue
from labelviz.workspace import Workspace

space, name = Workspace(sys.argv[1]), sys.argv[2]
begin()
for number in range(6):
    space.save_filter(f"{name}-{number}", Queue(text=str(number)))
    if name == "p0":
        space.pool_disputes(number % 2 == 0)
    if name == "p1":
        space.set_policy(f"smooth:off=0.{number + 1:02}")
    if name == "p2":
        space.forget_filter(f"p2-{number - 1}")
"""


@pytest.mark.bad_input("H10")
def test_a_server_and_jobs_that_change_the_state_at_once_lose_nothing(workspace, at_once):
    at_once(STATE, [(str(workspace.path), f"p{n}") for n in range(3)])
    saved = {f"p{n}-{number}" for n in range(3) for number in range(6)}
    assert workspace.filters.keys() == saved - {f"p2-{number}" for number in range(5)}
    assert str(workspace.policy) == "smooth:off=0.06"
    assert not workspace.pools_disputes


def test_probabilities_of_one_name_that_come_at_once_are_all_kept(
    workspace, write, monkeypatch: pytest.MonkeyPatch
):
    """Nobody takes a name that somebody else is about to write under."""
    opinion = write(OPINION, "opinion.csv")
    together, kept = threading.Barrier(2), keep.write_probabilities

    def slowly(path, values):
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait(0.3)
        kept(path, values)

    monkeypatch.setattr(keep, "write_probabilities", slowly)
    people = [
        threading.Thread(target=Workspace(workspace.path).predict_from_file, args=(opinion,))
        for _ in range(2)
    ]
    for each in people:
        each.start()
    for each in people:
        each.join()
    assert workspace.probability_names == ("opinion", "opinion-2")


# What an action that fails says is safe


def everything(space: Workspace) -> dict[str, str]:
    """The bytes of every file of a workspace but its locks, by name."""
    return {
        str(file.relative_to(space.path)): sha256(file)
        for file in sorted(space.path.rglob("*"))
        if file.is_file() and "lock" not in file.name and "alarm" not in file.parts
    }


FAILING: dict[str, Callable[[Workspace, Path], object]] = {
    "a file that is not there": lambda space, file: space.load(file.parent / "no.csv", COLUMNS),
    "another dataset": lambda space, file: space.load(file, COLUMNS),
    "no such column": lambda space, file: space.load(file, replace(COLUMNS, text="x")),
    "no labels": lambda space, file: space.load(file, replace(COLUMNS, label="text")),
    "a model that is not there": lambda space, file: space.predict(str(file.parent / "model")),
    "no encoder there": lambda space, file: space.cross_validate(str(file.parent / "m")),
    "no model to fine-tune": lambda space, file: space.fine_tune_folds(str(file.parent / "m")),
    "an opinion of other samples": lambda space, file: space.predict_from_file(file),
    "too few labels to calibrate": lambda space, _: space.calibrate(),
    "no such probabilities": lambda space, _: space.use_probabilities("nothing"),
    "no such detector": lambda space, _: space.flag(["nothing"]),
    "no training log": lambda space, file: space.read_training_log(file),
    "no model to log": lambda space, file: space.log_with_threshold(
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


def test_a_load_that_fails_at_its_last_step_leaves_what_was_there(
    predicted: Workspace, write: Write, monkeypatch: pytest.MonkeyPatch
):
    """What is said of a load is true wherever it fails until it is published."""
    file = write("id,text,label,source\nx,another,yes,web\ny,and one more,no,app\n", "other.csv")

    def fails(*_: object) -> None:
        raise LabelsRefused("It broke.")

    _ = predicted.review  # opens the store
    before = everything(predicted)
    monkeypatch.setattr(keep, "write_about", fails)
    with pytest.raises(LabelsRefused) as refused:
        predicted.load(file, COLUMNS, replace=True)
    assert refused.value.safe == "The dataset and its decisions were left as they are."
    assert everything(predicted) == before
