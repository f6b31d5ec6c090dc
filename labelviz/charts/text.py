"""Text from data in a figure: plotly shows its characters and obeys none of them."""

from __future__ import annotations

import re
from typing import Final

from labelviz.core.visible import visible

LONGEST: Final = 40
_MARKS: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"})


def literal(text: str) -> str:
    """The text for any title, tick or hover label of a figure.

    Plotly reads ``<b>`` and other tags, character entities, and TeX between dollar signs. Marks
    that reorder or hide text are shown by their code. At most `LONGEST` characters are kept.
    """
    cut = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return re.sub(r"[\n\r\t]", " ", visible(cut)).translate(_MARKS)
