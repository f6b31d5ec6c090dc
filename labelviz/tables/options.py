"""Options: how a file of labels, or of probabilities, is to be read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labelviz.core.asked import asked, check
from labelviz.core.settings import SCORE_KINDS, ScoreKind


@dataclass(frozen=True)
class ReadOptions:
    """How a file is read; what is empty is detected, and what cannot be is asked.

    Raises
    ------
    RequestRefused : a choice that is none.
    """

    encoding: str = asked("", "A codec by name: utf-8, gb18030, cp1252, ...")
    delimiter: str = asked(
        "", "One character between fields; tab is a word.", words={"tab": "\t", "\\t": "\t"}
    )
    quote: str = asked("", "The character around fields that hold delimiters, or none.")
    escape: str = asked(
        "", "Quotes inside quotes: double where they are doubled, backslash where one precedes.",
        choices=("double", "backslash"),
    )  # fmt: skip
    newline: str = asked(
        "", "A carriage return alone: cr where it ends a row, lf where it is text.",
        choices=("cr", "lf"),
    )  # fmt: skip
    header: str = asked(
        "", "Whether the first row names the columns, or is data.", choices=("yes", "no"),
        switch=True,
    )  # fmt: skip
    names: str = asked("", "rename: number column names that repeat.", choices=("rename",))
    comment: str = asked("", "What lines that are no rows start with, such as #, or none.")
    sheet: str = asked("", "Sheet of a workbook.")
    skip: tuple[int, ...] = asked((), "A line to set aside.", option="skip-line")
    format: str = asked(
        "", "plain: leave rows and columns as they stand, though another tool's format was "
        "recognised.", choices=("plain",),
    )  # fmt: skip

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Reading:
    """What was agreed to about a file of probabilities; by default nothing.

    Raises
    ------
    RequestRefused : a choice that is none.
    """

    scores: ScoreKind = asked("probabilities", "What its numbers are.", choices=SCORE_KINDS)
    rescale: bool = asked(False, "Scale rows whose sum misses 1 by up to 0.05.")
    classes: tuple[str, ...] = asked(
        (), "The classes that the columns of an npy file stand for, in order.", metavar="A,B,C",
        divided=",",
    )  # fmt: skip
    ids: Path | None = asked(None, "A CSV whose id column names npy rows.", metavar="FILE")
    rows_in_order: bool = asked(False, "Rows of an npy file are in the data's order.")
    leave_out_extra: bool = asked(False, "Pass over rows that belong to no sample.")
    fill_classes: bool = asked(False, "A class without a column gets 0.")

    def __post_init__(self) -> None:
        check(self)
