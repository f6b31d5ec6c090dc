"""Line: the rows that a queue shows, in its order."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from labelviz.core.area import Area
from labelviz.core.arrays import Booleans, Floats, Integers, Strings, read_only
from labelviz.core.borders import apart, on_border
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.difficulty import DataMap, difficulty
from labelviz.core.distributions import Probabilities
from labelviz.core.evidence import control_order
from labelviz.core.layout import Layout
from labelviz.core.opinion import Opinion
from labelviz.core.queue import REGIONS, Queue, Sort
from labelviz.core.settings import OVERLAP
from labelviz.core.statuses import CODES, Statuses
from labelviz.core.suspicion import Suspicion

CHUNK = 4096  # rows that are looked at at a time


@dataclass(frozen=True, eq=False)
class Line:
    """The rows that a queue may show whatever their status, in its order.

    Parameters
    ----------
    rows : (M,) row numbers.
    size : N, the rows of the dataset.
    """

    rows: Integers
    size: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", read_only(self.rows, np.int32))

    @cached_property
    def place(self) -> Integers:
        """(N,) where in the line a row stands; -1 outside of it."""
        place = np.full(self.size, MISSING, dtype=np.int32)
        place[self.rows] = np.arange(len(self.rows), dtype=np.int32)
        return read_only(place)

    @cached_property
    def inside(self) -> Booleans:
        """(N,) True where a row stands in the line."""
        return read_only(self.place != MISSING)

    def left(self, waiting: Booleans) -> int:
        """How many of its rows are waiting, of (N,) True where a row is."""
        return int((waiting & self.inside).sum())

    def neighbour(
        self, waiting: Booleans, current: int | None, step: int, but: Collection[int] = ()
    ) -> int | None:
        """The nearest waiting row after (step 1) or before (step -1) the current one.

        From a row outside the line, or from none, it is the first waiting row. None at the end.

        Parameters
        ----------
        waiting : (N,) True where a row may be shown.
        but : rows to pass over.
        """
        place = MISSING if current is None else int(self.place[current])
        onwards = self.rows if place == MISSING else self.rows[place + 1 :]
        ahead = self.rows[:place][::-1] if place != MISSING and step < 0 else onwards
        for start in range(0, len(ahead), CHUNK):
            chunk = ahead[start : start + CHUNK]
            for row in chunk[waiting[chunk]]:
                if int(row) not in but:
                    return int(row)
        return None

    def onwards(
        self, waiting: Booleans, current: int | None, but: Collection[int] = ()
    ) -> Iterator[int]:
        """The waiting rows after the current one, then those from the start up to it, each once.

        Parameters
        ----------
        waiting : (N,) True where a row may be shown.
        current : None, or a row outside the line, to begin at its start.
        but : rows to pass over.
        """
        after = 0 if current is None else int(self.place[current]) + 1
        for part in (self.rows[after:], self.rows[:after]):
            for start in range(0, len(part), CHUNK):
                chunk = part[start : start + CHUNK]
                yield from (int(row) for row in chunk[waiting[chunk]] if int(row) not in but)


@dataclass(frozen=True, eq=False)
class Maps:
    """The maps of which a queue can ask for a part.

    Parameters
    ----------
    learned : how a model learned the given labels; None where no training was logged.
    layout : where all samples lie, like beside like; None where they were not laid out.
    """

    learned: DataMap | None = None
    layout: Layout | None = None


NO_MAPS = Maps()


def line(
    queue: Queue,
    dataset: Dataset,
    opinion: Opinion | None = None,
    suspicion: Suspicion | None = None,
    column: Strings | None = None,
    maps: Maps = NO_MAPS,
) -> Line:
    """The rows that a queue may show whatever their status.

    Without suspicion the worst-first order is the file's, without probabilities the uncertain and
    the predicted. A filter on flags, probabilities or a data map that are not there keeps every
    row; an area of a layout that is not there, or not any more, holds none.

    Parameters
    ----------
    column : (N,) cells of the column that the queue names; None where there is none.
    """
    keep = np.ones(len(dataset), dtype=bool)
    if queue.given:
        keep &= _carries(dataset, dataset.given, queue.given)
    if queue.predicted and opinion is not None:
        keep &= _carries(dataset, opinion.labels, queue.predicted)
    if queue.between and opinion is not None:
        keep &= on_border(opinion.probabilities, queue.between, queue.versus)
    if queue.slice in dataset.slices:
        keep &= dataset.slices[queue.slice] == queue.value
    if suspicion is not None:
        keep &= (suspicion.score >= queue.low) & (suspicion.score <= queue.high)
        keep &= _says(queue.reason, [suspicion.reasons], keep)
    if queue.on_map and maps.learned is not None:
        keep &= _inside(queue, maps.learned)
    area = Area.read(queue.area)
    if area is not None:
        keep &= False if maps.layout is None else maps.layout.inside(area)
    keep &= _says(queue.text, [dataset.ids, *dataset.texts], keep)
    if column is not None:
        keep &= _says(queue.cell, [column], keep)
    order = _order(queue, dataset, opinion, suspicion)
    order = order[::-1] if queue.reverse else order
    return Line(order[keep[order]], len(dataset))


def shown(
    queue: Queue, statuses: Statuses, suspicion: Suspicion | None = None, overlap: int = OVERLAP
) -> Booleans:
    """(N,) True where a row's status is one the queue shows.

    Parameters
    ----------
    overlap : how many people are to see each sample before it counts as reviewed here.
    """
    if queue.show == "all":
        return np.ones(len(statuses.status), dtype=bool)
    waits = statuses.answers < overlap
    if queue.show == "flagged":
        return np.asarray(waits & (False if suspicion is None else suspicion.flagged))
    if queue.show == "unreviewed":
        return np.asarray(waits)
    return np.asarray(statuses.status == CODES[queue.show])


def waiting(
    queue: Queue, statuses: Statuses, suspicion: Suspicion | None, overlap: int, reviewer: str = ""
) -> Booleans:
    """(N,) True where a row is shown and waits for this reviewer, as the decisions are.

    Parameters
    ----------
    overlap : how many people are to see each sample; nobody sees one twice before all did.
    reviewer : empty for anybody.
    """
    rows = shown(queue, statuses, suspicion, overlap)
    if reviewer and overlap > 1 and queue.first_time:
        rows = rows & ~statuses.by(reviewer)
    return rows & statuses.by(queue.by) if queue.by else rows


def unanswerable(
    queue: Queue,
    dataset: Dataset,
    probabilities: Probabilities | None,
    suspicion: Suspicion | None,
    maps: Maps = NO_MAPS,
) -> str:
    """The first field of a queue that asks for what there is not; empty where none does."""
    area = Area.read(queue.area)
    mark = "" if maps.layout is None else maps.layout.mark
    asks = {
        "slice": bool(queue.slice) and queue.slice not in dataset.slices,
        "value": bool(queue.value) and not queue.slice,
        "cell": bool(queue.cell) and not queue.column,
        "given": queue.given not in ("", *dataset.classes),
        "predicted": queue.predicted not in ("", *(dataset.classes if probabilities else ())),
        "between": queue.between not in ("", *(dataset.classes if probabilities else ())),
        "versus": queue.versus not in ("", *_beyond(queue, dataset)),
        "low": queue.low > 0 and suspicion is None,
        "high": queue.high < 1 and suspicion is None,
        "reason": bool(queue.reason) and suspicion is None,
        "region": queue.on_map and maps.learned is None,
        "area": area is not None and area.mark != mark,
    }
    return next((name for name, asked in asks.items() if asked), "")


def _beyond(queue: Queue, dataset: Dataset) -> tuple[str, ...]:
    """The classes that may lie on the other side of the border that a queue names."""
    if not queue.between or dataset.multilabel:
        return ()
    return tuple(name for name in dataset.classes if name != queue.between)


def disagreement(dataset: Dataset) -> Floats:
    """(N,) how far opinions on a sample part, in [0, 1]: high = most disputed.

    One minus the share of the commonest opinion among the given label, the annotators and the
    votes; of several labels the class on which they part most.
    """
    k, wide = dataset.n_classes, (len(dataset), dataset.n_classes)
    votes = np.zeros(wide) if dataset.votes is None else dataset.votes.astype(np.float64)
    asked = votes.sum(axis=1) if dataset.voters is None else dataset.voters.astype(np.float64)
    for labels in (dataset.given, *dataset.annotators.values()):
        if dataset.multilabel:
            known = (labels != MISSING).all(axis=1)
            votes = votes + np.where(labels == 1, 1, 0) * known[:, None]
        else:
            known = labels != MISSING
            votes = votes + (labels[:, None] == np.arange(k)[None, :])
        asked = asked + known
    shares = votes / np.maximum(asked, 1)[:, None]
    if dataset.multilabel:
        return np.asarray(np.minimum(shares, 1 - shares).clip(0).max(axis=1).round(9))
    return np.where(asked > 0, 1 - shares.max(axis=1), 0.0).round(9)


def _inside(queue: Queue, learned: DataMap) -> Booleans:
    """(N,) True in the part of the data map that a queue asks for; nowhere where not known."""
    inside = (learned.confidence >= queue.confidence_low) & (
        learned.confidence <= queue.confidence_high
    )
    inside &= (learned.variability >= queue.variability_low) & (
        learned.variability <= queue.variability_high
    )
    return inside & learned.regions[queue.region] if queue.region in REGIONS else inside


def _carries(dataset: Dataset, labels: Integers, name: str) -> Booleans:
    if name not in dataset.classes:
        return np.zeros(len(dataset), dtype=bool)
    k = dataset.classes.index(name)
    return np.asarray(labels[:, k] == 1 if dataset.multilabel else labels == k)


def _says(words: str, columns: Collection[Strings], among: Booleans) -> Booleans:
    """(N,) True where every word occurs in one of the columns; looks only where `among` is True."""
    wanted = words.casefold().split()
    result = among.copy()
    rows = np.flatnonzero(among) if wanted else np.array([], dtype=np.int64)
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        cells = (column[part].tolist() for column in columns)
        # No word holds a line break, so none is found where one cell ends and the next begins.
        texts = ["\n".join(each).casefold() for each in zip(*cells, strict=True)]
        for word in wanted:
            result[part] &= [word in text for text in texts]
    return result


def _order(
    queue: Queue,
    dataset: Dataset,
    opinion: Opinion | None,
    suspicion: Suspicion | None,
) -> Integers:
    sort: Sort = queue.sort
    if sort == "random":
        return control_order(len(dataset))
    if sort == "worst" and suspicion is not None:
        return suspicion.worst_first()
    if sort == "disputed":
        return np.argsort(-disagreement(dataset), kind="stable")
    if sort == "uncertain" and opinion is not None:
        if queue.between in dataset.classes:
            return np.argsort(apart(opinion.probabilities, queue.between), kind="stable")
        hardness = difficulty(opinion.probabilities)
        hardness = hardness.max(axis=1) if hardness.ndim == 2 else hardness
        return np.argsort(-hardness, kind="stable")
    if sort == "given":
        return _by_label(dataset.given, dataset.n_classes)
    if sort == "predicted" and opinion is not None:
        return _by_label(opinion.labels, dataset.n_classes)
    if sort == "length":
        return np.argsort(-_lengths(dataset.texts), kind="stable")
    return np.arange(len(dataset))


def _by_label(labels: Integers, k: int) -> Integers:
    """Rows by their label in the order of the K classes, those without one last."""
    if labels.ndim == 2:
        return np.lexsort(-labels.T[::-1])
    return np.argsort(np.where(labels == MISSING, k, labels), kind="stable")


def _lengths(texts: Collection[Strings]) -> Integers:
    """(N,) characters of all sides together."""
    sides = np.array([[len(text) for text in side] for side in texts], dtype=np.int64)
    return np.asarray(sides.sum(axis=0))
