"""Who is what: owner, adjudicator, reviewer or viewer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table; nobody has a role yet."""
    op.create_table(
        "role",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("settles_own", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "role IN ('viewer', 'reviewer', 'adjudicator', 'owner')", name="role_known"
        ),
        sa.CheckConstraint("settles_own IN (0, 1)", name="settles_own_flag"),
        sqlite_strict=True,
    )
