"""LIBSVM: a label and numbers by place on each line, and no text."""

from __future__ import annotations

import re

from labelviz.errors import FileRefused

LINE = re.compile(rb"\s*[-+]?\d+(?:\.\d+)?(?:\s+\d+:[-+.\deE]+)+\s*(?:#.*)?")
LOOK = 200


def check_numbers(data: bytes, where: str) -> None:
    """Refuse lines of numbers by place.

    Raises
    ------
    FileRefused : all of the first lines are such.
    """
    lines = [line for line in data[: 1 << 16].splitlines()[:LOOK] if line.strip()]
    if len(data) > 1 << 16 and len(lines) > 1:
        lines.pop()
    if lines and all(LINE.fullmatch(line) for line in lines):
        raise FileRefused(
            "The file holds numbers without texts, in the format of LIBSVM.",
            where=where,
            remedy="Give the table of texts that these numbers were made from.",
        )
