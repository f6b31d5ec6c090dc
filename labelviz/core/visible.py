"""Characters that hide or reorder text, made visible."""

from __future__ import annotations

import unicodedata

JOINERS = "\u200c\u200d"
"""Part of the spelling of Persian words and of emoji."""
LAYOUT = "\n\r\t"


def visible(text: str) -> str:
    """The text with control and format characters shown by their code, such as ⟨U+202E⟩.

    Line breaks, tabs and joiners stay as they are.
    """
    return "".join(map(_mark, text)) if not text.isascii() or not text.isprintable() else text


def _mark(character: str) -> str:
    hidden = unicodedata.category(character) in ("Cc", "Cf")
    plain = not hidden or character in JOINERS or character in LAYOUT
    return character if plain else f"⟨U+{ord(character):04X}⟩"
