"""What axe-core finds on every page, light and dark: nothing serious."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from labelviz.project.workspace import Workspace
from labelviz.requests import LayOut
from tests.browser.conftest import PATIENCE_MS, Place, visit

pytestmark = pytest.mark.browser

PAGES = (
    ("data", {}), ("overview", {}), ("review", {}), ("review", {"table": "1"}), ("targets", {}),
    ("retrain", {}),
)  # fmt: skip
LIGHT = """() => getComputedStyle(document.querySelector('[data-testid="stApp"]'))
  .backgroundColor.match(/\\d+/g).map(Number)[0] > 127"""
SERIOUS = ("serious", "critical")
ONLY = {"resultTypes": ["violations"]}
# What still fades in, or is pale because it is being drawn again, has not its colours yet.
STILL = """() => document.querySelector('[data-test-script-state="notRunning"]') !== null
  && document.getAnimations().every(each => each.playState === 'finished'
    || each.effect.getComputedTiming().iterations === Infinity)"""


def test_axe_finds_nothing_serious_on_any_page(pairs: Place, page: Page) -> None:
    LayOut().run(Workspace(pairs.workspace))
    for name, query in PAGES:
        page.emulate_media(color_scheme="light")
        visit(page, pairs.url(name, **query))
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.wait_for_function(f"() => ({LIGHT})() === {str(theme == 'light').lower()}")
            page.wait_for_function(STILL, timeout=PATIENCE_MS)
            found = Axe().run(page, options=ONLY).response["violations"]
            where = [
                (each["id"], [node["html"] for node in each["nodes"]])
                for each in found
                if each["impact"] in SERIOUS
            ]
            assert where == [], (name, query, theme)


def test_what_the_framework_offers_developers_stands_in_nobody_s_way(
    pairs: Place, page: Page
) -> None:
    visit(page, pairs.url("overview"))
    page.evaluate(
        """() => document.querySelector('[data-testid="stApp"]').insertAdjacentHTML(
          'beforeend', '<div data-testid="stSkillsNudge">Install skills for agents</div>')"""
    )
    expect(page.get_by_test_id("stSkillsNudge")).to_be_attached()
    expect(page.get_by_test_id("stSkillsNudge")).to_be_hidden()
