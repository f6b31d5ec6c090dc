from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from labelviz.core.files import sha256
from labelviz.processes import changing
from labelviz.project.workspace import Workspace
from labelviz.tables.export import MANIFEST
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
    slider = page.get_by_role("slider", name="Off-label mass of the hardest")
    expect(slider).to_be_visible()
    settled(page)
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


@pytest.mark.bad_input("J17")
def test_an_export_goes_on_when_its_tab_is_closed_and_is_listed_with_its_hash(
    pairs: Place, page: Page
) -> None:
    manifest = pairs.workspace / "exports" / MANIFEST
    before = {*manifest.parent.glob("*.csv")}
    page.goto(pairs.url("targets"))
    settled(page)
    with changing(manifest):  # so that the export cannot end before its tab is closed
        page.get_by_role("button", name="Write an export file").click()
        expect(page.get_by_text("The file is being written and checked.").first).to_be_visible()
        until(lambda: any(manifest.parent.glob(".targets-*")))
        page.close()
        back = page.context.new_page()
        back.goto(pairs.url("targets"))
        expect(back.get_by_text("A file is being written and checked.")).to_be_visible()
        expect(back.get_by_role("button", name="Write an export file")).to_be_disabled()
        assert {*manifest.parent.glob("*.csv")} == before
    expect(back.get_by_text("A file is being written and checked.")).to_have_count(0)
    expect(back.get_by_role("button", name="Write an export file")).to_be_enabled()
    (path,) = {*manifest.parent.glob("*.csv")} - before
    facts = back.get_by_test_id("stDataFrame").last
    expect(facts).to_contain_text(sha256(path))
    expect(facts).to_contain_text(f"{path.stat().st_size:,} bytes")
    expect(facts).to_contain_text(path.name)
    expect(back.get_by_role("button", name="Download the file")).to_be_visible()
    with back.expect_download() as started:
        back.get_by_role("button", name="Download the file").click()
    assert started.value.suggested_filename == path.name
    assert sha256(Path(started.value.path())) == sha256(path)
