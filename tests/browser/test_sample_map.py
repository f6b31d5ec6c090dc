"""The map of the samples in a real browser: a box that is drawn on it is a queue."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from labelviz.project.workspace import Workspace
from labelviz.requests import LayOut
from tests.browser.conftest import Place, settled, shown_sample, status, visit

pytestmark = pytest.mark.browser


def test_a_box_on_the_map_is_a_queue(pairs: Place, page: Page) -> None:
    LayOut().run(Workspace(pairs.workspace))
    visit(page, pairs.url("overview"))
    plot = page.locator(".st-key-in-the-map .js-plotly-plot .nsewdrag")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5, steps=4)
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.7, steps=4)
    page.mouse.up()
    said = page.get_by_text(re.compile(r"^\d+ samples inside"))
    expect(said).to_be_visible()
    count = int(said.inner_text().split()[0])
    assert 0 < count < 2_000
    settled(page)  # what is drawn on the map is told to the page twice: box, and map with the box
    page.get_by_role("button", name="Review these").click()
    shown_sample(page)
    assert f"{count} left in this queue" in status(page)
