"""The Data page in a real browser: from an upload to flags, and what goes wrong on the way."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from labelviz.project.workspace import Workspace
from labelviz.tables.columns import Columns
from tests.browser.conftest import PATIENCE_MS, READY, Place, Server, settled, visit
from tests.conftest import until

pytestmark = pytest.mark.browser

GOOD = ("wonderful", "loved", "funny", "warm", "joyful", "brilliant")
BAD = ("dull", "hated", "boring", "cold", "awful", "tedious")
PLAIN = (
    "actor", "scene", "story", "music", "camera", "ending", "plot", "city", "night", "river",
)  # fmt: skip
WRONG = (5, 16)
ANOTHER = "Load a file into a new workspace"


def reviews(rows: int = 60) -> str:
    """Films with plain words for good and bad; the labels of two rows are wrong."""
    draw = random.Random(0)
    lines = ["id,text,label"]
    for row in range(rows):
        good = row % 2 == 0
        words = draw.sample(GOOD if good else BAD, 3) + draw.sample(PLAIN, 4)
        draw.shuffle(words)
        label = "good" if good != (row in WRONG) else "bad"
        lines.append(f"{row},{' '.join(words)},{label}")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose folder holds no workspace at first."""
    running = Server(tmp_path_factory.mktemp("home") / "nothing")
    running.start()
    yield running
    running.kill()


@pytest.fixture
def untouched(tmp_path: Path) -> Iterator[Server]:
    """A server whose folder holds no workspace, and remembers no columns, until the test loads."""
    running = Server(tmp_path / "home" / "nothing")
    running.start()
    yield running
    running.kill()


def form(page: Page, server: Server) -> None:
    """Open the form for a new workspace."""
    visit(page, f"{server.url}/data")
    another, first = page.get_by_text(ANOTHER), page.get_by_text("Upload a file", exact=True)
    expect(another.or_(first).first).to_be_visible()
    settled(page)
    if another.count():
        another.click()
        expect(first).to_be_visible()


def upload(page: Page, server: Server, name: str, content: str | bytes) -> None:
    """Offer a file to the form for a new workspace."""
    form(page, server)
    give(page, name, content)


def give(page: Page, name: str, content: str | bytes) -> None:
    """Offer a file, in place of another one, to the form that is open."""
    data = content.encode() if isinstance(content, str) else content
    page.wait_for_selector(READY)  # an uploader that is drawn anew meanwhile takes no file
    chosen = page.locator('[data-testid="stFileUploader"]').filter(has_text="Upload a file")
    chosen.locator("input").set_input_files({"name": name, "mimeType": "text/csv", "buffer": data})


def load(page: Page, name: str) -> None:
    """Press Load and wait for the report of the workspace of this name."""
    page.get_by_role("button", name="Load", exact=True).click()
    page.wait_for_url(re.compile(rf"[?&]workspace={name}(&|$)"))
    expect(page.get_by_text("= accepted")).to_be_visible()
    expect(page.get_by_text(ANOTHER)).to_be_visible()
    settled(page)


def workspace(server: Server, name: str) -> Workspace:
    return Workspace(server.workspace.parent / name)


def test_from_an_upload_to_the_flags(untouched: Server, page: Page) -> None:
    upload(page, untouched, "films.csv", reviews())
    expect(page.get_by_text("The first rows of 60")).to_be_visible()
    expect(page.get_by_text("Guessed: by its name and its cells.")).to_be_visible()
    expect(page.get_by_text("2 classes: bad, good")).to_be_visible()
    load(page, "films")
    page.get_by_role("button", name="Get probabilities").click()
    expect(page.get_by_text("The new probabilities are in use.")).to_be_visible()
    page.get_by_role("button", name="Find wrong labels").click()
    expect(page.get_by_text("2 labels are flagged")).to_be_visible()
    space = workspace(untouched, "films")
    assert space.suspicion is not None
    flagged = space.dataset.ids[space.suspicion.flagged]
    assert set(flagged) == {str(row) for row in WRONG}
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_text("2 labels are flagged: all with")).to_be_visible()


@pytest.mark.bad_input("H19", "I17")
def test_a_broken_or_hostile_file_is_refused_and_the_next_one_is_loaded_elsewhere(
    empty: Server, page: Page
) -> None:
    upload(page, empty, "broken.csv", 'id,text,label\n1,"never closed,good\n')
    expect(page.get_by_text("A quote opened on line 2 never closes.")).to_be_visible()
    assert not (empty.workspace.parent / "broken").exists()
    keys = (json.dumps({f"key {row} {n}": n for n in range(100)}) for row in range(101))
    give(page, "keys.jsonl", "\n".join(keys))
    expect(
        page.get_by_text("The file has 10,100 columns; at most 10,000 are read.")
    ).to_be_visible()
    give(page, "mended.csv", reviews(25_000))
    expect(page.get_by_text("The first rows of 25,000")).to_be_visible()
    load(page, "mended")
    assert len(workspace(empty, "mended").dataset) == 25_000


def test_a_running_job_is_cancelled_and_started_again(empty: Server, page: Page) -> None:
    upload(page, empty, "long.csv", reviews(4_000))
    load(page, "long")
    page.get_by_role("button", name="Get probabilities").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The computation of probabilities was cancelled.")).to_be_visible()
    page.get_by_role("button", name="Start again").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Start again")).to_be_visible()
    assert workspace(empty, "long").opinions.names == ()


PATH = "Or type the path of a file or a datasets folder on the server"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Server]:
    """A server that was started with a folder that visitors may name files in."""
    (tmp_path / "data").mkdir()
    running = Server(tmp_path / "home" / "nothing", LABELVIZ_FOLDERS=str(tmp_path / "data"))
    running.start()
    yield running
    running.kill()


@pytest.mark.bad_input("M01")
def test_a_path_is_read_where_the_owner_said_and_nowhere_else(
    opened: Server, page: Page, tmp_path: Path
) -> None:
    (tmp_path / "data/typed.tsv").write_text(reviews().replace(",", "\t"), "utf-8")
    (tmp_path / "secrets.csv").write_text(reviews(), "utf-8")
    (tmp_path / "data/set").mkdir()
    (tmp_path / "data/set/out.csv").symlink_to(tmp_path / "secrets.csv")
    form(page, opened)
    typed = page.get_by_label(PATH)
    elsewhere = str(tmp_path / "secrets.csv")
    for path in (elsewhere, "/etc/passwd", "../secrets.csv", "absent.csv", "set"):
        typed.fill(path)
        typed.press("Enter")
        expect(page.locator(".lv-error")).to_have_text("This path is not available here.")
        place = "out.csv" if path == "set" else path
        expect(page.get_by_text(place, exact=True)).to_be_visible()
        expect(page.get_by_text("The first rows")).to_have_count(0)
    typed.fill("typed.tsv")
    typed.press("Enter")
    expect(page.get_by_text("split at tabs")).to_be_visible()


def test_a_server_of_which_nothing_was_said_asks_for_no_path(empty: Server, page: Page) -> None:
    form(page, empty)
    expect(page.get_by_text("LABELVIZ_FOLDERS")).to_be_visible()
    expect(page.get_by_label(PATH)).to_have_count(0)


@pytest.mark.bad_input("A37")
def test_two_visitors_with_a_file_of_the_same_name_each_get_their_own(
    tasks: Path, shared: Callable[[Path], Place], page: Page, browser: Browser
) -> None:
    place = shared(tasks / "binary")
    space = Workspace(place.workspace)
    another = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    another.set_default_timeout(PATIENCE_MS)
    for visitor, first in ((page, 0.9), (another, 0.2)):
        visit(visitor, place.url("data"))
        visitor.get_by_text("From a file", exact=True).click()
        rows = [f"{name},{first},{1 - first:.1f}" for name in space.dataset.ids]
        content = "\n".join([f"id,{','.join(space.dataset.classes)}", *rows])
        chosen = visitor.locator('[data-testid="stFileUploader"]').filter(
            has_text="File of probabilities"
        )
        expect(chosen).to_be_visible()
        settled(visitor)
        chosen.locator("input").set_input_files(
            {"name": "probs.csv", "mimeType": "text/csv", "buffer": content.encode()}
        )
        expect(visitor.get_by_role("button", name="Get probabilities")).to_be_enabled()
    page.get_by_role("button", name="Get probabilities").click()
    expect(page.get_by_text("The new probabilities are in use.")).to_be_visible()
    assert Workspace(place.workspace).opinions.probabilities().values[0, 0] == 0.9
    another.context.close()


@pytest.mark.bad_input("J05", "E11")
def test_what_a_person_downloads_runs_in_no_spreadsheet(untouched: Server, page: Page) -> None:
    rows = "1,=1+1,bad\n2,@SUM(A1),good\n3,fine,good\n=cmd|' /C calc'!A0,x\n5,poor,bad"
    upload(page, untouched, "sums.csv", f"id,text,label\n{rows}\n")
    load(page, "sums")
    with page.expect_download() as set_aside:
        page.get_by_role("button", name="Download quarantine.csv").click()
    said = Path(set_aside.value.path()).read_text("utf-8")
    assert "'=cmd|' /C calc'!A0" in said
    assert ",=" not in said
    page.get_by_role("link", name="Targets").click()
    page.get_by_role("button", name="Write an export file").click()
    with page.expect_download() as exported:
        page.get_by_role("button", name="Download the file").click()
    said = Path(exported.value.path()).read_text("utf-8")
    assert "1,'=1+1,bad" in said
    assert "2,'@SUM(A1),good" in said
    page.get_by_text("Every text exactly as it is, for programs").click()
    settled(page)
    page.get_by_role("button", name="Write an export file").click()
    space = workspace(untouched, "sums")
    exact = space.path / "exports/targets-002.csv"
    until(exact.is_file)
    assert "1,=1+1,bad" in exact.read_text("utf-8")
    again = Workspace.create(untouched.workspace.parent / "again")
    again.load(Path(exported.value.path()), Columns("text", "hard_label", id="id"))
    assert again.dataset.texts[0].tolist() == space.dataset.texts[0].tolist()
