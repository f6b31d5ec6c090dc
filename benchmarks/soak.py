"""A team's server for half an hour: two processes, PostgreSQL and nginx, parts of it going down.

Fifty reviewers work over the app's own websocket through `deploy/nginx.conf`, each with a name and
a password. A third into the time one of the two processes is killed (-9) and comes back after some
seconds; after two thirds PostgreSQL is stopped and started again. What the pages called saved is
then held against the store. nginx has to be installed; PostgreSQL comes with the tests.
"""

from __future__ import annotations

import argparse
import base64
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from statistics import median

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.report import write_table  # noqa: E402
from benchmarks.review import make  # noqa: E402
from benchmarks.simulated_reviewer import Seen, SimulatedReviewer  # noqa: E402
from benchmarks.timed import Times, resident  # noqa: E402
from labelviz.project.workspace import Workspace  # noqa: E402
from labelviz.store.database import SETTINGS  # noqa: E402
from tests import postgres  # noqa: E402
from tests.browser.conftest import Server, free_port  # noqa: E402

ROWS, REVIEWERS, MINUTES = 100_000, 50, 30.0
PAUSE = (6.0, 14.0)  # seconds from a card to its answer
AWAY = 10.0  # seconds that what is killed stays away
EVERY = 5.0  # seconds between two looks at the memory
SETTLED = 0.2  # of the time, until which memory may grow


@dataclass
class Memory:
    """The resident memory of one server over time, in GB."""

    at: list[float] = field(default_factory=list)
    used: list[float] = field(default_factory=list)

    def part(self, start: float, end: float) -> float:
        """The middle of what was measured between two moments."""
        return median(
            used for at, used in zip(self.at, self.used, strict=True) if start <= at <= end
        )


def main() -> None:
    """Run, compare what was called saved with what is stored, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--reviewers", type=int, default=REVIEWERS)
    parser.add_argument("--rows", type=int, default=ROWS)
    chosen = parser.parse_args()
    if shutil.which("nginx") is None:
        sys.exit("nginx is not installed here (Debian: apt install nginx-light).")
    before = os.getloadavg()[0]
    names = [f"reviewer-{number:02d}" for number in range(chosen.reviewers)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="labelviz-soak-")))
        folder.chmod(0o755)
        database = stack.enter_context(postgres.running(syncs=True))
        space = make(folder, chosen.rows)
        (space / SETTINGS).write_text(f'[store]\nurl = "{database.url()}"\n', "utf-8")
        servers = [Server(space, LABELVIZ_IDENTITY_HEADER="X-Forwarded-User") for _ in range(2)]
        for server in servers:
            stack.callback(server.kill)
            server.start()
        port = stack.enter_context(proxy(folder / "nginx", [each.port for each in servers], names))
        people = [
            SimulatedReviewer(
                f"https://127.0.0.1:{port}", name, PAUSE, headers=_who(name),
                certificate=folder / "nginx/certificate.pem",
            )
            for name in names
        ]  # fmt: skip
        used, killed = _work(people, servers, database, 60 * chosen.minutes)
        rows = _rows(people, used, _stored(space, database), killed)
    write_table("soak", "A team's server for half an hour", ("", "", "aim"), rows, [
        f"{chosen.reviewers} reviewers for {chosen.minutes:g} minutes, {PAUSE[0]:g} to "
        f"{PAUSE[1]:g} s before each decision, {chosen.rows:,} pairs; two processes of labelviz, "
        f"PostgreSQL and nginx with TLS and passwords, all on {os.cpu_count()} CPU cores with the "
        f"reviewers. One process was killed and came back after {AWAY:g} s; PostgreSQL was stopped "
        "as long. "
        f"Load average before {before:.1f}, after {os.getloadavg()[0]:.1f}. Command: `make soak`.",
    ])  # fmt: skip


def _work(
    people: list[SimulatedReviewer],
    servers: list[Server],
    database: postgres.Server,
    seconds: float,
) -> tuple[list[Memory], int]:
    """Have everybody work while things are killed; what memory the servers used, by server."""
    used, killed, began = [Memory() for _ in servers], 0, time.monotonic()
    for person in people:
        person.start()
    while (now := time.monotonic() - began) < seconds:
        if killed == 0 and now > seconds / 3:
            _away(servers[0].kill, servers[0].start)
            killed += 1
        if killed == 1 and now > 2 * seconds / 3:
            _away(database.stop, database.start)
            killed += 1
        for server, each in zip(servers, used, strict=True):
            each.at.append(now / seconds)
            each.used.append(resident(server.process_id))
        time.sleep(EVERY)
    for person in people:
        person.stop()
    for person in people:
        person.join(60)
    return used, killed


def _away(stop: Callable[[], None], start: Callable[[], None]) -> None:
    stop()
    time.sleep(AWAY)
    start()


def _stored(space: Path, database: postgres.Server) -> Counter[tuple[str, str, str]]:
    """How often the store holds an operation by a reviewer on a sample."""
    with psycopg.connect(database.url()) as connection:
        rows = connection.execute("SELECT operation, reviewer, sample FROM event").fetchall()
    known = Workspace(space).dataset.rows
    return Counter((operation, who, sample) for operation, who, sample in rows if sample in known)


def _rows(
    people: list[SimulatedReviewer],
    used: list[Memory],
    stored: Counter[tuple[str, str, str]],
    killed: int,
) -> list[tuple[str, str, str]]:
    saved = [
        (each.operation, who.name, each.sample) for who in people for each in who.seen if each.saved
    ]
    lost = sum(each not in stored for each in saved)
    by_sample = Counter(sample for _, _, sample in stored)
    doubled = sum(count > 1 for count in [*stored.values(), *by_sample.values()])
    times = Times([1000 * each for who in people for each in who.seconds])
    troubles = Counter[str]()
    for who in people:
        for words, count in who.troubles.items():
            troubles[words.partition(": ")[0]] += count
    later = [(each.part(SETTLED, 0.32), each.part(0.9, 1)) for each in used[1:]]
    rows = [
        ("decisions that the page called saved", f"{len(saved):,}", ""),
        ("of them not in the store", f"{lost:,}", "0"),
        ("decided or stored twice", f"{doubled:,}", "0"),
        ("cards on two screens at once, and neither was told", f"{_held_by_two(people):,}", "0"),
        ("saved and next card: p50", f"{times.p50:.0f} ms", ""),
        ("saved and next card: p95", f"{times.p95:.0f} ms", "400 ms"),
        ("a process killed, then the database stopped", f"{killed}", "2"),
    ]
    rows += [
        (f"cut or shown as an error: {words}", f"{count:,}", "")
        for words, count in troubles.most_common()
    ]
    for before, after in later:
        rows.append(
            ("memory of the process that lived, early and late", f"{before:.2f} and {after:.2f} GB",
             "flat")
        )  # fmt: skip
    return rows


def _held_by_two(people: list[SimulatedReviewer]) -> int:
    """How often a card stood on two screens at once, and neither page said so."""
    visits: dict[str, list[Seen]] = defaultdict(list)
    for who in people:
        for each in who.seen:
            visits[each.sample].append(each)
    return sum(
        one.left > other.opened and other.left > one.opened and not (one.told or other.told)
        for each in visits.values()
        for one, other in combinations(each, 2)
    )


@contextmanager
def proxy(folder: Path, ports: list[int], names: list[str]) -> Iterator[int]:
    """The server of `deploy/nginx.conf` on a port of this machine, in front of these."""
    folder.mkdir()
    certificate, key, passwords = (
        folder / name for name in ("certificate.pem", "key.pem", "people")
    )
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    hashed = subprocess.run(
        ["openssl", "passwd", "-apr1", PASSWORD], check=True, capture_output=True, text=True
    ).stdout.strip()
    passwords.write_text("".join(f"{name}:{hashed}\n" for name in names), "utf-8")
    port = free_port()
    recipe = (ROOT / "deploy/nginx.conf").read_text("utf-8")
    for before, after in (
        ("/etc/ssl/labels.example.pem", str(certificate)),
        ("/etc/ssl/labels.example.key", str(key)),
        ("/etc/nginx/labelviz.htpasswd", str(passwords)),
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("8501", str(ports[0])),
        ("8502", str(ports[1])),
    ):
        assert before in recipe, f"deploy/nginx.conf has no {before} any more"
        recipe = recipe.replace(before, after)
    (folder / "labelviz.conf").write_text(recipe, "utf-8")
    kept = "\n".join(
        f"  {each}_temp_path {folder}/{each};"
        for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid;\nerror_log {folder}/errors;\nworker_processes 1;\n"
        f"events {{ worker_connections 1024; }}\n"
        f"http {{\n  access_log off;\n{kept}\n  include {folder}/labelviz.conf;\n}}\n",
        "utf-8",
    )
    running = subprocess.Popen(
        ["nginx", "-c", folder / "nginx.conf", "-g", "daemon off; user root;"]
    )
    try:
        yield port
    finally:
        running.terminate()
        running.wait()


PASSWORD = "of nobody in particular"  # noqa: S105 - of people who are not there


def _who(name: str) -> dict[str, str]:
    said = base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()
    return {"Authorization": f"Basic {said}"}


if __name__ == "__main__":
    main()
