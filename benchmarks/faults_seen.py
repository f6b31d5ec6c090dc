"""What is seen afterwards: of a workspace whose command was killed, by a reader of what is new."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.report import ROOT, code_hash
from labelviz.core.decisions import Decision
from labelviz.project.workspace import Workspace
from labelviz.store.database import SETTINGS
from labelviz.tables.columns import Columns
from tests import killed, postgres
from tests.killed import COMMANDS, POINTS, House, State

ROW = list[str]
KEPT = ROOT / "build" / "faults"
PACES = (1, 3, 10, 37)
OTHERS = 2


@contextmanager
def temporary() -> Iterator[Path]:
    """A folder on a real disk."""
    with tempfile.TemporaryDirectory(prefix="labelviz-faults-", dir="/var/tmp") as name:
        yield Path(name)


# Commands that are killed


@dataclass(frozen=True)
class Case:
    """A command, and what the workspace is before it and after it."""

    house: House
    name: str
    old: State
    new: State
    seconds: float


def commands(count: int = 50) -> list[ROW]:
    """Kill every command that writes at random moments and at every named point.

    It takes about an hour, and goes on where it was stopped. After a named point every command is
    tried; after a random moment the one that was killed and `OTHERS` drawn at random.
    """
    apart = multiprocessing.get_context("spawn")  # the children of a process are one thread's
    with temporary() as folder, ProcessPoolExecutor(os.cpu_count(), apart) as pool:
        house = pool.submit(killed.build, folder).result()
        every = list(pool.map(_kept, itertools.repeat(house), COMMANDS, itertools.repeat(count)))
    total: Counter[str] = sum(every, Counter())
    rows = [
        [f"{name}, killed", _kills(each), _outcomes(each)]
        for name, each in zip(COMMANDS, every, strict=True)
    ]
    return [["commands killed", _kills(total), _outcomes(total)], *rows]


def _kills(found: Counter[str]) -> str:
    return f"{found['random']} random moments, {found['named']} named points"


def _outcomes(found: Counter[str]) -> str:
    return (
        f"{found['old']} the old state, {found['new']} the new one, {found['between']} between; "
        f"{found['unusable']} unusable workspaces"
    )


def _kept(house: House, name: str, count: int) -> Counter[str]:
    """What became of one command's kills; they were not done again if no code has changed since."""
    code = code_hash("labelviz", "tests/killed.py", "benchmarks/faults_seen.py")
    path = KEPT / f"{name.replace(' ', '')}-{count}-{code}.json"
    if not path.is_file():
        found = _killed(house, name, count)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".new").write_text(json.dumps(found), encoding="utf-8")
        path.with_suffix(".new").rename(path)
    return Counter(json.loads(path.read_text("utf-8")))


def _killed(house: House, name: str, count: int) -> Counter[str]:
    found: Counter[str] = Counter()
    case = _case(house, name)
    rounds, seconds = random.Random(name), case.seconds
    while found["random"] < count:
        tried = rounds.sample(COMMANDS, OTHERS)
        outcome, took = _one(case, "random", tried, after=rounds.random() * seconds)
        if not outcome:  # the kill came too late: the command is faster now
            seconds = took
        found += outcome
    for point in POINTS:
        for turn in itertools.count(1):
            outcome, _ = _one(case, "named", COMMANDS, fault=f"{point}=kill:{turn}")
            if not outcome:
                break
            found += outcome
    return found


def _case(house: House, name: str) -> Case:
    with _space(house, name) as space:
        old = killed.look(space)
        seconds = killed.run(house.command(name, space)).seconds
        return Case(house, name, old, killed.look(space), seconds)


def _one(
    case: Case, kind: str, tried: Sequence[str], fault: str = "", after: float | None = None
) -> tuple[Counter[str], float]:
    """What became of one kill, nothing where the command had ended before, and how long it ran."""
    with _space(case.house, case.name) as space:
        command = case.house.command(case.name, space)
        run = killed.run(command, fault=fault, after=after)
        if run.ended:
            return Counter(), run.seconds
        found = Counter([kind])
        try:
            now = killed.look(space)
            state = "old" if now == case.old else "new" if now == case.new else "between"
            found[state] += 1
            killed.try_all(case.house, space, case.name, tried)
        except AssertionError as error:
            print(f"unusable after {case.name}, {fault or after}: {error}", flush=True)
            found["unusable"] += 1
        return found, run.seconds


@contextmanager
def _space(house: House, name: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(dir=house.folder))
    house.start(name, folder / "space")
    yield folder / "space"
    shutil.rmtree(folder)


# Readers of what is new


def readers(count: int = 1_000) -> list[ROW]:
    """Several servers read only what is new, each at its own pace, and know what a new one does."""
    rows = []
    with temporary() as folder:
        rows.append(_row("SQLite", count, *_followed(folder / "space", count)))
    with postgres.running(syncs=True) as server, temporary() as folder:
        (folder / "space").mkdir()
        settings = f'[store]\nurl = "{server.empty_database()}"\n'
        rows.append(_row("PostgreSQL", count, *_followed(folder / "space", count, settings)))
    return rows


def _row(where: str, count: int, reads: int, differ: int) -> ROW:
    words = f"{reads:,} reads at {len(PACES)} paces, {differ} differ from a new reader's"
    return ["a reader of what is new", f"{count:,} actions on {where}", words]


def _followed(path: Path, count: int, settings: str = "") -> tuple[int, int]:
    """How often a reader was compared with a new one, and how often they differed."""
    rounds = random.Random(7)
    space = _reviewed_space(path, settings)
    others = {pace: Workspace(space.path) for pace in PACES}
    reads = differ = 0
    for number in range(1, count + 1):
        _act(space, rounds, number)
        reading = [other for pace, other in others.items() if number % pace == 0]
        known = [_known(other) for other in reading]
        if number % 10 and len(reading) == 1:
            continue
        fresh = Workspace(space.path)
        with closing(fresh.decisions.store):
            expected = _known(fresh)
        reads += len(known)
        differ += sum(each != expected for each in known)
    for each in (space, *others.values()):
        each.decisions.store.close()
    return reads, differ


def _reviewed_space(path: Path, settings: str) -> Workspace:
    file = path.with_name("samples.csv")
    rows = (f"s{n},text {n},{'yes' if n % 2 else 'no'}" for n in range(12))
    file.write_text("\n".join(["id,text,label", *rows]) + "\n", "utf-8")
    space = Workspace.create(path)
    if settings:
        (space.path / SETTINGS).write_text(settings, "utf-8")
    space.load(file, Columns("text", "label", id="id"))
    return space


def _act(space: Workspace, rounds: random.Random, number: int) -> None:
    """One of four people decides, alone, for all or on several samples at once, or goes back."""
    who = rounds.choice(("ann", "bob", "cem", "dea"))
    kind = rounds.choice(("decide", "decide", "final", "bulk", "undo", "undo", "redo"))
    if kind == "undo":
        space.decisions.undo(who)
    elif kind == "redo":
        space.decisions.redo(who)
    else:
        rows = rounds.sample(range(12), rounds.randint(2, 5) if kind == "bulk" else 1)
        verdict = rounds.choice(("keep", "choose", "exclude"))
        label = None if verdict == "exclude" else (rounds.choice(("no", "yes")),)
        space.decisions.decide_all([
            Decision(
                f"{number}-{row}", str(space.dataset.ids[row]), space.dataset.sample_hash(row),
                verdict, who, label=label, final=kind == "final",
                action=f"{number}" if kind == "bulk" else "",
            )
            for row in rows
        ])  # fmt: skip


def _known(space: Workspace) -> tuple[object, ...]:
    """All that a reader knows of the decisions, and what follows from it."""
    review, statuses = space.decisions.reviewed
    targets = space.targets()
    names = sorted(review.reviewers)
    arrays = (statuses.status, statuses.wrong, statuses.answers, targets.values, targets.weight)
    return (
        review.sequence,
        {sample: (review.decisions(sample), review.final(sample)) for sample in review.samples},
        [(n, review.recent(n, 50), review.redoable(n), review.last_event(n)) for n in names],
        [np.asarray(each).tolist() for each in arrays],
        [(name, statuses.by(name).tolist()) for name in names],
    )
