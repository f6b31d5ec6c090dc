"""Confident learning: labels that a model's out-of-sample probabilities contradict.

Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels",
doi:10.1613/jair.1.12125, as implemented by cleanlab. Multi-label: Thyagarajan et al. 2022,
arXiv:2211.13895.
"""

from __future__ import annotations

import threading

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers, strings
from labelviz.core.dataset import Dataset
from labelviz.core.distributions import Probabilities
from labelviz.core.suspicion import Suspicion
from labelviz.errors import LabelsRefused

NAME = "confident learning"
_cleanlab_globals = threading.Lock()
"""cleanlab's filter keeps its arguments in module globals, even with one job."""


def confident_learning(
    dataset: Dataset, probabilities: Probabilities, probabilities_name: str
) -> Suspicion:
    """Flag labels with cleanlab's default filter and rank by one minus its label quality.

    Single-label: quality is self-confidence p[given]; the suggestion is the model's top class.
    Multi-label: quality is cleanlab's exponential moving average over classes; the suggestion
    flips the cells that are flagged. Samples without a label get suspicion 0.

    Parameters
    ----------
    probabilities : aligned to the dataset; out-of-sample, or the flags mean little.

    Raises
    ------
    LabelsRefused : all given labels are alike.
    """
    rows = np.flatnonzero(dataset.labelled)
    given, p = dataset.given[rows], probabilities.values[rows]
    if len(np.unique(given)) < 2:
        raise LabelsRefused(
            "All given labels are alike; confident learning needs at least two.",
            remedy="Check that the label column is the right one.",
        )
    judge = _multilabel if dataset.multilabel else _single_label
    quality, issue, suggested_rows = judge(given, p)
    score, flagged = np.zeros(len(dataset)), np.zeros(len(dataset), dtype=bool)
    suggested = dataset.given.copy()
    score[rows], flagged[rows], suggested[rows] = 1 - quality, issue, suggested_rows
    return Suspicion(
        score=np.clip(score, 0, 1),
        flagged=flagged,
        suggested=suggested,
        reasons=strings(
            _reason(dataset, probabilities.values, suggested, row) if flagged[row] else ""
            for row in range(len(dataset))
        ),
        detectors=(NAME,),
        dataset=dataset.fingerprint,
        probabilities=probabilities_name,
    )


def _single_label(given: Integers, p: Floats) -> tuple[Floats, Booleans, Integers]:
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    with _cleanlab_globals:
        issue = find_label_issues(given, p, n_jobs=1)
    return (
        get_label_quality_scores(given, p),
        np.asarray(issue, dtype=bool),
        np.asarray(p.argmax(axis=1)),
    )


def _multilabel(given: Integers, p: Floats) -> tuple[Floats, Booleans, Integers]:
    from cleanlab.multilabel_classification import get_label_quality_scores
    from cleanlab.multilabel_classification.filter import find_multilabel_issues_per_class

    judged = (given == 0).any(axis=0)  # cleanlab fails on a class that every sample carries
    cells = np.zeros(given.shape, dtype=bool)
    with _cleanlab_globals:
        cells[:, judged] = find_multilabel_issues_per_class(
            _names(given[:, judged]), p[:, judged], n_jobs=1
        )
    if len(judged) == 1:  # nor has it a score for a single class
        quality: Floats = np.where(given == 1, p, 1 - p)[:, 0]
    else:
        quality = get_label_quality_scores(_names(given), p)
    issue: Booleans = np.asarray(cells.any(axis=1))
    suggested: Integers = np.where(cells, 1 - given, given)
    return quality, issue, suggested


def _names(given: Integers) -> list[list[int]]:
    return [np.flatnonzero(row).tolist() for row in given]


def _reason(dataset: Dataset, p: Floats, suggested: Integers, row: int) -> str:
    if not dataset.multilabel:
        top, given = suggested[row], dataset.given[row]
        return (
            f"The model gives “{dataset.classes[top]}” {p[row, top]:.2f} "
            f"and the given label “{dataset.classes[given]}” {p[row, given]:.2f}."
        )
    changed = np.flatnonzero(suggested[row] != dataset.given[row])
    listed = ", ".join(f"“{dataset.classes[k]}” {p[row, k]:.2f}" for k in changed)
    return f"The model contradicts these cells: {listed}."
