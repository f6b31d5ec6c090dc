"""Guess what the columns of a file mean, from their names and their cells; a person checks it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.tables.columns import Columns, class_names
from labelviz.tables.export import exports, with_label
from labelviz.tables.labels import distinct
from labelviz.tables.load import split_name
from labelviz.tables.names import SEPARATORS, listed, separator_of
from labelviz.tables.remember import remembered
from labelviz.tables.shares import numbers
from labelviz.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd

SAMPLE = 5_000
"""Rows that are looked at, spread over the file; ids are looked at in every row."""
UNIQUE = 0.99
"""Share of the rows that need an id of their own."""
TEXT_LENGTH = 15
FEW_VALUES = 50
MOST_CLASSES = 200
NEARLY = 0.95
"""An annotator who labelled this share of what the busiest one did is as good a guess."""
SAME_LABELS = 0.8
"""Share of an annotator's distinct labels that have to be labels of the label column."""
PAIRS = (
    ("text_a", "text_b"), ("text1", "text2"), ("text_1", "text_2"), ("sentence1", "sentence2"),
    ("sentence_1", "sentence_2"), ("question1", "question2"), ("premise", "hypothesis"),
    ("left", "right"), ("text_left", "text_right"), ("left_text", "right_text"), ("a", "b"),
    ("query", "document"), ("query", "passage"), ("question", "answer"), ("prompt", "response"),
    ("context", "response"), ("agent", "user"), ("title_a", "title_b"), ("name_a", "name_b"),
)  # fmt: skip
TEXTS = (
    "text", "sentence", "content", "question", "query", "comment", "review", "message", "body",
    "tweet", "utterance", "document", "description", "title", "input", "文本", "内容", "句子",
)  # fmt: skip
IDS = ("id", "sample_id", "pair_id", "uid", "uuid", "guid", "key", "idx", "index", "编号")
LABELS = (
    "label", "labels", "llm_label", "given_label", "noisy_label", "weak_label", "assigned_label",
    "noisy", "class", "category", "tags", "tag", "any_labels", "target", "y", "intent", "sentiment",
    "hard_label", "标签", "类别",
)  # fmt: skip
CONFIDENCES = re.compile(r"(.*_)?(confidence|certainty)(_.*)?")
GROUPS = ("group", "group_id", "cluster", "cluster_id", "record_id", "doc_id", "document_id")
SPLITS = ("split", "subset", "fold", "partition", "set")
SLICES = (
    "language", "lang", "domain", "source", "country", "genre", "level", "topic", "category",
    "region", "city", "dataset", "channel", "platform", "type",
)  # fmt: skip
TRUTH = re.compile(
    r"(.*_)?(gold|golden|truth|true|majority|reference|expert|human|correct|adjudicated)(_.*)?"
)
"""Names of what labels are scored against: never a label to audit, an annotator or a slice."""
ANNOTATOR = re.compile(
    r"(llm|model|annotator|rater|coder|worker|person|gpt|claude|gemini|qwen|llama|mistral|deepseek)"
    r"\d*([_ .-].*)?|first_annotator|label\d*_(?!id$|name$|text$).*"
)
SAVED_INDEX = re.compile(r"unnamed:?_*\d+(_level_\d+)?|level_\d+|__index_level_\d+__|")
VOTES = re.compile(r"(votes?|n_votes?|count)_")
VOTERS = ("n_annotators", "n_voters", "voters", "n_raters", "annotators_count", "num_annotators")
SOFT = re.compile(r"(target|soft|soft_label)_")
PROBABILITIES = re.compile(r"(p|prob|proba|probability|pred|pred_prob)_")
ONE_HOT = re.compile(r"(is|label|class|tag|has)_")
SOFT_LISTS = ("soft_label", "soft_labels", "target", "label_distribution", "distribution")


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
        return [
            f"{role}: {_worded(value)}"
            + (f" ({self.reasons[role]})" if role in self.reasons else "")
            for role, value in values.items()
        ]


@dataclass(frozen=True)
class _Seen:
    """What a look at a column told.

    Parameters
    ----------
    cells : distinct cells that are not blank, most frequent first. filled : share of filled cells.
    length : mean characters of the filled cells. numeric : whether all of them are numbers.
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
        return self.numeric and self.low >= 0 and self.high <= 1

    @property
    def switches(self) -> bool:
        """Whether the cells are only 0 and 1."""
        return self.numeric and set(self.cells) <= {"0", "1", "0.0", "1.0"}

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
    def truth(self) -> bool:
        """Whether the name says that this is what labels are scored against."""
        return bool(TRUTH.fullmatch(self.key))


def propose(table: Table, folder: Path, label: str = "") -> Guess:
    """How a file with these columns was loaded before, else a guess.

    Parameters
    ----------
    folder : the folder that holds the workspaces.
    label : the label column, where it is known; no targets or weight of another label go with it.
    """
    names = [str(name) for name in table.frame.columns]
    known = remembered(names, folder)
    made = guess(table) if known is None else Guess(known, {}, remembered=True)
    if label in {"", made.columns.label}:
        return made
    columns = replace(with_label(made.columns, label, names), one_hot=(), none=())
    before, now = made.columns.as_json(), columns.as_json()
    reasons = {role: why for role, why in made.reasons.items() if now[role] == before[role]}
    return Guess(columns, reasons, made.remembered)


def guess(table: Table) -> Guess:
    """The likeliest meaning of the columns, from names and cells.

    Truth to score against (`gold`, `majority`) is left an ordinary column; only where nothing else
    could be the label is it proposed, and the reason says so.
    """
    frame = table.frame
    rows = np.unique(np.linspace(0, len(frame) - 1, min(len(frame), SAMPLE)).astype(np.int64))
    sample = frame.iloc[rows] if len(frame) else frame
    seen = {str(name): _look(str(name), sample[name]) for name in frame.columns}
    return _Guesser(frame, seen).guess()


def _worded(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{cell!r} as {name!r}" for cell, name in value.items())
    return (
        ", ".join(each or "(empty)" for each in value) if isinstance(value, tuple) else str(value)
    )


def _look(name: str, cells: pd.Series[str]) -> _Seen:
    filled = cells[(cells.str.strip() != "").to_numpy(dtype=bool)]
    counts = filled.value_counts()
    values = numbers(filled)
    numeric = bool(len(values)) and bool(np.isfinite(values).all())
    return _Seen(
        name=name,
        key=re.sub(r"[\s-]+", "_", name.strip().lower()),
        cells=tuple(str(cell) for cell in counts.index),
        filled=len(filled) / max(len(cells), 1),
        length=float(np.mean([len(cell) for cell in filled])) if len(filled) else 0.0,
        numeric=numeric,
        low=float(values.min()) if numeric else np.nan,
        high=float(values.max()) if numeric else np.nan,
        whole=numeric and bool((values == np.floor(values)).all()),
        repeats=bool(len(counts)) and int(counts.iloc[0]) > 1,
    )


class _Guesser:
    """Takes columns out of the file role by role, the surest roles first."""

    def __init__(self, frame: pd.DataFrame, seen: dict[str, _Seen]) -> None:
        self.frame = frame
        self.free = dict(seen)
        self.exports = exports([*seen])
        self.columns = Columns()
        self.reasons: dict[str, str] = {}

    def guess(self) -> Guess:
        for name in [n for n, each in self.free.items() if SAVED_INDEX.fullmatch(each.key)]:
            del self.free[name]
        self._exported()
        self._groups_of_columns()
        self._single("split", SPLITS, lambda c: all(map(split_name, c.cells)))
        self._id()
        self._confidence()
        self._text()
        if not self.exports:
            self._label()
        self._annotators()
        self._single("group", GROUPS, lambda c: c.repeats)
        self._slices()
        order = {each: at for at, each in enumerate(Columns().as_json())}
        reasons = dict(sorted(self.reasons.items(), key=lambda item: order[item[0]]))
        return Guess(self.columns, reasons)

    def _take(self, role: str, found: str | Sequence[str], reason: str) -> None:
        names = [found] if isinstance(found, str) else list(found)
        for name in names:
            self.free.pop(name, None)
        change: dict[str, Any] = {role: found if isinstance(found, str) else tuple(found)}
        self.columns = replace(self.columns, **change)
        self.reasons[role] = reason

    def _named(self, keys: Iterable[str], fits: Callable[[_Seen], bool]) -> str:
        by_key: dict[str, str] = {}
        for name, each in self.free.items():
            if fits(each):
                by_key.setdefault(each.key, name)
        return next((by_key[key] for key in keys if key in by_key), "")

    def _single(self, role: str, keys: Iterable[str], fits: Callable[[_Seen], bool]) -> None:
        name = self._named(keys, lambda each: bool(each.cells) and fits(each))
        if name:
            self._take(role, name, "by its name and its cells")

    def _exported(self) -> None:
        """What the latest export added, as one; of what exports added, nothing means more."""
        for added in self.exports:
            reason = "the latest export of labelviz added it"
            self._take("label", added.label, reason)
            self._take("soft", added.targets, reason)
            self._take("weight", added.weight, reason)
            for name in added.names:
                self.free.pop(name, None)

    def _groups_of_columns(self) -> None:
        """Columns per class: a prefix they share, and cells of the right kind."""
        kinds: tuple[tuple[str, re.Pattern[str], Callable[[_Seen], bool], str], ...] = (
            ("votes", VOTES, lambda c: c.counts, "whole numbers in columns named after classes"),
            ("soft", SOFT, lambda c: c.shares, "shares in columns named after classes"),
            ("probabilities", PROBABILITIES, lambda c: c.shares,
             "probabilities in columns named after classes"),
            ("one_hot", ONE_HOT, lambda c: c.switches, "0 and 1 in columns named after classes"),
        )  # fmt: skip
        for role, pattern, fits, reason in kinds:
            if self.exports and role in ("soft", "one_hot"):
                continue
            by_prefix: dict[str, list[str]] = {}
            for name, each in self.free.items():
                if (match := pattern.match(each.key)) and fits(each):
                    by_prefix.setdefault(match[0], []).append(name)
            names = max(by_prefix.values(), key=len, default=[])
            if len(names) > 1 and len(set(class_names(tuple(names)).values())) == len(names):
                self._take(role, names, reason)
        if self.columns.votes:
            self._single("voters", VOTERS, lambda c: c.counts)
        if not self.columns.soft:
            name = self._named(SOFT_LISTS, lambda c: bool(c.cells) and _number_list(c.cells[0]))
            if name:
                self._take("soft", [name], "lists of numbers")

    def _id(self) -> None:
        ending = [
            c.key for c in self.free.values() if re.fullmatch(r".*_(id|uuid|guid|key)", c.key)
        ]
        names = dict.fromkeys([*IDS, *ending])
        whole = len(self.frame)
        for key in names:
            name = self._named([key], lambda c: c.filled > 0 and not c.truth)
            if name and not _repeats(self.frame[name], whole):
                self._take("id", name, "every row has a value of its own")
                return

    def _confidence(self) -> None:
        names = [n for n, c in self.free.items() if CONFIDENCES.fullmatch(c.key) and c.shares]
        if names:
            self._take("confidence", names[0], "numbers from 0 to 1, by its name")

    def _text(self) -> None:
        free = {c.key: n for n, c in reversed(self.free.items()) if not c.numeric and c.cells}
        pairs = [(free[a], free[b]) for a, b in PAIRS if a in free and b in free]
        pairs += [
            (free[key], free[other])
            for key in sorted(free)
            if (other := _partner(key)) in free
            and all(self.free[free[each]].texts for each in (key, other))
        ]
        if pairs:
            self._take("text", pairs[0][0], "the two names belong together")
            self._take("text_b", pairs[0][1], "the two names belong together")
            return
        name = self._named(TEXTS, lambda c: bool(c.cells) and not c.numeric)
        if name:
            self._take("text", name, "by its name")
            return
        long = [c for c in self.free.values() if c.texts and not c.truth]
        if long:
            best = max(long, key=lambda c: c.length)
            self._take("text", best.name, "the longest texts")
        elif rest := [c for c in self.free.values() if c.cells and not c.numeric and not c.repeats]:
            self._take("text", rest[0].name, "every row has another text")

    def _label(self) -> None:
        if self.columns.one_hot:
            return
        name = self._named(LABELS, lambda c: bool(c.cells) and not c.truth and _labels(c))
        if name:
            self._take("label", name, "by its name and its cells")
        else:
            self._label_by_content()
        if self.columns.label:
            self._empty_cells()

    def _label_by_content(self) -> None:
        opinions = [
            c for c in self.free.values()
            if ANNOTATOR.fullmatch(c.key) and not c.truth and c.categorical
        ]  # fmt: skip
        if opinions:
            most = max(c.filled for c in opinions)
            first = next(c for c in opinions if c.filled >= NEARLY * most)
            reason = "an annotator's labels"
            if len(opinions) > 1:
                reason = "the first of the annotators who labelled most rows"
            self._take("label", first.name, reason)
            return
        if self.columns.soft:
            return
        ending = [
            c for c in self.free.values()
            if re.fullmatch(r".*_(label|labels|class|category|tags?)", c.key) and c.categorical
        ]  # fmt: skip
        kinds = [c for c in self.free.values() if c.categorical and c.key not in SLICES]
        plain = [c for c in [*ending, *kinds] if not c.truth]
        switches = [c.name for c in self.free.values() if c.switches and not c.truth]
        if len(switches) > 2 and not ending:
            self._take("one_hot", switches, "columns of 0 and 1")
        elif plain:
            reason = "by its name" if ending else "few different values"
            self._take("label", (ending or plain)[0].name if ending else plain[-1].name, reason)
        elif truth := [c for c in self.free.values() if c.truth and c.categorical]:
            reason = "the only column of labels; by its name it is the truth, not labels to audit"
            self._take("label", truth[0].name, reason)

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
            if each.truth or not ANNOTATOR.fullmatch(each.key) or not each.cells:
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

    def _slices(self) -> None:
        named = [
            c.name for c in self.free.values()
            if 2 <= len(c.cells) <= FEW_VALUES and c.repeats and not c.truth and not c.numeric
            and c.key not in SPLITS
            and (c.key in SLICES or (_kinds(c) and not ANNOTATOR.fullmatch(c.key)))
        ]  # fmt: skip
        if named:
            self._take("slices", named, "few different values that may tell kinds of samples apart")


def _repeats(cells: pd.Series[str], rows: int) -> bool:
    """Whether more than one row in a hundred has an id that another row has, or none."""
    _, kinds = distinct(cells)
    return len(kinds) - ("" in kinds) < UNIQUE * rows


def _kinds(c: _Seen) -> bool:
    """Whether cells name kinds: short names, no lists, each of several rows."""
    listed = any(mark in cell for cell in c.cells for mark in (*SEPARATORS, "[", "{"))
    return c.filled > 0.5 and c.length < 2 * TEXT_LENGTH and not listed and c.categorical


def _labels(c: _Seen) -> bool:
    """Whether cells may be labels: no long texts each of one row, no numbers with fractions."""
    lists = any(listed(cell) is not None for cell in c.cells[:10])
    return c.categorical or lists or (len(c.cells) == 1) or bool(separator_of(c.cells))


def _split(cell: str, known: set[str]) -> list[str]:
    if cell in known:
        return [cell]
    found = listed(cell)
    if found is not None:
        return list(found)
    mark = next((mark for mark in SEPARATORS if mark in cell), "")
    return [n.strip() for n in cell.split(mark) if n.strip()] if mark else [cell]


def _partner(key: str) -> str:
    """The name of the second text that goes with a first: text_a and text_b, left_x and right_x."""
    for first, second in (("_a", "_b"), ("_1", "_2"), ("1", "2"), ("_left", "_right")):
        if key.endswith(first):
            return key.removesuffix(first) + second
    return "right_" + key.removeprefix("left_") if key.startswith("left_") else ""


def _number_list(cell: str) -> bool:
    inner = cell.strip().removeprefix("[").removesuffix("]")
    parts = [part.strip() for part in inner.split(",")]
    plain = all(re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", part) for part in parts)
    return cell.strip().startswith("[") and plain
