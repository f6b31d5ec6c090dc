"""Every error a user may see.

    LabelvizError
    ├── RequestRefused             something asked is missing, unknown or out of range; says which
    ├── InputRefused               a file, or its table, cannot be read as asked
    │   ├── ChoiceNeeded           a file that can be read in several ways; says which
    │   ├── FileRefused            not a regular, readable, non-empty file of a kind we know
    │   ├── ColumnRefused          a column that is named does not exist, or is named twice
    │   ├── IdsRefused             ids that do not tell samples apart
    │   ├── LabelsRefused          labels that make no task
    │   └── MostSetAside           a load that would take the smaller part of a file
    ├── ProbabilitiesRefused       rows or classes that do not belong to this dataset
    ├── TrainingLogRefused         a log of a training that was not on these samples and classes
    ├── ModelRefused               a folder or hub id that is no classifier we can trust
    ├── TargetsRefused             a policy or a soft target that is no distribution
    ├── WorkspaceRefused           a folder that is no workspace, or would be overwritten
    │   ├── DatasetDiffers         a dataset that would take the place of another one
    │   ├── ClassesGone            a newer file without classes that decisions name
    │   ├── FlagsRefused           flags that are damaged, or of another version of labelviz
    │   └── StepMissing            an earlier step has to run first
    ├── ExportRefused              a file that cannot be written, or did not read back equal
    ├── RunRefused                 a training run that cannot start, resume or be compared
    ├── JobRefused                 long work that cannot start, or did not finish
    └── NotSaved                   a decision that did not reach the disk
        └── Conflict               somebody changed what it was about in the meantime

An error says what happened, where, what is safe, and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

# What a reader may say, and an action that changes all or nothing.
UNCHANGED = "Nothing was changed."
NOT_BEGUN = "Nothing was begun."
MOST_NAMED, LONGEST_NAMED = 6, 60  # things that a sentence names, and characters of each, at most


@dataclass(frozen=True)
class Choice:
    """One value of a column that needs a decision: as it stands, how often, and what is proposed.

    Parameters
    ----------
    proposed : empty where nothing can be proposed.
    about : what the eye may miss, such as the code points of look-alike letters.
    """

    cell: str
    count: int
    proposed: str = ""
    about: str = ""


class LabelvizError(Exception):
    """Something a person can put right.

    Parameters
    ----------
    what : what happened, one sentence.
    where : file, line, column, sample or folder; empty if it concerns the whole request.
    safe : what is unharmed, by who knows: the place that raises where it does, else whoever called
        it, see `unharmed`; empty where nobody can say.
    remedy : what to do next.
    """

    def __init__(self, what: str, *, where: str = "", safe: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.safe = safe
        self.remedy = remedy

    @property
    def lines(self) -> tuple[str, ...]:
        """Its parts in words, each to stand on a line of its own."""
        where = f"Where: {self.where}" if self.where else ""
        remedy = f"Next: {self.remedy}" if self.remedy else ""
        return tuple(part for part in (self.what, where, self.safe, remedy) if part)

    def __str__(self) -> str:
        return "\n".join(self.lines)


@contextmanager
def unharmed(safe: str = UNCHANGED) -> Iterator[None]:
    """Errors raised inside say what is safe, where the place that raised them did not know.

    It stands, or decorates, where that is true whatever happens inside: around what only reads,
    and around an action whose parts are all or nothing, or kept.
    """
    try:
        yield
    except LabelvizError as error:
        error.safe = error.safe or safe
        raise


def in_words(things: Iterable[object], most: int = MOST_NAMED) -> str:
    """Things in words: “a”, “b” and 3 more; numbers as they are, without quotes."""
    every = list(things)
    words = [_named(each) for each in every[:most]]
    left = len(every) - len(words)
    if left:
        return f"{', '.join(words)} and {left:,} more"
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _named(thing: object) -> str:
    if isinstance(thing, float | int):
        return f"{thing:.6g}"
    text = str(thing)
    return f"“{text if len(text) <= LONGEST_NAMED else text[: LONGEST_NAMED - 1] + '…'}”"


class RequestRefused(LabelvizError):
    """What is asked is missing, unknown or out of range; nothing was begun.

    Parameters
    ----------
    field : its name, as in the value that was asked for; the place, unless another is said.
    """

    def __init__(self, what: str, *, field: str = "", **parts: str) -> None:
        super().__init__(what, **{"where": field.replace("_", " "), "safe": NOT_BEGUN, **parts})
        self.field = field


class InputRefused(LabelvizError):
    """A file, or its table, cannot be read as asked.

    Parameters
    ----------
    choices : what a person has to decide, value by value; a page shows it as a table.
    """

    def __init__(self, what: str, *, choices: Sequence[Choice] = (), **parts: str) -> None:
        super().__init__(what, **parts)
        self.choices = tuple(choices)


@dataclass(frozen=True)
class Way:
    """One way to read a file: the value to choose, and what its first lines are then."""

    value: str
    preview: tuple[str, ...] = ()


class ChoiceNeeded(InputRefused):
    """A file can be read in several ways, and guessing could be wrong.

    Parameters
    ----------
    option : name of the field of `ReadOptions` that settles it.
    ways : its candidates, likeliest first.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        safe: str = "",
        remedy: str = "Look at each way below and choose the one that reads right.",
        option: str = "",
        ways: Iterable[Way] = (),
    ) -> None:
        super().__init__(what, where=where, safe=safe, remedy=remedy)
        self.option = option
        self.ways = tuple(ways)


class FileRefused(InputRefused):
    """The path is not a regular, readable, non-empty file of the kind expected."""


class ColumnRefused(InputRefused):
    """A column that is named does not exist, or is named twice."""


class IdsRefused(InputRefused):
    """The ids do not tell the samples apart."""


class LabelsRefused(InputRefused):
    """The labels do not make a task."""


class MostSetAside(InputRefused):
    """Most rows of a file would be set aside, and nobody said that this is right."""


class ProbabilitiesRefused(LabelvizError):
    """Rows or classes of the probabilities do not belong to this dataset."""


class TrainingLogRefused(LabelvizError):
    """The log of a training does not belong to this dataset, or holds no logits."""


class ModelRefused(LabelvizError):
    """The folder or hub id is not a classifier that can be loaded safely."""


class TargetsRefused(LabelvizError):
    """A policy or a soft target does not give a distribution over the classes."""


class WorkspaceRefused(LabelvizError):
    """The folder is not a workspace, or something in it would be overwritten."""


class DatasetDiffers(WorkspaceRefused):
    """A dataset that would take the place of another one; says what it would change."""


class ClassesGone(WorkspaceRefused):
    """A newer file lacks classes that decisions name.

    Parameters
    ----------
    choices : classes of the file that seem to be those of before, which each proposes.
    """

    def __init__(self, what: str, *, choices: Sequence[Choice] = (), **parts: str) -> None:
        super().__init__(what, **parts)
        self.choices = tuple(choices)


class FlagsRefused(WorkspaceRefused):
    """Flags that are damaged, or of another version of labelviz."""


class StepMissing(WorkspaceRefused):
    """An earlier step has to run first."""


class ExportRefused(LabelvizError):
    """The file cannot be written, or did not read back equal."""


class RunRefused(LabelvizError):
    """A training run cannot start, resume or be compared."""


class JobRefused(LabelvizError):
    """Long work cannot start, or did not finish."""


class NotSaved(LabelvizError):
    """A decision did not reach the disk."""


class Conflict(NotSaved):
    """What a decision is about was changed since it was on screen."""
