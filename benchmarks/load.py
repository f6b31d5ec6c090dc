"""How fast a large CSV loads, and in how much memory, against a bare pandas.read_csv.

A file of a million rows and 300 MB is made in a temporary folder. Each contender runs in a fresh
process, round by round: `pandas.read_csv(path, dtype=str)` with text columns, `read_table`, which
also checks and numbers every row, and `Workspace.load`, which also builds the dataset and keeps it
on disk. Ratios are taken round by round; memory is the peak resident set of the process.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS = 1_000_000
COLUMNS = ["id", "text_a", "text_b", "label", "llm", "confidence", "source", "split"]
WORDS = 5_000
ROUNDS = 3
RIVAL = "pandas.read_csv"
REPORT = Path(__file__).with_suffix(".md")
MEASURED = """
import json, resource, sys, time
{prepare}
began = time.perf_counter()
{work}
seconds = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps([seconds, peak]))
"""
CONTENDERS = {
    RIVAL: ("import pandas", "pandas.read_csv(sys.argv[1], dtype=str)"),
    "read_table": (
        "import pandas, pyarrow.csv\nfrom pathlib import Path\n"
        "from labelviz.tables.read import read_table",
        "read_table(Path(sys.argv[1]))",
    ),
    "Workspace.load": (
        "import pandas, pyarrow.csv, pyarrow.parquet\nfrom labelviz import Columns, Workspace\n"
        "space = Workspace.create(sys.argv[2])\n"
        "columns = Columns(text='text_a', text_b='text_b', label='label', id='id',\n"
        "    annotators=('llm',), confidence='confidence', slices=('source',), split='split')",
        "space.load(sys.argv[1], columns)",
    ),
}


def main() -> None:
    """Make the file, run all contenders in turn, print the table and write it to load.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="labelviz-load-") as folder:
        file = Path(folder) / "large.csv"
        make_file(file, chosen.rows)
        results = _measure(file, chosen.rounds)
        lines = _table(results, file.stat().st_size, chosen.rows)
    print("\n".join(lines))
    if chosen.rows == ROWS:
        REPORT.write_text("\n".join(["# Loading a large CSV", "", *lines, ""]), "utf-8")


def make_file(file: Path, rows: int) -> None:
    """Pairs of texts with commas, quotes and Chinese in them, and five short columns."""
    rng = random.Random(0)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(WORDS)]
    words += ["咖啡", "北京", 'said "so"', "yes, no"]
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for row in range(rows):
            drawn = rng.choices(words, k=36)
            label, other, source = rng.choices("01", k=2) + rng.choices(("web", "app"))
            score = f"{rng.random():.3f}"
            texts = " ".join(drawn[:22]), ", ".join(drawn[22:])
            writer.writerow([f"{row:019d}", *texts, label, other, score, source, "train"])


def _measure(file: Path, rounds: int) -> dict[str, list[tuple[float, int]]]:
    results: dict[str, list[tuple[float, int]]] = {name: [] for name in CONTENDERS}
    for number in range(rounds):
        for name, (prepare, work) in CONTENDERS.items():
            script = MEASURED.format(prepare=prepare, work=work)
            project = file.with_name(f"project-{number}")
            command = [sys.executable, "-c", script, str(file), str(project)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            seconds, peak = json.loads(done.stdout)
            results[name].append((seconds, peak))
    return results


def _table(results: dict[str, list[tuple[float, int]]], size: int, rows: int) -> list[str]:
    lines = [
        f"{rows:,} rows, {size / 1e6:.0f} MB, {len(COLUMNS)} columns; median of "
        f"{len(results[RIVAL])} rounds in fresh processes; {os.cpu_count()} CPU cores, "
        f"Python {platform.python_version()}. Command: `make bench-load`.",
        "",
        "| | seconds | times pandas (min to max) | peak memory |",
        "|---|---|---|---|",
    ]
    for name, runs in results.items():
        pairs = zip(runs, results[RIVAL], strict=True)
        ratios = [mine[0] / rival[0] for mine, rival in pairs]
        lines.append(
            f"| `{name}` | {statistics.median(each[0] for each in runs):.1f} "
            f"| {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) "
            f"| {max(each[1] for each in runs) / 1e9:.2f} GB |"
        )
    return lines


if __name__ == "__main__":
    main()
