"""The decision store: append-only events in SQLite, acknowledged after commit and read-back."""

from __future__ import annotations

import contextlib
import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from labelviz.core.decisions import Decision
from labelviz.errors import NotSaved, WorkspaceRefused

METADATA = sa.MetaData()
EVENTS = sa.Table(
    "event",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("operation", sa.Text, nullable=False, unique=True),
    sa.Column("sample", sa.Text, nullable=False),
    sa.Column("sample_hash", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("reviewer", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, sa.CheckConstraint("json_valid(payload)"), nullable=False),
    sa.Column("undoes", sa.Text, nullable=False),
    sa.Column("decided_at", sa.Text, nullable=False),
    sqlite_strict=True,
)
BUSY_SECONDS = 5


class DecisionStore:
    """All decisions of a workspace. Safe to share between threads.

    Write-ahead log with full synchronisation: what `record` returned survives a kill of the
    process, and a power cut where the disk honours the sync.

    Parameters
    ----------
    path : the SQLite file; made on first use.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writing = threading.Lock()
        self._engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(path)),
            connect_args={"timeout": BUSY_SECONDS},
            isolation_level=None,
        )
        sa.event.listen(self._engine, "connect", _configure)

    def record(self, decision: Decision) -> Decision:
        """Commit one decision and return it as it was read back, with its time and sequence.

        The same operation twice is one decision.

        Raises
        ------
        NotSaved : it did not reach the disk, or the operation id stands for another decision.
        """
        try:
            with self._writing, self._engine.connect() as connection:
                _insert(connection, decision)
                saved = _read(connection, EVENTS.c.operation == decision.operation)[0]
        except (sa.exc.SQLAlchemyError, UnicodeError) as error:
            raise NotSaved(
                f"The decision was NOT saved: {getattr(error, 'orig', error)}.",
                where=str(self.path),
                safe="Every decision shown as saved before is safe.",
                remedy="Check the disk, then decide again.",
            ) from error
        if _row(saved) != _row(decision):
            raise NotSaved(
                "This card was decided differently before.",
                where=f"sample {decision.sample!r}",
                safe="The earlier decision stands.",
                remedy="Reload the page and decide again.",
            )
        return saved

    def events(self, after: int = 0) -> tuple[Decision, ...]:
        """All decisions with a sequence above `after`, in order.

        Raises
        ------
        WorkspaceRefused : the file cannot be read.
        """
        try:
            with self._engine.connect() as connection:
                return tuple(_read(connection, EVENTS.c.sequence > after))
        except sa.exc.SQLAlchemyError as error:
            raise WorkspaceRefused(
                f"The decisions cannot be read: {getattr(error, 'orig', error)}.",
                where=str(self.path),
                safe="The file was left as it is.",
                remedy="Check the disk; if the file is damaged, restore it from a backup.",
            ) from error

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _configure(connection: Any, _: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    table = CreateTable(EVENTS, if_not_exists=True)
    connection.execute(str(table.compile(dialect=sqlite.dialect())))


def _insert(connection: sa.Connection, decision: Decision) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        known = connection.execute(
            sa.select(EVENTS.c.sequence).where(EVENTS.c.operation == decision.operation)
        ).first()
        if known is None:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            connection.execute(EVENTS.insert().values(**_row(decision), decided_at=now))
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        with contextlib.suppress(sa.exc.DBAPIError):  # a full disk has rolled back already
            connection.exec_driver_sql("ROLLBACK")
        raise


def _row(decision: Decision) -> dict[str, str]:
    """What a decision says, as columns; the store adds when and in which order."""
    return {
        "operation": decision.operation,
        "sample": decision.sample,
        "sample_hash": decision.sample_hash,
        "verdict": decision.verdict,
        "reviewer": decision.reviewer,
        "payload": _payload(decision),
        "undoes": decision.undoes,
    }


def _payload(decision: Decision) -> str:
    content = {
        "label": decision.label,
        "target": dict(decision.target) if decision.target is not None else None,
        "note": decision.note,
        "blind": decision.blind,
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def _read(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Decision]:
    rows = connection.execute(sa.select(EVENTS).where(condition).order_by(EVENTS.c.sequence))
    return [_decision(row._asdict()) for row in rows]


def _decision(row: dict[str, Any]) -> Decision:
    payload = json.loads(row.pop("payload"))
    label = payload.pop("label")
    return Decision(**row, **payload, label=None if label is None else tuple(label))
