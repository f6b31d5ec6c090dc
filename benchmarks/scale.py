"""A million and ten million rows, end to end: how long, how much memory, and what breaks first.

Every step is the command that a user types, in a fresh process; then the page, in headless
Chromium, with a server of its own. Probabilities are made up: how long they take depends on the
model, and `make bench-predict` measures that. A step that fails, or takes longer than `--limit`
minutes, is said as such, and so is what it said; steps that need it are left out.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.load import make_file  # noqa: E402
from benchmarks.report import write_table  # noqa: E402
from benchmarks.review import browser, press, served  # noqa: E402
from benchmarks.timed import resident  # noqa: E402
from tests.browser.conftest import Server, shown_sample, visit  # noqa: E402

SIZES = (1_000_000, 10_000_000)
LIMIT = 20.0  # minutes
CARDS = 50
FIRST = f"{0:019d}"  # the id of the first pair
EXPENDABLE = "1000"  # to the kernel, when memory runs out
TOLD = 160  # characters of what a failed step said
AIMS = {"Overview, again": "2 s", "export CSV": "60 s", "export Parquet": "60 s"}


@dataclass(frozen=True)
class Step:
    """One step and how it went.

    Parameters
    ----------
    seconds : how long it took.
    peak : the most resident memory of its process, in GB.
    trouble : what it said where it failed; empty where it did not.
    """

    name: str
    seconds: float
    peak: float
    trouble: str = ""


def main() -> None:
    """Take every step at every size, and write the timeline."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=SIZES)
    parser.add_argument("--limit", type=float, default=LIMIT, help="minutes that a step may take")
    chosen = parser.parse_args()
    steps: dict[int, list[Step]] = {}
    disk = ROOT / "build"  # where temporary files lie in memory, it is measured as well
    disk.mkdir(exist_ok=True)
    for size in chosen.rows:
        with tempfile.TemporaryDirectory(prefix="labelviz-scale-", dir=disk) as folder:
            steps[size] = []
            for step in timeline(Path(folder), size, 60 * chosen.limit):
                print(f"{size:,}", *_row(step), flush=True)
                steps[size].append(step)
    write_table(
        "scale",
        "From a file to targets, by rows",
        ("rows", "step", "seconds", "aim", "memory", "what broke"),
        [(f"{size:,}", *_row(step)) for size, taken in sorted(steps.items()) for step in taken],
        [
            "Pairs of two texts of 36 words together, 8 columns; every command a fresh process, "
            f"{os.cpu_count()} CPU cores, {_machine_memory():.0f} GB of memory. Probabilities are "
            "read from a file. Memory is the peak of a command, and what the server holds after a "
            "step on the page. Aims at 1,000,000 rows: server 1.5 GB, Overview 2 s, export 60 s, "
            f"the browser's memory flat. A step may take {chosen.limit:g} minutes. Command: "
            "`make scale`."
        ],
    )


def timeline(folder: Path, size: int, limit: float) -> Iterator[Step]:
    """Every step in turn; nothing after one that others need."""
    file, opinion, space = folder / "pairs.csv", folder / "opinion.parquet", folder / "space"
    make_file(file, size)
    _make_opinion(file, opinion)
    mapping = ("--text", "text_a", "--text-b", "text_b", "--label", "label", "--id", "id",
               "--annotator", "llm", "--confidence", "confidence", "--slice", "source",
               "--split", "split")  # fmt: skip
    loaded = run("load", limit, "load", space, file, *mapping)
    yield loaded
    if loaded.trouble:
        return
    file.unlink()
    decide = ("decide", space, "exclude", "--by", "ann", "--sample", FIRST)
    for name, needed, command in (
        ("probabilities from a file", True, ("predict", space, "--from", opinion)),
        ("flag, the model's opinion alone", False, ("flag", space, "--detector", "model")),
        ("flag, every detector", False, ("flag", space)),
        ("targets", False, ("targets", space, "--policy", "dynamic:max=0.2")),
        ("decide on one sample", False, decide),
        ("export CSV", False, ("export", space, folder / "out.csv")),
        ("export Parquet", False, ("export", space, folder / "out.parquet")),
    ):
        step = run(name, limit, *command)
        yield step
        if step.trouble and needed:
            return
    try:
        yield from _on_the_page(space)
    except Exception as error:
        yield Step("the page", 0, 0, " ".join(str(error).split())[:TOLD] or type(error).__name__)


def run(name: str, limit: float, *command: object) -> Step:
    """Run a command of labelviz; where memory runs out, it is the one to go."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "labelviz.cli", *map(str, command)],
            cwd=ROOT, stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip
        Path(f"/proc/{process.pid}/oom_score_adj").write_text(EXPENDABLE)
        peak, late = 0.0, False
        while process.poll() is None:
            peak = np.fmax(peak, resident(process.pid, "VmHWM"))
            late = time.perf_counter() - began > limit
            if late:
                process.kill()
                process.wait()
                break
            time.sleep(0.05)
        seconds = time.perf_counter() - began
        said.seek(0)
        words = " ".join(said.read().split())[-TOLD:]
    if late:
        return Step(name, seconds, peak, f"stopped after {limit / 60:g} minutes")
    if process.returncode < 0:
        return Step(name, seconds, peak, f"killed by signal {-process.returncode}")
    return Step(name, seconds, peak, words if process.returncode else "")


def _on_the_page(space: Path) -> Iterator[Step]:
    began = time.perf_counter()
    with served(space) as server, browser() as page:
        Path(f"/proc/{server.process_id}/oom_score_adj").write_text(EXPENDABLE)
        page.set_default_timeout(600_000)
        yield _opened("the page, first time", server, page, "review")
        yield Step(
            "from the start of the server",
            time.perf_counter() - began,
            resident(server.process_id),
        )
        yield _opened("Overview, first time", server, page, "overview")
        yield _opened("Overview, again", server, page, "overview")
        yield _opened("Review", server, page, "review")
        shown_sample(page)
        before = _heap(page)
        cards = press(page, "q", CARDS, [])
        after = _heap(page)
        yield Step(f"{CARDS} cards kept: p95 of one", cards.p95 / 1000, resident(server.process_id))
        yield Step(f"the browser's objects before {CARDS} cards", 0, before)
        yield Step(f"the browser's objects after {CARDS} cards", 0, after)
        yield _opened("Targets", server, page, "targets")


def _opened(name: str, server: Server, page: Page, which: str) -> Step:
    began = time.perf_counter()
    visit(page, f"{server.url}/{which}?reviewer=ann&show=unreviewed")
    return Step(name, time.perf_counter() - began, resident(server.process_id))


def _make_opinion(file: Path, opinion: Path) -> None:
    """Probabilities that mostly agree with the labels of a file."""
    ids, labels = [], []
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            ids.append(row["id"])
            labels.append(row["label"] == "1")
    rng = np.random.default_rng(0)
    right = rng.beta(4, 1, len(ids))
    one = np.where(labels, right, 1 - right)
    pq.write_table(pa.table({"id": ids, "0": 1 - one, "1": one}), opinion)


def _heap(page: Page) -> float:
    """GB of the page's objects, once what nobody needs is gone."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e9


def _machine_memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _row(step: Step) -> Sequence[str]:
    seconds = f"{step.seconds:.1f}" if step.seconds else "-"
    return step.name, seconds, AIMS.get(step.name, ""), f"{step.peak:.2f} GB", step.trouble


if __name__ == "__main__":
    main()
