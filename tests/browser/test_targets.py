from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from labelviz.project.workspace import Workspace
from tests.browser.conftest import Place, settled
from tests.conftest import until


def test_a_link_shows_a_colleague_the_layers_as_they_stand(
    demos: Path, shared: Callable[[Path], Place], page: Page
) -> None:
    place = shared(demos / "intents")
    page.goto(place.url("targets", reviewer="ann"))
    settled(page)
    before = str(Workspace(place.workspace).goals.policy)
    page.get_by_text("Dynamic: softer where the model hesitates").click()
    settled(page)
    slider = page.get_by_role("slider", name="Off-label mass of the hardest")
    slider.focus()
    slider.press("ArrowRight")
    text = f"{before} + dynamic:max=0.21"
    expect(page.get_by_test_id("stCode")).to_contain_text(text)
    page.get_by_text("One sample", exact=True).click()
    expect(page.get_by_text("The softest")).to_be_visible()
    until(lambda: parse_qs(urlsplit(page.url).query).get("policy") == [text])
    link = page.url
    other = page.context.new_page()
    other.goto(link)
    settled(other)
    expect(other.get_by_test_id("stCode")).to_contain_text(text)
    expect(other.get_by_text("The softest")).to_be_visible()
    assert str(Workspace(place.workspace).goals.policy) == before
