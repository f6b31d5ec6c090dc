"""fastText: lines of text that start with their labels, `__label__wet`."""

from __future__ import annotations

import re

from labelviz.tables.formats.format import Made

MARK = "__label__"
LABELS = re.compile(rf"\s*((?:{MARK}\S+\s*)+)")
LOOK = 200
NO_LABEL = f"does not start with {MARK}"


def is_fasttext(data: bytes) -> bool:
    """Whether the first lines of a text all start with a label."""
    lines = [line for line in data[: 1 << 16].splitlines()[:LOOK] if line.strip()]
    return bool(lines) and all(line.lstrip().startswith(MARK.encode()) for line in lines)


def read_lines(data: bytes) -> Made:
    """Text and labels of each line; a line's number is its place in the file."""
    made = Made()
    rows: list[tuple[int, str, list[str]]] = []
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), start=1):
        found = LABELS.match(line)
        if found is not None:
            names = [each.removeprefix(MARK) for each in found[1].split()]
            rows.append((number, line[found.end() :].strip(), names))
        elif line.strip():
            made.set_aside(number, "", NO_LABEL, line)
    several = any(len(names) > 1 for _, _, names in rows)
    for number, text, names in rows:
        made.add(number, {"text": text, "label": names if several else names[0]})
    return made
