"""A team at work: reviewers of one workspace behind two processes, of which one is killed.

Each reviewer does what the page has them do, through the same functions, without a browser: they
look at a card, read it for a moment, decide and are shown the next. One card in ten they open by a
link, from among those that are open just then, and leave to whoever has it.

python -m benchmarks.faults_team WORKSPACE SECONDS NAME ... is one of the processes.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.faults_seen import ROW, temporary
from labelviz.core.queue import Queue
from labelviz.errors import Conflict, NotSaved
from labelviz.project.workspace import Workspace
from labelviz.reviewing import Answer, Card, Refit, Shared, Sitting, acts, next_card, sit
from labelviz.reviewing.dealing import hold
from labelviz.store.database import SETTINGS
from labelviz.store.schema import LEASES
from labelviz.tables.columns import Columns
from tests import postgres

SAMPLES = 20_000
BY_LINK = 0.1
READING = (0.2, 1.2)  # seconds that somebody reads a card


@dataclass
class Visit:
    """One card in one tab, from when it is shown to when its reviewer begins to leave it."""

    name: str
    sample: str
    opened: float
    left: float
    told: bool


@dataclass
class Said:
    """What the processes said.

    Parameters
    ----------
    saved : reviewer and sample, by the operation that was acknowledged.
    open : the visits that last, by tab.
    """

    saved: dict[str, tuple[str, str]] = field(default_factory=dict)
    refused: int = 0
    visits: list[Visit] = field(default_factory=list)
    open: dict[str, Visit] = field(default_factory=dict)

    def take(self, line: dict[str, Any]) -> None:
        """Take in one line of a process."""
        what, tab, now = line["what"], line["tab"], line["at"]
        if what == "opened":
            visit = Visit(line["name"], line["sample"], now, now, bool(line["told"]))
            self.visits.append(visit)
            self.open[tab] = visit
        elif what == "told":
            self.open[tab].told = True
        elif what == "leaving":
            self.open.pop(tab).left = now
        elif what == "saved":
            self.saved[line["operation"]] = (line["name"], line["sample"])
        else:
            self.refused += 1


def team(people: int = 12, seconds: float = 300) -> list[ROW]:
    """Twelve people review for five minutes; half way one of the two processes is killed."""
    names = [f"r{number}" for number in range(1, people + 1)]
    with temporary() as folder, postgres.running(syncs=True) as server:
        path = _workspace(folder, server.url())
        said, lock = Said(), threading.Lock()
        began = time.monotonic()
        first = _start(path, seconds, names[::2], said, lock)
        second = _start(path, seconds, names[1::2], said, lock)
        time.sleep(seconds / 2)
        second[0].kill()
        for each in second:
            each.wait() if isinstance(each, subprocess.Popen) else each.join()
        with lock:  # what they had open ended with it
            for tab, visit in [*said.open.items()]:
                if visit.name in names[1::2]:
                    said.open.pop(tab).left = time.time()
        left = seconds - (time.monotonic() - began)
        third = _start(path, left, names[1::2], said, lock)
        for process, reading in (first, third):
            process.wait()
            reading.join()
        events = Workspace(path).decisions.store.events()
    return [[f"{people} reviewers for {seconds / 60:g} minutes, one of two processes killed",
             "PostgreSQL", _outcome(said, events)]]  # fmt: skip


def _outcome(said: Said, events: tuple[Any, ...]) -> str:
    known = Counter(event.operation for event in events)
    lost = sum(operation not in known for operation in said.saved)
    by_person = Counter((event.reviewer, event.sample) for event in events)
    doubled = sum(count - 1 for count in [*known.values(), *by_person.values()])
    decided_by = Counter(sample for _, sample in by_person)
    met, untold = _meetings(said.visits)
    return (
        f"{len(said.saved):,} acknowledged: {lost} lost, {doubled} doubled, "
        f"{said.refused} times NOT saved; {met} times two met at a card by a link, "
        f"{untold} times untold; {sum(n > 1 for n in decided_by.values())} cards decided by two"
    )


def _meetings(visits: list[Visit]) -> tuple[int, int]:
    """How often two people had one card open at once, and how often neither was told."""
    by_sample = defaultdict(list)
    for visit in visits:
        by_sample[visit.sample].append(visit)
    met = untold = 0
    for several in by_sample.values():
        for one, other in combinations(several, 2):
            together = one.opened < other.left and other.opened < one.left
            if one.name != other.name and together:
                met += 1
                untold += not (one.told or other.told)
    return met, untold


def _workspace(folder: Path, url: str) -> Path:
    file = folder / "samples.csv"
    rows = (f"{n},sample number {n},{'yes' if n % 3 else 'no'}\n" for n in range(SAMPLES))
    file.write_text("id,text,label\n" + "".join(rows))
    space = Workspace.create(folder / "team")
    space.load(file, Columns("text", "label", id="id"))
    (space.path / SETTINGS).write_text(f'[store]\nurl = "{url}"\n')
    store = Workspace(space.path).decisions.store
    store.hold()
    store.close()
    return space.path


def _start(
    path: Path, seconds: float, names: list[str], said: Said, lock: threading.Lock
) -> tuple[subprocess.Popen[str], threading.Thread]:
    command = [sys.executable, "-m", "benchmarks.faults_team", str(path), str(seconds), *names]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.endswith("\n"):
                with lock:
                    said.take(json.loads(line))

    reading = threading.Thread(target=read)
    reading.start()
    return process, reading


# One process


def main() -> None:
    """Review a workspace as several people at once."""
    path, seconds, *names = sys.argv[1:]
    space, shared = Workspace(path), Shared(Refit(lambda _: True))
    space.decisions.store.hold()
    until = time.monotonic() + float(seconds)
    people = [threading.Thread(target=_review, args=(space, shared, n, until)) for n in names]
    for person in people:
        person.start()
    for person in people:
        person.join()
    space.decisions.store.close()


def _review(space: Workspace, shared: Shared, name: str, until: float) -> None:
    rounds = random.Random(f"{name} {until}")
    sitting, queue = Sitting(reviewer=name), Queue(show="unreviewed")
    while time.monotonic() < until:
        if rounds.random() < BY_LINK:
            sitting = replace(sitting, sample=_linked(space, rounds) or sitting.sample)
        card, desk = next_card(sit(space, queue, sitting, shared))
        sitting = desk.sitting
        if not isinstance(card, Card):
            sitting = replace(sitting, sample="")
            time.sleep(0.1)
            continue
        here = {"name": name, "tab": sitting.tab, "sample": card.sample}
        _say("opened", **here, told=bool(card.company.held_by or card.company.seen_by))
        time.sleep(rounds.uniform(*READING))
        company, desk = hold(replace(card.desk, sitting=sitting), card.sample)
        if company.held_by or company.seen_by:
            _say("told", **here)
        _say("leaving", **here)
        theirs = card.company.held_by or company.held_by or desk.review.decisions(card.sample)
        if theirs:  # it is left to whoever has it, or has decided it
            sitting = replace(desk.sitting, sample="")
            continue
        answer = Answer(card.sample, card.operation, desk.texts_of(card.sample), verdict="keep")
        try:
            after = acts.decide(replace(card, desk=desk), answer)
        except (NotSaved, Conflict):
            _say("refused", **here)
            continue
        _say("saved", **here, operation=card.operation)
        sitting = after.sitting


def _linked(space: Workspace, rounds: random.Random) -> str:
    """A card that somebody has open."""
    with space.decisions.store.database.reading() as connection:
        found = [*connection.execute(sa.select(LEASES.c.sample)).scalars()]
    return rounds.choice(found) if found else ""


def _say(what: str, **more: object) -> None:
    sys.stdout.write(json.dumps({"what": what, "at": time.time(), **more}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
