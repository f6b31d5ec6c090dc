"""Error rates: how many labels are wrong, by the model's opinion or by random reviews."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.distributions import Probabilities
from labelviz.core.noise import NoiseMatrix, counted
from labelviz.core.rates import Basis, ErrorRates, Rate, rate, rates_by
from labelviz.detectors.confident_learning import label_issues, wrong_cells
from labelviz.errors import LabelsRefused

FEWEST_CONTROLS = 30
"""Reviewed random samples below which the model's opinion is the better estimate."""


def rates_by_model(dataset: Dataset, probabilities: Probabilities) -> ErrorRates:
    """The labels that the confident joint counts as wrong, and what the model takes them for.

    Northcutt et al. 2021, doi:10.1613/jair.1.12125, as implemented by cleanlab; a wrong label's
    likely true one is the model's top class. Multi-label: a cell is counted as wrong where the
    opposite reaches the mean confidence of its class.

    Raises
    ------
    LabelsRefused : all given labels are alike.
    """
    rows = np.flatnonzero(dataset.labelled)
    given, p = dataset.given[rows], probabilities.values[rows]
    if len(np.unique(given)) < 2:
        raise LabelsRefused(
            "All given labels are alike; how many are wrong takes at least two kinds.",
            remedy="Check that the label column is the right one.",
        )
    if dataset.multilabel:
        cells = wrong_cells(given, p)
        by_class = tuple(
            rate(name, cells[:, k], float(cells.mean())) for k, name in enumerate(dataset.classes)
        )
        noise = counted(dataset, rows, np.where(cells, 1 - given, given))
        return _rates("model", dataset, (rows, np.asarray(cells.any(axis=1))), by_class, noise)
    wrong = wrong_labels(given, p)
    whole = float(wrong.mean())
    by_class = tuple(rate(name, wrong[given == k], whole) for k, name in enumerate(dataset.classes))
    noise = counted(dataset, rows, np.where(wrong, p.argmax(axis=1), given))
    return _rates("model", dataset, (rows, wrong), by_class, noise)


def rates_by_reviews(dataset: Dataset, rows: Integers, truth: Integers) -> ErrorRates | None:
    """What reviewers say of samples drawn at random; None where they settled fewer than 30.

    Parameters
    ----------
    rows : (R,) samples drawn at random.
    truth : what reviewers say their labels are, shaped like `Dataset.given`; MISSING for nothing.
    """
    given = dataset.given[rows]
    unknown = (truth == MISSING) | (given == MISSING)
    settled = ~(unknown.any(axis=1) if dataset.multilabel else unknown)
    rows, truth, given = rows[settled], truth[settled], given[settled]
    if len(rows) < FEWEST_CONTROLS:
        return None
    wrong = np.asarray((truth != given).any(axis=1) if dataset.multilabel else truth != given)
    whole = float(wrong.mean())
    carries = given.T == 1 if dataset.multilabel else given == np.arange(dataset.n_classes)[:, None]
    by_class = tuple(
        rate(name, wrong[inside], whole)
        for name, inside in zip(dataset.classes, carries, strict=True)
    )
    return _rates("reviews", dataset, (rows, wrong), by_class, counted(dataset, rows, truth))


def wrong_labels(given: Integers, p: Floats) -> Booleans:
    """(N,) labels off the diagonal of the confident joint; multi-label: any cell off its own."""
    if given.ndim == 2:
        return np.asarray(wrong_cells(given, p).any(axis=1))
    return label_issues(given, p, "confident_learning")


def _rates(
    basis: Basis,
    dataset: Dataset,
    judged: tuple[Integers, Booleans],
    by_class: tuple[Rate, ...],
    noise: NoiseMatrix,
) -> ErrorRates:
    """The rates of judged samples: their rows, and which of them are wrong."""
    rows, wrong = judged
    whole = float(wrong.mean())
    by_slice = {name: rates_by(each[rows], wrong, whole) for name, each in dataset.slices.items()}
    return ErrorRates(basis, rate("", wrong), by_class, by_slice, noise)
