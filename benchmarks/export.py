"""How fast a million targets are exported, against pandas writing the same columns.

A table of a million pairs is loaded into a workspace in a temporary folder. Each contender runs in
a fresh process, round by round: `Workspace.export`, which makes the targets and reads every cell
back before it publishes the file, and pandas, which writes a frame of the columns of that file that
it holds already. Ratios are taken round by round; memory is the peak resident set of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.load import MEASURED, ROWS, make_file
from benchmarks.report import write_table

ROUNDS = 3
# By format: what it is called, how pandas writes it, and how much longer labelviz may take.
FORMATS = {
    "parquet": ("Parquet", "frame.to_parquet(sys.argv[2])", 1.2),
    "csv": ("CSV", "frame.to_csv(sys.argv[2], index=False)", 2.0),
}
LOADED = """
import sys
from labelviz import Columns, Workspace
space = Workspace.create(sys.argv[2])
space.load(sys.argv[1], Columns(text="text_a", text_b="text_b", label="label", id="id",
    annotators=("llm",), confidence="confidence", slices=("source",), split="split"))
space.set_policy("smooth:off=0.1")
"""
OURS = (
    "import pandas, pyarrow.parquet\nfrom labelviz import Workspace\n"
    "space = Workspace(sys.argv[1])\nspace.dataset",
    "space.export(sys.argv[2])",
)
THEIRS = "import pandas\nframe = pandas.read_parquet(sys.argv[1])"


def main() -> None:
    """Load the file, export and write in turn, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args()
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="labelviz-export-") as name:
        folder = Path(name)
        make_file(folder / "large.csv", chosen.rows)
        _run(LOADED, folder / "large.csv", folder / "space")
        _run(MEASURED.format(prepare=OURS[0], work=OURS[1]), folder / "space", folder / "a.parquet")
        results = {
            form: _measure(folder, form, work, chosen.rounds)
            for form, (_, work, _) in FORMATS.items()
        }
    rows = [row for form, runs in results.items() for row in _rows(form, *runs)]
    notes = [
        f"{chosen.rows:,} pairs with 8 columns of their own and 10 added; median of "
        f"{chosen.rounds} rounds in fresh processes. labelviz makes the targets, writes, syncs the "
        "file to the disk, reads every cell back and compares it; pandas writes a frame that it "
        f"holds. {os.cpu_count()} CPU cores, load average {before:.1f} before and "
        f"{os.getloadavg()[0]:.1f} after; Python {platform.python_version()}. `make bench-export`."
    ]
    header = ("", "seconds", "times pandas (min to max)", "aim", "peak memory")
    write_table("export", "Exporting a million targets", header, rows, notes)


def _measure(
    folder: Path, form: str, work: str, rounds: int
) -> tuple[list[tuple[float, int]], list[tuple[float, int]]]:
    """Seconds and bytes of each round: of labelviz, and of pandas."""
    ours, theirs = [], []
    for number in range(rounds):
        mine, rival = (folder / f"{who}-{number}.{form}" for who in ("labelviz", "pandas"))
        ours.append(_run(MEASURED.format(prepare=OURS[0], work=OURS[1]), folder / "space", mine))
        script = MEASURED.format(prepare=THEIRS, work=work)
        theirs.append(_run(script, folder / "a.parquet", rival))
        mine.unlink()
        rival.unlink()
    return ours, theirs


def _run(script: str, *words: Path) -> tuple[float, int]:
    command = [sys.executable, "-c", script, *map(str, words)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return tuple(json.loads(done.stdout)) if done.stdout else (0.0, 0)


def _rows(
    form: str, ours: list[tuple[float, int]], theirs: list[tuple[float, int]]
) -> list[list[str]]:
    name, work, aim = FORMATS[form]
    ratios = [mine[0] / rival[0] for mine, rival in zip(ours, theirs, strict=True)]
    by_pandas = [f"pandas `{work.partition('(')[0]}`", _seconds(theirs), "1.00", "", _peak(theirs)]
    ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    return [
        by_pandas,
        [f"**labelviz**, {name}", _seconds(ours), ratio, f"{aim}", _peak(ours)],
    ]


def _seconds(runs: list[tuple[float, int]]) -> str:
    return f"{statistics.median(each[0] for each in runs):.1f}"


def _peak(runs: list[tuple[float, int]]) -> str:
    return f"{max(each[1] for each in runs) / 1e9:.2f} GB"


if __name__ == "__main__":
    main()
