"""The command line says what would go, and what became of it."""

from __future__ import annotations

import sys
from contextlib import suppress

import pytest

from labelviz import cli
from labelviz.project.workspace import Workspace


def test_a_workspace_is_renamed_duplicated_and_deleted(
    space: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    space.decisions.store.close()
    home, ids = space.path.parent, space.dataset.ids.tolist()

    def labelviz(*words: object) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["labelviz", *map(str, words)])
        with suppress(SystemExit):
            cli.main()
        return capsys.readouterr()

    old = space.name
    assert labelviz("rename", space.path, "new")[0] == f"{old} is called new now\n"
    assert labelviz("duplicate", home / "new", "copy")[0] == "copy is a copy of new\n"
    assert "add --confirm copy" in labelviz("delete", home / "copy")[1]
    assert (home / "copy").is_dir()
    assert labelviz("delete", home / "copy", "--confirm", "copy")[0] == "copy is deleted\n"
    assert not (home / "copy").exists()
    assert Workspace(home / "new").dataset.ids.tolist() == ids
