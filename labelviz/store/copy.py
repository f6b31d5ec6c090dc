"""All tables but `tenant` from one database into another, compared afterwards."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from labelviz.errors import WorkspaceRefused
from labelviz.store import rows
from labelviz.store.database import Database
from labelviz.store.migrate import make_tables
from labelviz.store.schema import EVENTS, METADATA, TENANT

COPIED_TOGETHER = 5_000


@dataclass(frozen=True)
class Copied:
    """A table as it is on both sides.

    Parameters
    ----------
    content : hash of all its rows.
    """

    table: str
    count: int
    content: str


def copy_tables(source: Database, target: Database) -> tuple[Copied, ...]:
    """Copy everything in one transaction, compare counts and content, and return both.

    Raises
    ------
    WorkspaceRefused : the target holds decisions, cannot hold a value, or differs afterwards;
        then nothing was copied.
    """
    try:
        with source.reading() as old, target.writing() as new:
            make_tables(new)
            if rows.highest(new):
                raise WorkspaceRefused(
                    "There are decisions already.",
                    where=target.name,
                    safe="Both sides were left as they are.",
                    remedy="Name an empty database.",
                )
            known = [
                table
                for table in METADATA.sorted_tables
                if table is not TENANT and _has(old, table)
            ]
            for table in known:
                _copy(old, new, table)
            return tuple(_compared(old, new, table) for table in known)
    except (sa.exc.SQLAlchemyError, ValueError) as error:
        words = str(getattr(error, "orig", None) or error).partition("\n")[0]
        raise WorkspaceRefused(
            f"The decisions cannot be copied: {words}.",
            where=target.name,
            safe="Nothing was copied; the old database is as it was.",
            remedy="Mend what is named, or check that both databases can be reached.",
        ) from error


def _has(old: sa.Connection, table: sa.Table) -> bool:
    """Whether a store has a table as it is today; one of an older schema may not."""
    inspector = sa.inspect(old)
    if not inspector.has_table(table.name):
        return False
    there = {column["name"] for column in inspector.get_columns(table.name)}
    return table is EVENTS or {column.name for column in table.columns} <= there


def _copy(old: sa.Connection, new: sa.Connection, table: sa.Table) -> None:
    found = old.execute(sa.select(table), execution_options={"yield_per": COPIED_TOGETHER})
    for partition in found.partitions():
        new.execute(table.insert(), [row._asdict() for row in partition])


def _compared(old: sa.Connection, new: sa.Connection, table: sa.Table) -> Copied:
    before, after = rows.content_hash(old, table), rows.content_hash(new, table)
    if before != after:
        raise WorkspaceRefused(
            f"The table {table.name} differs after copying.",
            where=f"{before[0]} rows, then {after[0]}",
            safe="Nothing was copied; the old database is as it was.",
            remedy="Report this with both versions of labelviz and of the database.",
        )
    return Copied(table.name, *after)
