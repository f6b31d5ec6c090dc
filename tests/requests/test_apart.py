from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from labelviz.errors import (
    ClassesGone,
    DatasetDiffers,
    FileRefused,
    LabelsRefused,
)
from labelviz.project.workspace import Workspace
from labelviz.requests import Load
from labelviz.requests.apart import load_apart
from labelviz.tables import apart
from labelviz.tables.columns import Columns
from labelviz.tables.read import read_table
from tests.conftest import REVIEWS, assert_message
from tests.project.conftest import decide

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def _nothing_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SMALL", 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where two processes meet; empty again afterwards."""
    made = tmp_path / "between"
    made.mkdir()
    return made


def loaded(request: Load, into: Path, folder: Path) -> Workspace:
    """A workspace after a file was loaded into it by another process."""
    try:
        with request.opened(into) as project:
            load_apart(request, project, read_table(request.file), lambda: folder)
    finally:
        assert [*folder.iterdir()] == []
    return Workspace(into)


def test_a_file_loaded_apart_is_the_same_dataset(tmp_path: Path, folder: Path, write: Write):
    request = Load(file=write(REVIEWS + "9,no label,,web\n"), columns=Columns("text", "label"))
    with request.opened(tmp_path / "here") as here:
        request.run(here)
    there = loaded(request, tmp_path / "there", folder)
    assert there.dataset.fingerprint == here.dataset.fingerprint
    assert there.data.report.as_json() == here.data.report.as_json()
    assert there.data.quarantine.read_bytes() == here.data.quarantine.read_bytes()


def test_what_cannot_be_loaded_is_refused_the_same_way(tmp_path: Path, folder: Path, write: Write):
    file = write("text,label\nt,Yes\nu,yes\nv,no\n")
    request = Load(file=file, columns=Columns("text", "label"))
    with pytest.raises(LabelsRefused) as here, request.opened(tmp_path / "here") as project:
        request.run(project)
    with pytest.raises(LabelsRefused) as there:
        loaded(request, tmp_path / "there", folder)
    assert here.value.choices
    known = {"what", "where", "safe", "remedy", "choices"}
    assert {n: vars(there.value)[n] for n in known} == {n: vars(here.value)[n] for n in known}
    assert not (tmp_path / "there").exists()


def test_what_it_would_replace_is_said_first(tmp_path: Path, folder: Path, write: Write):
    columns, into = Columns("text", "label", id="id"), tmp_path / "there"
    request = Load(file=write(REVIEWS), columns=columns)
    with request.opened(into) as project:
        request.run(project)
    other = write(REVIEWS.replace("long", "short"), "other.csv")
    with pytest.raises(DatasetDiffers, match="1 samples have another text"):
        loaded(Load(file=other, columns=columns), into, folder)


def test_what_takes_too_long_changes_nothing(
    tmp_path: Path, folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch
):
    request = Load(file=write(REVIEWS), columns=Columns("text", "label"))
    monkeypatch.setattr(apart, "SECONDS", 0.01)
    with pytest.raises(FileRefused) as refused:
        loaded(request, tmp_path / "there", folder)
    assert_message(refused.value, "came to no end", "data.csv", "Nothing", "labelviz load")
    assert not (tmp_path / "there").exists()


def test_what_is_small_and_plain_is_loaded_at_once(
    tmp_path: Path, folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(apart, "SMALL", 10_000)
    monkeypatch.setattr(apart, "JSON_WEIGHT", 1)
    monkeypatch.setattr(apart.subprocess, "run", None)
    request = Load(file=write(REVIEWS), columns=Columns("text", "label"))
    assert len(loaded(request, tmp_path / "there", folder).dataset) == 6
    batch = write("x" * 10_000, "batch.jsonl")
    with pytest.raises(TypeError):
        loaded(Load(file=request.file, answers=(batch,)), tmp_path / "another", folder)


@pytest.mark.bad_input("D17", "P18")
def test_classes_under_another_name_are_proposed_from_the_other_process(
    tmp_path: Path, folder: Path, write: Write
):
    columns = Columns("text", "label", id="id")
    space = loaded(Load(file=write(REVIEWS), columns=columns), tmp_path / "w", folder)
    decide(space, "1", "2", "choose", label=("yes",))
    newer = write(REVIEWS.replace(",yes,", ",agrees,"), "newer.csv")
    with pytest.raises(ClassesGone) as refused:
        loaded(Load(file=newer, columns=columns), tmp_path / "w", folder)
    assert [(each.cell, each.proposed) for each in refused.value.choices] == [("agrees", "yes")]
