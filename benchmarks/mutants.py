"""How many small faults in the code the tests notice: mutants, drawn by a seed, killed or not.

python -m benchmarks.mutants [--sample 400] [--seed 12] [--only PATTERN] [--write]

mutmut makes the mutants, in a copy of the repository, and runs each against the tests that reach
the changed function. A mutant that no test reaches has survived. What survives is listed with its
change; `benchmarks/mutants.toml` says of some why no test can tell them from the code.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import ROOT, machine, write_table

# How mutmut calls what a test noticed: it failed, never ended, or died.
BROUGHT = ("killed", "timeout", "segfault", "suspicious")


@dataclass(frozen=True)
class Mutant:
    """One changed function.

    Parameters
    ----------
    name : mutmut's, `labelviz.core.rates.x_wilson__mutmut_3`.
    file : of the changed function, from the root of the repository.
    status : killed, timeout, survived, no tests, ...
    """

    name: str
    file: str
    status: str = ""

    @property
    def folder(self) -> str:
        """The row of the table it counts in."""
        return self.file.rpartition("/")[0]

    @property
    def is_killed(self) -> bool:
        """Whether a test noticed."""
        return self.status in BROUGHT

    @property
    def function(self) -> str:
        """The name of the function or method that was changed."""
        mangled = self.name.rpartition("__mutmut_")[0].rpartition(".")[2]
        return mangled.removeprefix("x").lstrip("_").replace("ǁ", ".").strip(".")


class Copy:
    """A copy of the repository in which mutmut may write.

    Parameters
    ----------
    home : an empty folder.
    """

    def __init__(self, home: Path) -> None:
        self._home, self._scratch = home, home / "tmp"
        self._scratch.mkdir(exist_ok=True)
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        for name in subprocess.run(listed, cwd=ROOT, check=True, capture_output=True).stdout.split(
            b"\0"
        ):
            source = ROOT / os.fsdecode(name)
            if name and source.is_file():
                (home / os.fsdecode(name)).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, home / os.fsdecode(name))

    def mutmut(self, *words: str) -> str:
        """Run mutmut in the copy; returns what it printed."""
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        environment["TMPDIR"] = str(self._scratch)
        command = [str(Path(sys.executable).parent / "mutmut"), *words]
        with tempfile.TemporaryFile("w+") as said:  # a pipe is held open by a server left behind
            done = subprocess.Popen(
                command, cwd=self._home, env=environment, stdout=said, stderr=said,
                start_new_session=True,
            )  # fmt: skip
            code = done.wait()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(done.pid, signal.SIGKILL)
            said.seek(0)
            words_said = said.read()
        if code:
            sys.exit(f"mutmut {words[0]} failed:\n{words_said[-5000:]}")
        return words_said

    def clean(self) -> None:
        """End the PostgreSQL servers of tests that were cut short."""
        for left in self._scratch.rglob("postmaster.pid"):
            with contextlib.suppress(ProcessLookupError, ValueError):
                os.kill(int(left.read_text().split()[0]), signal.SIGQUIT)

    def mutants(self) -> dict[str, Mutant]:
        """All that were made, by name, with what became of them so far."""
        found = {}
        for meta in sorted((self._home / "mutants").rglob("*.py.meta")):
            file = str(meta.relative_to(self._home / "mutants"))[: -len(".meta")]
            for name in json.loads(meta.read_text("utf-8"))["exit_code_by_key"]:
                found[name] = Mutant(name, file)
        for line in self.mutmut("results", "--all", "true").splitlines():
            name, _, status = line.strip().rpartition(": ")
            if name in found:
                found[name] = Mutant(name, found[name].file, status)
        return found

    def change(self, mutant: Mutant) -> tuple[str, str]:
        """The lines that were taken out and put in."""
        shown = self.mutmut("show", mutant.name).splitlines()
        lines = [line for line in shown if line[:3] not in ("---", "+++")]
        taken, put = ([x[1:].strip() for x in lines if x.startswith(sign)] for sign in "-+")
        return " ".join(taken), " ".join(put)


def reason(mutant: Mutant, put: str) -> str:
    """Why no test can tell a mutant from the code; empty where none is known.

    Parameters
    ----------
    put : the changed line.
    """
    for each in tomllib.loads((ROOT / "benchmarks" / "mutants.toml").read_text("utf-8"))["same"]:
        if each.get("file", mutant.file) != mutant.file:
            continue
        if each["line"] == put if "line" in each else re.search(each["pattern"], put):
            return str(each["why"])
    return ""


def drawn(names: Sequence[str], size: int, seed: int) -> list[str]:
    """A simple random sample, the same for the same names and seed."""
    return random.Random(seed).sample(sorted(names), min(size, len(names)))


def rows(every: Iterable[Mutant], sample: Sequence[Mutant], same: set[str]) -> list[list[str]]:
    """A line per folder, and one for all."""
    made = Counter(each.folder for each in every)
    lines = []
    for folder in [*sorted(made), ""]:
        here = [each for each in sample if folder in ("", each.folder)]
        killed = sum(each.is_killed for each in here)
        kept = sum(each.name in same for each in here)
        able = len(here) - kept
        lines.append([
            f"`{folder}`" if folder else "**all**",
            f"{made[folder] if folder else made.total():,}", str(len(here)), str(killed),
            str(sum(each.status == "timeout" for each in here)), str(kept), str(able - killed),
            f"{killed / able:.1%}" if able else "",
        ])  # fmt: skip
    return lines


def main() -> None:
    """Make the mutants, run the sample, print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--only", default="*", help="a pattern of mutants' names")
    parser.add_argument("--keep", type=Path, help="a folder for the copy, which then stays")
    parser.add_argument("--write", action="store_true", help="write benchmarks/mutants.md")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        home = options.keep or Path(temporary)
        home.mkdir(exist_ok=True)
        copy = Copy(home)
        copy.mutmut("run", "labelviz.core.visible.x_visible__mutmut_1")  # one: makes them all
        every = copy.mutants()
        names = [name for name in every if Path(name).match(options.only)]
        chosen = drawn(names, options.sample, options.seed)
        copy.mutmut("run", *chosen)
        copy.clean()
        after = copy.mutants()
        sample = [after[name] for name in chosen]
        left = sorted((each for each in sample if not each.is_killed), key=lambda each: each.name)
        same, survivors = set(), []
        for each in left:
            taken, put = copy.change(each)
            why = reason(each, put)
            same |= {each.name} if why else set()
            place = f"`{each.file}`, `{each.function}` ({each.status})"
            said = [f"- {place}", f"`{taken}`", f"`{put}`", *([why] if why else [])]
            survivors.append("\n  - ".join(said))
    header = ["code", "mutants", "drawn", "killed", "of these by never ending", "same as the code",
              "survived", "killed of those that differ"]  # fmt: skip
    table = rows(every.values(), sample, same)
    notes = [
        f"A random sample of {len(sample)} with seed {options.seed}; each was run against the "
        "tests that reach the changed function. What no test reaches has survived. mutmut alters "
        "nothing in functions under a decorator, so no properties and no cached functions, and no "
        f"constants of modules: these are not in the table. {machine()} `make mutants`.",
        "## What survived", "\n".join(survivors) or "Nothing.",
    ]  # fmt: skip
    print(f"{time.monotonic() - began:.0f} s")
    if options.write:
        write_table("mutants", "Mutants", header, table, notes)
    else:
        print("\n".join(map(" | ".join, [header, *table])), *notes, sep="\n\n")


if __name__ == "__main__":
    main()
