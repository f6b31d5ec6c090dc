"""Keys that come faster than cards: each is done in turn, or said to be refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from labelviz.project.workspace import Workspace
from labelviz.tables.columns import Columns
from tests.browser.conftest import MANY, Place, last, line, moved_on, shown_sample, visit
from tests.conftest import until

pytestmark = pytest.mark.browser
FAST_MS = 60


def hurried(page: Page, *keys: str) -> None:
    """Press keys faster than anybody reads."""
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(FAST_MS)


def at_once(page: Page, *keys: str) -> None:
    """Press keys before the page can do anything else, however busy the machine is."""
    page.evaluate(
        """keys => keys.forEach(key => document.body.dispatchEvent(new KeyboardEvent("keydown", {
            key: key.split("+").at(-1), altKey: key.startsWith("Alt+"),
            code: /\\d$/.test(key) ? "Digit" + key.at(-1) : "",
            bubbles: true, cancelable: true,
        })))""",
        keys,
    )


def refusals(page: Page) -> Callable[[], int]:
    """Count from now on how often the card says that it did not take a key; it says so briefly."""
    page.locator(".hurry").evaluate(
        """each => {
          window.refused = 0;
          new MutationObserver(changes => {
            window.refused += changes.filter(({ addedNodes }) => addedNodes.length).length;
          }).observe(each, { childList: true });
        }"""
    )
    return lambda: int(page.evaluate("window.refused"))


def test_every_key_in_a_hurry_decides_a_card_or_is_said_to_have_done_nothing(
    open_task, page: Page
) -> None:
    space: Workspace = open_task("binary")
    shown_sample(page)
    refused = refusals(page)
    hurried(page, *"qqqqqq")
    until(lambda: len(space.decisions.store.events()) + refused() == 6)
    samples = [event.sample for event in space.decisions.store.events()]
    assert len(set(samples)) == len(samples)


def test_a_key_that_was_refused_decides_nothing_on_the_card_that_comes(
    open_task, page: Page
) -> None:
    space: Workspace = open_task("binary")
    sample = shown_sample(page)
    at_once(page, "q", "e", "Alt+7", "Enter")
    expect(page.locator(".hurry")).to_have_text(
        "Too fast: E Alt+7 Enter came before the next card and did nothing."
    )
    moved_on(page, sample)
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
    at_once(page, "q", "z")
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


def test_all_classes_are_not_switched_off_on_a_card_that_nobody_has_seen(
    open_task, page: Page
) -> None:
    space: Workspace = open_task("tags")
    sample = shown_sample(page)
    refused = refusals(page)
    at_once(page, "q", "Backspace")
    moved_on(page, sample)
    assert refused() == 1
    assert page.locator(".editor .number").first.input_value() == "1.00"
    assert len(space.decisions.store.events()) == 1


def test_a_second_click_on_what_decides_copies_decides_nothing_else(
    tmp_path: Path, shared: Callable[[Path], Place], page: Page
) -> None:
    rows = [f"{n},{'same' if n < 4 else f'other {n}'},{'yes' if n % 2 else 'no'}" for n in range(9)]
    file = tmp_path / "copies.csv"
    file.write_text("\n".join(["id,text,label", *rows]) + "\n")
    space = Workspace.create(tmp_path / "copies")
    space.load(file, Columns("text", "label", id="id"))
    place = shared(space.path)
    visit(page, place.url("review", show="all"))
    sample = shown_sample(page)
    page.keyboard.press("q")
    moved_on(page, sample)
    alike = page.get_by_role("button", name="Decide alike")
    box = alike.bounding_box()
    assert box is not None
    for _ in range(2):
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(alike).to_be_hidden()
        shown_sample(page)
    decided = Workspace(place.workspace).decisions.store.events()
    assert sorted(each.sample for each in decided) == ["0", "1", "2", "3"]
