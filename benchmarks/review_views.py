"""How long the table and the map take, from a press to what it asked for being drawn.

The layout is made here, of 300 clumps of points, instead of by an encoder: what is drawn depends on
how many points there are and how they lie, and not on what put them there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from benchmarks.timed import Times
from labelviz.core.layout import Layout
from labelviz.project.embeddings import EMBEDDINGS
from labelviz.project.workspace import Workspace
from labelviz.tables import keep
from tests.browser.conftest import Server, settled

TIMES = 12  # of each act
CLUMPS, WIDTH = 300, 0.02
LOOK_MS = 1_000  # A person looks at a page before the first press on it
PATIENCE_MS = 120_000
# What is on the screen, in one string; null while it is not there.
TABLE = """(() => {
  const root = [...document.querySelectorAll('.st-key-table-of-samples *')]
    .find((each) => each.shadowRoot)?.shadowRoot;
  const rows = [...(root?.querySelectorAll('tbody tr') ?? [])];
  return rows.length ? rows.map((each) => each.textContent).join() : null;
})()"""
MAP = """(() => {
  const plot = document.querySelector('.st-key-in-the-map .js-plotly-plot');
  const drawn = plot?.querySelector('.nsewdrag') && plot._fullData;
  return drawn ? drawn.map((each) => [each.name, each.x?.length, each.x?.[0]]).join() : null;
})()"""
INSIDE = """document.querySelector('.st-key-in-the-area')?.textContent ?? null"""
CARD = """(() => {
  const answer = [...document.querySelectorAll('.st-key-answer *')]
    .find((each) => each.shadowRoot)?.shadowRoot.querySelector('.answer');
  const shown = document.querySelector('.lv-status strong')?.textContent;
  return shown && shown === answer?.dataset.shown ? shown : null;
})()"""
ARM = """() => {
  window.pressed = null;
  for (const kind of ['pointerup', 'keydown'])
    document.addEventListener(kind, (event) => { window.pressed = event.timeStamp; },
      { capture: true });
}"""


@dataclass
class Act:
    """What is measured of one act.

    Parameters
    ----------
    name : in words.
    times : from the press, or the opening of the page, until what it asked for was drawn.
    """

    name: str
    times: Times


def lay_out(folder: Path) -> None:
    """Give a workspace a layout, once."""
    space = Workspace(folder)
    if space.findings.embeddings.layout is not None:
        return
    size, rng = len(space.dataset.ids), np.random.default_rng(0)
    centres = rng.uniform(0.1, 0.9, (CLUMPS, 2))[rng.integers(CLUMPS, size=size)]
    x, y = np.clip(rng.normal(centres, WIDTH), 0, 1).astype(np.float32).T
    file = folder / EMBEDDINGS / f"{space.dataset.fingerprint}-map.npz"
    file.parent.mkdir(exist_ok=True)
    keep.write_layout(file, Layout(x, y, "made-up clumps"))


def measure_views(server: Server, page: Page) -> Iterable[Act]:
    """Every act in turn, in one browser."""
    yield from _table(server, page)
    yield from _map(server, page)


def _table(server: Server, page: Page) -> Iterable[Act]:
    address = f"{server.url}/review?reviewer=ann&show=unreviewed&table=1"
    yield from _openings(
        page, address, TABLE, "table: the first page after the server's start", "table: open"
    )

    def button(words: str) -> Callable[[], None]:
        return page.get_by_role("button", name=words).first.click

    heads = ("Given", "Suspicion", "Text A", "Sample") * (TIMES // 4)
    yield _act("table: sort by a column", [_pressed(page, button(each), TABLE) for each in heads])
    onwards = button("Next page")
    yield _act("table: next page", [_pressed(page, onwards, TABLE) for _ in range(TIMES)])

    def search(words: str) -> None:
        box = page.get_by_placeholder("Search ids and texts")
        box.fill(words)
        box.press("Enter")

    found = (f"pair-{number:04d}" for number in range(11, 11 + TIMES))
    yield _act("table: search all texts", [
        _pressed(page, lambda words=words: search(words), TABLE) for words in found
    ])  # fmt: skip
    search("")
    settled(page)

    times = []
    for words in ("same", "different") * (TIMES // 2):
        page.locator(".st-key-filter button").first.click()
        page.get_by_role("combobox", name="Given label").click()
        times.append(_pressed(page, _option(page, words), TABLE))
        page.keyboard.press("Escape")
        settled(page)
    yield _act("table: filter by a class", times)


def _map(server: Server, page: Page) -> Iterable[Act]:
    address = f"{server.url}/overview?reviewer=ann"
    first = "map: the first Overview, in a browser that has none of its scripts"
    yield from _openings(page, address, MAP, first, "map: open Overview")

    colours = ("Suspicion", "source", "Status", "Predicted label") * (TIMES // 4)
    times = []
    choice = page.get_by_role("combobox", name="Colour by")
    for words in colours:
        settled(page)
        choice.scroll_into_view_if_needed()
        page.wait_for_timeout(LOOK_MS)
        choice.click()
        times.append(_pressed(page, _option(page, words), MAP))
    yield _act("map: colour by", times)
    boxes, closer, cards = [], [], []
    for number in range(TIMES):
        _opened(page, address, MAP)
        start, size = 0.2 + 0.03 * number, 0.1 + 0.02 * (number % 3)
        boxes.append(_pressed(page, lambda start=start, size=size: _box(page, start, size), INSIDE))
        settled(page)
        if number % 2:
            press = page.get_by_role("button", name="Look closer").click
            closer.append(_pressed(page, press, MAP))
        else:
            press = page.get_by_role("button", name="Review these").click
            cards.append(_pressed(page, press, CARD))
    yield _act("map: a box until its samples are counted", boxes)
    yield _act("map: look closer", closer)
    yield _act("map: from the box to its first card", cards)


def _act(name: str, milliseconds: list[float]) -> Act:
    return Act(name, Times(milliseconds))


def _option(page: Page, words: str) -> Callable[[], None]:
    """A press on an option of the list that is open."""
    return page.get_by_role("option", name=words, exact=True).click


def _openings(page: Page, address: str, shown: str, first: str, others: str) -> Iterable[Act]:
    """A page opened again and again, the first time apart."""
    times = [_opened(page, address, shown) for _ in range(TIMES + 1)]
    yield _act(first, times[:1])
    yield _act(others, times[1:])


def _box(page: Page, start: float, size: float) -> None:
    """Draw a box on the map, by its upper left corner and its side in shares of the map."""
    plot = page.locator(".st-key-in-the-map .js-plotly-plot .nsewdrag")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    x, y = box["x"] + start * box["width"], box["y"] + start * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + size * box["width"], y + size * box["height"], steps=5)
    page.mouse.up()


def _opened(page: Page, address: str, shown: str) -> float:
    """Milliseconds from the opening of a page until something is drawn on it."""
    page.goto(address, wait_until="commit")
    return _until(page, f"{shown} !== null", "0")


def _pressed(page: Page, press: Callable[[], None], shown: str) -> float:
    """Milliseconds from a press until something else is drawn than before."""
    settled(page)
    page.evaluate(f"() => {{ window.before = {shown}; }}")
    page.evaluate(ARM)
    press()
    there = f"(() => {{ const now = {shown}; return now !== null && now !== window.before; }})()"
    took = _until(page, f"window.pressed !== null && {there}", "window.pressed")
    settled(page)
    return took


def _until(page: Page, there: str, since: str) -> float:
    """Milliseconds since a moment until something holds, looking before every frame."""
    looked = f"() => ({there}) && performance.now() - ({since})"
    found = page.wait_for_function(looked, timeout=PATIENCE_MS, polling="raf")
    return float(found.json_value())
