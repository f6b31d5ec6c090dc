"""A real server on the demo, and a real browser in front of it."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from playwright import sync_api
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    Locator,
    Page,
    expect,
    sync_playwright,
)

from labelviz.core.decisions import Decision
from labelviz.project.workspace import Workspace
from labelviz.tables.columns import Columns
from tests.browser import chromium
from tests.conftest import until

ROOT = Path(__file__).resolve().parents[2]
READY = '[data-testid="stApp"][data-test-script-state="notRunning"]'
# Whether both halves of a card show the same sample.
WHOLE = """() => {
  const answer = [...document.querySelectorAll('.st-key-answer *')]
    .find((each) => each.shadowRoot)?.shadowRoot.querySelector('.answer');
  const shown = document.querySelector('.lv-status strong')?.textContent;
  return shown !== undefined && shown === answer?.dataset.shown;
}"""
# Whether another sample than before is named above the card.
OTHER = """before => {
  const shown = document.querySelector('.lv-status strong')?.textContent;
  return shown !== undefined && shown !== before;
}"""
# A busy machine is no reason to fail; what should not happen is waited for as long.
PATIENCE_MS = 120_000
FORGOTTEN = "cookies,local_storage,indexeddb,service_workers,cache_storage,websql,file_systems"
HEADER = "X-Forwarded-User"  # in which a proxy says who comes


class Server:
    """`streamlit run app.py -- WORKSPACE` in a process group of its own."""

    def __init__(self, workspace: Path, script: str = "app.py", **environment: str) -> None:
        self.workspace = workspace
        self.script = script
        self.environment = environment
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return when it answers."""
        command = [sys.executable, "-m", "streamlit", "run", self.script]
        options = [f"--server.port={self.port}", "--server.headless=true"]
        self._process = subprocess.Popen(
            [*command, *options, "--", str(self.workspace)],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until(self._answers)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "the server ended"
        try:
            return bool(urllib.request.urlopen(f"{self.url}/_stcore/health").status == 200)  # noqa: S310
        except OSError:
            return False

    @property
    def process_id(self) -> int:
        """Of the server that runs."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """Kill -9, as a crash would."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


def free_port() -> int:
    """A port that the system gives to no outgoing connection: a restart finds it free."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


@pytest.fixture
def home(demos: Path, tmp_path: Path) -> Path:
    """A copy of the demo workspaces that a test may change."""
    return Path(shutil.copytree(demos, tmp_path / "home"))


@dataclass(frozen=True)
class Place:
    """A workspace that one test may change, on the server that all tests share."""

    server: Server
    workspace: Path

    def url(self, page: str, **query: str) -> str:
        return f"{self.server.url}/{page}?{urlencode({'workspace': self.workspace.name, **query})}"


@pytest.fixture(scope="session")
def shared_server(demos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests; what they change lies in workspaces of their own.

    The demo workspaces are there under their names, for tests that change nothing in them.
    """
    home = shutil.copytree(demos, tmp_path_factory.mktemp("shared") / "home")
    running = Server(Path(home) / "poi_pairs")
    running.start()
    yield running
    running.kill()


@pytest.fixture
def shared(shared_server: Server) -> Callable[[Path], Place]:
    """Serve a copy of a workspace under a name that nobody else has."""

    def served(workspace: Path) -> Place:
        folder = shared_server.workspace.parent / f"{workspace.name}-{uuid.uuid4().hex[:8]}"
        return Place(shared_server, Path(shutil.copytree(workspace, folder)))

    return served


@pytest.fixture
def pairs(demos: Path, shared: Callable[[Path], Place]) -> Place:
    """A copy of poi_pairs."""
    return shared(demos / "poi_pairs")


@pytest.fixture(scope="session")
def chrome() -> Iterator[BrowserType]:
    """What starts a headless Chromium."""
    expect.set_options(timeout=PATIENCE_MS)
    assert chromium.find(), "no Chromium: run `make browser`"
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="session")
def browser(chrome: BrowserType) -> Browser:
    """For tests in which several people come: each has a context that nobody shares."""
    return chrome.launch(executable_path=chromium.find(), args=chromium.ARGUMENTS)


@pytest.fixture(scope="session")
def kept(chrome: BrowserType, tmp_path_factory: pytest.TempPathFactory) -> BrowserContext:
    """One visitor after the other: the page's scripts are kept compiled, and nothing else."""
    context = chrome.launch_persistent_context(
        tmp_path_factory.mktemp("browser"),
        executable_path=chromium.find(),
        args=chromium.ARGUMENTS,
        viewport={"width": 1440, "height": 900},
        accept_downloads=True,
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


@pytest.fixture
def page(kept: BrowserContext) -> Iterator[Page]:
    """A fresh visitor at 1440 x 900."""
    mine = kept.new_page()
    yield mine
    last = kept.new_page()
    session = kept.new_cdp_session(last)
    for each in kept.pages:
        if each is not last:
            parts = urlsplit(each.url)
            origin = {"origin": f"{parts.scheme}://{parts.netloc}"}
            each.close()
            session.send("Storage.clearDataForOrigin", {**origin, "storageTypes": FORGOTTEN})
    kept.clear_cookies()
    kept.clear_permissions()


SIX = ("anger", "fear", "joy", "love", "sadness", "surprise")
MANY = tuple(f"intent {k}" for k in range(14))
TAGS = ("bar", "hotel", "shop")


@pytest.fixture(scope="session")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of each kind of task, without any model."""
    home = tmp_path_factory.mktemp("tasks")
    for name, classes, separator in (
        ("binary", ("no", "yes"), ""),
        ("six", SIX, ""),
        ("twelve", MANY[:12], ""),
        ("many", MANY, ""),
        ("tags", TAGS, "|"),
    ):
        labels = [classes[n % len(classes)] for n in range(24)]
        if separator:
            labels = [f"{each}|{TAGS[0]}" if each != TAGS[0] else each for each in labels]
        lines = [f"{n},sample {n},{label}" for n, label in enumerate(labels)]
        file = home / f"{name}.csv"
        file.write_text("\n".join(["id,text,label", *lines]) + "\n")
        task = "multilabel" if separator else ""
        space = Workspace.create(home / name)
        space.load(file, Columns("text", "label", id="id", task=task, classes=classes))
    return home


@pytest.fixture
def open_task(
    tasks: Path, shared: Callable[[Path], Place], page: Page
) -> Callable[[str], Workspace]:
    """Open Review on a fresh copy of one task's workspace, and return the workspace."""

    def opened(name: str) -> Workspace:
        place = shared(tasks / name)
        visit(page, place.url("review"))
        shown_sample(page)
        return Workspace(place.workspace)

    return opened


@pytest.fixture
def behind_a_proxy(home: Path) -> Iterator[Server]:
    """A server that believes a proxy on this machine, whoever it forwards for."""
    running = Server(
        home / "poi_pairs", LABELVIZ_IDENTITY_HEADER=HEADER, LABELVIZ_TRUSTED_PROXIES="127.0.0.0/8"
    )
    running.start()
    yield running
    running.kill()


def come(browser: Browser, **headers: str) -> Page:
    """A visitor whose proxy says so of them."""
    context = browser.new_context(extra_http_headers=headers)
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def visit(page: Page, url: str) -> None:
    """Open a page of the app as a reviewer, "me" if no other is named, until it is drawn."""
    named = "reviewer=" in url
    page.goto(url if named else f"{url}{'&' if '?' in url else '?'}reviewer=me")
    settled(page)


def settled(page: Page) -> None:
    """Wait until the script has run, with no error on the screen."""
    page.wait_for_selector(READY, timeout=PATIENCE_MS)
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.locator(".lv-error").all_inner_texts() == []


def _wait_for(page: Page, condition: str, *given: str) -> None:
    """Wait until a condition holds; where it never does, what is on the page is told."""
    try:
        page.wait_for_function(condition, arg=given[0] if given else None, timeout=PATIENCE_MS)
    except sync_api.TimeoutError as error:
        seen = page.locator("body").aria_snapshot()
        raise AssertionError(f"never so, at {page.url}:\n{seen}") from error


def shown_sample(page: Page) -> str:
    """The id of the sample on the card, once the whole card is drawn and its keys work."""
    _wait_for(page, WHOLE)
    settled(page)
    return page.locator(".lv-status strong").first.inner_text()


def status(page: Page) -> str:
    """The line above the card: sample, status, what is left, and what was saved."""
    return page.locator(".lv-status").inner_text()


def line(page: Page, k: int) -> Locator:
    return page.locator(".editor .line").nth(k)


def numbers(page: Page) -> list[str]:
    return [each.input_value() for each in page.locator(".editor .number").all()]


def last(space: Workspace) -> Decision:
    return space.decisions.store.events()[-1]


def moved_on(page: Page, sample: str) -> None:
    """Wait until another sample is on the card, looking at every frame."""
    _wait_for(page, OTHER, sample)
    shown_sample(page)


def press_at(page: Page, track: Locator, share: float) -> None:
    """Press on a bar once it stands still."""
    box = track.bounding_box()
    assert box is not None
    track.hover(position={"x": share * box["width"], "y": box["height"] / 2})
    page.mouse.down()
