"""The model's own opinion: labels that probabilities from outside the fold contradict."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.evidence import Evidence, Finding, NotChecked, of_given

NAME = "model"


def model_opinion(evidence: Evidence, name: str) -> Finding | NotChecked:
    """One minus the probability of the given label; of several cells, of the least likely one.

    Self-confidence as in confident learning (Northcutt et al. 2021, doi:10.1613/jair.1.12125).

    Parameters
    ----------
    name : which of the evidence's probabilities.
    """
    dataset, probabilities = evidence.dataset, evidence.probabilities[name]
    detector = NAME if name == evidence.name else f"{NAME} {name}"
    if name not in evidence.honest:
        if probabilities.provenance.relation == "leaking":
            why = f"The folds of “{name}” split groups that belong together."
            return NotChecked(detector, why)
        return NotChecked(detector, f"“{name}” comes from a model that was told these labels.")
    p = (evidence.levelled if name == evidence.name else probabilities).values
    own = of_given(dataset.given, p)
    score = 1 - (own.min(axis=1) if dataset.multilabel else own)

    def words(row: int) -> str:
        return _words(evidence, name, row, p[row])

    def supports(row: int) -> bool:
        return not dataset.multilabel and bool(p[row].argmax() == dataset.given[row])

    return Finding(detector, np.clip(score, 0, 1), words, p, supports, "opinion")


def _words(evidence: Evidence, name: str, row: int, levelled: Floats) -> str:
    """The reason in words, with the probabilities as they are.

    Parameters
    ----------
    levelled : (K,) of this row, by which classes count as there.
    """
    dataset, p = evidence.dataset, evidence.probabilities[name].values[row]
    who = "The model" if name == evidence.name else f"The model “{name}”"
    given, cuts = dataset.given[row], evidence.thresholds if name == evidence.name else None
    if dataset.multilabel:
        odd = np.flatnonzero((levelled >= 0.5) != (given == 1))
        listed = ", ".join(
            f"“{dataset.classes[k]}” {p[k]:.2f}{'' if cuts is None else _counts(cuts[k])}"
            for k in odd
        )
        return f"{who} contradicts these cells: {listed}." if listed else ""
    if cuts is not None:
        return f"{who} gives “{dataset.classes[1]}” {p[1]:.2f}{_counts(cuts[1])}."
    top = int(p.argmax())
    if top == given:
        return f"{who} gives the given label “{dataset.classes[given]}” {p[given]:.2f}."
    return (
        f"{who} gives “{dataset.classes[top]}” {p[top]:.2f} "
        f"and the given label “{dataset.classes[given]}” {p[given]:.2f}."
    )


def _counts(threshold: float) -> str:
    return f" (counts from {threshold:.2f})"
