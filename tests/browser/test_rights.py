"""Roles, as those meet them who come in over a proxy that says who they are."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from labelviz.core.roles import Member, Roles
from labelviz.project.workspace import Workspace
from labelviz.ui.components.people import ROLES_TITLE, TITLE
from labelviz.ui.components.progress import ONLY_OWNERS
from labelviz.ui.rights import LOOKING
from tests.browser.conftest import HEADER, Server, come, moved_on, settled, shown_sample

pytestmark = pytest.mark.browser

TEAM = Roles({"olga": Member("owner"), "vera": Member("viewer")})


def test_who_looks_on_decides_nothing_until_an_owner_makes_them_a_reviewer(
    behind_a_proxy: Server, browser: Browser
) -> None:
    space = Workspace(behind_a_proxy.workspace)
    space.decisions.store.roles.change(lambda _: TEAM)
    space.decisions.store.close()
    vera, olga = (come(browser, **{HEADER: name}) for name in ("vera", "olga"))
    try:
        vera.goto(f"{behind_a_proxy.url}/review?show=all&sort=file")
        expect(vera.get_by_text(LOOKING)).to_be_visible()
        first = vera.locator(".lv-status strong").first.inner_text()
        for key in ("q", "0", "Enter", "z"):
            vera.keyboard.press(key)
        vera.keyboard.press("j")
        expect(vera.locator(".lv-status strong").first).not_to_have_text(first)
        vera.goto(f"{behind_a_proxy.url}/retrain")
        expect(vera.get_by_text(ONLY_OWNERS)).to_be_visible()
        expect(vera.get_by_role("button", name="Train", exact=True)).to_be_disabled()
        assert space.decisions.store.events() == ()

        olga.goto(f"{behind_a_proxy.url}/overview")
        expect(olga.get_by_role("heading", name=TITLE)).to_be_visible()
        olga.get_by_text(ROLES_TITLE, exact=True).click()
        olga.get_by_label("Name", exact=True).fill("vera")
        olga.get_by_role("button", name="Give this role").click()
        expect(olga.get_by_text("vera – Reviewer: decides")).to_be_visible()

        vera.goto(f"{behind_a_proxy.url}/review?show=all&sort=file")
        sample = shown_sample(vera)
        vera.keyboard.press("q")
        moved_on(vera, sample)
        settled(vera)
        assert [each.reviewer for each in space.decisions.store.events()] == ["vera"]
    finally:
        vera.context.close()
        olga.context.close()
