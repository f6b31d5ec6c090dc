"""Where the decisions lie, SQLite or PostgreSQL, and how each is spoken to."""

from __future__ import annotations

import json
import os
import sqlite3
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa

from labelviz.errors import NotSaved, WorkspaceRefused
from labelviz.processes import Process, let_go, take, this_process

SETTINGS = "labelviz.toml"
FILE = "review.db"
BUSY_SECONDS = 5
LOCK_SECONDS = 2
HOLDER_LOOKS, HOLDER_SECONDS = 20, 0.01
# Key of PostgreSQL's advisory lock: one transaction writes at a time, so that the order of the
# sequence is the order of the commits.
WRITE_LOCK = 0x6C76
ON_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "afpfs", "afs"}
# PostgreSQL: serialisation, deadlock, lock not available, shutdown, starting up, timed out.
TRANSIENT = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "25P03", "25P04"}


def address_of(folder: Path) -> sa.URL:
    """Where a workspace keeps its decisions: at the URL in its settings, or in a file in it.

    Raises
    ------
    WorkspaceRefused : the settings cannot be read, or name another kind of database.
    """
    text = settings_of(folder).get("store", {}).get("url")
    if not text:
        return sa.URL.create("sqlite", database=str(folder / FILE))
    return parse_address(str(text), str(folder / SETTINGS))


def is_within(folder: Path, address: sa.URL) -> bool:
    """Whether the decisions lie in a file in the workspace itself, and go where it goes."""
    if address.get_backend_name() != "sqlite":
        return False
    return Path(str(address.database)).resolve().parent == folder.resolve()


def parse_address(text: str, where: str) -> sa.URL:
    """The address of a database, from its URL.

    Raises
    ------
    WorkspaceRefused : it is no URL of SQLite or PostgreSQL.
    """
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError:
        url = sa.URL.create("unknown")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise WorkspaceRefused(
            "The address of the decisions is no URL of SQLite or PostgreSQL.",
            where=where,
            remedy="Write postgresql://USER@HOST/DATABASE.",
        )
    if url.get_backend_name() == "sqlite":
        return url
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise WorkspaceRefused(
            "PostgreSQL needs its driver.", where=where, remedy="pip install 'labelviz[team]'"
        ) from error
    return url.set(drivername="postgresql+psycopg")


def settings_of(folder: Path) -> dict[str, Any]:
    """What a workspace's `labelviz.toml` says; nothing where there is none.

    Raises
    ------
    WorkspaceRefused : it cannot be read.
    """
    try:
        return tomllib.loads((folder / SETTINGS).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise WorkspaceRefused(
            f"{SETTINGS} cannot be read: {error}.",
            where=str(folder / SETTINGS),
            remedy="Mend the file.",
        ) from error


class Database:
    """One database: transactions that write, and connections that only read.

    Parameters
    ----------
    address : of SQLite or PostgreSQL.
    """

    def __init__(self, address: sa.URL) -> None:
        self.address = address
        self.is_file = address.get_backend_name() == "sqlite"
        if self.is_file:
            self._writing = _sqlite(self.path, _write_settings)
            self._passing = _sqlite(self.path, _pass_settings)
            self._reading = _sqlite(self.path, _read_settings)
        else:
            self._writing = self._passing = _postgresql(address, "READ COMMITTED")
            self._reading = _postgresql(address, "REPEATABLE READ")

    @property
    def path(self) -> Path:
        """The file of SQLite."""
        return Path(str(self.address.database)).resolve()

    @property
    def name(self) -> str:
        """Where it is, without a password."""
        return str(self.path) if self.is_file else self.address.render_as_string()

    @contextmanager
    def writing(self, *, synced: bool = True) -> Iterator[sa.Connection]:
        """A transaction that writes: alone, whole, and on the disk when this returns.

        Parameters
        ----------
        synced : False for what may be forgotten in a power cut: it costs no sync of the disk, and
            takes nothing from what is synced before or after it.
        """
        with (self._writing if synced else self._passing).connect() as connection:
            try:
                with connection.begin():
                    if not self.is_file:
                        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITE_LOCK)))
                        if not synced:
                            connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")
                    yield connection
            except sa.exc.DBAPIError:
                connection.invalidate()
                raise

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that reads one snapshot and cannot write."""
        with self._reading.connect() as connection, connection.begin():
            yield connection

    def look_again(self) -> None:
        """Open new connections to read, after a file became one that can be written."""
        self._reading.dispose()

    def close(self) -> None:
        """Close every connection, the writing one last: it empties the write-ahead log."""
        self._reading.dispose()
        self._passing.dispose()
        self._writing.dispose()


def check_pages(connection: sa.Connection) -> None:
    """Raise WorkspaceRefused if a page of a SQLite file is damaged."""
    if connection.dialect.name != "sqlite":
        return
    found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if found != "ok":
        raise WorkspaceRefused(
            "The decisions' file is damaged.",
            where=str(found).partition("\n")[0],
            safe="It was left as it is; there are backups and the journal.",
            remedy="labelviz store restore WORKSPACE",
        )


def is_transient(error: sa.exc.DBAPIError) -> bool:
    """Whether the same operation may succeed a moment later."""
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in TRANSIENT or state.startswith("08")
    words = str(error.orig)
    lost = isinstance(error, sa.exc.OperationalError) and type(error.orig).__module__ == "psycopg"
    return lost or "database is locked" in words


def check_folder(path: Path, mounts: str | None = None) -> None:
    """Raise WorkspaceRefused if a database file would lie on a network folder.

    SQLite's write-ahead log needs memory that all its users share, so it cannot work there:
    https://www.sqlite.org/wal.html
    """
    if mounts is None:
        try:
            mounts = Path("/proc/mounts").read_text("utf-8", "replace")
        except OSError:
            return
    best, kind = Path("/"), ""
    for line in mounts.splitlines():
        _, point, this, *_ = line.split(" ")
        here = Path(point.replace("\\040", " "))
        if path.is_relative_to(here) and len(here.parts) >= len(best.parts):
            best, kind = here, this
    if kind in ON_NETWORK:
        raise WorkspaceRefused(
            f"The decisions would lie on a network folder ({kind}).",
            where=str(path),
            remedy=f"Keep the workspace on a disk of this machine, or name a PostgreSQL database"
            f" in {SETTINGS}.",
        )


class ProcessLock:
    """Keeps a second process away from a SQLite file; the system lets go when this one ends.

    Several stores of one process share it, as they share SQLite's own locks: one of them has it,
    and another takes it over when that one is closed.
    """

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + ".lock")
        self._held: tuple[int, BinaryIO] | None = None

    def acquire(self) -> None:
        """Take the lock, or share it with another store of this process.

        Raises
        ------
        WorkspaceRefused : another process has it. OSError : the folder cannot be written.
        """
        if self._held is not None and self._held[0] == os.getpid():
            return
        for _ in range(HOLDER_LOOKS):
            try:
                file = take(self.path, wait=False)
            except BlockingIOError:
                holder, since = _holder(self.path)
                if holder == this_process():
                    return
                if holder is not None and holder.standing in ("alive", "elsewhere"):
                    break
                time.sleep(HOLDER_SECONDS)  # whoever took it is about to write its name
                continue
            self._held = (os.getpid(), file)
            file.truncate(0)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            file.write(json.dumps({"process": this_process().as_json(), "since": now}).encode())
            file.flush()
            return
        raise WorkspaceRefused(
            "These decisions are already open in another process."
            if holder is None
            else f"These decisions are already open in process {holder.pid} on {holder.host},"
            f" since {since}.",
            where=str(self.path.with_suffix("")),
            remedy="Use that labelviz, or stop it first.",
        )

    def release(self) -> None:
        """Let go."""
        held, self._held = self._held, None
        if held is not None and held[0] == os.getpid():
            let_go(held[1])


def _holder(path: Path) -> tuple[Process | None, str]:
    """Who says in a file that it holds its lock, and since when."""
    with suppress(OSError, ValueError):
        held = json.loads(path.read_text("utf-8"))
        if isinstance(held, dict):
            return Process.from_json(held.get("process")), str(held.get("since"))
    return None, ""


class Guard:
    """Notices a database that is no longer the one that was opened, or that lost decisions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._identity: tuple[int, int] | None = None
        self.known = 0
        """The highest sequence that was acknowledged."""

    def opened(self, highest: int) -> None:
        """Remember what was opened."""
        self.known = highest
        self._identity = self._look() if self._database.is_file else None

    def check_file(self) -> None:
        """Raise NotSaved if the file was replaced or removed since it was opened."""
        if self._identity is not None and self._look() != self._identity:
            raise NotSaved(
                "The decision was NOT saved: the database file was replaced or removed.",
                where=self._database.name,
                safe="What was saved is in the removed file, its backups and its journal.",
                remedy="Stop labelviz, then `labelviz store check`.",
            )

    def check_sequence(self, highest: int) -> None:
        """Raise NotSaved if the database lacks what it acknowledged, as a stale copy does."""
        if highest < self.known:
            raise NotSaved(
                f"The decision was NOT saved: the database lost {self.known - highest} decisions.",
                where=self._database.name,
                safe="The journal beside the workspace still has them.",
                remedy="Bring back the right database, or `labelviz store restore`.",
            )

    def _look(self) -> tuple[int, int] | None:
        try:
            found = self._database.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


def _sqlite(path: Path, settings: Callable[[Any, Any], None]) -> sa.Engine:
    read_only = settings is _read_settings

    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            _uri(path, read_only), timeout=BUSY_SECONDS, check_same_thread=False, uri=True
        )

    engine = sa.create_engine(
        "sqlite://", creator=connect, poolclass=sa.QueuePool, hide_parameters=True
    )
    sa.event.listen(engine, "connect", settings)
    sa.event.listen(engine, "begin", begin)
    return engine


def _uri(path: Path, read_only: bool) -> str:
    """A file that nobody can write to is read as it lies there."""
    if not read_only:
        return f"{path.as_uri()}?mode=rwc"
    wal = path.with_name(path.name + "-wal")
    frozen = not os.access(path.parent, os.W_OK) and not (wal.exists() and wal.stat().st_size)
    return f"{path.as_uri()}?mode=ro" + ("&immutable=1" if frozen else "")


def _write_settings(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "journal_size_limit=67108864",
        "temp_store=MEMORY",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _pass_settings(connection: Any, record: Any) -> None:
    _write_settings(connection, record)
    connection.execute("PRAGMA synchronous=NORMAL")


def _read_settings(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA query_only=ON")


def _postgresql(address: sa.URL, isolation: Any) -> sa.Engine:
    options = {
        "statement_timeout": BUSY_SECONDS * 1000,
        "lock_timeout": LOCK_SECONDS * 1000,
        "idle_in_transaction_session_timeout": 10_000,
        "synchronous_commit": "on",
        "timezone": "UTC",
    }
    text = " ".join(f"-c {name}={value}" for name, value in options.items())
    engine = sa.create_engine(
        address,
        pool_pre_ping=True,
        hide_parameters=True,
        isolation_level=isolation,
        connect_args={"options": text, "connect_timeout": LOCK_SECONDS},
    )
    sa.event.listen(engine, "do_connect", _connected)
    return engine


def _connected(dialect: sa.Dialect, _: Any, words: list[Any], options: dict[str, Any]) -> Any:
    """A connection to PostgreSQL.

    Raises
    ------
    WorkspaceRefused : the database does not know what its bytes mean, and answers in bytes.
    """
    connection: Any = dialect.connect(*words, **options)
    encoding, name = connection.info.parameter_status("server_encoding"), connection.info.dbname
    if encoding == "SQL_ASCII":
        connection.close()
        raise WorkspaceRefused(
            f"The database keeps text in no encoding ({encoding}), so names cannot be read back.",
            where=f"database {name}",
            safe="Nothing was written to it.",
            remedy="Make one with CREATE DATABASE labelviz ENCODING 'UTF8' TEMPLATE template0, "
            "and name that.",
        )
    return connection
