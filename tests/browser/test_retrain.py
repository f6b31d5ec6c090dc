"""The Retrain page in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from labelviz import jobs
from tests.browser.conftest import Server, settled, visit

pytestmark = pytest.mark.browser


def test_enter_in_the_field_of_the_model_starts_no_training(server: Server, page: Page) -> None:
    visit(page, f"{server.url}/retrain")
    before = jobs.latest(server.workspace)
    field = page.get_by_label("Model: a folder or a hub id")
    field.fill("no-such/model")
    field.press("Enter")
    settled(page)
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    assert jobs.latest(server.workspace) == before
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".st-key-job").first).to_be_visible()
    assert jobs.latest(server.workspace) != before
