from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from labelviz.ui import door, entrance, identity
from tests.ui.conftest import words


def page() -> AppTest:
    """What the gate shows; empty where it lets in."""

    def gate() -> None:
        import streamlit as st

        from labelviz.ui import entrance

        if entrance.comes_in():
            st.text("inside")

    return AppTest.from_function(gate).run()


@pytest.fixture
def _no_login_yet(monkeypatch) -> None:
    monkeypatch.setattr(entrance, "_had_login", threading.Event())


@pytest.mark.usefixtures("_no_login_yet")
def test_names_of_who_may_come_keep_out_whom_nothing_names(monkeypatch):
    monkeypatch.delenv(identity.HEADER, raising=False)
    monkeypatch.delenv(identity.PEOPLE, raising=False)
    assert [each.value for each in page().text] == ["inside"]
    monkeypatch.setenv(identity.PEOPLE, "ann")
    shown = page()
    assert not shown.text
    assert "nothing says who anybody is" in words(shown)


@pytest.mark.usefixtures("_no_login_yet")
@pytest.mark.parametrize("settings", ["[auth\n", "[auth]\n# client_id = 1\n", None])
def test_a_login_that_cannot_be_read_keeps_everybody_out(monkeypatch, tmp_path, settings):
    monkeypatch.delenv(identity.HEADER, raising=False)
    file = tmp_path / "secrets.toml"
    option = st.get_option
    monkeypatch.setattr(
        st, "get_option", lambda name: [str(file)] if name == "secrets.files" else option(name)
    )
    assert [each.value for each in page().text] == ["inside"]
    if settings is None:
        entrance._had_login.set()
    else:
        file.write_text(settings)
    shown = page()
    assert not shown.text
    assert "so nobody comes in" in words(shown)


@pytest.mark.usefixtures("_no_login_yet")
@pytest.mark.parametrize("error", [ValueError, TypeError, st.errors.StreamlitAuthError])
def test_a_login_that_is_not_set_up_says_so(monkeypatch, error: type[Exception]):
    def login(_: str | None) -> None:
        raise error("no cookie_secret")

    monkeypatch.setattr(st, "user", SimpleNamespace(to_dict=lambda: {"is_logged_in": False}))
    monkeypatch.setattr(st, "login", login)
    monkeypatch.setattr(st, "secrets", {"auth": {"client_id": "labelviz"}})
    shown = page()
    assert [each.label for each in shown.button] == ["Log in"]
    shown.button[0].click().run()
    assert not shown.exception
    assert "Nobody can log in" in words(shown)
    assert "no cookie_secret" in words(shown)


@pytest.mark.usefixtures("_no_login_yet")
def test_who_comes_in_may_upload_and_nobody_else(monkeypatch):
    monkeypatch.setattr(door, "_guests", {})
    monkeypatch.setattr(st, "user", SimpleNamespace(to_dict=lambda: {"is_logged_in": False}))
    monkeypatch.setattr(st, "secrets", {"auth": {"company": {"client_id": "labelviz"}}})
    shown = page()
    assert [each.label for each in shown.button] == ["Log in with company"]
    assert not door._guests
    known = {"is_logged_in": True, "email": "ann@labels.example"}
    monkeypatch.setattr(st, "user", SimpleNamespace(to_dict=lambda: known))
    assert [each.value for each in page().text] == ["inside"]
    assert len(door._guests) == 1
