from __future__ import annotations

import pytest

from labelviz.errors import (
    RunRefused,
)
from labelviz.project.runs import Runs
from labelviz.project.workspace import Workspace
from tests.conftest import assert_message


@pytest.mark.bad_input("M01")
@pytest.mark.parametrize("name", ["../x", "", ".hidden", "a/b", "x" * 101, "a\n", "a\0"])
def test_a_run_is_named_by_a_plain_word(workspace: Workspace, name: str):
    with pytest.raises(RunRefused) as refused:
        workspace.runs.path(name)
    assert_message(refused.value, "is no name for a run", "runs", remedy="Use letters")


def test_runs_have_their_own_folders(workspace: Workspace):
    assert workspace.runs.path("p0-seed_1.2") == workspace.path / "runs" / "p0-seed_1.2"
    assert workspace.runs.names == ()


def test_a_run_of_another_split_is_not_compared(
    predicted: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labelviz.models.runs import Run

    record = {"status": "complete", "classes": ["no", "yes"], "settings": {}}
    other = Run(
        predicted.path, {**record, "dataset": predicted.dataset.fingerprint, "split": "x"}, ()
    )
    monkeypatch.setattr(Runs, "open", lambda *_: other)
    with pytest.raises(RunRefused, match="another split"):
        predicted.compare("a", "b")


def test_an_unfinished_run_is_not_compared(
    predicted: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labelviz.models.runs import Run

    record = {"status": "running", "dataset": predicted.dataset.fingerprint}
    monkeypatch.setattr(Runs, "open", lambda *_: Run(predicted.path, record, ()))
    with pytest.raises(RunRefused, match="not complete"):
        predicted.compare("a", "b")


def test_a_run_is_not_compared_with_itself(predicted: Workspace) -> None:
    with pytest.raises(RunRefused, match="not compared with itself"):
        predicted.compare("a", "a")
