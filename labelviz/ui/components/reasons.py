"""Why a label is suspicious: each detector's sentence, and its share."""

from __future__ import annotations

from labelviz.core.suspicion import Suspicion
from labelviz.ui.components import literal

MOST_SHARES = 4
SHOWN = 0.005  # less reads as 0, in percent as with two decimals
AGAINST = "Against the label"
FOR = "For the label"


def markup(suspicion: Suspicion, row: int) -> str:
    """HTML of the reasons for one sample, against its label and for it, and what they rest on."""
    against, supporting = suspicion.told_apart(row)
    if not against and not supporting:
        return ""
    shares = shares_in_words(suspicion, row)
    rests = f'<p class="lv-quiet">{literal.escaped(shares)}</p>' if shares else ""
    if not supporting:
        return _list("", against) + rests
    return _list(AGAINST, against) + _list(FOR, supporting) + rests


def _list(head: str, said: tuple[str, ...]) -> str:
    if not said:
        return ""
    lines = "".join(f"<li>{literal.escaped(line)}</li>" for line in said)
    title = f'<p class="lv-reason-head">{literal.escaped(head)}</p>' if head else ""
    return f'{title}<ul class="lv-reason">{lines}</ul>'


def shares_in_words(suspicion: Suspicion, row: int) -> str:
    """What raises the suspicion, in shares; empty where it is one thing alone, or hardly any."""
    shares = [(name, share) for name, share in suspicion.shares(row).items() if share >= SHOWN]
    if len(shares) < 2 or suspicion.score[row] < SHOWN:
        return ""
    listed = ", ".join(f"{name} {share:.0%}" for name, share in shares[:MOST_SHARES])
    return f"What raises the suspicion: {listed}."
