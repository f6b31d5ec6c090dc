from __future__ import annotations

import errno
import os
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
import streamlit as st

from labelviz.errors import WorkspaceRefused
from labelviz.ui import state
from labelviz.ui.components.uploads import keep, own_folder, safe_name
from tests.conftest import assert_message


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
    path = keep(Sent("../x.csv", b"\xff\x00"), tmp_path / "new")
    assert path == tmp_path / "new/x.csv"
    assert path.read_bytes() == b"\xff\x00"


def test_the_newer_upload_wins_and_the_same_one_is_not_written_again(tmp_path):
    path = keep(Sent("x.csv", b"1"), tmp_path)
    before = path.stat().st_mtime_ns
    keep(Sent("x.csv", b"1"), tmp_path)
    assert path.stat().st_mtime_ns == before
    assert keep(Sent("x.csv", b"2"), tmp_path).read_bytes() == b"2"


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
    assert list((tmp_path / "new").iterdir()) == []
    assert keep(sent, tmp_path / "new").read_bytes() == sent.content


@pytest.mark.bad_input("H23")
def test_uploads_lie_beside_the_workspaces_and_are_none(tmp_path, monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(state, "home", lambda: tmp_path / "home")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "full"))
    path = keep(Sent(state.MARK, b"{}"), own_folder())
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
    assert_message(refused.value, "cannot be kept: Not a directory", "file", "", "type the")


@pytest.mark.bad_input("A35")
def test_the_server_takes_no_upload_over_500_mb():
    settings = Path(__file__).resolve().parents[3] / ".streamlit/config.toml"
    assert tomllib.loads(settings.read_text("utf-8"))["server"]["maxUploadSize"] == 500


def test_an_upload_that_lies_there_is_not_fetched_at_every_look(tmp_path):
    sent = Sent("x.csv", b"1")
    assert keep(sent, tmp_path) == keep(sent, tmp_path)
    assert sent.reads == 1
