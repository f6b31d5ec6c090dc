"""One thread that writes: jobs in, commits out; a job is done when its commit is read back."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa

from labelviz.core import points
from labelviz.core.log import happened
from labelviz.errors import LabelvizError, NotSaved
from labelviz.store.database import Database, is_transient

Value = TypeVar("Value")
# How long a lock or a lost connection may last before a decision is called not saved.
PATIENCE_SECONDS = 10.0
MOST_WAITING = 2_000
MOST_TOGETHER = 20
PAUSE_SECONDS = 0.1
SAFE = "Every decision shown as saved before is safe."


@dataclass
class Write:
    """What is to be written, how it is read back, and who waits for it."""

    act: Callable[[sa.Connection], Any]
    read_back: Callable[[sa.Connection, Any], Any]
    deadline: float
    synced: bool = True
    tries: int = 0
    future: Future[Any] = field(default_factory=Future)

    def is_late(self) -> bool:
        """Whether it is time to give up; a second try is always granted."""
        self.tries += 1
        return self.tries > 1 and time.monotonic() >= self.deadline


class Writer:
    """Writes to one database, in the order asked.

    What waits is committed together, at most `MOST_TOGETHER` at a time.

    Parameters
    ----------
    database : which.
    before : called before each transaction; raises LabelvizError to refuse.
    committed : called after each commit, when those who wait have been told.
    """

    def __init__(
        self, database: Database, before: Callable[[], None], committed: Callable[[], None]
    ) -> None:
        self._database = database
        self._before = before
        self._committed = committed
        self._jobs: queue.Queue[Write | None] = queue.Queue(MOST_WAITING)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

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
        job = Write(act, read_back, time.monotonic() + PATIENCE_SECONDS, synced)
        self._start()
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            raise self._not_saved("too many are waiting") from None
        try:
            value: Value = job.future.result(PATIENCE_SECONDS)
        except futures.TimeoutError:
            if job.future.cancel():  # nobody has begun it, so nobody will
                raise self._not_saved("the database is busy") from None
            value = job.future.result()
        return value

    def close(self) -> None:
        """Finish what waits and stop."""
        with self._starting:
            if self._thread is not None:
                self._jobs.put(None)
                self._thread.join()
                self._thread = None

    def abandon(self) -> None:
        """Let the thread end by itself, for an owner that is gone and cannot wait."""
        self._jobs.put(None)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="labelviz-writer", daemon=True
                )
                self._thread.start()

    def _run(self) -> None:
        closing = False
        while not closing:
            batch: list[Write] = []
            job = self._jobs.get()
            while job is not None:
                if job.future.set_running_or_notify_cancel():
                    batch.append(job)
                try:
                    if len(batch) == MOST_TOGETHER:
                        break
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
            closing = job is None
            if batch:
                self._settle(batch)

    def _settle(self, batch: list[Write]) -> None:
        """Commit a batch and tell everybody in it; where it fails as a whole, one by one."""
        while batch:
            try:
                results = self._commit(batch)
            except _Refused as refused:
                batch.remove(refused.job)
                refused.job.future.set_exception(refused.error)
            except (sa.exc.SQLAlchemyError, OSError, ValueError) as error:
                if isinstance(error, sa.exc.DBAPIError) and is_transient(error):
                    time.sleep(PAUSE_SECONDS)
                    late = [job for job in batch if job.is_late()]
                elif len(batch) > 1:
                    for job in batch:
                        self._settle([job])
                    return
                else:
                    late = [*batch]
                for job in late:
                    batch.remove(job)
                    job.future.set_exception(self._not_saved(_words(error)))
            except Exception as error:
                for job in batch:
                    job.future.set_exception(error)
                return
            else:
                for job, result in zip(batch, results, strict=True):
                    job.future.set_result(result)
                synced = sum(job.synced for job in batch)
                if synced:
                    self._committed()
                    happened("saved", writes=synced)
                return

    def _commit(self, batch: list[Write]) -> list[Any]:
        self._before()
        points.reach("begin")
        results = []
        with self._database.writing(synced=any(job.synced for job in batch)) as connection:
            for job in batch:
                try:
                    results.append(job.act(connection))
                except LabelvizError as error:
                    raise _Refused(job, error) from error
            points.reach("written")
        points.reach("committed")
        with self._database.reading() as connection:
            return [
                job.read_back(connection, result)
                for job, result in zip(batch, results, strict=True)
            ]

    def _not_saved(self, why: str) -> NotSaved:
        return NotSaved(
            f"The decision was NOT saved: {why}.",
            where=self._database.name,
            safe=SAFE,
            remedy="Check the disk and the database, then decide again.",
        )


def _words(error: Exception) -> str:
    """What the database says, in one line."""
    return str(getattr(error, "orig", None) or error).partition("\n")[0]


class _Refused(Exception):
    """One job of a batch was refused; the others can go on without it."""

    def __init__(self, job: Write, error: LabelvizError) -> None:
        super().__init__(str(error))
        self.job = job
        self.error = error
