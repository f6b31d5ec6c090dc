"""Probabilities and Targets: rows of numbers over named classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from labelviz.core.alarm import Alarm
from labelviz.core.arrays import Booleans, Floats, Integers, Strings
from labelviz.core.axes import (
    CLASS,
    SAMPLE,
    along,
    freeze,
    misshapen,
    reordered,
    texts_along,
)
from labelviz.core.dataset import MISSING, SUM_TOLERANCE, Dataset
from labelviz.core.groups import broken_groups
from labelviz.core.precision import Computed
from labelviz.errors import ProbabilitiesRefused, TargetsRefused, in_words

SampleRelation = Literal["out-of-fold", "in-sample", "leaking", "unknown"]


@dataclass(frozen=True)
class Provenance:
    """Where probabilities come from.

    Parameters
    ----------
    relation : how the scored samples relate to the model's training samples. Only out-of-fold
        probabilities can tell a wrong label from a right one. Leaking ones are out-of-fold, but the
        model was trained on other samples of the same group.
    source : the model or file, in words.
    model_hash : identifies the weights; empty when there are none.
    dataset : fingerprint of the dataset that was scored.
    created : UTC time, ISO 8601.
    notes : what was done on the way, one sentence each: folds and groups, rows that were scaled.
    file : name under which the bytes of the file are kept in `source/`; empty if there is none.
    alarm : what a comparison with out-of-fold probabilities says; None where there was none.
    computed : how a network came to the numbers; None where none did, or nobody wrote it down.
    groups : hash of the group column by which samples were kept together; empty where there was
        none, and in what was made before it was noted.
    stated : whether somebody stated the relation, and nobody looked.
    after_review : whether the model was trained on labels as reviewers left them, in place of those
        given.
    """

    relation: SampleRelation
    source: str
    model_hash: str = ""
    dataset: str = ""
    created: str = ""
    notes: tuple[str, ...] = ()
    file: str = ""
    alarm: Alarm | None = None
    computed: Computed | None = None
    groups: str = ""
    stated: bool = False
    after_review: bool = False

    @property
    def told(self) -> bool:
        """Whether the model was trained on these labels, for certain or in all likelihood."""
        return self.relation == "in-sample" or (
            self.alarm is not None and self.alarm.verdict == "alarm"
        )

    @property
    def in_doubt(self) -> bool:
        """Whether the model knows these labels, or seems to."""
        return self.relation == "in-sample" or (
            self.alarm is not None and self.alarm.verdict != "clear"
        )


@dataclass(frozen=True, eq=False)
class Probabilities:
    """A model's opinion: (N, K) values in [0, 1] over named classes and identified samples.

    Parameters
    ----------
    values : (N, K). Single-label rows sum to 1 within 1e-6; multi-label cells are independent.
    classes : K names, the columns.
    ids : (N,) sample ids, the rows.
    multilabel : whether cells are independent.
    provenance : where the numbers come from.
    folds : (N,) fold numbers for out-of-fold values.

    Raises
    ------
    ProbabilitiesRefused : wrong shape, NaN, out of range, or rows that do not sum to 1.
    """

    values: Floats = along(SAMPLE, CLASS, dtype=np.float64)
    classes: tuple[str, ...] = texts_along(CLASS)
    ids: Strings = along(SAMPLE)
    multilabel: bool = along()
    provenance: Provenance = along()
    folds: Integers | None = along(SAMPLE, dtype=np.int64, default=None)

    def __post_init__(self) -> None:
        freeze(self)
        where = self.provenance.source
        if words := misshapen(self, {SAMPLE: len(self.ids), CLASS: len(self.classes)}):
            raise ProbabilitiesRefused(words, where=where)
        inside = np.isfinite(self.values) & (self.values >= 0) & (self.values <= 1)
        bad = np.asarray(~inside.all(axis=1))
        if not self.multilabel:
            sums = np.where(bad[:, None], 0, self.values).sum(axis=1)
            bad |= np.abs(sums - 1) > SUM_TOLERANCE
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise ProbabilitiesRefused(
                f"{int(bad.sum())} rows are no probabilities: {in_words(self.values[row])}.",
                where=f"{where}, first at sample {self.ids[row]!r}",
                remedy="Give numbers between 0 and 1"
                + ("." if self.multilabel else ", each row summing to 1."),
            )

    def aligned(self, dataset: Dataset) -> Probabilities:
        """The same numbers with rows and columns in the dataset's order, matched by id and name.

        They are leaking, and no longer out-of-fold, where the dataset groups its samples otherwise
        than their folds do.

        Raises
        ------
        ProbabilitiesRefused : a sample or a class of the dataset is missing, or one is unknown.
        """
        if self.multilabel != dataset.multilabel:
            raise ProbabilitiesRefused(
                "Multi-label probabilities do not fit a single-label dataset, nor the reverse.",
                where=self.provenance.source,
            )
        if set(self.classes) != set(dataset.classes):
            raise ProbabilitiesRefused(
                f"The classes differ. Probabilities: {in_words(sorted(self.classes))}; "
                f"dataset: {in_words(sorted(dataset.classes))}.",
                where=self.provenance.source,
                remedy="Name the probability columns after the dataset's classes.",
            )
        if len(self.ids) == len(dataset) and (self.ids == dataset.ids).all():
            rows = np.arange(len(dataset))
        else:
            rows = self._rows_of(dataset)
        columns = np.array([self.classes.index(name) for name in dataset.classes], dtype=np.int64)
        ordered = reordered(self, {SAMPLE: rows, CLASS: columns})
        return replace(ordered, provenance=ordered._provenance_in(dataset))

    def same_numbers(self, other: Probabilities) -> bool:
        """Whether both say the same of the same samples and classes, in the same order."""
        return (
            self.classes == other.classes
            and self.multilabel == other.multilabel
            and np.array_equal(self.ids, other.ids)
            and np.array_equal(self.values, other.values)
        )

    def _provenance_in(self, dataset: Dataset) -> Provenance:
        """Where they come from, as the groups of a dataset that they are aligned to have it."""
        origin = self.provenance
        if origin.relation != "out-of-fold" or self.folds is None:
            return origin
        if broken := broken_groups(dataset, self.folds):
            note = (
                f"The folds were made before the dataset had its present group column: {broken:,} "
                "of its groups span them."
            )
        elif origin.groups and dataset.hash_of("group") == "":
            note = "The folds were made by a group column that the dataset has no more."
        else:
            return origin
        return replace(origin, relation="leaking", notes=(*origin.notes, note))

    def _rows_of(self, dataset: Dataset) -> Integers:
        row_of = {sample: row for row, sample in enumerate(self.ids)}
        missing = [sample for sample in dataset.ids if sample not in row_of]
        unknown = len(row_of.keys() - dataset.rows.keys())
        if missing or unknown or len(row_of) != len(self.ids):
            raise ProbabilitiesRefused(
                f"{len(dataset) - len(missing)} of {len(dataset)} ids match: {len(missing)} "
                f"samples have no probabilities, {unknown} rows of probabilities have no sample, "
                f"{len(self.ids) - len(row_of)} ids are repeated.",
                where=f"{self.provenance.source}"
                + (f", first missing id {missing[0]!r}" if missing else ""),
                remedy="Give one row of probabilities per sample, with the dataset's ids.",
            )
        return np.array([row_of[sample] for sample in dataset.ids], dtype=np.int64)


GIVEN, POLICY, REVIEWER, POOLED = "given", "policy", "reviewer", "pooled"


@dataclass(frozen=True, eq=False)
class Targets:
    """What a model is trained on: (N, K) values in [0, 1] over named classes.

    Parameters
    ----------
    values : (N, K). Single-label rows sum to 1 within 1e-6. Multi-label cells are independent,
        NaN = unknown (masked in the loss).
    classes : K names, the columns.
    ids : (N,) sample ids, the rows.
    multilabel : whether cells are independent.
    weight : (N,) non-negative loss weight; 0 leaves the sample out.
    source : (N,) who had the last word: given, policy, reviewer, or pooled for all who disputed it.
    policy : the recipe, as written on the command line.

    Raises
    ------
    TargetsRefused : wrong shape, out of range, or rows that do not sum to 1.
    """

    values: Floats = along(SAMPLE, CLASS, dtype=np.float64)
    classes: tuple[str, ...] = texts_along(CLASS)
    ids: Strings = along(SAMPLE)
    multilabel: bool = along()
    weight: Floats = along(SAMPLE, dtype=np.float64)
    source: Strings = along(SAMPLE)
    policy: str = along(default="hard")

    def __post_init__(self) -> None:
        freeze(self)
        if words := misshapen(self, {SAMPLE: len(self.ids), CLASS: len(self.classes)}):
            raise TargetsRefused(words)
        known = (
            np.where(np.isnan(self.values), 0.0, self.values) if self.multilabel else self.values
        )
        outside = ~((known >= 0) & (known <= 1))
        bad = outside.any(axis=1) if outside.any() else np.zeros(len(known), np.bool_)
        if not self.multilabel:
            bad |= ~(np.abs(known @ np.ones(known.shape[1]) - 1) <= SUM_TOLERANCE)
        if bad.any() or not (np.isfinite(self.weight) & (self.weight >= 0)).all():
            row = int(np.flatnonzero(bad)[0]) if bad.any() else 0
            raise TargetsRefused(
                f"{int(bad.sum())} rows are no target distribution: {in_words(self.values[row])}.",
                where=f"sample {self.ids[row]!r}",
            )

    @property
    def by_people(self) -> Booleans:
        """(N,) True where people had the last word, one or several together."""
        return np.asarray((self.source == REVIEWER) | (self.source == POOLED))


def labels_of(values: Floats, *, multilabel: bool) -> Integers:
    """The labels that rows over the classes stand for, shaped like `Dataset.given`.

    Parameters
    ----------
    values : (N, K), or (K,) of one sample. Of one label it is the top class, and the first of
        several on top; of several labels each at 0.5 and above, MISSING where NaN.
    """
    if not multilabel:
        return np.asarray(values.argmax(axis=-1))
    return np.where(np.isnan(values), MISSING, values >= 0.5).astype(np.int64)


def hard_targets(dataset: Dataset, labels: Integers | None = None) -> Floats:
    """(N, K) one-hot rows (multi-label: 0 and 1) of the given labels, or of `labels`.

    A missing single label becomes the uniform row; a missing multi-label cell becomes NaN.
    """
    labels = dataset.given if labels is None else labels
    if dataset.multilabel:
        return np.where(labels == MISSING, np.nan, labels).astype(np.float64)
    values = np.full((len(dataset), dataset.n_classes), 0.0)
    present = np.flatnonzero(labels != MISSING)
    values[present, labels[present]] = 1.0
    values[labels == MISSING] = 1 / dataset.n_classes
    return values


def row_over(classes: tuple[str, ...], values: Mapping[str, float]) -> Floats:
    """(K,) values in class order; a class that is not named gets 0.

    Raises
    ------
    TargetsRefused : a name is not a class.
    """
    unknown = set(values) - set(classes)
    if unknown:
        raise TargetsRefused(
            f"No such class: {in_words(sorted(unknown))}.",
            remedy=f"The classes are {in_words(classes)}.",
        )
    return np.array([values.get(name, 0.0) for name in classes], dtype=np.float64)
