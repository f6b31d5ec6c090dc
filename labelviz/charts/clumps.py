"""Where flags clump: the share of flagged labels by the values of a column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from labelviz.charts.doors import door
from labelviz.charts.palette import ALARM, QUIET
from labelviz.charts.style import ROW, click_area, named_ticks, styled
from labelviz.charts.text import literal
from labelviz.core.arrays import Booleans, Integers
from labelviz.core.dataset import Dataset
from labelviz.core.intervals import wilson
from labelviz.core.queue import Queue

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST_SLICES: Final = 10


@dataclass(frozen=True)
class Clump:
    """Samples with one value of a column: how many are flagged, and where to see them.

    Parameters
    ----------
    value : what they have in common.
    flagged, total : counts.
    low : lower end of the share's 95 % interval (Wilson 1927,
        doi:10.1080/01621459.1927.10502953), by which small counts do not lead.
    queue : shows these samples.
    """

    value: str
    flagged: int
    total: int
    low: float
    queue: Queue

    @property
    def share(self) -> float:
        """The share of flagged samples."""
        return self.flagged / self.total


@dataclass(frozen=True)
class Clumps:
    """All values of one column, the surest clump first.

    Parameters
    ----------
    column : its name; empty for the given label.
    clumps : by descending lower end of the interval, so that one bad sample out of one does not
        come before fifty out of a hundred.
    flagged, total : counts over the whole dataset.
    """

    column: str
    clumps: tuple[Clump, ...]
    flagged: int
    total: int

    @property
    def stands_out(self) -> Clump | None:
        """The first clump, if its interval lies above the share of all samples."""
        first = self.clumps[0] if self.clumps else None
        return first if first and first.low > self.flagged / self.total else None

    def elsewhere(self, clump: Clump) -> float:
        """The share of flagged samples outside a clump."""
        return (self.flagged - clump.flagged) / max(self.total - clump.total, 1)


def clumps_of_slice(dataset: Dataset, flagged: Booleans, column: str) -> Clumps:
    """Flagged samples by the values of a slice column."""
    codes, values = dataset.values_of_slices[column]
    totals, bad = (np.bincount(each, minlength=len(values)) for each in (codes, codes[flagged]))
    queues = (Queue(show="all", slice=column, value=value) for value in values)
    return Clumps(column, _sorted(values, bad, totals, queues), int(flagged.sum()), len(dataset))


def clumps_of_label(dataset: Dataset, flagged: Booleans) -> Clumps:
    """Flagged samples by given label; a multi-label sample counts for each of its classes."""
    totals, bad = (_per_class(dataset, rows) for rows in (dataset.labelled, flagged))
    queues = (Queue(show="all", given=name) for name in dataset.classes)
    clumps = _sorted(dataset.classes, bad, totals, queues)
    return Clumps("", clumps, int(flagged.sum()), len(dataset))


def _per_class(dataset: Dataset, rows: Booleans) -> Integers:
    given = dataset.given[rows & dataset.labelled]
    if dataset.multilabel:
        counts: Integers = (given == 1).sum(axis=0)
    else:
        counts = np.bincount(given, minlength=dataset.n_classes)
    return counts


def _sorted(
    values: Iterable[str], bad: Integers, totals: Integers, queues: Iterable[Queue]
) -> tuple[Clump, ...]:
    low, _ = wilson(bad, np.maximum(totals, 1))
    clumps = [
        Clump(value, int(bad[k]), int(totals[k]), float(low[k]), queue)
        for k, (value, queue) in enumerate(zip(values, queues, strict=True))
        if totals[k]
    ]
    return tuple(sorted(clumps, key=lambda clump: -clump.low))


def clumps_figure(clumps: Clumps) -> Figure:
    """One bar per value with its counts; a bar leads to its samples."""
    import plotly.graph_objects as go

    shown = clumps.clumps[:MOST_SLICES]
    overall = clumps.flagged / max(clumps.total, 1)
    places = list(range(len(shown)))
    reach = max([*(clump.share for clump in shown), overall, 0.01])
    shares = [clump.share for clump in shown]
    figure = go.Figure(
        go.Bar(
            x=shares, y=places, orientation="h", hoverinfo="skip", showlegend=False,
            marker={"color": [ALARM if c.low > overall else QUIET for c in shown]},
        )
    )  # fmt: skip
    for place, clump in zip(places, shown, strict=True):
        figure.add_annotation(
            x=1, xref="paper", y=place, xanchor="left", showarrow=False, xshift=6,
            text=f"{clump.share:.0%}  {clump.flagged:,}/{clump.total:,}",
        )  # fmt: skip
    figure.add_trace(
        click_area(
            places,
            reach,
            [
                f"{literal(c.value)}<br>{c.flagged:,} of {c.total:,} samples are flagged: "
                f"{c.share:.1%}"
                for c in shown
            ],
            [door(clump.queue) for clump in shown],
            orientation="h",
            width=1,
        )
    )
    figure.update_layout(barmode="overlay")
    figure.add_vline(x=overall, line={"color": QUIET, "width": 1, "dash": "dot"})
    styled(figure, x="Share flagged", y="", height=80 + ROW * max(len(shown), 1))
    figure.update_layout(margin={"r": 110})
    figure.update_xaxes(range=[0, reach], tickformat=".0%", nticks=6, showgrid=True)
    names = [literal(clump.value) if clump.value.strip() else "(empty)" for clump in shown]
    return figure.update_yaxes(
        **named_ticks(names), range=[len(shown) - 0.5, -0.5], showgrid=False, zeroline=False
    )
