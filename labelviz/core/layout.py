"""Layout: all samples as points of a plane, like beside like."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from labelviz.core.area import FINENESS, MARGIN, MOST_CORNERS, Area
from labelviz.core.arrays import Booleans, Floats
from labelviz.core.axes import SAMPLE, along, freeze, misshapen

TOLERANCE = 2.0  # thousandths


@dataclass(frozen=True, eq=False)
class Layout:
    """Where samples lie.

    Parameters
    ----------
    x, y : (N,) in [0, 1].
    source : what the samples were compared by, in words.
    """

    x: Floats = along(SAMPLE, dtype=np.float32)
    y: Floats = along(SAMPLE, dtype=np.float32)
    source: str = along(default="")

    def __post_init__(self) -> None:
        freeze(self)
        if words := misshapen(self, {SAMPLE: len(self.x)}):
            raise ValueError(words)

    @cached_property
    def mark(self) -> str:
        """8 hex digits by which an area knows the layout that it was drawn on."""
        return hashlib.sha256(self.x.tobytes() + self.y.tobytes()).hexdigest()[:8]

    def enclosed(self, x: Iterable[float], y: Iterable[float]) -> Area | None:
        """The area within a line that was drawn on it; None where that encloses nothing.

        The line is led through thousandths, and so simplified that it moves by no more than two of
        them (Ramer 1972, doi:10.1016/S0146-664X(72)80017-0). Of one with more corners than a link
        holds even then, every so many are kept.
        """
        line = [
            (_clipped(across), _clipped(up))
            for across, up in zip(x, y, strict=True)
            if math.isfinite(across) and math.isfinite(up)
        ]
        line = [each for place, each in enumerate(line) if place == 0 or each != line[place - 1]]
        corners = _simplified(line)
        corners = corners[:: -(-len(corners) // MOST_CORNERS)] if corners else []
        return Area(self.mark, tuple(corners)) if len(set(corners)) > 2 else None

    def inside(self, area: Area) -> Booleans:
        """(N,) True where a sample lies within an area; nowhere in one of another layout.

        By the even-odd rule: a line to the right of the point crosses the border an odd number of
        times (Shimrat 1962, doi:10.1145/368637.368653).
        """
        inside = np.zeros(len(self.x), dtype=bool)
        if area.mark != self.mark:
            return inside
        ends = np.array(area.corners, dtype=np.float64) / FINENESS
        (left, low), (right, high) = ends.min(axis=0), ends.max(axis=0)
        near = (self.x >= left) & (self.x <= right) & (self.y >= low) & (self.y <= high)
        rows = np.flatnonzero(near)
        rows = rows[np.argsort(self.y[rows], kind="stable")]
        x, y = self.x[rows].astype(np.float64), self.y[rows].astype(np.float64)
        odd = np.zeros(len(rows), dtype=bool)
        for (x1, y1), (x2, y2) in zip(ends, np.roll(ends, -1, axis=0), strict=True):
            if y1 != y2:
                first, last = np.searchsorted(y, (min(y1, y2), max(y1, y2)))
                beside = slice(int(first), int(last))  # the others are above or below this line
                crossing = (x2 - x1) * (y[beside] - y1) / (y2 - y1) + x1
                odd[beside] ^= x[beside] < crossing
        inside[rows[odd]] = True
        return inside


def _clipped(position: float) -> int:
    return round(min(max(position * FINENESS, -MARGIN), FINENESS + MARGIN))


def _simplified(line: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The points of a line without those that lie within two of what the others draw."""
    points = np.array(line, dtype=np.float64).reshape(-1, 2)
    keep = np.zeros(len(points), dtype=bool)
    parts = [(0, len(points) - 1)] if len(points) else []
    while parts:
        first, last = parts.pop()
        keep[[first, last]] = True
        away = _distances(points[first + 1 : last], points[first], points[last])
        if len(away) and away.max() > TOLERANCE:
            middle = first + 1 + int(away.argmax())
            parts += [(first, middle), (middle, last)]
    return [line[place] for place in np.flatnonzero(keep)]


def _distances(points: Floats, first: Floats, last: Floats) -> Floats:
    """(M,) how far points lie from the straight line between two others, or from their one."""
    along_line = last - first
    length = np.hypot(*along_line)
    away = points - first
    if length == 0:
        return np.asarray(np.hypot(away[:, 0], away[:, 1]))
    return np.asarray(np.abs(along_line[0] * away[:, 1] - along_line[1] * away[:, 0]) / length)
