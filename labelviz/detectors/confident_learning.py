"""Confident learning: which labels, and how many, a model's out-of-sample probabilities contradict.

Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels",
doi:10.1613/jair.1.12125, as implemented by cleanlab. Multi-label: Thyagarajan et al. 2022,
arXiv:2211.13895.
"""

from __future__ import annotations

import threading
import warnings

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers

# cleanlab's filter keeps its arguments in module globals, even with one job.
_cleanlab_globals = threading.Lock()


def label_issues(given: Integers, p: Floats) -> Booleans:
    """(N,) cleanlab's flags of single labels by its default filter.

    Parameters
    ----------
    given : (N,) class indices, none missing.
    p : (N, K) out-of-sample probabilities.
    """
    from cleanlab.filter import find_label_issues

    with _cleanlab_globals, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="May not flag all label issues")
        issue = find_label_issues(given, p, n_jobs=1)
    return np.asarray(issue, dtype=bool)


def cell_issues(given: Integers, p: Floats) -> Booleans:
    """(N, K) cleanlab's flags of multi-label cells, each class by itself; none missing."""
    from cleanlab.multilabel_classification.filter import find_multilabel_issues_per_class

    judged = (given == 0).any(axis=0)  # cleanlab fails on a class that every sample carries
    cells = np.zeros(given.shape, dtype=bool)
    with _cleanlab_globals, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="May not flag all label issues")
        cells[:, judged] = find_multilabel_issues_per_class(
            names_of(given[:, judged]), p[:, judged], n_jobs=1
        )
    return cells


def names_of(given: Integers) -> list[list[int]]:
    """The class indices that each row of (N, K) cells carries."""
    return [np.flatnonzero(row).tolist() for row in given]
