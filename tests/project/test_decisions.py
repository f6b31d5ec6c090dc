from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from labelviz.core.evidence import control_order
from labelviz.errors import (
    NotSaved,
    TargetsRefused,
    WorkspaceRefused,
)
from labelviz.project.workspace import Workspace
from labelviz.store.database import SETTINGS
from labelviz.tables.columns import Columns
from tests.conftest import REVIEWS, assert_message, decision_of
from tests.project.conftest import Write, decide


def test_a_decision_is_kept_and_can_be_taken_back_and_forth(workspace: Workspace):
    decide(workspace, "1", "2", "exclude", note="why")
    row = workspace.dataset.rows["2"]
    status = [workspace.review.status(row)]
    for act in (workspace.decisions.undo, workspace.decisions.redo, workspace.decisions.undo):
        assert act("ann") is not None
        status.append(workspace.review.status(row))
    assert status == ["excluded", "unreviewed", "excluded", "unreviewed"]
    events = Workspace(workspace.path).decisions.store.events()
    assert [each.verdict for each in events] == ["exclude", "undo", "undo", "undo"]
    assert [each.sample for each in events] == ["2"] * 4


def test_two_workspaces_that_name_one_database_do_not_mix(
    workspace: Workspace, tmp_path: Path, write: Write
):
    settings = f'[store]\nurl = "sqlite:///{tmp_path}/shared.db"\n'
    other = Workspace.create(tmp_path / "other")
    other.load(write(REVIEWS, "same.csv"), Columns("text", "label", id="id"))
    for each in (workspace, other):
        (each.path / SETTINGS).write_text(settings)
    ours, theirs = Workspace(workspace.path), Workspace(other.path)
    decide(ours, "1", "2", "exclude")
    ours.decisions.store.close()
    with pytest.raises(WorkspaceRefused, match="the decisions of another workspace, project"):
        _ = theirs.review
    with pytest.raises(NotSaved, match="another workspace"):
        decide(theirs, "2", "3", "exclude")
    theirs.decisions.store.close()
    assert [each.sample for each in Workspace(ours.path).decisions.store.events()] == ["2"]


def test_what_held_before_a_moment(workspace: Workspace):
    first = decide(workspace, "1", "2", "exclude")
    decide(workspace, "2", "3", "exclude")
    moment = datetime.fromisoformat(first.decided_at)
    assert workspace.decisions.before(moment).samples == set()
    later = moment + timedelta(milliseconds=1)
    assert "2" in workspace.decisions.before(later).samples
    assert workspace.decisions.before(moment + timedelta(hours=1)).samples == {"2", "3"}


def test_there_is_nothing_to_undo_or_redo_for_a_newcomer(workspace: Workspace):
    decide(workspace, "1", "2", "exclude")
    assert workspace.decisions.undo("bob") is None
    assert workspace.decisions.redo("ann") is None
    assert len(workspace.decisions.store.events()) == 1


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
    assert workspace.decisions.undo("ann") is not None
    decide(workspace, "3", "4", "exclude")
    assert other.targets().weight.tolist() == [1, 0, 1, 0, 1, 1]
    assert other.decisions.statuses.by("ann").tolist() == [False, True, False, True, False, False]
    assert other.review.redoable("ann") is None


@pytest.mark.bad_input("I03", "I07")
def test_undo_in_two_tabs_at_once_takes_back_one_decision(workspace: Workspace):
    other = Workspace(workspace.path)
    for number in ("2", "3"):
        decide(workspace, number, number, "exclude")
    known = (workspace.review.undoable("ann"), other.review.undoable("ann"))
    assert known[0] == known[1]
    threads = [
        threading.Thread(target=space.decisions.undo, args=("ann",)) for space in (workspace, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(workspace.decisions.store.events()) == 4
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
    assert workspace.decisions.store.events() == ()


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
    assert len(predicted.decisions.store.events()) == 40
    assert predicted.targets().weight.tolist() == [0] * 6


def test_where_samples_stand_follows_the_decisions(workspace: Workspace):
    dataset = workspace.dataset
    assert workspace.decisions.statuses.count("unreviewed") == len(dataset)
    given = dataset.label_names(dataset.given, 1)
    workspace.decide(decision_of("1", "2", "keep", label=given))
    assert workspace.decisions.statuses.count("kept") == 1
    assert workspace.decisions.statuses.wrong[1] == 0
    workspace.decisions.undo("ann")
    assert workspace.decisions.statuses.count("kept") == 0


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
    before = space.decisions.draws
    for number, sample in enumerate(drawn[:5]):
        decide(space, f"again {number}", sample, "choose", label=("b",))
    after = space.decisions.draws
    assert after.rows.tolist() == before.rows.tolist()
    assert after.moments.tolist() == before.moments.tolist()
    assert Workspace(space.path).decisions.draws.moments.tolist() == before.moments.tolist()
    changed = [
        each for each in drawn[:5] if data.label_names(data.given, data.rows[each]) == ("a",)
    ]
    assert space.decisions.drawn.wrong == len(changed)
    space.decisions.undo("ann")
    assert Workspace(space.path).decisions.drawn == space.decisions.drawn


@pytest.mark.bad_input("H25")
def test_a_journal_that_is_behind_is_known_until_it_has_caught_up(workspace: Workspace):
    assert workspace.decisions.trouble == ""
    journal = workspace.path / "decisions.jsonl"
    journal.mkdir()
    decide(workspace, "1", "2", "exclude")
    workspace.decisions.store.keeper.keep()
    assert "journal of decisions cannot be written" in workspace.decisions.trouble
    journal.rmdir()
    workspace.decisions.store.keeper.keep()
    assert workspace.decisions.trouble == ""
