"""What becomes of decisions when things go wrong: every fault, in full numbers.

python -m benchmarks.faults [--write] [NAME ...]; without names, all of them. With names, the rows
of the others stay in the table as they were.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import psycopg
import sqlalchemy as sa

from benchmarks.faults_seen import ROW, commands, readers, temporary
from benchmarks.faults_team import team
from benchmarks.report import ROOT, write_table
from labelviz.core.decisions import Decision
from labelviz.errors import Conflict, NotSaved
from labelviz.store import DecisionStore
from labelviz.store.check import check_store
from labelviz.store.database import WRITE_LOCK, parse_address
from tests import faults as suffering
from tests import killed, postgres
from tests.killed import COMMANDS, House
from tests.store.test_migrate import OLD, make_old, old_row

ROUNDS = random.Random(20261125)
POINTS = ("begin", "half-written", "written", "committed", "journal", "backed-up")


def decision(operation: str, sample: str = "s0", **more: object) -> Decision:
    """A reviewer's choice."""
    reviewer = str(more.pop("reviewer", "ann"))
    return Decision(operation, sample, "hash", "choose", reviewer, label=("yes",), **more)  # type: ignore[arg-type]


def unsound(store: DecisionStore) -> list[str]:
    """What `labelviz store check` finds wrong."""
    store.hold()
    store.keeper.keep()
    return [f"{each.about}: {each.words}" for each in check_store(store) if not each.sound]


@contextmanager
def opened(address: sa.URL | Path, folder: Path) -> Iterator[DecisionStore]:
    """A store that is closed afterwards."""
    store = DecisionStore(address, folder)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def both() -> Iterator[Iterator[tuple[str, DecisionStore, postgres.Server | None]]]:
    """An empty store in a file, then one in PostgreSQL."""

    def each() -> Iterator[tuple[str, DecisionStore, postgres.Server | None]]:
        with temporary() as folder, opened(folder / "review.db", folder) as store:
            yield "SQLite", store, None
        with postgres.running(syncs=True) as server, temporary() as folder:
            address = parse_address(server.empty_database(), "the benchmark")
            with opened(address, folder) as store:
                yield "PostgreSQL", store, server

    yield each()


# Kills

WRITERS = """
import sys, threading, itertools
from pathlib import Path
from labelviz.core.decisions import Decision
from labelviz.store import DecisionStore

store = DecisionStore(Path(sys.argv[1]))
store.hold()

def work(who):
    for number in itertools.count():
        action = f"{sys.argv[2]}-{who}-{number}"
        store.record_all([
            Decision(f"{action}-{part}", f"s{number}-{part}", "hash", "choose", f"r{who}",
                     label=("yes",), action=action)
            for part in range(3)
        ])
        sys.stdout.write(action + "\\n")
        sys.stdout.flush()

for who in range(8):
    threading.Thread(target=work, args=(who,)).start()
"""


def kills(count: int = 300) -> list[ROW]:
    """Kill -9 eight writers, at random moments and at every named point."""
    half = count // 2
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(_kills, (half, count - half), (0, 1)))
    acknowledged, lost, halves, damaged = (sum(each) for each in zip(*results, strict=True))
    words = f"{acknowledged:,} acknowledged: {lost} lost, {halves} half-written"
    return [["kill -9 under 8 writers", f"{count} kills", f"{words}, {damaged} stores damaged"]]


def _kills(count: int, seed: int) -> tuple[int, int, int, int]:
    rounds = random.Random(seed)
    acknowledged: set[str] = set()
    with temporary() as folder:
        path = folder / "review.db"
        for turn in range(count):
            fault = ""
            if turn % 2:
                point = POINTS[turn // 2 % len(POINTS)]
                turns = 1 if point in ("backed-up", "journal") else rounds.randint(1, 8)
                fault = f"{point}=kill:{turns}"
                if point == "backed-up":  # one is due
                    for backup in (folder / "backups").glob("review-*"):
                        backup.unlink()
            writing = subprocess.Popen(
                [sys.executable, "-c", suffering.INSTALLED + WRITERS, str(path), f"{turn}"],
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, suffering.VARIABLE: fault},
            )
            assert writing.stdout is not None
            if not fault:
                first = writing.stdout.readline()
                acknowledged.add(first.strip())
                time.sleep(rounds.random() * 0.3)
                writing.kill()
            else:
                threading.Timer(20, writing.kill).start()
            acknowledged |= {line.strip() for line in writing.stdout if line.endswith("\n")}
            assert writing.wait() == -signal.SIGKILL
        with opened(path, folder) as store:
            parts = Counter(each.action for each in store.events())
            lost = sum(parts[action] == 0 for action in acknowledged - {""})
            halves = sum(number != 3 for number in parts.values())
            return len(acknowledged), lost, halves, int(bool(unsound(store)))


# Replays and races


def replays(count: int = 10_000) -> list[ROW]:
    """The same operations again and again, from sixteen threads."""
    rows = []
    with both() as stores:
        for name, store, _ in stores:
            distinct = count // 10
            numbers = [n % distinct for n in range(count)]
            ROUNDS.shuffle(numbers)
            with ThreadPoolExecutor(16) as pool:
                list(pool.map(lambda n, s=store: s.record(decision(f"{n}", f"s{n}")), numbers))
            doubles = len(store.events()) - distinct
            rows.append(["an operation again", f"{count:,} on {name}", f"{doubles} doubles"])
    return rows


def races(count: int = 2_000) -> list[ROW]:
    """Two people settle the same sample at the same moment."""
    rows = []
    with both() as stores:
        for name, store, _ in stores:
            share = count // 2
            won = told = silent = 0
            with ThreadPoolExecutor(2) as pool:
                for turn in range(share):
                    standing = store.latest(["s0"]).get("s0", ())
                    version = standing[0].sequence if standing else 0
                    gate = threading.Barrier(2)

                    def settle(
                        who: str, turn=turn, version=version, gate=gate, store=store
                    ) -> bool:
                        made = decision(f"{turn}-{who}", reviewer=who, final=True, expected=version)
                        gate.wait()
                        try:
                            store.record(made)
                        except Conflict:
                            return False
                        return True

                    outcome = sorted(pool.map(settle, ("ann", "bob")))
                    won += outcome.count(True)
                    told += outcome.count(False)
                    silent += outcome == [True, True]
            words = f"{won:,} won, {told:,} told of it, {silent} silent overwrites"
            rows.append(["two settle one sample", f"{share:,} races on {name}", words])
    return rows


# Disks


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of 8 MB of its own."""
    with temporary() as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], check=True)
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def full_disk() -> list[ROW]:
    """A disk that fills up, and has room again."""
    with small_disk() as folder, opened(folder / "review.db", folder) as store:
        ballast = folder / "ballast"
        ballast.write_bytes(b"0" * (3 << 20))
        saved, refused = [], 0
        for number in range(2_000):
            try:
                saved.append(store.record(decision(f"{number}", f"s{number}", note="n" * 20_000)))
            except NotSaved:
                refused += 1
                if refused == 20:
                    break
        assert refused == 20
        readable = store.events() == tuple(saved)
        ballast.unlink()
        after = store.record(decision("after")).sequence == len(saved) + 1
        lost = len(saved) + 1 - len(store.events())
        words = (
            f"{len(saved)} saved, then 20 times NOT saved; all could be read: "
            f"{'yes' if readable else 'NO'}; {lost} lost; saved again without restart: "
            f"{'yes' if after else 'NO'}"
        )
        return [["disk full (8 MB)", "until it is", words]]


def commands_on_a_full_disk() -> list[ROW]:
    """Every command that writes, on a disk with ever more room, until there is enough of it."""
    with temporary() as folder:
        house = killed.build(folder)
        return [_on_a_full_disk(house, name) for name in COMMANDS]


def _on_a_full_disk(house: House, name: str) -> list[str]:
    found: Counter[str] = Counter()
    room = 0
    while not found["done"]:
        with small_disk() as disk:
            found += _with_room(house, name, disk / "space", room)
        room = max(4_096, room * 2)
    words = (
        f"{found['said']} times said, {found['silent']} times not; {found['other']} times not as "
        f"before; then done in {room // 2_048:,} KB; {found['unusable']} unusable workspaces"
    )
    return [f"{name}, on a full disk", f"{found['tries']} sizes", words]


def _with_room(house: House, name: str, space: Path, room: int) -> Counter[str]:
    """What became of a command that had so many bytes."""
    house.start(name, space)
    before = killed.look(space)
    ballast = space.parent / "ballast"
    ballast.write_bytes(bytes(max(0, shutil.disk_usage(space.parent).free - room)))
    found = Counter(["tries"])
    try:
        words = killed.refused(house.command(name, space))
    except AssertionError as error:
        print(error, flush=True)
        words = "a traceback"
    ballast.unlink()
    found["said" if "Next: " in words else "silent" if words else "done"] += 1
    if words:
        found["other"] += killed.look(space) != before
        try:
            killed.try_all(house, space, name)
        except AssertionError as error:
            print(f"unusable after {name} in {room}: {error}", flush=True)
            found["unusable"] += 1
    return found


def read_only() -> list[ROW]:
    """A folder that can only be read, and then be written again."""
    with small_disk() as folder:
        with opened(folder / "review.db", folder) as store:
            for number in range(20):
                store.record(decision(f"{number}", f"s{number}"))
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        with opened(folder / "review.db", folder) as store:
            refused = 0
            for number in range(20):
                try:
                    store.record(decision(f"more-{number}"))
                except NotSaved:
                    refused += 1
            read = len(store.events())
            subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
            again = store.record(decision("again")).sequence
        words = f"{read} of 20 read, {refused} of 20 NOT saved, then saved as number {again}"
        return [["read-only folder", "20 decisions", words]]


# PostgreSQL


def restarts(count: int = 20) -> list[ROW]:
    """PostgreSQL stopped and started while eight people decide."""
    with postgres.running(syncs=True) as server, temporary() as folder:
        address = parse_address(server.empty_database(), "the benchmark")
        with opened(address, folder) as store:
            store.hold()
            stop = threading.Event()
            acknowledged: list[str] = []
            refused: list[str] = []

            def work(who: int) -> None:
                for number in itertools.count():
                    made = decision(f"{who}-{number}", f"s{number}", reviewer=f"r{who}")
                    while True:
                        try:
                            acknowledged.append(store.record(made).operation)
                            break
                        except NotSaved:
                            refused.append(made.operation)
                            if stop.is_set():
                                return
                    if stop.is_set():
                        return

            threads = [threading.Thread(target=work, args=(who,)) for who in range(8)]
            for thread in threads:
                thread.start()
            for turn in range(count):
                time.sleep(0.5)
                server.stop("fast" if turn % 2 else "immediate")
                server.start()
            time.sleep(0.5)
            stop.set()
            for thread in threads:
                thread.join()
            found = Counter(each.operation for each in store.events())
            lost = sum(found[name] == 0 for name in acknowledged)
            doubled = sum(number > 1 for number in found.values())
            words = (
                f"{len(acknowledged):,} acknowledged: {lost} lost, {doubled} doubled; "
                f"{len(refused)} times NOT saved and tried again"
            )
            return [["PostgreSQL stopped and started", f"{count} times", words]]


def cuts(count: int = 200) -> list[ROW]:
    """The connection is lost after the commit and before its reply."""
    with postgres.running(syncs=True) as server, temporary() as folder:
        address = parse_address(server.empty_database(), "the benchmark")
        with opened(address, folder) as store:
            store.record(decision("first"))
            commit, lost_replies = psycopg.Connection.commit, []

            def cut(connection: psycopg.Connection) -> None:
                commit(connection)
                if connection.isolation_level != psycopg.IsolationLevel.READ_COMMITTED:
                    return  # it only read
                lost_replies.append(len(lost_replies) % 2 == 0)
                if lost_replies[-1]:
                    connection.close()
                    raise psycopg.OperationalError("the connection was lost")

            psycopg.Connection.commit = cut  # type: ignore[method-assign]
            try:
                for number in range(count):
                    store.record(decision(f"{number}", f"s{number}"))
            finally:
                psycopg.Connection.commit = commit  # type: ignore[method-assign]
            found = Counter(each.operation for each in store.events())
            lost = sum(found[f"{number}"] == 0 for number in range(count))
            doubled = sum(number > 1 for number in found.values())
            words = f"{sum(lost_replies)} replies lost: {lost} decisions lost, {doubled} doubled"
            return [["cut between commit and reply", f"{count} decisions", words]]


# Locks


def locks() -> list[ROW]:
    """Somebody else holds the database for 4 and for 40 seconds."""
    rows = []
    with both() as stores:
        for name, store, server in stores:
            store.record(decision("first"))
            for seconds in (4, 40):
                with _held(store, server, seconds):
                    start = time.monotonic()
                    try:
                        store.record(decision(f"{seconds}"))
                        words = f"saved after {time.monotonic() - start:.1f} s"
                    except NotSaved:
                        words = f"NOT saved, said after {time.monotonic() - start:.1f} s"
                saved = any(each.operation == f"{seconds}" for each in store.events())
                words += f"; in the store: {'yes' if saved else 'no'}"
                rows.append([f"a lock of {seconds} s", name, words])
    return rows


@contextmanager
def _held(store: DecisionStore, server: postgres.Server | None, seconds: float) -> Iterator[None]:
    if server is None:
        holder = sqlite3.connect(store.database.path, isolation_level=None, check_same_thread=False)
        holder.execute("BEGIN IMMEDIATE")
        release: Callable[[], object] = holder.close
    else:
        session = psycopg.connect(server.url(), autocommit=True)
        session.execute("SELECT pg_advisory_lock(%s)", [WRITE_LOCK])
        release = session.close
    timer = threading.Timer(seconds, release)
    timer.start()
    yield
    timer.join()


# Migrations


def migrations(count: int = 30) -> list[ROW]:
    """An older store is brought up to date, and killed at it."""
    script = (
        "import sys; from pathlib import Path; from labelviz.store import DecisionStore;"
        "print('go', flush=True); DecisionStore(Path(sys.argv[1])).events()"
    )
    outcomes: Counter[str] = Counter()
    old = [*OLD, *(old_row(n) for n in range(5, 3_001))]
    with temporary() as folder:
        make_old(folder / "old.db", old)
        content = (folder / "old.db").read_bytes()
        for turn in range(count):
            home = folder / f"{turn}"
            home.mkdir()
            (home / "review.db").write_bytes(content)
            point = ("backed-up", "migrating", "migrated", "upgraded", "")[turn % 5]
            working = subprocess.Popen(
                [sys.executable, "-c", suffering.INSTALLED + script, str(home / "review.db")],
                stdout=subprocess.PIPE,
                env={**os.environ, suffering.VARIABLE: f"{point}=kill" if point else ""},
            )
            assert working.stdout is not None
            working.stdout.readline()
            if not point:
                time.sleep(ROUNDS.random() * 2)
                working.kill()
            working.wait()
            working.stdout.close()
            outcomes[_state_of(home / "review.db", len(old))] += 1
            with opened(home / "review.db", home) as store:
                outcomes["opened after"] += len(store.events()) == len(old)
    words = (
        f"{outcomes['old']} old and whole, {outcomes['new']} new and whole, "
        f"{outcomes['between']} between; {outcomes['opened after']} opened afterwards"
    )
    return [["a migration killed", f"{count} times", words]]


def _state_of(path: Path, count: int) -> str:
    with closing(sqlite3.connect(path)) as connection:
        sound = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        columns = [row[1] for row in connection.execute("PRAGMA table_info(event)")]
        events = connection.execute("SELECT count(*) FROM event").fetchone()[0]
    if not sound or events != count or "event_0001" in names:
        return "between"
    if columns == list(OLD[0]) and "standing" not in names:
        return "old"
    return "new" if {"standing", "draft", "alembic_version"} <= names else "between"


# Many people, many events


def reviewers(people: int = 200, seconds: float = 180) -> list[ROW]:
    """Two hundred people decide every 6 to 15 seconds."""
    rows = []
    with both() as stores:
        for name, store, _ in stores:
            store.hold()
            end = time.monotonic() + seconds
            waits: list[float] = []
            errors: list[Exception] = []

            def work(who: int, store=store, end=end, waits=waits, errors=errors) -> None:
                rounds = random.Random(who)
                time.sleep(rounds.random() * 10)
                for number in itertools.count():
                    if time.monotonic() > end:
                        return
                    made = decision(f"{who}-{number}", f"s{number}", reviewer=f"r{who}", expected=0)
                    start = time.monotonic()
                    try:
                        store.record(made)
                    except Exception as error:
                        errors.append(error)
                    waits.append(time.monotonic() - start)
                    time.sleep(rounds.uniform(6, 15))

            threads = [threading.Thread(target=work, args=(who,)) for who in range(people)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            p50, p95, p99 = np.percentile(np.array(waits) * 1000, [50, 95, 99])
            lost = len(waits) - len(errors) - len(store.events())
            words = (
                f"{len(waits):,} saves, {len(errors)} errors, {lost} lost; "
                f"p50 {p50:.0f} ms, p95 {p95:.0f} ms (aim 300), p99 {p99:.0f} ms"
            )
            rows.append([f"{people} reviewers for {seconds / 60:g} minutes", name, words])
    return rows


def million(count: int = 1_000_000) -> list[ROW]:
    """What holds, looked up among a million events."""
    rows = []
    with both() as stores:
        for name, store, server in stores:
            store.events()  # makes the tables; what only reads keeps no journal
            _fill(store, count, server is not None)
            if server is not None:  # what autovacuum has done by the time a store is so large
                with psycopg.connect(server.url(), autocommit=True) as connection:
                    connection.execute("VACUUM ANALYZE")
                    connection.execute("CHECKPOINT")
            samples = count // 5
            waits: dict[str, list[float]] = {"page": [], "sample": []}
            for _ in range(300):
                page = [f"s{n}" for n in ROUNDS.sample(range(samples), 50)]
                for kind, asked in (("page", page), ("sample", page[:1])):
                    start = time.perf_counter()
                    found = store.latest(asked)
                    waits[kind].append(time.perf_counter() - start)
                    assert set(found) == set(asked)
            pages, singles = (np.percentile(np.array(w) * 1000, 95) for w in waits.values())
            words = (
                f"a queue page of 50: p95 {pages:.1f} ms (aim 20); "
                f"one sample: p95 {singles:.1f} ms (aim 5)"
            )
            rows.append([f"{count:,} events", name, words])
    return rows


def _fill(store: DecisionStore, count: int, postgresql: bool) -> None:
    """Five people on every sample."""
    series = (
        f"SELECT n FROM generate_series(1, {count}) AS t(n)"
        if postgresql
        else f"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < {count})"
        " SELECT n FROM t"
    )
    payload = '{"blind": false, "label": ["yes"], "note": "", "target": null}'
    fifth = count // 5
    sample, who = f"'s' || (n - n / {fifth} * {fifth})", f"'r' || (n / {fifth})"
    columns = (
        "sequence, operation, action, sample, sample_hash, verdict, reviewer, final, payload,"
        " undoes, decided_at"
    )
    said = f"'choose', {who}, 0, '{payload}', '', '2026-01-01T00:00:00.000+00:00'"
    with store.database.writing() as connection:
        if postgresql:
            connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
            connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.exec_driver_sql(
            f"INSERT INTO event ({columns}) SELECT n, 'op' || n, 'op' || n, {sample}, 'hash',"
            f" {said} FROM ({series}) AS n"
        )
        connection.exec_driver_sql(
            "INSERT INTO standing (sequence, action, sample, slot, reviewer, undone_by, turn)"
            " SELECT sequence, action, sample, reviewer, reviewer, '', sequence FROM event"
        )
        connection.exec_driver_sql("ANALYZE")


EVERY: dict[str, Callable[[], list[ROW]]] = {
    "kills": kills, "commands": commands, "readers": readers, "replays": replays,
    "races": races, "full_disk": full_disk, "full_commands": commands_on_a_full_disk,
    "read_only": read_only, "restarts": restarts, "cuts": cuts, "locks": locks,
    "migrations": migrations, "reviewers": reviewers, "team": team, "million": million,
}  # fmt: skip


def main() -> None:
    """Run the faults that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write benchmarks/faults.md")
    parser.add_argument("names", nargs="*", choices=[*EVERY, []], help="which faults")
    asked = parser.parse_args()
    rows = []
    for name in asked.names or EVERY:
        start = time.monotonic()
        rows += EVERY[name]()
        print(f"{name}: {time.monotonic() - start:.0f} s", flush=True)
        for row in rows[-2:]:
            print("  ", " | ".join(row), flush=True)
    if asked.write:
        header = ("fault", "how often", "what became of it")
        note = (
            f"{os.cpu_count()} cores, load {os.getloadavg()[2]:.1f} (15 minutes); "
            f"SQLite {sqlite3.sqlite_version}; both databases sync every commit to the same disk."
        )
        rows = kept(ROOT / "benchmarks" / "faults.md", rows) if asked.names else rows
        write_table("faults", "Faults: a decision shown as saved is saved", header, rows, [note])


def kept(table: Path, new: list[ROW]) -> list[ROW]:
    """The rows of a table, the ones of the same faults replaced by new ones."""
    lines = table.read_text("utf-8").splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    rows, names = cells[2:], {row[0] for row in new}
    place = next((n for n, row in enumerate(rows) if row[0] in names), len(rows))
    before, after = rows[:place], rows[place:]
    return [*before, *new, *(row for row in after if row[0] not in names)]


if __name__ == "__main__":
    main()
