from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st

from labelviz.errors import FileRefused, ModelRefused
from labelviz.ui import identity, served
from tests.conftest import assert_message

KINDS = {".csv", ".txt"}


@pytest.fixture
def open_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that was named, and others beside it that were not."""
    folder = tmp_path / "data"
    for each in ("data/inner", "data/.streamlit", "data_private", "elsewhere"):
        (tmp_path / each).mkdir(parents=True)
        (tmp_path / each / "a.csv").write_text("text\n")
    (folder / ".hidden.csv").write_text("text\n")
    (folder / "secrets.toml").write_text("key = 1\n")
    (folder / "out.csv").symlink_to(tmp_path / "elsewhere/a.csv")
    (folder / "way-out").symlink_to(tmp_path / "elsewhere")
    (folder / "round").symlink_to(folder / "round")
    (folder / "in.csv").symlink_to(folder / "inner/a.csv")
    os.mkfifo(folder / "pipe.csv")
    monkeypatch.setenv(served.FOLDERS, str(folder))
    return folder


def visit(monkeypatch: pytest.MonkeyPatch, listens: str = "127.0.0.1", **headers: str) -> None:
    """A visitor of a server that listens there, with these headers."""
    options = {"server.address": listens, "server.allowedHosts": ["localhost", "::1"]}
    monkeypatch.setattr(st, "get_option", options.get)
    monkeypatch.setattr(st, "context", SimpleNamespace(headers=headers))


@pytest.mark.bad_input("M02", "M03")
def test_what_lies_in_a_folder_that_was_named_may_be_read(open_folder: Path):
    inner = open_folder / "inner/a.csv"
    assert served.file(str(inner), KINDS) == inner
    assert served.file("inner/a.csv", KINDS) == inner
    assert served.file(str(open_folder / "inner"), KINDS) == open_folder / "inner"
    assert served.file("in.csv", KINDS) == inner


@pytest.mark.bad_input("M01", "M02", "M03", "A34")
@pytest.mark.parametrize(
    "typed",
    [
        "/etc/shadow", "/etc/passwd", "../data_private/a.csv", "../elsewhere/a.csv", "..", "/",
        "secrets.toml", ".streamlit/a.csv", ".hidden.csv", "out.csv", "way-out/a.csv", "round",
        "pipe.csv", "absent.csv", "a\x00.csv", "x" * 5000, "n" * 300 + ".csv", "~/.ssh/id_rsa",
        "file:///etc/passwd", "C:\\windows\\win.ini", "%2e%2e/elsewhere/a.csv",
        "/proc/self/environ", "/dev/zero", "inner/../../elsewhere/a.csv",
    ],
)  # fmt: skip
def test_anything_else_is_not_available_and_no_reason_tells_what_is_there(
    open_folder: Path, typed: str
):
    with pytest.raises(FileRefused) as refused:
        served.file(typed, KINDS)
    assert_message(refused.value, served.REFUSED, typed[:100], "", "LABELVIZ_FOLDERS")
    assert refused.value.what == served.REFUSED


@pytest.mark.bad_input("M03")
@pytest.mark.parametrize("swapped", ["inner", "inner/a.csv"])
def test_what_takes_the_place_of_a_file_after_it_was_looked_at_is_not_opened(
    open_folder: Path, monkeypatch, swapped: str
):
    found = served.file("inner/a.csv", KINDS)
    with served.opened(found) as file:
        assert file.read() == b"text\n"
    way, secret = open_folder / swapped, open_folder.parent / "elsewhere"
    way.rename(open_folder / "moved")
    way.symlink_to(secret if swapped == "inner" else secret / "a.csv")
    with pytest.raises(FileRefused):
        served.opened(found)
    monkeypatch.setattr(served, "_below", lambda *_: found)  # swapped a moment later still
    with pytest.raises(FileRefused) as refused:
        served.opened(found)
    assert_message(refused.value, served.REFUSED, "a.csv", "", "LABELVIZ_FOLDERS")


def test_only_a_regular_file_is_opened(open_folder: Path, monkeypatch):
    for path in (open_folder / "pipe.csv", open_folder / "inner"):
        monkeypatch.setattr(served, "_below", lambda *_, path=path: path)
        with pytest.raises(FileRefused):
            served.opened(path)


def test_an_absolute_path_beside_the_folder_is_not_in_it(open_folder: Path):
    with pytest.raises(FileRefused):
        served.file(str(open_folder.parent / "data_private/a.csv"), KINDS)


def test_without_a_folder_that_was_named_there_is_none(open_folder: Path, monkeypatch):
    for empty in ("", " ", os.pathsep):
        monkeypatch.setenv(served.FOLDERS, empty)
        assert served.folders() == ()
    monkeypatch.delenv(served.FOLDERS)
    assert served.folders() == ()
    with pytest.raises(FileRefused):
        served.file(str(open_folder / "inner/a.csv"), KINDS)


def test_several_folders_are_named_as_in_a_path(tmp_path: Path, monkeypatch):
    monkeypatch.setenv(served.FOLDERS, f"{tmp_path / 'a'}{os.pathsep}{tmp_path / 'b'}")
    assert served.folders() == (tmp_path / "a", tmp_path / "b")


@pytest.mark.parametrize(
    ("listens", "headers", "shared"),
    [
        ("127.0.0.1", {}, False),
        ("127.0.0.1", {"Host": "localhost:8501"}, False),
        ("::1", {"Host": "[::1]:8501"}, False),
        ("0.0.0.0", {}, True),  # noqa: S104 - in words
        ("", {}, True),
        ("127.0.0.1", {"Host": "labels.example"}, True),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, True),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, True),
    ],
)
def test_a_server_that_others_reach_opens_its_folders_to_nobody(
    open_folder: Path, monkeypatch, listens: str, headers: dict[str, str], shared: bool
):
    visit(monkeypatch, listens, **headers)
    assert identity.is_shared() == shared
    assert (served.folders() == ()) == shared


def test_a_server_with_another_name_is_shared(open_folder: Path, monkeypatch):
    visit(monkeypatch)
    options = {"server.address": "127.0.0.1", "server.allowedHosts": ["labels.example"]}
    monkeypatch.setattr(st, "get_option", options.get)
    assert served.folders() == ()


def test_a_shared_server_opens_its_folders_to_those_that_are_vouched_for(
    open_folder: Path, monkeypatch
):
    visit(monkeypatch, "0.0.0.0")  # noqa: S104 - in words
    monkeypatch.setattr(st, "session_state", {"reviewer": "ann"})
    monkeypatch.setenv(served.VISITORS, "ann, bob")
    assert served.folders() == (), "a typed name is nobody's"
    user = {"is_logged_in": True, "email": "bob"}
    monkeypatch.setattr(st, "user", SimpleNamespace(to_dict=lambda: user))
    assert served.folders() == (open_folder,)
    user["email"] = "eve"
    assert served.folders() == ()
    user["is_logged_in"] = False
    assert served.folders() == ()
    monkeypatch.setenv(served.VISITORS, "*")
    assert served.folders() == (open_folder,)


def test_a_model_is_of_the_hub_or_lies_where_files_may(open_folder: Path, tmp_path: Path):
    own = tmp_path / "space"
    (own / "runs/hard/model").mkdir(parents=True)
    (open_folder / "encoder").mkdir()
    assert served.model("owner/name", own) == "owner/name"
    assert served.model("xlm-roberta-base", own) == "xlm-roberta-base"
    assert served.model("--help", own) == "--help"
    assert served.model("encoder", own) == str(open_folder / "encoder")
    assert served.model("hard/model", own) == str(own / "runs/hard/model")
    assert served.model(str(own / "runs/hard/model"), own) == str(own / "runs/hard/model")
    for typed in ("/root", "../elsewhere", str(tmp_path), "/", "/proc", "~", "x" * 5000):
        with pytest.raises(ModelRefused) as refused:
            served.model(typed, own)
        assert refused.value.what == served.REFUSED
