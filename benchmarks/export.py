"""How fast a million targets are exported, against pandas writing the same columns.

A table of a million pairs is loaded into a workspace in a temporary folder. Each contender runs in
a fresh process, round by round. `Workspace.export` reads the file's own columns, makes the targets,
writes, and reads every cell back before it publishes the file; once more it does so without reading
back and hashing, which no user can ask for. pandas writes a frame of the columns of that file: one
that it holds already, and one that it reads, writes and reads back as labelviz does. Ratios are
taken round by round against pandas that only writes; memory is the peak resident set.
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
# By format: what it is called, how pandas writes and reads it, and how much longer labelviz may
# take.
FORMATS = {
    "parquet": (
        "Parquet", "to_parquet(sys.argv[2])", "pandas.read_parquet(sys.argv[2])", 1.2,
    ),
    "csv": (
        "CSV", "to_csv(sys.argv[2], index=False)",
        "pandas.read_csv(sys.argv[2], keep_default_na=False, dtype=frame.dtypes.to_dict(), "
        "float_precision='round_trip')",
        2.0,
    ),
}  # fmt: skip
LOADED = """
import sys
from labelviz import Columns, Workspace
space = Workspace.create(sys.argv[2])
space.load(sys.argv[1], Columns(text="text_a", text_b="text_b", label="label", id="id",
    annotators=("llm",), confidence="confidence", slices=("source",), split="split"))
space.set_policy("smooth:off=0.1")
"""
PREPARED = (
    "import pandas, pyarrow.parquet\nfrom labelviz import Workspace\n"
    "space = Workspace(sys.argv[1])\nspace.dataset"
)
UNCHECKED = """
from dataclasses import replace
from labelviz.tables import export
from labelviz.tables.writers.known import WRITERS
WRITERS.update({n: replace(each, check=lambda *_: None) for n, each in WRITERS.items()})
export.sha256 = lambda _: ""
"""
READ = "frame = pandas.read_parquet(sys.argv[1])"
OURS = "**labelviz**, {}"
UNCHECKED_OURS = "labelviz, {}, neither read back nor hashed"
AS_OURS = "pandas, {}: reads, writes, syncs, reads back, compares"
BACK = """
file = os.open(sys.argv[2], os.O_RDONLY)
os.fsync(file)
assert {read}.equals(frame)
"""


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
        _run(_contenders("parquet")[OURS], folder / "space", folder / "a.parquet")
        results = {form: _measure(folder, form, chosen.rounds) for form in FORMATS}
    rows = [row for form, runs in results.items() for row in _rows(form, runs)]
    notes = [
        f"{chosen.rows:,} pairs with 8 columns of their own and 10 added; median of "
        f"{chosen.rounds} rounds in fresh processes. labelviz reads the file's own columns, makes "
        "the targets, writes, hashes and syncs the file, reads every cell back and compares it; "
        "the pandas that all are measured by only writes a frame that it holds. "
        "For Parquet the aim is missed: the writer is the same, most of its time is compressing "
        "texts in one thread, and nothing can be read back before the file is whole, so what "
        "is made before and compared after comes on top. "
        f"{os.cpu_count()} CPU cores, load average {before:.1f} before and "
        f"{os.getloadavg()[0]:.1f} after; Python {platform.python_version()}. `make bench-export`."
    ]
    header = ("", "seconds", "times pandas (min to max)", "aim", "peak memory")
    write_table("export", "Exporting a million targets", header, rows, notes)


def _contenders(form: str) -> dict[str, str]:
    """What each of them runs, by name; the first is what the others are measured by."""
    _, write, read, _ = FORMATS[form]
    work = "space.export(sys.argv[2])"
    return {
        f"pandas `frame.{write.partition('(')[0]}`": MEASURED.format(
            prepare=f"import pandas\n{READ}", work=f"frame.{write}"
        ),
        AS_OURS: MEASURED.format(
            prepare="import os, pandas", work=f"{READ}\nframe.{write}{BACK.format(read=read)}"
        ),
        UNCHECKED_OURS: MEASURED.format(prepare=PREPARED + UNCHECKED, work=work),
        OURS: MEASURED.format(prepare=PREPARED, work=work),
    }


def _measure(folder: Path, form: str, rounds: int) -> dict[str, list[tuple[float, int]]]:
    """Seconds and bytes of each round, by contender."""
    scripts = _contenders(form)
    runs: dict[str, list[tuple[float, int]]] = {name: [] for name in scripts}
    for number in range(rounds):
        for at, (name, script) in enumerate(scripts.items()):
            file = folder / f"{at}-{number}.{form}"
            mine = "labelviz" in name
            runs[name].append(_run(script, folder / ("space" if mine else "a.parquet"), file))
            file.unlink()
    return runs


def _run(script: str, *words: Path) -> tuple[float, int]:
    command = [sys.executable, "-c", script, *map(str, words)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return tuple(json.loads(done.stdout)) if done.stdout else (0.0, 0)


def _rows(form: str, runs: dict[str, list[tuple[float, int]]]) -> list[list[str]]:
    title, _, _, aim = FORMATS[form]
    by_pandas, *_ = runs.values()
    rows = []
    for name, mine in runs.items():
        ratios = [one[0] / rival[0] for one, rival in zip(mine, by_pandas, strict=True)]
        ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        told = f"{aim}" if name == OURS else ""
        words = "1.00" if mine is by_pandas else ratio
        rows.append([name.format(title), _seconds(mine), words, told, _peak(mine)])
    return rows


def _seconds(runs: list[tuple[float, int]]) -> str:
    return f"{statistics.median(each[0] for each in runs):.1f}"


def _peak(runs: list[tuple[float, int]]) -> str:
    return f"{max(each[1] for each in runs) / 1e9:.2f} GB"


if __name__ == "__main__":
    main()
