"""Evidence: what detectors look at, and what each of them finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from labelviz.core.arrays import Booleans, Floats, Integers, read_only
from labelviz.core.axes import SAMPLE, along, misshapen
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.distributions import Probabilities
from labelviz.core.thresholds import levelled

UNSETTLED = -1  # no verdict, among outcomes of 1 and 0
CHUNK = 4096  # controls that are looked at at a time: most of a long shuffle is never reached


@dataclass(frozen=True, eq=False)
class Embeddings:
    """Texts as vectors.

    Parameters
    ----------
    vectors : (U, D) one row per distinct text, of length 1, or 0 for a text that says nothing.
    sides : one or two (N,) positions in them.
    source : what made them, in words.
    """

    vectors: npt.NDArray[np.float32]
    sides: tuple[Integers, ...]
    source: str


@dataclass(frozen=True, eq=False)
class TrainingLog:
    """How a model judged every sample while it was trained.

    Parameters
    ----------
    logits : (T, N, K) at T checkpoints, in the order of the dataset; NaN for samples that were not
        logged. (T, N, K + 1) where the training had a fake extra class, which is the last.
    source : the run or file, in words.
    threshold : (N,) the area under the margin that 99 % of labels known to be wrong stay below, in
        the run that tested the sample; None where no training had a fake class.
    """

    logits: Floats = along("checkpoint", SAMPLE, "output")
    source: str = along()
    threshold: Floats | None = along(SAMPLE, default=None)

    def __post_init__(self) -> None:
        if words := misshapen(self, {SAMPLE: self.logits.shape[1]}):
            raise ValueError(words)

    @property
    def logged(self) -> Booleans:
        """(N,) True where the sample was judged at every checkpoint."""
        return np.asarray(~np.isnan(self.logits).any(axis=(0, 2)))


@dataclass(frozen=True, eq=False)
class Verdicts:
    """What reviewers settled about given labels.

    Parameters
    ----------
    wrong : (N,) 1 where they changed the label, 0 where they kept it, NaN where nobody settled it.
    random : (N,) True where the sample was drawn at random for review, whatever its suspicion.
    """

    wrong: Floats = along(SAMPLE)
    random: Booleans = along(SAMPLE)

    def __post_init__(self) -> None:
        if words := misshapen(self, {SAMPLE: len(self.wrong)}):
            raise ValueError(words)

    @cached_property
    def settled(self) -> Booleans:
        """(N,) True where there is a verdict."""
        return read_only(~np.isnan(self.wrong))

    @cached_property
    def outcomes(self) -> Integers:
        """(N,) 1 where the label was found wrong, 0 where right, -1 where nobody settled it."""
        return read_only(np.where(self.settled, np.nan_to_num(self.wrong), UNSETTLED), np.int8)

    def __len__(self) -> int:
        return int(self.settled.sum())


@lru_cache(maxsize=4)
def control_order(size: int) -> Integers:
    """(N,) the fixed shuffle of all samples whose start are the random controls."""
    return read_only(np.random.default_rng(0).permutation(size), np.int32)


def controls(decided: Booleans) -> Booleans:
    """(N,) the decided samples that were drawn at random, whoever reviewed them and why.

    They are the start of one fixed shuffle of all samples, up to the first that nobody decided.
    """
    order = control_order(len(decided))
    drawn = np.zeros(len(decided), dtype=bool)
    for start in range(0, len(order), CHUNK):
        chunk = order[start : start + CHUNK]
        waiting = np.flatnonzero(~decided[chunk])
        if len(waiting):
            drawn[chunk[: waiting[0]]] = True
            return drawn
        drawn[chunk] = True
    return drawn


def contradicts(target: Floats, given: Integers) -> float:
    """Whether a reviewer's target (K,) says that a given label is wrong: 1, 0, or NaN for neither.

    Single-label: the given class is not its top class. Multi-label: a cell lies across 0.5.
    """
    if given.ndim:
        undecided = (target == 0.5).any() or (given == MISSING).any()
        return np.nan if undecided else float(((target > 0.5) != (given == 1)).any())
    if given == MISSING or (target == target.max()).sum() > 1:
        return np.nan
    return float(target.argmax() != given)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What there is to judge the given labels of a dataset by.

    Parameters
    ----------
    dataset : the samples.
    name : of the probabilities in use.
    probabilities : by name, all aligned to the dataset; the ones in use among them.
    embeddings : of the texts, or None.
    log : of a training on these labels, or None.
    verdicts : of the review so far, or None.
    audited : name of the column of given labels, which tells who its relatives are.
    seed : for what is drawn at random.
    thresholds : (K,) from which probability in use on a class counts as there; None for one half,
        or the top class.
    """

    dataset: Dataset
    name: str
    probabilities: Mapping[str, Probabilities]
    embeddings: Embeddings | None = None
    log: TrainingLog | None = None
    verdicts: Verdicts | None = None
    audited: str = ""
    seed: int = 0
    thresholds: Floats | None = None

    @property
    def in_use(self) -> Probabilities:
        """The probabilities in use."""
        return self.probabilities[self.name]

    @cached_property
    def levelled(self) -> Probabilities:
        """The probabilities in use, with the threshold of every class at one half."""
        if self.thresholds is None:
            return self.in_use
        several = self.in_use.multilabel
        values = levelled(self.in_use.values, self.thresholds, multilabel=several)
        return replace(self.in_use, values=values)

    @property
    def soft(self) -> Floats | None:
        """(N, K) the given labels where they are soft, and no other label was named to audit.

        NaN where there is none; None where labels are hard.
        """
        return None if self.audited else self.dataset.soft

    @cached_property
    def honest(self) -> Mapping[str, Probabilities]:
        """The probabilities of models that knew no labels, nor others of their groups, by name."""
        known = {
            name: each
            for name, each in self.probabilities.items()
            if not each.provenance.told and each.provenance.relation != "leaking"
        }
        return known or {self.name: self.in_use}


# What a finding is to the fusion. An opinion is pooled with the others; a mark adds doubt as far
# as it agrees with them, and what is granted to it; a vote stands for the annotators, who are
# weighed against the pooled opinion; a rank counts only once verdicts were learned from; a word is
# a reason on the card and nothing else.
Role = Literal["opinion", "mark", "vote", "rank", "word"]
# Log odds between the least and the most suspicious that a mark is worth without any proof.
GRANTED = 1.0


@dataclass(frozen=True, eq=False)
class Finding:
    """What one detector says about every sample.

    Parameters
    ----------
    detector : its name.
    score : (N,) in [0, 1], high = suspicious; NaN where it has nothing to say.
    words : the reason for one row, a sentence for a person; empty where there is none.
    opinion : (N, K) how likely it holds each class to be right, rows summing to 1 (multi-label:
        cells by themselves); None from a detector that doubts labels without knowing better.
        Rows of NaN where it has nothing to say.
    supports : whether the reason for one row speaks for the given label and not against it.
        No reason does of a detector that only doubts.
    role : what it is to the fusion; an opinion has one.
    granted : log odds that a mark is worth without proof, at least 0.
    """

    detector: str
    score: Floats
    words: Callable[[int], str] = field(repr=False)
    opinion: Floats | None = None
    supports: Callable[[int], bool] = field(default=lambda _: False, repr=False)
    role: Role = "mark"
    granted: float = GRANTED

    def __post_init__(self) -> None:
        if self.role == "opinion" and self.opinion is None:
            raise ValueError("a finding whose role is an opinion has one")
        object.__setattr__(self, "score", read_only(self.score, np.float64))
        if self.opinion is not None:
            object.__setattr__(self, "opinion", read_only(self.opinion, np.float64))
        known = self.score[~np.isnan(self.score)]
        if len(known) and not (known.min() >= 0 and known.max() <= 1):
            raise ValueError("a score must lie in [0, 1]")


@dataclass(frozen=True)
class NotChecked:
    """A detector that could not run, and why, in a sentence for a person."""

    detector: str
    why: str


@dataclass(frozen=True)
class TextIssue:
    """Something wrong with samples whatever their labels: what it is, and their rows."""

    kind: str
    rows: tuple[int, ...]


Detector = Callable[[Evidence], Finding | NotChecked]


def of_given(given: Integers, p: Floats) -> Floats:
    """(N,) p of the given label, or (N, K) p of what is given for each cell; NaN where missing."""
    if given.ndim == 2:
        cells: Floats = np.where(given == 1, p, np.where(given == MISSING, np.nan, 1 - p))
        return cells
    chosen: Floats = p[np.arange(len(p)), np.maximum(given, 0)]
    return np.where(given == MISSING, np.nan, chosen)
