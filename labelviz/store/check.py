"""Is the store sound? Every promise that can be checked without changing anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from labelviz.errors import WorkspaceRefused
from labelviz.store import rows
from labelviz.store.backup import backups
from labelviz.store.decisions import DecisionStore
from labelviz.store.schema import EVENTS, SET_ASIDE, STANDING


@dataclass(frozen=True)
class Checked:
    """One thing that was checked.

    Parameters
    ----------
    about : what.
    words : what was found.
    """

    about: str
    sound: bool
    words: str


def check_store(store: DecisionStore) -> tuple[Checked, ...]:
    """Check the database, the decisions, what follows from them, the journal and the backups.

    Raises
    ------
    WorkspaceRefused : the database cannot be read at all.
    """
    return tuple(_findings(store))


def check_sound(store: DecisionStore) -> None:
    """Raise WorkspaceRefused if a store is not what was decided, or would not open.

    The backups are not asked for.
    """
    unsound = [each for each in check_store(store) if not each.sound and each.about != "backups"]
    if unsound:
        raise WorkspaceRefused(
            "What would be restored is not sound.",
            where="; ".join(f"{each.about}: {each.words}" for each in unsound),
            safe="Nothing was restored; the decisions were left as they are.",
            remedy="Choose another backup: labelviz store backup WORKSPACE --list. Where the "
            "journal is of other decisions, move it to another place first.",
        )


def _findings(store: DecisionStore) -> Iterator[Checked]:
    events = store.events()
    count = len(events)
    with store.database.reading() as connection:
        if store.database.is_file:
            found = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
            yield Checked("database", found == ["ok"], "; ".join(map(str, found[:5])))
        gapless = [event.sequence for event in events] == list(range(1, count + 1))
        gaps = "numbered without a gap" if gapless else "some numbers are missing"
        aside = connection.execute(sa.select(sa.func.count()).select_from(SET_ASIDE)).scalar()
        yield Checked(
            "decisions", gapless or bool(aside), f"{count} events, {gaps}, {aside} set aside"
        )
        order = STANDING.c.sequence
        kept = [r._asdict() for r in connection.execute(sa.select(STANDING).order_by(order))]
        same = kept == list(rows.standing_rows(events))
        words = "as the events say" if same else "NOT what the events say"
        yield Checked("what stands", same, f"{len(kept)} decisions, {words}")
        in_database = {row.sequence: row._asdict() for row in connection.execute(sa.select(EVENTS))}
    yield _journal(store, in_database)
    made = backups(store.folder)
    latest = f"latest {made[-1].path.name}" if made else "none yet"
    yield Checked("backups", bool(made) or not count, f"{len(made)}, {latest}")


def _journal(store: DecisionStore, in_database: dict[int, dict[str, object]]) -> Checked:
    try:
        lines = {int(row["sequence"]): row for row in store.journal.rows()}
    except WorkspaceRefused as error:
        return Checked("journal", False, f"{error.what} {error.where}")
    lost = sorted(lines.keys() - in_database.keys())
    differ = sorted(n for n in lines.keys() & in_database.keys() if lines[n] != in_database[n])
    behind = len(in_database.keys() - lines.keys())
    words = f"{len(lines)} lines, {behind} behind"
    if lost:
        words += f"; the database lacks {len(lost)} of them, first {lost[0]}"
    if differ:
        words += f"; {len(differ)} differ from the database, first {differ[0]}"
    return Checked("journal", not lost and not differ, words)
