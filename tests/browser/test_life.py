"""Refreshes, closed tabs, second tabs, dead networks, restarts: nothing shown as saved is lost."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from labelviz.project.workspace import Workspace
from tests.browser.conftest import Server, settled, shown_sample, status, visit
from tests.browser.gate import Gate
from tests.conftest import until

pytestmark = pytest.mark.browser
OFFLINE_SECONDS = float(os.environ.get("LABELVIZ_OFFLINE_SECONDS", "4"))


def said(page: Page, sample: str) -> str:
    """What the line above the card says, once it names a decision on this sample."""
    expect(page.locator(".lv-status")).to_contain_text("Saved at")
    expect(page.locator(".lv-status")).to_contain_text(sample)
    return status(page)


def press(page: Page, key: str) -> str:
    """Decide the card on the screen by a key, and wait until it says saved; returns its sample."""
    sample = shown_sample(page)
    page.keyboard.press(key)
    expect(page.locator(".lv-status strong").first).not_to_have_text(sample)
    assert "Saved at" in said(page, sample)
    return sample


def card(page: Page, sample: str) -> None:
    """Open the card of a sample."""
    visit(page, f"{page.url.partition('&sample=')[0].partition('sample=')[0]}&sample={sample}")
    assert shown_sample(page) == sample


@pytest.mark.bad_input("I05", "I06")
def test_a_refresh_brings_back_what_was_decided_and_what_was_being_set(
    open_task: Callable[[str], Workspace], page: Page
) -> None:
    space = open_task("binary")
    decided = press(page, "q")
    here = shown_sample(page)
    page.get_by_label("Note").fill("half a thought")
    page.get_by_label("Note").press("Tab")
    settled(page)
    expect_draft(space, here, "half a thought")
    page.reload()
    assert shown_sample(page) == here
    expect(page.get_by_label("Note")).to_have_value("half a thought")
    assert "Saved at" in said(page, decided)
    card(page, decided)
    expect(page.locator(".lv-status")).to_contain_text("kept")


def expect_draft(space: Workspace, sample: str, note: str) -> None:
    """Wait until the store has a draft."""

    def is_kept() -> bool:
        kept = space.decisions.store.drafts.of("me", sample)
        return kept is not None and kept.content["note"] == note

    until(is_kept)


@pytest.mark.bad_input("I06")
def test_after_a_tab_was_closed_right_on_a_key_the_next_visit_says_whether_it_was_saved(
    open_task: Callable[[str], Workspace], page: Page
) -> None:
    space = open_task("binary")
    sample, url = shown_sample(page), page.url
    page.keyboard.press("e")
    page.close()
    again = page.context.new_page()
    visit(again, url)
    events, shown = None, ""
    while events != space.decisions.store.history(
        sample
    ):  # it may be saved while the card is being drawn
        events = space.decisions.store.history(sample)
        card(again, sample)
        shown = status(again)
    assert ("excluded" in shown) == bool(events)
    assert ("Saved at" in shown) == bool(events)


@pytest.mark.bad_input("I03")
def test_a_second_tab_is_told_and_overwrites_nothing(
    open_task: Callable[[str], Workspace], page: Page
) -> None:
    space = open_task("binary")
    sample = shown_sample(page)
    other = page.context.new_page()
    visit(other, page.url)
    assert press(other, "e") == sample
    page.keyboard.press("q")
    expect(page.get_by_text("changed in another tab")).to_be_visible()
    expect(page.locator(".lv-status strong").first).to_have_text(sample)
    assert [each.verdict for each in space.decisions.store.history(sample)] == ["exclude"]


@pytest.mark.bad_input("I09", "I22")
def test_without_a_network_nothing_is_called_saved_and_everything_comes_back(
    open_task: Callable[[str], Workspace], page: Page, shared_server: Server
) -> None:
    space = open_task("binary")
    gate = Gate(shared_server.port)
    try:
        visit(page, page.url.replace(f":{shared_server.port}", f":{gate.port}"))
        decided = press(page, "q")
        sample = shown_sample(page)
        before = status(page)
        gate.shut()
        page.keyboard.press("e")
        time.sleep(OFFLINE_SECONDS)
        assert status(page) == before
        assert space.decisions.store.history(sample) == ()
        gate.open()
        page.reload()
        assert shown_sample(page) == sample
        assert "Saved at" in said(page, decided)
        assert "not reviewed" in status(page)
        assert press(page, "e") == sample
        assert [each.verdict for each in space.decisions.store.history(sample)] == ["exclude"]
    finally:
        gate.close()


@pytest.mark.bad_input("I10")
def test_a_server_that_restarts_under_an_open_tab_lost_nothing(
    tasks: Path, page: Page, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    shutil.copytree(tasks / "binary", tmp_path / "binary")
    server = Server(tmp_path / "binary")
    request.addfinalizer(server.kill)
    server.start()
    visit(page, f"{server.url}/review")
    decided = [press(page, key) for key in ("q", "e", "n")]
    sample, before = shown_sample(page), status(page)
    server.kill()
    page.keyboard.press("q")
    assert status(page) == before
    server.start()
    page.reload()
    assert shown_sample(page) == sample
    assert "not reviewed" in status(page)
    assert press(page, "q") == sample
    events = Workspace(tmp_path / "binary").decisions.store.events()
    assert [each.sample for each in events] == [*decided, sample]
