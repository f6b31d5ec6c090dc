"""Who a visitor is, and what no visitor breaks for the others, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from labelviz.project.workspace import Workspace
from tests.browser.conftest import HEADER, Server, come, moved_on, shown_sample, visit

pytestmark = pytest.mark.browser


def test_a_person_is_who_the_proxy_says_however_they_are_spelled(
    behind_a_proxy: Server, browser: Browser
) -> None:
    for name in ("Ann", "ann "):
        page = come(browser, **{HEADER: name, "X-Forwarded-For": "203.0.113.9"})
        page.goto(f"{behind_a_proxy.url}/review?show=all&sort=file")
        sample = shown_sample(page)
        page.keyboard.press("q")
        moved_on(page, sample)
        page.context.close()
    space = Workspace(behind_a_proxy.workspace)
    assert {event.reviewer for event in space.decisions.store.events()} == {"Ann"}
    page = come(browser)
    page.goto(f"{behind_a_proxy.url}/review")
    expect(page.locator(".lv-error")).to_be_visible()
    assert page.locator('[data-testid="stException"]').count() == 0


def test_a_name_without_end_is_refused_and_everybody_else_goes_on(
    home: Path, page: Page, request: pytest.FixtureRequest
) -> None:
    server = Server(home / "poi_pairs")
    request.addfinalizer(server.kill)
    server.start()
    visit(page, f"{server.url}/review?reviewer={'r' * 5_000}")
    sample = shown_sample(page)
    page.keyboard.press("q")
    expect(page.locator(".lv-error")).to_contain_text("NOT saved")
    server.kill()
    server.start()
    visit(page, f"{server.url}/review?reviewer=ann")
    sample = shown_sample(page)
    page.keyboard.press("q")
    moved_on(page, sample)
    space = Workspace(server.workspace)
    assert [event.reviewer for event in space.decisions.store.events()] == ["ann"]
