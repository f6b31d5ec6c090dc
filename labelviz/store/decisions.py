"""The store of a workspace: append-only events, acknowledged after commit and read-back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from labelviz.core import points
from labelviz.core.decisions import Changes, Decision
from labelviz.errors import MOST_NAMED, Conflict, NotSaved
from labelviz.store import drafts, rows
from labelviz.store.access import Access, stamp
from labelviz.store.assignments import Assignments
from labelviz.store.drafts import Drafts
from labelviz.store.leases import Leases
from labelviz.store.limits import check_decision_texts
from labelviz.store.permissions import KeptRoles, check_permission
from labelviz.store.schema import EVENTS, SET_ASIDE, STANDING
from labelviz.store.tenant import Tenant
from labelviz.store.writer import SAFE

QUERIED_TOGETHER = 500


class DecisionStore:
    """All decisions of a workspace. Safe to share between threads.

    Beside them, for people at work, its rooms: `drafts`, `leases`, `assignments` and `roles`.

    What `record` returned survives a kill of the process, and a power cut where the disk honours
    the sync.

    Parameters
    ----------
    address : of the database; a path is a SQLite file. It is made on first use.
    folder, tenant : see `Access`.
    """

    def __init__(
        self, address: sa.URL | Path, folder: Path | None = None, tenant: Tenant | None = None
    ) -> None:
        self.access = Access(address, folder, tenant)
        self.database, self.folder = self.access.database, self.access.folder
        self.journal, self.keeper = self.access.journal, self.access.keeper
        self.drafts, self.leases = Drafts(self.access), Leases(self.access)
        self.assignments, self.roles = Assignments(self.access), KeptRoles(self.access)

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
            check_permission(connection, decisions)
            highest = rows.highest(connection)
            self.access.guard.check_sequence(highest)
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

        saved = self.access.write(act, read_back)
        self.access.guard.known = max(self.access.guard.known, saved[-1].sequence)
        return saved

    # Read

    def events(self, after: int = 0) -> tuple[Decision, ...]:
        """All decisions with a sequence above `after`, in order.

        Raises
        ------
        WorkspaceRefused : the database cannot be read.
        """
        with self.access.read() as connection:
            return tuple(rows.read(connection, EVENTS.c.sequence > after))

    def changes(self, after: int = 0) -> Changes:
        """What the events above a sequence changed, from indexes; nothing is replayed."""
        with self.access.read() as connection:
            return rows.changes(connection, after)

    def first_decided(self, after: int = 0) -> list[tuple[str, str, int]]:
        """Sample, hash of its texts and sequence of the first decision on them above a sequence."""
        with self.access.read() as connection:
            return rows.first_decided(connection, after)

    def history(self, sample: str) -> tuple[Decision, ...]:
        """Everything that was ever said about one sample, undos included, oldest first."""
        with self.access.read() as connection:
            return tuple(rows.read(connection, EVENTS.c.sample == sample))

    def latest(self, samples: Sequence[str]) -> dict[str, tuple[Decision, ...]]:
        """Everybody's latest standing decisions on some samples, one for each version of the texts.

        Samples without one are left out.
        """
        found: dict[str, tuple[Decision, ...]] = {}
        with self.access.read() as connection:
            for start in range(0, len(samples), QUERIED_TOGETHER):
                asked = samples[start : start + QUERIED_TOGETHER]
                for each in rows.latest(connection, STANDING.c.sample.in_(asked)):
                    found[each.sample] = (*found.get(each.sample, ()), each)
        return found

    def set_aside(self) -> tuple[tuple[int, str], ...]:
        """Sequence and reason of old rows that a migration could not take over."""
        with self.access.read() as connection:
            found = connection.execute(sa.select(SET_ASIDE.c.sequence, SET_ASIDE.c.reason))
            return tuple((row.sequence, row.reason) for row in found)

    # Open and close

    def hold(self) -> None:
        """Open the store to write, and keep other processes from the file until `close`.

        Raises
        ------
        WorkspaceRefused : as `Access.hold`.
        """
        self.access.hold()

    def close(self) -> None:
        """Finish what is being written, and close every connection."""
        self.access.close()


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
    moment = stamp()
    numbered = [
        {**row, "sequence": highest + turn, "expected": decision.expected, "decided_at": moment}
        for turn, (row, decision) in enumerate(zip(made, decisions, strict=True), start=1)
    ]
    connection.execute(EVENTS.insert(), numbered)
    saved = tuple(
        replace(decision, sequence=highest + turn, decided_at=moment, action=_action(decision))
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
