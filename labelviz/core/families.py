"""Families: annotators that are versions of one model, whose agreement is no evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Words of a column's name that do not tell who wrote it.
GENERIC = {"llm", "label", "labels", "annotator", "model", "by", "gold", "pred"}


def family(name: str) -> str:
    """The family an annotator belongs to by the first telling part of its name.

    `llm_gpt52_al` and `llm_gpt52_relabel` are both gpt52, `flan-t5-xl` and `flan-ul2` both flan;
    `llm_1` and `llm_2` are two.
    """
    parts = [part for part in re.split(r"[\W_]+", name.casefold()) if part]
    telling = [part for part in parts if part not in GENERIC]
    return (telling or parts or [name])[0]


def families(names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The names by family, in the order of first appearance."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(family(name), []).append(name)
    return tuple(tuple(members) for members in found.values())
