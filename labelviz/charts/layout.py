"""Map of the samples: like beside like, in as many marks as a browser draws at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from labelviz.charts.palette import ACCENT, ALARM, QUIET, class_colours
from labelviz.charts.style import styled
from labelviz.charts.text import literal
from labelviz.core.area import FINENESS, Area
from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.layout import Layout

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST_MARKS: Final = 3_000  # samples that are drawn one by one; of more, those in a cell together
ACROSS, UP = 96, 32  # cells along each side, about square where the map is
MOST_GROUPS: Final = 10
OTHERS, NONE, SEVERAL = "all others", "none", "several"
HEIGHT: Final = 460
MARGIN: Final = 0.02


@dataclass(frozen=True)
class Window:
    """The part of a layout that is in view."""

    left: float = 0.0
    right: float = 1.0
    low: float = 0.0
    high: float = 1.0

    @classmethod
    def around(cls, layout: Layout, rows: Integers) -> Window:
        """The smallest that shows these samples."""
        x, y = layout.x[rows], layout.y[rows]
        return cls(float(x.min()), float(x.max()), float(y.min()), float(y.max()))


@dataclass(frozen=True, eq=False)
class Groups:
    """Samples coloured by the group that each is in.

    Parameters
    ----------
    names, colours : of the groups.
    codes : (N,) which group.
    """

    names: tuple[str, ...]
    colours: tuple[str, ...]
    codes: Integers


@dataclass(frozen=True, eq=False)
class Amounts:
    """Samples coloured by a number from 0 to 1, the higher the more alarming.

    Parameters
    ----------
    title : what the numbers are.
    values : (N,)
    """

    title: str
    values: Floats


@dataclass(frozen=True, eq=False)
class Cells:
    """Where marks are: one for each sample, or for all samples in one cell of a grid.

    Parameters
    ----------
    rows : (R,) of the samples in view.
    cell : (R,) the mark that each is in.
    x, y : (M,) where a mark is; of several samples their mean.
    count : (M,) how many samples.
    row : (M,) of the sample, of several any one of them.
    """

    rows: Integers
    cell: Integers
    x: Floats
    y: Floats
    count: Integers
    row: Integers


@dataclass(frozen=True, eq=False)
class Marks:
    """What is drawn.

    Parameters
    ----------
    at : where.
    group : (M,) the commonest group, where samples are in groups.
    value : (M,) the share of it, or the mean of the numbers.
    """

    at: Cells
    group: Integers
    value: Floats


def groups_of_labels(dataset: Dataset, labels: Integers) -> Groups:
    """Samples by one of their labels' classes; of several labels, those with more than one apart.

    Parameters
    ----------
    labels : shaped like `Dataset.given`.
    """
    k = dataset.n_classes
    if dataset.multilabel:
        on = labels == 1
        count = on.sum(axis=1)
        codes = np.select([count == 0, count > 1], [k, k + 1], on.argmax(axis=1))
        names, colours = (*dataset.classes, NONE, SEVERAL), (*class_colours(k), QUIET, ACCENT)
    else:
        codes = np.where(labels == MISSING, k, labels)
        names, colours = (*dataset.classes, NONE), (*class_colours(k), QUIET)
    return _commonest(Groups(names, tuple(colours), codes))


def groups_of_values(found: Integers, names: Sequence[str]) -> Groups:
    """Samples by what stands in a column, the commonest first.

    Parameters
    ----------
    found : (N,) the number of each value. names : the values by number.
    """
    commonest = np.argsort(-np.bincount(found, minlength=len(names)), kind="stable")
    codes = np.argsort(commonest)[found]
    shown = tuple(names[each] or NONE for each in commonest)
    return _commonest(Groups(shown, tuple(class_colours(len(names))), codes))


def _commonest(groups: Groups) -> Groups:
    """The commonest groups in their order, the others as one; groups of nobody are left out."""
    counts = np.bincount(groups.codes, minlength=len(groups.names))
    kept = np.sort(np.argsort(-counts, kind="stable")[:MOST_GROUPS])
    kept = kept[counts[kept] > 0]
    place = np.full(len(groups.names), len(kept))
    place[kept] = np.arange(len(kept))
    names = [groups.names[each] for each in kept]
    colours = [groups.colours[each] for each in kept]
    if counts.sum() > counts[kept].sum():
        names, colours = [*names, OTHERS], [*colours, QUIET]
    return Groups(tuple(names), tuple(colours), place[groups.codes])


@lru_cache(maxsize=2)
def cells(layout: Layout, window: Window) -> Cells:
    """What is to be drawn of the part in view, at the level of detail that its samples need."""
    x, y = layout.x.astype(np.float64), layout.y.astype(np.float64)
    across, up = (x >= window.left) & (x <= window.right), (y >= window.low) & (y <= window.high)
    rows = np.flatnonzero(across & up)
    x, y = x[rows], y[rows]
    if len(rows) <= MOST_MARKS:
        cell, size = np.arange(len(rows)), len(rows)
    else:
        places = [
            np.clip((each - low) / max(high - low, 1e-9) * most, 0, most - 1).astype(np.int64)
            for each, low, high, most in (
                (x, window.left, window.right, ACROSS), (y, window.low, window.high, UP),
            )
        ]  # fmt: skip
        cell, size = places[1] * ACROSS + places[0], ACROSS * UP
    count = np.bincount(cell, minlength=size)
    some = np.flatnonzero(count)
    row = np.zeros(size, dtype=np.int64)
    row[cell] = rows
    place = np.cumsum(count > 0) - 1
    means = [np.bincount(cell, weights=each, minlength=size)[some] / count[some] for each in (x, y)]
    return Cells(rows, place[cell], means[0], means[1], count[some], row[some])


def marks(found: Cells, colouring: Groups | Amounts) -> Marks:
    """The marks in their colours."""
    size = len(found.x)
    if isinstance(colouring, Amounts):
        sums = np.bincount(found.cell, weights=colouring.values[found.rows], minlength=size)
        return Marks(found, np.zeros(size, dtype=np.int64), sums / found.count)
    k = len(colouring.names)
    codes = found.cell * k + colouring.codes[found.rows]
    tally = np.bincount(codes, minlength=size * k).reshape(size, k)
    return Marks(found, tally.argmax(axis=1), tally.max(axis=1) / found.count)


def layout_figure(
    dataset: Dataset, found: Marks, colouring: Groups | Amounts, window: Window, area: Area | None
) -> Figure:
    """The marks in their colours, with the area that was drawn; a drag draws the next."""
    import plotly.graph_objects as go

    figure = go.Figure()
    if isinstance(colouring, Amounts):
        _add(figure, dataset, found, colouring, np.arange(len(found.group)))
    else:
        for code in range(len(colouring.names)):
            _add(figure, dataset, found, colouring, np.flatnonzero(found.group == code), code)
    styled(figure, x="", y="", height=HEIGHT)
    figure.update_layout(dragmode="select", legend={"itemsizing": "constant"})
    wide, tall = window.right - window.left, window.high - window.low
    hidden = {"showticklabels": False, "showgrid": False, "zeroline": False, "ticks": ""}
    figure.update_xaxes(range=[window.left - MARGIN * wide, window.right + MARGIN * wide], **hidden)
    figure.update_yaxes(range=[window.low - MARGIN * tall, window.high + MARGIN * tall], **hidden)
    if area is not None:
        x, y = area.outline
        figure.add_scatter(
            x=x, y=y, mode="lines", line={"color": ACCENT, "width": 2}, hoverinfo="skip",
            showlegend=False,
        )  # fmt: skip
    return figure


def _add(
    figure: Figure, dataset: Dataset, found: Marks, colouring: Groups | Amounts, at: Integers,
    code: int = 0,
) -> None:  # fmt: skip
    """Draw some of the marks."""
    marker: dict[str, Any] = {
        "size": _sizes(found.at.count[at]),
        "opacity": 0.75,
        "line": {"width": 0},
    }
    if isinstance(colouring, Amounts):
        name, bar = colouring.title, {"title": {"text": colouring.title, "side": "right"}}
        marker |= {
            "color": found.value[at], "cmin": 0, "cmax": 1, "colorscale": [[0, QUIET], [1, ALARM]],
            "colorbar": bar | {"thickness": 12, "len": 0.85, "tickformat": ".1f"},
        }  # fmt: skip
    else:
        name = colouring.names[code]
        marker["color"] = colouring.colours[code]
    figure.add_scatter(
        x=found.at.x[at], y=found.at.y[at], mode="markers", marker=marker, name=literal(name),
        showlegend=isinstance(colouring, Groups), hoverinfo="text",
        hovertext=[_hover(dataset, found, colouring, place) for place in at.tolist()],
    )  # fmt: skip


def _sizes(count: Integers) -> Floats:
    """Pixels across a mark: its surface grows with the logarithm of what it stands for."""
    return np.asarray(np.minimum(5 + 1.3 * np.log2(count), 14))


def _hover(dataset: Dataset, found: Marks, colouring: Groups | Amounts, place: int) -> str:
    at, value = found.at, float(found.value[place])
    count, row = int(at.count[place]), int(at.row[place])
    if isinstance(colouring, Amounts):
        said = f"{literal(colouring.title)} {value:.2f}"
        many = f"{said} on average"
    else:
        said = literal(colouring.names[int(found.group[place])])
        many = f"{value:.0%} of them: {said}"
    if count > 1:
        return f"{count:,} samples<br>{many}"
    given = ", ".join(dataset.label_names(dataset.given, row))
    return f"{literal(str(dataset.ids[row]))}<br>given: {literal(given)}<br>{said}"


def area_drawn(selection: Mapping[str, Any], layout: Layout) -> Area | None:
    """The area of a box or a lasso that was drawn; None where it encloses nothing.

    A box is widened to thousandths, so that what lies on its border is within.
    """
    for shape in selection.get("box") or ():
        (left, right), (low, high) = (_widened(shape[axis]) for axis in ("x", "y"))
        return layout.enclosed((left, right, right, left), (low, low, high, high))
    for shape in selection.get("lasso") or ():
        return layout.enclosed(shape["x"], shape["y"])
    return None


def _widened(ends: Sequence[float]) -> tuple[float, float]:
    low, high = np.floor(min(ends) * FINENESS) - 1, np.ceil(max(ends) * FINENESS) + 1
    return float(low) / FINENESS, float(high) / FINENESS
