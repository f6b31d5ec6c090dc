"""Intervals: how far a counted share may be from the true one, and shares in words."""

from __future__ import annotations

from typing import Final

import numpy as np

from labelviz.core.arrays import Floats, Integers

SMALL: Final = 0.01
"""Shares below it are said with a decimal."""
Z: Final = 1.959964
"""Two-sided 95 % of the normal distribution."""


def percent(share: float) -> str:
    """A share in words; one that is not quite nothing is not called nothing."""
    return f"{share:.1%}" if 0 < share < SMALL else f"{share:.0%}"


def wilson(wrong: Integers | Floats, total: Integers | Floats) -> tuple[Floats, Floats]:
    """The 95 % interval of a share, from counts; total is positive."""
    share, spread = wrong / total, Z**2 / total
    middle = (share + spread / 2) / (1 + spread)
    half = Z * np.sqrt(share * (1 - share) / total + spread / (4 * total)) / (1 + spread)
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)
