"""Who decides: a login, a header of a trusted proxy, or a typed name. Everybody asks here.

A login is Streamlit's own (`[auth]` in `.streamlit/secrets.toml`). A header is believed where
`LABELVIZ_IDENTITY_HEADER` names it, and only over a connection from this machine or from the
addresses in `LABELVIZ_TRUSTED_PROXIES`. Of those whom either vouches for, only they come in whom
`LABELVIZ_PEOPLE` names, if it names anybody; `labelviz.ui.entrance` keeps the others out.

What counts is who connected, not whom the request names. uvicorn, the server below Streamlit, puts
the address that `X-Forwarded-For` names in place of the one that connected, for the proxies in its
own `FORWARDED_ALLOW_IPS`. So `labelviz serve` lets it trust nobody, and `labelviz.ui.door` knows
where it trusted this machine alone.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

import streamlit as st

from labelviz.core.people import cleaned
from labelviz.errors import NotSaved
from labelviz.store.limits import LONGEST_NAME
from labelviz.ui.components import literal
from labelviz.ui.door import PEER, REWRITERS, THIS_MACHINE, peer

HEADER, PROXIES = "LABELVIZ_IDENTITY_HEADER", "LABELVIZ_TRUSTED_PROXIES"
# Names as they are vouched for, or `@labels.example` for every address there, between commas.
PEOPLE = "LABELVIZ_PEOPLE"
SAFE = "Every decision shown as saved before is safe."
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Forwarded-Host", "X-Real-IP", "Via")
WHY_A_NAME = "It stands beside every decision, so that others know whose it is."
# Where a server listens that only this machine can reach.
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def reviewer() -> str:
    """Who decides.

    Raises
    ------
    NotSaved : nobody is logged in, the proxy did not say who, or they may not come in.
    """
    user = st.user.to_dict()
    if "is_logged_in" in user:
        return _logged_in(user)
    header = os.environ.get(HEADER)
    if header:
        _check_proxy()
        names = st.context.headers.get_all(header)
        if len(names) > 1:
            _refuse("The proxy in front of labelviz named several people at once.")
        named = cleaned(_read(names[0])) if names else ""
        if not named:
            _refuse("The proxy in front of labelviz did not say who you are.")
        return _invited(named, by_domain=True)
    return cleaned(str(st.session_state.get("reviewer") or "")) or "me"


def show() -> None:
    """Say who decides, with the way out of a login; or let a name be typed."""
    if is_vouched():
        literal.plain(reviewer())
        if "is_logged_in" in st.user.to_dict():
            st.button("Log out", on_click=st.logout)
    else:
        st.text_input(
            "Your name", key="reviewer", placeholder="me", max_chars=LONGEST_NAME,
            persist_state="session",
        )  # fmt: skip


def is_named() -> bool:
    """Whether it is known who a visitor is, or a login or a proxy has to say it."""
    return is_vouched() or bool(cleaned(str(st.session_state.get("reviewer") or "")))


def is_vouched() -> bool:
    """Whether a login or a proxy says who a visitor is, and not the visitor."""
    return "is_logged_in" in st.user.to_dict() or bool(os.environ.get(HEADER))


def is_shared() -> bool:
    """Whether others than whoever started this server may be its visitors, as far as it can tell.

    It belongs to one person where it listens on this machine alone, nobody logs in, and it is
    neither reached by another name nor over a proxy.
    """
    if is_vouched() or st.get_option("server.address") not in LOOPBACK:
        return True
    names = [st.context.headers.get("Host") or LOOPBACK[0]]
    names += [f"[{each}]" if ":" in each else each for each in st.get_option("server.allowedHosts")]
    if any(urlsplit(f"//{name}").hostname not in LOOPBACK for name in names):
        return True
    return any(st.context.headers.get(name) is not None for name in FORWARDED)


def _logged_in(user: Mapping[str, Any]) -> str:
    """Who is logged in: their address; or what the provider calls them, where it knows none.

    Some providers say in text that an address is verified, and some do not say it at all.
    """
    known = user if user["is_logged_in"] else {}
    address, subject = (cleaned(str(known.get(each) or "")) for each in ("email", "sub"))
    if address and str(known.get("email_verified", True)).lower() == "true":
        return _invited(address, by_domain=True)
    if not subject:
        _refuse("You are not logged in, or not any more.")
    if address and "@" in subject:
        _refuse("The provider does not say that your address is yours.", "Have it verified there.")
    return _invited(subject, by_domain=False)


def _invited(name: str, *, by_domain: bool) -> str:
    """Somebody's name, if they may come in.

    Raises
    ------
    NotSaved : they may not.
    """
    told = os.environ.get(PEOPLE, "")
    known = {spelled.casefold() for each in re.split("[,;\n]", told) if (spelled := cleaned(each))}
    address = re.fullmatch(r"[^@,;/\s]+(@[^@,;/\s]+)", name)
    mine = {name.casefold()}
    if by_domain and address:
        mine.add(address[1].lower())
    elif name.startswith("@"):
        mine.clear()
    if told.strip() and not mine & known:
        _refuse(
            f"{name} may not come in here.",
            f"Whoever runs this server names who may, in {PEOPLE}.",
        )
    return name


def _read(value: str) -> str:
    """The text of a header: proxies send UTF-8, and the server takes every byte for a letter."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _check_proxy() -> None:
    """Raise NotSaved if this connection is not known to come from this machine or a known proxy."""
    if st.get_option("server.address") in LOOPBACK:
        return
    address = peer(st.context.headers.get(PEER))
    if not address:
        _refuse(
            "Who connected cannot be told from whom the request names.",
            f"Start labelviz with `labelviz serve`, or without {REWRITERS}.",
        )
    if address == THIS_MACHINE:
        return
    if _among(address, os.environ.get(PROXIES, "").replace(",", " ").split()):
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
    try:
        mine = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(mine, "ipv4_mapped", None)
    return any((mapped or mine) in network for network in networks)


def _refuse(
    what: str,
    remedy: str = "Log in, in another tab if this card is to stay, then decide again.",
) -> NoReturn:
    raise NotSaved(
        f"{what} Nothing can be saved.",
        safe=SAFE,
        remedy=remedy,
    )
