"""The tour on the demo, in a real browser: from the first page to a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from labelviz.project.workspace import Workspace
from tests.browser.conftest import Server, moved_on, settled, shown_sample

pytestmark = pytest.mark.browser


def test_a_newcomer_comes_from_the_first_page_to_a_file(
    home: Path, page: Page, request: pytest.FixtureRequest
) -> None:
    server = Server(home / "poi_pairs")
    request.addfinalizer(server.kill)
    server.start()
    page.goto(server.url)
    expect(page.get_by_text("Tour, 1 of 3.")).to_be_visible()
    page.get_by_role("button", name="Look at the most suspicious").click()
    expect(page.get_by_text("Tour, 2 of 3.")).to_be_visible()
    page.get_by_label("Your name").fill("ann")
    page.get_by_role("button", name="Start reviewing").click()
    for _ in range(3):
        sample = shown_sample(page)
        page.keyboard.press("w")
        moved_on(page, sample)
    page.get_by_role("button", name="Go on to the targets").click()
    expect(page.get_by_text("Tour, 3 of 3.")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Write an export file").click()
    expect(page.get_by_text("That was the tour.")).to_be_in_viewport()
    space = Workspace(server.workspace)
    assert len(space.decisions.store.events()) == 3
    assert [path.name for path in space.goals.exports] == ["targets-001.csv"]
    page.get_by_role("button", name="Load a file").click()
    page.wait_for_url("**/data?**")
    expect(page.get_by_text("Tour")).to_have_count(0)
