"""A login by OpenID Connect, at a provider that runs beside the tests."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from labelviz.project.workspace import Workspace
from tests.browser.conftest import Server, come, moved_on, shown_sample

with warnings.catch_warnings():  # the provider is built on what Authlib calls old
    warnings.simplefilter("ignore")
    from oidc_provider_mock import User, run_server_in_thread

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib")]
PEOPLE = (
    User(sub="ann", claims={"email": "ann@labels.example"}),
    User(sub="eve", claims={"email": "ann@labels.example", "email_verified": False}),
)


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """Where a provider is, which believes everybody."""
    with run_server_in_thread(user_claims=PEOPLE) as running:
        yield f"http://localhost:{running.server_port}"


@pytest.fixture
def with_login(
    home: Path, tmp_path: Path, provider: str, request: pytest.FixtureRequest
) -> Callable[..., Server]:
    """A server that people log in to, at a provider that has a name or none."""

    def started(name: str = "", **environment: str) -> Server:
        secrets = tmp_path / "secrets.toml"
        server = Server(home / "poi_pairs", STREAMLIT_SECRETS_FILES=str(secrets), **environment)
        server.url = server.url.replace("127.0.0.1", "localhost")
        secrets.write_text(f"""
            [auth]
            redirect_uri = "{server.url}/oauth2callback"
            cookie_secret = "known to this server alone, and long"
            {f"[auth.{name}]" if name else ""}
            client_id = "labelviz"
            client_secret = "known to the provider"
            server_metadata_url = "{provider}/.well-known/openid-configuration"
        """)
        request.addfinalizer(server.kill)
        server.start()
        return server

    return started


def log_in(page: Page, server: Server, person: str) -> None:
    page.goto(f"{server.url}/review?show=all&sort=file")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name=person, exact=True).click()
    page.wait_for_url(f"{server.url}/**")


def log_out(page: Page, server: Server) -> None:
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="End session").click()
    page.wait_for_url(f"{server.url}/**")
    expect(page.get_by_text("Log in to see what is here.")).to_be_visible()


@pytest.mark.bad_input("I11")
def test_nobody_sees_anything_before_a_login_and_decides_in_their_own_name(
    with_login: Callable[..., Server], browser: Browser
) -> None:
    server = with_login()
    page = come(browser)
    for where in ("data", "overview", "review?table=1", "targets", "retrain"):
        page.goto(f"{server.url}/{where}")
        expect(page.get_by_text("Log in to see what is here.")).to_be_visible()
        assert page.get_by_role("link", name="Review").count() == 0
        assert page.locator(".lv-chip").count() == 0
    log_in(page, server, "ann")
    page.goto(f"{server.url}/review?show=all&sort=file")
    sample = shown_sample(page)
    page.keyboard.press("q")
    moved_on(page, sample)
    space = Workspace(server.workspace)
    assert [event.reviewer for event in space.decisions.store.events()] == ["ann@labels.example"]
    page.get_by_role("button", name="Switch").click()
    log_out(page, server)


def test_only_whom_the_owner_names_comes_in_and_an_unverified_address_is_nobodys(
    with_login: Callable[..., Server], browser: Browser
) -> None:
    server = with_login("company", LABELVIZ_PEOPLE="@labels.example")
    page = come(browser)
    log_in(page, server, "eve")
    expect(page.locator(".lv-error")).to_contain_text("eve may not come in here.")
    assert page.get_by_role("link", name="Review").count() == 0
    log_out(page, server)
    log_in(page, server, "ann")
    expect(page.get_by_role("link", name="Review")).to_be_visible()
