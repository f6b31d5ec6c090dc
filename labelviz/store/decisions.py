"""The store of a workspace: append-only events, acknowledged after commit and read-back."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from labelviz.core import points
from labelviz.core.decisions import Changes, Decision
from labelviz.core.roles import Roles
from labelviz.errors import MOST_NAMED, Conflict, NotSaved, WorkspaceRefused
from labelviz.store import drafts, leases, permissions, rows
from labelviz.store.backup import back_up
from labelviz.store.database import Database, Guard, ProcessLock, check_folder, check_pages
from labelviz.store.drafts import Draft
from labelviz.store.journal import Journal
from labelviz.store.keeper import Keeper
from labelviz.store.leases import Claim
from labelviz.store.limits import (
    check_decision_texts,
    check_draft_texts,
    check_id_lengths,
    check_name,
)
from labelviz.store.migrate import BEFORE_ROLES, bring_up_to_date, is_current, revision_of
from labelviz.store.schema import EVENTS, SET_ASIDE, STANDING
from labelviz.store.writer import SAFE, Writer

Value = TypeVar("Value")
QUERIED_TOGETHER = 500


class DecisionStore:
    """All decisions of a workspace. Safe to share between threads.

    What `record` returned survives a kill of the process, and a power cut where the disk honours
    the sync.

    Parameters
    ----------
    address : of the database; a path is a SQLite file. It is made on first use.
    folder : where the journal and the backups are kept; by default beside the file.
    """

    def __init__(self, address: sa.URL | Path, folder: Path | None = None) -> None:
        if isinstance(address, Path):
            folder = folder or address.parent
            address = sa.URL.create("sqlite", database=str(address))
        self.database = Database(address)
        self.folder = folder or self.database.path.parent
        self.journal = Journal(self.folder, self.database)
        self.keeper = Keeper(self.database, self.journal, self.folder)
        self._guard = Guard(self.database)
        self._lock = ProcessLock(self.database.path) if self.database.is_file else None
        self._writer = Writer(self.database, self._guard.check_file, self.keeper.wake)
        self._opening = threading.Lock()
        self._holding = self._readable = self._without_roles = False
        weakref.finalize(self, _abandon, self._writer, self.keeper, self._lock)

    # Write

    def record(self, decision: Decision) -> Decision:
        """Commit one decision and return it as it was read back, with its time and sequence.

        The same operation twice is one decision.

        Raises
        ------
        NotSaved : it did not reach the disk, or one of its texts is too long.
        Conflict : its operation stands for another decision, or what it expects has changed.
        """
        return self.record_all((decision,))[0]

    def record_all(self, decisions: Sequence[Decision]) -> tuple[Decision, ...]:
        """Commit one action whole: one decision, or those of a bulk action.

        Parameters
        ----------
        decisions : of one reviewer and one step; an undo stands alone.

        Raises
        ------
        NotSaved, Conflict : none of them was saved.
        """
        if not decisions:
            return ()
        first = decisions[0]
        if any((d.reviewer, d.step) != (first.reviewer, first.step) for d in decisions):
            raise ValueError("an action has one reviewer and one step")
        for decision in decisions:
            check_decision_texts(decision)
        try:
            made = [rows.row_of(decision) for decision in decisions]
        except ValueError as error:
            raise NotSaved(
                f"The decision was NOT saved: {error}.",
                where=f"sample {first.sample!r}",
                safe=SAFE,
                remedy="Give every class a share from 0 to 1.",
            ) from error
        operations = [decision.operation for decision in decisions]

        def act(connection: sa.Connection) -> tuple[Decision, ...]:
            known = {each.operation: each for each in _by_operation(connection, operations)}
            if known:
                return _same(decisions, known)
            permissions.check_permission(connection, decisions)
            highest = rows.highest(connection)
            self._guard.check_sequence(highest)
            for decision in decisions:
                _check_expected(connection, decision)
            return _insert(connection, decisions, made, highest)

        def read_back(
            connection: sa.Connection, written: tuple[Decision, ...]
        ) -> tuple[Decision, ...]:
            found = {each.operation: each for each in _by_operation(connection, operations)}
            read = tuple(found[name] for name in operations if name in found)
            if read != written:
                raise NotSaved(
                    "The decision was NOT saved: it did not read back equal.",
                    where=self.database.name,
                    safe=SAFE,
                    remedy="Check the disk, then decide again.",
                )
            return read

        saved = self._write(act, read_back)
        self._guard.known = max(self._guard.known, saved[-1].sequence)
        return saved

    def keep_draft(self, draft: Draft) -> None:
        """Keep what a reviewer is setting on a card; a decision on it removes it.

        Raises
        ------
        NotSaved : it did not reach the disk, or one of its texts is too long.
        """
        check_draft_texts(draft)
        self._write(lambda connection: drafts.keep(connection, draft, _now()))

    def claim(self, wanted: Claim) -> str | None:
        """The first of some samples that is free for a reviewer, and theirs for a while.

        Raises
        ------
        NotSaved : nothing could be claimed.
        """
        check_name(wanted.reviewer)
        return self._write(lambda connection: leases.claim(connection, wanted), synced=False)

    def release(self, tab: str) -> None:
        """Give back the sample that a tab has.

        Raises
        ------
        NotSaved : it was not given back.
        """
        self._write(lambda connection: leases.release(connection, tab), synced=False)

    def assign(self, assignments: Iterable[tuple[str, str]]) -> None:
        """Deal samples to reviewers, (sample, reviewer), in place of what was dealt before.

        Raises
        ------
        NotSaved : nothing was dealt, or a name or an id is too long.
        """
        dealt = tuple(assignments)
        for sample, reviewer in dealt:
            check_id_lengths(sample)
            check_name(reviewer)
        self._write(lambda connection: leases.assign(connection, dealt))

    def change_roles(self, how: Callable[[Roles], Roles], by: str | None = None) -> Roles:
        """Make other roles of those there are, and return them as they were read back.

        Parameters
        ----------
        by : who asks for it; None for whoever has the files of the workspace.

        Raises
        ------
        NotSaved : nothing was changed: they are no owner, nobody would be, or a name is too long.
        """

        def act(connection: sa.Connection) -> Roles:
            after = permissions.change(connection, how, by)
            for name in after.people:
                check_name(name)
            return after

        given = self._write(act, lambda connection, _: permissions.read(connection))
        self.keeper.back_up_next()
        return given

    # Read

    @property
    def roles(self) -> Roles:
        """Who is what, as it stands now.

        Raises
        ------
        WorkspaceRefused : the database cannot be read.
        """
        with self._read() as connection:
            return Roles() if self._without_roles else permissions.read(connection)

    def events(self, after: int = 0) -> tuple[Decision, ...]:
        """All decisions with a sequence above `after`, in order.

        Raises
        ------
        WorkspaceRefused : the database cannot be read.
        """
        with self._read() as connection:
            return tuple(rows.read(connection, EVENTS.c.sequence > after))

    def changes(self, after: int = 0) -> Changes:
        """What the events above a sequence changed, from indexes; nothing is replayed."""
        with self._read() as connection:
            return rows.changes(connection, after)

    def first_decided(self, after: int = 0) -> list[tuple[str, str, int]]:
        """Sample, hash of its texts and sequence of the first decision on them above a sequence."""
        with self._read() as connection:
            return rows.first_decided(connection, after)

    def history(self, sample: str) -> tuple[Decision, ...]:
        """Everything that was ever said about one sample, undos included, oldest first."""
        with self._read() as connection:
            return tuple(rows.read(connection, EVENTS.c.sample == sample))

    def latest(self, samples: Sequence[str]) -> dict[str, tuple[Decision, ...]]:
        """Everybody's latest standing decisions on some samples, one for each version of the texts.

        Samples without one are left out.
        """
        found: dict[str, tuple[Decision, ...]] = {}
        with self._read() as connection:
            for start in range(0, len(samples), QUERIED_TOGETHER):
                asked = samples[start : start + QUERIED_TOGETHER]
                for each in rows.latest(connection, STANDING.c.sample.in_(asked)):
                    found[each.sample] = (*found.get(each.sample, ()), each)
        return found

    def draft(self, reviewer: str, sample: str) -> Draft | None:
        """What a reviewer was setting on a card."""
        with self._read() as connection:
            return drafts.find(connection, reviewer, sample)

    def set_aside(self) -> tuple[tuple[int, str], ...]:
        """Sequence and reason of old rows that a migration could not take over."""
        with self._read() as connection:
            found = connection.execute(sa.select(SET_ASIDE.c.sequence, SET_ASIDE.c.reason))
            return tuple((row.sequence, row.reason) for row in found)

    def holders(self, sample: str) -> tuple[str, ...]:
        """Who holds a sample now."""
        with self._read() as connection:
            return leases.holders(connection, sample)

    def onlookers(self, sample: str) -> tuple[str, ...]:
        """Who has a sample on the screen now that others hold."""
        with self._read() as connection:
            return leases.onlookers(connection, sample)

    def dealt(self) -> bool:
        """Whether samples are assigned to anybody."""
        with self._read() as connection:
            return leases.is_dealt(connection)

    def dealt_to(self) -> frozenset[str]:
        """Everybody to whom samples are dealt."""
        with self._read() as connection:
            return leases.dealt_to(connection)

    def dealt_to_others(self, reviewer: str) -> tuple[str, ...]:
        """The samples dealt to other reviewers and not to this one."""
        with self._read() as connection:
            return leases.dealt_to_others(connection, reviewer)

    def assigned(self, reviewer: str) -> tuple[str, ...] | None:
        """The samples dealt to a reviewer; None where nothing was dealt to anybody."""
        with self._read() as connection:
            return leases.assigned(connection, reviewer)

    # Open and close

    def hold(self) -> None:
        """Open the store to write, and keep other processes from the file until `close`.

        Raises
        ------
        WorkspaceRefused : another process has it, it was made by a newer labelviz, it would lie on
            a network folder, or it lost decisions that the journal holds.
        """
        with self._opening:
            if self._holding:
                with self._translated():
                    if self._lock is not None:
                        self._lock.acquire()
                return
            with self._translated():
                if self._lock is not None:
                    check_folder(self.database.path)
                    self._lock.acquire()
                self._bring_up_to_date()
                self.database.look_again()
                with self.database.reading() as connection:
                    check_pages(connection)
                    highest = rows.highest(connection)
            self.journal.check_not_ahead(highest)
            self._guard.opened(highest)
            self._holding = self._readable = True
            self._without_roles = False
        self.keeper.wake()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other process from the file, without opening it.

        Raises
        ------
        WorkspaceRefused : another process has it.
        """
        self.close()
        if self._lock is not None:
            self._lock.acquire()
        try:
            yield
        finally:
            if self._lock is not None:
                self._lock.release()

    def close(self) -> None:
        """Finish what is being written, and close every connection."""
        with self._opening:
            self._holding = self._readable = False
            self._writer.close()
            self.keeper.close()
            self.database.close()
            if self._lock is not None:
                self._lock.release()

    # Inside

    def _write(
        self,
        act: Callable[[sa.Connection], Value],
        read_back: Callable[[sa.Connection, Value], Value] = lambda _, value: value,
        *,
        synced: bool = True,
    ) -> Value:
        try:
            self.hold()
        except WorkspaceRefused as error:
            raise NotSaved(
                f"The decision was NOT saved. {error.what}",
                where=error.where,
                safe=SAFE,
                remedy=error.remedy,
            ) from error
        return self._writer.write(act, read_back, synced=synced)

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        with self._translated():
            self._make_readable()
            with self.database.reading() as connection:
                yield connection

    def _make_readable(self) -> None:
        """Make or migrate the tables where that has to be; a reader does not hold the file."""
        with self._opening:
            if self._readable:
                return
            if self.database.is_file and not self.database.path.is_file():
                current = False
            else:
                with self.database.reading() as connection:
                    current = is_current(connection)
            if not current:
                try:
                    self._bring_up_to_date_alone()
                except PermissionError:  # it can be read, and has all but the roles
                    with self.database.reading() as connection:
                        self._without_roles = revision_of(connection) == BEFORE_ROLES
                    if not self._without_roles:
                        raise
            self._readable = True

    def _bring_up_to_date_alone(self) -> None:
        if self._lock is not None:
            self._lock.acquire()
        try:
            self._bring_up_to_date()
        finally:
            if self._lock is not None:
                self._lock.release()

    def _bring_up_to_date(self) -> None:
        bring_up_to_date(self.database, lambda: back_up(self.database, self.folder))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.SQLAlchemyError, OSError) as error:
            words = str(getattr(error, "orig", None) or error).partition("\n")[0]
            raise WorkspaceRefused(
                f"The decisions cannot be read: {words}.",
                where=self.database.name,
                safe="They were left as they are.",
                remedy="Check the disk; if the file is damaged, `labelviz store restore`.",
            ) from error


def _abandon(writer: Writer, keeper: Keeper, lock: ProcessLock | None) -> None:
    """What becomes of a store that nobody closed; runs in any thread, so it waits for nothing."""
    writer.abandon()
    keeper.abandon()
    if lock is not None:
        lock.release()


def _by_operation(connection: sa.Connection, operations: Sequence[str]) -> Iterator[Decision]:
    for start in range(0, len(operations), QUERIED_TOGETHER):
        asked = operations[start : start + QUERIED_TOGETHER]
        yield from rows.read(connection, EVENTS.c.operation.in_(asked))


def _same(decisions: Sequence[Decision], known: dict[str, Decision]) -> tuple[Decision, ...]:
    """What was saved before under these operations.

    Raises
    ------
    Conflict : it was something else.
    """
    for decision in decisions:
        earlier = known.get(decision.operation)
        if earlier is None or rows.row_of(earlier) != rows.row_of(decision):
            raise Conflict(
                "NOT saved: this card was decided differently before.",
                where=f"sample {decision.sample!r}",
                safe="The earlier decision stands.",
                remedy="Reload the page and decide again.",
            )
    return tuple(known[decision.operation] for decision in decisions)


def _check_expected(connection: sa.Connection, decision: Decision) -> None:
    """Raise Conflict if the slot holds another decision than the one that was on screen."""
    if decision.expected is None or decision.verdict == "undo":
        return
    here = (STANDING.c.sample == decision.sample) & (STANDING.c.slot == decision.slot)
    of_texts = (each for each in rows.latest(connection, here)
                if each.sample_hash == decision.sample_hash)  # fmt: skip
    standing = next(of_texts, None)
    if (standing.sequence if standing else 0) == decision.expected:
        return
    raise Conflict(
        "NOT saved: this card was changed in another tab, or by somebody else.",
        where=f"sample {decision.sample!r}",
        safe=f"What stands: {_said(standing)}.",
        remedy="Look at the card again: leave it, or decide once more to replace what stands.",
    )


def _said(standing: Decision | None) -> str:
    if standing is None:
        return "nothing, the decision was taken back"
    largest = sorted((standing.target or {}).items(), key=lambda each: -each[1])
    shares = [f"{name} {share:.2f}" for name, share in largest]
    what = " | ".join(standing.label or ()) or ", ".join(shares[:MOST_NAMED])
    return f"{standing.reviewer}: {standing.verdict} {what} at {standing.decided_at}"


def _insert(
    connection: sa.Connection,
    decisions: Sequence[Decision],
    made: Sequence[dict[str, object]],
    highest: int,
) -> tuple[Decision, ...]:
    """Write one action and what follows from it; the samples' drafts end."""
    now = _now()
    numbered = [
        {**row, "sequence": highest + turn, "expected": decision.expected, "decided_at": now}
        for turn, (row, decision) in enumerate(zip(made, decisions, strict=True), start=1)
    ]
    connection.execute(EVENTS.insert(), numbered)
    saved = tuple(
        replace(decision, sequence=highest + turn, decided_at=now, action=_action(decision))
        for turn, decision in enumerate(decisions, start=1)
    )
    points.reach("half-written")
    rows.stand(connection, saved)
    first = decisions[0]
    for start in range(0, len(decisions), QUERIED_TOGETHER):
        samples = tuple(each.sample for each in decisions[start : start + QUERIED_TOGETHER])
        drafts.remove(connection, first.reviewer, samples)
    return saved


def _action(decision: Decision) -> str:
    return "" if decision.action == decision.operation else decision.action


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
