"""The journal: every committed decision again, as a line of JSON beside the database.

Written after the commit, by another thread, so that no decision waits for it. A line carries the
SHA-256 of itself and the line before, so that a line that is lost or changed is noticed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa

from labelviz.core import points
from labelviz.errors import WorkspaceRefused
from labelviz.processes import locked
from labelviz.store.database import Database
from labelviz.store.schema import EVENTS

NAME = "decisions.jsonl"
BLOCK = 1 << 20  # so many bytes are read at a time, to find where the last line begins
WRITTEN_TOGETHER = 10_000
# What reading a line raises that is none: no JSON, nested without end, no row, no number.
NO_LINE = (ValueError, KeyError, AttributeError, TypeError, RecursionError, OverflowError)


class Journal:
    """The journal of one database.

    Parameters
    ----------
    folder : it is `decisions.jsonl` in here.
    """

    def __init__(self, folder: Path, database: Database) -> None:
        self.path = folder / NAME
        self._database = database

    def catch_up(self) -> int:
        """Append what the database has and the journal lacks; returns how many lines.

        Raises
        ------
        OSError : it cannot be written. SQLAlchemyError : the database cannot be read.
        WorkspaceRefused : its last line was changed.
        """
        with locked(self.path) as file:
            last, chain = _end(file, self.path)
            count = 0
            for content in self._rows_after(last):
                line, chain = _line(content, chain)
                file.write(line)
                count += 1
            points.reach("journal")
            file.flush()
            os.fdatasync(file.fileno())
            return count

    def last(self) -> int:
        """The sequence of its last whole line; 0 where there is none.

        Raises
        ------
        WorkspaceRefused : that line was changed.
        """
        try:
            with open(self.path, "rb") as file:
                return _end(file, self.path, mend=False)[0]
        except (FileNotFoundError, IsADirectoryError):
            return 0

    def check_not_ahead(self, highest: int) -> None:
        """Raise WorkspaceRefused if the journal holds decisions that the database lacks."""
        last = self.last()
        if last > highest:
            raise WorkspaceRefused(
                f"The database lacks {last - highest} decisions that the journal holds.",
                where=self._database.name,
                safe="Nothing was changed; the journal has them.",
                remedy="`labelviz store restore WORKSPACE` brings them back.",
            )

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows of `event` in it, in order, each line checked; a torn last line is left out.

        Raises
        ------
        WorkspaceRefused : a line was lost or changed.
        """
        if not self.path.exists():
            return
        chain = ""
        with open(self.path, "rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    return
                try:
                    content = json.loads(line)
                    said = content.pop("chain")
                except NO_LINE:
                    content, said = {}, ""
                made, chain = _line(content, chain)
                if said != chain or made != line:
                    raise _changed(f"{self.path}, line {number}")
                yield content

    def _rows_after(self, sequence: int) -> Iterator[dict[str, Any]]:
        query = sa.select(EVENTS).where(EVENTS.c.sequence > sequence).order_by(EVENTS.c.sequence)
        with self._database.reading() as connection:
            rows = connection.execute(query, execution_options={"yield_per": WRITTEN_TOGETHER})
            for row in rows:
                yield row._asdict()


def _line(content: dict[str, Any], chain: str) -> tuple[bytes, str]:
    """The line of a row after a line with this chain, and its own chain."""
    text = json.dumps(content, ensure_ascii=True, sort_keys=True)
    chain = hashlib.sha256((chain + text).encode()).hexdigest()
    return json.dumps({**content, "chain": chain}, sort_keys=True).encode() + b"\n", chain


def _end(file: BinaryIO, where: Path, *, mend: bool = True) -> tuple[int, str]:
    """Sequence and chain of the last whole line; what a crash left after it is cut off.

    Raises
    ------
    WorkspaceRefused : that line is no line of a journal.
    """
    size = file.seek(0, os.SEEK_END)
    end = _last_newline(file, size) + 1
    if mend and end < size:
        file.truncate(end)
        file.seek(0, os.SEEK_END)
    if not end:
        return 0, ""
    start = _last_newline(file, end - 1) + 1
    file.seek(start)
    try:
        content = json.loads(file.read(end - start))
        return int(content["sequence"]), str(content["chain"])
    except NO_LINE as error:
        raise _changed(f"{where}, its last line") from error


def _last_newline(file: BinaryIO, end: int) -> int:
    """Where the last newline before a place is; -1 where there is none."""
    while end:
        start = max(0, end - BLOCK)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found
        end = start
    return -1


def _changed(where: str) -> WorkspaceRefused:
    return WorkspaceRefused(
        "The journal was changed, or lost a line.",
        where=where,
        safe="The database and its backups were left as they are.",
        remedy="Move the journal to another place and keep it for inspection; it is then written "
        "anew from the database.",
    )
