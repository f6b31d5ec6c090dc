"""Annotators: labels that the other annotators of the same samples contradict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.evidence import Evidence, Finding, NotChecked
from labelviz.core.families import families, family

NAME = "annotators"


def annotators(evidence: Evidence) -> Finding | NotChecked:
    """The share of the other families of annotators that contradict the given label.

    Versions of one model share one vote. The relatives of the model that wrote the given label,
    which tend to repeat its errors, have one only where there is nobody else. Half a vote for the
    given label keeps one contradiction from counting as much as many. Multi-label: the most
    contradicted cell.
    """
    dataset = evidence.dataset
    if not dataset.annotators:
        return NotChecked(NAME, "Nobody else labelled these samples.")
    independent = outsiders(dataset, evidence.audited) or tuple(dataset.annotators)
    votes = family_votes(dataset, independent)
    opinion = _opinion(dataset, votes)
    heard = votes.present > 0
    against = (votes.present - votes.of(dataset.given)) / (votes.present + 0.5)
    score = np.where(heard, against, np.nan)
    if dataset.multilabel:
        score = np.where(heard.any(axis=1), np.nan_to_num(score).max(axis=1), np.nan)
    score[~dataset.labelled] = np.nan

    def words(row: int) -> str:
        return _words(dataset, independent, row, evidence.audited)

    def supports(row: int) -> bool:
        said = _said(dataset, independent, row)
        given = dataset.label_names(dataset.given, row)
        return bool(said) and _commonest(said, given)[0] == given

    return Finding(NAME, np.clip(score, 0, 1), words, opinion, supports, "vote")


def outsiders(dataset: Dataset, audited: str) -> tuple[str, ...]:
    """The annotators that are no relatives of the audited column."""
    return tuple(name for name in dataset.annotators if family(name) != family(audited))


@dataclass(frozen=True, eq=False)
class Votes:
    """Votes of annotators, one per family.

    Parameters
    ----------
    counts : (N, K) votes per class; multi-label: for the class being carried.
    present : (N,), or (N, K) by cell, votes cast.
    """

    counts: Floats
    present: Floats

    def of(self, given: Integers) -> Floats:
        """(N,) votes for the given label, or (N, K) votes for each cell as given."""
        if given.ndim == 2:
            return np.where(given == 1, self.counts, self.present - self.counts)
        own: Floats = self.counts[np.arange(len(given)), np.maximum(given, 0)]
        return own


def family_votes(dataset: Dataset, names: tuple[str, ...]) -> Votes:
    """The votes of these annotators; the members of a family that are there share its vote."""
    n, k = len(dataset), dataset.n_classes
    counts = np.zeros((n, k))
    present = np.zeros((n, k) if dataset.multilabel else n)
    for members in families(names):
        labels = [dataset.annotators[name] for name in members]
        there = np.sum([each != MISSING for each in labels], axis=0)
        share = 1 / np.maximum(there, 1)
        for each in labels:
            if dataset.multilabel:
                counts += share * (each == 1)
            else:
                rows = np.flatnonzero(each != MISSING)
                counts[rows, each[rows]] += share[rows]
        present += there > 0
    return Votes(counts, present)


def _opinion(dataset: Dataset, votes: Votes) -> Floats:
    """(N, K) vote shares with half a vote spread over all classes; NaN where nobody voted."""
    if dataset.multilabel:
        shares = (votes.counts + 0.25) / (votes.present + 0.5)
        return np.where(votes.present > 0, shares, np.nan)
    present = votes.present[:, None]
    shares = (votes.counts + 0.5 / dataset.n_classes) / (present + 0.5)
    return np.where(present > 0, shares, np.nan)


def _said(dataset: Dataset, names: tuple[str, ...], row: int) -> dict[str, tuple[str, ...]]:
    """The labels of a row, by annotator who gave one."""
    labels: Mapping[str, Integers] = dataset.annotators
    there = [name for name in names if (labels[name][row] != MISSING).all()]
    return {name: dataset.label_names(labels[name], row) for name in there}


def _commonest(
    said: Mapping[str, tuple[str, ...]], given: tuple[str, ...]
) -> tuple[tuple[str, ...], int]:
    """The label that most gave and how many did; of two as common not the given one."""
    counts = Counter(said.values())
    return max(counts.items(), key=lambda item: (item[1], item[0] != given))


def _words(dataset: Dataset, names: tuple[str, ...], row: int, audited: str) -> str:
    said = _said(dataset, names, row)
    if not said:
        return ""
    top, count = _commonest(said, dataset.label_names(dataset.given, row))
    label = " | ".join(top) or "none"
    one, many = "The other annotator", "other annotators"
    if len(names) < len(dataset.annotators):
        one, many = "The annotator of another family", "annotators of another family"
    elif family(names[0]) == family(audited):
        one, many = "The annotator of the same family", "annotators of the same family"
    if len(said) == 1:
        return f"{one}, {next(iter(said))}, says “{label}”."
    return f"{count} of {len(said)} {many} say “{label}”."
