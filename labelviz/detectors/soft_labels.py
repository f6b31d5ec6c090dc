"""Soft labels: distributions that came with the data, and that the model's opinion does not fit.

A detector of hard labels would take the top class of each, in silence: 0.55 for it as much as 1.00.
Here a label is as doubtful as the model stands against it, by as much as the label claims.
"""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.evidence import Evidence, Finding, NotChecked
from labelviz.detectors.clumps import SUREST, Wording, judge

NAME = "soft labels"
WHY_NOT = "The given labels are soft, and it judges one class for each sample."
FITS = 0.2  # mass by which an opinion may differ from a label that is not doubted all the same
BELOW_LINE = 0.49  # the most that such a label is doubted
CLUMPED = 0.7  # log odds by words that are worth a sentence
ENTROPY_APART = 0.5  # of the highest there is, between label and opinion, that is worth a word


def soft_labels(evidence: Evidence) -> Finding | NotChecked:
    """How far the opinion stands against each soft label, and against others with its words.

    Log odds of `labelviz.detectors.clumps.judge`; of several labels each cell is judged by itself,
    and the worst one counts.
    """
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
    wording = Wording(evidence.dataset.texts)
    judged, weights = judge(cells, opinions, wording)
    odds = np.where(known, [each.odds for each in judged], -np.inf)
    worst = odds.argmax(axis=0)
    score = 1 / (1 + np.exp(-odds.max(axis=0)))
    apart = np.abs(q - p).max(axis=1) if many else np.abs(q - p).sum(axis=1) / 2
    score = np.where(apart < FITS, np.minimum(score, BELOW_LINE), score)
    some = np.asarray(known.any(axis=0))

    def words(row: int) -> str:
        if not some[row] or score[row] < 0.5:
            return ""
        cell = worst[row]
        sentence = _words(evidence, q, row)
        if judged[cell].clump[row] > CLUMPED:
            there = wording.strongest(row, weights[:, cell])
            named = ", ".join(f"“{each}”" for each in there)
            sentence += f" Labels of texts with these words fit the model less often: {named}."
        return sentence

    return Finding(NAME, np.where(some, score, np.nan), words)


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
    r = np.clip(row, SUREST, 1)
    return float(-(r * np.log(r)).sum() / np.log(len(r)))
