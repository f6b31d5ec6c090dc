"""Area: a part of a layout of samples within a closed line, as a link names it."""

from __future__ import annotations

from dataclasses import dataclass

FINENESS = 1_000  # an area's corners lie on thousandths of the plane's width
MARGIN = 100  # thousandths that a corner may lie outside of the plane
MOST_CORNERS = 200


@dataclass(frozen=True)
class Area:
    """A part of a layout within a closed line.

    Parameters
    ----------
    mark : of the layout that it was drawn on.
    corners : at least three, in thousandths of the plane's width.
    """

    mark: str
    corners: tuple[tuple[int, int], ...]

    @classmethod
    def read(cls, text: str) -> Area | None:
        """The area that `as_text` wrote; None where the text is none."""
        mark, *points = text.split("_")
        corners = [_corner(each) for each in points[:MOST_CORNERS]]
        known = [each for each in corners if each is not None]
        plain = len(mark) == 8 and all(each in "0123456789abcdef" for each in mark)
        if not plain or len(known) != len(points) or len(known) < 3:
            return None
        return cls(mark, tuple(known))

    @property
    def as_text(self) -> str:
        """All of it, for a link: `1a2b3c4d_120.333_500.333_500.700`."""
        return "_".join([self.mark, *(f"{x}.{y}" for x, y in self.corners)])

    @property
    def outline(self) -> tuple[list[float], list[float]]:
        """Its corners as two lists of positions on the plane, the first again at the end."""
        closed = (*self.corners, self.corners[0])
        return [x / FINENESS for x, _ in closed], [y / FINENESS for _, y in closed]


def _corner(text: str) -> tuple[int, int] | None:
    parts = text.split(".")
    digits = [each.removeprefix("-") for each in parts]
    if len(parts) != 2 or not all(d.isascii() and d.isdigit() and len(d) <= 4 for d in digits):
        return None
    x, y = int(parts[0]), int(parts[1])
    within = all(-MARGIN <= each <= FINENESS + MARGIN for each in (x, y))
    return (x, y) if within else None
