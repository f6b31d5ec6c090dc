"""Drafts: what a reviewer is setting on a card, so that a refresh brings it back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from labelviz.store.schema import DRAFTS


@dataclass(frozen=True)
class Draft:
    """What one reviewer has set on one card and not yet decided.

    Parameters
    ----------
    operation : id of the decision that the card may lead to.
    content : value by name of the input: numbers, words, switches.
    """

    reviewer: str
    sample: str
    operation: str
    content: Mapping[str, float | str | bool]


def keep(connection: sa.Connection, draft: Draft, now: str) -> None:
    """Put a draft in place of the one before."""
    remove(connection, draft.reviewer, (draft.sample,))
    content = json.dumps(dict(draft.content), ensure_ascii=False, allow_nan=False)
    connection.execute(
        DRAFTS.insert().values(
            reviewer=draft.reviewer,
            sample=draft.sample,
            operation=draft.operation,
            content=content,
            saved_at=now,
        )
    )


def find(connection: sa.Connection, reviewer: str, sample: str) -> Draft | None:
    """A reviewer's draft on a sample."""
    mine = (DRAFTS.c.reviewer == reviewer) & (DRAFTS.c.sample == sample)
    row = connection.execute(sa.select(DRAFTS).where(mine)).first()
    if row is None:
        return None
    return Draft(row.reviewer, row.sample, row.operation, json.loads(row.content))


def remove(connection: sa.Connection, reviewer: str, samples: tuple[str, ...]) -> None:
    """Forget a reviewer's drafts on some samples."""
    connection.execute(
        DRAFTS.delete().where(DRAFTS.c.reviewer == reviewer, DRAFTS.c.sample.in_(samples))
    )
