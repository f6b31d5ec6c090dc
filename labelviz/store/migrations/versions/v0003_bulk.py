"""The decisions of a bulk action are found by its name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add an index; what asked for the other one asks the events now."""
    in_bulk = sa.text("action != operation")
    op.create_index(
        "event_in_bulk", "event", ["action"], sqlite_where=in_bulk, postgresql_where=in_bulk
    )
    op.drop_index("standing_by_turn", "standing")
