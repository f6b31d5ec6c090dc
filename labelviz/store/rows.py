"""Decisions as rows, and what stands as rows: written, read, and kept up with each event."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from labelviz.core.decisions import RECENT_KEPT, Changes, Decision, Person, replay
from labelviz.store.schema import EVENTS, STANDING

COPIED_TOGETHER = 10_000


def row_of(decision: Decision) -> dict[str, Any]:
    """What a decision says, as columns; the store adds when and in which order.

    Raises
    ------
    ValueError : its target is not made of numbers.
    """
    content = {
        "label": decision.label,
        "target": dict(decision.target) if decision.target is not None else None,
        "note": decision.note,
        "blind": decision.blind,
    }
    return {
        "operation": decision.operation,
        "action": decision.step,
        "sample": decision.sample,
        "sample_hash": decision.sample_hash,
        "verdict": decision.verdict,
        "reviewer": decision.reviewer,
        "final": int(decision.final),
        "payload": json.dumps(content, ensure_ascii=False, sort_keys=True, allow_nan=False),
        "undoes": decision.undoes,
    }


def decision_of(row: sa.Row[Any]) -> Decision:
    """The decision of a row of `event`."""
    fields = row._asdict()
    payload = json.loads(fields.pop("payload"))
    label = payload.pop("label")
    if fields["action"] == fields["operation"]:
        fields["action"] = ""
    fields["final"] = bool(fields["final"])
    return Decision(**fields, **payload, label=None if label is None else tuple(label))


def read(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> Iterator[Decision]:
    """Events in order."""
    rows = connection.execute(sa.select(EVENTS).where(condition).order_by(EVENTS.c.sequence))
    return map(decision_of, rows)


def highest(connection: sa.Connection) -> int:
    """The sequence of the latest event; 0 where there is none."""
    return connection.execute(sa.select(sa.func.max(EVENTS.c.sequence))).scalar() or 0


def stand(connection: sa.Connection, events: Sequence[Decision]) -> None:
    """Bring `standing` up to one action: decisions of one reviewer and step, or one undo.

    What it leaves is what `labelviz.core.decisions.replay` finds in the whole history.
    """
    first = events[0]
    mine = STANDING.c.reviewer == first.reviewer
    if first.verdict != "undo":
        connection.execute(STANDING.delete().where(mine, STANDING.c.undone_by != ""))
        connection.execute(STANDING.insert(), [_standing_row(e, e.sequence, "") for e in events])
        return
    undone = connection.execute(
        STANDING.update()
        .where(mine, STANDING.c.action == first.undoes, STANDING.c.undone_by == "")
        .values(undone_by=first.operation, turn=first.sequence)
    )
    if not undone.rowcount:
        connection.execute(
            STANDING.update()
            .where(mine, STANDING.c.undone_by == first.undoes)
            .values(undone_by="", turn=first.sequence)
        )


def rebuild(connection: sa.Connection) -> None:
    """Make `standing` anew from the events."""
    connection.execute(STANDING.delete())
    rows = list(standing_rows(read(connection, sa.true())))
    for start in range(0, len(rows), COPIED_TOGETHER):
        connection.execute(STANDING.insert(), rows[start : start + COPIED_TOGETHER])


def standing_rows(events: Iterable[Decision]) -> Iterator[dict[str, Any]]:
    """What `standing` has to hold after these events."""
    for _, each in sorted(replay(events).items()):
        yield _standing_row(each.decision, each.turn, each.undone_by)


def _standing_row(decision: Decision, turn: int, undone_by: str) -> dict[str, Any]:
    return {
        "sequence": decision.sequence,
        "action": decision.step,
        "sample": decision.sample,
        "slot": decision.slot,
        "reviewer": decision.reviewer,
        "undone_by": undone_by,
        "turn": turn,
    }


def changes(connection: sa.Connection, after: int) -> Changes:
    """What the events above a sequence changed."""
    now = highest(connection)
    if now <= after:
        return Changes(after)
    touched = _touched(after)
    samples: dict[str, list[Decision]] = {}
    if after:
        samples = {sample: [] for sample in connection.execute(touched).scalars()}
    condition = STANDING.c.sample.in_(touched) if after else sa.true()
    for decision in latest(connection, condition):
        samples.setdefault(decision.sample, []).append(decision)
    names = connection.execute(
        sa.select(EVENTS.c.reviewer).where(EVENTS.c.sequence > after).distinct()
    ).scalars()
    people = {name: person(connection, name) for name in names.all()}
    return Changes(now, {sample: tuple(made) for sample, made in samples.items()}, people)


def first_decided(connection: sa.Connection, after: int) -> list[tuple[str, str, int]]:
    """Sample, hash of its texts and sequence of the first decision on them above a sequence."""
    made = (EVENTS.c.sequence > after, EVENTS.c.verdict != "undo")
    first = sa.func.min(EVENTS.c.sequence)
    asked = sa.select(EVENTS.c.sample, EVENTS.c.sample_hash, first).where(*made)
    grouped = asked.group_by(EVENTS.c.sample, EVENTS.c.sample_hash)
    return [(sample, texts, sequence) for sample, texts, sequence in connection.execute(grouped)]


def _touched(after: int) -> sa.CompoundSelect[Any]:
    """The samples of the events above a sequence, and of the actions that these take back.

    It asks the events, which nobody deletes: a decision that was undone leaves `standing` when its
    reviewer decides anew. A redo names an undo, and that the action.
    """
    newer = EVENTS.c.sequence > after
    named = sa.select(EVENTS.c.undoes).where(newer, EVENTS.c.undoes != "")
    by_undo = sa.select(EVENTS.c.undoes).where(EVENTS.c.operation.in_(named), EVENTS.c.undoes != "")
    back = sa.union(named, by_undo).cte("back")
    actions = sa.select(back.c.undoes)
    sample = sa.select(EVENTS.c.sample)
    return sa.union(
        sample.where(newer),
        sample.where(EVENTS.c.operation.in_(actions)),
        sample.where(EVENTS.c.action != EVENTS.c.operation, EVENTS.c.action.in_(actions)),
    )


def latest(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> Iterator[Decision]:
    """The latest standing decisions on the samples of a condition on `standing`.

    One in every slot for each version of the sample's texts that was decided on.
    """
    newest = (
        sa.select(sa.func.max(STANDING.c.sequence))
        .join(EVENTS, EVENTS.c.sequence == STANDING.c.sequence)
        .where(STANDING.c.undone_by == "", condition)
        .group_by(STANDING.c.sample, STANDING.c.slot, EVENTS.c.sample_hash)
    )
    return read(connection, EVENTS.c.sequence.in_(newest))


def person(connection: sa.Connection, reviewer: str) -> Person:
    """One reviewer's latest steps."""
    mine = STANDING.c.reviewer == reviewer
    newest_first = (STANDING.c.turn.desc(), STANDING.c.sequence.desc())
    done = (
        sa.select(EVENTS)
        .join(STANDING, STANDING.c.sequence == EVENTS.c.sequence)
        .where(mine, STANDING.c.undone_by == "")
        .order_by(*newest_first)
        .limit(RECENT_KEPT)
    )
    undone = (
        sa.select(STANDING.c.undone_by)
        .where(mine, STANDING.c.undone_by != "")
        .order_by(*newest_first)
        .limit(1)
    )
    last = sa.select(sa.func.max(EVENTS.c.sequence)).where(EVENTS.c.reviewer == reviewer)
    redoable = connection.execute(undone).scalar()
    return Person(
        tuple(map(decision_of, connection.execute(done))),
        next(read(connection, EVENTS.c.operation == redoable), None) if redoable else None,
        next(read(connection, EVENTS.c.sequence == last.scalar_subquery()), None),
    )


def content_hash(connection: sa.Connection, table: sa.Table) -> tuple[int, str]:
    """How many rows a table has, and a hash of their content, whatever their order.

    The sum of the SHA-256 of all rows, modulo 2 ** 256.
    """
    total, count = 0, 0
    rows = connection.execute(sa.select(table), execution_options={"yield_per": COPIED_TOGETHER})
    for row in rows:
        made = hashlib.sha256(json.dumps([*row], ensure_ascii=True).encode())
        total = (total + int.from_bytes(made.digest())) % 2**256
        count += 1
    return count, f"{total:064x}"
