"""Suspicion: which labels are likely wrong, what they should be, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers, Strings, read_only
from labelviz.core.axes import LABEL, SAMPLE, along, freeze, misshapen, named
from labelviz.core.evidence import UNSETTLED, NotChecked, TextIssue
from labelviz.core.settings import SURE, FlagLine


@dataclass(frozen=True, eq=False)
class Suspicion:
    """One verdict of the detectors per sample.

    Parameters
    ----------
    score : (N,) in [0, 1], high = look first.
    flagged : (N,) True where the label is likely wrong: on the line or above it.
    suggested : the likely label, shaped like `Dataset.given`; equal to it for want of a better.
    reasons : (N,) sentences for a person, one a line: those against the label before those for it,
        of each kind the weightiest first; empty text where there is nothing to say.
    detectors : names of the detectors that ran.
    dataset : `Dataset.judged` of what was judged; in flags that were kept before that was noted
        its content, or its fingerprint.
    probabilities : name of the probabilities that were used.
    scores : (N,) by detector, in [0, 1], high = suspicious; NaN where it had nothing to say.
    parts : (N,) by detector, the log odds of a wrong label that it adds, above its median.
    not_checked : the detectors that could not run, and why.
    seconds : how long each detector took.
    calibrated : whether a score is the probability that the label is wrong; else it only ranks.
    learned : (N,) the verdicts of reviewers that it was learned from, 1 where the label was found
        wrong, 0 where right, -1 where nobody had settled it; None where nobody had settled any.
    issues : what is wrong with the texts, whatever their labels.
    chosen : names of the detectors that were asked for; empty where all were.
    asked : (N,) True where a verdict of a reviewer is one on a flag, see `after`; None where these
        flags came after no others.
    supporting : (N,) how many of the reasons, the last ones, speak for the label; None in flags
        that were kept before reasons were told apart.
    line : from which suspicion on a label is flagged, and how many at most.
    thresholds : K numbers, from which probability on each class counted as there; none where it was
        one half, or the top class.
    """

    score: Floats = along(SAMPLE)
    flagged: Booleans = along(SAMPLE)
    suggested: Integers = along(SAMPLE, LABEL)
    reasons: Strings = along(SAMPLE)
    detectors: tuple[str, ...] = along()
    dataset: str = along()
    probabilities: str = along()
    scores: Mapping[str, Floats] = named(SAMPLE, default_factory=dict)
    parts: Mapping[str, Floats] = named(SAMPLE, default_factory=dict)
    not_checked: tuple[NotChecked, ...] = along(default=())
    seconds: Mapping[str, float] = along(default_factory=dict)
    calibrated: bool = along(default=False)
    learned: Integers | None = along(SAMPLE, default=None)
    issues: tuple[TextIssue, ...] = along(default=())
    chosen: tuple[str, ...] = along(default=())
    asked: Booleans | None = along(SAMPLE, default=None)
    supporting: Integers | None = along(SAMPLE, default=None)
    line: FlagLine = along(default=FlagLine())
    thresholds: tuple[float, ...] = along(default=())

    def __post_init__(self) -> None:
        freeze(self)
        if words := misshapen(self, {SAMPLE: len(self.score)}):
            raise ValueError(words)
        if not ((self.score >= 0) & (self.score <= 1)).all():
            raise ValueError("suspicion must lie in [0, 1]")

    def after(self, asked: Booleans, decided: Booleans) -> Suspicion:
        """These flags, with what reviewers were asked so far.

        Whether the verdict on a sample is one on a flag was settled when it was decided: later
        flags, which learned from it, neither take that back nor claim it.

        Parameters
        ----------
        asked : (N,) `on_flags` of the flags until now.
        decided : (N,) True where a reviewer has decided.
        """
        return replace(self, asked=np.where(decided, asked, self.flagged))

    @property
    def on_flags(self) -> Booleans:
        """(N,) True where a reviewer decides, or decided, on a flag."""
        return self.flagged if self.asked is None else self.asked

    @property
    def verdicts(self) -> int:
        """How many verdicts of reviewers it was learned from."""
        return self.news(np.full(len(self.score), UNSETTLED))

    def news(self, outcomes: Integers) -> int:
        """Of how many samples it learned another verdict than stands: a new one, changed, or none.

        Parameters
        ----------
        outcomes : (N,) what stands, as in `learned`.
        """
        known = np.full(len(self.score), UNSETTLED) if self.learned is None else self.learned
        return int((known != outcomes).sum())

    @property
    def sure(self) -> int:
        """How many labels look wrong: those with a suspicion of 0.9 or more."""
        return int((self.score >= SURE).sum())

    def worst_first(self) -> Integers:
        """(N,) row numbers by descending suspicion; ties in dataset order."""
        return self._worst_first

    @cached_property
    def _worst_first(self) -> Integers:
        return read_only(np.argsort(-self.score, kind="stable"))

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits that change with any score, flag or suggestion."""
        digest = hashlib.sha256(self.dataset.encode())
        for values in (self.score, self.flagged, self.suggested):
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()[:16]

    def told_apart(self, row: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The reasons against and those for the label of a row, of each kind the weightiest first.

        All are against it in flags that were kept before reasons were told apart.
        """
        said = tuple(line for line in str(self.reasons[row]).splitlines() if line.strip())
        first = len(said) - (0 if self.supporting is None else int(self.supporting[row]))
        return said[:first], said[first:]

    def shares(self, row: int) -> dict[str, float]:
        """What each detector contributes to one suspicion, summing to 1, the largest first.

        Detectors that speak for the label have no share. Empty where nothing speaks against it.
        """
        against = {name: float(part[row]) for name, part in self.parts.items() if part[row] > 0}
        total = sum(against.values())
        ordered = sorted(against.items(), key=lambda item: -item[1])
        return {name: part / total for name, part in ordered}
