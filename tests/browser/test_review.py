"""The whole path in a real browser, and what survives a crash."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from labelviz.project.workspace import Workspace
from tests.browser.conftest import PATIENCE_MS, Place, Server, settled, shown_sample, status, visit

pytestmark = pytest.mark.browser
KILLS = 2  # with a browser in front; `make faults` kills 300 times without one


def test_from_a_flagged_sample_to_the_exported_target(pairs: Place, page: Page) -> None:
    visit(page, pairs.url(""))
    page.get_by_role("link", name="Review").click()
    sample = shown_sample(page)
    expect(page.locator(".lv-status")).to_contain_text("not reviewed")
    space = Workspace(pairs.workspace)
    row = space.dataset.rows[sample]
    assert space.suspicion is not None
    assert space.suspicion.flagged[row]

    page.keyboard.press("Alt+7")
    expect(page.locator(".lv-status")).to_contain_text(f"{sample}")
    expect(page.locator(".lv-status")).to_contain_text("Saved at")
    assert shown_sample(page) != sample

    visit(page, pairs.url("review", sample=sample))
    settled(page)
    expect(page.locator(".lv-status")).to_contain_text("softened")
    given = space.dataset.given[row]
    lead = space.dataset.classes[given]
    expect(page.locator(".lv-status")).to_contain_text(f"{lead} 0.70")

    page.get_by_role("link", name="Targets").click()
    settled(page)
    page.get_by_role("button", name="Write an export file").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the file").click()
    content = Path(download.value.path()).read_text("utf-8")
    exported = {line["id"]: line for line in csv.DictReader(io.StringIO(content))}
    assert len(exported) == len(space.dataset)
    assert float(exported[sample][f"target_{lead}"]) == pytest.approx(0.7)
    assert exported[sample]["status"] == "softened"
    assert exported[sample]["source"] == "reviewer"
    assert exported[sample]["hard_label"] == lead

    page.get_by_role("combobox", name="Format").click()
    page.get_by_role("option", name="Label Studio tasks").click()
    page.get_by_text("A folder that trains elsewhere").click()
    settled(page)
    page.get_by_role("button", name="Write an export file").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the settings of the project").click()
    view = Path(download.value.path()).read_text("utf-8")
    assert all(f'<Choice value="{name}"/>' in view for name in space.dataset.classes)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the file").click()
    tasks = {
        task["data"]["labelviz_id"]: task["data"]
        for task in json.loads(Path(download.value.path()).read_text("utf-8"))
    }
    assert tasks[sample][f"target_{lead}"] == pytest.approx(0.7)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the training folder").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        name = next(each for each in archive.namelist() if each.endswith("samples.jsonl"))
        rows = [json.loads(line) for line in archive.read(name).decode().splitlines()]
        assert "soft_loss" in archive.read(name.replace("samples.jsonl", "train.py")).decode()
    (row,) = (row for row in rows if row["id"] == sample)
    assert row["target"][space.dataset.classes.index(lead)] == pytest.approx(0.7)


def test_keys_decide_undo_redo_and_a_refresh_keeps_the_place(pairs: Place, page: Page) -> None:
    visit(page, pairs.url("review"))
    first = shown_sample(page)
    for key, word in (("q", "kept"), ("e", "excluded"), ("n", "unsure")):
        before = shown_sample(page)
        page.keyboard.press(key)
        expect(page.locator(".lv-status strong").first).not_to_have_text(before)
        expect(page.get_by_text(f"{before} {word}")).to_be_visible()
    here = shown_sample(page)
    page.keyboard.press("z")
    expect(page.locator(".lv-status strong").first).not_to_have_text(here)
    undone = shown_sample(page)
    expect(page.locator(".lv-status")).to_contain_text("not reviewed")
    expect(page.get_by_role("button", name="Redo")).to_be_enabled()
    page.keyboard.press("Shift+Z")
    expect(page.locator(".lv-status")).to_contain_text("unsure")
    page.reload()
    settled(page)
    expect(page.locator(".lv-status strong").first).to_have_text(undone)
    expect(page.locator(".lv-status")).to_contain_text("unsure")
    space = Workspace(pairs.workspace)
    assert space.review.status(space.dataset.rows[first]) == "kept"


def test_keys_do_nothing_while_typing_a_note(pairs: Place, page: Page) -> None:
    visit(page, pairs.url("review"))
    sample = shown_sample(page)
    note = page.get_by_label("Note")
    note.fill("")
    note.press_sequentially("queen")
    assert shown_sample(page) == sample
    note.press("Tab")
    settled(page)
    page.locator(".lv-text").first.click()
    page.keyboard.press("q")
    expect(page.locator(".lv-status strong").first).not_to_have_text(sample)
    decision = Workspace(pairs.workspace).review.decisions(sample)[0]
    assert (decision.verdict, decision.note) == ("keep", "queen")


def test_nothing_shown_as_saved_is_lost_when_the_server_is_killed(
    home: Path, page: Page, request: pytest.FixtureRequest
) -> None:
    server = Server(home / "poi_pairs")
    request.addfinalizer(server.kill)
    acknowledged: list[str] = []
    for number in range(KILLS):
        server.start()
        visit(page, f"{server.url}/review")
        sample = shown_sample(page)
        page.keyboard.press("q" if number % 2 else "Alt+6")
        page.wait_for_function(
            "sample => { const line = document.querySelector('.lv-status');"
            " return line && line.innerText.includes('Saved at')"
            " && line.innerText.trim().endsWith(sample); }",
            arg=sample,
            timeout=PATIENCE_MS,
        )
        server.kill()
        acknowledged.append(sample)
        with sqlite3.connect(server.workspace / "review.db") as database:
            saved = [
                row[0] for row in database.execute("select sample from event order by sequence")
            ]
            assert database.execute("pragma integrity_check").fetchone() == ("ok",)
        assert saved == acknowledged
    assert len(set(acknowledged)) == KILLS


@pytest.mark.parametrize("workspace", ["poi_pairs", "poi_categories", "intents"])
def test_every_page_opens_on_every_demo(shared_server: Server, page: Page, workspace: str) -> None:
    visit(page, f"{shared_server.url}/review?workspace={workspace}")
    assert "left in this queue" in status(page)
    for name in ("Data", "Overview", "Targets", "Retrain"):
        page.get_by_role("link", name=name, exact=True).click()
        page.wait_for_url(re.compile(rf"/{name.lower()}\?(.*&)?workspace={workspace}"))
        settled(page)


def test_a_link_to_a_sample_that_does_not_exist_says_so(shared_server: Server, page: Page) -> None:
    visit(page, f"{shared_server.url}/review?workspace=poi_pairs&sample=no-such-sample")
    expect(page.get_by_text("not in this workspace")).to_be_visible()


def test_the_key_that_opened_a_drawer_closes_it(pairs: Place, page: Page) -> None:
    visit(page, pairs.url("review"))
    sample = shown_sample(page)
    for key in ("h", "y", "s"):
        page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("q")  # decides on nothing that nobody sees
        page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_have_count(0)
    assert shown_sample(page) == sample
    page.keyboard.press("q")
    expect(page.locator(".lv-status")).to_contain_text("Saved at")
