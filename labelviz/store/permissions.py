"""The one place that says who may do what; asked inside the transaction that does it."""

from __future__ import annotations

import sqlalchemy as sa

from labelviz.core.decisions import Decision
from labelviz.errors import NotSaved


def check_permission(_: sa.Connection, decision: Decision) -> None:
    """Raise NotSaved unless the reviewer may decide this; so far everybody with a name may.

    Roles will be read from this connection, so that one that was taken away counts at once.
    """
    if not decision.reviewer.strip():
        raise NotSaved(
            "The decision was NOT saved: it has no reviewer.",
            where=f"sample {decision.sample!r}",
            safe="Every decision shown as saved before is safe.",
            remedy="Log in, or give your name on the Review page.",
        )
