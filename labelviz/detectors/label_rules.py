"""Label rules: combinations of labels that hardly ever occur, learned from the labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelviz.core.arrays import Integers
from labelviz.core.evidence import Evidence, Finding, NotChecked
from labelviz.core.intervals import percent

NAME = "label rules"
SUPPORT = 50
CONFIDENCE = 0.98


@dataclass(frozen=True)
class Rule:
    """Who carries `first` carries, or does not carry, `second`.

    Parameters
    ----------
    first, second : class indices.
    together : whether it is an implication, or else an exclusion.
    confidence : share of the carriers of `first` that keep it, in [0.98, 1].
    """

    first: int
    second: int
    together: bool
    confidence: float


def label_rules(evidence: Evidence) -> Finding | NotChecked:
    """The confidence of the surest rule that a sample's labels break.

    Association rules (Agrawal et al. 1993, doi:10.1145/170035.170072) of at least 50 samples and
    0.98 confidence. An exclusion must be rarer than chance would have it.
    """
    dataset = evidence.dataset
    if not dataset.multilabel:
        return NotChecked(NAME, "Rules between labels take samples with several labels.")
    rows = np.flatnonzero(dataset.labelled)
    given = dataset.given[rows] == 1
    rules = learned_rules(given.astype(np.int64))
    if not rules:
        return NotChecked(NAME, "No rule between labels holds often enough.")
    score = np.full(len(dataset), np.nan)
    score[rows] = 0.0
    broken: dict[int, Rule] = {}
    for rule in rules:
        against = given[:, rule.first] & (given[:, rule.second] != rule.together)
        for row in rows[against].tolist():
            if rule.confidence > score[row]:
                score[row], broken[row] = rule.confidence, rule

    def words(row: int) -> str:
        rule = broken.get(row)
        if rule is None:
            return ""
        first, second = (dataset.classes[k] for k in (rule.first, rule.second))
        verb = "also carry" if rule.together else "do not carry"
        return f"{percent(rule.confidence)} of the samples with “{first}” {verb} “{second}”."

    return Finding(NAME, score, words)


def learned_rules(given: Integers) -> list[Rule]:
    """The rules that (N, K) cells of 0 and 1 keep."""
    count, both = given.sum(axis=0), given.T @ given
    rules: list[Rule] = []
    for a in range(given.shape[1]):
        for b in range(given.shape[1]):
            if a == b or count[a] < SUPPORT:
                continue
            share, expected = both[a, b] / count[a], count[b] / len(given)
            if CONFIDENCE <= share < 1:
                rules.append(Rule(a, b, together=True, confidence=float(share)))
            if 0 < share <= 1 - CONFIDENCE and share < expected / 2:
                rules.append(Rule(a, b, together=False, confidence=float(1 - share)))
    return rules
