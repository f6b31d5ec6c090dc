"""Guess what the columns of a file mean, from their names and their cells; a person checks it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.core.asked import said
from labelviz.tables import hints
from labelviz.tables.columns import JOINTS, Columns, class_names
from labelviz.tables.confidence import as_numbers, is_confidence
from labelviz.tables.export import with_label
from labelviz.tables.exported import exports
from labelviz.tables.labels import distinct
from labelviz.tables.names import SEPARATORS, listed, separator_of
from labelviz.tables.nested import held
from labelviz.tables.remember import remembered
from labelviz.tables.shares import are_shares, numbers
from labelviz.tables.sides import Sides, sides_of
from labelviz.tables.spellings import wrapped
from labelviz.tables.splits import split_name
from labelviz.tables.table import Table
from labelviz.tables.texts import are_turns

if TYPE_CHECKING:
    import pandas as pd

SAMPLE = 5_000  # rows that are looked at, spread over the file; ids are looked at in every row
UNIQUE = 0.99  # share of the rows that need an id of their own
TEXT_LENGTH = 15
FEW_VALUES = 50
FULL = 0.2  # share of the cells of the fullest candidate that another one has to have, to be one
ID_BLANKS = 0.1  # share of the rows that may lack an id; they are set aside
LOOK = 50  # distinct cells that are looked into
PER_SAMPLE = 1.2  # rows for each text from which rows may be those of several annotators
# Fields of `Columns` that name no column.
KEEPERS = (
    "task",
    "classes",
    "spellings",
    "missing",
    "none",
    "separator",
    "ties",
    "confidence_scale",
)
# What ids may be called where a file has several rows of each sample.
ITEMS = ("item", "example", "sample", "task", "unit", "row", "nr", "no")
MOST_CLASSES = 200
NEARLY = 0.95  # an annotator who labelled this share of what the busiest one did is as good a guess
WIDE = re.compile("[\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]")
PLACE = re.compile(r"\S*([/\\]\S*|\.\w{2,4})")  # an address on the web, or a file
ANSWERS = ("answer", "response")  # the second text of a pair, or what was asked for
MOST_ANSWERS = 10
PERCENT = 100
ID_ENDING = re.compile(r".*_(id|uuid|guid|key)|.*(编号|序号)")
# Share of an annotator's distinct labels that have to be labels of the label column.
SAME_LABELS = 0.8


@dataclass(frozen=True)
class Guess:
    """What the columns probably mean, and why.

    Parameters
    ----------
    reasons : a short reason by field of `Columns`.
    remembered : whether a file with these columns was loaded so before.
    """

    columns: Columns
    reasons: Mapping[str, str]
    remembered: bool = False

    def lines(self) -> list[str]:
        """One line of words for each thing that is proposed, after one that says whence."""
        whence = (
            "columns as in the last file like this:" if self.remembered else "columns, guessed:"
        )
        return [whence, *(f"  {line}" for line in self._lines())]

    def _lines(self) -> list[str]:
        values = {k: v for k, v in self.columns.as_json().items() if v}
        values.setdefault("id", "made from the texts")
        return [
            f"{role}: {_worded(values[role])}"
            + (f" ({self.reasons[role]})" if role in self.reasons else "")
            for role in self.columns.as_json()
            if role in values
        ]


@dataclass(frozen=True)
class _Seen:
    """What a look at a column told.

    Parameters
    ----------
    cells : distinct cells that are not blank, most frequent first. filled : share of filled cells.
    length : mean `_width` of the filled cells. numeric : whether all of them are numbers.
    low, high : range of the numbers. whole : whether they are integers.
    repeats : whether a value occurs twice.
    """

    name: str
    key: str
    cells: tuple[str, ...]
    filled: float
    length: float
    numeric: bool
    low: float
    high: float
    whole: bool
    repeats: bool

    @property
    def shares(self) -> bool:
        """Whether the cells may be shares of 1."""
        if not self.numeric:
            written, _ = as_numbers(self.cells)
            return bool(self.cells) and bool(((written >= 0) & (written <= 1)).all())
        return self.low >= 0 and self.high <= 1

    @property
    def switches(self) -> bool:
        """Whether the cells are only 0 and 1."""
        return self.numeric and set(self.cells) <= {"0", "1", "0.0", "1.0"}

    @property
    def says_yes_or_no(self) -> bool:
        """Whether the cells are only true and false."""
        return {cell.strip().lower() for cell in self.cells} in ({"true", "false"}, {"yes", "no"})

    @property
    def counts(self) -> bool:
        """Whether the cells count something."""
        return self.numeric and self.whole and self.low >= 0

    @property
    def categorical(self) -> bool:
        """Whether the cells name one of several kinds."""
        few = 2 <= len(self.cells) <= MOST_CLASSES and (self.repeats or len(self.cells) == 2)
        return few and (self.whole or not self.numeric) and self.length < 4 * TEXT_LENGTH

    @property
    def texts(self) -> bool:
        """Whether the cells read like free text."""
        return not self.numeric and self.length >= TEXT_LENGTH

    @property
    def reads(self) -> bool:
        """Whether the cells may be read as texts: no numbers, and not all the same."""
        return not self.numeric and (len(self.cells) > 1 or (bool(self.cells) and not self.repeats))

    @property
    def deep(self) -> bool:
        """Whether the cells hold objects inside objects, which are no texts."""
        value = held(self.cells[0]) if self.cells else None
        if isinstance(value, dict):
            return any(isinstance(each, dict | list) for each in value.values())
        if not isinstance(value, list) or are_turns(value):
            return False
        return any(isinstance(each, dict | list) for each in value)

    @property
    def no_text(self) -> bool:
        """Whether this is hardly the text: why a label was given, or where the text is found."""
        places = self.cells[:LOOK]
        elsewhere = bool(places) and all(PLACE.fullmatch(each.strip()) for each in places)
        return elsewhere or bool(hints.REASONS.fullmatch(self.key))

    @property
    def told_aside(self) -> bool:
        """Whether another long text is likelier the text."""
        return self.no_text or bool(hints.REMARKS.fullmatch(self.key))

    @property
    def truth(self) -> bool:
        """Whether the name says that this is what labels are scored against."""
        return bool(hints.TRUTH.fullmatch(self.key))


def propose(table: Table, folder: Path, asked: Columns = Columns()) -> Guess:  # noqa: B008 - frozen
    """How a file with these columns was loaded before, else a guess.

    Parameters
    ----------
    folder : the folder that holds the workspaces.
    asked : what somebody said; columns that are named in it are nothing else besides, and no
        targets or weight of another label go with a label.
    """
    names = [str(name) for name in table.frame.columns]
    known = remembered(names, folder)
    if known is None:
        return guess(table, asked)
    columns = with_label(known, asked.label, names) if asked.label else known
    if asked.label not in ("", known.label):
        columns = replace(columns, one_hot=(), none=())
    return Guess(_put(columns, asked), {}, remembered=True)


def guess(table: Table, asked: Columns = Columns()) -> Guess:  # noqa: B008 - frozen
    """The likeliest meaning of the columns, from names and cells.

    Truth to score against (`gold`, `majority`) is left an ordinary column; only where nothing else
    could be the label is it proposed, and the reason says so.

    Parameters
    ----------
    asked : what somebody said, which stands; the columns it names are nothing else besides.
    """
    import pandas as pd

    frame = table.frame
    rows = np.unique(np.linspace(0, len(frame) - 1, min(len(frame), SAMPLE)).astype(np.int64))
    sample = frame.iloc[rows] if len(frame) else frame
    cells = {str(name): sample[name].tolist() for name in frame.columns}
    every = list(dict.fromkeys(cell for column in cells.values() for cell in column))
    values = dict(zip(every, numbers(pd.Series(every, dtype=object)).tolist(), strict=True))
    seen = {name: _look(name, column, values) for name, column in cells.items()}
    return _Guesser(table, seen, asked).guess()


def _put(columns: Columns, asked: Columns) -> Columns:
    """What is proposed with what somebody said in its place, and no column in two places."""
    taken = set(asked.named())
    rest: dict[str, Any] = {}
    for role, value in columns.as_json().items():
        if isinstance(value, str) and value in taken and role not in KEEPERS:
            rest[role] = ""
        elif isinstance(value, tuple) and role not in KEEPERS:
            rest[role] = tuple(name for name in value if name not in taken)
    return replace(columns, **{**rest, **{name: getattr(asked, name) for name in said(asked)}})


def _worded(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{cell!r} as {name!r}" for cell, name in value.items())
    return (
        ", ".join(each or "(empty)" for each in value) if isinstance(value, tuple) else str(value)
    )


def _look(name: str, cells: Sequence[str], values: Mapping[str, float]) -> _Seen:
    """What the cells of a column tell.

    Parameters
    ----------
    values : the number of each cell; NaN where it is none.
    """
    filled = [cell for cell in cells if cell.strip()]
    counts = Counter(filled).most_common()
    distinct = np.array([values[cell] for cell, _ in counts])
    numeric = bool(counts) and bool(np.isfinite(distinct).all())
    return _Seen(
        name=name,
        key=hints.key_of(name),
        cells=tuple(cell for cell, _ in counts),
        filled=len(filled) / max(len(cells), 1),
        length=sum(map(_width, filled)) / len(filled) if filled else 0.0,
        numeric=numeric,
        low=float(distinct.min()) if numeric else np.nan,
        high=float(distinct.max()) if numeric else np.nan,
        whole=numeric and bool((distinct == np.floor(distinct)).all()),
        repeats=bool(counts) and counts[0][1] > 1,
    )


def _width(cell: str) -> int:
    """Characters, those of Chinese, Japanese and Korean, which say more each, counted twice."""
    return len(cell) if cell.isascii() else len(cell) + len(WIDE.findall(cell))


class _Guesser:
    """Takes columns out of the file role by role, the surest roles first."""

    def __init__(self, table: Table, seen: Mapping[str, _Seen], asked: Columns) -> None:
        self.frame = table.frame
        self.seen = seen
        self.free = {name: each for name, each in seen.items() if name not in asked.named()}
        self.exports = exports([*seen])
        self.columns = asked
        self.asked = set(said(asked))
        self.meant = table.meant
        self.questions = table.questions
        self.reasons: dict[str, str] = {}
        keys = {each.key for each in seen.values()}
        self.with_companion = {
            of for each in seen.values() for of in hints.companion_of(each.key)
        } & keys  # fmt: skip

    def guess(self) -> Guess:
        for name in [n for n, each in self.free.items() if hints.SAVED_INDEX.fullmatch(each.key)]:
            del self.free[name]
        self._exported()
        self._meant()
        self._groups_of_columns()
        self._single("split", hints.SPLITS, _names_splits)
        self._labelled_by()
        self._id()
        stated = self._stated()
        self._text()
        if not (self.exports or self.asked & {"label", "one_hot"} or self._is_left_open()):
            self._label()
        self._fit_classes()
        self._confidence(stated)
        self._annotators()
        self._single("group", hints.GROUPS, lambda c: c.repeats)
        self._slices()
        order = {each: at for at, each in enumerate(Columns().as_json())}
        reasons = dict(sorted(self.reasons.items(), key=lambda item: order[item[0]]))
        return Guess(self.columns, reasons)

    def _take(self, role: str, found: str | Sequence[str], reason: str) -> None:
        """Give columns a role, unless somebody said what has it."""
        if role in self.asked:
            return
        names = [found] if isinstance(found, str) else list(found)
        for name in names:
            self.free.pop(name, None)
        change: dict[str, Any] = {role: found if isinstance(found, str) else tuple(found)}
        self.columns = replace(self.columns, **change)
        self.reasons[role] = reason

    def _named(self, keys: Iterable[str], fits: Callable[[_Seen], bool]) -> str:
        """The first of the columns with these names; a nearly empty one only where all are."""
        fitting = [each for each in self.free.values() if fits(each)]
        order = {key: at for at, key in enumerate(keys)}
        found = [each for each in fitting if each.key in order]
        full = _full(found)
        return min(full, key=lambda each: order[each.key]).name if full else ""

    def _single(self, role: str, keys: Iterable[str], fits: Callable[[_Seen], bool]) -> None:
        name = self._named(keys, lambda each: bool(each.cells) and fits(each))
        if name:
            self._take(role, name, "by its name and its cells")

    def _exported(self) -> None:
        """What the latest export added, as one; of what exports added, nothing means more."""
        if "label" in self.asked:
            mine = with_label(Columns(), self.columns.label, [*self.seen])
            for role, value in (("soft", mine.soft), ("weight", mine.weight)):
                if value:
                    self._take(role, value, "labelviz exported it with the label")
        for added in self.exports:
            reason = "the latest export of labelviz added it"
            if "label" not in self.asked:
                self._take("label", added.label, reason)
                self._take("soft", added.targets, reason)
                self._take("weight", added.weight, reason)
            for name in added.names:
                self.free.pop(name, None)

    def _meant(self) -> None:
        """What the format of a tool says the columns mean."""
        for role in said(self.meant):
            value = getattr(self.meant, role)
            if role in KEEPERS:
                self.columns = replace(self.columns, **{role: value})
            elif set([value] if isinstance(value, str) else value) <= self.free.keys():
                self._take(role, value, "as the tool that wrote the file means it")

    def _groups_of_columns(self) -> None:
        """Columns per class: a prefix they share, and cells of the right kind."""
        kinds: tuple[tuple[str, re.Pattern[str], Callable[[_Seen], bool], str], ...] = (
            ("votes", hints.VOTES, lambda c: c.counts,
             "whole numbers in columns named after classes"),
            ("soft", hints.SOFT, lambda c: c.shares, "shares in columns named after classes"),
            ("probabilities", hints.PROBABILITIES, lambda c: c.shares,
             "probabilities in columns named after classes"),
            ("one_hot", hints.ONE_HOT, lambda c: c.switches or c.says_yes_or_no,
             "0 and 1 in columns named after classes"),
        )  # fmt: skip
        for role, pattern, fits, reason in kinds:
            if self.exports and role in ("soft", "one_hot"):
                continue
            if role == "one_hot" and self._has_label():
                continue
            by_prefix: dict[str, list[str]] = {}
            for name, each in self.free.items():
                if (match := pattern.match(each.key)) and fits(each):
                    by_prefix.setdefault(match[0], []).append(name)
            names = max(by_prefix.values(), key=len, default=[])
            if len(names) > 1 and len(set(class_names(tuple(names)).values())) == len(names):
                self._take(role, names, reason)
        if self.columns.votes:
            self._single("voters", hints.VOTERS, lambda c: c.counts)
        if not self.columns.soft:
            name = self._named(
                hints.SOFT_LISTS, lambda c: bool(c.cells) and _number_list(c.cells[0])
            )
            if name:
                self._take("soft", [name], "lists of numbers")
        by_name = [c.name for c in self.free.values() if c.cells and are_shares(c.cells[:LOOK])]
        if by_name and not self.columns.soft:
            self._take("soft", by_name[:1], "numbers by the name of the class")

    def _has_label(self) -> bool:
        """Whether a column is called and filled like a label."""
        return bool(self.columns.label) or any(
            (c.key in hints.LABELS or hints.LABEL_ENDING.fullmatch(c.key))
            and c.filled >= FULL
            and c.categorical
            and not c.truth
            for c in self.free.values()
        )

    def _labelled_by(self) -> None:
        """Who labelled, where the rows of a sample are those of its annotators."""
        people = [
            c for c in self.free.values()
            if (hints.PEOPLE.fullmatch(c.key) or c.key in hints.MODELS)
            and c.repeats and c.filled > UNIQUE
        ]  # fmt: skip
        ids = [
            c for c in self.free.values()
            if c.key in (*hints.IDS, *ITEMS) or ID_ENDING.fullmatch(c.key)
        ]  # fmt: skip
        texts = [c for c in self.free.values() if c.texts and c.repeats and not c.truth]
        items = [*ids, *(c for c in self.free.values() if c.key in hints.TEXTS), *texts]
        for who in people:
            for item in (each for each in items if each is not who):
                if _several_for_each(self.frame, item.name, who.name):
                    self._take("labelled_by", who.name, "one row for each sample and annotator")
                    if item in ids:
                        self._take("id", item.name, "the rows of a sample share it")
                    return

    def _id(self) -> None:
        if self.columns.id or self.columns.labelled_by:
            return
        ending = [c.key for c in self.free.values() if ID_ENDING.fullmatch(c.key)]
        for key in dict.fromkeys([*hints.IDS, *ending]):
            name = self._named([key], lambda c: c.filled > 0 and not c.truth)
            blank, repeated = _not_ids(self.frame[name]) if name else (0, 0)
            rows = len(self.frame)
            if name and repeated <= (1 - UNIQUE) * rows and blank <= max(ID_BLANKS * rows, 1):
                none = f"; {blank} rows have none and are set aside" if blank else ""
                self._take("id", name, f"every row has a value of its own{none}")
                return
            if name:
                why = f"{repeated:,} rows repeat the id of another" if repeated else ""
                why = why or f"{blank:,} rows have none"
                self.reasons.setdefault("id", f"{name} was not taken: {why}")

    def _stated(self) -> list[_Seen]:
        """Columns that state confidence, which are no texts and no labels."""
        found = [
            c for c in self.free.values()
            if hints.CONFIDENCES.fullmatch(c.key) and is_confidence(c.cells)
        ]  # fmt: skip
        for each in found:
            del self.free[each.name]
        return found

    def _confidence(self, stated: Sequence[_Seen]) -> None:
        """The confidence of the label: named after it, else of nothing else in the file."""
        label = self.seen[self.columns.label].key if self.columns.label in self.seen else ""
        mine = [c for c in stated if label and c.key.startswith(f"{label}_")]
        others = [c for c in stated if not _companion_of(c.key, self.with_companion)]
        if mine or others:
            reason = "by its name, which is that of the label" if mine else "by its name"
            self._take("confidence", (mine or others)[0].name, f"numbers, {reason}")

    def _text(self) -> None:
        if self.columns.text:
            return
        told = {n: c for n, c in self.free.items() if c.reads}
        keys = {c.key: n for n, c in reversed(told.items())}
        named = [
            (keys[a], keys[b]) for a, b in hints.PAIRS if a in keys and b in keys
            and not (b in ANSWERS and _is_answer(told[keys[b]]) and not self._has_label())
        ]  # fmt: skip
        named += [
            (keys[a], keys[b]) for a, b in hints.LOOSE_PAIRS if a in keys and b in keys
            and all(told[n].texts and not told[n].categorical for n in (keys[a], keys[b]))
        ]  # fmt: skip
        sides = sides_of([*self.free], lambda n: n in told, lambda n: n in told and told[n].texts)
        if named and (sides is None or named[0][0] not in sides.first):
            sides = Sides((named[0][0],), (named[0][1],))
        if sides is not None and not {"text", "text_b"} & self.asked:
            reason = "the two names belong together"
            self._take("text", sides.first[0], reason)
            self._take("text_b", sides.second[0], reason)
            if len(sides.first) > 1:
                self._take("text_with", sides.first[1:], "what else the file says of each side")
                self._take("text_b_with", sides.second[1:], "what else the file says of each side")
            return
        name = self._named(hints.TEXTS, lambda c: c.reads)
        ending = [c for c in told.values() if hints.TEXT_ENDING.fullmatch(c.key) and c.texts]
        ending = [c for c in ending if not c.truth and not c.told_aside and not c.deep]
        if name or ending:
            name = name or max(_full(ending), key=lambda c: c.length).name
            self._take("text", self._inside(name, told), "by its name")
            return
        long = [c for c in told.values() if c.texts and not c.truth and not c.deep]
        long = [c for c in long if c.cells[0].lstrip()[:1] != "{"] or long
        others = [c for c in told.values() if not c.told_aside and not c.categorical and not c.deep]
        if long and all(c.no_text for c in long) and others:
            long = others
        long = [c for c in long if not c.told_aside] or long
        if long:
            best = max(_full(long), key=lambda c: c.length)
            self._take("text", best.name, "the longest texts")
        elif rest := [c for c in told.values() if not c.repeats and not c.deep]:
            self._take("text", _full(rest)[0].name, "every row has another text")

    def _inside(self, name: str, told: Mapping[str, _Seen]) -> str:
        """The text that an object holds, where a column has it: `document.text`."""
        if told[name].cells[0].lstrip()[:1] != "{":
            return name
        inner = (f"{name}.{key}" for key in hints.TEXTS)
        return next((each for each in inner if each in told and told[each].texts), name)

    def _label(self) -> None:
        if self._is_labelled():
            return
        named = [
            c for key in hints.LABELS for c in self.free.values()
            if c.key == key and c.cells and not c.truth and _labels(c)
        ]  # fmt: skip
        sure = [c for c in named if c.filled >= FULL]
        best = [c for c in sure if c.key in self.with_companion] or sure
        if best:
            self._take("label", best[0].name, "by its name and its cells")
        else:
            self._label_by_content()
        if named and not self._is_labelled():
            reason = f"by its name, although it is filled in {named[0].filled:.0%} of the rows"
            self._take("label", named[0].name, reason)
        if self.columns.label:
            self._empty_cells()

    def _is_labelled(self) -> bool:
        return bool(self.columns.label or self.columns.one_hot)

    def _is_left_open(self) -> bool:
        """Whether it is not to be guessed which column is the label.

        A tool's file may answer several questions, or hold the votes of labelling functions alone.
        """
        if self.columns.majority and (self.columns.votes or self.columns.annotators):
            return True
        if self.questions:
            self.reasons["label"] = f"the file has several: {', '.join(self.questions)}"
        elif not self.columns.label and self.columns.annotators and "annotators" not in self.asked:
            return not any(c.key in hints.LABELS for c in self.free.values())
        return bool(self.questions) and not self._is_labelled()

    def _label_by_content(self) -> None:
        opinions = [
            c for c in self.free.values()
            if hints.ANNOTATOR.fullmatch(c.key) and not hints.PEOPLE.fullmatch(c.key)
            and not c.truth and c.categorical
        ]  # fmt: skip
        if opinions:
            most = max(c.filled for c in opinions)
            first = next(c for c in opinions if c.filled >= NEARLY * most)
            reason = "an annotator's labels"
            if len(opinions) > 1:
                reason = "the first of the annotators who labelled most rows"
            self._take("label", first.name, reason)
            return
        if self.columns.soft or self._counted():
            return
        ending = [
            c for c in self.free.values()
            if hints.LABEL_ENDING.fullmatch(c.key) and c.categorical and not c.truth
        ]  # fmt: skip
        kinds = [c for c in self.free.values() if self._may_be_label(c)]
        rated = [c for c in kinds if c.key in self.with_companion]
        switches = [c.name for c in self.free.values() if c.switches and not c.truth]
        if rated:
            reason = "other columns say how sure its labels are"
            self._take("label", _fullest(rated)[0].name, reason)
        elif len(switches) > 2 and not ending:
            self._take("one_hot", switches, "columns of 0 and 1")
        elif ending:
            self._take("label", _fullest(ending)[0].name, "by its name")
        elif kinds:
            self._take("label", _fullest(kinds)[-1].name, "few different values")
        elif len(self.seen) == 2 and (
            rest := [c for c in self.free.values() if c.categorical and not c.truth]
        ):
            self._take("label", rest[0].name, "the only other column, of few different values")
        elif truth := [c for c in self.free.values() if c.truth and c.categorical]:
            reason = "the only column of labels; by its name it is the truth, not labels to audit"
            self._take("label", truth[0].name, reason)

    def _counted(self) -> bool:
        """Whether numbers, and nothing else, tell the classes: those that chose each, or percents.

        They do where they add to the same number, or to that of the voters, in every row.
        """
        voters = [c for c in self.free.values() if c.key in hints.VOTERS and c.counts]
        found = [
            c for c in self.free.values() if c.counts and c not in voters and not c.truth
            and c.key not in (*hints.LABELS, *hints.IDS)
        ]  # fmt: skip
        others = [c for c in self.free.values() if self._may_be_label(c) and not c.numeric]
        if others or len(found) < 2 or all(c.switches for c in found):
            return False
        total = np.sum([numbers(self.frame[c.name]) for c in found], axis=0)
        asked = numbers(self.frame[voters[0].name]) if voters else total[:1]
        if not len(total) or total[0] < 2 or not (total == asked).all():
            return False
        if total[0] != PERCENT:
            self._take("votes", [c.name for c in found], "numbers that add to that of the voters")
            if voters:
                self._take("voters", voters[0].name, "by its name and its cells")
        return True

    def _may_be_label(self, c: _Seen) -> bool:
        """Whether few different values may be labels, and no slice, person or remark."""
        said_of_another = _companion_of(c.key, {each.key for each in self.seen.values()})
        return (
            c.categorical and not c.truth and c.key not in hints.SLICES
            and not hints.PEOPLE.fullmatch(c.key) and not said_of_another
            and not any(name.startswith(f"{c.name}.") for name in self.columns.votes)
        )  # fmt: skip

    def _fit_classes(self) -> None:
        """Take back columns that are called like votes or shares and name none of the classes."""
        classes = set(self.columns.classes) or set(self._label_names())
        if self.exports or not self.columns.label or not classes:
            return
        ends = tuple(joint + name.casefold() for name in classes for joint in JOINTS)
        for role in ("votes", "soft", "probabilities"):
            names: tuple[str, ...] = getattr(self.columns, role)
            if role in self.asked or len(names) < 2 or role in said(self.meant):
                continue
            if not any(f"_{name}".casefold().endswith(ends) for name in names):
                self.free |= {name: self.seen[name] for name in names if name in self.seen}
                gone: dict[str, Any] = {role: ()}
                self.columns = replace(self.columns, **gone)
                self.reasons.pop(role, None)

    def _empty_cells(self) -> None:
        """Empty multi-label cells of a file whose other cells hold several names: no class."""
        codes, cells = distinct(self.frame[self.columns.label])
        empty = [number for number, cell in enumerate(cells) if not cell.strip()]
        if empty and separator_of([cell for cell in cells if cell.strip()]):
            self.columns = replace(self.columns, none=tuple(sorted(cells[n] for n in empty)))
            count = int(np.isin(codes, empty).sum())
            self.reasons["none"] = f"{count} empty cells beside cells of several names"

    def _annotators(self) -> None:
        known = set(self._label_names())
        found = []
        for name, each in self.free.items():
            if each.truth or not hints.ANNOTATOR.fullmatch(each.key) or not each.cells:
                continue
            if each.numeric and _numbers_somebody(each):
                continue
            names = {n for cell in each.cells for n in _split(cell, known)}
            if len(names & known) >= SAME_LABELS * len(names):
                found.append(name)
        if found:
            self._take("annotators", found, "the same labels as the label column")

    def _label_names(self) -> list[str]:
        if self.exports:
            return list(self.exports[-1].classes)
        if not self.columns.label:
            return list(class_names(self.columns.one_hot or self.columns.soft).values())
        _, cells = distinct(self.frame[self.columns.label])
        mark = separator_of([cell for cell in cells if cell.strip()])
        return [n.strip() for cell in cells for n in (cell.split(mark) if mark else [cell])]

    def _other_label(self) -> str:
        """What would be the label if neither a person nor an export had named another column."""
        if "label" not in self.asked and not self.exports:
            return ""
        twin = copy(self)
        twin.free, twin.reasons, twin.asked = dict(self.free), {}, self.asked - {"label"}
        twin.columns = replace(self.columns, label="")
        twin._label()
        return twin.columns.label

    def _slices(self) -> None:
        answers = {self._other_label()}
        named = [
            c.name for c in self.free.values()
            if 2 <= len(c.cells) <= FEW_VALUES and c.repeats and not c.truth and not c.numeric
            and (c.key in hints.SLICES or c.name not in answers)
            and c.key not in (*hints.SPLITS, *hints.IDS) and not c.name.endswith(("_id", "Id"))
            and (c.key in hints.SLICES or (_kinds(c) and not hints.ANNOTATOR.fullmatch(c.key)))
        ]  # fmt: skip
        if named:
            self._take("slices", named, "few different values that may tell kinds of samples apart")


def _names_splits(c: _Seen) -> bool:
    """Whether cells name splits: all of them, or two and half of all; others are told then."""
    known = sum(bool(split_name(cell)) for cell in c.cells)
    return known == len(c.cells) or (known > 1 and 2 * known >= len(c.cells))


def _is_answer(c: _Seen) -> bool:
    """Whether answers are of so few kinds that they are what was asked for."""
    return c.categorical and len(c.cells) <= MOST_ANSWERS and c.length < TEXT_LENGTH


def _numbers_somebody(c: _Seen) -> bool:
    """Whether numbers may be those of people or models, and no labels of theirs."""
    return bool(hints.PEOPLE.fullmatch(c.key)) or (c.key in hints.MODELS and len(c.cells) == 1)


def _full(found: Sequence[_Seen]) -> list[_Seen]:
    """Those that are not nearly empty beside the fullest of them."""
    most = max((each.filled for each in found), default=0.0)
    return [each for each in found if each.filled >= FULL * most]


def _fullest(found: Sequence[_Seen]) -> list[_Seen]:
    """Those that are about as full as the fullest of them."""
    most = max((each.filled for each in found), default=0.0)
    return [each for each in found if each.filled >= NEARLY * most]


def _not_ids(cells: pd.Series[str]) -> tuple[int, int]:
    """How many rows have no id, and how many the id of an earlier row."""
    filled = cells[(cells.str.strip() != "").to_numpy(dtype=bool)]
    return len(cells) - len(filled), len(filled) - filled.nunique()


def _several_for_each(frame: pd.DataFrame, item: str, who: str) -> bool:
    """Whether rows of one item are those of different people."""
    rows = len(frame)
    items = frame[item].nunique()
    return rows >= PER_SAMPLE * items and len(frame[[item, who]].drop_duplicates()) >= UNIQUE * rows


def _companion_of(key: str, others: Collection[str]) -> bool:
    """Whether a column is named after another one, which it says something about."""
    return any(each in others for each in hints.companion_of(key))


def _kinds(c: _Seen) -> bool:
    """Whether cells name kinds: short names, no lists, each of several rows."""
    listed = any(mark in cell for cell in c.cells for mark in (*SEPARATORS, "[", "{"))
    return c.filled > 0.5 and c.length < 2 * TEXT_LENGTH and not listed and c.categorical


def _labels(c: _Seen) -> bool:
    """Whether cells may be labels: no long texts each of one row, no numbers with fractions."""
    lists = any(listed(cell) is not None for cell in c.cells[:10])
    answers = all(map(wrapped, c.cells[:10]))
    return c.categorical or lists or answers or len(c.cells) == 1 or bool(separator_of(c.cells))


def _split(cell: str, known: set[str]) -> list[str]:
    if cell in known:
        return [cell]
    found = listed(cell)
    if found is not None:
        return list(found)
    mark = next((mark for mark in SEPARATORS if mark in cell), "")
    return [n.strip() for n in cell.split(mark) if n.strip()] if mark else [cell]


def _number_list(cell: str) -> bool:
    inner = cell.strip().removeprefix("[").removesuffix("]")
    parts = [part.strip() for part in inner.split(",")]
    plain = all(re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", part) for part in parts)
    return cell.strip().startswith("[") and plain
