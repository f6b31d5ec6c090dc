"""Named points where something becomes durable. Nothing happens there."""

from __future__ import annotations


def reach(point: str) -> None:
    """Say that a point is reached; tests put a fault in this function's place.

    Parameters
    ----------
    point : `committed`, `file-placed`, ...: what is durable from here on, or is about to be.
    """
