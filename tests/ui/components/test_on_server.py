from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from labelviz.ui import served, state
from labelviz.ui.components.on_server import CLOSED
from tests.ui.conftest import words


def drawn(own: str) -> None:
    from pathlib import Path

    import streamlit as st

    from labelviz.ui.components import on_server

    st.text(f"file: {on_server.file('File', ['.csv'])}")
    st.text(f"model: {on_server.model('Model', Path(own))!r}")


def test_a_path_in_an_open_folder_is_taken(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(state, "home", lambda: tmp_path / "home")
    (tmp_path / "a.csv").write_text("text\n")
    page = AppTest.from_function(drawn, args=(str(tmp_path),)).run()
    assert "file: None" in words(page)
    assert "model: ''" in words(page)
    page.text_input[0].set_value(" a.csv ")
    page.text_input[1].set_value(" owner/name ").run()
    (copy,) = tmp_path.glob("home/.uploads/*/*/*/a.csv")
    assert copy.read_text() == "text\n"
    assert f"file: {copy}" in words(page)
    assert "model: 'owner/name'" in words(page)


def test_another_path_is_a_message_in_its_place(tmp_path: Path):
    page = AppTest.from_function(drawn, args=(str(tmp_path),)).run()
    page.text_input[0].set_value("/etc/passwd")
    page.text_input[1].set_value("/root").run()
    assert words(page).count(served.REFUSED) == 2
    assert "file: None" in words(page)
    assert "model: None" in words(page)


def test_where_no_folder_is_open_there_is_no_field_for_a_path(tmp_path: Path, monkeypatch):
    monkeypatch.delenv(served.FOLDERS)
    page = AppTest.from_function(drawn, args=(str(tmp_path),)).run()
    assert [each.label for each in page.text_input] == ["Model"]
    assert CLOSED.partition(":")[0] in words(page)
