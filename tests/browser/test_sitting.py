"""Thirty cards by keyboard alone, thirty by mouse alone, and the store holds all of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from labelviz.core.soft_targets import with_share
from labelviz.project.workspace import Workspace
from tests.browser.conftest import (
    SIX,
    TAGS,
    line,
    moved_on,
    press_at,
    settled,
    shown_sample,
)

pytestmark = pytest.mark.browser
BINARY = ("no", "yes")


@dataclass
class Said:
    """What a reviewer means by an action: a verdict with a label, or a target."""

    verdict: str
    label: tuple[str, ...] | None = None
    target: Mapping[str, float] | None = None


@dataclass
class Sitting:
    """A page on one workspace, and what was meant there, sample by sample."""

    page: Page
    space: Workspace
    meant: dict[str, Said] = field(default_factory=dict)

    @property
    def given(self) -> np.ndarray:
        """The given label of the card as a row."""
        dataset = self.space.dataset
        row = dataset.given[dataset.rows[shown_sample(self.page)]]
        return np.asarray(row, float) if dataset.multilabel else np.eye(dataset.n_classes)[row]

    def labels(self) -> tuple[str, ...]:
        """The given label of the card by name."""
        dataset = self.space.dataset
        return dataset.label_names(dataset.given, dataset.rows[shown_sample(self.page)])

    def target(self, row: np.ndarray) -> Said:
        """A target set on the bars."""
        return Said("soften", target=dict(zip(self.space.dataset.classes, row, strict=True)))

    def decide(self, act: Callable[[], Said]) -> None:
        """Do something that decides the card."""
        sample = shown_sample(self.page)
        self.meant[sample] = act()
        moved_on(self.page, sample)

    def check(self) -> None:
        """What stands in the store is what was meant, and nothing else."""
        review = self.space.review
        assert review.samples == self.meant.keys()
        for sample, said in self.meant.items():
            (decision,) = review.decisions(sample)
            assert (sample, decision.verdict, decision.label) == (sample, said.verdict, said.label)
            if said.target is not None:
                assert decision.target == pytest.approx(said.target, abs=1e-9)


@pytest.fixture
def sit(open_task: Callable[[str], Workspace], page: Page) -> Callable[[str], Sitting]:
    """Sit down at one of the tasks."""
    return lambda name: Sitting(page, open_task(name))


def by_key(sitting: Sitting, *keys: str, say: Said) -> None:
    def act() -> Said:
        for key in keys:
            sitting.page.keyboard.press(key)
        return say

    sitting.decide(act)


def test_thirty_cards_by_keyboard(sit: Callable[[str], Sitting], page: Page) -> None:
    binary = sit("binary")
    by_key(binary, "q", say=Said("keep", binary.labels()))
    by_key(binary, "0", say=Said("choose", ("no",)))
    by_key(binary, "1", say=Said("choose", ("yes",)))
    by_key(binary, "Alt+7", say=binary.target(with_share(binary.given, _top(binary), 0.7)))
    by_key(binary, "Alt+2", say=binary.target(with_share(binary.given, _top(binary), 0.2)))
    other = 1 - _top(binary)
    by_key(binary, "ArrowDown", "Alt+9", say=binary.target(with_share(binary.given, other, 0.9)))
    by_key(binary, "e", say=Said("exclude"))
    by_key(binary, "n", say=Said("unsure"))
    by_key(binary, "f", say=Said("flag"))
    line(page, 0).locator(".track").focus()
    by_key(binary, "Home", "ArrowRight", "Enter", say=binary.target(np.array([0.05, 0.95])))
    binary.check()

    six = sit("six")
    for key in "123456":
        by_key(six, key, say=Said("choose", (SIX[int(key) - 1],)))
    by_key(six, "q", say=Said("keep", six.labels()))
    second = (_top(six) + 2) % 6
    row = with_share(six.given, second, 0.6)
    by_key(six, "ArrowDown", "ArrowDown", "Alt+6", say=six.target(row))
    by_key(six, "ArrowUp", "Alt+3", say=six.target(with_share(six.given, (_top(six) - 1) % 6, 0.3)))
    line(page, 4).locator(".track").focus()
    row = with_share(six.given, 4, 0.0) if _top(six) == 4 else six.given
    by_key(six, "Home", "PageUp", "PageUp", "Enter", say=six.target(with_share(row, 4, 0.2)))
    six.check()

    tags = sit("tags")
    for keys, label in (("1", "1"), ("2", "2"), ("23", "23"), ("123", "123")):
        wanted = tags.given.astype(int)
        for key in keys:
            wanted[int(key) - 1] ^= 1
        named = tuple(name for name, on in zip(TAGS, wanted, strict=True) if on)
        by_key(tags, *label, "Enter", say=Said("choose", named))
    by_key(tags, "q", say=Said("keep", tags.labels()))
    for share, keys in (
        (0.15, ("Home", *["ArrowRight"] * 3)),
        (0.8, ("End", "PageDown", "PageDown")),
    ):
        line(page, 1).locator(".track").focus()
        row = with_share(tags.given, 1, share, multilabel=True)
        by_key(tags, *keys, "Enter", say=tags.target(row))
    by_key(tags, "e", say=Said("exclude"))
    by_key(tags, "f", say=Said("flag"))
    by_key(tags, "n", say=Said("unsure"))
    tags.check()
    assert sum(len(each.meant) for each in (binary, six, tags)) == 30
    _undo_and_redo(tags, page)


def _top(sitting: Sitting) -> int:
    return int(sitting.given.argmax())


def _undo_and_redo(sitting: Sitting, page: Page) -> None:
    """Undo three, refresh, redo two, refresh; the store follows, and so does the page."""
    last_three = list(sitting.meant)[-3:]
    for sample in reversed(last_three):
        page.keyboard.press("z")
        expect(page.locator(".lv-status strong").first).to_have_text(sample)
        expect(page.locator(".lv-status")).to_contain_text("not reviewed")
        shown_sample(page)
    undone = {sample: sitting.meant.pop(sample) for sample in last_three}
    sitting.check()
    page.reload()
    assert shown_sample(page) == last_three[0]
    for sample in last_three[:2]:
        page.keyboard.press("Shift+Z")
        expect(page.locator(".lv-status strong").first).to_have_text(sample)
        expect(page.locator(".lv-status")).not_to_contain_text("not reviewed")
        shown_sample(page)
        sitting.meant[sample] = undone[sample]
    page.reload()
    settled(page)
    sitting.check()


def test_thirty_cards_by_mouse(sit: Callable[[str], Sitting], page: Page) -> None:
    def click(name: str) -> None:
        page.get_by_role("button", name=name).click()

    def bar(sitting: Sitting, k: int, share: float) -> None:
        press_at(page, line(page, k).locator(".track"), share)
        page.mouse.up()

    def pressed(sitting: Sitting, name: str, say: Said) -> None:
        def act() -> Said:
            click(name)
            return say

        sitting.decide(act)

    def named(sitting: Sitting, k: int) -> None:
        def act() -> Said:
            line(page, k).locator(".name").click()
            return Said("choose", (sitting.space.dataset.classes[k],))

        sitting.decide(act)

    def soft(sitting: Sitting, k: int, share: float, last: str) -> None:
        """Put the bar of a class somewhere, and say how sure, or save the bars as they are."""

        def act() -> Said:
            row = with_share(sitting.given, k, share, multilabel=sitting.space.dataset.multilabel)
            bar(sitting, k, share)
            if last != "Save bars":
                row = with_share(row, k, float(last.split()[-1]))
            click(last)
            return sitting.target(row)

        sitting.decide(act)

    binary = sit("binary")
    pressed(binary, "Keep", Said("keep", binary.labels()))
    named(binary, 0)
    named(binary, 1)
    soft(binary, 1, 0.4, "Save bars")
    soft(binary, 0, 0.25, "Save bars")
    soft(binary, 1, 0.5, "Sure 0.95")
    soft(binary, 0, 0.5, "Lean 0.65")
    pressed(binary, "Exclude", Said("exclude"))
    pressed(binary, "Unsure", Said("unsure"))
    pressed(binary, "Discuss", Said("flag"))
    binary.check()

    six = sit("six")
    for k in range(4):
        named(six, k)
    soft(six, 5, 0.3, "Save bars")
    soft(six, 2, 0.6, "Save bars")
    soft(six, 0, 0.5, "Likely 0.80")
    smoothed = 0.9 * six.given + 0.02 * (1 - six.given)

    def act() -> Said:
        click("Smoothed")
        click("Save bars")
        return six.target(smoothed)

    six.decide(act)
    pressed(six, "Keep", Said("keep", six.labels()))
    pressed(six, "Unsure", Said("unsure"))
    six.check()

    tags = sit("tags")
    for k in (0, 1, 2, 1):

        def switch(k: int = k) -> Said:
            wanted = tags.given.astype(int)
            wanted[k] ^= 1
            line(page, k).locator(".name").click()
            click("Save bars")
            return Said("choose", tuple(n for n, on in zip(TAGS, wanted, strict=True) if on))

        tags.decide(switch)
    for k, share in ((0, 0.7), (1, 0.2), (2, 0.9)):
        soft(tags, k, share, "Save bars")
    pressed(tags, "Keep", Said("keep", tags.labels()))
    pressed(tags, "Exclude", Said("exclude"))
    pressed(tags, "Discuss", Said("flag"))
    tags.check()
    assert sum(len(each.meant) for each in (binary, six, tags)) == 30
