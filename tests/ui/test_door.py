from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest

from labelviz.ui import door
from labelviz.ui.door import Door, peer

Value = TypeVar("Value")
COOKIE = "labelviz_8501"
VISIT = "0123456789abcdef" * 2


def run(made: Coroutine[Any, Any, Value]) -> Value:
    """Run it in a thread of its own: a browser test may have left an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, made).result()


@dataclass
class Behind:
    """The server behind the door: what reached it, and how long it keeps a connection."""

    seen: list[dict[str, Any]] = field(default_factory=list)
    stays: asyncio.Event | None = None

    async def __call__(self, scope: Any, _: Any, send: Any) -> None:
        self.seen.append(scope)
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept", "subprotocol": "streamlit"})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"ours"})
        if self.stays is not None:
            await self.stays.wait()


@dataclass
class Answer:
    """What came back."""

    kind: str
    status: int
    headers: list[tuple[str, str]]

    def header(self, name: str) -> str:
        return "; ".join(value for key, value in self.headers if key.lower() == name.lower())


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture(autouse=True)
def hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names that the repository's own settings allow."""
    options = {"server.allowedHosts": ["localhost", "127.0.0.1", "::1"]}
    options |= {"server.baseUrlPath": "", "server.corsAllowedOrigins": ["https://ours.example"]}
    monkeypatch.setattr(door, "get_option", options.get)
    monkeypatch.setattr("streamlit.config.get_option", options.get)
    monkeypatch.delenv(door.REWRITERS, raising=False)


async def ask(at: Door, path: str = "/", kind: str = "http", **said: Any) -> Answer:
    """Ask for something through the door."""
    headers = {"host": "127.0.0.1:8501", **said.get("headers", {})}
    scope = {
        "type": kind,
        "path": path,
        "method": said.get("method", "GET"),
        "scheme": said.get("scheme", "http"),
        "server": ("127.0.0.1", 8501),
        "client": said.get("client", ("127.0.0.1", 50_000)),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    answers: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        answers.append(message)

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    await at(scope, receive, send)
    first = answers[0]
    found = [(name.decode(), value.decode()) for name, value in first.get("headers", ())]
    return Answer(first["type"], int(first.get("status", 0)), found)


@pytest.mark.bad_input("M08")
@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8501", "127.0.0.1.evil.example", "localhost@evil", "", "x/y"],
)
def test_a_foreign_name_is_not_answered_to(behind: Behind, kind: str, host: str):
    answer = run(ask(Door(behind), "/_stcore/stream", kind, headers={"host": host}))
    assert answer.status == 421 or answer.kind == "websocket.close"
    assert answer.header("set-cookie") == ""
    assert behind.seen == []


@pytest.mark.bad_input("M08")
@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8501", "127.0.0.1:1", "[::1]:8501"])
def test_this_machine_s_own_names_are(behind: Behind, kind: str, host: str):
    run(ask(Door(behind), "/_stcore/stream", kind, headers={"host": host}))
    assert len(behind.seen) == 1


@pytest.mark.bad_input("M08")
@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("path", ["/_stcore/stream", "/_stcore/host-config", "/media/x.csv"])
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "file://",
        "https://evil.example\\@127.0.0.1",
        "http://[x",
    ],
)
def test_a_page_of_another_website_reaches_nothing(
    behind: Behind, kind: str, path: str, origin: str
):
    answer = run(ask(Door(behind), path, kind, headers={"origin": origin}))
    assert answer.status == 403 or answer.kind == "websocket.close"
    assert behind.seen == []


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:8501", "https://localhost", "https://ours.example"]
)
def test_a_page_of_ours_or_one_that_was_named_does(behind: Behind, origin: str):
    run(ask(Door(behind), "/_stcore/stream", "websocket", headers={"origin": origin}))
    assert len(behind.seen) == 1


def test_whether_the_server_lives_is_told_under_any_name(behind: Behind):
    asked = ask(Door(behind), "/_stcore/health", headers={"host": "10.0.0.1"})
    assert run(asked).status == 200


@pytest.mark.parametrize("path", ["/", "/media/x.csv", "/review"])
def test_every_answer_forbids_frames_and_guesses(behind: Behind, path: str):
    answer = run(ask(Door(behind), path))
    assert answer.header("x-frame-options") == "DENY"
    assert "frame-ancestors 'none'" in answer.header("content-security-policy")
    assert "img-src 'self' data: blob:" in answer.header("content-security-policy")
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("referrer-policy") == "same-origin"


@pytest.mark.bad_input("M07")
def test_a_download_is_for_who_visits(behind: Behind):
    async def visits() -> None:
        at = Door(behind)
        link, jar = "/media/0123.csv", {"cookie": f"other=1; {COOKIE}={VISIT}"}
        assert (await ask(at, link)).status == 403
        assert (await ask(at, link, headers=jar)).status == 403
        assert (await ask(at, link)).header("set-cookie") == "", "a refusal makes nobody a visitor"
        behind.stays = asyncio.Event()
        visit = asyncio.create_task(ask(at, "/_stcore/stream", "websocket", headers=jar))
        await asyncio.sleep(0)
        behind.stays, open_until = None, behind.stays
        assert (await ask(at, link, headers=jar)).status == 200
        assert (await ask(at, link)).status == 403
        open_until.set()
        await visit
        assert (await ask(at, link, headers=jar)).status == 403

    run(visits())


@pytest.mark.parametrize(("scheme", "secure"), [("http", False), ("https", True)])
def test_a_browser_gets_a_cookie_with_its_first_page(behind: Behind, scheme: str, secure: bool):
    given = run(ask(Door(behind), scheme=scheme)).header("set-cookie")
    assert given.startswith(f"{COOKIE}=")
    assert "HttpOnly; SameSite=Strict" in given
    assert ("Secure" in given) == secure
    proxied = run(ask(Door(behind), headers={"x-forwarded-proto": scheme})).header("set-cookie")
    assert ("Secure" in proxied) == secure
    jar = {"cookie": given.partition(";")[0]}
    assert run(ask(Door(behind), headers=jar)).header("set-cookie") == ""


def waiting(monkeypatch: pytest.MonkeyPatch, **visits: list[int]) -> None:
    """Uploads of these sizes lie in memory, by visit."""
    stored = {
        visit: {str(n): SimpleNamespace(data=b"x" * size) for n, size in enumerate(sizes)}
        for visit, sizes in visits.items()
    }
    manager = SimpleNamespace(file_storage=stored)
    monkeypatch.setattr(
        door.runtime, "get_instance", lambda: SimpleNamespace(uploaded_file_mgr=manager)
    )


def put(at: Door, length: str | None, visit: str = "ann") -> Any:
    door.let_in("ann")
    door.let_in("bob")
    headers = {} if length is None else {"content-length": length}
    return ask(at, f"/_stcore/upload_file/{visit}/f", method="PUT", headers=headers)


@pytest.mark.bad_input("A35", "M07", "M10")
@pytest.mark.parametrize(
    ("lying", "length", "status"),
    [
        ([], "100", 200),
        ([60], "40", 200),
        ([60], "41", 413),
        ([], "101", 413),
        ([0] * 3, "1", 413),
        ([], None, 411),
        ([], "-1", 411),
        ([], "9" * 5000, 411),
    ],
)
def test_what_one_visit_brings_has_a_limit(
    behind: Behind, monkeypatch, lying: list[int], length: str | None, status: int
):
    monkeypatch.setattr(door, "MOST_BYTES", 100)
    monkeypatch.setattr(door, "MARGIN", 0)
    monkeypatch.setattr(door, "MOST_UPLOADS", 3)
    waiting(monkeypatch, ann=lying, bob=[100])
    assert run(put(Door(behind), length)).status == status


@pytest.mark.bad_input("M07")
def test_nothing_is_taken_of_a_visit_that_was_not_let_in(behind: Behind, monkeypatch):
    waiting(monkeypatch)
    assert run(put(Door(behind), "1", "eve")).status == 403
    door.let_in("eve")
    assert run(put(Door(behind), "1", "eve")).status == 200
    monkeypatch.setattr(door, "MOST_GUESTS", 2)
    for each in ("ann", "bob", "vera"):
        door.let_in(each)
    assert run(put(Door(behind), "1", "eve")).status == 403


def test_the_numbers_of_a_server_are_told_on_its_own_machine(behind: Behind):
    for client, headers, status in (
        (("127.0.0.1", 50_000), {}, 200),
        (("::1", 50_000), {}, 200),
        (("10.0.0.9", 50_000), {}, 403),
        (("127.0.0.1", 50_000), {"x-forwarded-for": "127.0.0.1"}, 403),
    ):
        asked = ask(Door(behind), "/_stcore/metrics", client=client, headers=headers)
        assert run(asked).status == status


@pytest.mark.bad_input("M10")
def test_uploads_on_their_way_count_and_so_do_all_visits_together(behind: Behind, monkeypatch):
    monkeypatch.setattr(door, "MOST_BYTES", 100)
    monkeypatch.setattr(door, "MOST_BYTES_OF_ALL", 150)
    monkeypatch.setattr(door, "MARGIN", 0)
    waiting(monkeypatch)

    async def both() -> None:
        at = Door(behind)
        behind.stays = asyncio.Event()
        first = asyncio.create_task(put(at, "60"))
        await asyncio.sleep(0)
        assert (await put(at, "60")).status == 413
        assert (await put(at, "100", "bob")).status == 413
        behind.stays.set()
        await first
        assert (await put(at, "60")).status == 200

    run(both())


@pytest.mark.bad_input("M09")
@pytest.mark.parametrize(
    ("client", "headers", "rewriters", "address"),
    [
        (("127.0.0.1", 5), {}, None, door.THIS_MACHINE),
        (("::1", 5), {}, None, door.THIS_MACHINE),
        (("10.0.0.9", 5), {}, None, "10.0.0.9"),
        (("203.0.113.9", 0), {"x-forwarded-for": "203.0.113.9"}, None, door.THIS_MACHINE),
        (("10.0.0.9", 5), {"x-forwarded-for": "127.0.0.1"}, None, "10.0.0.9"),
        (("10.0.0.9", 5), {"x-forwarded-for": "127.0.0.1"}, "", "10.0.0.9"),
        (("127.0.0.1", 0), {"x-forwarded-for": "127.0.0.1"}, "*", ""),
        (("127.0.0.1", 5), {"x-labelviz-peer": "10.0.0.9"}, None, door.THIS_MACHINE),
        (None, {}, None, ""),
    ],
)
def test_the_page_is_told_who_connected(
    behind: Behind,
    monkeypatch,
    client: Any,
    headers: dict[str, str],
    rewriters: str | None,
    address: str,
):
    if rewriters is not None:
        monkeypatch.setenv(door.REWRITERS, rewriters)
    run(ask(Door(behind), client=client, headers=headers))
    told = [value for name, value in behind.seen[0]["headers"] if name == door.PEER.encode()]
    assert [peer(each.decode()) for each in told] == [address]


@pytest.mark.parametrize("said", [None, "", "this machine", "x this machine"])
def test_nobody_else_is_believed(said: str | None):
    assert peer(said) == ""
