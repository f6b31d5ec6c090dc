from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelviz.core.files import sha256
from labelviz.core.queue import Queue
from labelviz.errors import (
    ColumnRefused,
    Conflict,
    FileRefused,
    InputRefused,
    LabelsRefused,
    ProbabilitiesRefused,
    WorkspaceRefused,
)
from labelviz.project.workspace import Workspace
from labelviz.tables import keep
from labelviz.tables.columns import Columns
from labelviz.tables.remember import remembered
from tests.conftest import OPINION, REVIEWS, assert_message, decision_of
from tests.project.conftest import COLUMNS, Write, decide, everything, rows_of


@pytest.mark.bad_input("A38")
def test_everything_about_a_load_is_kept(workspace: Workspace, write: Write):
    source = next((workspace.path / "source").iterdir())
    assert source.read_bytes() == REVIEWS.encode()
    assert workspace.data.report.sha256 == sha256(source)
    assert workspace.data.columns == COLUMNS
    assert workspace.data.original.columns.tolist() == ["id", "text", "label", "source"]
    assert workspace.data.original["id"].tolist() == workspace.dataset.ids.tolist()
    again = workspace.load(write(REVIEWS, "copy.csv"), COLUMNS)
    assert again.accepted == 6
    assert len(list((workspace.path / "source").iterdir())) == 1


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
    assert workspace.data.original["text"].tolist() == ["x", "y"]
    assert len(list((workspace.path / "source").iterdir())) == 2


@pytest.mark.bad_input("H13")
def test_only_the_dataset_in_use_is_kept(workspace: Workspace, write: Write):
    other = write("id,text,label,source\n1,x,a,w\n2,y,b,w\n", "other.csv")
    reader = Workspace(workspace.path)
    assert len(reader.dataset) == len(reader.data.original) == 6
    workspace.load(other, COLUMNS, replace=True)
    assert [each.name for each in (workspace.path / "data").iterdir()] == ["2"]
    assert len(reader.dataset) == len(reader.data.original) == 2
    assert reader.data.column("text").tolist() == ["x", "y"]
    assert reader.data.report.file == "other.csv"
    assert reader.data.quarantine.is_file()


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
    path, before = predicted.path, predicted.opinions.probabilities().values
    for file in (path / "data/1").iterdir():
        file.rename(path / file.name)
    file = path / "probabilities/opinion.parquet"
    (file.with_suffix(".json")).write_text(json.dumps(keep.about_probabilities(file)), "utf-8")
    table = pq.read_table(file)
    pq.write_table(table.replace_schema_metadata(None), file)
    pq.write_table(table.replace_schema_metadata(None), path / "probabilities/half.parquet")
    state = json.loads((path / "workspace.json").read_text("utf-8"))
    old = {name: state[name] for name in ("labelviz", "probabilities")} | {"policy": "smooth"}
    (path / "workspace.json").write_text(json.dumps(old), "utf-8")

    space = Workspace(path)
    assert space.opinions.names == ("opinion",)
    assert space.opinions.probabilities().values.tolist() == before.tolist()
    assert (len(space.dataset), len(space.data.original)) == (6, 6)
    assert space.data.quarantine == path / "quarantine.csv"
    assert str(space.goals.policy) == "smooth:off=0.1 + people:doubt=1"
    space.opinions.read_file(write(OPINION, "later.csv"))
    assert space.opinions.names == ("opinion", "later")
    assert not (path / "probabilities/half.parquet").exists()
    space.load(write(REVIEWS), COLUMNS)
    assert (path / "data/1/dataset.parquet").is_file()
    assert not (path / "dataset.json").exists()
    assert space.opinions.names == ("opinion", "later")


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
    assert not space.data.loaded
    assert str(space.goals.policy) == "hard"
    files = {each.name for each in space.path.rglob("*") if each.is_file()}
    assert {name for name in files if not name.startswith(".")} <= {"workspace.json", kept}
    space.load(file, columns)
    assert (str(space.goals.policy), space.opinions.current) == ("given", "data")


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
    assert not space.data.loaded


def notes_of(space: Workspace) -> dict[str, int]:
    """What the report says about decisions, by its first words."""
    return {
        note.text.partition(" they ")[0].partition(" on ")[0]: note.count
        for note in space.data.report.notes
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
        assert space.decisions.statuses.count("unreviewed") == 5
        assert space.targets().weight.tolist() == [1, 1, 0, 1, 1, 1]
        assert space.targets().values[1].tolist() == [1, 0]
        assert set(space.queues.waiting(Queue(show="unreviewed"))) == {"007", "2", "4", "5", "6"}
        assert space.decisions.statuses.by("ann").tolist() == [
            False,
            False,
            True,
            False,
            False,
            False,
        ]
    assert [each.verdict for each in workspace.decisions.store.history("2")] == ["choose"]
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
        workspace.decisions.decide_all(
            [decision_of("5", "3", "unsure"), decision_of("6", "2", "unsure")]
        )
    with pytest.raises(Conflict):
        workspace.decisions.restore("ann", workspace.decisions.store.history("2")[0])
    assert len(workspace.decisions.store.events()) == 3


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
    assert workspace.decisions.undo("ann") is not None
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
    workspace.decisions.undo("ann")
    workspace.load(write(REVIEWS.replace(",yes,", ",good,"), "r.csv"), COLUMNS, replace=True)
    workspace.decisions.redo("ann")
    assert workspace.review.status(2) == "unreviewed"
    workspace.decisions.undo("ann")
    workspace.decisions.undo("ann")
    assert [each.label for each in workspace.decisions.store.latest(["2"])["2"]] == [("yes",)]
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
    workspace.decisions.undo("ann")
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


def test_soft_labels_probabilities_and_the_mapping_are_kept(tmp_path: Path, write):
    content = "text,label,target_no,target_yes,p_no,p_yes\nt,no,0.7,0.3,0.6,0.4\nu,yes,,,0.2,0.8\n"
    columns = Columns(
        "text", "label", soft=("target_no", "target_yes"), probabilities=("p_yes", "p_no")
    )
    space = Workspace.create(tmp_path / "soft")
    space.load(write(content, "soft.csv"), columns)
    again = Workspace(tmp_path / "soft")
    assert again.data.columns == columns
    assert again.dataset.soft is not None
    assert str(again.dataset.soft.tolist()) == "[[0.7, 0.3], [nan, nan]]"
    assert str(again.goals.policy) == "given"
    assert again.targets().values.tolist() == [[0.7, 0.3], [0.0, 1.0]]
    assert again.opinions.current == "soft"
    assert again.opinions.probabilities().values.tolist() == [[0.6, 0.4], [0.2, 0.8]]
    assert remembered(content.splitlines()[0].split(","), tmp_path) == columns


def test_soft_labels_and_votes_are_loaded_with_more_probabilities_than_are_compared(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
):
    """Those that are compared are a part of the samples, with all that was said about them."""
    monkeypatch.setattr("labelviz.project.opinions.COMPARED", 80)
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
    assert str(space.goals.policy) == "given"
    alarm = space.opinions.probabilities().provenance.alarm
    assert alarm is not None
    assert alarm.labels == 80


def test_a_policy_that_was_chosen_outlives_another_load(tmp_path: Path, write):
    space = Workspace.create(tmp_path / "soft")
    columns = Columns("text", "label", soft=("t_no", "t_yes"))
    file = write("text,label,t_no,t_yes\nt,no,0.7,0.3\nu,yes,0,1\n")
    space.load(file, columns)
    space.set_policy("hard")
    space.load(file, columns)
    assert str(space.goals.policy) == "hard"


@pytest.mark.bad_input("F04")
def test_probabilities_that_are_none_load_nothing(tmp_path: Path, write):
    space = Workspace.create(tmp_path / "soft")
    columns = Columns("text", "label", probabilities=("p_no", "p_yes"))
    with pytest.raises(ProbabilitiesRefused):
        space.load(write("text,label,p_no,p_yes\nt,no,0.7,0.9\nu,yes,0,1\n"), columns)
    assert not space.data.loaded


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
