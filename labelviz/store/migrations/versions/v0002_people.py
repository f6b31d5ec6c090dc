"""Actions, final decisions and expected versions; what stands; people at work."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

VERDICTS = ("keep", "accept", "choose", "soften", "exclude", "unsure", "flag", "undo")
SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
CHUNK = 10_000


def upgrade() -> None:
    """Make the new tables beside the old one, move its rows, and drop it."""
    connection = op.get_bind()
    connection.execute(sa.text("ALTER TABLE event RENAME TO event_0001"))
    if connection.dialect.name == "postgresql":  # where names of constraints outlive the table's
        connection.execute(
            sa.text("ALTER TABLE event_0001 RENAME CONSTRAINT event_pkey TO event_0001_pkey")
        )
        connection.execute(
            sa.text(
                "ALTER TABLE event_0001 RENAME CONSTRAINT event_operation_key"
                " TO event_0001_operation_key"
            )
        )
    metadata = sa.MetaData()
    events, set_aside = _tables(metadata)
    metadata.create_all(connection)
    old = sa.Table("event_0001", sa.MetaData(), autoload_with=connection)
    last = 0
    while rows := connection.execute(
        sa.select(old).where(old.c.sequence > last).order_by(old.c.sequence).limit(CHUNK)
    ).all():
        last = rows[-1].sequence
        moved, aside = [], []
        for row in rows:
            content = dict(row._mapping)
            reason = _defect(content)
            if reason:
                kept = json.dumps(content, ensure_ascii=True)
                number = content["sequence"]
                aside.append(
                    {"revision": revision, "sequence": number, "content": kept, "reason": reason}
                )
            else:
                moved.append(
                    {**content, "action": content["operation"], "final": 0, "expected": None}
                )
        if moved:
            connection.execute(events.insert(), moved)
        if aside:
            connection.execute(set_aside.insert(), aside)
    connection.execute(sa.text("DROP TABLE event_0001"))


def _defect(row: dict[str, Any]) -> str:
    """Why an old row cannot be an event; empty where it can."""
    if row["verdict"] not in VERDICTS:
        return f"the verdict {row['verdict']!r} is not known"
    if not row["operation"] or not row["reviewer"]:
        return "the operation or the reviewer has no name"
    if (row["verdict"] == "undo") != bool(row["undoes"]):
        return "an undo that names nothing, or something else that undoes"
    try:
        payload = json.loads(row["payload"], parse_constant=_no_constant)
    except ValueError:
        return "the payload is not JSON"
    if not isinstance(payload, dict) or payload.keys() != {"label", "target", "note", "blind"}:
        return "the payload has other fields"
    return ""


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _tables(metadata: sa.MetaData) -> tuple[sa.Table, sa.Table]:
    listed = ", ".join(f"'{value}'" for value in VERDICTS)
    events = sa.Table(
        "event",
        metadata,
        sa.Column("sequence", SEQUENCE, primary_key=True, autoincrement=False),
        sa.Column("operation", sa.Text, nullable=False, unique=True),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("sample", sa.Text, nullable=False),
        sa.Column("sample_hash", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("final", sa.Integer, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("undoes", sa.Text, nullable=False),
        sa.Column("expected", SEQUENCE),
        sa.Column("decided_at", sa.Text, nullable=False),
        sa.CheckConstraint(f"verdict IN ({listed})", name="verdict_known"),
        sa.CheckConstraint("sequence > 0", name="sequence_counts"),
        sa.CheckConstraint("operation <> ''", name="operation_named"),
        sa.CheckConstraint("reviewer <> ''", name="reviewer_named"),
        sa.CheckConstraint("final IN (0, 1)", name="final_flag"),
        sa.CheckConstraint("(verdict = 'undo') = (undoes <> '')", name="undo_names_an_action"),
        *_json_in("payload"),
        sa.Index("event_of_sample", "sample", "sequence"),
        sa.Index("event_of_reviewer", "reviewer", "sequence"),
        sqlite_strict=True,
    )
    sa.Table(
        "standing",
        metadata,
        sa.Column(
            "sequence",
            SEQUENCE,
            sa.ForeignKey("event.sequence"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("sample", sa.Text, nullable=False),
        sa.Column("slot", sa.Text, nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("undone_by", sa.Text, nullable=False),
        sa.Column("turn", SEQUENCE, nullable=False),
        sa.Index("standing_of_sample", "sample", "slot", "undone_by", "sequence"),
        sa.Index("standing_of_reviewer", "reviewer", "undone_by", "turn", "sequence"),
        sa.Index("standing_of_action", "action"),
        sa.Index("standing_by_turn", "turn"),
        sqlite_strict=True,
    )
    sa.Table(
        "draft",
        metadata,
        sa.Column("reviewer", sa.Text, primary_key=True),
        sa.Column("sample", sa.Text, primary_key=True),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("saved_at", sa.Text, nullable=False),
        *_json_in("content"),
        sqlite_strict=True,
    )
    sa.Table(
        "lease",
        metadata,
        sa.Column("sample", sa.Text, primary_key=True),
        sa.Column("reviewer", sa.Text, primary_key=True),
        sa.Column("until", sa.Float().with_variant(sa.REAL, "sqlite"), nullable=False),
        sqlite_strict=True,
    )
    sa.Table(
        "assignment",
        metadata,
        sa.Column("sample", sa.Text, primary_key=True),
        sa.Column("reviewer", sa.Text, primary_key=True),
        sqlite_strict=True,
    )
    set_aside = sa.Table(
        "set_aside",
        metadata,
        sa.Column("revision", sa.Text, primary_key=True),
        sa.Column("sequence", SEQUENCE, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    return events, set_aside


def _json_in(column: str) -> tuple[sa.CheckConstraint, sa.CheckConstraint]:
    return (
        sa.CheckConstraint(f"json_valid({column})", name=f"{column}_json").ddl_if("sqlite"),
        sa.CheckConstraint(f"{column}::json IS NOT NULL", name=f"{column}_json").ddl_if(
            "postgresql"
        ),
    )
