"""How fast a large CSV becomes a workspace, against a bare `pandas.read_csv` with text columns.

    python benchmarks/load.py [rows]

Makes a file of pairs with ten columns (1,000,000 rows are about 300 MB), reads it with pandas, and
loads it into a workspace, each in a process of its own, three times in turn. Prints the medians,
their ratio, and the peak memory of each.
"""

from __future__ import annotations

import csv
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 3
ROWS = 1_000_000
COLUMNS = (
    "id", "text_a", "text_b", "label", "llm_1", "llm_2", "llm_confidence", "language", "source",
    "split",
)  # fmt: skip
MEASURED = """
import resource, sys, time
from pathlib import Path
started = time.perf_counter()
{work}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print(time.perf_counter() - started, peak)
"""
PANDAS = "import pandas; pandas.read_csv(sys.argv[1], dtype=str)"
LABELVIZ = """
from labelviz import Columns, Workspace
Workspace.create(Path(sys.argv[2]) / "project").load(sys.argv[1], Columns(
    text="text_a", text_b="text_b", label="label", id="id", annotators=("llm_1", "llm_2"),
    confidence="llm_confidence", slices=("language", "source"), split="split"))
"""


def make(path: Path, rows: int) -> None:
    """Write the file; the same in every run."""
    chance = random.Random(0)  # noqa: S311
    words = [f"word{number}" for number in range(5_000)]
    texts = [" ".join(chance.choices(words, k=16)) for _ in range(20_000)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in range(rows):
            first, second, third = (chance.choice(("same", "different")) for _ in range(3))
            a, b = chance.choice(texts), chance.choice(texts)
            writer.writerow([
                f"s{row:07d}", f"{a} {row}", f"{b} {row % 977}", first, second, third,
                f"{chance.random():.2f}", chance.choice(("en", "zh", "de")),
                chance.choice(("web", "app")), chance.choice(("train", "validation", "test")),
            ])  # fmt: skip


def measure(work: str, *arguments: str) -> tuple[float, float]:
    """Seconds and peak GiB of a piece of work in a process of its own."""
    script = MEASURED.format(work=work)
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    seconds, peak = map(float, done.stdout.split())
    return seconds, peak


def main() -> None:
    """Measure and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pairs.csv"
        make(path, rows)
        taken: dict[str, list[tuple[float, float]]] = {"pandas": [], "labelviz": []}
        for _ in range(ROUNDS):
            taken["pandas"].append(measure(PANDAS, str(path)))
            with tempfile.TemporaryDirectory(dir=folder) as space:
                taken["labelviz"].append(measure(LABELVIZ, str(path), space))
        print(f"{rows:,} rows, {path.stat().st_size / 1e6:.0f} MB, median of {ROUNDS}")
    seconds = {name: statistics.median(each[0] for each in runs) for name, runs in taken.items()}
    for name, runs in taken.items():
        print(f"{name:10} {seconds[name]:7.2f} s   peak {max(each[1] for each in runs):.2f} GiB")
    print(f"ratio      {seconds['labelviz'] / seconds['pandas']:7.2f}")


if __name__ == "__main__":
    main()
