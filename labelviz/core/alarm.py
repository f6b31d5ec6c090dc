"""The in-sample alarm."""

from __future__ import annotations
from dataclasses import dataclass


@dataclass(frozen=True)
class Alarm:
    gap: float
