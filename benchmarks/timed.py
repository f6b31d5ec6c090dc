"""Times and memory, as the tables about the page have them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import numpy as np


@dataclass
class Times:
    """How long something took, each time."""

    milliseconds: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        """Half of the times are no longer."""
        return median(self.milliseconds)

    @property
    def p95(self) -> float:
        """19 of 20 times are no longer; one of those that were measured."""
        return float(np.quantile(self.milliseconds, 0.95, method="higher"))


def resident(process: int, which: str = "VmRSS") -> float:
    """The resident memory of a process, in GB; NaN of one that is gone.

    Parameters
    ----------
    which : VmRSS as it is now, VmHWM at its peak.
    """
    try:
        status = Path(f"/proc/{process}/status").read_text("utf-8")
    except OSError:
        return float("nan")
    found = re.search(rf"{which}:\s+(\d+) kB", status)
    return int(found[1]) * 1024 / 1e9 if found else float("nan")
