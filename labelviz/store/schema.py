"""The tables of the store, one definition for SQLite and PostgreSQL.

`event` is append-only and is the truth. `standing` follows from it and is kept in the same
transaction, so that what holds is looked up, never replayed. The rest is for people at work:
drafts, leases, assignments, roles. `tenant` says whose database it is. `set_aside` holds old rows
that a migration could not take over.
"""

from __future__ import annotations

import sqlalchemy as sa

from labelviz.core.decisions import VERDICTS
from labelviz.core.roles import ROLES

REVISION = "0006"  # the newest of `migrations/versions`

METADATA = sa.MetaData()
SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    """A column holds one of these words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def json_in(column: str) -> tuple[sa.CheckConstraint, sa.CheckConstraint]:
    """A column of text holds JSON, as either database can tell."""
    return (
        sa.CheckConstraint(f"json_valid({column})", name=f"{column}_json").ddl_if("sqlite"),
        sa.CheckConstraint(f"{column}::json IS NOT NULL", name=f"{column}_json").ddl_if(
            "postgresql"
        ),
    )


EVENTS = sa.Table(
    "event",
    METADATA,
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
    one_of("verdict", VERDICTS),
    sa.CheckConstraint("sequence > 0", name="sequence_counts"),
    sa.CheckConstraint("operation <> ''", name="operation_named"),
    sa.CheckConstraint("reviewer <> ''", name="reviewer_named"),
    sa.CheckConstraint("final IN (0, 1)", name="final_flag"),
    sa.CheckConstraint("(verdict = 'undo') = (undoes <> '')", name="undo_names_an_action"),
    *json_in("payload"),
    sa.Index("event_of_sample", "sample", "sequence"),
    sa.Index("event_of_reviewer", "reviewer", "sequence"),
    sqlite_strict=True,
)
_IN_BULK = EVENTS.c.action != EVENTS.c.operation  # any other event is found by its operation
sa.Index("event_in_bulk", EVENTS.c.action, sqlite_where=_IN_BULK, postgresql_where=_IN_BULK)
STANDING = sa.Table(
    "standing",
    METADATA,
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
    sqlite_strict=True,
)
DRAFTS = sa.Table(
    "draft",
    METADATA,
    sa.Column("reviewer", sa.Text, primary_key=True),
    sa.Column("sample", sa.Text, primary_key=True),
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("saved_at", sa.Text, nullable=False),
    *json_in("content"),
    sqlite_strict=True,
)
LEASES = sa.Table(
    "lease",
    METADATA,
    sa.Column("tab", sa.Text, primary_key=True),
    sa.Column("reviewer", sa.Text, nullable=False),
    sa.Column("sample", sa.Text, nullable=False),
    sa.Column("holds", sa.Integer, nullable=False),
    sa.Column("until", sa.Float().with_variant(sa.REAL, "sqlite"), nullable=False),
    sa.CheckConstraint("holds IN (0, 1)", name="holds_flag"),
    sa.Index("lease_of_sample", "sample"),
    sqlite_strict=True,
)
ASSIGNMENTS = sa.Table(
    "assignment",
    METADATA,
    sa.Column("sample", sa.Text, primary_key=True),
    sa.Column("reviewer", sa.Text, primary_key=True),
    sqlite_strict=True,
)
ROLE = sa.Table(
    "role",
    METADATA,
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("settles_own", sa.Integer, nullable=False),
    one_of("role", ROLES),
    sa.CheckConstraint("settles_own IN (0, 1)", name="settles_own_flag"),
    sqlite_strict=True,
)
TENANT = sa.Table(
    "tenant",
    METADATA,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sqlite_strict=True,
)
SET_ASIDE = sa.Table(
    "set_aside",
    METADATA,
    sa.Column("revision", sa.Text, primary_key=True),
    sa.Column("sequence", SEQUENCE, primary_key=True, autoincrement=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sqlite_strict=True,
)
