"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

# Called as (done, total, unit): `unit` names what is counted, in the plural.
Report = Callable[[int, int, str], None]
STEPS, JUDGED = "steps", "samples judged"  # of a training: what it takes, and what it does between
AHEAD = "trainings ended that use the GPU before this one"


def silent(done: int, total: int, unit: str) -> None:
    """The report that nobody reads."""


def of_all(report: Report, place: int, count: int) -> Report:
    """Tell the steps of one training as steps of several, as if each took as many.

    Parameters
    ----------
    place : of the one, from 0.
    count : how many there are.
    """

    def tell(done: int, total: int, unit: str) -> None:
        if unit == STEPS:
            report(place * total + done, count * total, unit)
        else:
            report(done, total, unit)

    return tell
