"""CROWDLAB: the given label among the labels of all annotators and the model's opinion.

Goh, Tkachenko and Mueller 2022, "CROWDLAB: Supervised learning to infer consensus labels and
quality scores for data with multiple annotators", arXiv:2210.06812, as implemented by cleanlab.
"""

from __future__ import annotations

import warnings

import numpy as np

from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.evidence import Evidence, Finding, NotChecked
from labelviz.core.families import families
from labelviz.detectors.annotators import family_votes, outsiders

NAME = "crowdlab"
TELLING = 0.5  # doubt below which there is nothing to say


def crowdlab(evidence: Evidence) -> Finding | NotChecked:
    """One minus CROWDLAB's quality of the given label, each family of annotators as one of them.

    Single-label only, as the method is.
    """
    dataset = evidence.dataset
    if dataset.multilabel:
        return NotChecked(NAME, "CROWDLAB is for samples with a single label.")
    others = outsiders(dataset, evidence.audited)
    columns = [_of_family(dataset, members) for members in families(others)]
    labels = np.column_stack([dataset.given, *columns])
    rows = np.flatnonzero(dataset.labelled & ((labels != MISSING).sum(axis=1) > 1))
    if not len(rows):
        return NotChecked(NAME, "No sample was labelled by anybody else.")
    score = np.full(len(dataset), np.nan)
    score[rows] = 1 - quality(labels[rows], evidence.levelled.values[rows])

    def words(row: int) -> str:
        if not score[row] >= TELLING:
            return ""
        return f"Model and annotators weighed by CROWDLAB doubt the label by {score[row]:.2f}."

    return Finding(NAME, np.clip(score, 0, 1), words, role="rank")


def quality(labels: Integers, p: Floats) -> Floats:
    """(N,) in [0, 1], low = bad: cleanlab's quality of the labels of the first annotator.

    Parameters
    ----------
    labels : (N, J) class indices of J annotators, MISSING where one did not label; the first did.
    p : (N, K) the model's opinion.
    """
    from cleanlab.multiannotator import get_label_quality_multiannotator

    present = labels.astype(np.float64)
    present[labels == MISSING] = np.nan
    present = present[:, ~np.isnan(present).all(axis=0)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = get_label_quality_multiannotator(
            present, p, return_annotator_stats=False, verbose=False
        )
    values: Floats = found["detailed_label_quality"].to_numpy(dtype=np.float64)[:, 0]
    return values


def _of_family(dataset: Dataset, members: tuple[str, ...]) -> Integers:
    """(N,) the most frequent label of a family's members, MISSING where two are as frequent."""
    counts = family_votes(dataset, members).counts
    top = counts == counts.max(axis=1, keepdims=True)
    return np.where(top.sum(axis=1) == 1, counts.argmax(axis=1), MISSING)
