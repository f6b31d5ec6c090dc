"""Confident learning: which labels, and how many, a model's out-of-sample probabilities contradict.

Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels",
doi:10.1613/jair.1.12125, as implemented by cleanlab. Multi-label: Thyagarajan et al. 2022,
arXiv:2211.13895.
"""

from __future__ import annotations

import threading
import warnings
from typing import Literal, get_args

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.evidence import Evidence, Finding, NotChecked

NAME = "confident learning"
Filter = Literal[
    "prune_by_noise_rate", "prune_by_class", "both", "confident_learning", "predicted_neq_given",
    "low_normalized_margin", "low_self_confidence",
]  # fmt: skip
FILTERS: tuple[Filter, ...] = get_args(Filter)
Score = Literal["self_confidence", "normalized_margin", "confidence_weighted_entropy"]
SCORES: tuple[Score, ...] = get_args(Score)
_cleanlab_globals = threading.Lock()
"""cleanlab's filter keeps its arguments in module globals, even with one job."""


def confident_learning(evidence: Evidence) -> Finding | NotChecked:
    """How far confident learning goes with a label: flagged labels above 0.5, others below.

    Within each half by self-confidence. The model's own opinion says more; this says how many.
    """
    dataset = evidence.dataset
    rows = np.flatnonzero(dataset.labelled)
    given, p = dataset.given[rows], evidence.in_use.values[rows]
    if len(np.unique(given)) < 2:
        return NotChecked(NAME, "All given labels are alike.")
    issue = label_issues(given, p)
    quality = label_quality(given, p)
    score = np.full(len(dataset), np.nan)
    score[rows] = np.where(issue, 1 - quality / 2, (1 - quality) / 2)

    def words(row: int) -> str:
        if np.isnan(score[row]) or score[row] < 0.5:
            return ""
        return "It is among as many labels as the model expects to be wrong in its class."

    return Finding(NAME, np.clip(score, 0, 1), words)


def label_issues(given: Integers, p: Floats, filter_by: Filter = "prune_by_noise_rate") -> Booleans:
    """(N,) cleanlab's flags, by any of its filters; multi-label: any cell flagged by it.

    Parameters
    ----------
    given : (N,) class indices or (N, K) cells of 0 and 1, none missing.
    p : (N, K) out-of-sample probabilities.
    """
    if given.ndim == 2:
        return np.asarray(cell_issues(given, p, filter_by).any(axis=1))
    from cleanlab.filter import find_label_issues

    with _cleanlab_globals, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="May not flag all label issues")
        issue = find_label_issues(given, p, filter_by=filter_by, n_jobs=1)
    return np.asarray(issue, dtype=bool)


def cell_issues(given: Integers, p: Floats, filter_by: Filter = "prune_by_noise_rate") -> Booleans:
    """(N, K) cleanlab's flags of multi-label cells, each class by itself."""
    from cleanlab.multilabel_classification.filter import find_multilabel_issues_per_class

    judged = (given == 0).any(axis=0)  # cleanlab fails on a class that every sample carries
    cells = np.zeros(given.shape, dtype=bool)
    with _cleanlab_globals, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="May not flag all label issues")
        cells[:, judged] = find_multilabel_issues_per_class(
            names_of(given[:, judged]), p[:, judged], filter_by=filter_by, n_jobs=1
        )
    return cells


def label_quality(
    given: Integers, p: Floats, method: Score = "self_confidence", *, adjusted: bool = False
) -> Floats:
    """(N,) cleanlab's label quality in [0, 1], low = bad; multi-label by its default aggregation.

    Parameters
    ----------
    method : for two classes all three rank alike.
    adjusted : whether classes of which models are unsure are given a higher p; not for entropy.
    """
    if given.ndim == 1:
        from cleanlab.rank import get_label_quality_scores

        return np.asarray(
            get_label_quality_scores(given, p, method=method, adjust_pred_probs=adjusted)
        )
    if given.shape[1] == 1:  # cleanlab has no score for a single class
        return np.asarray(np.where(given == 1, p, 1 - p)[:, 0])
    from cleanlab.multilabel_classification import get_label_quality_scores as many

    return np.asarray(many(names_of(given), p, method=method))


def names_of(given: Integers) -> list[list[int]]:
    """The class indices that each row of (N, K) cells carries."""
    return [np.flatnonzero(row).tolist() for row in given]
