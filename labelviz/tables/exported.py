"""The columns of an export, known by their names wherever they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from labelviz.tables.spreadsheet import GUARDED
from labelviz.tables.writers.writer import (
    HARD_LABEL,
    MISSING_CELLS,
    RENAMED,
    TARGET,
)

# The columns of an export that are there whatever the classes are called.
OWN = (HARD_LABEL, "weight", "status", "source", "policy", "reviewer", "decided_at", "note")
# Those that every export has; and those that say who or what decided, all of them or none.
NEEDED, DECIDED = OWN[:3], OWN[3:]
# The columns of what the detectors say, where they were asked for.
SUSPECTED = ("suspicion", "suggested", "reasons")
# Those of formats that cannot say it in the cells themselves.
MARKS = (MISSING_CELLS, GUARDED)


@dataclass(frozen=True)
class Added:
    """The columns that one export added to a file: what it says belongs together.

    Parameters
    ----------
    classes : names, in the order of the targets.
    names : all of its columns, in the order of the file.
    """

    label: str
    targets: tuple[str, ...]
    weight: str
    classes: tuple[str, ...]
    names: tuple[str, ...]


def exports(names: Sequence[str]) -> list[Added]:
    """What each export added to a file with these columns, oldest first; nothing if none did.

    The targets are told from other columns that start with `target_` by their place: at once after
    the label.
    """
    plain = [plain_name(name) for name in names]
    starts = [at for at, name in enumerate(plain) if name == HARD_LABEL]
    return [
        added
        for start, end in pairwise([*starts, len(names)])
        if (added := _added(names[start:end], plain[start:end]))
    ]


def is_export(names: Sequence[str]) -> bool:
    """Whether a table is as an export wrote it: what it added stands last."""
    made = exports(names)
    return bool(made) and names[-1] in made[-1].names


def _added(names: Sequence[str], plain: Sequence[str]) -> Added | None:
    """The columns of one export among those from its label on; None where they are not whole."""
    count = len([*takewhile(lambda name: name.startswith(TARGET), plain[1:])])
    own = [
        name for name, each in zip(names, plain, strict=True) if each in (*OWN, *SUSPECTED, *MARKS)
    ]
    if not count or not {*plain} >= {*NEEDED} or {*plain} & {*DECIDED} not in ({*DECIDED}, set()):
        return None
    return Added(
        names[0],
        tuple(names[1 : 1 + count]),
        names[plain.index("weight")],
        tuple(name.removeprefix(TARGET) for name in plain[1 : 1 + count]),
        (own[0], *names[1 : 1 + count], *own[1:]),
    )


def plain_name(name: str) -> str:
    """The name of an added column before it was renamed to be free."""
    while name.startswith(RENAMED):
        name = name.removeprefix(RENAMED)
    return name
