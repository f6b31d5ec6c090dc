"""Intervals: how far a counted share may be from the true one, and shares in words."""

from __future__ import annotations

from typing import Final

import numpy as np

from labelviz.core.arrays import Floats, Integers

SMALL: Final = 0.01  # shares below it, or as near to all, are said with a decimal
LEAST: Final = 0.001
Z: Final = 1.959964  # two-sided 95 % of the normal distribution


def percent(share: float) -> str:
    """A share in words; what is not quite nothing is not called nothing, nor nearly all all."""
    if 0 < share < SMALL or 1 - SMALL < share < 1:
        return f"{min(max(share, LEAST), 1 - LEAST):.1%}"
    return f"{share:.0%}"


def wilson(wrong: Integers | Floats, total: Integers | Floats) -> tuple[Floats, Floats]:
    """The 95 % interval of a share, from counts; total is positive."""
    share, spread = wrong / total, Z**2 / total
    middle = (share + spread / 2) / (1 + spread)
    half = Z * np.sqrt(share * (1 - share) / total + spread / (4 * total)) / (1 + spread)
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)
