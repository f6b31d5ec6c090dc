"""Drafts: what a reviewer is setting on a card, so that a refresh brings it back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from labelviz.store.access import Access, stamp
from labelviz.store.limits import check_id_lengths, check_name, check_note
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


class Drafts:
    """The drafts of a store.

    Parameters
    ----------
    access : to its tables.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    def keep(self, draft: Draft) -> None:
        """Keep what a reviewer is setting on a card; a decision on it removes it.

        Raises
        ------
        NotSaved : it did not reach the disk, or one of its texts is too long.
        """
        check_name(draft.reviewer)
        check_id_lengths(draft.sample, draft.operation)
        for value in draft.content.values():
            if isinstance(value, str):
                check_note(value)

        def act(connection: sa.Connection) -> None:
            remove(connection, draft.reviewer, (draft.sample,))
            content = json.dumps(dict(draft.content), ensure_ascii=False, allow_nan=False)
            connection.execute(
                DRAFTS.insert().values(
                    reviewer=draft.reviewer,
                    sample=draft.sample,
                    operation=draft.operation,
                    content=content,
                    saved_at=stamp(),
                )
            )

        self._access.write(act)

    def of(self, reviewer: str, sample: str) -> Draft | None:
        """What a reviewer was setting on a card."""
        mine = (DRAFTS.c.reviewer == reviewer) & (DRAFTS.c.sample == sample)
        with self._access.read() as connection:
            row = connection.execute(sa.select(DRAFTS).where(mine)).first()
        if row is None:
            return None
        return Draft(row.reviewer, row.sample, row.operation, json.loads(row.content))


def remove(connection: sa.Connection, reviewer: str, samples: tuple[str, ...]) -> None:
    """Forget a reviewer's drafts on some samples."""
    connection.execute(
        DRAFTS.delete().where(DRAFTS.c.reviewer == reviewer, DRAFTS.c.sample.in_(samples))
    )
