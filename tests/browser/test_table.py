"""The table in a real browser: what only its own script does."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from labelviz.project.workspace import Workspace
from tests.browser.conftest import Place, shown_sample, visit

pytestmark = pytest.mark.browser


def test_several_are_chosen_in_the_table_and_decided_and_a_press_opens_a_card(
    pairs: Place, page: Page
) -> None:
    visit(page, pairs.url("review", table="2"))
    space = Workspace(pairs.workspace)
    assert space.suspicion is not None
    flagged = [r for r in space.suspicion.worst_first().tolist() if space.suspicion.flagged[r]]
    third, fifth = (page.locator("tbody tr").nth(place) for place in (2, 4))
    row = flagged[50 + 2]
    expect(third.locator("td.id")).to_have_text(str(space.dataset.ids[row]))
    for side, cell in zip(space.dataset.texts, third.locator("td.text").all(), strict=True):
        assert cell.text_content() == side[row]

    third.get_by_role("checkbox").click()
    fifth.get_by_role("checkbox").click(modifiers=["Shift"])
    page.get_by_role("button", name="Decide on 3…").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("3 samples are chosen.")).to_be_visible()
    drawer.get_by_role("combobox", name="What to do").click()
    page.get_by_role("option", name="Exclude from training").click()
    drawer.get_by_role("button", name="Decide 3 samples").click()
    expect(page.get_by_text("3 samples decided. Undo takes all of it back.")).to_be_visible()
    expect(page.get_by_text(f"51 to 100 of {len(flagged) - 3}")).to_be_visible()
    chosen = {str(space.dataset.ids[row]) for row in flagged[52:55]}
    assert Workspace(pairs.workspace).review.samples == chosen

    page.get_by_role("button", name="Given", exact=True).click()
    expect(page.get_by_role("columnheader", name="Given")).to_have_attribute(
        "aria-sort", "ascending"
    )
    first = page.locator("tbody tr").first
    expect(first.locator("td.label").first).to_have_text(space.dataset.classes[0])
    name = first.locator("td.id").inner_text()
    first.locator("td.text").first.click()
    assert shown_sample(page) == name
    page.get_by_role("button", name="Table", exact=True).click()
    expect(page.locator("tbody tr").first.locator("td.id")).to_have_text(name)
