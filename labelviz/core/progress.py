"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

# Called as (done, total, unit): `unit` names what is counted, in the plural.
Report = Callable[[int, int, str], None]


def silent(done: int, total: int, unit: str) -> None:
    """The report that nobody reads."""
