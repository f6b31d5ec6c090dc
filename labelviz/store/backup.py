"""Backups: whole copies of the store, verified, thinned out with age, and restored."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import sqlite3
import time
import uuid
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from labelviz.core import points
from labelviz.core.files import sync
from labelviz.errors import WorkspaceRefused
from labelviz.store import rows
from labelviz.store.copy import copy_tables
from labelviz.store.database import Database
from labelviz.store.migrate import bring_up_to_date
from labelviz.store.schema import EVENTS

FOLDER = "backups"
NAME = re.compile(r"review-(\d{8}T\d{6}Z)-(\d{9})\.db")
# The newest of every hour, day and week; of each so many.
KEPT = ((3600, 8), (24 * 3600, 7), (7 * 24 * 3600, 4))
ENDINGS = ("-wal", "-shm", "-journal")  # of the files that SQLite keeps beside its own
SPARE = 16 << 20
ABANDONED_SECONDS = 3600


@dataclass(frozen=True)
class Backup:
    """A copy of the store.

    Parameters
    ----------
    made : when, in UTC.
    sequence : of the latest decision in it.
    """

    path: Path
    made: datetime
    sequence: int


def backups(folder: Path) -> tuple[Backup, ...]:
    """All backups of a workspace, oldest first."""
    found = []
    for path in sorted((folder / FOLDER).glob("review-*.db")):
        match = NAME.fullmatch(path.name)
        if match:
            made = datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            found.append(Backup(path, made, int(match[2])))
    return tuple(found)


def back_up(database: Database, folder: Path) -> Backup:
    """Copy the store to a new file, check the copy, then remove old ones that are too many.

    Raises
    ------
    WorkspaceRefused : there is no room, or the copy is not sound. SQLAlchemyError : the store
        cannot be read.
    """
    home = folder / FOLDER
    temporary = home / f"unfinished-{uuid.uuid4().hex}.db"
    try:
        home.mkdir(parents=True, exist_ok=True)
        _check_room(database, home)
        if database.is_file:
            _copy_file(database.path, temporary)
        else:
            _copy_rows(database, temporary)
        made = datetime.now(UTC)
        sequence = _verified(temporary)
        sync(temporary)
        path = home / f"review-{made:%Y%m%dT%H%M%SZ}-{sequence:09d}.db"
        temporary.replace(path)
        sync(home)
    except (OSError, sqlite3.Error) as error:
        _remove(temporary)
        raise WorkspaceRefused(
            f"There is no backup: {error}.",
            where=str(home),
            safe="The decisions and the earlier backups are as they were.",
            remedy="Make room on the disk.",
        ) from error
    points.reach("backed-up")
    thin_out(folder)
    return Backup(path, made, sequence)


def write_copy(database: Database, target: Path) -> None:
    """Copy a store that is a file to a new one, and check the copy.

    Raises
    ------
    OSError : it could not be copied, or the copy is not sound.
    """
    try:
        _copy_file(database.path, target)
        _verified(target)
    except sqlite3.Error as error:
        raise OSError(str(error)) from error


def thin_out(folder: Path) -> None:
    """Remove the backups that are neither the newest of their hour, day or week nor the latest."""
    every = backups(folder)
    kept = {every[-1].path} if every else set()
    for seconds, count in KEPT:
        newest = {int(each.made.timestamp()) // seconds: each.path for each in every}
        kept |= set(list(newest.values())[-count:])
    for each in every:
        if each.path not in kept:
            each.path.unlink(missing_ok=True)
    for left in (folder / FOLDER).glob("unfinished-*"):
        if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
            left.unlink(missing_ok=True)


def restored(backup: Path, journal: Iterable[dict[str, object]], target: Path) -> int:
    """Write a SQLite file from a backup and the journal's later decisions; returns how many.

    Raises
    ------
    WorkspaceRefused : the backup is not sound.
    """
    try:
        _verified(backup)
        _copy_file(backup, target)
    except (OSError, sqlite3.Error) as error:
        raise WorkspaceRefused(
            f"This backup cannot be restored: {error}.",
            where=str(backup),
            safe="The decisions were left as they are.",
            remedy="Make room if the disk is full; else choose another one: "
            "labelviz store backup WORKSPACE --list",
        ) from error
    store = Database(sa.URL.create("sqlite", database=str(target)))
    try:
        bring_up_to_date(store, lambda: None)
        with store.writing() as connection:
            highest = rows.highest(connection)
            later = [row for row in journal if int(str(row["sequence"])) > highest]
            if later:
                connection.execute(EVENTS.insert(), later)
                rows.rebuild(connection)
        return len(later)
    finally:
        store.close()


def set_by(path: Path) -> Path | None:
    """Keep a database file under another name too, whole in itself, so that it can be replaced.

    Returns
    -------
    the other name; None where there is no file.

    A file that is sound takes up its write-ahead log, and stays sound. One that is damaged is kept
    with the files beside it, which SQLite would take for those of the file that replaces it.

    Raises
    ------
    WorkspaceRefused : another process reads it. OSError : the folder does not take it.
    """
    if not path.exists():
        _remove_beside(path)
        return None
    stem, turn = f"{path.stem}-before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}", itertools.count(2)
    by = path.with_name(f"{stem}{path.suffix}")
    while by.exists():
        by = path.with_name(f"{stem}-{next(turn)}{path.suffix}")
    for ending in ENDINGS:  # before SQLite looks: it removes the log of what is no database
        with suppress(FileNotFoundError):
            os.link(path.with_name(path.name + ending), by.with_name(by.name + ending))
    try:
        sound = _take_up_log(path)
    except WorkspaceRefused:
        _remove_beside(by)
        raise
    if sound:
        _remove_beside(by)
    os.link(path, by)
    sync(path.parent)
    points.reach("set-by")
    _remove_beside(path)
    return by


def _take_up_log(path: Path) -> bool:
    """Make a sound file whole without the files beside it; whether it was sound."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                return False
        except sqlite3.Error:
            return False
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise WorkspaceRefused(
            "The decisions cannot be replaced: somebody is reading them.",
            where=str(path),
            safe="They were left as they are.",
            remedy="Try again; if it stays so, stop every labelviz that shows this workspace.",
        )
    return True


def _remove_beside(path: Path) -> None:
    for ending in ENDINGS:
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _copy_file(source: Path, target: Path) -> None:
    """SQLite's online backup: whole, while others write."""
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")


def _copy_rows(database: Database, target: Path) -> None:
    copy = Database(sa.URL.create("sqlite", database=str(target)))
    try:
        copy_tables(database, copy)
        with closing(sqlite3.connect(target)) as connection:
            copy.close()
            connection.execute("PRAGMA journal_mode=DELETE")
    finally:
        copy.close()


def _verified(path: Path) -> int:
    """The sequence of the latest decision in a backup that is sound.

    Raises
    ------
    OSError, sqlite3.Error : it is not.
    """
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        count, highest = connection.execute(
            "SELECT count(*), coalesce(max(sequence), 0) FROM event"
        ).fetchone()
    if count > highest:
        raise sqlite3.DatabaseError("decisions are missing from the copy")
    return int(highest)


def _check_room(database: Database, home: Path) -> None:
    if not database.is_file:
        return
    wal = database.path.with_name(database.path.name + "-wal")
    needed = sum(path.stat().st_size for path in (database.path, wal) if path.exists())
    free = shutil.disk_usage(home).free
    if free < needed + SPARE:
        raise OSError(f"it needs {(needed + SPARE) >> 20} MB and {free >> 20} MB are free")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    _remove_beside(path)
