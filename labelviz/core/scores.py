"""Scores: numbers somebody else computed, and what has to be true before they are probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Strings
from labelviz.core.dataset import SUM_TOLERANCE
from labelviz.core.settings import ScoreKind
from labelviz.errors import ProbabilitiesRefused, in_words

ROUNDING = 1e-3  # how far a sum may miss 1 before somebody has to be asked, whatever the decimals
ASKED = 0.05  # how far a sum may miss 1 before the row is no distribution, whoever is asked
MOST_DECIMALS = 6
LIKELY = 0.95  # share of rows that have to look like something else for it to be proposed


@dataclass(frozen=True, eq=False)
class Scores:
    """(N, K) numbers as a file has them.

    Parameters
    ----------
    values : any floats, NaN and infinity included.
    ids : (N,) what the rows are called, for messages.
    multilabel : whether cells are independent.
    source : the file, in words.
    """

    values: Floats
    ids: Strings
    multilabel: bool
    source: str


def as_probabilities(
    scores: Scores, kind: ScoreKind = "probabilities", *, rescale: bool = False
) -> tuple[Floats, tuple[str, ...]]:
    """(N, K) probabilities, and a sentence for everything that was done to get them.

    Nothing is guessed: numbers that look like percentages, logarithms or raw scores are refused
    with the kind to name. A negative rounding error is clipped. A single-label row that misses 1
    by no more than its decimals explain is scaled; up to 0.05 only if asked. The sum does not
    depend on the order of the classes.

    Parameters
    ----------
    kind : what the numbers are; softmax and log are turned into probabilities (for multi-label
        softmax stands for a sigmoid per cell).
    rescale : scale rows that miss 1 by up to 0.05.

    Raises
    ------
    ProbabilitiesRefused : rows without usable numbers, with their count, reason and first ids.
    """
    _check_finite(scores, kind)
    if kind == "probabilities":
        _check_kind(scores)
    values = _converted(scores.values.astype(np.float64), kind, multilabel=scores.multilabel)
    notes: list[str] = [] if kind == "probabilities" else [f"read as {kind}, as asked"]
    values = _clipped(scores, values, notes)
    if not scores.multilabel:
        values = _scaled(scores, values, notes, rescale=rescale)
    return values, (*notes, *_oddities(scores, values))


def softmax(z: Floats) -> Floats:
    """(N, K) rows that sum to 1; the same numbers in whatever order the classes stand."""
    powers: Floats = np.exp(z - z.max(axis=1, keepdims=True))
    rows: Floats = powers / _sums(powers)[:, None]
    return rows


def _sums(values: Floats) -> Floats:
    """(N,) row sums, added from the least to the greatest."""
    total: Floats = np.sort(values, axis=1).sum(axis=1)
    return total


def _converted(values: Floats, kind: ScoreKind, *, multilabel: bool) -> Floats:
    if kind == "percent":
        return values / 100
    if kind == "log":
        return np.asarray(np.exp(values))
    if kind == "softmax":
        from scipy.special import expit

        return np.asarray(expit(values)) if multilabel else softmax(values)
    return values


def _check_finite(scores: Scores, kind: ScoreKind) -> None:
    values = scores.values
    zero = values == -np.inf if kind == "log" else np.zeros(values.shape, dtype=bool)
    _refuse_rows(scores, np.asarray(np.isnan(values).any(axis=1)), "hold NaN or nothing")
    _refuse_rows(scores, np.asarray((np.isinf(values) & ~zero).any(axis=1)), "hold infinity")


def _check_kind(scores: Scores) -> None:
    """Raise where most numbers are something else, and name what they look like."""
    values = scores.values
    inside = (values >= -SUM_TOLERANCE) & (values <= 1 + SUM_TOLERANCE)
    if not len(values) or inside.all(axis=1).mean() > 1 - LIKELY:
        return
    sums = _sums(values)
    if (values <= SUM_TOLERANCE).all() and _mostly(_sums(np.exp(values)), 1, scores):
        words, kind = "logarithms of probabilities", "log"
    elif (values >= 0).all() and (values <= 100).all() and _mostly(sums, 100, scores):
        words, kind = "percentages", "percent"
    else:
        words, kind = "raw scores (logits)", "softmax"
    raise ProbabilitiesRefused(
        f"These numbers look like {words}, not like probabilities: "
        f"{in_words(values[0])} in the first row.",
        where=scores.source,
        remedy=f"If they are, have them read as such (on the command line --scores {kind}).",
    )


def _mostly(sums: Floats, whole: float, scores: Scores) -> bool:
    """Whether rows sum to about `whole`; cells of multi-label samples need not."""
    return scores.multilabel or bool((np.abs(sums - whole) <= ASKED * whole).mean() >= LIKELY)


def _clipped(scores: Scores, values: Floats, notes: list[str]) -> Floats:
    outside = (values < -SUM_TOLERANCE) | (values > 1 + SUM_TOLERANCE)
    _refuse_rows(scores, np.asarray(outside.any(axis=1)), "hold numbers below 0 or above 1")
    off = ((values < 0) | (values > 1)).any(axis=1)
    if off.any():
        notes.append(f"{off.sum():,} rows left [0, 1] by a rounding error and were clipped")
    return np.clip(values, 0, 1)


def _scaled(scores: Scores, values: Floats, notes: list[str], *, rescale: bool) -> Floats:
    sums = _sums(values)
    miss = np.abs(sums - 1)
    _refuse_rows(scores, sums == 0, "sum to 0")
    _refuse_rows(scores, miss > ASKED, f"sum to {_span(sums, miss > ASKED)} instead of 1")
    explained = max(ROUNDING, scores.values.shape[1] * 0.5 * 10.0 ** -_decimals(values))
    asked = miss > min(explained, ASKED)
    if not rescale:
        _refuse_rows(
            scores,
            asked,
            f"sum to {_span(sums, asked)} instead of 1",
            "Correct them, or have them scaled (on the command line --rescale).",
        )
    off = miss > SUM_TOLERANCE
    if off.any():
        notes.append(
            f"{off.sum():,} rows sum to {_span(sums, off)} and were scaled; the file is kept as it "
            "came"
        )
    return np.where(off[:, None], values / sums[:, None], values)


def _decimals(values: Floats) -> int:
    """How many decimals the numbers were rounded to, at most six."""
    for places in range(1, MOST_DECIMALS):
        if (np.abs(values - np.round(values, places)) < 1e-7).all():
            return places
    return MOST_DECIMALS


def _span(sums: Floats, rows: Booleans) -> str:
    """From the least sum to the greatest, in words."""
    if not rows.any():
        return ""
    least, most = f"{sums[rows].min():.4g}", f"{sums[rows].max():.4g}"
    return least if least == most else f"{least}..{most}"


def _oddities(scores: Scores, values: Floats) -> list[str]:
    """What is no error but worth knowing."""
    notes = []
    if len(values) > 1 and (values == values[0]).all():
        return ["every sample has the same probabilities: the model tells nothing apart"]
    uniform = (values == values[:, :1]).all(axis=1) & (not scores.multilabel)
    if uniform.any():
        notes.append(f"{uniform.sum():,} rows give every class the same share")
    return notes


def _refuse_rows(scores: Scores, bad: Booleans, reason: str, remedy: str = "") -> None:
    """Raise for rows that give a sample no probabilities, for every sample needs some."""
    if not bad.any():
        return
    rows = np.flatnonzero(bad)
    first = ", ".join(repr(scores.ids[row][:80]) for row in rows[:3])
    raise ProbabilitiesRefused(
        f"{len(rows):,} rows are no probabilities: they {reason}, "
        f"for example {in_words(scores.values[rows[0]])}.",
        where=f"{scores.source}, first at sample {first}",
        remedy=remedy or "Compute them again, or load the dataset without these samples.",
    )
