"""A lease for each tab of a browser."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table anew: what leases there were run out within minutes anyway."""
    op.drop_table("lease")
    op.create_table(
        "lease",
        sa.Column("tab", sa.Text, primary_key=True),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("sample", sa.Text, nullable=False),
        sa.Column("holds", sa.Integer, nullable=False),
        sa.Column("until", sa.Float().with_variant(sa.REAL, "sqlite"), nullable=False),
        sa.CheckConstraint("holds IN (0, 1)", name="holds_flag"),
        sqlite_strict=True,
    )
    op.create_index("lease_of_sample", "lease", ["sample"])
