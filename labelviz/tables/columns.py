"""Which column of a file means what, as a person settled it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from labelviz.core.asked import asked, check
from labelviz.core.settings import TASKS
from labelviz.errors import LabelsRefused, in_words

COLUMN = "COL"
JOINTS = "_:=."  # characters that join a prefix to the class name in the names of columns per class


@dataclass(frozen=True)
class Columns:
    """Which column of a file means what, and how its cells are spelled.

    Columns per class (`one_hot`, `soft`, `votes`, `probabilities`) are named after the class, with
    the same prefix or none: `votes_yes`, `votes_no`.

    Raises
    ------
    RequestRefused : a task that is none.
    """

    text: str = asked("", "The text; guessed where not given.", metavar=COLUMN)
    label: str = asked(
        "", "The label to audit; guessed where neither this nor columns of 0 and 1, or of a soft "
        "label, are given.", metavar=COLUMN,
    )  # fmt: skip
    text_b: str = asked("", "Second text of a pair.", metavar=COLUMN)
    id: str = asked("", "Sample ids; made from the texts where not given.", metavar=COLUMN)
    task: str = asked("", "Found out where not given.", choices=TASKS)
    classes: tuple[str, ...] = asked(
        (), "A class name, in order; the distinct labels, sorted, where none is given. Of two, the "
        "second is the positive one.",
        option="class",
    )  # fmt: skip
    annotators: tuple[str, ...] = asked(
        (), "Labels by another annotator.", option="annotator", metavar=COLUMN
    )
    confidence: str = asked("", "Stated confidence of the label.", metavar=COLUMN)
    group: str = asked("", "Samples that never span two folds.", metavar=COLUMN)
    slices: tuple[str, ...] = asked(
        (), "Where to look for clumps of errors.", option="slice", metavar=COLUMN
    )
    split: str = asked("", "train, validation or test.", metavar=COLUMN)
    one_hot: tuple[str, ...] = asked(
        (), "A column of 0 and 1 for a class: the label.", metavar=COLUMN
    )
    soft: tuple[str, ...] = asked(
        (), "A column of a soft label for a class; or one column of lists in class order.",
        metavar=COLUMN,
    )  # fmt: skip
    votes: tuple[str, ...] = asked(
        (), "A column that counts the annotators who chose a class.", metavar=COLUMN
    )
    voters: str = asked(
        "", "How many people voted; the sum of the votes where not given.", metavar=COLUMN
    )
    weight: str = asked(
        "", "Loss weight, 0 for samples to be left out; 1 each where not given.", metavar=COLUMN
    )
    probabilities: tuple[str, ...] = asked(
        (), "A column of ready-made probabilities of a class.", option="probability",
        metavar=COLUMN,
    )  # fmt: skip
    spellings: Mapping[str, str] = asked(
        {}, "The class that a spelling in the file is to be read as.", option="as",
        metavar="CELL=CLASS",
    )  # fmt: skip
    missing: tuple[str, ...] = asked((), "A spelling that means no label.", metavar="CELL")
    none: tuple[str, ...] = asked(
        (), "A multi-label cell that means no class at all.", metavar="CELL"
    )
    separator: str = asked(
        "", "Between the names of a multi-label cell; found out where not given."
    )
    exact_ids: bool = asked(
        False, "Take ids as they stand although a spreadsheet seems to have altered them."
    )
    text_with: tuple[str, ...] = asked(
        (), "A further column of the text; it is then written as lines of attribute: value.",
        metavar=COLUMN,
    )  # fmt: skip
    text_b_with: tuple[str, ...] = asked(
        (), "A further column of the second text of a pair.", metavar=COLUMN
    )
    labelled_by: str = asked(
        "", "Who gave the label, where a file has a row for each sample and annotator; such rows "
        "become one sample.", metavar=COLUMN,
    )  # fmt: skip
    confidence_scale: str = asked(
        "", "The lowest and the highest number of that confidence; found out where not given.",
        metavar="LOW-HIGH",
    )  # fmt: skip
    majority: bool = asked(False, "The label is the class that most votes, or annotators, chose.")
    ties: str = asked(
        "", "Where the highest share or most votes are shared by classes, no label can be told and "
        "the row is set aside; first: the first of these classes.", choices=("first",),
    )  # fmt: skip

    def __post_init__(self) -> None:
        check(self)

    def named(self) -> tuple[str, ...]:
        """Every column that is used, each once."""
        single = (
            self.text, self.text_b, self.label, self.id, self.labelled_by, self.confidence,
            self.group,
        )  # fmt: skip
        several = (
            self.text_with, self.text_b_with, self.annotators, self.slices, self.one_hot,
            self.soft, self.votes,
        )  # fmt: skip
        names = [*single, self.split, self.voters, self.weight, *self.probabilities]
        names += [name for group in several for name in group]
        return tuple(dict.fromkeys(name for name in names if name))

    def as_json(self) -> dict[str, Any]:
        """The mapping as JSON values."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**values, "spellings": dict(self.spellings)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Columns:
        """The mapping that `as_json` wrote, also by a version that knew fewer columns."""
        known = {each.name for each in fields(cls)} & value.keys()
        read: dict[str, Any] = {
            name: tuple(value[name]) if isinstance(value[name], list) else value[name]
            for name in known
        }
        return cls(**read)


def class_names(columns: tuple[str, ...]) -> dict[str, str]:
    """Class name by column: the columns' names without the first prefix that all of them share."""
    ends = {next((at for at, c in enumerate(n) if c in JOINTS), -1) for n in columns}
    shared = {name[: end + 1] for name in columns for end in ends}
    prefix = shared.pop() if len(ends) == len(shared) == 1 else ""
    names = {name: name[len(prefix) :] for name in columns}
    return names if all(names.values()) else {name: name for name in columns}


def _prefix(columns: tuple[str, ...]) -> str:
    """What `class_names` leaves out."""
    column, name = next(iter(class_names(columns).items()))
    return column.removesuffix(name)


def by_class(columns: tuple[str, ...], classes: tuple[str, ...]) -> tuple[str, ...]:
    """The columns in the order of the classes they are named after, matched by name.

    Upper and lower case matter only where columns differ in nothing else.

    Raises
    ------
    LabelsRefused : they do not name exactly these classes.
    """
    for fold in (str, str.casefold):
        folded = {fold(column): column for column in columns}
        for name in map(fold, classes):
            for column in folded:
                prefix = column[: len(column) - len(name)]
                wanted = tuple(prefix + fold(each) for each in classes)
                same = len(folded) == len(columns) == len(set(wanted))
                if same and column.endswith(name) and set(wanted) == set(folded):
                    return tuple(folded[each] for each in wanted)
    raise LabelsRefused(
        f"The columns {in_words(columns)} do not name the classes {in_words(classes)}.",
        where=f"columns {', '.join(columns)}",
        remedy="Choose one column for each class, all with the same prefix or none: "
        f"{', '.join(_prefix(columns) + name for name in classes[:3])}.",
    )
