"""What `labelviz store` does, a function each; the command line only prints."""

from __future__ import annotations

from pathlib import Path

from labelviz.core.files import replaced
from labelviz.errors import WorkspaceRefused
from labelviz.store.backup import backups, restored, set_by
from labelviz.store.copy import Copied, copy_tables
from labelviz.store.database import Database, parse_address
from labelviz.store.decisions import DecisionStore


def restore(store: DecisionStore, backup: Path | None = None) -> tuple[Path, int, Path | None]:
    """Bring back a backup and the journal's later decisions; what is there is set by.

    Parameters
    ----------
    backup : by default the newest.

    Returns
    -------
    the backup, how many decisions came from the journal, and the file that was set by, if any

    Raises
    ------
    WorkspaceRefused : another process has the store, there is no backup, or it is not sound.
    """
    if not store.database.is_file:
        raise WorkspaceRefused(
            "A backup is restored to a file, not to PostgreSQL.",
            where=store.database.name,
            remedy="Restore PostgreSQL with its own tools, or unset its address: a backup is a"
            " file that can be restored, and copied to an empty database.",
        )
    with store.alone():
        every = backups(store.folder)
        chosen = backup or (every[-1].path if every else None)
        if chosen is None:
            raise WorkspaceRefused(
                "There is no backup.", where=str(store.folder), remedy="Nothing can be restored."
            )
        path = store.database.path
        with replaced(path) as temporary:
            later = restored(chosen, store.journal.rows(), temporary)
            old = set_by(path) if path.exists() else None
    return chosen, later, old


def copy(source: Database, url: str) -> tuple[Copied, ...]:
    """Copy a store to another, empty database, compare both, and return what was compared.

    Raises
    ------
    WorkspaceRefused : the other one cannot be reached, is not empty, or cannot hold a value.
    """
    target = Database(parse_address(url, "the address given"))
    try:
        return copy_tables(source, target)
    finally:
        target.close()
