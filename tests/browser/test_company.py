"""Two people at one card: both are told, and an open card stays with whoever has it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Place, shown_sample, visit

pytestmark = pytest.mark.browser


def test_both_who_have_one_card_open_are_told(pairs: Place, page: Page, browser: Browser) -> None:
    page.clock.install()
    visit(page, pairs.url("review", reviewer="ann"))
    sample = shown_sample(page)
    context = browser.new_context()
    try:
        other = context.new_page()
        visit(other, pairs.url("review", reviewer="bob", sample=sample))
        expect(other.get_by_text("This card is with ann now.")).to_be_visible()
        page.clock.fast_forward(61_000)  # when the open page looks after its card
        expect(page.get_by_text("bob has this card open too. It is yours.")).to_be_visible()
        assert shown_sample(page) == sample
    finally:
        context.close()
