"""Soft labels: distributions that came with the data, and that the model's opinion does not fit.

A detector of hard labels would take the top class of each, in silence: 0.55 for it as much as 1.00.
Here a label is as doubtful as the model stands against it, by as much as the label claims.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.evidence import Evidence, Finding, NotChecked
from labelviz.detectors.clumps import Wording, judge

NAME = "soft labels"
WHY_NOT = "The given labels are soft, and it judges one class for each sample."
FITS = 0.2  # mass by which an opinion may differ from a label that is not doubted all the same
BELOW_LINE = 0.49  # the most that such a label is doubted, or one on whose top class both agree
ORDERED = 1e-3  # how far apart such labels lie, which keeps them in order
CLUMPED = 0.7  # log odds by words that are worth a sentence
ENTROPY_APART = 0.5  # of the highest there is, between label and opinion, that is worth a word


def soft_labels(evidence: Evidence) -> Finding | NotChecked:
    """How far the opinion stands against each soft label, and against others with its words.

    Log odds of `labelviz.detectors.clumps.judge`; of several labels each cell is judged by itself,
    and the worst one counts.
    """
    from scipy.special import expit

    q = evidence.soft
    if q is None:
        return NotChecked(NAME, "No soft labels came with the data alone.")
    if evidence.name not in evidence.honest:
        why = f"“{evidence.name}” comes from a model that was told these labels."
        return NotChecked(NAME, why)
    p, many = evidence.in_use.values, evidence.dataset.multilabel
    cells, opinions = (
        (np.stack([1 - each, each], axis=2).transpose(1, 0, 2) for each in (q, p))
        if many
        else (q[None], p[None])
    )
    known = np.asarray(~np.isnan(cells).any(axis=2))
    if not known.any():
        return NotChecked(NAME, "No sample has a soft label.")
    wording = Wording(evidence.dataset.texts, evidence.dataset.ids)
    judged, weights = judge(cells, opinions, wording)
    doubt = np.where(known, expit([each.odds for each in judged]), -1)
    fits = np.abs(cells - opinions).sum(axis=2) / 2 < FITS
    first = np.take_along_axis(cells, opinions.argmax(axis=2)[..., None], axis=2)[..., 0]
    below = BELOW_LINE - ORDERED * (1 - doubt)
    doubt = np.where(fits | (first == cells.max(axis=2)), np.minimum(doubt, below), doubt)
    worst, score, some = doubt.argmax(axis=0), doubt.max(axis=0), np.asarray(known.any(axis=0))

    def words(row: int) -> str:
        if not some[row] or score[row] < 0.5:
            return ""
        classes = evidence.dataset.classes
        said = (
            _of_cells(classes, q[row], p[row], doubt[:, row])
            if many
            else _of_classes(classes, q[row], p[row])
        )
        clumped = judged[worst[row]].clump[row] > CLUMPED
        there = wording.strongest(row, weights[:, worst[row]]) if clumped else []
        if there:
            named = ", ".join(f"“{each}”" for each in there)
            said += f" Labels of texts with these words fit the model less often: {named}."
        return said

    return Finding(NAME, np.where(some, score, np.nan), words)


def _of_cells(classes: Sequence[str], label: Floats, p: Floats, doubt: Floats) -> str:
    """The cells that are doubted, at most the two that are most, all (K,)."""
    far = [k for k in np.argsort(-doubt, kind="stable")[:2].tolist() if doubt[k] >= 0.5]
    said = ", ".join(f"“{classes[k]}” {label[k]:.2f} against {p[k]:.2f}" for k in far)
    return f"The soft label and the model part on these cells: {said}."


def _of_classes(classes: Sequence[str], label: Floats, p: Floats) -> str:
    """The class that the label gives most, and the strongest other one of the model, all (K,)."""
    k = int(np.argmax(label))
    other = int(np.argmax(np.where(np.arange(len(p)) == k, -1, p)))
    sentence = (
        f"The soft label gives “{classes[k]}” {label[k]:.2f} and the model {p[k]:.2f}; "
        f"the model gives “{classes[other]}” {p[other]:.2f}."
    )
    apart = _entropy(p) - _entropy(label)
    if abs(apart) > ENTROPY_APART:
        surer = "surer" if apart > 0 else "less sure"
        sentence += f" The label is far {surer} than the model."
    return sentence


def _entropy(row: Floats) -> float:
    """In [0, 1], of even shares 1."""
    from scipy.special import entr

    return float(entr(row).sum() / np.log(len(row)))
