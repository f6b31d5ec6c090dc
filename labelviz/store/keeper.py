"""What happens beside the save path, in a thread of its own: the journal and the backups."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from labelviz.errors import WorkspaceRefused
from labelviz.store import rows
from labelviz.store.backup import back_up, backups
from labelviz.store.database import Database
from labelviz.store.journal import Journal

EVERY_SECONDS = 15 * 60
LOOK_SECONDS = 60
# Between two turns, so that the journal is written in bunches when many decide at once.
REST_SECONDS = 0.05


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
        self._asked = False
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

    def back_up_next(self) -> None:
        """Back up with the next turn: something was changed that the journal does not hold."""
        self._asked = True
        self.wake()

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
        found = map(self._trouble_of, (self._journal.catch_up, self._back_up_where_due))
        self.trouble = " ".join(each for each in found if each)

    def _trouble_of(self, act: Callable[[], object]) -> str:
        """Do one thing; what went wrong, in words."""
        try:
            act()
        except (OSError, ValueError, sa.exc.SQLAlchemyError) as error:
            words = str(getattr(error, "orig", None) or error).partition("\n")[0]
            return f"The journal of decisions cannot be written: {words}."
        except WorkspaceRefused as error:
            return f"{error.what} {self._age()}"
        except Exception as error:  # whatever it is, the thread goes on and tries again
            return f"Journal and backups stand still: {type(error).__name__}: {error}."
        return ""

    def _back_up_where_due(self) -> None:
        with self._database.reading() as connection:
            last = rows.highest(connection)
        made = backups(self._folder)
        sequence, age = 0, EVERY_SECONDS + 1.0
        if made:
            sequence, age = made[-1].sequence, time.time() - made[-1].made.timestamp()
        if self._asked or (last > sequence and age > EVERY_SECONDS):
            self._asked = False
            back_up(self._database, self._folder)

    def _age(self) -> str:
        made = backups(self._folder)
        if not made:
            return "There is no backup at all."
        hours = (datetime.now(UTC) - made[-1].made).total_seconds() / 3600
        return f"The last backup is {hours:.1f} hours old."
