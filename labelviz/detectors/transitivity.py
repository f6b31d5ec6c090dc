"""Transitivity: where a = b and b = c, a and c must be the same, too."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import Dataset
from labelviz.core.evidence import Evidence, Finding, NotChecked

NAME = "transitivity"
# Records with more pairs than this, such as an empty text, prove nothing and cost much.
MOST_NEIGHBOURS = 200

Edges = dict[int, dict[int, float]]


def transitivity(evidence: Evidence) -> Finding | NotChecked:
    """How many triangles of records contradict a pair's label, weighted by the model's opinion.

    With p the probability that a pair matches, a non-match a, c is violated by a record b as much
    as p(ab) p(bc) (1 - p(ac)) says; a match a, b by c as much as half of p(ac) (1 - p(bc)) +
    (1 - p(ac)) p(bc). Where the label is known, p is drawn half way towards it. The score of a
    violation v is v / (1 + v).

    The class that means a match is the second one of a binary task of text pairs.
    """
    dataset = evidence.dataset
    if not dataset.is_pair or dataset.task != "binary":
        return NotChecked(NAME, "It takes pairs of texts that match or do not.")
    left, right = _records(dataset)
    given, rows = dataset.given, np.flatnonzero(dataset.labelled)
    belief = (evidence.levelled.values[:, 1] + given) / 2
    edges: Edges = {}
    for row in rows.tolist():
        a, b = int(left[row]), int(right[row])
        if a != b:
            edges.setdefault(a, {})[b] = float(belief[row])
            edges.setdefault(b, {})[a] = float(belief[row])
    violation, triangles = np.zeros(len(dataset)), np.zeros(len(dataset), dtype=np.int64)
    for row in rows.tolist():
        near, far = edges.get(int(left[row]), {}), edges.get(int(right[row]), {})
        if max(len(near), len(far)) > MOST_NEIGHBOURS:
            continue
        for third in near.keys() & far.keys():
            triangles[row] += 1
            x, y = near[third], far[third]
            violation[row] += (
                x * y * (1 - belief[row])
                if given[row] == 0
                else (x * (1 - y) + (1 - x) * y) / 2 * belief[row]
            )
    if not triangles.any():
        return NotChecked(NAME, "No three records are connected by three pairs.")
    score: Floats = np.where(triangles > 0, violation / (1 + violation), np.nan)

    def words(row: int) -> str:
        return _words(dataset, edges, (int(left[row]), int(right[row])), row)

    return Finding(NAME, score, words)


def _records(dataset: Dataset) -> tuple[Integers, Integers]:
    number: dict[str, int] = {}
    left, right = (
        np.array([number.setdefault(text, len(number)) for text in side], dtype=np.int64)
        for side in dataset.texts
    )
    return left, right


def _words(dataset: Dataset, edges: Edges, ends: tuple[int, int], row: int) -> str:
    near, far = edges.get(ends[0], {}), edges.get(ends[1], {})
    both = [(near[c] >= 0.5, far[c] >= 0.5) for c in near.keys() & far.keys()]
    match, no_match = dataset.classes[1], dataset.classes[0]
    if dataset.given[row] == 0:
        count = sum(x and y for x, y in both)
        return (
            f"Both texts are “{match}” with {count} other text{'s' if count > 1 else ''}, "
            f"so they cannot be “{no_match}”."
            if count
            else ""
        )
    count = sum(x != y for x, y in both)
    return (
        f"For {count} other text{'s' if count > 1 else ''} one of the two is “{match}” "
        "and the other is not."
        if count
        else ""
    )
