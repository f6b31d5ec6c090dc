"""The listing: the samples that wait in a queue, page by page of a table."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from labelviz.core.arrays import Integers
from labelviz.core.dataset import MISSING
from labelviz.core.queue import Queue, Sort
from labelviz.reviewing.desk import Desk

PER_PAGE = 50


@dataclass(frozen=True, eq=False)
class QueuePage:
    """One page of the samples of a queue.

    Parameters
    ----------
    waiting : (M,) rows of all samples that wait for the reviewer, in the queue's order.
    page : which one is shown, from 1 on; one that is not there counts as the nearest that is.
    """

    waiting: Integers
    page: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "page", min(max(self.page, 1), self.pages))

    @property
    def pages(self) -> int:
        """How many pages there are; an empty one where nothing waits."""
        return max(-(-len(self.waiting) // PER_PAGE), 1)

    @property
    def first(self) -> int:
        """How many samples stand before the page."""
        return (self.page - 1) * PER_PAGE

    @property
    def rows(self) -> Integers:
        """(at most `PER_PAGE`,) rows of the samples on the page."""
        return self.waiting[self.first : self.first + PER_PAGE]


def page_at(desk: Desk, page: int) -> QueuePage:
    """A page of what waits in the queue of a desk."""
    mine = desk.waiting & ~desk.dealt_to_others
    rows = desk.line.rows
    return QueuePage(rows[mine[rows]], page)


def page_of(desk: Desk, sample: str) -> int:
    """The page that a sample stands on; the first where it does not wait in this queue."""
    row = desk.dataset.rows.get(sample, MISSING)
    place = np.flatnonzero(page_at(desk, 1).waiting == row)
    return 1 if row == MISSING or not len(place) else int(place[0]) // PER_PAGE + 1


def sorted_by(queue: Queue, sort: Sort) -> Queue:
    """The queue in another order; in the same one the other way round."""
    return replace(queue, sort=sort, reverse=queue.sort == sort and not queue.reverse)


def predicted(desk: Desk, row: int) -> tuple[tuple[str, ...], float | None]:
    """Class names that the model expects of a sample, and of a single one its probability."""
    opinion = desk.workspace.findings.opinion
    if opinion is None:
        return (), None
    names = desk.dataset.label_names(opinion.labels, row)
    if desk.dataset.multilabel:
        return names, None
    return names, float(opinion.probabilities.values[row, opinion.labels[row]])
