"""Features of pairs of records, attribute by attribute: what a reader of both would compare.

After the feature tables of entity matching (Konda et al. 2016, Magellan, PVLDB 9(12)), with codes
and numbers that only one side has, and with what is missing. They use no label.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelviz.core.arrays import Floats, Strings
from labelviz.core.differences import Kind, record, words

RECORDS = 0.9  # share of the pairs that have to be two records with a name in common
# Share of the pairs in which both sides have to name an attribute for it to be compared.
COMMON = 0.05
MOST = 12
# Characters of a value that are compared; the time of an edit distance grows with the square.
LONGEST = 1_000
NOTHING = -1.0  # stands where there is nothing to compare; every measure itself is 0 or more
LARGEST = float(np.finfo(np.float64).max)
NUMBER = re.compile(r"\d+(?:\.\d+)?")
GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


@dataclass(frozen=True)
class _Value:
    """What a record says about one attribute, ready to be compared; empty where it says nothing.

    Parameters
    ----------
    text : its words in lower case, as one line.
    said : its words by kind.
    number : the first number in it.
    """

    text: str
    said: dict[Kind, frozenset[str]]
    number: float | None


def attribute_features(
    left: Sequence[str] | Strings, right: Sequence[str] | Strings
) -> dict[str, Floats]:
    """Per attribute that pairs of records share, (N, F) ways in which its two values are alike.

    Similarities of the characters and of the words, shares of common words, codes and numbers and
    how many only one side has, relative difference of the first numbers, and which side is missing.
    All lie between 0 and 1 but the counts; -1 where there is nothing to compare. Attributes are
    those that both sides name in 5 % of the pairs, at most 12, the most common first; none where
    fewer than 90 % of the pairs are two records that share a name.
    """
    parsed = {text: _parsed(text) for text in dict.fromkeys([*left, *right])}
    pairs = [(parsed[a], parsed[b]) for a, b in zip(left, right, strict=True)]
    shared = [first.keys() & second.keys() for first, second in pairs]
    if not pairs or sum(map(bool, shared)) < RECORDS * len(pairs):
        return {}
    counts = Counter(name for names in shared for name in sorted(names))
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    names = [name for name in ranked if counts[name] >= COMMON * len(pairs)][:MOST]
    return {
        name: _compared([first.get(name, "") for first, _ in pairs],
                        [second.get(name, "") for _, second in pairs])
        for name in names
    }  # fmt: skip


def _parsed(text: str) -> dict[str, str]:
    return {name.casefold(): value for name, value in (record(text) or {}).items()}


def _compared(left: Sequence[str], right: Sequence[str]) -> Floats:
    """(N, F) comparison of two columns of values."""
    from rapidfuzz import fuzz, process
    from rapidfuzz.distance import JaroWinkler

    known = {text: _value(text) for text in dict.fromkeys([*left, *right])}
    pairs = [(known[a], known[b]) for a, b in zip(left, right, strict=True)]
    first, second = ([side.text for side in column] for column in zip(*pairs, strict=True))
    missing = np.array([[not a, not b] for a, b in zip(first, second, strict=True)])
    scorers = (fuzz.ratio, fuzz.token_sort_ratio, fuzz.token_set_ratio, JaroWinkler.similarity)
    alike = np.column_stack([
        process.cpdist(first, second, scorer=scorer, workers=1, dtype=np.float64)
        for scorer in scorers
    ])  # fmt: skip
    alike[:, :3] /= 100
    said = np.array([_said(a, b) for a, b in pairs])
    measures = np.hstack([alike, said])
    measures[missing.any(axis=1)] = NOTHING
    return np.hstack([missing, measures])


def _value(text: str) -> _Value:
    text = text[:LONGEST]
    found = words(text)
    kinds: tuple[Kind, ...] = ("word", "code", "number")
    said = {kind: frozenset(word for word, own in found if own == kind) for kind in kinds}
    first = NUMBER.search(GROUPED.sub("", unicodedata.normalize("NFKC", text)))
    number = min(float(first.group()), LARGEST) if first is not None else None
    return _Value(" ".join(word for word, _ in found), said, number)


def _said(a: _Value, b: _Value) -> list[float]:
    """Shares of common words, codes and numbers, and how far the first numbers are apart."""
    row = []
    for kind, first in a.said.items():
        second = b.said[kind]
        both, one, other = len(first & second), len(first - second), len(second - first)
        fewer = min(len(first), len(second))
        row += [both / fewer if fewer else NOTHING]
        if kind == "word":
            row += [both / (both + one + other) if both + one + other else NOTHING]
        else:
            row += [one, other]
    lengths = sorted((len(a.text), len(b.text)))
    return [*row, lengths[0] / max(lengths[1], 1), _apart(a.number, b.number)]


def _apart(a: float | None, b: float | None) -> float:
    if a is None or b is None:
        return NOTHING
    return abs(a - b) / max(a, b) if max(a, b) > 0 else 0.0
