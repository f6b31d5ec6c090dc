"""Queue: which samples to look at, and in which order. The filter is the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

import numpy as np

from labelviz.core.arrays import Booleans, Integers
from labelviz.core.dataset import Dataset
from labelviz.core.decisions import STATUSES, Review
from labelviz.core.difficulty import difficulty
from labelviz.core.distributions import Probabilities
from labelviz.core.suspicion import Suspicion

Show = Literal[
    "flagged",
    "all",
    "unreviewed",
    "kept",
    "corrected",
    "softened",
    "excluded",
    "unsure",
    "disputed",
]
Sort = Literal["worst", "uncertain", "random", "file"]
SHOWS: tuple[Show, ...] = get_args(Show)
SORTS: tuple[Sort, ...] = get_args(Sort)


@dataclass(frozen=True)
class Queue:
    """A filter and an order, as they stand in the URL.

    Parameters
    ----------
    show : flagged (not yet reviewed), all, or one status.
    sort : worst suspicion first, most uncertain model first, random (the same for everybody), or
        file order.
    given, predicted : class names; empty for any. Multi-label: the class is among the labels.
    low, high : bounds of the suspicion, inclusive, in [0, 1].
    slice, value : a slice column and the value it must have; empty for any.
    """

    show: Show = "flagged"
    sort: Sort = "worst"
    given: str = ""
    predicted: str = ""
    low: float = 0.0
    high: float = 1.0
    slice: str = ""
    value: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Queue:
        """The queue a URL asks for; what it says wrongly counts as not said."""
        known: dict[str, Any] = {f.name: query[f.name] for f in fields(cls) if f.name in query}
        known["show"] = known.get("show") if known.get("show") in SHOWS else None
        known["sort"] = known.get("sort") if known.get("sort") in SORTS else None
        known["low"], known["high"] = (_bound(query.get(name, "")) for name in ("low", "high"))
        return cls(**{name: value for name, value in known.items() if value is not None})

    def to_query(self) -> dict[str, str]:
        """What differs from the plain queue, as URL parameters."""
        plain = asdict(Queue())
        return {k: str(v) for k, v in asdict(self).items() if v != plain[k]}


def _bound(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None


def ordered_rows(
    queue: Queue,
    dataset: Dataset,
    probabilities: Probabilities | None = None,
    suspicion: Suspicion | None = None,
) -> Integers:
    """Rows that the queue may show whatever their status, in its order.

    Without suspicion the worst-first order is the file's, without probabilities the uncertain.
    """
    keep = np.ones(len(dataset), dtype=bool)
    if queue.given:
        keep &= _carries(dataset, dataset.given, queue.given)
    if queue.predicted and probabilities is not None:
        keep &= _carries(dataset, predicted_labels(probabilities), queue.predicted)
    if queue.slice in dataset.slices:
        keep &= dataset.slices[queue.slice] == queue.value
    if suspicion is not None:
        keep &= (suspicion.score >= queue.low) & (suspicion.score <= queue.high)
    order = _order(queue.sort, dataset, probabilities, suspicion)
    return order[keep[order]]


def predicted_labels(probabilities: Probabilities) -> Integers:
    """The model's labels, shaped like `Dataset.given`: the top class, or cells at 0.5 and above."""
    if probabilities.multilabel:
        return (probabilities.values >= 0.5).astype(np.int64)
    return np.asarray(probabilities.values.argmax(axis=1))


def shown(
    queue: Queue, dataset: Dataset, review: Review, suspicion: Suspicion | None = None
) -> Booleans:
    """(N,) True where a row's status is one the queue shows."""
    if queue.show == "all":
        return np.ones(len(dataset), dtype=bool)
    touched = [dataset.rows[sample] for sample in review.samples & dataset.rows.keys()]
    if queue.show in ("flagged", "unreviewed"):
        untouched = np.ones(len(dataset), dtype=bool)
        untouched[touched] = False
        if queue.show == "flagged":
            untouched &= False if suspicion is None else suspicion.flagged
        return untouched
    result = np.zeros(len(dataset), dtype=bool)
    result[[row for row in touched if review.status(dataset, row) == queue.show]] = True
    return result


def neighbour(rows: Integers, visible: Booleans, current: int | None, step: int) -> int | None:
    """The nearest visible row after (step 1) or before (step -1) the current one, in queue order.

    From a row outside the queue, or from none, it is the first visible row. None at the end.
    """
    place = np.flatnonzero(rows == current)
    if current is None or not len(place):
        candidates = rows[visible[rows]]
    elif step > 0:
        after = rows[place[0] + 1 :]
        candidates = after[visible[after]]
    else:
        before = rows[: place[0]][::-1]
        candidates = before[visible[before]]
    return int(candidates[0]) if len(candidates) else None


def count_statuses(dataset: Dataset, review: Review) -> dict[str, int]:
    """How many samples have each status."""
    counts = dict.fromkeys(STATUSES, 0)
    touched = [dataset.rows[sample] for sample in review.samples & dataset.rows.keys()]
    for row in touched:
        counts[review.status(dataset, row)] += 1
    counts["unreviewed"] = len(dataset) - len(touched)
    return {str(status): count for status, count in counts.items()}


def _carries(dataset: Dataset, labels: Integers, name: str) -> Booleans:
    if name not in dataset.classes:
        return np.zeros(len(dataset), dtype=bool)
    k = dataset.classes.index(name)
    return np.asarray(labels[:, k] == 1 if dataset.multilabel else labels == k)


def _order(
    sort: Sort,
    dataset: Dataset,
    probabilities: Probabilities | None,
    suspicion: Suspicion | None,
) -> Integers:
    if sort == "random":
        return np.random.default_rng(0).permutation(len(dataset))
    if sort == "worst" and suspicion is not None:
        return suspicion.worst_first()
    if sort == "uncertain" and probabilities is not None:
        hardness = difficulty(probabilities)
        hardness = hardness.max(axis=1) if hardness.ndim == 2 else hardness
        return np.argsort(-hardness, kind="stable")
    return np.arange(len(dataset))
