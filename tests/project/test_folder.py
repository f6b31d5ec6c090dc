from __future__ import annotations

from pathlib import Path

import pytest

from labelviz.errors import (
    WorkspaceRefused,
)
from labelviz.processes import locked
from labelviz.project.folder import Folder
from labelviz.project.workspace import Workspace
from tests.conftest import assert_message
from tests.project.conftest import Write


def test_a_new_folder_becomes_a_workspace(tmp_path: Path):
    space = Workspace.create(tmp_path / "a" / "project")
    assert (space.name, space.data.loaded, str(space.goals.policy)) == ("project", False, "hard")
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


def test_only_an_empty_workspace_is_discarded(tmp_path: Path, workspace: Workspace):
    empty = Workspace.create(tmp_path / "empty")
    empty.folder.discard_if_empty()
    assert not empty.path.exists()
    workspace.folder.discard_if_empty()
    assert workspace.data.loaded


@pytest.mark.parametrize("lock", [".loading.lock", ".workspace.json.lock"])
def test_a_new_workspace_under_somebodys_hands_is_not_discarded(tmp_path: Path, lock: str):
    space = Workspace.create(tmp_path / "new")
    with locked(space.path / lock):
        space.folder.discard_if_empty()
        assert not space.data.loaded
    space.folder.discard_if_empty()
    assert not space.path.exists()


def test_what_a_killed_command_left_is_no_workspace_of_somebody_else(tmp_path: Path):
    left = tmp_path / "project" / f".workspace.json.{'0' * 32}"
    left.parent.mkdir()
    left.write_text("{")
    assert not Workspace.create(left.parent).data.loaded


def test_a_workspace_may_have_any_name(tmp_path: Path) -> None:
    space = Workspace.create(tmp_path / "what? 100 %")
    assert space.decisions.store.events() == ()
    assert (space.path / "review.db").is_file()


STATE = """
import sys
from labelviz.core.queue import Queue
from labelviz.project.workspace import Workspace

space, name = Workspace(sys.argv[1]), sys.argv[2]
begin()
for number in range(6):
    space.queues.save(f"{name}-{number}", Queue(text=str(number)))
    if name == "p0":
        space.folder.change(pool=number)
    if name == "p1":
        space.set_policy(f"smooth:off=0.{number + 1:02}")
    if name == "p2":
        space.queues.forget(f"p2-{number - 1}")
"""


@pytest.mark.bad_input("H10")
def test_a_server_and_jobs_that_change_the_state_at_once_lose_nothing(workspace, at_once):
    at_once(STATE, [(str(workspace.path), f"p{n}") for n in range(3)])
    saved = {f"p{n}-{number}" for n in range(3) for number in range(6)}
    assert workspace.queues.saved.keys() == saved - {f"p2-{number}" for number in range(5)}
    assert str(workspace.goals.policy) == "smooth:off=0.06"


@pytest.mark.parametrize("name", ["x" * 300, "y/" * 3_000, "loop"])
def test_a_path_that_no_system_takes_is_no_workspace(tmp_path: Path, name: str):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(WorkspaceRefused, match="not a labelviz workspace"):
        Folder(tmp_path / name)
    with pytest.raises(WorkspaceRefused, match="cannot be changed"):
        Folder.create(tmp_path / name)


TIGHT = """
import sys
from labelviz.core.queue import Queue
from labelviz.project.workspace import Workspace

space, name = Workspace(sys.argv[1]), sys.argv[2]
begin()
for number in range(60):
    space.queues.save(f"{name}-{number}", Queue(text=str(number)))
"""


@pytest.mark.bad_input("H10")
def test_two_processes_in_a_tight_loop_lose_no_filter(workspace, at_once):
    at_once(TIGHT, [(str(workspace.path), name) for name in ("p", "q")])
    assert len(workspace.queues.saved) == 120
