"""Reviewing: which card comes next, what a reviewer's answer means, and when flags learn from it.

Nothing here knows a screen. A page keeps a `Sitting`, opens a `Desk` on it, draws the card, and
hands what was said to `acts`.
"""

from labelviz.reviewing.card import Answer, Card, CardMissing, next_card
from labelviz.reviewing.desk import Desk, sit
from labelviz.reviewing.refit import VERDICTS_PER_REFIT, Refit
from labelviz.reviewing.shared import Shared
from labelviz.reviewing.sitting import Sitting

__all__ = [
    "VERDICTS_PER_REFIT",
    "Answer",
    "Card",
    "CardMissing",
    "Desk",
    "Refit",
    "Shared",
    "Sitting",
    "next_card",
    "sit",
]
