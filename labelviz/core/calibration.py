"""Calibration: whether a probability of 0.8 is right eight times in ten, and the number to mend it.

All of it is measured against the given labels, wrong ones included: a calibrated model is as sure
as it agrees with the file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.distributions import Probabilities
from labelviz.core.groups import folds
from labelviz.core.metrics import FLOOR, expected_calibration_error
from labelviz.core.scores import softmax
from labelviz.errors import ProbabilitiesRefused

BINS = 15  # equal-width bins of a reliability diagram (Guo et al. 2017, arXiv:1706.04599).
FEWEST = 50  # given labels below which no temperature is fitted
FOLDS = 5
COLDEST, HOTTEST = 0.05, 20.0
HALVINGS = 30


@dataclass(frozen=True, eq=False)
class Reliability:
    """How often a claim is the given label, by how sure the claim is.

    A claim is the top class of a sample; in a multi-label dataset, of every cell whether the class
    applies.

    Parameters
    ----------
    count : (B,) claims in each equal-width bin of [0, 1].
    sure : (B,) their mean probability. agree : (B,) the share that is the given label. Both NaN
        in an empty bin.
    error : expected calibration error, in [0, 1].
    """

    count: Integers
    sure: Floats
    agree: Floats
    error: float

    @property
    def overall(self) -> tuple[float, float]:
        """Mean probability of all claims, and the share of them that is the given label."""
        total = max(int(self.count.sum()), 1)
        sure, agree = (np.nansum(each * self.count) / total for each in (self.sure, self.agree))
        return float(sure), float(agree)


def reliability(given: Integers, p: Floats, bins: int = BINS) -> Reliability:
    """The reliability of (N, K) probabilities against given labels; missing ones are passed over.

    Parameters
    ----------
    given : (N,) class indices, or (N, K) cells of 0 and 1.
    """
    sure, agree = _claims(given, p)
    which = np.minimum(np.floor(sure * bins + 1e-9).astype(np.int64), bins - 1)
    count = np.bincount(which, minlength=bins)
    with np.errstate(invalid="ignore"):
        means = [np.bincount(which, weights=each, minlength=bins) / count for each in (sure, agree)]
    error = expected_calibration_error(sure, agree, bins)
    return Reliability(count, means[0], means[1], error)


def _claims(given: Integers, p: Floats) -> tuple[Floats, Booleans]:
    known = given != MISSING
    if given.ndim == 2:
        return np.maximum(p, 1 - p)[known], ((p >= 0.5) == (given == 1))[known]
    return p[known].max(axis=1), p[known].argmax(axis=1) == given[known]


def temperature(given: Integers, p: Floats, weights: Floats | None = None) -> float:
    """The T for which p^(1/T), scaled to sum to 1, gives the given labels the highest likelihood.

    Above 1 the probabilities were too sure. The likelihood is concave in 1/T, so halving finds its
    one maximum (Guo et al. 2017, arXiv:1706.04599, section 4.2); between 0.05 and 20, to three
    decimals. For multi-label, every cell is a claim of its own.

    Parameters
    ----------
    given : (N,) class indices, or (N, K) cells of 0 and 1; missing ones are passed over.
    weights : (N,) positive, how much each sample counts; all alike where there are none.
    """
    z, labels = _logits(given, p)
    counts = np.ones(len(given)) if weights is None else weights
    known = given != MISSING
    counts = np.broadcast_to(counts if given.ndim == 1 else counts[:, None], given.shape)[known]
    right = z[np.arange(len(z)), labels]
    low, high = np.log(1 / HOTTEST), np.log(1 / COLDEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        expected = (softmax(np.exp(middle) * z) * z).sum(axis=1)
        if float(np.average(right - expected, weights=counts)) > 0:
            low = middle
        else:
            high = middle
    return round(float(np.exp(-(low + high) / 2)), 3)


def _logits(given: Integers, p: Floats) -> tuple[Floats, Integers]:
    """(M, K) log-probabilities of what is known, and (M,) which of them was given."""
    known = given != MISSING
    if given.ndim == 2:
        cells = p[known]
        z = np.stack([1 - cells, cells], axis=1)
        return np.log(np.maximum(z, FLOOR)), given[known]
    return np.log(np.maximum(p[known], FLOOR)), given[known]


def tempered(p: Floats, t: Floats, *, multilabel: bool) -> Floats:
    """(N, K) probabilities at a temperature: p^(1/t) scaled to sum to 1, cell by cell multi-label.

    Parameters
    ----------
    t : (N,) positive; 1 changes nothing but zeros, which become 1e-12.
    """
    if multilabel:
        from scipy.special import expit

        odds = np.log(np.maximum(p, FLOOR)) - np.log(np.maximum(1 - p, FLOOR))
        cells: Floats = expit(odds / t[:, None])
        return cells
    return softmax(np.log(np.maximum(p, FLOOR)) / t[:, None])


def tempered_apart(p: Floats, labels: Integers, units: Integers, weights: Floats) -> Floats:
    """(N, K) probabilities at one temperature, which was fitted on other samples than it judges.

    The samples are halved, and each half has the temperature of the other.

    Parameters
    ----------
    labels : (N,) class indices, or (N, K) cells of 0 and 1.
    units : (N,) numbers from 0 that samples share which may not be torn apart.
    weights : (N,) how much each sample counts.
    """
    count = int(units.max()) + 1
    half = (np.random.default_rng(0).permutation(count) % 2 == 0)[units]
    t = np.ones(len(p))
    for mine in (half, ~half):
        if mine.any() and not mine.all():
            t[mine] = temperature(labels[~mine], p[~mine], weights[~mine])
    return tempered(p, t, multilabel=labels.ndim == 2)


def calibrated(dataset: Dataset, probabilities: Probabilities) -> Probabilities:
    """The probabilities with a temperature fitted, for each fold, on the labels of the others.

    No sample's own label decides about its probabilities. The top class stays; how sure the model
    is changes. What is known of where the probabilities come from stays known.

    Parameters
    ----------
    probabilities : aligned to the dataset; their own folds are used where they have some.

    Raises
    ------
    ProbabilitiesRefused : fewer than 50 given labels, or the model was told these labels.
    """
    if probabilities.provenance.told:
        raise ProbabilitiesRefused(
            "A model that was trained on these labels cannot be calibrated on them: it is always "
            "right about what it was told.",
            where=probabilities.provenance.source,
            remedy="Cross-validate, and calibrate that.",
        )
    given, p = dataset.given, probabilities.values
    fold = folds(dataset, FOLDS, seed=0) if probabilities.folds is None else probabilities.folds
    if int(dataset.labelled.sum()) < FEWEST or len(np.unique(fold)) < 2:
        raise ProbabilitiesRefused(
            f"A temperature needs at least {FEWEST} given labels, in two folds or more.",
            where=probabilities.provenance.source,
            remedy="Use the probabilities as they are.",
        )
    fitted = {int(f): temperature(given[fold != f], p[fold != f]) for f in np.unique(fold)}
    t = np.array([fitted[int(f)] for f in fold])
    origin = probabilities.provenance
    shown = sorted(fitted.values())
    note = (
        f"calibrated with temperatures from {shown[0]:.2f} to {shown[-1]:.2f}, "
        f"each fitted on the given labels outside its fold of {len(fitted)}"
    )
    return replace(
        probabilities,
        values=tempered(p, t, multilabel=dataset.multilabel),
        provenance=replace(
            origin,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            notes=(*origin.notes, note),
        ),
    )
