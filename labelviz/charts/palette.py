"""One fixed colour per class, safe for colour-blind readers, the same on every chart and page."""

from __future__ import annotations

from typing import Final

# The one accent colour of the interface; marks what is chosen or new.
ACCENT: Final = "#2f6f8f"

# What is shown for comparison only: the unflagged rest, the state before.
QUIET: Final = "#9aa5ab"

# What somebody should look at: flagged samples, overfitting, a threshold.
ALARM: Final = "#d55e00"

# Okabe and Ito (2008), ordered so that neighbours differ in lightness as well as in hue. Their
# yellow ``#f0e442`` is darkened, because bars must stay visible on white; their black is a grey,
# because bars must stay visible on both a white and a black page.
_OKABE_ITO: Final = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#b8a800",
    "#7f7f7f",
)

_STEP: Final = 0.3


def class_colour(index: int) -> str:
    """Return the colour of the class at ``index`` as ``#rrggbb``.

    The first eight classes have a hue each. Later rounds repeat the hues, alternately darker and
    lighter, so that two classes never share a colour within the first twenty-four.
    """
    turn, place = divmod(index, len(_OKABE_ITO))
    colour = _OKABE_ITO[place]
    if turn == 0:
        return colour
    target = 0 if turn % 2 else 255
    return _towards(colour, target, min(0.75, _STEP * ((turn + 1) // 2)))


def class_colours(count: int) -> list[str]:
    """Return the colours of the first ``count`` classes, in class order."""
    return [class_colour(index) for index in range(count)]


def set_colours(count: int) -> list[str]:
    """Return the colours of sets of targets: quiet for the first, that others are compared with."""
    others = (ACCENT, *_OKABE_ITO[1:5])
    return [QUIET, *(others[place % len(others)] for place in range(count - 1))][:count]


def _towards(colour: str, target: int, share: float) -> str:
    """Mix ``colour`` with black (0) or white (255)."""
    parts = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return "#" + "".join(f"{round(part + (target - part) * share):02x}" for part in parts)
