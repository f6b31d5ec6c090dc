"""Characters that hide, reorder or command, made visible: data is shown, and nothing of it obeyed.

One function for each kind of surface: `visible` for text of several lines, `one_line` for a
terminal, a table or a choice, `in_markdown` for a document. `labelviz.ui.components.literal` has
those of the page.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

JOINERS: Final = "\u200c\u200d"  # part of the spelling of Persian words and of emoji
LAYOUT: Final = "\n\r\t"
# Categories of Unicode: controls, formats, halves of a pair, ends of lines and paragraphs.
HIDDEN: Final = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
CODE: Final = re.compile(r"⟨U\+([0-9A-F]{4}|1?[0-9A-F]{5})⟩")
BAR: Final = r"\|"
# Letters and signs that are drawn as nothing.
BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


# Joiners and variation selectors after what they do nothing to: letters up to Armenian and signs,
# but for those that are emoji with them, or another selector. There they are drawn as nothing too.
IDLE: Final = re.compile(
    "(?!(?<=[0-9#*©®])[\ufe0e\ufe0f])(?<![^\0-\u058f\ufe00-\ufe0e\U000e0100-\U000e01ef])"
    "[\u200c\u200d\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]+"
)


def visible(text: str) -> str:
    """The text with hidden characters shown by their code, such as ⟨U+202E⟩.

    Line breaks and tabs stay as they are, and joiners where they do something.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_mark, IDLE.sub(lambda found: "".join(map(_code, found[0])), text)))


def one_line(text: str) -> str:
    """The same on one line: line breaks and tabs are shown by their code too."""
    return "".join(_code(each) if each in LAYOUT else each for each in visible(text))


def read_back(shown: str) -> str:
    """The text that `visible` or `one_line` showed, where it is typed or pasted again."""
    return CODE.sub(lambda found: chr(int(found[1], 16)), shown)


def in_markdown(text: str, *, cell: bool = False) -> str:
    """The text as Markdown that shows exactly its characters, on one line: as a code span.

    It stands between more backticks than it has in a row, so that no mark in it is read (CommonMark
    6.1); in a cell of a table, a bar has a backslash before it (GitHub Flavored Markdown 4.10).
    """
    shown = one_line(text)
    ticks = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    pad = " " if not shown.strip(" ") or "`" in (shown[0], shown[-1]) or shown[0] == " " else ""
    return f"{ticks}{pad}{shown.replace('|', BAR) if cell else shown}{pad}{ticks}"


def _mark(character: str) -> str:
    hidden = unicodedata.category(character) in HIDDEN or character in BLANK
    return _code(character) if hidden and character not in JOINERS + LAYOUT else character


def _code(character: str) -> str:
    return f"⟨U+{ord(character):04X}⟩"
