from __future__ import annotations

import contextlib
import os
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from labelviz.cli import serve
from labelviz.errors import NotSaved
from labelviz.ui import door, identity, served


class Headers(dict[str, str]):
    def get_all(self, name: str) -> list[str]:
        return [self[name]] if name in self else []


def visitor(monkeypatch, user=None, headers=None, address="", listens="0.0.0.0") -> None:  # noqa: S104
    monkeypatch.setattr(st, "user", SimpleNamespace(to_dict=lambda: user or {}))
    monkeypatch.setattr(st, "get_option", {"server.address": listens}.get)
    said_by_door = {door.PEER: f"{door.SEAL} {address}"} if address else {}
    seen = SimpleNamespace(headers=Headers({**(headers or {}), **said_by_door}))
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


@pytest.mark.parametrize(
    ("verified", "name"),
    [(True, "ann@x"), ("true", "ann@x"), (False, "7"), ("false", "7"), (0, "7"), (None, "7")],
)
def test_an_address_that_the_provider_calls_unverified_names_nobody(monkeypatch, verified, name):
    user = {"is_logged_in": True, "email": "ann@x", "sub": "7"}
    visitor(monkeypatch, {**user, "email_verified": verified})
    assert identity.reviewer() == name
    visitor(monkeypatch, user)
    assert identity.reviewer() == "ann@x"


@pytest.mark.parametrize("verified", [False, "false", 0, None])
def test_what_a_provider_calls_somebody_is_no_address_that_it_does_not_vouch_for(
    monkeypatch, verified
):
    user = {"is_logged_in": True, "email": "ann@x", "sub": "ann@x", "email_verified": verified}
    visitor(monkeypatch, user)
    with pytest.raises(NotSaved, match="does not say that your address is yours"):
        identity.reviewer()


@pytest.mark.parametrize(
    ("people", "name", "comes"),
    [
        ("", "ann@x", True),
        (" , ", "ann@x", False),
        ("ann@x", "ann@x", True),
        ("bob@x; Ann@X", "ann@x", True),
        ("bob@x\nann@x\u200b", "ann@x", True),
        ("jose\u0301", "josé", True),
        ("@x", "ann@x", True),
        ("@X", "Ann@X", True),
        ("@x", "ann@y", False),
        ("@x", "ann@sub.x", False),
        ("@x", "ann@x@y", False),
        ("@x", "eve@y, ann@x", False),
        ("@x", "eve@y/ann@x", False),
        ("@x", "@x", False),
        ("@strasse", "ann@straße", False),
        ("bob@x", "ann@x", False),
        ("x", "ann@x", False),
        ("@", "ann", False),
        ("ann", "ann", True),
        ("ann@x", "ann", False),
    ],
)
def test_only_those_come_in_whom_the_owner_names(monkeypatch, people, name, comes):
    monkeypatch.setenv(identity.PEOPLE, people)
    monkeypatch.setenv(identity.HEADER, "X-User")
    sent = {"X-User": name.encode().decode("latin-1")}
    for user in ({"is_logged_in": True, "email": name}, {}):
        visitor(monkeypatch, user, sent, door.THIS_MACHINE)
        if comes:
            assert identity.reviewer() == name
            continue
        with pytest.raises(NotSaved, match="may not come in here"):
            identity.reviewer()


def test_a_domain_lets_nobody_in_whom_the_provider_calls_so_otherwise(monkeypatch):
    monkeypatch.setenv(identity.PEOPLE, "@x, 7")
    visitor(monkeypatch, {"is_logged_in": True, "sub": "ann@x"})
    with pytest.raises(NotSaved, match="may not come in here"):
        identity.reviewer()
    visitor(monkeypatch, {"is_logged_in": True, "sub": "7"})
    assert identity.reviewer() == "7"


OPEN, HERE = "0.0.0.0", "127.0.0.1"  # noqa: S104 - what a server listens on, in words


@pytest.mark.bad_input("M09")
@pytest.mark.parametrize(
    ("address", "proxies", "believed"),
    [
        (door.THIS_MACHINE, "", True),
        ("10.0.0.9", "10.0.0.1, 10.0.0.9", True),
        ("10.0.0.9", "10.0.0.0/28", True),
        ("10.0.0.9", "10.0.0.9/8", True),
        ("2001:db8::1", "2001:db8::/32", True),
        ("::ffff:10.0.0.9", "10.0.0.9", True),
        ("2001:db8::1", "2001:DB8:0::1", True),
        ("10.0.0.9", "", False),
        ("10.0.0.9", "10.0.0.90", False),
        ("10.0.0.9", "2001:db8::/32", False),
        ("a socket", "10.0.0.0/8", False),
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
    assert f"This came from {address}, and not over the proxy" in refused.value.what


@pytest.mark.bad_input("M09")
@pytest.mark.parametrize("name", ["ann", "Āda", "Ăda", "张伟", "José"])
def test_a_proxy_names_people_in_any_script(monkeypatch, name: str):
    monkeypatch.setenv(identity.HEADER, "X-User")
    visitor(monkeypatch, {}, {"X-User": name.encode().decode("latin-1")}, door.THIS_MACHINE)
    assert identity.reviewer() == name


def test_a_name_in_latin_1_is_read_as_that(monkeypatch):
    monkeypatch.setenv(identity.HEADER, "X-User")
    visitor(monkeypatch, {}, {"X-User": "José"}, door.THIS_MACHINE)
    assert identity.reviewer() == "José"


def test_a_list_of_proxies_that_cannot_be_read_says_so(monkeypatch):
    monkeypatch.setenv(identity.HEADER, "X-User")
    monkeypatch.setenv(identity.PROXIES, "10.0.0.9 proxy.example")
    visitor(monkeypatch, {}, {"X-User": "ann"}, "10.0.0.9")
    with pytest.raises(NotSaved, match="LABELVIZ_TRUSTED_PROXIES cannot be read"):
        identity.reviewer()


@pytest.mark.bad_input("M09")
@pytest.mark.parametrize(
    "said", [None, "", door.THIS_MACHINE, "10.0.0.9", f"x {door.THIS_MACHINE}"]
)
def test_only_the_door_says_who_connected(monkeypatch, said):
    monkeypatch.setenv(identity.HEADER, "X-User")
    monkeypatch.setenv(identity.PROXIES, "10.0.0.9")
    visitor(monkeypatch, {}, {"X-User": "ann"} | ({} if said is None else {door.PEER: said}))
    with pytest.raises(NotSaved, match="Who connected cannot be told") as refused:
        identity.reviewer()
    assert "labelviz serve" in refused.value.remedy


def test_where_only_this_machine_can_connect_nobody_has_to_say_it(monkeypatch):
    monkeypatch.setenv(identity.HEADER, "X-User")
    visitor(monkeypatch, {}, {"X-User": "ann"}, listens=HERE)
    assert identity.reviewer() == "ann"


# A real server, and a real proxy in front of it

SHOWN = """
import streamlit as st
from labelviz.errors import NotSaved
from labelviz.ui import door, identity, served

try:
    st.text(identity.reviewer())
except NotSaved as error:
    st.text(f"refused: {error.what}")
"""


SERVED = """
import streamlit as st
from starlette.middleware import Middleware

from labelviz.ui.door import Door

app = st.App("shown.py", middleware=[Middleware(Door)])
"""


class Proxy(socketserver.ThreadingTCPServer):
    """Passes on what comes, and puts lines into the head of each request.

    Parameters
    ----------
    to : the port of the server behind it.
    puts : headers that it sets; what the client said under their names is removed.
    adds : headers that it adds to what the client said, as a careless one does.
    source : the address it connects from.
    """

    allow_reuse_address = daemon_threads = True

    def __init__(self, to: int, puts: str, adds: str = "", source: str = HERE) -> None:
        self.to, self.puts, self.adds, self.source = to, puts, adds, source
        super().__init__((HERE, 0), Passing)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Passing(socketserver.BaseRequestHandler):
    server: Proxy

    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.request.recv(1)
        set_names = {line.partition(":")[0].lower() for line in self.server.puts.splitlines()}
        lines = [
            line
            for line in head.decode().rstrip().splitlines()
            if line.partition(":")[0].lower() not in set_names
        ]
        lines += [*self.server.puts.splitlines(), *self.server.adds.splitlines(), "", ""]
        with socket.create_connection((HERE, self.server.to), None, (self.server.source, 0)) as on:
            on.sendall("\r\n".join(lines).encode())
            back = threading.Thread(target=pump, args=(on, self.request), daemon=True)
            back.start()
            pump(self.request, on)


def pump(source: socket.socket, to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            to.sendall(data)
    with contextlib.suppress(OSError):
        to.shutdown(socket.SHUT_WR)


def said(port: int, headers: dict[str, str] | None = None, source: str = HERE) -> str:
    """What the page says to who connects from an address with these headers."""
    where = f"ws://{HERE}:{port}/_stcore/stream"
    opened = connect(
        where, subprotocols=["streamlit"], additional_headers=headers, source_address=(source, 0)
    )
    with opened as stream:
        message = BackMsg()
        message.rerun_script.query_string = ""
        stream.send(message.SerializeToString())
        words = ""
        while True:
            got = ForwardMsg()
            got.ParseFromString(stream.recv(60))
            if got.WhichOneof("type") == "script_finished":
                return words
            if got.delta.new_element.WhichOneof("type") == "text":
                words = got.delta.new_element.text.body


@contextlib.contextmanager
def serving(folder: Path, listens: str, **environment: str) -> Iterator[int]:
    """A server of the page above; its port."""
    (folder / "shown.py").write_text(SHOWN)
    script = folder / "served.py"
    script.write_text(SERVED)
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        port = probe.getsockname()[1]
    clean = {k: v for k, v in os.environ.items() if k != identity.REWRITERS}
    command = [
        sys.executable, "-m", "streamlit", "run", str(script), f"--server.address={listens}",
        f"--server.port={port}", "--server.headless=true", "--browser.gatherUsageStats=false",
    ]  # fmt: skip
    running = subprocess.Popen(
        command,
        cwd=folder,
        env={**clean, identity.HEADER: "X-User", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection((HERE, port)):
                break
            time.sleep(0.1)
        yield port
    finally:
        running.kill()
        running.wait()


NAMES = "X-User: ann\nX-Forwarded-For: 203.0.113.9"


@pytest.mark.bad_input("M09")
def test_behind_a_proxy_on_this_machine_the_header_is_believed_whatever_it_forwards(
    tmp_path: Path,
):
    with serving(tmp_path, HERE) as port:
        assert said(Proxy(port, NAMES).port, {"X-User": "eve"}) == "ann"
        assert "did not say who you are" in said(port)


@pytest.mark.bad_input("M09")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")
@pytest.mark.parametrize("rewriters", [{}, {identity.REWRITERS: ""}], ids=["unset", "nobody"])
def test_who_is_not_the_proxy_forges_nobody(tmp_path: Path, rewriters: dict[str, str]):
    """127.0.0.2 stands for a machine on the network: to Streamlit it is a stranger like any."""
    settings = {**rewriters, identity.PROXIES: "127.0.0.3/32"}
    with serving(tmp_path, OPEN, **settings) as port:
        assert said(Proxy(port, NAMES).port, {"X-User": "eve"}) == "ann"
        assert said(Proxy(port, NAMES, source="127.0.0.3").port, {"X-User": "eve"}) == "ann"
        stranger = "refused: This came from 127.0.0.2, and not over the proxy"
        for forged in (
            {},
            {"X-Forwarded-For": HERE},
            {"X-Forwarded-For": "127.0.0.3"},
            {door.PEER: door.THIS_MACHINE},
        ):
            assert said(port, {"X-User": "eve", **forged}, "127.0.0.2").startswith(stranger)
        careless = Proxy(port, "", NAMES)
        assert "named several people at once" in said(careless.port, {"X-User": "eve"})


def test_labelviz_serve_opens_the_folders_that_were_named_where_it_was_started(monkeypatch):
    monkeypatch.setattr(os, "execv", lambda *_: None)
    monkeypatch.setattr(os, "chdir", lambda _: None)
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv(served.FOLDERS, os.pathsep.join(("/data", "sets", "~/more", "")))
    serve()
    here = os.path.abspath("sets")
    assert os.environ[served.FOLDERS] == os.pathsep.join(("/data", here, "/home/ann/more"))


def test_labelviz_serve_has_nobody_s_word_taken_for_who_connected(monkeypatch):
    seen: list[str | None] = []
    monkeypatch.setattr(os, "execv", lambda *_: seen.append(os.environ.get(identity.REWRITERS)))
    monkeypatch.setattr(os, "chdir", lambda _: None)
    monkeypatch.setenv(identity.REWRITERS, "*")
    monkeypatch.delenv(identity.HEADER, raising=False)
    serve()
    monkeypatch.setenv(identity.HEADER, "X-User")
    serve()
    assert seen == ["*", ""]
