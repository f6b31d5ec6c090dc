"""Entrance: who sees a page at all.

Where a login or a proxy vouches for people, nobody else does. Streamlit takes settings of a login
that it cannot read for none, which would let everybody in; here they let nobody in.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from threading import Event

import streamlit as st
from streamlit.errors import StreamlitAuthError
from streamlit.runtime.scriptrunner import get_script_run_ctx

from labelviz.errors import LabelvizError, NotSaved, RequestRefused
from labelviz.ui import door, identity
from labelviz.ui.components import literal, message

LOG_IN = "Log in to see what is here."
SETTINGS = "[auth] in secrets.toml"
UNREADABLE = "The login of this server cannot be read, so nobody comes in."
MEND = "Whoever runs this server mends its settings, or takes them away and starts it anew."
_had_login = Event()  # that this server had a login once


def comes_in() -> bool:
    """Whether this visitor may see a page; who may not is told why, and offered the way in."""
    user = st.user.to_dict()
    try:
        _check_login(known="is_logged_in" in user)
        if user.get("is_logged_in") is False:
            st.header("labelviz")
            literal.plain(LOG_IN)
            _offer_login()
            return False
        _check_person()
    except LabelvizError as error:
        message.show(error)
        if user.get("is_logged_in"):
            st.button("Log out", on_click=st.logout)
        return False
    session = get_script_run_ctx()
    if session is not None:
        door.let_in(session.session_id)
    return True


def _check_login(*, known: bool) -> None:
    """Raise RequestRefused if there should be a login, and Streamlit knows of none."""
    if known:
        _had_login.set()
        return
    for each in st.get_option("secrets.files"):
        file = Path(each)
        if not file.is_file():
            continue
        try:
            named = tomllib.loads(file.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise _unreadable(file.name) from error
        if "auth" in named:
            raise _unreadable(SETTINGS)
    if _had_login.is_set():
        raise _unreadable(SETTINGS)


def _unreadable(where: str) -> RequestRefused:
    return RequestRefused(UNREADABLE, where=where, safe=identity.SAFE, remedy=MEND)


def _check_person() -> None:
    """Raise NotSaved if this visitor is not among those who may come in."""
    if identity.is_vouched():
        identity.reviewer()
    elif os.environ.get(identity.PEOPLE, "").strip():
        raise NotSaved(
            f"{identity.PEOPLE} names who may come in, and nothing says who anybody is.",
            safe=identity.SAFE,
            remedy="Set up a login, or a proxy that says who comes.",
        )


def _offer_login() -> None:
    """A button for each provider: for the one in `[auth]` itself, or for those that have a name."""
    auth = st.secrets.get("auth", {})
    named = [name for name, value in auth.items() if isinstance(value, Mapping)]
    for name in named if named and "client_id" not in auth else [None, *named]:
        words = "Log in" if name is None else f"Log in with {name}"
        if not st.button(words, type="primary", key=f"log in {name}"):
            continue
        try:
            st.login(name)
        except (StreamlitAuthError, TypeError, ValueError) as error:
            raise RequestRefused(
                "Nobody can log in: the login of this server is not set up.",
                where=f"{SETTINGS}: {error}",
                safe=identity.SAFE,
                remedy=MEND,
            ) from error
