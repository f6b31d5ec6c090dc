"""The door of the server: who comes in, how much they may bring, and what every answer carries.

A browser takes the page of a stranger for ours once the stranger's name leads to our address (DNS
rebinding), so only the names in Streamlit's `server.allowedHosts` are answered to.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import re
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import get_option, runtime
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from labelviz.core.log import happened

HEALTH, METRICS = "/_stcore/health", "/_stcore/metrics"
MEDIA, UPLOAD = "/media/", "/_stcore/upload_file/"
# The proxies whose word uvicorn takes for who connected; those of this machine if unset.
REWRITERS: Final = "FORWARDED_ALLOW_IPS"
# Says to the page who connected; sealed, since a visitor may send any header.
PEER: Final = "x-labelviz-peer"
THIS_MACHINE: Final = "this machine"
SEAL: Final = secrets.token_hex(16)
MOST_UPLOADS = 12
# Of the uploads of one visit that wait in memory for the page to take them.
MOST_BYTES = 500 * 2**20
MOST_BYTES_OF_ALL = 4 * MOST_BYTES
MOST_GUESTS = 100_000
MARGIN = 65_536  # bytes around a file in the request that sends it
WRONG_HOST = (
    "labelviz does not answer to this name. Whoever runs it lists the names it is reached by in "
    "server.allowedHosts.\n"
)
FOREIGN = "labelviz does not answer to pages of other websites.\n"
NOT_HERE = "The numbers of this server are told on its own machine, and nowhere else.\n"
NO_VISIT = "This link needs a visit. Open labelviz in this browser, then try again.\n"
NO_LENGTH = "An upload has to say how long it is.\n"
NOT_IN = "This visit was not let in. Open labelviz in this browser, then try again.\n"
TOO_MUCH = "Too many uploads wait here. Remove some, then try again.\n"
CONTENT_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob: data:",
        "worker-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
# Nothing is fetched from elsewhere, no site shows this one in a frame, and no file is guessed.
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Door:
    """Stands before a Streamlit server (ASGI).

    Parameters
    ----------
    app : the server behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._visits: Counter[str] = Counter()
        self._coming: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or open one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers, path = Headers(scope=scope), _path(scope)
        known = _visit(scope, headers)
        refusal = _Answer(send)
        if path != HEALTH and not is_host_allowed(headers.get("host")):
            await _refuse(421, WRONG_HOST, scope, receive, refusal)
        elif _is_foreign(headers.get("origin")):
            await _refuse(403, FOREIGN, scope, receive, refusal)
        elif path == METRICS and not _is_here(scope, headers):
            await _refuse(403, NOT_HERE, scope, receive, refusal)
        elif path.startswith(MEDIA) and known not in self._visits:
            await _refuse(403, NO_VISIT, scope, receive, refusal)
        elif path.startswith(UPLOAD) and scope["method"] == "PUT":
            await self._upload(path.split("/")[3], headers, (scope, receive, refusal))
        else:
            visit = known or secrets.token_hex(16)
            answer = refusal if known else _Answer(send, _pass(scope, visit))
            connected = [visit] if scope["type"] == "websocket" else []
            logged = _logged(visit) if connected else nullcontext()
            with _counted(self._visits, connected), logged:
                await self.app(_with_peer(scope, headers), receive, answer)

    async def _upload(
        self, visit: str, headers: Headers, on: tuple[Scope, Receive, _Answer]
    ) -> None:
        """Take an upload, where there is room for it beside those that wait."""
        if visit not in _guests:
            await _refuse(403, NOT_IN, *on)
            return
        length = headers.get("content-length", "")
        if not re.fullmatch(r"\d{1,15}", length):
            await _refuse(411, NO_LENGTH, *on)
            return
        size = int(length)
        lying = _waiting([visit])
        mine = self._coming[visit] + sum(lying) + size
        every = self._coming.total() + sum(_waiting(None)) + size
        room = MOST_BYTES + MARGIN
        if len(lying) >= MOST_UPLOADS or mine > room or every > MOST_BYTES_OF_ALL + MARGIN:
            await _refuse(413, TOO_MUCH, *on)
            return
        with _counted(self._coming, {visit: size}):
            await self.app(*on)


_guests: dict[str, None] = {}  # visits that were let in; the oldest are forgotten first


def let_in(visit: str) -> None:
    """Take uploads of a visit from now on: its page was shown."""
    _guests[visit] = None
    while len(_guests) > MOST_GUESTS:
        del _guests[next(iter(_guests))]


def peer(sealed: str | None) -> str:
    """The address that connected, as the door said it; empty where no door did.

    `THIS_MACHINE` stands for its own, in whose place a proxy here may have put another.
    """
    seal, _, address = (sealed or "").partition(" ")
    return address if hmac.compare_digest(seal.encode(), SEAL.encode()) else ""


class _Answer:
    """Sends what the server says, with what every answer carries."""

    def __init__(self, send: Send, cookie: str = "") -> None:
        self._send = send
        self._cookie = cookie

    async def __call__(self, message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.accept"):
            message.setdefault("headers", [])
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            if self._cookie:
                headers.append("Set-Cookie", self._cookie)
        await self._send(message)


@contextmanager
def _logged(visit: str) -> Iterator[None]:
    """Log when a tab comes and when it goes; tabs of one browser have the same mark."""
    began, mark = time.monotonic(), hashlib.sha256(visit.encode()).hexdigest()[:8]
    happened("tab connected", visit=mark)
    try:
        yield
    finally:
        happened("tab gone", visit=mark, seconds=round(time.monotonic() - began, 1))


async def _refuse(code: int, words: str, scope: Scope, receive: Receive, send: Send) -> None:
    happened("refused at the door", code=code)
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    await PlainTextResponse(words, status_code=code)(scope, receive, send)


def _is_foreign(origin: str | None) -> bool:
    """Whether a page asks that a website sent which is none of ours, or that nobody sent ("null").

    Streamlit would tell too, but asks a server elsewhere first which address this machine has.
    """
    if origin is None or origin in get_option("server.corsAllowedOrigins"):
        return False
    try:
        return not is_host_allowed(urlsplit(origin).netloc)
    except ValueError:
        return True


def _path(scope: Scope) -> str:
    """The path below the one that the server is mounted at."""
    base = str(get_option("server.baseUrlPath")).strip("/")
    path = str(scope["path"])
    return path.removeprefix(f"/{base}") if base else path


@contextmanager
def _counted(counts: Counter[str], more: Iterable[str] | Mapping[str, int]) -> Iterator[None]:
    """Count these meanwhile; who has none any more is not there."""
    counts.update(more)
    try:
        yield
    finally:
        counts.subtract(more)
        for each in more:
            if counts[each] <= 0:
                del counts[each]


def _visit(scope: Scope, headers: Headers) -> str:
    """The visit that a browser is on, all its tabs together; empty where it is on none."""
    cookies = cookie_parser("; ".join(headers.getlist("cookie")))
    named = cookies.get(_cookie(scope), "")
    return named if re.fullmatch("[0-9a-f]{32}", named) else ""


def _pass(scope: Scope, visit: str) -> str:
    """A cookie that tells a browser that visits from one that only has a link.

    Whether it came over TLS, a proxy before this server says. Who says so untruly gets a cookie
    that their own browser keeps back.
    """
    schemes = scope["scheme"], Headers(scope=scope).get("x-forwarded-proto", "")
    secure = "; Secure" if any(each in ("https", "wss") for each in schemes) else ""
    return f"{_cookie(scope)}={visit}; Path=/; HttpOnly; SameSite=Strict{secure}"


def _cookie(scope: Scope) -> str:
    """Named by the port: browsers keep no cookies apart by it."""
    return f"labelviz_{(scope.get('server') or ('', 0))[1]}"


def _waiting(visits: Iterable[str] | None) -> list[int]:
    """Bytes of each upload that the server holds for these visits, or for all."""
    stored = getattr(runtime.get_instance().uploaded_file_mgr, "file_storage", {})
    chosen = list(stored.values()) if visits is None else [stored.get(each, {}) for each in visits]
    return [len(file.data) for files in chosen for file in list(files.values())]


def _with_peer(scope: Scope, headers: Headers) -> Scope:
    """The request with who connected in place of what it says about that itself."""
    kept = [(name, value) for name, value in scope["headers"] if name.lower() != PEER.encode()]
    host, port = scope.get("client") or ("", 0)
    rewritten = "x-forwarded-for" in headers and not port
    if rewritten and REWRITERS not in os.environ:
        host = THIS_MACHINE
    elif "x-forwarded-for" in headers and os.environ.get(REWRITERS) not in (None, ""):
        host = ""
    elif _is_local(host):
        host = THIS_MACHINE
    return {**scope, "headers": [*kept, (PEER.encode(), f"{SEAL} {host}".encode())]}


def _is_here(scope: Scope, headers: Headers) -> bool:
    """Whether somebody on this machine asks, and not over a proxy."""
    host, _ = scope.get("client") or ("", 0)
    return _is_local(host) and "x-forwarded-for" not in headers


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host) in map(ipaddress.ip_address, ("127.0.0.1", "::1"))
    except ValueError:
        return False
