from __future__ import annotations

import errno
import os
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from labelviz.errors import FileRefused, WorkspaceRefused
from labelviz.processes import locked
from labelviz.project.folder import MARK
from labelviz.requests import PredictFromFile
from labelviz.tables.read import read_table
from labelviz.ui import served, state
from labelviz.ui.components import uploads
from labelviz.ui.components.uploads import discard_others, handed_over, keep, own_folder, safe_name
from tests.conftest import assert_message
from tests.ui.conftest import words


@dataclass
class Sent:
    name: str
    content: bytes
    reads: int = 0

    @property
    def file_id(self) -> str:
        return f"{self.name} {hash(self.content)}"

    def getvalue(self) -> bytes:
        self.reads += 1
        return self.content


@pytest.mark.bad_input("A37")
@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("data.csv", "data.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\files\\my data.csv", "my-data.csv"),
        ("--help.csv", "help.csv"),
        (".hidden", "hidden"),
        ("中文 数据.csv", "中文-数据.csv"),
        ("..", "upload.csv"),
        ("", "upload.csv"),
        ("a;rm -rf $HOME.csv", "a-rm--rf-HOME.csv"),
        ("CON.csv", "file-CON.csv"),
        ("lpt1", "file-lpt1"),
        ("contact.csv", "contact.csv"),
        ("a\u202egpj.csv", "a-gpj.csv"),
        ("a\x00\x1b[31m\n.csv", "a-31m-.csv"),
        ("长" * 300 + ".csv.gz", "长" * 73 + ".csv.gz"),
    ],
)
def test_a_name_is_made_safe(name, safe):
    assert safe_name(name) == safe


def test_an_upload_lies_inside_the_folder_unchanged(tmp_path):
    kept = keep(Sent("../x.csv", b"\xff\x00"), tmp_path / "new")
    assert kept.path.name == "x.csv"
    assert kept.path.is_relative_to(tmp_path / "new")
    assert kept.path.read_bytes() == b"\xff\x00"
    assert kept.size == 2


def test_another_upload_of_the_same_name_lies_elsewhere(tmp_path):
    first = keep(Sent("x.csv", b"1"), tmp_path).path
    before = first.stat().st_mtime_ns
    assert keep(Sent("x.csv", b"1"), tmp_path).path == first
    assert first.stat().st_mtime_ns == before
    second = keep(Sent("x.csv", b"2"), tmp_path).path
    assert (first.read_bytes(), second.read_bytes()) == (b"1", b"2")


@pytest.mark.bad_input("A36")
def test_an_upload_that_breaks_off_leaves_nothing_behind(tmp_path, monkeypatch):
    write = Path.write_bytes

    def breaks_off(path, content):
        write(path, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    sent = Sent("x.csv", b"text,label\nwhole,yes\n")
    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", breaks_off)
        with pytest.raises(WorkspaceRefused) as refused:
            keep(sent, tmp_path / "new")
    assert_message(refused.value, "x.csv cannot be written: No space left", "x.csv", "", "disk")
    assert [each for each in (tmp_path / "new").rglob("*") if each.is_file()] == []
    assert keep(sent, tmp_path / "new").path.read_bytes() == sent.content


@pytest.mark.bad_input("H23")
def test_uploads_lie_beside_the_workspaces_and_are_none(tmp_path, monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(state, "home", lambda: tmp_path / "home")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "full"))
    path = keep(Sent(MARK, b"{}"), own_folder()).path
    assert path.is_relative_to(tmp_path / "home")
    assert state.workspace_names() == []
    st.session_state.clear()
    assert not path.exists()


def test_where_no_folder_can_be_made_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    (tmp_path / "file").touch()
    monkeypatch.setattr(state, "home", lambda: tmp_path / "file")
    with pytest.raises(WorkspaceRefused) as refused:
        own_folder()
    assert_message(refused.value, "cannot be kept: Not a directory", "file", "", "disk")


@pytest.mark.bad_input("A35")
def test_the_server_takes_no_upload_over_500_mb():
    settings = Path(__file__).resolve().parents[3] / "labelviz/web/.streamlit/config.toml"
    assert tomllib.loads(settings.read_text("utf-8"))["server"]["maxUploadSize"] == 500


def drawn() -> None:
    import streamlit as st

    from labelviz.ui.components import uploads

    path = uploads.field("File", "a")
    st.text(f"a: {path and path.read_text()}")
    path = uploads.field("Other", "b")
    st.text(f"b: {path and path.read_text()}")


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page with two fields, before a folder of workspaces."""
    monkeypatch.setattr(state, "home", lambda: tmp_path / "home")
    return AppTest.from_function(drawn).run()


def lying(tmp_path: Path) -> list[str]:
    """The names of all uploads on the disk."""
    return sorted(each.name for each in (tmp_path / "home/.uploads").rglob("*.csv"))


def send(page, label: str, name: str, content: bytes):
    found = next(each for each in page.file_uploader if each.label == label)
    return found.upload(name, content, "text/csv").run()


def test_a_field_keeps_its_upload_on_the_disk_until_it_is_replaced_or_removed(page, tmp_path):
    send(page, "File", "x.csv", b"one")
    send(page, "Other", "x.csv", b"two")
    assert "a: one" in words(page)
    assert "b: two" in words(page)
    send(page, "File", "y.csv", b"three")
    assert "a: three" in words(page)
    assert lying(tmp_path) == ["x.csv", "y.csv"]
    next(each for each in page.button if each.key == "remove a").click().run()
    assert "a: None" in words(page)
    assert "b: two" in words(page)
    assert lying(tmp_path) == ["x.csv"]


def test_two_fields_with_one_file_keep_it_until_both_let_go(page, tmp_path):
    send(page, "File", "x.csv", b"one")
    send(page, "Other", "x.csv", b"one")
    next(each for each in page.button if each.key == "remove a").click().run()
    assert "b: one" in words(page)
    assert lying(tmp_path) == ["x.csv"]


def test_the_server_does_not_keep_in_memory_what_lies_on_the_disk(page, monkeypatch):
    gone: list[str] = []

    def remove(_: object, *, session_id: str, file_id: str) -> None:
        gone.append(file_id)

    monkeypatch.setattr(MemoryUploadedFileManager, "remove_file", remove)
    send(page, "File", "x.csv", b"one")
    assert len(gone) == 1


@pytest.mark.bad_input("A35", "M10")
def test_uploads_of_one_visit_have_a_limit_together(page, tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", 10)
    send(page, "File", "x.csv", b"123456")
    send(page, "Other", "y.csv", b"12345")
    assert "All uploads of one visit may have" in words(page)
    assert "a: 123456" in words(page)
    assert "b: None" in words(page)
    assert lying(tmp_path) == ["x.csv"]
    send(page, "File", "x.csv", b"12345")
    send(page, "Other", "y.csv", b"12345")
    assert "b: 12345" in words(page)


def test_a_job_has_its_own_copy_and_the_copies_of_earlier_jobs_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(state, "home", lambda: tmp_path / "home")
    space = tmp_path / "space"
    mine = keep(Sent("p.csv", b"mine"), own_folder()).path
    asked = handed_over(PredictFromFile(file=mine), space)
    theirs = PredictFromFile(file=space / "uploads/0123456789abcdef/p.csv")
    theirs.file.parent.mkdir(parents=True)
    theirs.file.write_bytes(b"theirs")
    assert asked.file.is_relative_to(space)
    assert asked.file.read_bytes() == b"mine"
    discard_others(asked, space)
    assert asked.file.read_bytes() == b"mine"
    assert not theirs.file.exists()
    st.session_state.clear()
    assert asked.file.read_bytes() == b"mine"


def test_what_a_request_names_beside_uploads_stays_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    asked = PredictFromFile(file=tmp_path / "p.csv")
    assert handed_over(asked, tmp_path / "space") is asked


def test_what_a_server_that_was_killed_left_is_removed_by_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(state, "home", lambda: tmp_path)
    left, used = tmp_path / ".uploads/left", tmp_path / ".uploads/used"
    for each in (left, used):
        (each / "session").mkdir(parents=True)
        (each / "lock").touch()
    with locked(used / "lock"):
        own_folder()
    assert not left.exists()
    assert used.exists()


@pytest.fixture
def served_folder(tmp_path, monkeypatch):
    """A folder that is open to visitors, of whom one is here."""
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(state, "home", lambda: tmp_path / "home")
    folder = tmp_path / "open"
    folder.mkdir()
    monkeypatch.setenv(served.FOLDERS, str(folder))
    return folder


def copies(tmp_path: Path) -> list[str]:
    return sorted(each.name for each in tmp_path.glob("home/.uploads/*/*/*/*"))


def test_a_file_on_the_server_is_copied_once_and_anew_when_it_changes(served_folder, tmp_path):
    file = served_folder / "a.csv"
    file.write_text("one")
    first = uploads.copied(file, "field")
    version = first.stat().st_mtime_ns
    assert uploads.copied(file, "field") == first
    assert (first.read_text(), first.stat().st_mtime_ns) == ("one", version)
    file.write_text("another")
    second = uploads.copied(file, "field")
    assert second.read_text() == "another"
    assert copies(tmp_path) == ["a.csv"]
    assert uploads.copied(file, "other field") == second
    (served_folder / "b.csv").write_text("b")
    uploads.copied(served_folder / "b.csv", "field")
    assert copies(tmp_path) == ["a.csv", "b.csv"]
    st.session_state.clear()
    assert copies(tmp_path) == []


def test_of_a_folder_what_is_read_is_copied(served_folder, tmp_path):
    (served_folder / "set/data").mkdir(parents=True)
    for name in ("set/data/a.csv", "set/data/b.csv"):
        (served_folder / name).write_text(f"text,label\n{name},yes\n")
    (served_folder / "set/huge.bin").write_bytes(b"0")
    copy = uploads.copied(served_folder / "set", "field")
    assert sorted(str(each.relative_to(copy)) for each in copy.rglob("*.*")) == [
        "data/a.csv", "data/b.csv",
    ]  # fmt: skip
    assert read_table(copy).frame.shape[0] == 2


@pytest.mark.bad_input("M03")
def test_a_link_in_a_folder_that_leads_out_is_refused(served_folder, tmp_path):
    (tmp_path / "secret.csv").write_text("text,label\nsecret,yes\n")
    (served_folder / "set").mkdir()
    (served_folder / "set/a.csv").write_text("text,label\nplain,yes\n")
    (served_folder / "set/b.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(FileRefused, match="not available here"):
        uploads.copied(served_folder / "set", "field")
    assert copies(tmp_path) == []


def test_what_is_too_large_to_be_read_is_not_copied(served_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_COPIED", 5)
    (served_folder / "a.csv").write_text("123456")
    with pytest.raises(WorkspaceRefused) as refused:
        uploads.copied(served_folder / "a.csv", "field")
    assert_message(refused.value, "a.csv has 1 KB", "a.csv", "Nothing", "labelviz load")
    (served_folder / "a.csv").write_text("12345")
    copy = uploads.copied(served_folder / "a.csv", "field")
    assert copy.read_text() == "12345"


def test_where_the_disk_is_full_nothing_stays(served_folder, tmp_path, monkeypatch):
    (served_folder / "a.csv").write_text("a")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(uploads, "_copy", full)
    with pytest.raises(WorkspaceRefused) as refused:
        uploads.copied(served_folder / "a.csv", "field")
    assert_message(refused.value, "cannot be kept: No space left", "home", "Nothing", "disk")
    assert copies(tmp_path) == []
