from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from labelviz.core.files import write_json
from labelviz.errors import ExportRefused, RequestRefused, RunRefused, WorkspaceRefused
from labelviz.processes import locked, this_process
from labelviz.project.upkeep import belongings, check_idle, delete, duplicate, rename
from labelviz.project.workspace import Workspace
from labelviz.requests import Delete, Duplicate, Rename
from labelviz.store.database import SETTINGS
from tests.conftest import decision_of


@pytest.fixture
def decided(space: Workspace) -> Workspace:
    """With a decision, and a run that only has its record."""
    space.decide(decision_of("1", "4", "unsure"))
    run = space.path / "runs/one"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{}")
    return space


def running(path: Path) -> Path:
    """A job that this very process would be."""
    job = path / "jobs/00000000000000000001-aa"
    job.mkdir(parents=True)
    write_json(job / "job.json", {"command": "train", "process": this_process().as_json()})
    return job


def test_a_renamed_workspace_is_the_same_under_another_name(decided: Workspace):
    old = decided.path
    new = rename(decided, "better name")
    assert (new, old.exists()) == (old.with_name("better name"), False)
    moved = Workspace(new)
    assert [event.sample for event in moved.decisions.store.events()] == ["4"]
    moved.decide(decision_of("2", "2", "unsure", on=moved.dataset))
    assert not old.exists()
    assert moved.suspicion is not None


def test_a_duplicate_has_the_decisions_and_goes_its_own_way(decided: Workspace):
    running(decided.path)  # whatever runs in the original runs on
    copy = Workspace(duplicate(decided, "copy"))
    assert not (copy.path / "jobs").exists()
    assert [event.sample for event in copy.decisions.store.events()] == ["4"]
    copy.decide(decision_of("2", "2", "unsure", on=copy.dataset))
    decided.decide(decision_of("3", "3", "unsure", on=decided.dataset))
    assert [event.sample for event in copy.decisions.store.events()] == ["4", "2"]
    assert [event.sample for event in decided.decisions.store.events()] == ["4", "3"]
    assert copy.dataset.fingerprint == decided.dataset.fingerprint
    assert copy.runs.names == ("one",)


def test_a_duplicate_is_known_by_a_key_of_its_own(decided: Workspace):
    first = decided.folder.key
    assert Workspace(duplicate(decided, "copy")).folder.key not in ("", first)
    assert Workspace(decided.path).folder.key == first
    assert Workspace(rename(decided, "moved")).folder.key == first


def test_what_two_workspaces_would_share_is_not_duplicated(decided: Workspace, tmp_path: Path):
    (decided.path / SETTINGS).write_text(f'[store]\nurl = "sqlite:///{tmp_path}/elsewhere.db"\n')
    there = Workspace(decided.path)
    with pytest.raises(WorkspaceRefused, match="a duplicate would share"):
        duplicate(there, "copy")
    assert belongings(there).elsewhere
    assert not belongings(decided).elsewhere


def test_a_duplicate_that_fails_leaves_nothing(decided: Workspace, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("labelviz.project.upkeep.write_copy", full)
    before = sorted(decided.path.parent.iterdir())
    with pytest.raises(ExportRefused, match="No space left") as refused:
        duplicate(decided, "copy")
    assert refused.value.safe == "Nothing was copied."
    assert sorted(decided.path.parent.iterdir()) == before


def test_a_file_that_cannot_be_copied_is_named_in_words(
    decided: Workspace, monkeypatch: pytest.MonkeyPatch
):
    def unreadable(*_: object, **__: object) -> None:
        raise shutil.Error([("a/model", "b/model", "[Errno 13] Permission denied: 'a/model'")])

    monkeypatch.setattr("labelviz.project.upkeep.shutil.copytree", unreadable)
    with pytest.raises(ExportRefused) as refused:
        duplicate(decided, "copy")
    assert "Permission denied: 'a/model'." in refused.value.what
    assert "[(" not in refused.value.what


def test_what_is_deleted_is_named_first_and_gone_then(decided: Workspace):
    (decided.path / "exports").mkdir()
    (decided.path / "exports/a.csv").write_text("x")
    there = belongings(decided)
    assert (there.samples, there.decisions, there.runs, there.exports) == (6, 1, 1, 1)
    assert there.bytes > 1
    with pytest.raises(RequestRefused, match="6 samples, 1 decisions, 1 runs and 1 exports"):
        Delete().run(decided)
    with pytest.raises(RequestRefused):
        Delete(confirm="another").run(decided)
    assert decided.path.is_dir()
    home = decided.path.parent
    Delete(confirm=decided.name).run(decided)
    left = [each.name for each in home.iterdir()]
    assert decided.name not in left
    assert not [name for name in left if name.endswith((".deleted", ".part"))]


@pytest.mark.parametrize("ended", ["", "exit", "cancelled", "given-up"])
def test_nothing_moves_while_a_job_runs(decided: Workspace, ended: str):
    job = running(decided.path)
    if ended:
        (job / ended).touch()
        check_idle(decided.path)
        return
    for act in (lambda: rename(decided, "new"), lambda: delete(decided),
                lambda: Delete(run_name="one", confirm="one").run(decided)):  # fmt: skip
        with pytest.raises(WorkspaceRefused, match="still running"):
            act()
    assert decided.path.is_dir()
    assert decided.runs.names == ("one",)


def test_nothing_moves_while_somebody_trains_without_a_job(decided: Workspace):
    acts = (
        lambda: rename(decided, "new"), lambda: delete(decided),
        lambda: Rename(name="two", run_name="one").run(decided),
        lambda: Duplicate(name="two", run_name="one").run(decided),
        lambda: Delete(run_name="one", confirm="one").run(decided),
    )  # fmt: skip
    with locked(decided.path / "runs/one/lock"):
        for act in acts:
            with pytest.raises(WorkspaceRefused, match="still running in"):
                act()
    assert decided.runs.names == ("one",)


def test_the_job_of_the_original_does_not_hold_a_copied_folder(decided: Workspace):
    job = running(decided.path)
    write_json(job / "job.json", {"process": this_process().as_json(), "folder": -1})
    check_idle(decided.path)


@pytest.mark.parametrize("name", ["jobs", "uploads", "backups", "a.lock", "lock"])
def test_a_duplicate_has_its_runs_whatever_they_are_called(decided: Workspace, name: str):
    Rename(name=name, run_name="one").run(decided)
    (decided.path / "backups").mkdir(exist_ok=True)
    copy = Workspace(duplicate(decided, "copy"))
    assert copy.runs.names == (name,)
    assert not (copy.path / "backups").exists()
    delete(copy)


@pytest.mark.parametrize("name", ["", " x", "x ", ".x", "../x", "a/b", "x" * 101, "-x", "a\nb"])
def test_no_workspace_is_called_so(decided: Workspace, name: str):
    for act in (rename, duplicate):
        with pytest.raises(WorkspaceRefused, match="no name"):
            act(decided, name)


def test_a_name_that_is_taken_stays_with_who_has_it(decided: Workspace):
    other = decided.path.with_name("other")
    other.mkdir()
    (other / "mine").write_text("x")
    for act in (rename, duplicate):
        with pytest.raises(WorkspaceRefused, match="already"):
            act(decided, "other")
    assert (other / "mine").read_text() == "x"


def test_a_workspace_that_another_process_has_stays_where_it_is(decided: Workspace):
    decided.decisions.store.close()
    script = (
        "import sys; from labelviz.project.workspace import Workspace; "
        "space = Workspace(sys.argv[1]); space.decisions.store.hold(); print(flush=True); "
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(decided.path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()
        try:
            for act in (lambda: rename(decided, "new"), lambda: delete(decided)):
                with pytest.raises(WorkspaceRefused, match="already open in process"):
                    act()
        finally:
            other.stdin.close()
    assert decided.path.is_dir()


def test_a_run_gets_another_name_is_copied_and_goes(decided: Workspace):
    Rename(name="first", run_name="one").run(decided)
    assert decided.runs.names == ("first",)
    Duplicate(name="second", run_name="first").run(decided)
    assert sorted(decided.runs.names) == ["first", "second"]
    with pytest.raises(RunRefused, match="already"):
        Rename(name="second", run_name="first").run(decided)
    with pytest.raises(RequestRefused, match="The run first with its model"):
        Delete(run_name="first").run(decided)
    Delete(run_name="first", confirm="first").run(decided)
    assert decided.runs.names == ("second",)
    for request in (Rename(name="x", run_name="gone"), Duplicate(name="x", run_name="gone"),
                    Delete(run_name="gone", confirm="gone")):  # fmt: skip
        with pytest.raises(RunRefused, match="no run"):
            request.run(decided)
    with pytest.raises(RunRefused, match="no name"):
        Rename(name="../x", run_name="second").run(decided)


def test_what_cannot_be_removed_is_not_said_to_be_gone(
    decided: Workspace, monkeypatch: pytest.MonkeyPatch
):
    def refused(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("labelviz.project.upkeep.shutil.rmtree", refused)
    with pytest.raises(WorkspaceRefused, match="Permission denied") as found:
        Delete(run_name="one", confirm="one").run(decided)
    assert found.value.safe == "It is no longer listed, but part of it still lies there."
    assert decided.runs.names == ()


def test_decisions_in_a_database_elsewhere_are_not_said_to_go(
    decided: Workspace, monkeypatch: pytest.MonkeyPatch
):
    there = replace(belongings(decided), elsewhere=True)
    monkeypatch.setattr("labelviz.project.upkeep.belongings", lambda _: there)
    with pytest.raises(RequestRefused, match="Its 1 decisions lie in a database elsewhere"):
        Delete().run(decided)
