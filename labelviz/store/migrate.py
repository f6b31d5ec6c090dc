"""Schema versions: a backup first, then one transaction, or a refusal in words."""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa

from labelviz.core import points
from labelviz.errors import WorkspaceRefused, in_words
from labelviz.store import rows
from labelviz.store.database import Database
from labelviz.store.schema import EVENTS, METADATA, REVISION, SET_ASIDE

FIRST = "0001"  # what a store without a version is: labelviz 0.1.0 did not write one
SCRIPTS = Path(__file__).parent / "migrations"
BEFORE_ROLES = "0004"
READABLE = (BEFORE_ROLES, "0005")  # who may not write can read a store of these as it is
# Alembic hands the operations of a migration over in one place for the whole process.
_ALEMBIC = threading.Lock()


def revision_of(connection: sa.Connection) -> str | None:
    """The schema version of a database; None where it is empty."""
    tables = sa.inspect(connection).get_table_names()
    if "alembic_version" in tables:
        found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return None if found is None else str(found)
    return FIRST if "event" in tables else None


def is_current(connection: sa.Connection) -> bool:
    """Whether a database has the newest tables.

    Raises
    ------
    WorkspaceRefused : a newer labelviz made it, or its columns are not the ones we know.
    """
    found = revision_of(connection)
    if found is not None and found > REVISION:
        raise WorkspaceRefused(
            f"A newer labelviz made these decisions (schema {found}).",
            where=f"labelviz {version('labelviz')} knows schemas up to {REVISION}",
            safe="They were left as they are.",
            remedy="Install the newer labelviz.",
        )
    if found != REVISION:
        return False
    _check_columns(connection)
    return True


def bring_up_to_date(database: Database, back_up: Callable[[], object]) -> int:
    """Migrate an older store, after a backup; returns how many old rows were set aside.

    Raises
    ------
    WorkspaceRefused : it is newer, strange, or cannot be backed up or migrated.
    """
    with database.writing() as connection:
        found = None if is_current(connection) else revision_of(connection)
        if found is None and not is_current(connection):
            make_tables(connection)
    if found is None:
        return 0
    back_up()
    with database.writing() as connection:
        if is_current(connection):  # another process was faster
            return 0
        before, earlier = _count(connection, EVENTS), _count(connection, SET_ASIDE)
        _upgrade(connection)
        points.reach("migrating")
        rows.rebuild(connection)
        moved, aside = _count(connection, EVENTS), _count(connection, SET_ASIDE) - earlier
        if moved + aside != before:
            raise WorkspaceRefused(
                f"{before} decisions would become {moved} and {aside} set aside.",
                where=database.name,
                safe="The old version was left as it is, and there is a backup.",
                remedy="Report this with the version of labelviz.",
            )
        points.reach("migrated")
    points.reach("upgraded")
    return aside


def _count(connection: sa.Connection, table: sa.Table) -> int:
    """How many rows a table has; none where there is no such table yet."""
    if not sa.inspect(connection).has_table(table.name):
        return 0
    return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() or 0


def make_tables(connection: sa.Connection) -> None:
    """Bring the tables of an empty or older database to the newest version."""
    if not is_current(connection):
        _upgrade(connection)


def _upgrade(connection: sa.Connection) -> None:
    from alembic.config import Config
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    context = MigrationContext.configure(
        connection, opts={"fn": lambda found, _: scripts._upgrade_revs(REVISION, found)}
    )
    if revision_of(connection) == FIRST and not context.get_current_revision():
        context.stamp(scripts, FIRST)
    with _ALEMBIC, Operations.context(context):
        context.run_migrations()


def _check_columns(connection: sa.Connection) -> None:
    inspector = sa.inspect(connection)
    strange = []
    for table in METADATA.sorted_tables:
        there = {column["name"] for column in inspector.get_columns(table.name)}
        known = {column.name for column in table.columns}
        strange += [f"{table.name}.{name}" for name in sorted(there ^ known)]
    if strange:
        raise WorkspaceRefused(
            "The store has columns that labelviz does not know, or lacks some: "
            f"{in_words(strange)}.",
            where=f"schema {REVISION}",
            safe="It was left as it is.",
            remedy="Undo the change that was made by hand, or restore a backup.",
        )
