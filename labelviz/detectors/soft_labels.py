"""Soft labels: distributions that came with the data, and that the model's opinion does not fit.

A detector of hard labels would take the top class of each, in silence: 0.55 for it as much as 1.00.
Here a label is as doubtful as the model stands against it, by as much as the label claims.
"""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.evidence import Evidence, Finding, NotChecked

NAME = "soft labels"
WHY_NOT = "The given labels are soft, and it judges one class for each sample."
FLOOR = 1e-4  # a model is never surer than this
FITS = 0.2  # mass by which an opinion may differ from a label that is not doubted all the same
BELOW_LINE = 0.49  # the most that such a label is doubted
ENTROPY_APART = 0.5  # of the highest there is, between label and opinion, that is worth a word


def soft_labels(evidence: Evidence) -> Finding | NotChecked:
    """How far the opinion stands against each soft label.

    The expected margin, over the classes as the label weighs them, is the log odds of each class
    against its strongest rival in the opinion: as Pleiss et al. 2020, arXiv:2001.10528, for one
    label, here under a distribution. Of several labels each cell is judged by itself, and the
    worst one counts.
    """
    q = evidence.soft
    if q is None:
        return NotChecked(NAME, "No soft labels came with the data alone.")
    if evidence.name not in evidence.honest:
        why = f"“{evidence.name}” comes from a model that was told these labels."
        return NotChecked(NAME, why)
    p, many = evidence.in_use.values, evidence.dataset.multilabel
    odds = _cells(q, p) if many else -expected_margin(q, p)
    known = ~np.isnan(odds)
    if not known.any():
        return NotChecked(NAME, "No sample has a soft label.")
    score = 1 / (1 + np.exp(-odds))
    apart = np.abs(q - p).max(axis=1) if many else np.abs(q - p).sum(axis=1) / 2
    score = np.where(apart < FITS, np.minimum(score, BELOW_LINE), score)

    def words(row: int) -> str:
        return _words(evidence, q, row) if known[row] and score[row] >= 0.5 else ""

    return Finding(NAME, np.where(known, score, np.nan), words)


def expected_margin(q: Floats, p: Floats) -> Floats:
    """(N,) sum over classes of q times log p less the largest other log p; NaN where q is.

    Parameters
    ----------
    q : (N, K) soft labels. p : (N, K) opinions.
    """
    z = np.log(np.clip(p, FLOOR, 1))
    order = np.sort(z, axis=1)
    first, second = order[:, -1:], order[:, -2:-1]
    rival = np.where(z == first, second, first)
    return np.asarray((q * (z - rival)).sum(axis=1))


def _cells(q: Floats, p: Floats) -> Floats:
    """(N,) of several labels: the doubt of the worst cell that is known."""
    z = np.log(np.clip(p, FLOOR, 1)) - np.log(np.clip(1 - p, FLOOR, 1))
    doubt = np.where(np.isnan(q), -np.inf, (1 - 2 * np.nan_to_num(q)) * z)
    worst: Floats = doubt.max(axis=1)
    return np.asarray(np.where(np.isinf(worst), np.nan, worst))


def _words(evidence: Evidence, q: Floats, row: int) -> str:
    dataset, p = evidence.dataset, evidence.in_use.values[row]
    label = q[row]
    if dataset.multilabel:
        far = np.argsort(-np.abs(np.nan_to_num(label, nan=0.5) - p), kind="stable")[:2]
        said = ", ".join(f"“{dataset.classes[k]}” {label[k]:.2f} against {p[k]:.2f}" for k in far)
        return f"The soft label and the model part on these cells: {said}."
    k = int(np.argmax(label - p))
    other = int(np.argmax(p - label))
    sentence = (
        f"The soft label gives “{dataset.classes[k]}” {label[k]:.2f} and the model {p[k]:.2f}; "
        f"the model gives “{dataset.classes[other]}” {p[other]:.2f}."
    )
    apart = _entropy(p) - _entropy(label)
    if abs(apart) > ENTROPY_APART:
        surer = "surer" if apart > 0 else "less sure"
        sentence += f" The label is far {surer} than the model."
    return sentence


def _entropy(row: Floats) -> float:
    """In [0, 1], of even shares 1."""
    r = np.clip(row, FLOOR, 1)
    return float(-(r * np.log(r)).sum() / np.log(len(r)))
