"""Access: the way to the tables of a store. One process opens a file to write, any may read."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from labelviz.errors import NotSaved, WorkspaceRefused
from labelviz.store import rows
from labelviz.store.backup import back_up
from labelviz.store.database import Database, Guard, ProcessLock, check_folder, check_pages
from labelviz.store.journal import Journal
from labelviz.store.keeper import Keeper
from labelviz.store.migrate import (
    BEFORE_ROLES,
    READABLE,
    bring_up_to_date,
    is_current,
    revision_of,
)
from labelviz.store.tenant import Tenant, check_tenant, keep_tenant, take_over
from labelviz.store.writer import SAFE, Writer

Value = TypeVar("Value")


class Access:
    """Opens a store, writes to it and reads from it. Safe to share between threads.

    Parameters
    ----------
    address : of the database; a path is a SQLite file. It is made on first use.
    folder : where the journal and the backups are kept; by default beside the file.
    tenant : the workspace whose decisions alone the database may hold; None where that need not be
        said, as of a file in the workspace.
    """

    def __init__(
        self, address: sa.URL | Path, folder: Path | None = None, tenant: Tenant | None = None
    ) -> None:
        if isinstance(address, Path):
            folder = folder or address.parent
            address = sa.URL.create("sqlite", database=str(address))
        self.database = Database(address)
        self.folder = folder or self.database.path.parent
        self.tenant = tenant
        self.journal = Journal(self.folder, self.database)
        self.keeper = Keeper(self.database, self.journal, self.folder)
        self.guard = Guard(self.database)
        self._lock = ProcessLock(self.database.path) if self.database.is_file else None
        self._writer = Writer(self.database, self.guard.check_file, self.keeper.wake)
        self._opening = threading.Lock()
        self._holding = self._readable = False
        self.lacks_roles = False
        """Whether it is read as it was before there were roles."""
        weakref.finalize(self, _abandon, self._writer, self.keeper, self._lock)

    def hold(self) -> None:
        """Open the store to write, and keep other processes from the file until `close`.

        Raises
        ------
        WorkspaceRefused : another process has it, it was made by a newer labelviz, it would lie on
            a network folder, it holds another workspace's decisions, or it lost some that the
            journal holds.
        """
        with self._opening:
            if self._holding:
                with self._translated():
                    if self._lock is not None:
                        self._lock.acquire()
                return
            with self._translated():
                if self._lock is not None:
                    check_folder(self.database.path)
                    self._lock.acquire()
                self._bring_up_to_date()
                self.database.look_again()
                if self.tenant is not None:
                    with self.database.writing() as connection:
                        keep_tenant(connection, self.tenant)
                with self.database.reading() as connection:
                    check_pages(connection)
                    highest = rows.highest(connection)
            self.journal.check_not_ahead(highest)
            self.guard.opened(highest)
            self._holding = self._readable = True
            self.lacks_roles = False
        self.keeper.wake()

    def take_over(self) -> Tenant | None:
        """Make the database this workspace's; returns whose it was, None where it was nobody's.

        Raises
        ------
        WorkspaceRefused : the decisions lie in the workspace, or the database cannot be written.
        """
        if self.tenant is None:
            raise WorkspaceRefused(
                "The decisions lie in the workspace, so they are nobody else's.",
                where=self.database.name,
                safe="They were left as they are.",
                remedy="Name the database to take over under [store] in labelviz.toml first.",
            )
        with self._translated():
            self._bring_up_to_date_alone()
            with self.database.writing() as connection:
                return take_over(connection, self.tenant)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other process from the file, without opening it.

        Raises
        ------
        WorkspaceRefused : another process has it.
        """
        self.close()
        if self._lock is not None:
            self._lock.acquire()
        try:
            yield
        finally:
            if self._lock is not None:
                self._lock.release()

    def close(self) -> None:
        """Finish what is being written, and close every connection."""
        with self._opening:
            self._holding = self._readable = False
            self._writer.close()
            self.keeper.close()
            self.database.close()
            if self._lock is not None:
                self._lock.release()

    def write(
        self,
        act: Callable[[sa.Connection], Value],
        read_back: Callable[[sa.Connection, Value], Value] = lambda _, value: value,
        *,
        synced: bool = True,
    ) -> Value:
        """Run an act in a transaction; returns what was read back after its commit.

        Parameters
        ----------
        synced : False for what may be forgotten in a power cut.

        Raises
        ------
        NotSaved : it did not reach the disk. Whatever else the act raises.
        """
        try:
            self.hold()
        except WorkspaceRefused as error:
            raise NotSaved(
                f"The decision was NOT saved. {error.what}",
                where=error.where,
                safe=SAFE,
                remedy=error.remedy,
            ) from error
        return self._writer.write(act, read_back, synced=synced)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection to read with, to tables that are up to date.

        Raises
        ------
        WorkspaceRefused : the database cannot be read.
        """
        with self._translated():
            self._make_readable()
            with self.database.reading() as connection:
                yield connection

    def _make_readable(self) -> None:
        """Make or migrate the tables where that has to be; a reader does not hold the file."""
        with self._opening:
            if self._readable:
                return
            if self.database.is_file and not self.database.path.is_file():
                current = False
            else:
                with self.database.reading() as connection:
                    current = is_current(connection)
            if not current:
                try:
                    self._bring_up_to_date_alone()
                except PermissionError:  # it can be read, and has all but the newest tables
                    with self.database.reading() as connection:
                        revision = revision_of(connection)
                    if revision not in READABLE:
                        raise
                    self.lacks_roles = revision == BEFORE_ROLES
                    self._readable = True
                    return
            if self.tenant is not None:
                with self.database.reading() as connection:
                    check_tenant(connection, self.tenant)
            self._readable = True

    def _bring_up_to_date_alone(self) -> None:
        if self._lock is not None:
            self._lock.acquire()
        try:
            self._bring_up_to_date()
        finally:
            if self._lock is not None:
                self._lock.release()

    def _bring_up_to_date(self) -> None:
        bring_up_to_date(self.database, lambda: back_up(self.database, self.folder))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.SQLAlchemyError, OSError) as error:
            words = str(getattr(error, "orig", None) or error).partition("\n")[0]
            raise WorkspaceRefused(
                f"The decisions cannot be read: {words}.",
                where=self.database.name,
                safe="They were left as they are.",
                remedy="Check the disk; if the file is damaged, `labelviz store restore`.",
            ) from error


def _abandon(writer: Writer, keeper: Keeper, lock: ProcessLock | None) -> None:
    """What becomes of a store that nobody closed; runs in any thread, so it waits for nothing."""
    writer.abandon()
    keeper.abandon()
    if lock is not None:
        lock.release()


def stamp() -> str:
    """UTC time of this machine, ISO 8601 to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
