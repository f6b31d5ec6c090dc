"""How long from a key press to the next card, alone and among ten reviewers, against Label Studio.

Workspaces of 100,000 and of 1,000,000 text pairs with probabilities and flags are made in a
temporary folder. In headless Chromium a reviewer presses a key, and the time runs until the next
card stands on the screen and its frame was drawn. Nine more reviewers work over the app's own
websocket, because ten headless browsers on a small machine would measure the browsers.

Label Studio gets the same 100,000 tasks, in a virtual environment of its own (`--label-studio DIR`
names one that has it installed). Its number is what its server takes to save an annotation and to
deal the next task, without drawing anything: a lower bound of what its reviewers wait for.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from playwright.sync_api import Page, WebSocket, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.report import write_table  # noqa: E402
from benchmarks.review_views import CARD, TIMES, Act, lay_out, measure_views  # noqa: E402
from benchmarks.simulated_reviewer import SimulatedReviewer  # noqa: E402
from benchmarks.timed import Times, resident  # noqa: E402
from labelviz import jobs  # noqa: E402
from labelviz.project.workspace import Workspace  # noqa: E402
from labelviz.tables.columns import Columns  # noqa: E402
from tests.browser import chromium  # noqa: E402
from tests.browser.conftest import Server, shown_sample, visit  # noqa: E402

SIZES = (100_000, 1_000_000)
CARDS, WARM_UP = 100, 10
FEWEST = 10  # cards that a row of the table stands for
AFTER = 2.0  # seconds after a refit in which its flags are read
LOOK_MS = 400  # A reviewer looks at a card before the next key
PATIENCE_MS = 60_000
OTHERS, OTHERS_PAUSE = 9, (2.0, 6.0)
CLASSES = ("different", "same")
ARM = f"""() => {{
  const card = () => {CARD};
  const before = card();
  window.took = null;
  document.addEventListener('keydown', (event) => {{
    const began = event.timeStamp;
    const look = () => {{
      const now = card();
      if (now === null || now === before) return;
      observer.disconnect();
      // A message posted by the frame's own callback arrives once that frame was drawn.
      const drawn = new MessageChannel();
      drawn.port1.onmessage = () => {{ window.took = performance.now() - began; }};
      requestAnimationFrame(() => drawn.port2.postMessage(null));
    }};
    const observer = new MutationObserver(look);
    const changes = {{ subtree: true, childList: true, characterData: true, attributes: true }};
    observer.observe(document.body, changes);
    const shadows = [...document.querySelectorAll('.st-key-answer *')].map((e) => e.shadowRoot);
    for (const each of shadows.filter(Boolean)) observer.observe(each, changes);
  }}, {{ once: true, capture: true }});
}}"""


@dataclass
class Measured(Times):
    """What was measured in one place."""

    bytes: list[int] = field(default_factory=list)
    refit: list[bool] = field(default_factory=list)
    memory: float = 0.0

    def beside(self, *, refit: bool) -> Measured:
        """The cards that came while a refit ran, or those while none did."""
        these = [place for place, ran in enumerate(self.refit) if ran == refit]
        times, sizes = (
            [all_[place] for place in these] for all_ in (self.milliseconds, self.bytes)
        )
        return Measured(times, sizes, [refit] * len(these), self.memory)


def main() -> None:
    """Measure, print the table, write it to review.md and the README."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=SIZES)
    parser.add_argument("--cards", type=int, default=CARDS)
    parser.add_argument("--label-studio", type=Path, help="a virtual environment that has it")
    parser.add_argument("--keep", type=Path, help="make the workspaces here, or use them again")
    chosen = parser.parse_args()
    rows: list[tuple[str, ...]] = []
    loads = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory(prefix="labelviz-review-") as folder:
        for size in chosen.rows:
            space = make(chosen.keep or Path(folder), size)
            lay_out(space)
            with served(space) as server, browser() as page:
                rows += measure(server, page, size, chosen.cards)
            with served(space) as server, browser() as page:
                rows += [view(size, act, server) for act in measure_views(server, page)]
                loads.append(os.getloadavg()[0])
        if chosen.label_studio is not None:
            from benchmarks.label_studio import measure_label_studio

            tasks = tasks_of(chosen.keep or Path(folder), SIZES[0])
            times = measure_label_studio(chosen.label_studio, Path(folder), tasks, chosen.cards)
            name = f"Label Studio, {SIZES[0]:,} rows, its server alone: save and next task"
            rows.append(line(name, Measured(times)))
    header = ("", "p50", "p95", "received per card", "server memory")
    largest = f"{max(chosen.rows):,} rows"
    write_table(
        "review",
        "From key press to the next card",
        header,
        rows,
        [
            f"{chosen.cards} cards each, headless Chromium at 1440 x 900, {os.cpu_count()} CPU "
            "cores shared by browser, server and the other reviewers. Aim: p95 of 90 ms alone "
            "and 130 ms among ten while a refit runs, 1 s for the table and the map, 2.5 GB at "
            "1,000,000 rows, 100 KB per card. A refit of the flags is due after every 25 verdicts, "
            "and at this pace runs a good part of the time; the two seconds after it, in which its "
            f"flags are read, count to it. Parts of fewer than {FEWEST} cards are left out. "
            f"Table and map: {TIMES} times each, the first ones apart. "
            "Command: `make bench-review`. Load average of the machine before, and after each "
            f"size: {', '.join(f'{load:.1f}' for load in loads)}; an idle one starts near 0."
        ],
        (header, [row for row in rows if largest in row[0] or "Label Studio" in row[0]]),
    )


def make(home: Path, size: int) -> Path:
    """A workspace of text pairs with probabilities and flags."""
    folder = home / f"pairs-{size}"
    if folder.exists():
        return folder
    rng = random.Random(0)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(5_000)]
    file = home / f"pairs-{size}.csv"
    with file.open("w", encoding="utf-8") as out:
        out.write("id,a,b,label,source\n")
        for row in range(size):
            drawn = rng.choices(words, k=40)
            title, other = " ".join(drawn[:20]), " ".join(drawn[10:30])
            price = rng.randint(1, 999)
            out.write(
                f"pair-{row:07d},title: {title} | price: {price}.0,title: {other} | price: 20.0,"
                f"{CLASSES[rng.random() < 0.5]},{rng.choice(('web', 'app', 'phone'))}\n"
            )
    space = Workspace.create(folder)
    columns = Columns("a", "label", text_b="b", id="id", slices=("source",), classes=CLASSES)
    space.load(file, columns)
    same = np.random.default_rng(0).beta(0.5, 0.5, size)
    opinion = home / f"opinion-{size}.parquet"
    ids = pa.array(list(space.dataset.ids))
    pq.write_table(pa.table({"id": ids, "different": 1 - same, "same": same}), opinion)
    space.opinions.read_file(opinion)
    space.flag(detectors=("model",))
    return folder


def tasks_of(home: Path, size: int) -> list[dict[str, str]]:
    """The samples of a workspace as tasks."""
    dataset = Workspace(make(home, size)).dataset
    return [{"a": a, "b": b} for a, b in zip(*dataset.texts, strict=True)]


@contextmanager
def served(space: Path) -> Iterator[Server]:
    """A running server on a workspace."""
    server = Server(space)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        refit = jobs.latest(space)
        if refit is not None:
            refit.cancel()  # it outlives the server, and writes into what is to be removed


@contextmanager
def browser() -> Iterator[Page]:
    """A page in headless Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=chromium.find(), args=chromium.ARGUMENTS
        )
        page = opened.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        yield page


def measure(server: Server, page: Page, size: int, cards: int) -> list[tuple[str, ...]]:
    """Alone with two keys, then among others."""
    received: list[int] = []
    page.on("websocket", lambda stream: _count(stream, received))
    visit(page, f"{server.url}/review?reviewer=ann&show=unreviewed")
    shown_sample(page)
    press(page, "q", WARM_UP, received)
    keep = press(page, "q", cards, received, server.workspace)
    following = press(page, "j", cards, received)
    names = [f"reviewer {number}" for number in range(OTHERS)]
    others = [SimulatedReviewer(server.url, name, OTHERS_PAUSE) for name in names]
    for other in others:
        other.start()
    press(page, "q", WARM_UP, received)
    among = press(page, "q", cards, received, server.workspace)
    for other in others:
        other.stop()
    served_others = Measured([1000 * each for other in others for each in other.seconds])
    for measured in (keep, following, among, served_others):
        measured.memory = resident(server.process_id)
    return [
        *split(f"{size:,} rows, one reviewer: keep (saved) and next card", keep),
        line(f"{size:,} rows, one reviewer: next card", following),
        *split(f"{size:,} rows, among ten reviewers: keep and next card", among),
        line(f"the nine others, at the websocket: {len(served_others.milliseconds)} decisions",
             served_others),
    ]  # fmt: skip


def press(
    page: Page, key: str, cards: int, received: list[int], workspace: Path | None = None
) -> Measured:
    """Press a key on so many cards, and time each until the next card is there."""
    measured, until = Measured(), 0.0
    for _ in range(cards):
        page.wait_for_timeout(LOOK_MS)
        before = sum(received)
        page.evaluate(ARM)
        refit = refits(workspace)
        page.keyboard.press(key)
        page.wait_for_function("window.took !== null")
        measured.milliseconds.append(float(page.evaluate("window.took")))
        refit = refit or refits(workspace)
        measured.refit.append(refit or time.monotonic() < until)
        until = time.monotonic() + AFTER if refit else until
        page.wait_for_timeout(LOOK_MS / 2)
        measured.bytes.append(sum(received) - before)
    return measured


def refits(workspace: Path | None) -> bool:
    """Whether the flags of a workspace learn from its reviews right now."""
    job = None if workspace is None else jobs.latest(workspace)
    return job is not None and job.state == "running"


def line(name: str, measured: Measured) -> tuple[str, ...]:
    """One row of the table."""
    size = f"{median(measured.bytes) / 1000:.0f} KB" if measured.bytes else "-"
    held = f"{measured.memory:.2f} GB" if measured.memory else "-"
    return name, f"{measured.p50:.0f} ms", f"{measured.p95:.0f} ms", size, held


def split(name: str, measured: Measured) -> Iterator[tuple[str, ...]]:
    """Rows of the table: what was measured beside a refit, and what without; few are left out."""
    for words, refit in (("no refit", False), ("while a refit runs", True)):
        part = measured.beside(refit=refit)
        if len(part.milliseconds) >= FEWEST:
            yield line(f"{name}, {words} ({len(part.milliseconds)} cards)", part)


def view(size: int, act: Act, server: Server) -> tuple[str, ...]:
    """The row of an act on the table or the map."""
    measured = f"{act.times.p50:.0f} ms", f"{act.times.p95:.0f} ms"
    return f"{size:,} rows, {act.name}", *measured, "-", f"{resident(server.process_id):.2f} GB"


def _count(stream: WebSocket, received: list[int]) -> None:
    stream.on("framereceived", lambda payload: received.append(len(payload)))


if __name__ == "__main__":
    main()
