"""Who decides: a login, a header of a trusted proxy, or a typed name. Everybody asks here.

A login is Streamlit's own (`[auth]` in `.streamlit/secrets.toml`). A header is believed where
`LABELVIZ_IDENTITY_HEADER` names it, and only over a connection from this machine or from the
addresses in `LABELVIZ_TRUSTED_PROXIES`.

What counts is who connected, not whom the request names. uvicorn, the server below Streamlit, puts
the address that `X-Forwarded-For` names in place of the one that connected, for the proxies in its
own `FORWARDED_ALLOW_IPS`. So `labelviz serve` lets it trust nobody.
"""

from __future__ import annotations

import ipaddress
import os
from typing import NoReturn

import streamlit as st

from labelviz.errors import NotSaved

HEADER, PROXIES = "LABELVIZ_IDENTITY_HEADER", "LABELVIZ_TRUSTED_PROXIES"
REWRITERS, FORWARDED = "FORWARDED_ALLOW_IPS", "X-Forwarded-For"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""Where a server listens that only this machine can reach."""


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
        _check_proxy()
        names = st.context.headers.get_all(header)
        if len(names) > 1:
            _refuse("The proxy in front of labelviz named several people at once.")
        return (
            names[0]
            if names and names[0]
            else _refuse("The proxy in front of labelviz did not say who you are.")
        )
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


def _check_proxy() -> None:
    """Raise NotSaved if this connection is not known to come from this machine or a known proxy."""
    if st.get_option("server.address") in LOOPBACK:
        return
    if os.environ.get(REWRITERS) != "" and st.context.headers.get(FORWARDED) is not None:
        _refuse(
            "Who connected cannot be told from whom the request names.",
            "Start labelviz with `labelviz serve`, or let it listen on 127.0.0.1 alone.",
        )
    address = st.context.ip_address
    if address is None or _among(address, os.environ.get(PROXIES, "").replace(",", " ").split()):
        return
    _refuse(
        f"This came from {address}, and not over the proxy in front of labelviz.",
        f"Come in over the proxy. If {address} is the proxy, name it in {PROXIES}.",
    )


def _among(address: str, known: list[str]) -> bool:
    """Whether an address is one of these, or in one of these networks.

    Raises
    ------
    NotSaved : one of these is neither.
    """
    try:
        networks = [ipaddress.ip_network(each, strict=False) for each in known]
    except ValueError as error:
        _refuse(f"{PROXIES} cannot be read: {error}.", "Put it right, then start labelviz again.")
    mine = ipaddress.ip_address(address)
    mapped = getattr(mine, "ipv4_mapped", None)
    return any((mapped or mine) in network for network in networks)


def _refuse(
    what: str,
    remedy: str = "Log in, in another tab if this card is to stay, then decide again.",
) -> NoReturn:
    raise NotSaved(
        f"{what} Nothing can be saved.",
        safe="Every decision shown as saved before is safe.",
        remedy=remedy,
    )
