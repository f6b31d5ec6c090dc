"""A stranger's website, and a stranger with a link, in a real browser."""

from __future__ import annotations

import http.client
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import chromium
from tests.browser.conftest import PATIENCE_MS, Place, Server, settled, shown_sample, visit

pytestmark = pytest.mark.browser


@pytest.fixture
def misled(browser: Browser) -> Iterator[Page]:
    """A browser to which the name of a stranger leads to this machine, as DNS rebinding does."""
    rule = "--host-resolver-rules=MAP stranger.example 127.0.0.1"
    other = browser.browser_type.launch(
        executable_path=chromium.find(), args=[*chromium.ARGUMENTS, rule]
    )
    context = other.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    other.close()


@pytest.mark.bad_input("M08")
def test_a_website_whose_name_leads_here_reads_nothing(shared_server: Server, misled: Page) -> None:
    strange = f"http://stranger.example:{shared_server.port}"
    answer = misled.goto(f"{strange}/review")
    assert answer is not None
    assert answer.status == 421
    assert "does not answer to this name" in misled.locator("body").inner_text()
    opened = misled.evaluate(
        """url => new Promise(resolve => {
          const line = new WebSocket(url, ['streamlit']);
          line.onopen = () => resolve('open');
          line.onerror = () => resolve('refused');
        })""",
        f"ws://stranger.example:{shared_server.port}/_stcore/stream",
    )
    assert opened == "refused"
    visit(misled, f"{shared_server.url}/review")
    assert shown_sample(misled)


@pytest.fixture
def framing(shared_server: Server, tmp_path: Path) -> Iterator[str]:
    """The address of a website that shows labelviz in a frame."""
    (tmp_path / "index.html").write_text(
        f'<p>Win a prize</p><iframe src="{shared_server.url}/review"></iframe>'
    )

    class Site(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(tmp_path))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{site.server_address[1]}/"
    site.shutdown()


@pytest.mark.bad_input("M08")
def test_no_website_shows_it_in_a_frame(framing: str, page: Page) -> None:
    page.goto(framing)
    expect(page.get_by_text("Win a prize")).to_be_visible()
    page.wait_for_load_state("networkidle")
    frame = page.frames[1]
    assert frame.locator('[data-testid="stApp"]').count() == 0


@pytest.mark.bad_input("M07")
def test_a_download_link_without_a_visit_is_worth_nothing(
    pairs: Place, page: Page, browser: Browser
) -> None:
    visit(page, pairs.url("targets"))
    page.get_by_role("button", name="Write an export file").click()
    with page.expect_download() as started:
        page.get_by_role("button", name="Download the file").click()
    assert "hard_label" in Path(started.value.path()).read_text()
    link = started.value.url
    stranger = browser.new_context()
    for _ in range(2):
        assert stranger.request.get(link).status == 403
    stranger.close()
    settled(page)


@pytest.mark.bad_input("M15")
@pytest.mark.parametrize(
    "path",
    [
        "//stranger.example/", "///stranger.example/", "/\\stranger.example/",
        "/%2f%2fstranger.example/", "/%5Cstranger.example/", "/.//stranger.example/",
        "/https://stranger.example/", "/review//",
        "/auth/login?next=https://stranger.example", "/auth/logout?next=//stranger.example",
        "/oauth2callback?state=x&code=y&next=//stranger.example",
    ],
)  # fmt: skip
def test_no_link_to_this_server_leads_on_to_another(shared_server: Server, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", shared_server.port)
    connection.request("GET", path)
    answer = connection.getresponse()
    leads = answer.getheader("location") or ""
    connection.close()
    assert answer.status < 500
    assert urlsplit(urljoin(shared_server.url, leads)).port == shared_server.port
