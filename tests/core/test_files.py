from __future__ import annotations

import hashlib
import io
import os
import shutil
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from labelviz.core.files import (
    created,
    created_folder,
    make_folder,
    put,
    read_json,
    remove_abandoned,
    replaced,
    replaced_folder,
    sha256,
    size,
    write_json,
    zipped,
)
from labelviz.errors import ExportRefused, WorkspaceRefused
from tests.conftest import assert_message


def fill(place: AbstractContextManager[Path], work: Callable[[Path], object]) -> None:
    """Do some work on the temporary path."""
    with place as temporary:
        work(temporary)


def half(temporary: Path) -> None:
    """Work that stops in the middle."""
    temporary.write_text("half")
    raise ZeroDivisionError


def onto_a_full_disk(temporary: Path) -> None:
    """Work for which there is no space."""
    temporary.unlink(missing_ok=True)
    temporary.symlink_to("/dev/full")
    temporary.write_text("x")


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_sha256_of_a_file(tmp_path: Path):
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256(tmp_path / "abc") == hashlib.sha256(b"abc").hexdigest()


def test_replaced_takes_the_place_of_the_old_file(tmp_path: Path):
    path = tmp_path / "new folder" / "f"
    for content in ("old", "new"):
        with replaced(path) as temporary:
            temporary.write_text(content)
            assert not path.exists() or path.read_text() == "old"
    assert path.read_text() == "new"
    assert names(path.parent) == ["f"]


@pytest.mark.bad_input("H02", "H03")
def test_work_that_fails_leaves_the_old_file_and_no_leftover(tmp_path: Path):
    path = tmp_path / "f"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError):
        fill(replaced(path), half)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["f"]


@pytest.mark.bad_input("H05", "H07")
def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WorkspaceRefused) as refused:
        write_json(tmp_path / "file" / "state.json", {})
    assert_message(
        refused.value,
        "state.json cannot be written",
        "state.json",
        "What was there before is unharmed.",
        "Check the folder",
    )


@pytest.mark.bad_input("H05")
def test_a_device_without_space_is_refused(tmp_path: Path):
    path = tmp_path / "f"
    with pytest.raises(WorkspaceRefused, match="No space left"):
        fill(replaced(path), onto_a_full_disk)
    assert names(tmp_path) == []


def test_created_makes_a_file_that_was_not_there(tmp_path: Path):
    path = tmp_path / "new folder" / "f"
    with created(path) as temporary:
        temporary.write_text("content")
        assert not path.exists()
    assert path.read_text() == "content"
    assert names(path.parent) == ["f"]


@pytest.mark.bad_input("J03")
def test_created_never_overwrites(tmp_path: Path):
    path = tmp_path / "f"
    path.write_text("mine")
    with pytest.raises(ExportRefused) as refused, created(path):
        raise AssertionError("nothing may be written")
    assert_message(
        refused.value, "f exists already", str(path), "left as it is", "Choose another name."
    )
    assert path.read_text() == "mine"


@pytest.mark.bad_input("J02", "J03")
def test_created_does_not_overwrite_what_came_meanwhile(tmp_path: Path):
    path = tmp_path / "f"
    with pytest.raises(ExportRefused, match="created by somebody else"):
        fill(created(path), lambda _: path.write_text("theirs"))
    assert path.read_text() == "theirs"
    assert names(tmp_path) == ["f"]


@pytest.mark.bad_input("H03")
def test_created_work_that_fails_publishes_nothing(tmp_path: Path):
    with pytest.raises(ZeroDivisionError):
        fill(created(tmp_path / "f"), half)
    assert names(tmp_path) == []


@pytest.mark.bad_input("H05", "H07")
def test_created_in_a_folder_that_cannot_be_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ExportRefused) as refused, created(tmp_path / "file" / "f"):
        raise AssertionError("nothing may be written")
    assert_message(
        refused.value, "The folder cannot be written", "file", remedy="Choose another folder."
    )


@pytest.mark.bad_input("H05")
def test_created_on_a_full_disk_is_refused(tmp_path: Path):
    with pytest.raises(ExportRefused) as refused:
        fill(created(tmp_path / "f"), onto_a_full_disk)
    assert_message(refused.value, "f cannot be written: No space left", "f", remedy="disk")
    assert names(tmp_path) == []


@pytest.mark.bad_input("A37")
def test_the_longest_names_can_be_written(tmp_path: Path):
    path = tmp_path / ("长" * 85)
    with created(path) as temporary:
        temporary.write_text("content")
    with replaced(path) as temporary:
        temporary.write_text("other")
    assert path.read_text() == "other"


def test_json_reads_back(tmp_path: Path):
    value = {"a": [1, 2.5, None, "中\n"], "b": {"c": True}}
    write_json(tmp_path / "v.json", value)
    assert read_json(tmp_path / "v.json") == value


def test_json_is_written_for_people_too_a_line_for_each_part(tmp_path: Path):
    write_json(tmp_path / "v.json", {"a": "中", "b": [1, 2]})
    assert (tmp_path / "v.json").read_text("utf-8") == (
        '{\n "a": "中",\n "b": [\n  1,\n  2\n ]\n}\n'
    )


def test_json_with_nan_is_not_written(tmp_path: Path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "v.json", float("nan"))
    assert names(tmp_path) == []


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", None])
@pytest.mark.bad_input("H13")
def test_damaged_or_missing_json_is_refused(tmp_path: Path, content: bytes | None):
    if content is not None:
        (tmp_path / "v.json").write_bytes(content)
    with pytest.raises(WorkspaceRefused) as refused:
        read_json(tmp_path / "v.json")
    assert_message(refused.value, "missing or damaged", "v.json", remedy="Restore it")


@pytest.mark.bad_input("H02", "H03")
def test_a_folder_takes_the_place_of_another_whole_or_not_at_all(tmp_path: Path):
    path = tmp_path / "new" / "set"
    for content in ("old", "new"):
        with replaced_folder(path) as temporary:
            (temporary / content).write_text(content)
    assert names(path) == ["new"]

    def half_a_folder(temporary: Path) -> None:
        half(temporary / "half")

    with pytest.raises(ZeroDivisionError):
        fill(replaced_folder(path), half_a_folder)
    assert names(path) == ["new"]
    assert names(path.parent) == ["set"]


def test_put_makes_the_folder_and_takes_the_place_of_what_is_there(tmp_path: Path):
    for content in ("old", "new"):
        folder = make_folder(tmp_path / f"made-{content}")
        (folder / content).write_text(content)
        put(folder, tmp_path / "shelf" / "set")
    assert names(tmp_path / "shelf" / "set") == ["new"]
    assert names(tmp_path) == ["shelf"]
    with pytest.raises(WorkspaceRefused) as refused:
        put(tmp_path / "gone", tmp_path / "shelf" / "other")
    assert_message(refused.value, "other cannot be written", "other", "unharmed", "disk")
    with pytest.raises(WorkspaceRefused, match="shelf cannot be written"):
        make_folder(tmp_path / "shelf")


@pytest.mark.bad_input("H02")
def test_what_killed_writers_left_is_removed_when_nobody_can_be_writing_it(tmp_path: Path):
    old = [f".a.parquet.{'0' * 32}", f".review.db.{'f' * 32}-wal"]
    kept = ["a.parquet", f".b.{'1' * 32}", ".hidden", f".c.{'2' * 31}"]
    for folder in (tmp_path, tmp_path / "sub"):
        folder.mkdir(exist_ok=True)
        for name in (*old, *kept):
            (folder / name).write_text("x")
            if name != kept[1]:
                os.utime(folder / name, (0, 0))
        left = make_folder(folder / f".set.{'3' * 32}")
        (left / "part").write_text("x")
        os.utime(left, (0, 0))
    remove_abandoned(tmp_path)
    assert names(tmp_path / "sub") == sorted(kept)
    assert names(tmp_path) == sorted([*kept, "sub"])


@pytest.mark.parametrize("name", ["x" * 300, "y/" * 3_000 + "z"])
def test_a_name_that_no_system_takes_is_refused_in_words(tmp_path: Path, name: str):
    with pytest.raises(ExportRefused, match="File name too long"), created(tmp_path / name):
        pass


def test_a_link_that_leads_nowhere_is_something_that_exists(tmp_path: Path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(ExportRefused, match="exists already"), created(tmp_path / "loop"):
        pass


def test_a_folder_is_created_whole_or_not_at_all(tmp_path: Path):
    with created_folder(tmp_path / "a") as folder:
        (folder / "x").write_text("1")
        assert not (tmp_path / "a").exists()
    assert (tmp_path / "a" / "x").read_text() == "1"
    with pytest.raises(ExportRefused, match="a exists already"), created_folder(tmp_path / "a"):
        pass
    with pytest.raises(ZeroDivisionError):
        fill(created_folder(tmp_path / "b"), lambda folder: half(folder / "x"))
    for make in (lambda path: (path / "y").mkdir(parents=True), Path.touch):
        with pytest.raises(ExportRefused, match="meanwhile"), created_folder(tmp_path / "c"):
            make(tmp_path / "c")
        shutil.rmtree(tmp_path / "c", ignore_errors=True)
        (tmp_path / "c").unlink(missing_ok=True)
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_a_folder_is_packed_with_its_name_first(tmp_path: Path):
    (tmp_path / "f" / "data").mkdir(parents=True)
    (tmp_path / "f" / "data" / "x").write_text("1")
    (tmp_path / "f" / "README.md").write_text("2")
    with zipfile.ZipFile(io.BytesIO(zipped(tmp_path / "f"))) as archive:
        assert archive.namelist() == ["f/README.md", "f/data/x"]
        assert archive.read("f/data/x") == b"1"


def test_the_size_of_a_folder_is_that_of_its_files(tmp_path: Path):
    (tmp_path / "in").mkdir()
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "in" / "b").write_bytes(b"de")
    assert (size(tmp_path), size(tmp_path / "a")) == (5, 3)
