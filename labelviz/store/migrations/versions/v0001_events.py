"""Decisions as events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first table."""
    metadata = sa.MetaData()
    sa.Table(
        "event",
        metadata,
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("operation", sa.Text, nullable=False, unique=True),
        sa.Column("sample", sa.Text, nullable=False),
        sa.Column("sample_hash", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("undoes", sa.Text, nullable=False),
        sa.Column("decided_at", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    metadata.create_all(op.get_bind())
