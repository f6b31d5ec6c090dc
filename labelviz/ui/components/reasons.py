"""Why a label is suspicious: each detector's sentence, and its share."""

from __future__ import annotations

from labelviz.core.suspicion import Suspicion
from labelviz.ui.components import literal

MOST_SHARES = 4


def markup(suspicion: Suspicion, row: int) -> str:
    """HTML of the reasons for one sample, the weightiest first, and what they rest on."""
    said = [line for line in str(suspicion.reasons[row]).splitlines() if line.strip()]
    if not said:
        return ""
    lines = "".join(f"<li>{literal.escaped(line)}</li>" for line in said)
    shares = shares_in_words(suspicion, row)
    rests = f'<p class="lv-quiet">{literal.escaped(shares)}</p>' if shares else ""
    return f'<ul class="lv-reason">{lines}</ul>{rests}'


def shares_in_words(suspicion: Suspicion, row: int) -> str:
    """What speaks against the label, in shares; empty where it is one thing alone or none."""
    shares = [(name, share) for name, share in suspicion.shares(row).items() if share >= 0.005]
    if len(shares) < 2:
        return ""
    listed = ", ".join(f"{name} {share:.0%}" for name, share in shares[:MOST_SHARES])
    return f"Against the label: {listed}."
