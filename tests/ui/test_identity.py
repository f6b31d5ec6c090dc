from __future__ import annotations

from types import SimpleNamespace

import pytest
import streamlit as st

from labelviz.errors import NotSaved
from labelviz.ui import identity


def visitor(monkeypatch: pytest.MonkeyPatch, user=None, headers=None, address=None) -> None:
    monkeypatch.setattr(st, "user", SimpleNamespace(to_dict=lambda: user or {}))
    seen = SimpleNamespace(headers=headers or {}, ip_address=address)
    monkeypatch.setattr(st, "context", seen)
    monkeypatch.setattr(st, "session_state", {"reviewer": "typed"})


def test_without_a_login_a_name_is_typed(monkeypatch):
    monkeypatch.delenv(identity.HEADER, raising=False)
    visitor(monkeypatch, headers={"X-User": "eve"})
    assert identity.reviewer() == "typed"
    st.session_state.clear()
    assert identity.reviewer() == "me"


@pytest.mark.bad_input("I11", "I13")
def test_a_login_names_the_person_whatever_is_typed_or_sent(monkeypatch):
    monkeypatch.setenv(identity.HEADER, "X-User")
    visitor(monkeypatch, {"is_logged_in": True, "email": "ann@x", "name": "Ann"}, {"X-User": "eve"})
    assert identity.reviewer() == "ann@x"
    visitor(monkeypatch, {"is_logged_in": False}, {"X-User": "eve"})
    with pytest.raises(NotSaved) as refused:
        identity.reviewer()
    assert refused.value.what == "You are not logged in, or not any more. Nothing can be saved."
    assert "in another tab" in refused.value.remedy


@pytest.mark.bad_input("M09")
@pytest.mark.parametrize(
    ("address", "proxies", "believed"),
    [
        (None, "", True),
        ("10.0.0.9", "10.0.0.1, 10.0.0.9", True),
        ("10.0.0.9", "", False),
        ("10.0.0.9", "10.0.0.90", False),
    ],
)
def test_a_header_counts_only_from_the_proxy(monkeypatch, address, proxies, believed):
    monkeypatch.setenv(identity.HEADER, "X-User")
    monkeypatch.setenv(identity.PROXIES, proxies)
    visitor(monkeypatch, {}, {"X-User": "ann"}, address)
    if believed:
        assert identity.reviewer() == "ann"
        return
    with pytest.raises(NotSaved) as refused:
        identity.reviewer()
    assert "did not say who you are" in refused.value.what
