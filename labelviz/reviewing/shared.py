"""What all who review a workspace share: orders of queues, controls, copies, and when to refit."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from labelviz.core.arrays import Booleans, read_only
from labelviz.core.copies import Copies
from labelviz.core.dataset import Dataset
from labelviz.core.evidence import control_order
from labelviz.core.line import Line, line
from labelviz.core.queue import Queue
from labelviz.reviewing.refit import Refit
from labelviz.reviewing.sitting import Order

if TYPE_CHECKING:
    from labelviz.project.workspace import Workspace

DEALT_SECONDS = 5.0  # so old may be what is said of samples that were dealt


class Shared:
    """One per workspace, for all its reviewers. Safe to share between threads.

    Parameters
    ----------
    refit : has the flags learn from what they say.
    """

    def __init__(self, refit: Refit) -> None:
        self.refit = refit
        self._line = lru_cache(maxsize=16)(_line)
        self._controls = lru_cache(maxsize=4)(_controls)
        self._copies = lru_cache(maxsize=4)(Copies)
        self._dealt = lru_cache(maxsize=64)(_dealt)

    def line(self, order: Order, workspace: Workspace, queue: Queue) -> Line:
        """A queue's order, made once per version of the dataset and of the evidence."""
        return self._line(order, workspace, replace(queue, show="all", by=""))

    def controls(self, dataset: Dataset) -> Line:
        """The random controls of a dataset, in order."""
        return self._controls(len(dataset))

    def copies(self, dataset: Dataset) -> Copies:
        """The copies in a dataset."""
        return self._copies(dataset)

    def dealt_to_others(self, workspace: Workspace, dataset: Dataset, reviewer: str) -> Booleans:
        """(N,) what was dealt to others only; looked up now and then, as people are dealt it."""
        return self._dealt(workspace, dataset, reviewer, int(time.monotonic() / DEALT_SECONDS))

    def deal(self) -> None:
        """Look up anew what was dealt."""
        self._dealt.cache_clear()


def _line(order: Order, workspace: Workspace, queue: Queue) -> Line:  # noqa: ARG001 - the key
    known = queue.column in workspace.data.column_names if queue.column else False
    return line(
        queue,
        workspace.dataset,
        workspace.findings.opinion,
        workspace.suspicion,
        workspace.data.column(queue.column) if known else None,
        workspace.findings.maps(queue),
    )


def _controls(size: int) -> Line:
    return Line(control_order(size), size)


def _dealt(
    workspace: Workspace, dataset: Dataset, reviewer: str, tick: int  # noqa: ARG001 - the key
) -> Booleans:  # fmt: skip
    theirs = np.zeros(len(dataset), dtype=bool)
    dealt = workspace.decisions.store.assignments.of_others(reviewer)
    rows = [dataset.rows.get(sample) for sample in dealt]
    theirs[[row for row in rows if row is not None]] = True
    return read_only(theirs)
