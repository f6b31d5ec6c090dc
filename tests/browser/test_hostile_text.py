"""Text that would like to be more than text: inert and readable on every surface of Review."""

from __future__ import annotations

import contextlib
import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright import sync_api
from playwright.sync_api import Page, expect

from labelviz.core.queue import Queue
from labelviz.project.workspace import Workspace
from labelviz.tables.columns import Columns
from tests.browser.conftest import Place, settled, shown_sample, visit
from tests.conftest import decision_of

pytestmark = pytest.mark.browser

TEXTS = {
    "html": "<b>bold</b> <h1>big</h1> <a href='https://example.com'>link</a> </div></body>",
    "script": "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'>",
    "markdown": "# title **bold** ![pixel](https://example.com/pixel.png) [x](javascript:hacked=1)",
    "latex": r"$\frac{a}{b}$ $$\sum_x$$ :red[red] :smile: :material/home:",
    "right-to-left": "سلام عليكم \u202egnp.exe\u202c שלום",
    "zero-width": "pay\u200bpal \u2066isolate\u2069 \ufeffstart e\u0301" + "\u0301" * 200,
    "template": "{{7*7}} ${7*7} <%= 7*7 %> {% raw %}",
    "huge": "word " * 2_100_000,
}
VISIBLE = {
    "html": "<b>bold</b>",
    "script": "<script>window.hacked=1</script>",
    "markdown": "**bold** ![pixel](https://example.com/pixel.png)",
    "latex": r"$\frac{a}{b}$ $$\sum_x$$ :red[red]",
    "right-to-left": "⟨U+202E⟩gnp.exe⟨U+202C⟩",
    "zero-width": "pay⟨U+200B⟩pal",
    "template": "{{7*7}} ${7*7}",
    "huge": "characters)",
}
CLASSES = ("<img src=x onerror='window.hacked=1'>", "**no** $x$")


@pytest.fixture
def hostile(tmp_path: Path) -> Workspace:
    """Every kind of hostile text as a text, in a pair, as an id, a class, a slice and a reason."""
    folder = tmp_path / "home" / "hostile"
    file = tmp_path / "hostile.jsonl"
    names = ("id", "a", "b", "label", "llm", "<i>slice</i>")
    with file.open("w", encoding="utf-8") as out:
        for number, (name, text) in enumerate(TEXTS.items()):
            label = CLASSES[number % 2]
            cells = (f"<b>{name}</b>", text, f"{name} {text}"[:5000], label, label, text[:300])
            out.write(json.dumps(dict(zip(names, cells, strict=True))) + "\n")
    space = Workspace.create(folder)
    columns = Columns(
        "a", "label", text_b="b", id="id", annotators=("llm",), slices=("<i>slice</i>",),
        classes=CLASSES,
    )  # fmt: skip
    space.load(file, columns)
    opinion = tmp_path / "opinion.csv"
    with opinion.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["id", *CLASSES])
        writer.writerows([sample, 0.3, 0.7] for sample in space.dataset.ids)
    space.opinions.read_file(opinion)
    return space


@pytest.mark.bad_input("E02", "E03", "E05", "E06", "E07", "E08", "E09", "E10", "E14", "M12")
def test_hostile_text_is_inert_and_readable(
    hostile: Workspace, page: Page, shared: Callable[[Path], Place]
) -> None:
    place = shared(hostile.path)
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.url))
    visit(page, place.url("review", show="all", sort="file"))
    for name, visible in VISIBLE.items():
        assert shown_sample(page) == f"<b>{name}</b>"
        box = page.locator(".lv-text").first
        assert visible in box.inner_text()
        names = page.locator(".editor .name").all_inner_texts()
        assert [re.sub(r"^\d\s*", "", each) for each in names] == list(CLASSES)
        assert (
            box.locator("b, h1, a, script, img, svg").count()
            == box.locator("b:not([class])").count()
        )
        page.keyboard.press("n")
        if name != "huge":
            expect(page.locator(".lv-status strong").first).not_to_have_text(f"<b>{name}</b>")
        expect(page.locator(".lv-status")).to_contain_text("Saved at")
    page.get_by_label("Note").fill("<script>window.hacked=1</script> **x**")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Filter", exact=True).click()
    settled(page)
    visit(page, place.url("review", show="all", sort="file", table="1"))
    expect(page.locator("tbody tr")).to_have_count(len(TEXTS))
    cells = " ".join(page.locator("tbody td").all_inner_texts())
    assert all(each in cells for each in ("<b>html</b>", VISIBLE["script"], VISIBLE["latex"]))
    assert page.locator("tbody").locator("b, h1, a, script, img, svg").count() == 0
    assert page.evaluate("window.hacked") is None
    assert [url for url in asked if not url.startswith((place.server.url, "data:", "blob:"))] == []
    assert page.locator(".lv-status b").count() == 0


NAMES = ("book_table", ":material/home: :smile: a -> b", "<script>window.hacked=1</script>")
LONG = "w" * 3_000
# The parts of the page whose content is wider than they are.
TOO_WIDE = """() => [...document.querySelectorAll('html, [data-testid="stMain"], [role="dialog"],'
    + '[data-testid="stPopoverBody"]')].filter(each => each.scrollWidth > each.clientWidth + 1)
    .map(each => `${each.className || each.tagName}: ${each.scrollWidth} of ${each.clientWidth}`)"""


@pytest.fixture
def oddly_named(tmp_path: Path) -> Workspace:
    """Classes, a slice, an id, filters and a reviewer whose names would like to be more."""
    file = tmp_path / ":material:`x`.jsonl"
    with file.open("w", encoding="utf-8") as out:
        for n in range(12):
            part = (LONG, "pay\u200bpal", "**b**")[n % 3]
            cells = (f"{n} **x** [y](z)", f"text {n} is it", NAMES[n % 3], part)
            row = dict(zip(("id", "a", "y", "p_r\u202et"), cells, strict=True))
            out.write(json.dumps(row) + "\n")
    space = Workspace.create(tmp_path / "home" / "odd")
    space.load(file, Columns("a", "y", id="id", slices=("p_r\u202et",)))
    opinion = tmp_path / "opinion.csv"
    with opinion.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerow(["id", *space.dataset.classes])
        csv.writer(out).writerows([name, 0.2, 0.3, 0.5] for name in space.dataset.ids)
    space.opinions.read_file(opinion)
    space.findings.flag()
    for name in (":material/home:", "**bold** $x$", "n" * 100):
        space.queues.save(name, Queue(given=NAMES[0]))
    sample, name = str(space.dataset.ids[0]), f"ann *b* {'r' * 300}"
    space.decisions.decide(
        decision_of("1", sample, label=NAMES[:1], reviewer=name, on=space.dataset)
    )
    space.decisions.store.close()
    return space


def opened(page: Page, field: str, option: str, *, chosen: bool = False) -> None:
    """Open a list, and choose an option of it if asked to.

    A run that replaces the field while its list opens closes the list; it is opened again.
    """
    found = page.get_by_role("option", name=option, exact=True)
    for _ in range(20):
        settled(page)
        with contextlib.suppress(AssertionError, sync_api.Error):
            expect(page.get_by_label(field, exact=True)).to_have_count(1, timeout=6_000)
            page.get_by_label(field, exact=True).click(timeout=6_000)
            expect(found).to_be_visible(timeout=6_000)
            if chosen:
                found.click(timeout=6_000)
            return
    raise AssertionError(f"{field}: {page.locator('body').aria_snapshot()}")


@pytest.mark.bad_input("C10", "D08", "E03", "E06", "E10", "M12")
def test_no_name_is_drawn_as_something_or_wider_than_the_page(
    oddly_named: Workspace, page: Page, shared: Callable[[Path], Place]
) -> None:
    place = shared(oddly_named.path)
    for name in ("data", "overview", "targets", "retrain", "review"):
        visit(page, place.url(name, show="all", sort="file"))
        if name != "review":
            expect(page.get_by_role("heading").first).to_be_attached()
        settled(page)
        assert (name, page.evaluate(TOO_WIDE)) == (name, [])
    shown_sample(page)
    page.get_by_role("button", name="Saved", exact=True).click()
    expect(page.get_by_text(":material/home:", exact=True)).to_be_visible()
    expect(page.get_by_text("**bold** $x$", exact=True)).to_be_visible()
    assert page.evaluate(TOO_WIDE) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("^Filter")).click()
    opened(page, "Given label", "book_table")
    for name in NAMES:
        expect(page.get_by_role("option", name=name, exact=True)).to_be_visible()
    page.get_by_role("option", name="book_table", exact=True).click()
    expect(page.get_by_role("button", name="Filter (1)")).to_be_visible()
    opened(page, "Slice", "p_r⟨U+202E⟩t", chosen=True)
    opened(page, "Its value", "pay⟨U+200B⟩pal")
    page.get_by_role("option", name=re.compile("^www")).click()
    settled(page)
    assert page.evaluate(TOO_WIDE) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Clear", exact=True).click()
    shown_sample(page)
    settled(page)
    page.get_by_role("button", name="Bulk", exact=True).click()
    opened(page, "What to do", "Choose a label", chosen=True)
    opened(page, "Class", "book_table")
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate("window.hacked") is None
