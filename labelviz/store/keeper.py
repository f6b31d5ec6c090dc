"""What happens beside the save path, in a thread of its own: the journal and the backups."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from labelviz.errors import WorkspaceRefused
from labelviz.store.backup import back_up, backups
from labelviz.store.database import Database
from labelviz.store.journal import Journal

EVERY_SECONDS = 15 * 60
LOOK_SECONDS = 60
REST_SECONDS = 0.05
"""Between two turns, so that the journal is written in bunches when many decide at once."""


class Keeper:
    """Keeps the journal up with the database, and backs up what changed.

    Parameters
    ----------
    folder : where the backups go.
    """

    def __init__(self, database: Database, journal: Journal, folder: Path) -> None:
        self._database = database
        self._journal = journal
        self._folder = folder
        self._starting = threading.Lock()
        self._turn = threading.Lock()
        self._woken = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self.trouble = ""
        """Why the journal or the backups are behind, for people; empty where they are not."""

    def wake(self) -> None:
        """Say that something was committed."""
        self._woken.set()
        with self._starting:
            if self._thread is None:
                self._closing.clear()
                self._thread = threading.Thread(
                    target=self._run, name="labelviz-keeper", daemon=True
                )
                self._thread.start()

    def close(self) -> None:
        """Write what is left to the journal and stop."""
        with self._starting:
            if self._thread is not None:
                self._closing.set()
                self._woken.set()
                self._thread.join()
                self._thread = None

    def abandon(self) -> None:
        """Let the thread end by itself, for an owner that is gone and cannot wait."""
        self._closing.set()
        self._woken.set()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._woken.wait(LOOK_SECONDS)
            self._woken.clear()
            self.keep()
            self._closing.wait(REST_SECONDS)
        self.keep()

    def keep(self) -> None:
        """One turn: the journal, then a backup where one is due; turns wait for each other.

        Trouble is kept, not raised.
        """
        with self._turn:
            self._keep()

    def _keep(self) -> None:
        try:
            self._journal.catch_up()
            if self._is_due():
                back_up(self._database, self._folder)
            self.trouble = ""
        except (OSError, ValueError, sa.exc.SQLAlchemyError) as error:
            words = str(getattr(error, "orig", None) or error).partition("\n")[0]
            self.trouble = f"The journal of decisions cannot be written: {words}."
        except WorkspaceRefused as error:
            self.trouble = f"{error.what} {self._age()}"
        except Exception as error:  # whatever it is, the thread goes on and tries again
            self.trouble = f"Journal and backups stand still: {type(error).__name__}: {error}."

    def _is_due(self) -> bool:
        last = self._journal.last()
        made = backups(self._folder)
        if not made:
            return last > 0
        return last > made[-1].sequence and time.time() - made[-1].made.timestamp() > EVERY_SECONDS

    def _age(self) -> str:
        made = backups(self._folder)
        if not made:
            return "There is none at all."
        hours = (datetime.now(UTC) - made[-1].made).total_seconds() / 3600
        return f"The last one is {hours:.1f} hours old."
