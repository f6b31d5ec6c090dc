from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from labelviz.errors import InputRefused, LabelsRefused, WorkspaceRefused
from labelviz.project.workspace import Workspace
from labelviz.requests import Load
from labelviz.tables import read
from labelviz.tables.columns import Columns
from labelviz.tables.options import ReadOptions
from labelviz.tables.table import Table
from tests.conftest import REVIEWS

Write = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "project")


def test_what_is_said_is_loaded_as_it_is_said(project: Workspace, write: Write):
    columns = Columns("text", "label", id="id", slices=("source",), classes=("yes", "no"))
    done = Load(file=write(REVIEWS), columns=columns).run(project)
    assert done.guess is None
    assert done.report.accepted == 6
    assert (project.data.columns, project.dataset.classes) == (columns, ("yes", "no"))


def test_what_is_not_said_is_guessed_and_told(project: Workspace, write: Write):
    done = Load(file=write(REVIEWS), columns=Columns(classes=("yes", "no"))).run(project)
    assert done.guess is not None
    assert "  text: text (by its name)" in done.guess.lines()
    assert project.dataset.classes == ("yes", "no")
    assert project.data.columns.id == "id"


def test_an_error_says_in_its_notes_what_the_columns_were_taken_for(project, write: Write):
    file = write("text,label\nt,Positive\nu,positive\nv,negative\nw,positive\n")
    with pytest.raises(LabelsRefused) as refused:
        Load(file=file).run(project)
    assert refused.value.__notes__[0] == "columns, guessed:"
    assert refused.value.__notes__[1].startswith("  text: text")


def test_a_file_that_was_read_is_not_read_again(project, write: Write, monkeypatch):
    file = write(REVIEWS)
    table = read.read_table(file)

    def again(*_: object) -> Table:
        raise AssertionError("read twice")

    monkeypatch.setattr("labelviz.tables.read.read_table", again)
    monkeypatch.setattr("labelviz.project.loading.read_table", again)
    assert Load(file=file).run(project, table=table).report.accepted == 6


def test_how_it_is_read_and_whether_it_replaces_is_passed_on(project, write: Write):
    columns = Columns("text", "label")
    Load(file=write(REVIEWS), columns=columns).run(project)
    other = Load(
        file=write("text;label\nx,1;a\ny,2;b\n", "other.csv"),
        columns=columns,
        options=ReadOptions(delimiter=";"),
    )
    with pytest.raises(WorkspaceRefused, match="another dataset"):
        other.run(project)
    Load(file=other.file, columns=columns, options=other.options, replace=True).run(project)
    assert project.dataset.classes == ("a", "b")


def test_a_new_workspace_is_kept_only_with_a_dataset(tmp_path: Path, write: Write):
    folder = tmp_path / "new"
    wrong = Load(file=write(REVIEWS), columns=Columns("nothing", "label"))
    with pytest.raises(InputRefused), wrong.opened(folder) as project:
        wrong.run(project)
    assert not folder.exists()
    right = Load(file=wrong.file)
    with right.opened(folder) as project:
        right.run(project)
    with pytest.raises(InputRefused), wrong.opened(folder) as project:
        wrong.run(project)
    assert Workspace(folder).data.loaded
