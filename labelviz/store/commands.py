"""What `labelviz store` does, a function each; the command line only prints."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from labelviz.core.files import replaced
from labelviz.errors import WorkspaceRefused
from labelviz.store.backup import backups, restored, set_by
from labelviz.store.check import check_sound
from labelviz.store.copy import Copied, copy_tables
from labelviz.store.database import FILE, Database, parse_address
from labelviz.store.decisions import DecisionStore


def restore(store: DecisionStore, backup: Path | None = None) -> tuple[Path, int, Path | None]:
    """Bring back a backup and the journal's later decisions.

    A file that is there is set by; a database in PostgreSQL has to be empty, and is compared with
    what was copied to it.

    Parameters
    ----------
    backup : by default the newest.

    Returns
    -------
    the backup, how many decisions came from the journal, and the file that was set by, if any

    Raises
    ------
    WorkspaceRefused : another process has the store, there is no backup, it is not sound or not
        what the journal says, or the database in PostgreSQL holds decisions.
    """
    with store.access.alone():
        every = backups(store.folder)
        chosen = backup or (every[-1].path if every else None)
        if chosen is None:
            raise WorkspaceRefused(
                "There is no backup.", where=str(store.folder), remedy="Nothing can be restored."
            )
        if not store.database.is_file:
            return chosen, _restored_to_server(chosen, store), None
        path = store.database.path
        with replaced(path) as temporary:
            later = _restored(chosen, store, temporary)
            old = set_by(path)
    return chosen, later, old


def _restored(backup: Path, store: DecisionStore, file: Path) -> int:
    """Restore to a file and look whether it opens; returns how many decisions were the journal's.

    Raises
    ------
    WorkspaceRefused : it does not, or the journal says otherwise.
    """
    later = restored(backup, store.journal.rows(), file)
    made = DecisionStore(file, store.folder)
    try:
        check_sound(made)
        with made.database.writing():
            pass  # who only reads leaves SQLite's files beside it
    finally:
        made.close()
    return later


def _restored_to_server(backup: Path, store: DecisionStore) -> int:
    """Restore to a file on the side and copy it; returns how many decisions were the journal's."""
    with TemporaryDirectory(prefix="restoring-", dir=store.folder) as folder:
        file = Path(folder) / FILE
        later = _restored(backup, store, file)
        source = Database(sa.URL.create("sqlite", database=str(file)))
        try:
            copy_tables(source, store.database)
        finally:
            source.close()
    return later


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
