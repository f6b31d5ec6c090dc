"""Keys that come faster than cards: each is done in turn, or said to be refused."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from labelviz.project.workspace import Workspace
from tests.browser.conftest import MANY, last, line, moved_on, shown_sample
from tests.conftest import until

pytestmark = pytest.mark.browser
FAST_MS = 60


def hurried(page: Page, *keys: str) -> None:
    """Press keys faster than anybody reads."""
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(FAST_MS)


def refused(page: Page) -> int:
    """How many keys the card says that it did not take."""
    said = re.search(r"fast: (.*) came", page.locator(".hurry").inner_text())
    return len(said[1].split()) if said else 0


def test_every_key_in_a_hurry_decides_a_card_or_is_said_to_have_done_nothing(
    open_task, page: Page
) -> None:
    space: Workspace = open_task("binary")
    shown_sample(page)
    hurried(page, *"qqqqqq")
    until(lambda: len(space.decisions.store.events()) + refused(page) == 6)
    assert refused(page) > 0
    samples = [event.sample for event in space.decisions.store.events()]
    assert len(set(samples)) == len(samples)


def test_a_key_that_was_refused_decides_nothing_on_the_card_that_comes(
    open_task, page: Page
) -> None:
    space: Workspace = open_task("binary")
    sample = shown_sample(page)
    page.keyboard.press("q")
    page.keyboard.press("e")
    page.keyboard.press("Alt+7")
    page.keyboard.press("Enter")
    moved_on(page, sample)
    expect(page.locator(".hurry")).to_have_text(
        "Too fast: E Alt+7 Enter came before the next card and did nothing."
    )
    assert [event.verdict for event in space.decisions.store.events()] == ["keep"]
    before = shown_sample(page)
    page.keyboard.press("e")
    moved_on(page, before)
    assert last(space).verdict == "exclude"


def test_every_step_forward_and_back_in_a_hurry_is_taken(open_task, page: Page) -> None:
    open_task("binary")
    assert shown_sample(page) == "0"
    hurried(page, *"jjjjjj")
    expect(page.locator(".lv-status strong").first).to_have_text("6")
    hurried(page, *"kkkk")
    expect(page.locator(".lv-status strong").first).to_have_text("2")


def test_undo_waits_for_the_decision_before_it(open_task, page: Page) -> None:
    space: Workspace = open_task("binary")
    sample = shown_sample(page)
    page.keyboard.press("q")
    page.keyboard.press("z")
    until(lambda: [event.verdict for event in space.decisions.store.events()] == ["keep", "undo"])
    expect(page.locator(".lv-status strong").first).to_have_text(sample)


def test_twelve_classes_are_twelve_bars_in_view_each_with_a_key(open_task, page: Page) -> None:
    space: Workspace = open_task("twelve")
    page.set_viewport_size({"width": 1280, "height": 720})
    sample = shown_sample(page)
    for k in range(12):
        bar = line(page, k).bounding_box()
        name = line(page, k).locator(".name")
        assert bar is not None
        assert bar["y"] + bar["height"] <= 720
        expect(name.locator("span")).to_have_text(MANY[k])
        assert name.evaluate("each => each.scrollWidth <= each.clientWidth")
    page.keyboard.press("b")
    moved_on(page, sample)
    assert last(space).label == (MANY[11],)
    sample = shown_sample(page)
    page.keyboard.press("0")
    moved_on(page, sample)
    assert last(space).label == (MANY[9],)
