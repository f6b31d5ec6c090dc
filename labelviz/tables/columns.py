"""Which column of a file means what, as a person settled it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from labelviz.errors import LabelsRefused, in_words

JOINTS = "_:=."
"""Characters that join a prefix to the class name in the names of columns per class."""


@dataclass(frozen=True)
class Columns:
    """Which column of a file means what, and how its cells are spelled.

    Columns per class (`one_hot`, `soft`, `votes`, `probabilities`) are named after the class, with
    the same prefix or none: `votes_yes`, `votes_no`.

    Parameters
    ----------
    text, text_b : the text, and the second text of a pair.
    label : the label to audit. May be empty where `one_hot` or `soft` hold it.
    id : sample ids; made from the texts where empty.
    task : binary, multiclass or multilabel; found out where empty.
    classes : class names in order; the distinct labels, sorted, where empty.
    annotators : other label columns. confidence : stated confidence of the label.
    group : samples that belong together. slices : columns to look for clumps in.
    split : train, validation or test.
    one_hot : columns of 0 and 1, one per class: the label.
    soft : columns of a soft label, one per class; or one column of lists in class order.
    votes : columns that count the annotators who chose each class. voters : how many were asked;
        the sum of the votes where empty.
    weight : loss weight, 0 for samples to be left out; 1 each where empty.
    probabilities : columns of ready-made probabilities, one per class.
    spellings : class name by the way a label is spelled in the file.
    missing : spellings that mean no label. none : multi-label cells that mean no class at all.
    separator : between the names of a multi-label cell; found out where empty.
    exact_ids : take ids as they stand although a spreadsheet seems to have altered them.
    """

    text: str = ""
    label: str = ""
    text_b: str = ""
    id: str = ""
    task: str = ""
    classes: tuple[str, ...] = ()
    annotators: tuple[str, ...] = ()
    confidence: str = ""
    group: str = ""
    slices: tuple[str, ...] = ()
    split: str = ""
    one_hot: tuple[str, ...] = ()
    soft: tuple[str, ...] = ()
    votes: tuple[str, ...] = ()
    voters: str = ""
    weight: str = ""
    probabilities: tuple[str, ...] = ()
    spellings: Mapping[str, str] = field(default_factory=dict, hash=False)
    missing: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    separator: str = ""
    exact_ids: bool = False

    def named(self) -> tuple[str, ...]:
        """Every column that is used, each once."""
        single = (self.text, self.text_b, self.label, self.id, self.confidence, self.group)
        several = (self.annotators, self.slices, self.one_hot, self.soft, self.votes)
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


def by_class(columns: tuple[str, ...], classes: tuple[str, ...]) -> tuple[str, ...]:
    """The columns in the order of the classes they are named after, matched by name.

    Raises
    ------
    LabelsRefused : they do not name exactly these classes.
    """
    for name in classes:
        for column in columns:
            prefix = column[: len(column) - len(name)]
            wanted = tuple(prefix + each for each in classes)
            if column.endswith(name) and set(wanted) == set(columns):
                return wanted
    raise LabelsRefused(
        f"The columns {in_words(columns)} do not name the classes {in_words(classes)}.",
        where=f"columns {', '.join(columns)}",
        remedy="Choose one column for each class, all with the same prefix or none: "
        f"{', '.join(f'votes_{name}' for name in classes[:3])}.",
    )
