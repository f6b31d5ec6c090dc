"""Dataset: the samples, the classes, and what was said about them before any review."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers, Strings, read_only, told_apart
from labelviz.core.axes import (
    CLASS,
    LABEL,
    SAMPLE,
    along,
    arrays_of,
    declared,
    freeze,
    in_turn,
    misshapen,
    named,
    reordered,
    texts_along,
)
from labelviz.core.axes import MISSING as MISSING
from labelviz.core.near_duplicates import connected, near_duplicates
from labelviz.core.settings import Task
from labelviz.errors import IdsRefused, LabelsRefused, in_words

SUM_TOLERANCE = 1e-6
CHUNK = 10_000  # texts that are put together at a time, to hash many quickly in little memory


@dataclass(frozen=True, eq=False)
class Dataset:
    """N samples with one or two texts each, over K classes in a fixed order.

    Parameters
    ----------
    task : binary (K = 2), multiclass (K >= 2) or multilabel (K >= 1).
    classes : K distinct, non-empty names. For binary the second class is the positive one.
    ids : (N,) unique text.
    texts : one or two (N,) arrays of text.
    given : the labels to audit. Single-label: (N,) class indices. Multi-label: (N, K) of 0 and 1.
        MISSING (-1) where there is none.
    annotators : other opinions by annotator name, each shaped like `given`.
    confidence : (N,) stated confidence of the given label in [0, 1], NaN where unknown.
    slices : (N,) text columns by name, to look for clumps of errors.
    group : (N,) text; samples of one group never span two folds. Empty text means no group.
    split : (N,) of train, validation, test or empty text.
    soft : (N, K) soft labels that came with the data, in [0, 1]; NaN rows where there is none.
        Single-label rows sum to 1; multi-label cells are independent.
    votes : (N, K) how many people, or LLMs, chose each class; rows of 0 where nobody was asked.
    voters : (N,) how many were asked. Single-label: the sum of the votes where None.
    weight : (N,) loss weight that came with the data, 0 or more; 1 each where None. 0 leaves a
        sample out of training until somebody decides on it.

    Raises
    ------
    IdsRefused : two samples share an id.
    LabelsRefused : classes, labels and task do not fit together.
    """

    task: Task = along()
    classes: tuple[str, ...] = texts_along(CLASS)
    ids: Strings = along(SAMPLE)
    texts: tuple[Strings, ...] = in_turn(SAMPLE)
    given: Integers = along(SAMPLE, LABEL, dtype=np.int64)
    annotators: Mapping[str, Integers] = named(SAMPLE, LABEL, default_factory=dict)
    confidence: Floats | None = along(SAMPLE, default=None)
    slices: Mapping[str, Strings] = named(SAMPLE, default_factory=dict)
    group: Strings | None = along(SAMPLE, default=None)
    split: Strings | None = along(SAMPLE, default=None)
    soft: Floats | None = along(SAMPLE, CLASS, dtype=np.float64, default=None)
    votes: Integers | None = along(SAMPLE, CLASS, dtype=np.int64, default=None)
    voters: Integers | None = along(SAMPLE, dtype=np.int64, default=None)
    weight: Floats | None = along(SAMPLE, dtype=np.float64, default=None)

    def __post_init__(self) -> None:
        freeze(self)
        self._check()
        self._check_shares()

    def _check(self) -> None:
        if len(set(self.ids)) != len(self.ids):
            raise IdsRefused("Two samples share an id.", remedy="Give every sample its own id.")
        if len(set(self.classes)) != self.n_classes or not all(n.strip() for n in self.classes):
            raise LabelsRefused(
                f"Class names must be distinct and not empty: {in_words(self.classes)}.",
                remedy="Give every class its own name.",
            )
        if self.n_classes < (1 if self.multilabel else 2):
            raise LabelsRefused(
                f"A {self.task} task needs at least two classes; found {in_words(self.classes)}.",
                remedy="Check the label column, or name the task as multilabel.",
            )
        if self.task == "binary" and self.n_classes != 2:
            raise LabelsRefused(
                f"A binary task has two classes; found {self.n_classes}: {in_words(self.classes)}.",
                remedy="Load it as multiclass.",
            )
        if len(self.texts) not in (1, 2):
            raise LabelsRefused("A sample has one or two texts.")
        sizes = {SAMPLE: len(self), CLASS: self.n_classes}
        if words := misshapen(self, {**sizes, LABEL: self.n_classes if self.multilabel else 0}):
            raise LabelsRefused(words, remedy="Give every column one value per sample.")
        for labels in (self.given, *self.annotators.values()):
            top = 2 if self.multilabel else self.n_classes
            if labels.size and (labels.min() < MISSING or labels.max() >= top):
                raise LabelsRefused("A label lies outside the classes.")

    def _check_shares(self) -> None:
        if self.weight is not None and not (np.isfinite(self.weight) & (self.weight >= 0)).all():
            raise LabelsRefused("A weight is no number from 0.")
        shares = (self.soft, self.votes, self.voters)
        if any(each is not None and (each < 0).any() for each in shares):
            raise LabelsRefused("A share or a vote is below 0.")
        if self.soft is None:
            return
        above = (self.soft > 1).any(axis=1)
        sums = np.where(np.isnan(self.soft).all(axis=1), 1.0, self.soft.sum(axis=1))
        off = above if self.multilabel else above | ~(np.abs(sums - 1) <= SUM_TOLERANCE)
        if off.any():
            row = int(np.flatnonzero(off)[0])
            raise LabelsRefused(
                f"{int(off.sum())} soft labels are no distribution: {in_words(self.soft[row])}.",
                where=f"sample {self.ids[row]!r}",
            )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def n_classes(self) -> int:
        """K."""
        return len(self.classes)

    @property
    def multilabel(self) -> bool:
        """Whether a sample may carry any number of classes."""
        return self.task == "multilabel"

    @property
    def is_pair(self) -> bool:
        """Whether a sample has two texts."""
        return len(self.texts) == 2

    @cached_property
    def labelled(self) -> Booleans:
        """(N,) True where the given label is not missing."""
        present = self.given != MISSING
        return read_only(present.all(axis=1) if self.multilabel else present)

    @cached_property
    def vote_shares(self) -> Floats | None:
        """(N, K) share of those asked who chose each class, NaN where nobody was; None: no votes.

        Multi-label votes without the number of voters have no shares.
        """
        if self.votes is None or (self.multilabel and self.voters is None):
            return None
        asked = self.votes.sum(axis=1) if self.voters is None else self.voters
        divisor = np.where(asked > 0, asked, 1)[:, None]
        return read_only(np.where(asked[:, None] > 0, self.votes / divisor, np.nan))

    @cached_property
    def values_of_slices(self) -> Mapping[str, tuple[Integers, list[str]]]:
        """By slice column, (N,) the number of each value, and the values by number."""
        told = {name: told_apart(values) for name, values in self.slices.items()}
        return MappingProxyType({name: (read_only(each), of) for name, (each, of) in told.items()})

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """Row number by id."""
        return MappingProxyType({sample: row for row, sample in enumerate(self.ids)})

    @cached_property
    def near_duplicates(self) -> Integers:
        """(N,) cluster numbers of the first texts, which are equal or nearly so within one."""
        rows: dict[str, int] = {}
        position = [rows.setdefault(text, len(rows)) for text in self.texts[0]]
        left, right, _ = near_duplicates(list(rows))
        clusters = connected(len(rows), zip(left.tolist(), right.tolist(), strict=True))
        return read_only(clusters[np.array(position, dtype=np.int64)])

    @cached_property
    def canonical(self) -> Dataset:
        """The same samples in the order of their ids and the classes in the order of their names.

        What is computed from it cannot depend on how a file happened to be ordered.
        """
        samples = np.array(sorted(range(len(self)), key=self.ids.__getitem__), np.int64)
        classes = np.array(sorted(range(self.n_classes), key=self.classes.__getitem__), np.int64)
        return reordered(self, {SAMPLE: samples, CLASS: classes})

    def take(self, rows: Integers) -> Dataset:
        """These samples alone, in this order."""
        return reordered(self, {SAMPLE: rows})

    def label_names(self, labels: Integers, row: int) -> tuple[str, ...]:
        """The class names that `labels` (shaped like `given`) gives to one row, in class order."""
        if self.multilabel:
            return tuple(c for c, on in zip(self.classes, labels[row], strict=True) if on == 1)
        return () if labels[row] == MISSING else (self.classes[labels[row]],)

    def sample_hash(self, row: int) -> str:
        """16 hex digits that change when a text of this sample changes."""
        digest = hashlib.sha256()
        for text in self.texts:
            _update(digest, [text[row]])
        return digest.hexdigest()[:16]

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits that change with any id, text, class or given label, and their order.

        A soft label counts where there is one. It is what a model learns from, so probabilities,
        runs and logs belong to it; `content` is for what rests on more.
        """
        digest = hashlib.sha256(self.task.encode())
        for column in (self.classes, self.ids, *self.texts):
            _update(digest, column)
        digest.update(np.ascontiguousarray(self.given).tobytes())
        if self.soft is not None:
            digest.update(np.ascontiguousarray(self.soft).tobytes())
        return digest.hexdigest()[:16]

    @cached_property
    def content(self) -> str:
        """16 hex digits that change with anything in it; what estimates belong to."""
        return self._hash_without()

    @cached_property
    def judged(self) -> str:
        """16 hex digits that change with what labels are judged by; what flags belong to.

        Slices, groups and the split are none of it: they only tell samples apart.
        """
        return self._hash_without("slices", "group", "split")

    def _hash_without(self, *left_out: str) -> str:
        known = {"classes", "ids", "texts", "given", "soft", *left_out}
        rest = {each.name for each in declared(self)} - known
        return hashlib.sha256(
            f"{self.fingerprint} {self.hash_of(*sorted(rest))}".encode()
        ).hexdigest()[:16]

    def hash_of(self, *names: str) -> str:
        """16 hex digits that change with these fields; empty where none of them holds anything."""
        digest, said = hashlib.sha256(), False
        for each in declared(self):
            for name, array in arrays_of(self, each).items() if each.name in names else ():
                if array.dtype != object or any(array):
                    _update(digest, [each.name, name, str(array.shape)])
                    _update_array(digest, array)
                    said = True
        return digest.hexdigest()[:16] if said else ""


def _update_array(digest: hashlib._Hash, array: Strings | Floats | Integers) -> None:
    if array.dtype == object:
        _update(digest, array)
    else:
        digest.update(np.ascontiguousarray(array).tobytes())


def _update(digest: hashlib._Hash, texts: Collection[str] | Strings) -> None:
    """Feed the texts with their lengths, so that no two different columns read alike."""
    listed = list(texts)
    lengths = [np.array([len(listed)], dtype=np.int64)]
    encoded = []
    for start in range(0, len(listed), CHUNK):
        part = listed[start : start + CHUNK]
        joined = "".join(part)
        whole = joined.encode("utf-8", "surrogatepass")
        plain = len(whole) == len(joined)
        sizes = map(len, part) if plain else map(_size, part)
        lengths.append(np.fromiter(sizes, np.int64, len(part)))
        encoded.append(whole)
    digest.update(np.concatenate(lengths).tobytes())
    for each in encoded:
        digest.update(each)


def _size(text: str) -> int:
    """Bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
