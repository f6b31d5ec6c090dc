"""Who decides: a login, a header of a trusted proxy, or a typed name. Everybody asks here.

A login is Streamlit's own (`[auth]` in `.streamlit/secrets.toml`). A header is believed where
`LABELVIZ_IDENTITY_HEADER` names it, and only from this machine or from the addresses in
`LABELVIZ_TRUSTED_PROXIES`.
"""

from __future__ import annotations

import os

import streamlit as st

from labelviz.errors import NotSaved

HEADER, PROXIES = "LABELVIZ_IDENTITY_HEADER", "LABELVIZ_TRUSTED_PROXIES"


def reviewer() -> str:
    """Who decides.

    Raises
    ------
    NotSaved : nobody is logged in, or the proxy did not say who.
    """
    user = st.user.to_dict()
    if "is_logged_in" in user:
        name = user.get("email") or user.get("sub") if user["is_logged_in"] else ""
        return str(name) if name else _refuse("You are not logged in, or not any more.")
    header = os.environ.get(HEADER)
    if header:
        name = st.context.headers.get(header) if _from_proxy() else ""
        return name or _refuse("The proxy in front of labelviz did not say who you are.")
    return str(st.session_state.get("reviewer") or "me")


def show() -> None:
    """Log in and out, or type a name."""
    user = st.user.to_dict()
    if "is_logged_in" in user:
        if user["is_logged_in"]:
            st.text(reviewer())
            st.button("Log out", on_click=st.logout)
        else:
            st.button("Log in", on_click=st.login)
    elif os.environ.get(HEADER):
        st.text(reviewer())
    else:
        st.text_input("Your name", key="reviewer", placeholder="me", persist_state="session")


def _from_proxy() -> bool:
    """Whether the connection comes from this machine, which has no address, or a known proxy."""
    address = st.context.ip_address
    known = os.environ.get(PROXIES, "").replace(",", " ").split()
    return address is None or address in known


def _refuse(what: str) -> str:
    raise NotSaved(
        f"{what} Nothing can be saved.",
        safe="Every decision shown as saved before is safe.",
        remedy="Log in, in another tab if this card is to stay, then decide again.",
    )
