"""The soft-target editor in a real browser: its arithmetic, its mouse and its keys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from labelviz.core.soft_targets import Certainty, spread, with_share
from labelviz.ui.components import editor
from labelviz.ui.components.evidence import HIDDEN
from tests.browser.conftest import last, line, moved_on, numbers, press_at, shown_sample
from tests.conftest import until

pytestmark = pytest.mark.browser

SCRIPT = Path(editor.__file__).with_suffix(".js").read_text("utf-8")
EVALUATE = """async ([script, calls]) => {
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const module = await import(url);
  return calls.map(([name, ...given]) => module[name](...given));
}"""


def in_browser(page: Page, calls: list[list[object]]) -> list[list[float]]:
    """What the functions of the editor's script return for these arguments."""
    page.goto("about:blank")
    rows: list[list[float]] = page.evaluate(EVALUATE, [SCRIPT, calls])
    return rows


def test_the_browser_and_python_do_the_same_arithmetic(page: Page) -> None:
    rng = np.random.default_rng(0)
    calls: list[list[object]] = []
    expected: list[list[float]] = []
    for _ in range(200):
        k = int(rng.integers(2, 9))
        row = rng.dirichlet(np.ones(k)) if rng.random() < 0.8 else np.eye(k)[0]
        at, share = int(rng.integers(k)), float(rng.choice([0, 1, rng.random()]))
        for many in (False, True):
            calls.append(["giveWay", row.tolist(), at, share, many])
            expected.append(with_share(row, at, share, multilabel=many).tolist())
        order = rng.permutation(k).tolist()
        second = order[1] if rng.random() < 0.5 else None
        ruled_out = order[2 : int(rng.integers(2, k + 1))]
        other = float(rng.random())
        said = Certainty(order[0], share, second, other, frozenset(ruled_out))
        spoken = {"top": order[0], "share": share, "runnerUp": second, "runnerShare": other}
        calls.append(["spread", {**spoken, "ruledOut": ruled_out}, k])
        expected.append(spread(said, k).tolist())
    for result, wanted in zip(in_browser(page, calls), expected, strict=True):
        assert result == pytest.approx(wanted, abs=1e-12)


def test_a_bar_is_clicked_dragged_typed_and_moved_by_key(open_task, page: Page) -> None:
    space = open_task("six")
    sample = shown_sample(page)
    fear, joy = (line(page, k).locator(".track") for k in (1, 2))
    press_at(page, fear, 0.4)
    page.mouse.up()
    assert numbers(page)[:2] == ["0.60", "0.40"]
    press_at(page, joy, 0.1)
    box = joy.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 5, steps=5)
    page.mouse.up()
    assert numbers(page)[:3] == ["0.30", "0.20", "0.50"]
    line(page, 0).locator(".number").fill("0,6")
    line(page, 0).locator(".number").press("Enter")
    assert numbers(page)[0] == "0.60"
    assert shown_sample(page) == sample
    fear.focus()
    before = float(numbers(page)[1])
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowLeft")
    assert float(numbers(page)[1]) == pytest.approx(before + 0.04, abs=0.011)
    page.keyboard.press("Home")
    assert numbers(page)[1] == "0.00"
    assert fear.get_attribute("aria-valuenow") == "0.00"
    assert fear.get_attribute("role") == "slider"
    page.keyboard.press("Enter")
    moved_on(page, sample)
    saved = last(space).target
    assert saved is not None
    assert sum(saved.values()) == pytest.approx(1)
    assert saved["fear"] == 0
    assert last(space).sample == sample


def test_what_cannot_be_a_share_is_not_taken(open_task, page: Page) -> None:
    open_task("binary")
    number = line(page, 0).locator(".number")
    for typed in ("2", "-1", "x", "<b>"):
        number.fill(typed)
        number.press("Enter")
        assert numbers(page) == ["1.00", "0.00"]


def test_several_labels_are_independent(open_task, page: Page) -> None:
    space = open_task("tags")
    sample = shown_sample(page)
    assert numbers(page) == ["1.00", "0.00", "0.00"]
    expect(page.get_by_role("slider", name="bar: share as a bar")).to_have_count(1)
    expect(page.get_by_role("textbox", name="bar: share as a number")).to_have_value("1.00")
    page.keyboard.press("2")
    page.keyboard.press("3")
    page.keyboard.press("1")
    assert numbers(page) == ["0.00", "1.00", "1.00"]
    press_at(page, line(page, 1).locator(".track"), 0.7)
    page.mouse.up()
    page.keyboard.press("Enter")
    moved_on(page, sample)
    assert last(space).target == {"bar": 0, "hotel": 0.7, "shop": 1}


def test_of_several_labels_one_key_or_press_leaves_none(open_task, page: Page) -> None:
    space = open_task("tags")
    sample = shown_sample(page)
    page.keyboard.press("2")
    page.keyboard.press("Backspace")
    assert numbers(page) == ["0.00", "0.00", "0.00"]
    page.keyboard.press("Enter")
    moved_on(page, sample)
    assert last(space).label == ()
    sample = shown_sample(page)
    page.get_by_role("button", name="No class").click()
    page.keyboard.press("Enter")
    moved_on(page, sample)
    assert last(space).label == ()
    assert len(space.decisions.store.events()) == 2


def test_of_one_label_backspace_changes_nothing(open_task, page: Page) -> None:
    open_task("binary")
    before = numbers(page)
    page.keyboard.press("Backspace")
    assert numbers(page) == before
    expect(page.get_by_role("button", name="No class")).to_have_count(0)


def test_of_many_classes_one_says_the_top_one_and_how_sure(open_task, page: Page) -> None:
    space = open_task("many")
    sample = shown_sample(page)
    top, second = page.locator(".editor select").all()
    top.focus()
    page.keyboard.type("intent 3")
    expect(top.locator("option:checked")).to_have_text("intent 3 (4)")
    page.keyboard.press("Enter")
    expect(top).not_to_be_focused()
    assert shown_sample(page) == sample
    second.select_option(label="intent 7")
    press_at(page, page.locator(".editor .track").first, 0.6)
    page.mouse.up()
    page.get_by_role("button", name="intent 0", exact=True).click()
    runner_up = page.get_by_role("textbox", name="Runner-up: share as a number")
    runner_up.fill("0.2")
    runner_up.press("Enter")
    expect(page.get_by_role("slider", name="Runner-up: share as a bar")).to_have_attribute(
        "aria-valuenow", "0.20"
    )
    page.get_by_role("button", name="Save bars").click()
    moved_on(page, sample)
    saved = last(space).target
    assert saved is not None
    assert saved["intent 3"] == 0.6
    assert saved["intent 7"] == pytest.approx(0.2)
    assert saved["intent 0"] == 0
    assert saved["intent 5"] == pytest.approx(0.2 / 11)


def test_a_choice_on_its_way_is_saved_before_the_next_key_acts(open_task, page: Page) -> None:
    space = open_task("binary")
    sample = shown_sample(page)
    page.keyboard.press("1")
    page.keyboard.press("j")
    moved_on(page, sample)
    assert last(space).sample == sample
    assert last(space).label == ("yes",)


def test_what_stands_on_the_bars_survives_a_look_around(open_task, page: Page) -> None:
    space = open_task("binary")
    sample = shown_sample(page)
    press_at(page, line(page, 1).locator(".track"), 0.4)
    page.mouse.up()
    until(lambda: space.decisions.store.drafts.of("me", sample) is not None)
    page.keyboard.press("j")
    moved_on(page, sample)
    assert numbers(page) != ["0.60", "0.40"]
    second = shown_sample(page)
    expect(page.locator(".editor .foot .note")).to_have_text("Sum 1.00")
    press_at(page, line(page, 1).locator(".track"), 0.7)
    page.mouse.up()
    page.keyboard.press("k")  # sooner than a draft is sent by itself
    for other, share, key in ((sample, "0.60", "j"), (second, "0.30", "k")):
        expect(page.locator(".lv-status strong").first).to_have_text(other)
        expect(page.locator(".editor .number").first).to_have_value(share)
        expect(page.locator(".editor .foot .note")).to_have_text("Not saved yet")
        page.keyboard.press(key)


def test_no_key_decides_a_card_that_lies_under_a_drawer(open_task, page: Page) -> None:
    space = open_task("binary")
    sample = shown_sample(page)
    page.keyboard.press("y")
    expect(page.get_by_role("dialog")).to_be_visible()
    for key in ("q", "e", "1", "Alt+7", "z", "j"):
        page.keyboard.press(key)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert shown_sample(page) == sample
    assert space.decisions.store.events() == ()
    page.keyboard.press("q")
    moved_on(page, sample)
    assert last(space).sample == sample


def test_enter_saves_the_bars_whatever_the_mouse_pressed_before(open_task, page: Page) -> None:
    space = open_task("six")
    sample = shown_sample(page)
    page.get_by_role("button", name="Smoothed").click()
    page.keyboard.press("Enter")
    moved_on(page, sample)
    assert (last(space).sample, last(space).verdict) == (sample, "soften")

    sample = shown_sample(page)
    page.get_by_role("button", name="Unsure").click()
    moved_on(page, sample)
    sample = shown_sample(page)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing is set yet")).to_be_visible()
    assert (shown_sample(page), last(space).verdict) == (sample, "unsure")
    page.get_by_role("button", name="Smoothed").click()
    page.keyboard.press("Enter")
    moved_on(page, sample)
    assert (last(space).sample, last(space).verdict) == (sample, "soften")


def blind(page: Page) -> None:
    """Hide the evidence, and be back on the card."""
    page.get_by_role("button", name="View").click()
    page.get_by_text("Blind first").click()
    expect(page.get_by_text(HIDDEN)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Blind first")).to_have_count(0)
    page.locator(".lv-status strong").first.click()
    shown_sample(page)


@pytest.mark.parametrize("task", ["binary", "six", "many"])
def test_a_blind_card_on_which_nothing_was_said_saves_no_key(
    open_task, page: Page, task: str
) -> None:
    space = open_task(task)
    blind(page)
    sample, hint = shown_sample(page), page.get_by_text("Nothing is set yet")
    for key in ("Enter", "Alt+8"):
        page.keyboard.press(key)
        expect(hint).to_be_visible()
        assert (shown_sample(page), space.decisions.store.events()) == (sample, ())
    expect(page.get_by_role("button", name="Save bars")).to_be_disabled()
    if task == "many":
        page.locator(".editor select").first.select_option(label="intent 3 (4)")
    else:
        page.keyboard.press("ArrowDown")
        if task == "six":
            page.keyboard.press("ArrowDown")
    page.keyboard.press("Alt+8")
    until(lambda: space.decisions.store.events() != ())
    said = last(space)
    assert said.target is not None
    assert said.blind
    at = {"binary": 0, "six": 1, "many": 3}[task]
    assert said.target[space.dataset.classes[at]] == pytest.approx(0.8)


def test_the_search_for_a_class_is_left_with_escape_and_a_chip_keeps_the_focus(
    open_task, page: Page
) -> None:
    space = open_task("many")
    sample = shown_sample(page)
    page.get_by_role("textbox", name="Find a class to rule out").fill("7")
    page.keyboard.press("Escape")
    chip = page.get_by_role("button", name="intent 7", exact=True)
    chip.focus()
    for ruled_out in ("true", "false"):
        page.keyboard.press("Space")
        expect(chip).to_have_attribute("aria-pressed", ruled_out)
        expect(chip).to_be_focused()
    page.keyboard.press("q")
    moved_on(page, sample)
    assert (last(space).sample, last(space).verdict) == (sample, "keep")
    expect(page.get_by_role("textbox", name="Find a class to rule out")).to_have_value("")
